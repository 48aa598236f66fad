/* SPDX-License-Identifier: MIT
 * engine/worker/runs_own.h: what runs.c (whose turn it is) and runs_part.c (one file of a run) share.
 * For nobody else.
 */
#ifndef RUNS_OWN_H
#define RUNS_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/worker/runs.h"
#include "engine/worker/xfer.h"

#define RUNS_MAX 1024

/* An order. It waits (x NULL), moves (x) or is over: all of it is durable, and DONE is in `last`. */
struct part {
	struct part *next;
	struct worker_run *run;
	struct arena *arena;		/* texts of the order */
	struct proto_start order;
	struct xfer *x;
	uint64_t size;			/* UINT64_MAX: unknown */
	bool moving;			/* x has a request, or will have one */
	bool over, alone;		/* alone: only when in front */
	bool back;			/* to be taken back, see on_timer() */
	struct buf answered, last;	/* what waits to be said: the newest of each */
};

struct worker_run {
	struct worker_run *next;
	struct runs *runs;
	uint64_t tag;
	struct part *front, **end;
	unsigned parts, moving, most;
	uint64_t guess;			/* size of the file answered last */
	bool back;			/* so has a part, see put_back() */
	bool look;			/* on_timer() has something to do */
};

struct runs {
	struct runs_host host;
	struct loop_timer *timer;
	struct worker_run *list;
	unsigned n, moving;		/* runs; requests of all of them */
	uint64_t failed[RUNS_MAX];	/* tags of runs that ended so: orders on their way are not for us */
	unsigned failed_at;
};

/* runs_part.c */
struct part *part_new(struct worker_run *run, const struct proto_start *order);	/* NULL: no memory */
void part_free(struct part *p);			/* NULL is fine */
uint64_t part_weight(const struct part *p);	/* bytes, guessed while unknown; UINT64_MAX: no guess */
bool part_begin(struct part *p);		/* false: no memory */
void part_rests(struct part *p);		/* no request of it moves any more */
void part_take_back(struct part *p);		/* as if it had not been begun */
void part_heard(struct part *p);		/* it is in front now: what waited is said */

/* runs.c */
void runs_look_at(struct worker_run *run);		/* soon, not from inside a transfer */
void runs_part_over(struct part *p);		/* its transfer ended; p may be gone */
void runs_say(struct runs *rs, const struct proto_msg *msg);
void runs_send(struct runs *rs, struct buf *bytes);	/* leaves it empty */

#endif
