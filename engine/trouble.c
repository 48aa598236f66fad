/* SPDX-License-Identifier: MIT
 * engine/trouble.c: what an error makes of a job: the error object, wait or give up. Engine thread only.
 */
#include "engine/core.h"

#include "engine/backoff.h"
#include "engine/base/log.h"

void transfer_trouble(struct engine *eng, struct job *job, uint32_t code, uint32_t context, bool transient,
    uint64_t retry_after_s, const char *text)
{
	struct backoff b = { .min_delay_s = job->rec.minimum_retry_delay_s,
	    .no_progress_s = job->rec.no_progress_timeout_s, .retry_after_s = retry_after_s };
	char id[GUID_TEXT];

	job->rec.error_code = code;
	job->rec.error_context = context;
	job->rec.error_file = (uint32_t)job_next_file(job);
	rec_text(&job->rec.error_text, text);
	log_warn("job=%s err=0x%08x file=%u %s: %s", guid_text(&job->rec.id, id), code,
	    job->rec.error_file, transient ? "transient" : "fatal", text);
	job_dirty(eng, job);
	if (!transient) {
		job_move(eng, job, EV_FAILED, NULL);
		return;
	}
	job->rec.transient_errors++;
	if (!job->stall_since_ms)
		job->stall_since_ms = eng->now_ms > job->rec.stalled_ms ? eng->now_ms - job->rec.stalled_ms : 1;
	b.stalled_ms = job->rec.stalled_ms = eng->now_ms - job->stall_since_ms;
	if (!backoff_may_retry(&b)) {
		job_move(eng, job, EV_FAILED, NULL);
		return;
	}
	job_move(eng, job, EV_TROUBLE, NULL);
	job->retry_at_ms = eng->now_ms + backoff_delay_ms(&b);
}
