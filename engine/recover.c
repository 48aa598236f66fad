/* SPDX-License-Identifier: MIT
 * engine/recover.c: what a start makes of what is on the disk. docs/INTERNALS.md lists every legal state; one
 * line each is here or in the function it names. Before the engine's thread starts.
 *
 *   row of a job                what is done
 *   SUSPENDED, ERROR, TRANSFERRED   kept as they are
 *   QUEUED                      kept; its turn comes
 *   CONNECTING, TRANSFERRING    QUEUED: nothing is lost but what was not durable
 *   ... with a method of its own    ERROR: it may have done what it does; a person says it again
 *   TRANSIENT_ERROR             QUEUED: a start tries at once; the no-progress clock goes on
 *   notify_due                  its command is run (again)
 *   secrets the key does not open   dropped; an active job is in ERROR, every one says so in its note
 *   a row that makes no sense, a damaged file: the whole store is set aside and an empty one begun
 *   a store of a newer version, somebody else's database, one that cannot be written: the start is refused
 *
 * Temporary files are judged when a transfer or Complete comes to them (engine/worker/sink.c, publish.c).
 */
#include "engine/core.h"

#include <stdio.h>

#include "engine/diary.h"
#include "engine/shelf.h"
#include "engine/store.h"
#include "engine/base/now.h"

#define LOST_TEXT \
	"The key that opens its credentials and headers is gone, so they are, too. Set them again, then Resume."

static void lose_secrets(struct engine *eng, struct job *job)
{
	struct job_opt *opt = job_opt_edit(eng, job);	/* as they are now they are written again */

	if (!opt)
		return;
	opt->unreadable = false;
	log_event(EVENT_SECRETS_LOST, job, "set them again");
	rec_text(&job->rec.note, LOST_TEXT);
	if (!job_is_active(job))
		return;
	job->rec.error_code = err_hresult(ERR_SECRETS_LOST);
	job->rec.error_context = 2;
	job->rec.error_file = (uint32_t)job_next_file(job);
	rec_text(&job->rec.error_text, LOST_TEXT);
	job_move(eng, job, EV_FAILED, NULL);
}

void recover_job(struct engine *eng, struct job *job)
{
	if (job->rec.stalled_ms)
		job->stall_since_ms = eng->now_ms;
	if (job_is_busy(job) && *job->opt->http_method)
		transfer_trouble(eng, job, err_hresult(ERR_STOPPING), 2, false, 0,
		    "The agent ended in the middle of "
		    "the request, which may have had its effect. Resume the job to send it again.");
	else if (job_is_active(job) && job->rec.state != JOB_QUEUED)
		job_move(eng, job, EV_RESTARTED, NULL);
	if (job->opt->unreadable)
		lose_secrets(eng, job);
	job->changed_ms = eng->now_ms - clocks_idle_ms(eng, job);
}

static enum err open_once(struct engine *eng, struct errinfo *ei)
{
	eng->store = store_open(eng->config.state_dir, ei);
	return eng->store ? keep_recover(eng, ei) : ei->err;
}

/* As if nothing had been read. */
static bool forget_all(struct engine *eng)
{
	eng->touched = NULL;
	job_free_all(eng);
	eng->next_seq = 1;
	store_close(eng->store);
	eng->store = NULL;
	shelf_free(eng->shelf);
	eng->shelf = shelf_new();
	diary_free(eng->diary);
	eng->diary = diary_new(eng);
	return eng->shelf && eng->diary;
}

enum err recover_open(struct engine *eng, struct errinfo *ei)
{
	enum err err = open_once(eng, ei);
	char aside[300] = "", why[sizeof(ei->text)];

	if (err != ERR_DAMAGED)
		return err;
	snprintf(why, sizeof(why), "%s", ei->text);
	if (!forget_all(eng))
		return err_plain(ei, ERR_NO_MEMORY);
	err = store_set_aside(eng->config.state_dir, ft_to_unix(engine_ft(eng)), aside, sizeof(aside), ei);
	if (err)
		return err;
	log_event(EVENT_STORE_CLEARED, NULL,
	    "%.300s; what was there is kept as %s: put a copy of jobs.db back to "
	    "have its jobs again, or remove it", why, aside);
	snprintf(eng->trouble, sizeof(eng->trouble),
	    "The job list was damaged when the agent started. It began without "
	    "jobs; the old list is kept as %.200s.", aside);
	return open_once(eng, ei);
}

const char *eng_trouble(const struct engine *eng)
{
	return eng->trouble;
}
