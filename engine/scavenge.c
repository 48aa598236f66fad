/* SPDX-License-Identifier: MIT
 * engine/scavenge.c: jobs everybody forgot. One in which nothing changed for JobInactivityTimeout is
 * cancelled as its owner would: temporary files go, then the row. Engine thread only.
 *
 * One that cannot be (no worker to remove its files) is tried again in an hour. Source: BITS
 * JobInactivityTimeout.
 */
#include "engine/core.h"

#include <stdlib.h>

#define AGAIN_MS 3600000u

struct cancel { struct eng_call call; struct engine *eng; };

static void on_done(struct eng_call *call, enum err err)
{
	struct cancel *c = CONTAINER(call, struct cancel, call);
	struct engine *eng = c->eng;
	struct job *job = job_by_id(eng, &call->job);

	if (!err_is_good(err) && job) {
		eng->scavenge_ms = eng->now_ms + AGAIN_MS;
		job->changed_ms = eng->now_ms - clocks_inactive_ms(eng);	/* that we tried is no change */
		run_watch(eng, job);
		engine_kick(eng);
	}
	eng_view_unref(call->view);
	free(c);
}

void scavenge(struct engine *eng, struct job *job)
{
	struct cancel *c = calloc(1, sizeof(*c));

	if (!c)
		return;
	log_event(EVENT_JOB_SCAVENGED, job, "%llu days",
	    (unsigned long long)(clocks_inactive_ms(eng) / 86400000));
	c->eng = eng;
	c->call.verb = ENG_CANCEL;
	c->call.caller = (struct eng_caller){ .uid = job->rec.uid };
	c->call.job = job->rec.id;
	c->call.done = on_done;
	closing_begin(eng, job, &c->call);
}
