/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_create.c: Create and Delete (WS-Transfer) of the classes that offer them.
 */
#include "wsman/op.h"

#include "engine/base/text.h"

/* What makes instances of a class that has no Create. */
static const char *maker(const struct prov_class *cls)
{
	for (size_t i = 0; i < cls->nmethods; i++)
		if (cls->methods[i].is_static && text_iprefix(cls->methods[i].name, "Create"))
			return cls->methods[i].name;
	return NULL;
}

/* Where the new instance is: at the address the client has for us, as it will ask there. */
static void created(struct op *op)
{
	const char *host = op->req->host, *address = uri_text[URI_ANONYMOUS];
	struct buf out;

	op->changed = true;
	if (host && *host)
		address = arena_printf(op->arena, "http://%s/wsman", host);
	op_begin(op, &out, REPLY_TRANSFER);
	instance_write_created(&out, op->res.family, &op->call.row, address ? address : "");
	reply_end(&out);
	op_send(op, &out);
}

void op_create(struct op *op)
{
	const struct prov_class *cls = op->res.cls;
	const char *by = maker(cls);

	op->put = true;
	if (!cls->create) {
		fault_set(&op->fault, FAULT_NO_ACTION, by ? "Instances of %s are made by its method %s, not by "
		    "Create." : "%s has no Create.", cls->name, by);
		op_fail(op);
	} else if ((op->selectors.count &&
	    !selector_keys(&op->selectors, cls, op->arena, &op->call.keys, &op->fault)) ||
	    !op_read_instance(op, true)) {
		op_fail(op);
	} else {
		op_call(op, cls->create, "PutInstance", created);
	}
}

static void deleted(struct op *op)
{
	struct buf out;

	op->changed = true;
	op_begin(op, &out, REPLY_TRANSFER);
	reply_end(&out);
	op_send(op, &out);
}

void op_delete(struct op *op)
{
	if (!op->res.cls->remove)
		op_refuse(op, FAULT_NO_ACTION, "Instances of this class are not deleted.");
	else if (!selector_keys(&op->selectors, op->res.cls, op->arena, &op->call.keys, &op->fault))
		op_fail(op);
	else
		op_call(op, op->res.cls->remove, "DeleteInstance", deleted);
}
