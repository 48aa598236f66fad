/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/represent.c: an instance in the body of Put or Create -> typed changes.
 *
 * Consoles do Get, edit, Put of the whole document, so whatever cannot be written is passed
 * over: read-only members, unknown ones, nil ones. A key may be there but must not differ. Create takes
 * embedded instances, too, and a key where the selectors name none.
 */
#include "wsman/op.h"

#include <string.h>

#include "engine/base/text.h"
#include "wsman/value.h"

#define MODIFIED "__MIInstanceModifiedPropertiesList"

struct representation {
	struct op *op;
	bool whole;			/* of a new instance */
	struct prov_change *changes;	/* room for one a property */
	size_t nchanges;
	struct prov_value *keys;	/* the body's own; NULL: the selectors have them */
	size_t nkeys;			/* given in the body */
};

static bool no_memory(struct op *op)
{
	return fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
}

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

static bool bad_value(struct op *op, const struct prov_prop *row)
{
	return fault_set(&op->fault, FAULT_INVALID_VALUE, "The value of %s is not of type %s.", row->name,
	    value_type_name(row->type));
}

static bool read_leaf(struct op *op, const struct prov_prop *row, const struct node *n, struct prov_value *ret)
{
	return (!n->first && value_read(row->type, n->text, op->arena, ret)) || bad_value(op, row);
}

static size_t key_of(const struct prov_class *cls, size_t prop)
{
	size_t key = 0;

	for (size_t i = 0; i < prop; i++)
		key += cls->props[i].access == PROV_KEY;
	return key;
}

static bool read_key(struct representation *r, size_t prop, const struct node *n)
{
	const struct prov_prop *row = &r->op->res.cls->props[prop];
	size_t key = key_of(r->op->res.cls, prop);
	struct prov_value value;

	if (msg_is_nil(n))
		return true;
	if (r->keys) {
		r->nkeys += !r->keys[key].set;
		return read_leaf(r->op, row, n, &r->keys[key]);
	}
	if (value_read(row->type, n->text, r->op->arena, &value) &&
	    value_same_key(row->type, &value, &r->op->call.keys[key]))
		return true;
	return fault_set(&r->op->fault, FAULT_KEY_CHANGED, "The key %s cannot be changed.", row->name);
}

/* One embedded instance, as far as its class knows what is in it. */
static bool read_object(struct op *op, const struct prov_class *cls, const struct node *object,
    struct prov_row *ret)
{
	struct prov_value *values = arena_zalloc(op->arena, cls->nprops * sizeof(*values) + 1);

	if (!values)
		return no_memory(op);
	for (const struct node *n = object->first; n; n = n->next)
		for (size_t i = 0; i < cls->nprops; i++)
			if (text_ieq(cls->props[i].name, n->name) && cls->props[i].type != CIM_OBJECTS &&
			    !msg_is_nil(n) && !read_leaf(op, &cls->props[i], n, &values[i]))
				return false;
	*ret = (struct prov_row){ .cls = cls, .values = values };
	return true;
}

/* Room doubles, so a long list costs little. */
static bool add_object(struct op *op, const struct prov_class *cls, const struct node *n, struct prov_value *v)
{
	struct prov_row *rows = (struct prov_row *)v->rows;

	if (!(v->nrows & (v->nrows - 1))) {
		rows = arena_zalloc(op->arena, (v->nrows ? 2 * v->nrows : 1) * sizeof(*rows));
		if (!rows)
			return no_memory(op);
		if (v->nrows)
			memcpy(rows, v->rows, v->nrows * sizeof(*rows));
		v->rows = rows;
	}
	v->set = true;
	return read_object(op, cls, n, &rows[v->nrows++]);
}

static bool add_change(struct representation *r, size_t prop, const struct node *n)
{
	const struct prov_prop *row = &r->op->res.cls->props[prop];
	bool many = row->type == CIM_OBJECTS;
	size_t i = 0;

	while (i < r->nchanges && r->changes[i].prop != prop)
		i++;
	if (i < r->nchanges && !many)
		return fault_set(
		    &r->op->fault, FAULT_INVALID_VALUE, "The property %s is given twice.", row->name);
	r->nchanges += i == r->nchanges;
	r->changes[i].prop = prop;
	return many ? add_object(r->op, row->embedded, n, &r->changes[i].value) :
	    read_leaf(r->op, row, n, &r->changes[i].value);
}

static bool is_taken(const struct representation *r, const struct prov_prop *row, const struct node *n)
{
	if (msg_is_nil(n) || !is_meant(r->op, n->name))
		return false;
	return row->type == CIM_OBJECTS ? r->whole && row->embedded : row->access == PROV_RW;
}

static bool read_member(struct representation *r, const struct node *n)
{
	const struct prov_class *cls = r->op->res.cls;

	for (size_t i = 0; i < cls->nprops; i++) {
		const struct prov_prop *row = &cls->props[i];

		if (!text_ieq(row->name, n->name))
			continue;
		if (row->access == PROV_KEY)
			return read_key(r, i, n);
		return !is_taken(r, row, n) || add_change(r, i, n);
	}
	return true;
}

/* All keys or none: an instance that is half named is none that can be found again. */
static bool take_keys(struct representation *r)
{
	if (!r->nkeys)
		return true;
	if (r->nkeys < key_of(r->op->res.cls, r->op->res.cls->nprops))
		return fault_set(&r->op->fault, FAULT_MISSING_VALUE, "Some keys are given, but not all of them.");
	r->op->call.keys = r->keys;
	return true;
}

bool op_read_instance(struct op *op, bool whole)
{
	size_t n = op->res.cls->nprops;
	struct representation r = { .op = op, .whole = whole };

	if (!op->msg.body)
		return fault_set(&op->fault, FAULT_BAD_BODY, "The body must hold the instance.");
	r.changes = arena_zalloc(op->arena, n * sizeof(*r.changes) + 1);
	if (!op->call.keys)
		r.keys = arena_zalloc(op->arena, n * sizeof(*r.keys) + 1);
	if (!r.changes || (!op->call.keys && !r.keys))
		return no_memory(op);
	for (const struct node *member = op->msg.body->first; member; member = member->next)
		if (!read_member(&r, member))
			return false;
	op->call.changes = r.changes;
	op->call.nchanges = r.nchanges;
	return take_keys(&r);
}
