/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_sub.c: Subscribe, Renew, GetStatus, Unsubscribe (WS-Eventing, DSP0226 10): refused, as there are no
 * subscriptions yet; docs/decisions/0030 says how they will be.
 */
#include "wsman/op.h"

void op_subscribe(struct op *op)
{
	op_refuse(op, FAULT_NO_ACTION, NULL);
}

void op_sub_renew(struct op *op)
{
	op_refuse(op, FAULT_NO_ACTION, NULL);
}

void op_sub_status(struct op *op)
{
	op_refuse(op, FAULT_NO_ACTION, NULL);
}

void op_unsubscribe(struct op *op)
{
	op_refuse(op, FAULT_NO_ACTION, NULL);
}
