/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_enum.h: one batch of an enumeration, for op_enum.c (doing) and enum_read.c (reading requests).
 */
#ifndef WSMAN_OP_ENUM_H
#define WSMAN_OP_ENUM_H

#include "wsman/op.h"

struct enum_run {
	struct enum_spec spec;
	const char *id;			/* Pull: the context; NULL: Enumerate */
	bool expires;			/* the request named a time: the answer does too */
	uint64_t max_elements, max_bytes;
	uint64_t count;
	struct buf items;
	bool at_end, full;
};

/* enum_read.c. false or NULL: op->fault is filled. */
bool enum_read_enumerate(struct op *op, const struct node *body);
bool enum_read_pull(struct op *op);
const char *enum_read_context(struct op *op, const char *element);	/* of a Pull or Release; trimmed */
bool enum_read_optimized(const struct node *body);

#endif
