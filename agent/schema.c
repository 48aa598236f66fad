/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/schema.c: see schema.h. schemas/cim/ in the sources is what this writes.
 */
#include "agent/schema.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "agent/prov.h"
#include "wsman/wsman.h"

#define SCHEMA_MAX (1u << 20)

static bool write_one(const char *dir, const struct prov_class *cls, enum wsm_form form)
{
	char path[PATH_MAX];
	struct buf text;
	FILE *f = NULL;
	bool ok;

	buf_init(&text, SCHEMA_MAX);
	wsm_describe(cls, form, &text);
	errno = buf_bad(&text) ? ENOMEM : ENAMETOOLONG;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s.%s", dir, cls->name, form == WSM_MOF ? "mof" : "xsd") <
	    sizeof(path) && !buf_bad(&text))
		f = fopen(path, "we");
	ok = f && fwrite(text.data, 1, text.len, f) == text.len;
	if (f && fclose(f))
		ok = false;
	if (!ok)
		fprintf(stderr, "drayd: cannot write %s: %s\n", path, strerror(errno));
	buf_done(&text);
	return ok;
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
