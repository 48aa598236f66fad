/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/schema.c: see schema.h. schemas/cim/ in the sources is what this writes.
 */
#include "agent/schema.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "agent/prov.h"
#include "engine/base/auto.h"
#include "wsman/wsman.h"

#define SCHEMA_MAX (1u << 20)

static const char *const endings[] = { [WSM_MOF] = "mof", [WSM_XSD] = "xsd", [WSM_WSDL] = "wsdl" };

static bool write_file(const char *path, const struct buf *text)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fwrite(text->data, 1, text->len, f) == text->len;

	if (f && fclose(f))
		ok = false;
	if (!ok)
		fprintf(stderr, "drayd: cannot write %s: %s\n", path, strerror(errno));
	return ok;
}

/* Nothing to say is no file. */
static bool write_one(const char *dir, const struct prov_class *cls, enum wsm_form form)
{
	char path[PATH_MAX];
	struct buf text;
	bool ok = false;

	buf_init(&text, SCHEMA_MAX);
	wsm_describe(cls, form, &text);
	if (buf_bad(&text) || (size_t)snprintf(path, sizeof(path), "%s/%s.%s", dir, cls->name, endings[form]) >=
	    sizeof(path))
		fprintf(stderr, "drayd: %s: %s\n", dir, strerror(buf_bad(&text) ? ENOMEM : ENAMETOOLONG));
	else
		ok = !text.len || write_file(path, &text);
	buf_done(&text);
	return ok;
}

bool schema_write(const char *dir)
{
	struct prov_world world = { 0 };
	size_t n;
	const struct prov_class *const *classes = prov_classes(&world, &n);

	for (size_t i = 0; i < n; i++)
		for (size_t form = 0; form < COUNT(endings); form++)
			if (!write_one(dir, classes[i], (enum wsm_form)form))
				return false;
	return true;
}
