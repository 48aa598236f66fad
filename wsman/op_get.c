/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_get.c: Get (WS-Transfer): one instance by its selectors. And what is not offered.
 */
#include "wsman/op.h"

static void got(struct op *op)
{
	struct buf out;

	op_begin(op, &out, REPLY_TRANSFER);
	instance_write(&out, op->res.family, &op->call.row);
	reply_end(&out);
	op_send(op, &out);
}

void op_get(struct op *op)
{
	if (!selector_keys(&op->selectors, op->res.cls, op->arena, &op->call.keys, &op->fault))
		op_fail(op);
	else
		op_call(op, op->res.cls->get, "GetObject", got);
}

void op_unsupported(struct op *op)
{
	op_refuse(op, FAULT_NO_ACTION,
	    "Instances of this class are neither created nor deleted this way; use its methods.");
}
