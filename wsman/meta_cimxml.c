/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/meta_cimxml.c: see meta.h. The shape MI clients read (Get-CimClass).
 */
#include "wsman/meta.h"

const char *meta_type(enum cim_type type)
{
	static const char *const names[] = { [CIM_BOOL] = "boolean", [CIM_U16] = "uint16",
		[CIM_U32] = "uint32", [CIM_U64] = "uint64", [CIM_TEXT] = "string", [CIM_SECRET] = "string",
		[CIM_OBJECTS] = "string", [CIM_TEXTS] = "string", [CIM_OCTETS] = "uint8" };

	return names[type];
}

bool meta_is_array(enum cim_type type)
{
	return type == CIM_OBJECTS || type == CIM_TEXTS || type == CIM_OCTETS;
}

static void add_qualifier(struct buf *out, const char *name, const char *type, const char *value)
{
	buf_addf(out, "<QUALIFIER NAME=\"%s\" TYPE=\"%s\"><VALUE>", name, type);
	buf_add_xml(out, value);
	buf_adds(out, "</VALUE></QUALIFIER>");
}

static void add_flag(struct buf *out, const char *name)
{
	add_qualifier(out, name, "boolean", "true");
}

static void add_help(struct buf *out, const char *text)
{
	if (text && *text)
		add_qualifier(out, "Description", "string", text);
}

static void add_property(struct buf *out, const struct prov_class *cls, const struct prov_prop *p, bool help)
{
	const char *element = meta_is_array(p->type) ? "PROPERTY.ARRAY" : "PROPERTY";

	buf_addf(out, "<%s NAME=\"%s\" TYPE=\"%s\" CLASSORIGIN=\"%s\">", element, p->name, meta_type(p->type),
	    cls->name);
	if (p->access == PROV_KEY)
		add_flag(out, "key");
	add_flag(out, "read");
	if (p->access == PROV_RW)
		add_flag(out, "write");
	if (p->embedded)
		add_qualifier(out, "EmbeddedInstance", "string", p->embedded->name);
	if (help)
		add_help(out, p->help);
	buf_addf(out, "</%s>", element);
}

static void add_parameter(struct buf *out, const struct prov_param *p, bool help)
{
	const char *element = meta_is_array(p->type) ? "PARAMETER.ARRAY" : "PARAMETER";

	buf_addf(out, "<%s NAME=\"%s\" TYPE=\"%s\">", element, p->name, meta_type(p->type));
	add_flag(out, p->out ? "Out" : "In");
	if (p->must && !p->out)
		add_flag(out, "Required");
	if (p->type == CIM_OBJECTS)
		add_flag(out, "EmbeddedObject");
	if (help)
		add_help(out, p->help);
	buf_addf(out, "</%s>", element);
}

static void add_method(struct buf *out, const struct prov_class *cls, const struct prov_method *m, bool help)
{
	buf_addf(out, "<METHOD NAME=\"%s\" TYPE=\"uint32\" CLASSORIGIN=\"%s\">", m->name, cls->name);
	if (m->is_static)
		add_flag(out, "Static");
	for (size_t i = 0; i < m->nparams; i++)
		add_parameter(out, &m->params[i], help);
	buf_adds(out, "</METHOD>");
}

void meta_write_cimxml(struct buf *out, const struct prov_class *cls, bool help)
{
	buf_addf(out, "<CLASS NAME=\"%s\">", cls->name);
	add_qualifier(out, "Provider", "string", cls->provider);
	for (size_t i = 0; i < cls->nprops; i++)
		add_property(out, cls, &cls->props[i], help);
	for (size_t i = 0; i < cls->nmethods; i++)
		add_method(out, cls, &cls->methods[i], help);
	buf_adds(out, "</CLASS>");
}
