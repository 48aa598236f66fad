/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_put.c: Put (WS-Transfer): the whole instance, or only what changes.
 * Or one member of it, op_fragment.c.
 */
#include "wsman/op.h"

static void done(struct op *op)
{
	op->changed = true;
	op_send_row(op);
}

void op_put(struct op *op)
{
	op->put = true;
	if (!op->res.cls->put)
		op_refuse(op, FAULT_NO_ACTION, "No property of this class can be written.");
	else if (!op_read_fragment(op) ||
	    !selector_keys(&op->selectors, op->res.cls, op->arena, &op->call.keys, &op->fault) ||
	    !(op->fragment ? op_read_fragment_body(op) : op_read_instance(op, false)))
		op_fail(op);
	else
		op_call(op, op->res.cls->put, "PutInstance", done);
}
