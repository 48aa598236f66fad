/* SPDX-License-Identifier: MIT
 * engine/schedule.h: who runs now. Pure: jobs in, decisions out; no clock, no job records.
 *
 * BITS: every foreground job at once; beside them one background job at a time; a higher
 * background priority preempts a lower one; within a level round robin by time slice.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCHEDULE_FOREGROUND = 0 };

struct schedule_job {
	unsigned priority;		/* 0 foreground, 1 high, 2 normal, 3 low */
	bool running;			/* holds its place until it has stopped */
	bool waiting;			/* queued and free to start */
	bool stopping;			/* running, but told to stop already */
	uint64_t place;			/* in the queue; smaller is first */
	uint64_t running_since_ms;

	bool start, preempt;		/* the decision */
};

/* Returns in how many ms the decision may change by time alone; UINT64_MAX: not by time. */
uint64_t schedule(struct schedule_job *jobs, size_t n, uint64_t now_ms, uint64_t slice_ms);

#endif
