/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_config.c: the WinRM configuration of this service (MS-WSMV 3.1.4.1.28), to be read.
 */
#include "wsman/op.h"

const struct fixed_list *config_list(const char *path)
{
	(void)path;
	return NULL;
}

void op_config_get(struct op *op)
{
	op_refuse(op, FAULT_NO_RESOURCE, NULL);
}

void op_config_refuse(struct op *op)
{
	op_refuse(op, FAULT_ACCESS_DENIED, "The configuration is read-only here; change it in drayd.conf.");
}
