/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/schema.c: see schema.h. schemas/cim/ in the sources is what this writes.
 */
#include "agent/schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/prov.h"
#include "wsman/wsman.h"

#define SCHEMA_MAX (1u << 20)

static bool write_one(const char *dir, const struct prov_class *cls, enum wsm_form form)
{
	char path[4096];
	struct buf text;
	FILE *f;
	bool ok;

	buf_init(&text, SCHEMA_MAX);
	wsm_describe(cls, form, &text);
	ok = !buf_bad(&text) && (size_t)snprintf(path, sizeof(path), "%s/%s.%s", dir, cls->name,
	    form == WSM_MOF ? "mof" : "xsd") < sizeof(path);
	f = ok ? fopen(path, "we") : NULL;
	if (f)
		ok = fwrite(text.data, 1, text.len, f) == text.len;
	if (f && fclose(f))
		ok = false;
	buf_done(&text);
	if (!f || !ok)
		fprintf(stderr, "drayd: cannot write %s: %s\n", path, strerror(errno));
	return f && ok;
}

bool schema_write(const char *dir)
{
	struct prov_world world = { 0 };
	size_t n;
	const struct prov_class *const *classes = prov_classes(&world, &n);

	for (size_t i = 0; i < n; i++)
		if (!write_one(dir, classes[i], WSM_MOF) || !write_one(dir, classes[i], WSM_XSD))
			return false;
	return true;
}
