/* SPDX-License-Identifier: MIT
 * engine/worker/flow_own.h: what flow.c (runs and their rates) and flow_lane.c (the connections that carry
 * them) share. For nobody else.
 */
#ifndef FLOW_OWN_H
#define FLOW_OWN_H

#include "engine/worker/flow.h"
#include "engine/worker/ifstat.h"
#include "engine/worker/pace.h"

struct flow {
	struct flow *next;
	struct flows *all;
	uint64_t tag;
	unsigned refs;
	uint64_t unused_since_ms;
	bool yields;
	struct pace_bucket bucket;	/* its limit */
};

/* A connection that carries a flow. */
struct lane {
	struct lane *next;
	struct flow *flow;
	int fd, route;			/* route: interface it comes in by; 0: this host */
	uint64_t seen;			/* bytes it had received at the last tick */
	uint32_t rtt_us;		/* as it is now; 0: not known */
	int window, buffer;		/* as last set; buffer 0: the kernel decides */
};

struct flows {
	struct loop *loop;
	struct loop_timer *timer;
	void (*on_open)(void *arg);
	void *arg;
	struct flow *list;
	struct lane *lanes;
	struct ifstat *ifstat;		/* NULL: not to be had; then nobody yields */
	struct pace pace;
	struct pace_bucket bucket;	/* of all that yield */
	struct pace_out now;		/* last decision */
	uint64_t filled_ms, ticked_ms;
	uint64_t drained_ms;		/* until then nobody is held back by `bucket` */
	int route;			/* interface that is watched */
	uint64_t route_bytes;
	bool ticking, shut;		/* shut: somebody was told not to read */
};

static inline bool flow_is_paced(const struct flow *f)
{
	return f->yields || f->bucket.rate != PACE_ANY;
}

void flow_keep_ticking(struct flows *fs);

/* flow_lane.c */
void flow_lanes_leave(const struct flow *f);	/* it is going away */
void flow_lanes_free(struct flows *fs);
bool flow_is_remote(const struct flow *f);	/* does a connection of it yield to others on an interface? */
void flow_lanes_tick(struct flows *fs, uint64_t now);	/* every PACE_TICK_MS: look, decide, set windows */

#endif
