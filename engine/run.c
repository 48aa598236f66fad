/* SPDX-License-Identifier: MIT
 * engine/run.c: makes the jobs do what their states say.
 *
 * run_decide() moves states (retry due, picked, given up) before the commit; run_do() looks at
 * the committed states after it and starts or stops transfers until they agree. A lost message
 * or a failed commit therefore repairs itself. Engine thread only.
 */
#include "engine/core.h"

#include <utlist.h>

#include "engine/backoff.h"
#include "engine/schedule.h"

/* Jobs that wait for a person cost nothing here: only live ones are looked at. */
static bool is_live(const struct job *job)
{
	return job_is_active(job) || job->link;
}

void run_watch(struct engine *eng, struct job *job)
{
	if (job->live || !is_live(job))
		return;
	job->live = true;
	eng->nlive++;
	DL_APPEND2(eng->live, job, live_prev, live_next);
}

void run_forget(struct engine *eng, struct job *job)
{
	if (!job->live)
		return;
	job->live = false;
	eng->nlive--;
	DL_DELETE2(eng->live, job, live_prev, live_next);
}

static struct backoff backoff_of(struct engine *eng, const struct job *job)
{
	return (struct backoff){ .min_delay_s = job->rec.minimum_retry_delay_s,
	    .no_progress_s = job->rec.no_progress_timeout_s,
	    .stalled_ms = job->stall_since_ms ? eng->now_ms - job->stall_since_ms : 0 };
}

/* TRANSIENT_ERROR ends by time: try again, or give up. */
static void decide_retry(struct engine *eng, struct job *job)
{
	struct backoff b = backoff_of(eng, job);

	if (job->rec.state != JOB_TRANSIENT_ERROR || job->closing)
		return;
	if (!backoff_may_retry(&b))
		job_move(eng, job, EV_FAILED, NULL);
	else if (job->retry_at_ms <= eng->now_ms)
		job_move(eng, job, EV_RETRY, NULL);
}

static void to_row(const struct job *job, struct schedule_job *row)
{
	*row = (struct schedule_job){
		.priority = (unsigned)job->rec.priority,
		.running = job_is_busy(job) || job->link,
		.waiting = job->rec.state == JOB_QUEUED && !job->link && !job->closing,
		.stopping = job->stopping || (job->link && !job_is_busy(job)),
		.place = job->queued_at,
		.running_since_ms = job->running_since_ms,
	};
}

static void pick(struct engine *eng, struct job *job)
{
	if (job_next_file(job) == job->nfiles) {	/* resumed with nothing left to move */
		job_move(eng, job, EV_LAST_BYTE, NULL);
		return;
	}
	job->running_since_ms = eng->now_ms;
	job_move(eng, job, EV_PICKED, NULL);
}

/* Fills one row a live job, in the order of the list; jobs that are no longer live leave it. */
static unsigned to_rows(struct engine *eng, struct schedule_job *rows)
{
	struct job *job, *next;
	unsigned n = 0;

	DL_FOREACH_SAFE2(eng->live, job, next, live_next) {
		if (is_live(job))
			to_row(job, &rows[n++]);
		else
			run_forget(eng, job);
	}
	return n;
}

void run_decide(struct engine *eng)
{
	AUTO_FREE struct schedule_job *rows = calloc(eng->nlive + 1, sizeof(*rows));
	struct job *job;
	unsigned n, i = 0;

	if (!rows || eng->stopping || eng->now_ms < eng->store_retry_ms)
		return;
	DL_FOREACH2(eng->live, job, live_next)
		decide_retry(eng, job);
	n = to_rows(eng, rows);
	schedule(rows, n, eng->now_ms, (uint64_t)eng->config.slice_s * 1000);
	DL_FOREACH2(eng->live, job, live_next) {
		if (rows[i].start)
			pick(eng, job);
		if (rows[i++].preempt)
			transfer_stop(eng, job);
	}
}

/* The state and the transfer must agree. */
static void agree(struct engine *eng, struct job *job)
{
	if (job->closing)
		return;
	if (job_is_busy(job) && !job->link && !eng->stopping) {
		if (job_next_file(job) < job->nfiles)
			transfer_start(eng, job);
		else
			job_move(eng, job, EV_LAST_BYTE, NULL);
	} else if (job->link && (!job_is_busy(job) || eng->stopping)) {
		transfer_stop(eng, job);
	}
}

static void sooner(uint64_t *when, uint64_t in_ms)
{
	if (in_ms < *when)
		*when = in_ms;
}

/* A job that waits out a transient error: when is it due, one way or the other? */
static void sooner_for(struct engine *eng, const struct job *job, uint64_t *when)
{
	struct backoff b = backoff_of(eng, job);

	if (job->rec.state != JOB_TRANSIENT_ERROR)
		return;
	sooner(when, backoff_left_ms(&b));
	sooner(when, job->retry_at_ms > eng->now_ms ? job->retry_at_ms - eng->now_ms : 0);
}

uint64_t run_do(struct engine *eng)
{
	AUTO_FREE struct schedule_job *rows = calloc(eng->nlive + 1, sizeof(*rows));
	uint64_t when = link_look_after(eng);
	struct job *job;

	if (eng->now_ms < eng->store_retry_ms)
		return eng->store_retry_ms - eng->now_ms;
	DL_FOREACH2(eng->live, job, live_next) {
		agree(eng, job);
		sooner_for(eng, job, &when);
	}
	if (rows)
		sooner(&when, schedule(rows, to_rows(eng, rows), eng->now_ms,
		    (uint64_t)eng->config.slice_s * 1000));
	return when;
}
