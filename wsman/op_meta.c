/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_meta.c: the classes themselves as CIM-XML (DSP0201), for clients that ask what there is.
 */
#include "wsman/op.h"

void op_meta_get(struct op *op)
{
	op_refuse(op, FAULT_NO_RESOURCE, NULL);
}
