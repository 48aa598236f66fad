/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_create.c: Create and Delete (WS-Transfer): refused, no class offers them yet.
 */
#include "wsman/op.h"

void op_create(struct op *op)
{
	op_refuse(op, FAULT_NO_ACTION, "Instances of this class are not created this way; use its methods.");
}

void op_delete(struct op *op)
{
	op_refuse(op, FAULT_NO_ACTION, "Instances of this class are not deleted this way; use its methods.");
}
