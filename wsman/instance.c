/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/instance.c: see instance.h.
 */
#include "wsman/instance.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "wsman/value.h"

#define NESTING 5	/* embedded instances in embedded instances; class tables, not peers, decide */
#define ADD(out, literal) buf_add(out, literal, sizeof(literal) - 1)

struct prefix { const char *text; size_t len; };

static const struct prefix prefixes[NESTING] = { { "p:", 2 }, { "p1:", 3 }, { "p2:", 3 }, { "p3:", 3 },
	{ "p4:", 3 } };	/* by depth */
static const struct prefix no_prefix = { "", 0 };

/* The namespaces of the root of an instance, in the order of Windows. */
static void write_namespaces(struct buf *out, enum uri family, const struct prov_class *cls)
{
	ADD(out, " xmlns:xsi=\"");
	buf_adds(out, uri_ns[NS_xsi]);
	ADD(out, "\" xmlns:p=\"");
	resource_write(out, family, cls);
	ADD(out, "\" xmlns:cim=\"");
	buf_adds(out, uri_ns[NS_cim]);
	ADD(out, "\"");
}

/* Most of an answer is made of these: just bytes, and room for them is asked for once. */
static char *put(char *to, const char *text, size_t len)
{
	memcpy(to, text, len);
	return to + len;
}

static char *put_open(char *to, const struct prefix *prefix, const char *name, size_t len)
{
	*to++ = '<';
	return put(put(to, prefix->text, prefix->len), name, len);
}

static char *put_close(char *to, const struct prefix *prefix, const char *name, size_t len)
{
	to = put(put(put(to, "</", 2), prefix->text, prefix->len), name, len);
	*to++ = '>';
	return to;
}

static void open_tag(struct buf *out, const struct prefix *prefix, const char *name)
{
	size_t len = strlen(name);
	char *to = buf_room(out, 1 + prefix->len + len);

	if (to)
		buf_wrote(out, (size_t)(put_open(to, prefix, name, len) - to));
}

static void close_tag(struct buf *out, const struct prefix *prefix, const char *name)
{
	size_t len = strlen(name);
	char *to = buf_room(out, 3 + prefix->len + len);

	if (to)
		buf_wrote(out, (size_t)(put_close(to, prefix, name, len) - to));
}

/* <p:Name>what</p:Name>; what needs no escapes. */
static void write_whole(struct buf *out, const struct prefix *prefix, const char *name, const char *what,
    size_t what_len)
{
	size_t len = strlen(name);
	char *from = buf_room(out, 2 * (prefix->len + len) + 5 + what_len), *to;

	if (!from)
		return;
	to = put_open(from, prefix, name, len);
	*to++ = '>';
	to = put_close(put(to, what, what_len), prefix, name, len);
	buf_wrote(out, (size_t)(to - from));
}

static void write_leaf(struct buf *out, const struct prefix *prefix, const char *name, enum cim_type type,
    const struct prov_value *value)
{
	char room[VALUE_NUMBER];
	const char *text;
	size_t len;

	if (!value->set) {
		open_tag(out, prefix, name);
		ADD(out, " xsi:nil=\"true\"/>");
	} else if (type == CIM_TEXT) {
		open_tag(out, prefix, name);
		ADD(out, ">");
		value_write(out, type, value);
		close_tag(out, prefix, name);
	} else if (type == CIM_BOOL) {
		write_whole(out, prefix, name, value->num ? "true" : "false", value->num ? 4 : 5);
	} else {
		text = value_number(value->num, room, &len);
		write_whole(out, prefix, name, text, len);
	}
}

static void write_props(struct buf *out, enum uri family, const struct prov_row *row, int depth, bool whole);

/* One embedded instance: its class in a namespace of its own. */
static void write_object(struct buf *out, enum uri family, const struct prefix *prefix, const char *name,
    const struct prov_row *row, int depth, bool whole)
{
	open_tag(out, prefix, name);
	ADD(out, " xmlns:");
	buf_add(out, prefixes[depth].text, prefixes[depth].len - 1);
	ADD(out, "=\"");
	resource_write(out, family, row->cls);
	ADD(out, "\" xsi:type=\"");
	buf_add(out, prefixes[depth].text, prefixes[depth].len);
	buf_adds(out, row->cls->name);
	ADD(out, "_Type\">");
	write_props(out, family, row, depth, whole);
	close_tag(out, prefix, name);
}

/* The property's element once for each. */
static void write_objects(struct buf *out, enum uri family, const struct prefix *prefix, const char *name,
    const struct prov_value *value, int depth)
{
	for (size_t i = 0; depth < NESTING && value->set && i < value->nrows; i++)
		write_object(out, family, prefix, name, &value->rows[i], depth, true);
}

void instance_write_embedded(struct buf *out, enum uri family, const char *name, const struct prov_row *row,
    bool whole)
{
	write_object(out, family, &prefixes[0], name, row, 1, whole);
}

static void write_props(struct buf *out, enum uri family, const struct prov_row *row, int depth, bool whole)
{
	for (size_t i = 0; i < row->cls->nprops && !buf_bad(out); i++) {
		const struct prov_prop *prop = &row->cls->props[i];

		if (prop->type == CIM_OBJECTS && whole)
			write_objects(out, family, &prefixes[depth], prop->name, &row->values[i], depth + 1);
		else if (prop->type != CIM_OBJECTS)
			write_leaf(out, &prefixes[depth], prop->name, prop->type, &row->values[i]);
	}
}

void instance_write(struct buf *out, enum uri family, const struct prov_row *row, bool whole)
{
	open_tag(out, &prefixes[0], row->cls->name);
	write_namespaces(out, family, row->cls);
	ADD(out, " xsi:type=\"p:");
	buf_adds(out, row->cls->name);
	ADD(out, "_Type\">");
	write_props(out, family, row, 0, whole);
	close_tag(out, &prefixes[0], row->cls->name);
}

void instance_begin_fragment(struct buf *out, bool nil)
{
	ADD(out, "<w:XmlFragment xmlns:xsi=\"");
	buf_adds(out, uri_ns[NS_xsi]);
	ADD(out, "\" xmlns:w=\"");
	buf_adds(out, uri_ns[NS_w]);
	buf_adds(out, nil ? "\" xsi:nil=\"true\">" : "\">");
}

void instance_end_fragment(struct buf *out)
{
	ADD(out, "</w:XmlFragment>");
}

void instance_write_member(struct buf *out, enum uri family, const struct prov_prop *prop,
    const struct prov_value *value, unsigned index)
{
	struct prov_value one = *value;

	if (prop->type != CIM_OBJECTS) {
		write_leaf(out, &no_prefix, prop->name, prop->type, value);
		return;
	}
	if (index && index <= value->nrows) {
		one.rows += index - 1;
		one.nrows = 1;
	}
	write_objects(out, family, &no_prefix, prop->name, &one, 1);
}

void instance_write_columns(struct buf *out, enum uri family, const struct prov_row *row, const size_t *props,
    size_t nprops, bool whole)
{
	instance_begin_fragment(out, false);
	for (size_t i = 0; i < nprops && !buf_bad(out); i++) {
		const struct prov_prop *prop = &row->cls->props[props[i]];

		if (prop->type != CIM_OBJECTS || whole)
			instance_write_member(out, family, prop, &row->values[props[i]], 0);
	}
	instance_end_fragment(out);
}

/* What is within an endpoint reference. */
static void write_reference(struct buf *out, enum uri family, const struct prov_row *row, const char *address)
{
	bool any = family != URI_WMI;

	for (size_t i = 0; i < row->cls->nprops; i++)
		any |= row->cls->props[i].access == PROV_KEY;
	ADD(out, "<a:Address>");
	buf_add_xml(out, address);
	ADD(out, "</a:Address><a:ReferenceParameters><w:ResourceURI>");
	resource_write(out, family, row->cls);
	ADD(out, "</w:ResourceURI>");
	if (any)
		ADD(out, "<w:SelectorSet>");
	if (family != URI_WMI)
		buf_addf(out, "<w:Selector Name=\"__cimnamespace\">%s</w:Selector>", row->cls->ns);
	for (size_t i = 0; i < row->cls->nprops; i++) {
		const struct prov_prop *prop = &row->cls->props[i];

		if (prop->access != PROV_KEY)
			continue;
		ADD(out, "<w:Selector Name=\"");
		buf_adds(out, prop->name);
		ADD(out, "\">");
		value_write(out, prop->type, &row->values[i]);
		ADD(out, "</w:Selector>");
	}
	if (any)
		ADD(out, "</w:SelectorSet>");
	ADD(out, "</a:ReferenceParameters>");
}

void instance_write_epr(struct buf *out, enum uri family, const struct prov_row *row)
{
	ADD(out, "<a:EndpointReference>");
	write_reference(out, family, row, uri_text[URI_ANONYMOUS]);
	ADD(out, "</a:EndpointReference>");
}

void instance_write_created(struct buf *out, enum uri family, const struct prov_row *row, const char *address)
{
	ADD(out, "<x:ResourceCreated>");
	write_reference(out, family, row, address);
	ADD(out, "</x:ResourceCreated>");
}

/* The out parameter whose name follows `after` (NULL: the first); there are few of them. */
static const struct prov_param *next_out(const struct prov_method *method, const char *after)
{
	const struct prov_param *next = NULL;

	for (size_t i = 0; i < method->nparams; i++) {
		const struct prov_param *p = &method->params[i];

		if (p->out && (!after || strcasecmp(p->name, after) > 0) &&
		    (!next || strcasecmp(p->name, next->name) < 0))
			next = p;
	}
	return next;
}

static void write_return(struct buf *out, uint32_t return_value)
{
	buf_addf(out, "<p:ReturnValue>%" PRIu32 "</p:ReturnValue>", return_value);
}

void instance_write_output(struct buf *out, enum uri family, const struct prov_class *cls,
    const struct prov_method *method, const struct prov_value *values, uint32_t return_value)
{
	const struct prov_param *p;
	bool returned = false;

	buf_addf(out, "<p:%s_OUTPUT", method->name);
	write_namespaces(out, family, cls);
	buf_adds(out, ">");
	for (p = next_out(method, NULL); p; p = next_out(method, p->name)) {
		if (!returned && strcasecmp(p->name, "ReturnValue") > 0) {
			write_return(out, return_value);
			returned = true;
		}
		if (p->type == CIM_OBJECTS)
			write_objects(out, family, &prefixes[0], p->name, &values[p - method->params], 1);
		else
			write_leaf(out, &prefixes[0], p->name, p->type, &values[p - method->params]);
	}
	if (!returned)
		write_return(out, return_value);
	buf_addf(out, "</p:%s_OUTPUT>", method->name);
}

void instance_name(char *out, size_t room, const struct prov_class *cls, const struct prov_value *keys)
{
	size_t at = (size_t)snprintf(out, room, "%s", cls->name), key = 0;

	for (size_t i = 0; keys && i < cls->nprops && at < room; i++) {
		const struct prov_prop *prop = &cls->props[i];
		const struct prov_value *v;

		if (prop->access != PROV_KEY)
			continue;
		v = &keys[key];
		at += prop->type == CIM_TEXT ?
		    (size_t)snprintf(out + at, room - at, "%s%s=\"%.200s\"", key ? "," : ".", prop->name,
			v->text ? v->text : "") :
		    (size_t)snprintf(out + at, room - at, "%s%s=%" PRIu64, key ? "," : ".", prop->name, v->num);
		key++;
	}
}
