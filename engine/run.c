/* SPDX-License-Identifier: MIT
 * engine/run.c: makes the jobs do what their states say.
 *
 * run_decide() moves states (time is up, picked, given up) before the commit; run_do() looks at
 * the committed states after it and starts or stops transfers until they agree. Only jobs that
 * changed or whose time has come are looked at, so a turn costs the same beside 100,000 jobs that
 * wait. Whoever changes something that counts here calls run_watch(). Engine thread only.
 */
#include "engine/core.h"

#include <stdio.h>

#include <utlist.h>

#include "engine/backoff.h"
#include "engine/shelf.h"

void run_watch(struct engine *eng, struct job *job)
{
	if (job->watched)
		return;
	job->watched = true;
	DL_APPEND2(eng->watched, job, watch_prev, watch_next);
}

static void unwatch(struct engine *eng, struct job *job)
{
	if (!job->watched)
		return;
	job->watched = false;
	DL_DELETE2(eng->watched, job, watch_prev, watch_next);
}

void run_forget(struct engine *eng, struct job *job)
{
	unwatch(eng, job);
	notify_forget(eng, job);
	due_remove(eng, job);
	schedule_put(&eng->turns, &job->turn, 0, 0, SCHEDULE_OUT, 0);
}

static struct job *job_of(struct schedule_item *item)
{
	return (struct job *)((char *)item - offsetof(struct job, turn));
}

static uint64_t left(uint64_t used, uint64_t of)
{
	return used < of ? of - used : 0;
}

static void sooner(uint64_t *when, uint64_t in_ms)
{
	if (in_ms < *when)
		*when = in_ms;
}

static uint64_t busy_left_ms(struct engine *eng, const struct job *job)
{
	uint64_t used = job->rec.busy_ms + (job->busy_since_ms ? eng->now_ms - job->busy_since_ms : 0);

	return job_is_busy(job) ? left(used, clocks_max_download_ms(eng, job)) : UINT64_MAX;
}

/* In how many ms must it be looked at by time alone? */
static uint64_t due_in_ms(struct engine *eng, const struct job *job)
{
	struct backoff b = trouble_backoff(eng, job);
	uint64_t when = left(eng->now_ms - job->changed_ms, clocks_inactive_ms(eng));

	if (job->closing || job->gone)
		return UINT64_MAX;
	if (when < left(eng->now_ms, eng->scavenge_ms))
		when = left(eng->now_ms, eng->scavenge_ms);
	sooner(&when, busy_left_ms(eng, job));
	sooner(&when, notify_due_ms(eng, job) == UINT64_MAX ? UINT64_MAX :
	    left(eng->now_ms, notify_due_ms(eng, job)));
	if (job->rec.state == JOB_TRANSIENT_ERROR && job->stall_since_ms)
		sooner(&when, backoff_left_ms(&b));
	if (job->rec.state == JOB_TRANSIENT_ERROR && job->waits == WAITS_TIME)
		sooner(&when, left(eng->now_ms, job->retry_at_ms));
	return when;
}

/* TRANSIENT_ERROR ends by time: try again, or give up. */
static void decide_retry(struct engine *eng, struct job *job)
{
	struct backoff b = trouble_backoff(eng, job);

	if (job->waits == WAITS_TIME ? !backoff_may_retry(&b) : job->stall_since_ms && !backoff_left_ms(&b)) {
		job_move(eng, job, EV_FAILED, NULL);
	} else if (job->waits == WAITS_TIME && job->retry_at_ms <= eng->now_ms) {
		job_move(eng, job, EV_RETRY, NULL);
	}
}

static void too_long(struct engine *eng, struct job *job)
{
	char text[160];

	snprintf(text, sizeof(text), "The job was busy for %llu seconds, as long as it may be. Resume it to "
	    "give it that time again.", (unsigned long long)(clocks_max_download_ms(eng, job) / 1000));
	transfer_trouble(eng, job, err_hresult(ERR_MAX_DOWNLOAD_TIME), 2, false, 0, text);
}

static void by_time(struct engine *eng, struct job *job)
{
	if (job->closing || job->gone)
		return;
	if (eng->now_ms - job->changed_ms >= clocks_inactive_ms(eng) && eng->now_ms >= eng->scavenge_ms)
		scavenge(eng, job);
	else if (job->rec.state == JOB_TRANSIENT_ERROR)
		decide_retry(eng, job);
	else if (busy_left_ms(eng, job) == 0)
		too_long(eng, job);
	run_watch(eng, job);
}

static enum schedule_state turn_of(const struct job *job)
{
	if (job->gone)
		return SCHEDULE_OUT;
	if (job->run)
		return job->run->stopping || !job_is_busy(job) ? SCHEDULE_STOPS : SCHEDULE_RUNS;
	if (job_is_busy(job))
		return SCHEDULE_RUNS;
	return job->rec.state == JOB_QUEUED && !job->closing ? SCHEDULE_WAITS : SCHEDULE_OUT;
}

/* The scheduler and the heap of dates learn what became of it. */
static void place(struct engine *eng, struct job *job)
{
	uint64_t in_ms;

	if (job->rec.state == JOB_TRANSIENT_ERROR && job->waits == WAITS_TIME &&
	    trouble_retry_at(eng, job) < job->retry_at_ms)
		job->retry_at_ms = trouble_retry_at(eng, job);	/* the delay was made shorter */
	in_ms = due_in_ms(eng, job);
	due_set(eng, job, in_ms == UINT64_MAX ? UINT64_MAX : eng->now_ms + in_ms);
	if (!schedule_put(&eng->turns, &job->turn, (uint32_t)job->rec.uid, (unsigned)job->rec.priority,
	    turn_of(job), eng->now_ms))
		run_watch(eng, job);		/* no memory: again at the next turn */
}

static uint64_t received(const struct job *job)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < job->nfiles; i++)
		sum += job->files[i]->received;
	return sum;
}

static void pick(struct engine *eng, struct job *job)
{
	job->try_ms = eng->now_ms;
	job->try_from = received(job);
	if (job_next_file(job) == job->nfiles)		/* resumed with nothing left to move */
		job_move(eng, job, EV_LAST_BYTE, NULL);
	else
		job_move(eng, job, EV_PICKED, NULL);
}

static void preempt(struct engine *eng, struct job *job)
{
	if (job->run)
		transfer_stop(eng, job);
	else
		job_move(eng, job, EV_PREEMPTED, NULL);
}

static uint64_t slice_ms(struct engine *eng)
{
	return policy_number(eng, POLICY_TimeSlice) * 1000;
}

static void take_turns(struct engine *eng)
{
	struct schedule_decision d;

	while ((d = schedule_next(&eng->turns, eng->now_ms, slice_ms(eng))).what != SCHEDULE_NOTHING) {
		struct job *job = job_of(d.item);

		if (d.what == SCHEDULE_START)
			pick(eng, job);
		else
			preempt(eng, job);
		place(eng, job);
	}
}

void run_decide(struct engine *eng)
{
	struct job *job;

	if (eng->stopping || eng->now_ms < eng->store_retry_ms)
		return;
	while ((job = due_first(eng)) && job->due_ms <= eng->now_ms) {
		due_set(eng, job, UINT64_MAX);
		by_time(eng, job);
	}
	hold_decide(eng);
	DL_FOREACH2(eng->watched, job, watch_next)
		place(eng, job);
	take_turns(eng);
}

/* The state and the transfer must agree. */
static void agree(struct engine *eng, struct job *job)
{
	if (job->closing)
		return;
	if (job_is_busy(job) && !job->run && !eng->stopping) {
		if (job_next_file(job) < job->nfiles)
			transfer_start(eng, job);
		else
			job_move(eng, job, EV_LAST_BYTE, NULL);
	} else if (job->run && (!job_is_busy(job) || eng->stopping)) {
		transfer_stop(eng, job);
	}
}

uint64_t run_do(struct engine *eng)
{
	uint64_t when = link_look_after(eng);
	struct job *job;
	unsigned n;

	if (eng->now_ms < eng->store_retry_ms)
		return eng->store_retry_ms - eng->now_ms;
	/* What changes now is for the next turn, which it asks for. */
	DL_COUNT2(eng->watched, job, n, watch_next);
	for (; n && (job = eng->watched); n--) {
		unwatch(eng, job);
		agree(eng, job);
		notify_look(eng, job);
		place(eng, job);	/* it may have come to the list after run_decide() */
	}
	notify_do(eng);
	shelf_set_front(eng->shelf, eng->turns.background ? job_of(eng->turns.background) : NULL);
	if ((job = due_first(eng)) && job->due_ms != UINT64_MAX)
		sooner(&when, left(eng->now_ms, job->due_ms));
	sooner(&when, hold_do(eng));
	sooner(&when, schedule_wait_ms(&eng->turns, eng->now_ms, slice_ms(eng)));
	return when;
}
