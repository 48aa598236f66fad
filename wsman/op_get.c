/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_get.c: Get (WS-Transfer): one instance by its selectors. And what is not offered.
 */
#include "wsman/op.h"

static void write_row(struct op *op, struct buf *out, bool whole)
{
	op_begin(op, out, REPLY_TRANSFER);
	instance_write(out, op->res.family, &op->call.row, whole);
	reply_end(out);
}

/* Who asked for a small answer can ask for a larger one, so his limit alone leaves nothing out; unless
 * something was changed, when he must hear of it. */
void op_send_row(struct op *op)
{
	size_t max = op->head.max_reply;
	struct buf out;

	if (op->fragment) {
		op_send_fragment(op);
		return;
	}
	if (!op->changed)
		op->head.max_reply = op_room(op, op_config(op)->max_envelope);
	write_row(op, &out, true);
	if (buf_bad(&out)) {
		buf_done(&out);
		write_row(op, &out, false);
	}
	op->head.max_reply = max;
	out.bad |= out.len > max;
	op_send(op, &out);
}

void op_get(struct op *op)
{
	if (!op_read_fragment(op) ||
	    !selector_keys(&op->selectors, op->res.cls, op->arena, &op->call.keys, &op->fault))
		op_fail(op);
	else
		op_call(op, op->res.cls->get, "GetObject", op_send_row);
}
