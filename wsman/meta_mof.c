/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/meta_mof.c: a class as MOF (DSP0004 annex A).
 */
#include "wsman/meta.h"

#include <string.h>

static void add_quoted(struct buf *out, const char *text)
{
	buf_adds(out, "\"");
	for (; *text; text++) {
		if (strchr("\"\\", *text))
			buf_adds(out, "\\");
		buf_add(out, text, 1);
	}
	buf_adds(out, "\"");
}

static void add_help(struct buf *out, const char *text)
{
	if (!text || !*text)
		return;
	buf_adds(out, ", Description(");
	add_quoted(out, text);
	buf_adds(out, ")");
}

static void add_property(struct buf *out, const struct prov_prop *p)
{
	buf_addf(out, "  [%sread%s", p->access == PROV_KEY ? "key, " : "", p->access == PROV_RW ? ", write" : "");
	if (p->embedded)
		buf_addf(out, ", EmbeddedInstance(\"%s\")", p->embedded->name);
	add_help(out, p->help);
	buf_addf(out, "]\n  %s %s%s;\n", meta_type(p->type), p->name, meta_is_array(p->type) ? "[]" : "");
}

static void add_method(struct buf *out, const struct prov_method *m)
{
	buf_addf(out, "  %suint32 %s(", m->is_static ? "[Static] " : "", m->name);
	for (size_t i = 0; i < m->nparams; i++) {
		const struct prov_param *p = &m->params[i];

		buf_addf(out, "%s\n    [%s%s", i ? "," : "", p->out ? "Out" : "In",
		    p->must && !p->out ? ", Required" : "");
		add_help(out, p->help);
		buf_addf(out, "] %s %s%s", meta_type(p->type), p->name, meta_is_array(p->type) ? "[]" : "");
	}
	buf_adds(out, ");\n");
}

void meta_write_mof(struct buf *out, const struct prov_class *cls)
{
	buf_adds(out, "// SPDX-License-Identifier: MIT\n");
	buf_addf(out, "#pragma namespace(\"%s\")\n\n[Provider(", cls->ns);
	add_quoted(out, cls->provider);
	buf_addf(out, ")]\nclass %s\n{\n", cls->name);
	for (size_t i = 0; i < cls->nprops; i++)
		add_property(out, &cls->props[i]);
	for (size_t i = 0; i < cls->nmethods; i++)
		add_method(out, &cls->methods[i]);
	buf_adds(out, "};\n");
}
