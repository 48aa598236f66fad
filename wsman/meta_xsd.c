/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/meta_xsd.c: the XML Schema of a class as its instances are on the wire (DSP0230): every property, by
 * name, NULL as xsi:nil; embedded instances in the namespace of their own class.
 */
#include "wsman/meta.h"

#include <strings.h>

#include "wsman/resource.h"

/* Name of the schema type of a simple value. */
static const char *xs_type(enum cim_type type)
{
	switch (type) {
	case CIM_BOOL: return "xs:boolean";
	case CIM_U16: return "xs:unsignedShort";
	case CIM_U32: return "xs:unsignedInt";
	case CIM_U64: return "xs:unsignedLong";
	case CIM_OCTETS: return "xs:unsignedByte";
	case CIM_TEXT: case CIM_SECRET: case CIM_TEXTS: return "xs:string";
	case CIM_OBJECTS: break;
	}
	return "xs:anyType";
}

static void add_property(struct buf *out, const struct prov_prop *p)
{
	if (p->embedded)
		buf_addf(out, "      <xs:element name=\"%s\" type=\"e:%s_Type\" minOccurs=\"0\""
		    " maxOccurs=\"unbounded\"/>\n", p->name, p->embedded->name);
	else
		buf_addf(out, "      <xs:element name=\"%s\" type=\"%s\" nillable=\"true\"/>\n", p->name,
		    xs_type(p->type));
}

static bool takes_arrays(const struct prov_method *m)
{
	for (size_t i = 0; i < m->nparams; i++)
		if (!m->params[i].out && meta_is_array(m->params[i].type))
			return true;
	return false;
}

/* Any order is taken; but xs:all holds nothing twice, so what has arrays is told in the order of the MOF. */
static void add_input(struct buf *out, const struct prov_method *m)
{
	const char *group = takes_arrays(m) ? "sequence" : "all";

	buf_addf(out, "  <xs:element name=\"%s_INPUT\">\n    <xs:complexType><xs:%s>\n", m->name, group);
	for (size_t i = 0; i < m->nparams; i++)
		if (!m->params[i].out)
			buf_addf(out, "      <xs:element name=\"%s\" type=\"%s\" nillable=\"true\"%s%s/>\n",
			    m->params[i].name, xs_type(m->params[i].type),
			    m->params[i].must ? "" : " minOccurs=\"0\"",
			    meta_is_array(m->params[i].type) ? " maxOccurs=\"unbounded\"" : "");
	buf_addf(out, "    </xs:%s></xs:complexType>\n  </xs:element>\n", group);
}

static void add_output(struct buf *out, const struct prov_method *m)
{
	buf_addf(out, "  <xs:element name=\"%s_OUTPUT\">\n    <xs:complexType><xs:all>\n", m->name);
	for (size_t i = 0; i < m->nparams; i++)
		if (m->params[i].out && m->params[i].type != CIM_OBJECTS)
			buf_addf(out, "      <xs:element name=\"%s\" type=\"%s\" nillable=\"true\"/>\n",
			    m->params[i].name, xs_type(m->params[i].type));
	buf_adds(out, "      <xs:element name=\"ReturnValue\" type=\"xs:unsignedInt\"/>\n"
	    "    </xs:all></xs:complexType>\n  </xs:element>\n");
}

static const struct prov_class *embedded_of(const struct prov_class *cls)
{
	for (size_t i = 0; i < cls->nprops; i++)
		if (cls->props[i].embedded)
			return cls->props[i].embedded;
	return NULL;
}

void meta_write_xsd(struct buf *out, const struct prov_class *cls)
{
	const struct prov_class *embedded = embedded_of(cls);

	buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<!-- SPDX-License-Identifier: MIT -->\n<xs:schema"
	    " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" elementFormDefault=\"qualified\" xmlns:c=\"");
	resource_write(out, URI_WMI, cls);
	buf_adds(out, "\" targetNamespace=\"");
	resource_write(out, URI_WMI, cls);
	if (embedded) {
		buf_adds(out, "\" xmlns:e=\"");
		resource_write(out, URI_WMI, embedded);
		buf_adds(out, "\">\n  <xs:import namespace=\"");
		resource_write(out, URI_WMI, embedded);
		buf_addf(out, "\" schemaLocation=\"%s.xsd\"/>\n", embedded->name);
	} else {
		buf_adds(out, "\">\n");
	}
	buf_addf(out, "  <xs:element name=\"%s\" type=\"c:%s_Type\"/>\n  <xs:complexType name=\"%s_Type\">\n"
	    "    <xs:sequence>\n", cls->name, cls->name, cls->name);
	for (size_t i = 0; i < cls->nprops; i++)
		add_property(out, &cls->props[i]);
	buf_adds(out, "    </xs:sequence>\n  </xs:complexType>\n");
	for (size_t i = 0; i < cls->nmethods; i++) {
		add_input(out, &cls->methods[i]);
		add_output(out, &cls->methods[i]);
	}
	buf_adds(out, "</xs:schema>\n");
}
