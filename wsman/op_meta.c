/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_meta.c: the classes themselves as CIM-XML (DSP0201), for clients that ask what there is: Get with
 * the selector ClassName, or Enumerate. Embedded classes are classes, too.
 */
#include "wsman/op.h"

#include "engine/base/text.h"
#include "wsman/meta.h"

/* Class i of the namespace; NULL: there are not so many. */
static const struct prov_class *class_at(const struct wsm_config *config, const char *ns, size_t i)
{
	for (size_t c = 0; c < config->nclasses; c++)
		if ((!ns || text_ieq(config->classes[c]->ns, ns)) && !i--)
			return config->classes[c];
	return NULL;
}

static size_t count(const struct wsm_config *config, const char *ns)
{
	size_t n = 0;

	while (class_at(config, ns, n))
		n++;
	return n;
}

static void write_epr(struct buf *out, const struct prov_class *cls)
{
	buf_addf(out, "<a:EndpointReference><a:Address>%s</a:Address><a:ReferenceParameters><w:ResourceURI>%s"
	    "</w:ResourceURI><w:SelectorSet><w:Selector Name=\"__cimnamespace\">%s</w:Selector>"
	    "<w:Selector Name=\"ClassName\">%s</w:Selector></w:SelectorSet></a:ReferenceParameters>"
	    "</a:EndpointReference>", uri_text[URI_ANONYMOUS], uri_text[URI_META], cls->ns, cls->name);
}

static void write_item(const struct wsm_config *config, const char *ns, size_t i, enum enum_mode mode,
    struct buf *out)
{
	const struct prov_class *cls = class_at(config, ns, i);

	if (mode == ENUM_OBJECT_AND_EPR)
		buf_adds(out, "<w:Item>");
	if (mode != ENUM_EPR)
		meta_write_cimxml(out, cls, true);
	if (mode != ENUM_OBJECT)
		write_epr(out, cls);
	if (mode == ENUM_OBJECT_AND_EPR)
		buf_adds(out, "</w:Item>");
}

const struct fixed_list meta_list = { count, write_item };

/* NULL: fault filled. */
static const struct prov_class *chosen(struct op *op)
{
	const char *name = NULL;
	const struct prov_class *cls;

	for (size_t i = 0; i < op->selectors.count; i++)
		if (text_ieq(op->selectors.list[i].name, "ClassName"))
			name = op->selectors.list[i].value;
	if (!name) {
		fault_set(&op->fault, FAULT_SELECTOR_MISSING, "A class is chosen by the selector ClassName.");
		return NULL;
	}
	for (size_t i = 0; (cls = class_at(op_config(op), op->res.ns, i)); i++)
		if (text_ieq(cls->name, name))
			return cls;
	fault_set(&op->fault, FAULT_NO_CLASS, "There is no class %.200s in that namespace.", name);
	return NULL;
}

void wsm_describe(const struct prov_class *cls, enum wsm_form form, struct buf *out)
{
	static void (*const writers[])(struct buf *out, const struct prov_class *cls) = {
		[WSM_MOF] = meta_write_mof, [WSM_XSD] = meta_write_xsd, [WSM_WSDL] = meta_write_wsdl };

	writers[form](out, cls);
}

void op_meta_get(struct op *op)
{
	const struct prov_class *cls = chosen(op);
	const struct node *option = header_option(&op->msg, "IncludeQualifiers", NULL);
	struct buf out;

	if (!cls) {
		op_fail(op);
		return;
	}
	op_begin(op, &out, REPLY_TRANSFER);
	meta_write_cimxml(&out, cls, !option || msg_is_nil(option) || msg_true(msg_trim(op->arena, option->text)));
	reply_end(&out);
	op_send(op, &out);
}
