/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_meta.c: the classes themselves as CIM-XML (DSP0201), for clients that ask what there is.
 */
#include "wsman/op.h"

static size_t count(const struct wsm_config *config, const char *ns)
{
	(void)config;
	(void)ns;
	return 0;
}

static void write_item(const struct wsm_config *config, const char *ns, size_t i, enum enum_mode mode,
    struct buf *out)
{
	(void)config;
	(void)ns;
	(void)i;
	(void)mode;
	(void)out;
}

const struct fixed_list meta_list = { count, write_item };

void op_meta_get(struct op *op)
{
	op_refuse(op, FAULT_NO_RESOURCE, NULL);
}
