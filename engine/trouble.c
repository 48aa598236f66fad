/* SPDX-License-Identifier: MIT
 * engine/trouble.c: what an error makes of a job: the error object, wait or give up. Engine thread only.
 */
#include "engine/core.h"

#include <string.h>

#include "engine/backoff.h"
#include "engine/base/log.h"

struct backoff trouble_backoff(struct engine *eng, const struct job *job)
{
	return (struct backoff){ .min_delay_s = job->rec.minimum_retry_delay_s,
	    .no_progress_s = clocks_no_progress_s(eng, job), .retry_after_s = job->retry_after_s,
	    .stalled_ms = job->rec.stalled_ms + (job->stall_since_ms ? eng->now_ms - job->stall_since_ms : 0) };
}

uint64_t trouble_retry_at(struct engine *eng, const struct job *job)
{
	struct backoff b = trouble_backoff(eng, job);
	uint64_t delay = backoff_delay_ms(&b), id;

	memcpy(&id, &job->rec.id, sizeof(id));
	return job->trouble_ms + delay + backoff_jitter_ms(delay, id, job->rec.transient_errors,
	    eng->config.jitter_seed);
}

static void wait_for_time(struct engine *eng, struct job *job, uint64_t retry_after_s)
{
	struct backoff b;

	job->rec.transient_errors++;
	clocks_stall(eng, job);
	job->waits = WAITS_TIME;
	job->trouble_ms = eng->now_ms;
	job->retry_after_s = retry_after_s > BACKOFF_RETRY_AFTER_MAX_S ? BACKOFF_RETRY_AFTER_MAX_S :
	    (uint32_t)retry_after_s;
	b = trouble_backoff(eng, job);
	if (!backoff_may_retry(&b)) {
		job_move(eng, job, EV_FAILED, NULL);
		return;
	}
	job_move(eng, job, EV_TROUBLE, NULL);
	job->retry_at_ms = trouble_retry_at(eng, job);
}

void transfer_trouble(struct engine *eng, struct job *job, uint32_t code, uint32_t context, bool transient,
    uint64_t retry_after_s, const char *text)
{
	char id[GUID_TEXT];

	/* A method of the job's own may do something each time, so only a person says it again (BITS). */
	transient = transient && !*job->opt->http_method;
	if (transient && hold_takes(eng, job, code))
		return;
	job->rec.error_code = code;
	job->rec.error_context = context;
	job->rec.error_file = (uint32_t)job_next_file(job);
	rec_text(&job->rec.error_text, text);
	log_warn("job=%s err=0x%08x file=%u %s: %s", guid_text(&job->rec.id, id), code,
	    job->rec.error_file, transient ? "transient" : "fatal", text);
	tries_add(eng, job, code, context, text);
	job_dirty(eng, job);
	if (!transient)
		job_move(eng, job, EV_FAILED, NULL);
	else
		wait_for_time(eng, job, retry_after_s);
}
