/* SPDX-License-Identifier: MIT
 * engine/schedule.c: see schedule.h.
 */
#include "engine/schedule.h"

static bool background(const struct schedule_job *job)
{
	return job->priority != SCHEDULE_FOREGROUND;
}

static bool before(const struct schedule_job *a, const struct schedule_job *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->place < b->place;
}

/* The background job that keeps the one place; others that run (their priority was just changed
 * from foreground) have to go. */
static struct schedule_job *keep_one(struct schedule_job *jobs, size_t n)
{
	struct schedule_job *keep = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!jobs[i].running || !background(&jobs[i]))
			continue;
		if (!keep || before(&jobs[i], keep)) {
			if (keep)
				keep->preempt = true;
			keep = &jobs[i];
		} else {
			jobs[i].preempt = true;
		}
	}
	return keep;
}

uint64_t schedule(struct schedule_job *jobs, size_t n, uint64_t now_ms, uint64_t slice_ms)
{
	struct schedule_job *running, *next = NULL;
	uint64_t ran;

	for (size_t i = 0; i < n; i++) {
		jobs[i].start = jobs[i].waiting && !background(&jobs[i]);
		jobs[i].preempt = false;
		if (jobs[i].waiting && background(&jobs[i]) && (!next || before(&jobs[i], next)))
			next = &jobs[i];
	}
	running = keep_one(jobs, n);
	if (!next)
		return UINT64_MAX;
	if (!running) {
		next->start = true;
		return UINT64_MAX;
	}
	if (running->stopping || next->priority > running->priority)
		return UINT64_MAX;
	ran = now_ms - running->running_since_ms;
	running->preempt = next->priority < running->priority || ran >= slice_ms;
	return running->preempt ? UINT64_MAX : slice_ms - ran;
}
