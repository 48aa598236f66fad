/* SPDX-License-Identifier: MIT
 * engine/schedule.h: who runs now. Pure: knows items, levels, owners and times it is told; no clock, no
 * job records, no transfers. A change costs what changed, however many wait.
 *
 * BITS: every foreground job at once; beside them one background job at a time; a higher background
 * priority preempts a lower one; within a level round robin by time slice. Ours on top: the turns of a
 * level go round over owners first and then over the jobs of each, so that somebody with 60 jobs holds up
 * somebody else's only one by a slice at most; and foreground jobs have a cap, for "every" ends where
 * descriptors do. Engine thread only.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_LEVELS 4		/* 0 foreground, 1 high, 2 normal, 3 low */
#define SCHEDULE_FOREGROUND 0
#define SCHEDULE_FOREGROUND_OWNER 512	/* at once, of one owner: a worker takes 1024 transfers */
#define SCHEDULE_FOREGROUND_ALL 2048	/* of everybody */

struct schedule_owner;

enum schedule_state {
	SCHEDULE_OUT,			/* not for the scheduler */
	SCHEDULE_WAITS,
	SCHEDULE_RUNS,			/* holds its place until it has stopped */
	SCHEDULE_STOPS			/* runs, but was told to stop already */
};

struct schedule_item {			/* all zero: OUT */
	struct schedule_item *prev, *next;	/* in the queue of its owner and level, or of those that run */
	struct schedule_owner *owner;
	uint64_t since_ms;		/* RUNS: when it began */
	unsigned char state, level;
};

struct schedule {
	struct schedule_owner *owners;		/* never forgotten: when each was served last is what is fair */
	/* Those with waiting items, least recently served first. */
	struct schedule_owner *waiting[SCHEDULE_LEVELS];
	struct schedule_item *background;	/* that run or stop */
	unsigned nbackground, nstopping, nforeground;
	unsigned places;			/* for background items; at least 1 */
	uint64_t served;
};

enum schedule_what { SCHEDULE_NOTHING, SCHEDULE_START, SCHEDULE_PREEMPT };
struct schedule_decision { enum schedule_what what; struct schedule_item *item; };

void schedule_init(struct schedule *s, unsigned places);
void schedule_done(struct schedule *s);
/* What became of an item. false: no memory, it is OUT (only for an owner that was never seen). */
bool schedule_put(struct schedule *s, struct schedule_item *item, uint32_t uid, unsigned level,
    enum schedule_state state, uint64_t now_ms);
/* The next thing to do. After START put the item as RUNS (or whatever came of it), after PREEMPT as STOPS
 * or WAITS; then ask again until NOTHING. */
struct schedule_decision schedule_next(struct schedule *s, uint64_t now_ms, uint64_t slice_ms);
/* In how many ms the answer changes by time alone; UINT64_MAX: not by time. */
uint64_t schedule_wait_ms(const struct schedule *s, uint64_t now_ms, uint64_t slice_ms);

#endif
