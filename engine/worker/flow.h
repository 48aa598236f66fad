/* SPDX-License-Identifier: MIT
 * engine/worker/flow.h: keeps runs to the rates they may have. pace.c decides, this does it: connections of a
 * flow that has had enough are not read from, and their windows are kept small, so that the kernel does not
 * fetch what nobody reads yet.
 *
 * A flow is a run: all transfers of one tag. Priority 0 is not held back, a limit holds for any priority.
 * Connections to this host itself never yield. Worker thread only.
 */
#ifndef FLOW_H
#define FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct flow;
struct flows;

/* on_open: flows that were not to be read from may be now. */
struct flows *flows_new(struct loop *loop, void (*on_open)(void *arg), void *arg);
void flows_free(struct flows *fs);		/* after every flow was given back; NULL is fine */
/* The flow of this tag, made if there is none. Give it back with flow_put(). NULL: no memory. */
struct flow *flow_get(struct flows *fs, uint64_t tag, uint64_t priority, uint64_t limit);
void flow_put(struct flow *f);			/* NULL is fine */
/* Of an unknown tag: nothing. */
void flows_limit(struct flows *fs, uint64_t tag, uint64_t priority, uint64_t limit);

void flow_carried_by(struct flow *f, int fd);	/* a connection works for it from now on; NULL: for none */
/* A new connection has this number; what had it before is gone. */
void flows_opened(struct flows *fs, int fd);
void flow_spend(struct flow *f, size_t bytes);	/* of a body, as they come; NULL is fine */
bool flow_may_read(const struct flow *f);	/* NULL: yes */

#endif
