/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_fragment.c: Get and Put of one member of an instance (fragment transfer, DSP0226 7.7, 7.8).
 *
 * Unlike Put of a whole document, nothing is passed over here: who names one member means it.
 */
#include "wsman/op.h"

#include "engine/base/text.h"
#include "wsman/value.h"

/* The answer says which fragment it is, in the words of the request. */
static bool echo(struct op *op, const char *path, const char *dialect)
{
	struct buf out;

	buf_init(&out, 8 * XPATH_TEXT_MAX);
	buf_adds(&out, "<w:FragmentTransfer");
	if (dialect)
		buf_addf(&out, " Dialect=\"%s\"", uri_text[URI_XPATH]);
	buf_adds(&out, ">");
	buf_add_xml(&out, path);
	buf_adds(&out, "</w:FragmentTransfer>");
	op->blocks = buf_bad(&out) ? NULL : arena_strndup(op->arena, buf_text(&out), out.len);
	buf_done(&out);
	return op->blocks || fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
}

bool op_read_fragment(struct op *op)
{
	const char *path = msg_trim(op->arena, op->msg.fragment);
	const char *dialect = msg_trim(op->arena, op->msg.fragment_dialect);
	struct fragment *f;

	if (!op->msg.fragment)
		return true;
	if (dialect && !text_ieq(dialect, uri_text[URI_XPATH]))
		return fault_set(&op->fault, FAULT_FRAGMENT_DIALECT,
		    "The dialect \"%.200s\" of the fragment is not supported; %s is.", dialect,
		    uri_text[URI_XPATH]);
	f = arena_zalloc(op->arena, sizeof(*f));
	if (!f || !path)
		return fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
	op->fragment = f;
	return fragment_find(path, op->res.cls, op->arena, f, &op->fault) && echo(op, path, dialect);
}

void op_send_fragment(struct op *op)
{
	struct buf out;

	op_begin(op, &out, REPLY_TRANSFER);
	fragment_write(&out, op->res.family, op->fragment, &op->call.row);
	reply_end(&out);
	op_send(op, &out);
}

/* ---- Put ---- */

static bool check_place(struct op *op, const struct prov_prop *prop)
{
	const struct fragment *f = op->fragment;

	if (f->nsteps > 1 || prop->type == CIM_OBJECTS)
		return fault_set(&op->fault, FAULT_FRAGMENT,
		    "%s holds instances of their own; they are not changed this way.",
		    op->res.cls->props[f->steps[0].prop].name);
	if (f->steps[0].index > 1)
		return fault_set(&op->fault, FAULT_FRAGMENT_PATH, "%s is one value, there is no %s[%u].",
		    prop->name, prop->name, f->steps[0].index);
	if (prop->access == PROV_KEY)
		return fault_set(
		    &op->fault, FAULT_KEY_CHANGED, "The key %s cannot be changed.", prop->name);
	if (prop->access != PROV_RW)
		return fault_set(&op->fault, FAULT_INVALID_VALUE, "%s cannot be written.", prop->name);
	return true;
}

/* Where the new value stands: in the one element of that name, or bare in the wrapper. */
static const struct node *find_value(struct op *op, const struct prov_prop *prop)
{
	const struct node *wrapper = op->msg.body;

	if (!wrapper || !text_ieq(wrapper->name, "XmlFragment")) {
		fault_set(&op->fault, FAULT_INVALID_FRAGMENT,
		    "The body of the Put of a fragment must hold w:XmlFragment.");
		return NULL;
	}
	if (!wrapper->first)
		return wrapper;
	if (!wrapper->first->next && !wrapper->first->first && text_ieq(wrapper->first->name, prop->name))
		return wrapper->first;
	fault_set(&op->fault, FAULT_INVALID_FRAGMENT, "w:XmlFragment must hold %s and nothing else.",
	    prop->name);
	return NULL;
}

/* <Name/> is an empty text; an empty wrapper is one only when the text itself was named. */
static bool is_null(const struct op *op, const struct node *n)
{
	return msg_is_nil(n) || (n == op->msg.body && !*n->text && !op->fragment->text);
}

bool op_read_fragment_body(struct op *op)
{
	size_t at = op->fragment->steps[0].prop;
	const struct prov_prop *prop = &op->res.cls->props[at];
	struct prov_change *change = arena_zalloc(op->arena, sizeof(*change));
	const struct node *n = check_place(op, prop) ? find_value(op, prop) : NULL;

	if (!n)
		return false;
	if (!change)
		return fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
	if (is_null(op, n))
		return fault_set(&op->fault, FAULT_FRAGMENT,
		    "%s cannot be taken away, only given another value.", prop->name);
	if (!value_read(prop->type, n->text, op->arena, &change->value))
		return fault_set(&op->fault, FAULT_INVALID_VALUE, "The value of %s is not of type %s.",
		    prop->name, value_type_name(prop->type));
	change->prop = at;
	op->call.changes = change;
	op->call.nchanges = 1;
	return true;
}
