/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_put.c: Put (WS-Transfer): the whole instance, or only what changes.
 * Or one member of it, op_fragment.c.
 *
 * Consoles do Get, edit, Put of the whole document, so whatever cannot be written is passed
 * over: read-only members, unknown ones, nil ones. A key may be there but must not differ.
 */
#include "wsman/op.h"

#include "engine/base/text.h"
#include "wsman/value.h"

#define MODIFIED "__MIInstanceModifiedPropertiesList"

struct put {
	struct op *op;
	struct prov_change *changes;	/* room for one a property */
	size_t nchanges;
};

/* Some clients list in options which properties of the document they mean. */
static bool is_meant(const struct op *op, const char *name)
{
	const struct node *opt = header_option(&op->msg, MODIFIED, NULL);

	if (!opt)
		return true;
	for (; opt; opt = header_option(&op->msg, MODIFIED, opt))
		if (text_ieq(msg_trim(op->arena, opt->text), name))
			return true;
	return false;
}

static bool check_key(struct op *op, size_t prop, const struct node *n)
{
	const struct prov_class *cls = op->res.cls;
	struct prov_value value;
	size_t key = 0;

	for (size_t i = 0; i < prop; i++)
		key += cls->props[i].access == PROV_KEY;
	if (msg_is_nil(n) || (value_read(cls->props[prop].type, n->text, op->arena, &value) &&
	    value_same_key(cls->props[prop].type, &value, &op->call.keys[key])))
		return true;
	return fault_set(&op->fault, FAULT_KEY_CHANGED, "The key %s cannot be changed.", cls->props[prop].name);
}

static bool add_change(struct put *p, size_t prop, const struct node *n)
{
	const struct prov_prop *row = &p->op->res.cls->props[prop];
	struct prov_change *change = &p->changes[p->nchanges];

	for (size_t i = 0; i < p->nchanges; i++)
		if (p->changes[i].prop == prop)
			return fault_set(
			    &p->op->fault, FAULT_INVALID_VALUE, "The property %s is given twice.", row->name);
	if (n->first || !value_read(row->type, n->text, p->op->arena, &change->value))
		return fault_set(&p->op->fault, FAULT_INVALID_VALUE, "The value of %s is not of type %s.",
		    row->name, value_type_name(row->type));
	change->prop = prop;
	p->nchanges++;
	return true;
}

static bool read_member(struct put *p, const struct node *n)
{
	const struct prov_class *cls = p->op->res.cls;

	for (size_t i = 0; i < cls->nprops; i++) {
		if (!text_ieq(cls->props[i].name, n->name))
			continue;
		if (cls->props[i].access == PROV_KEY)
			return check_key(p->op, i, n);
		if (cls->props[i].access != PROV_RW || cls->props[i].type == CIM_OBJECTS || msg_is_nil(n) ||
		    !is_meant(p->op, n->name))
			return true;
		return add_change(p, i, n);
	}
	return true;
}

static bool read_body(struct op *op)
{
	struct put p = { .op = op };

	if (!op->msg.body)
		return fault_set(&op->fault, FAULT_BAD_BODY, "The body of a Put must hold the instance.");
	p.changes = arena_zalloc(op->arena, op->res.cls->nprops * sizeof(*p.changes) + 1);
	if (!p.changes)
		return fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
	for (const struct node *n = op->msg.body->first; n; n = n->next)
		if (!read_member(&p, n))
			return false;
	op->call.changes = p.changes;
	op->call.nchanges = p.nchanges;
	return true;
}

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
	    !(op->fragment ? op_read_fragment_body(op) : read_body(op)))
		op_fail(op);
	else
		op_call(op, op->res.cls->put, "PutInstance", done);
}
