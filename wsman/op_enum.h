/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_enum.h: one batch of an enumeration: op_enum.c (the operations), enum_read.c (reading requests),
 * enum_batch.c (what goes into it), enum_reply.c (answering with it).
 */
#ifndef WSMAN_OP_ENUM_H
#define WSMAN_OP_ENUM_H

#include "wsman/filter.h"
#include "wsman/op.h"

struct enum_run {
	struct enum_spec spec;		/* its filter is counted for the run */
	const char *id;			/* Pull: the context; NULL: Enumerate */
	bool expires;			/* the request named a time: the answer does too */
	uint64_t max_elements, max_chars;
	uint64_t count, chars;
	uint64_t began_ms;
	uint64_t unsent;		/* the cursor before the first item of this batch */
	struct buf items;		/* becomes the answer: its head is put in front */
	size_t most;			/* bytes the items may have */
	bool at_end, full;
};

/* enum_read.c. false or NULL: op->fault is filled. */
bool enum_read_enumerate(struct op *op, const struct node *body);
bool enum_read_pull(struct op *op);
const char *enum_read_context(struct op *op, const char *element);	/* of a Pull or Release; trimmed */
bool enum_read_expires(struct op *op, const struct node *body, uint64_t *ret_idle_ms, bool *ret_given);
bool enum_read_optimized(const struct node *body);

/* enum_batch.c: fills a batch and answers with it. */
void enum_batch_start(struct op *op);

/* enum_reply.c: the answers. Each is the last thing done with the op. */
void enum_reply_batch(struct op *op);
void enum_reply_context(struct op *op);		/* a context and nothing else */
void enum_reply_expires(struct op *op, const char *element, uint64_t ms);
void enum_reply_result(struct op *op, enum enum_result result);	/* one that is not OK: a fault */

#endif
