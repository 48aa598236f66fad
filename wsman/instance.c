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

static const char *const prefixes[NESTING] = { "p:", "p1:", "p2:", "p3:", "p4:" };	/* by depth */

/* The namespaces of the root of an instance, in the order of Windows. */
static void write_namespaces(struct buf *out, enum uri family, const struct prov_class *cls)
{
	buf_adds(out, " xmlns:xsi=\"");
	buf_adds(out, uri_ns[NS_xsi]);
	buf_adds(out, "\" xmlns:p=\"");
	resource_write(out, family, cls);
	buf_adds(out, "\" xmlns:cim=\"");
	buf_adds(out, uri_ns[NS_cim]);
	buf_adds(out, "\"");
}

/* Most of an answer is made of these; no formatting, just bytes. */
static void open_tag(struct buf *out, const char *prefix, const char *name)
{
	buf_adds(out, "<");
	buf_adds(out, prefix);
	buf_adds(out, name);
}

static void close_tag(struct buf *out, const char *prefix, const char *name)
{
	buf_adds(out, "</");
	buf_adds(out, prefix);
	buf_adds(out, name);
	buf_adds(out, ">");
}

static void write_leaf(struct buf *out, const char *prefix, const char *name, enum cim_type type,
    const struct prov_value *value)
{
	open_tag(out, prefix, name);
	if (!value->set) {
		buf_adds(out, " xsi:nil=\"true\"/>");
		return;
	}
	buf_adds(out, ">");
	value_write(out, type, value);
	close_tag(out, prefix, name);
}

static void write_props(struct buf *out, enum uri family, const struct prov_row *row, int depth, bool whole);

/* Embedded instances: the property's element once for each, its class in a namespace of its own. */
static void write_objects(struct buf *out, enum uri family, const char *prefix, const char *name,
    const struct prov_value *value, int depth)
{
	for (size_t i = 0; depth < NESTING && value->set && i < value->nrows; i++) {
		const struct prov_row *row = &value->rows[i];

		open_tag(out, prefix, name);
		buf_adds(out, " xmlns:");
		buf_add(out, prefixes[depth], strlen(prefixes[depth]) - 1);
		buf_adds(out, "=\"");
		resource_write(out, family, row->cls);
		buf_adds(out, "\" xsi:type=\"");
		buf_adds(out, prefixes[depth]);
		buf_adds(out, row->cls->name);
		buf_adds(out, "_Type\">");
		write_props(out, family, row, depth, true);
		close_tag(out, prefix, name);
	}
}

static void write_props(struct buf *out, enum uri family, const struct prov_row *row, int depth, bool whole)
{
	for (size_t i = 0; i < row->cls->nprops && !buf_bad(out); i++) {
		const struct prov_prop *prop = &row->cls->props[i];

		if (prop->type == CIM_OBJECTS && whole)
			write_objects(out, family, prefixes[depth], prop->name, &row->values[i], depth + 1);
		else if (prop->type != CIM_OBJECTS)
			write_leaf(out, prefixes[depth], prop->name, prop->type, &row->values[i]);
	}
}

void instance_write(struct buf *out, enum uri family, const struct prov_row *row, bool whole)
{
	open_tag(out, "p:", row->cls->name);
	write_namespaces(out, family, row->cls);
	buf_adds(out, " xsi:type=\"p:");
	buf_adds(out, row->cls->name);
	buf_adds(out, "_Type\">");
	write_props(out, family, row, 0, whole);
	close_tag(out, "p:", row->cls->name);
}

void instance_write_columns(struct buf *out, enum uri family, const struct prov_row *row, const size_t *props,
    size_t nprops, bool whole)
{
	buf_addf(out, "<w:XmlFragment xmlns:xsi=\"%s\" xmlns:w=\"%s\">", uri_ns[NS_xsi], uri_ns[NS_w]);
	for (size_t i = 0; i < nprops; i++) {
		const struct prov_prop *prop = &row->cls->props[props[i]];
		const struct prov_value *value = &row->values[props[i]];

		if (prop->type != CIM_OBJECTS)
			write_leaf(out, "", prop->name, prop->type, value);
		else if (whole)
			write_objects(out, family, "", prop->name, value, 1);
	}
	buf_adds(out, "</w:XmlFragment>");
}

void instance_write_epr(struct buf *out, enum uri family, const struct prov_row *row)
{
	bool any = family != URI_WMI;

	for (size_t i = 0; i < row->cls->nprops; i++)
		any |= row->cls->props[i].access == PROV_KEY;
	buf_addf(out, "<a:EndpointReference><a:Address>%s</a:Address><a:ReferenceParameters><w:ResourceURI>",
	    uri_text[URI_ANONYMOUS]);
	resource_write(out, family, row->cls);
	buf_adds(out, "</w:ResourceURI>");
	if (any)
		buf_adds(out, "<w:SelectorSet>");
	if (family != URI_WMI)
		buf_addf(out, "<w:Selector Name=\"__cimnamespace\">%s</w:Selector>", row->cls->ns);
	for (size_t i = 0; i < row->cls->nprops; i++) {
		const struct prov_prop *prop = &row->cls->props[i];

		if (prop->access != PROV_KEY)
			continue;
		buf_addf(out, "<w:Selector Name=\"%s\">", prop->name);
		value_write(out, prop->type, &row->values[i]);
		buf_adds(out, "</w:Selector>");
	}
	buf_addf(out, "%s</a:ReferenceParameters></a:EndpointReference>", any ? "</w:SelectorSet>" : "");
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
			write_objects(out, family, "p:", p->name, &values[p - method->params], 1);
		else
			write_leaf(out, "p:", p->name, p->type, &values[p - method->params]);
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
