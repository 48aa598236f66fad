/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_sub.h: one request about subscriptions: op_sub.c (the operations), sub_read.c (reading requests),
 * sub_pull.c (waiting for events and answering with them).
 */
#ifndef WSMAN_OP_SUB_H
#define WSMAN_OP_SUB_H

#include "wsman/op.h"
#include "wsman/sub.h"

struct sub_run {
	struct sub *sub;		/* counted for the run */
	uint64_t expires_ms;
	bool marked;			/* Subscribe: a bookmark was given */
	uint64_t from;			/* number the events follow, UINT64_MAX: what comes from now on */
	/* Pull */
	bool busy;			/* the subscription waits for this Pull */
	uint64_t until_ms;		/* then it is answered, whatever there is */
	uint64_t asked_ms;		/* when the provider was asked last */
	uint64_t max_elements, max_chars;
	uint64_t next;			/* number of the last event looked at */
	uint64_t count, chars;
	bool dropped;			/* some are missing, and the answer says so */
	struct buf items;
	size_t most;
};

/* sub_read.c. false: op->fault is filled. */
bool sub_read_subscribe(struct op *op, struct sub_run *run);	/* run->sub->spec, expires_ms, from */
bool sub_read_expires(struct op *op, const struct node *body, uint64_t *ret_ms);
const char *sub_read_id(struct op *op);		/* of which subscription: a header, a selector, in the body */
/* sub_read_to.c */
bool sub_read_notify_to(struct op *op, const struct node *delivery, struct sub *sub);
bool sub_read_end_to(struct op *op, const struct node *body, struct sub *sub);

/* op_sub.c: makes op->sub. false: out of memory, op->fault is filled. */
bool sub_run_begin(struct op *op);

/* sub_pull.c: a Pull or a Release whose context is that of a subscription. false: it is none, nothing was done. */
bool sub_pull(struct op *op, const char *context, uint64_t max_elements, uint64_t max_chars);
bool sub_release(struct op *op, const char *context);

struct pushes;

/* service.c */
struct sub_table *op_subs(struct op *op);
struct pushes *op_pushes(struct op *op);

#endif
