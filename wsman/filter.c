/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter.c: see filter.h. The dialects, and the life of a filter; each is read by a filter_*.c.
 */
#include "wsman/filter_own.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

#define MEMORY (512u << 10)	/* of one filter; what can be written in FILTER_TEXT_MAX bytes needs less */
#define ALL_KINDS (PROV_CREATED | PROV_MODIFIED | PROV_DELETED)
#define BAD_CODE 2150858778u	/* CannotProcessFilter, as WMI's own errors of queries are translated */

static const struct dialect {
	enum uri uri;
	bool (*read)(const struct filter_ask *ask, const char *text, struct filter *f, struct fault *fault);
} dialects[] = {
#define DIALECT(name, reader, uri) { URI_##name, filter_read_##reader },
#include "schemas/names.def"
#undef DIALECT
};

size_t filter_prop(const struct prov_class *cls, const char *name, size_t len)
{
	size_t i = 0;

	while (i < cls->nprops && (strncasecmp(cls->props[i].name, name, len) || cls->props[i].name[len]))
		i++;
	return i;
}

/* No Dialect is XPath (DSP0226 8.3). */
static const struct dialect *find_dialect(const struct filter_ask *ask, struct arena *arena)
{
	const char *name = msg_trim(arena, msg_attr_plain(ask->element, "Dialect"));

	if (!name || !*name)
		name = uri_text[URI_XPATH];
	for (size_t i = 0; i < COUNT(dialects); i++)
		if (text_ieq(name, uri_text[dialects[i].uri]))
			return &dialects[i];
	return NULL;
}

/* In the form a failed query has: consoles look for the query itself. */
static bool refused(struct fault *fault, const char *text)
{
	if (fault->id == FAULT_FILTER_BAD) {
		fault->hresult = BAD_CODE;
		fault->provider = "Query";
		fault->operation = "ExecQuery";
		snprintf(fault->object, sizeof(fault->object), "%s", text);
	}
	return false;
}

bool filter_read(const struct filter_ask *ask, struct arena *arena, struct filter **ret, struct fault *fault)
{
	const struct dialect *dialect = find_dialect(ask, arena);
	const char *text = msg_trim(arena, ask->element->text);
	struct arena *own = dialect ? arena_new(MEMORY) : NULL;
	struct filter *f = own ? arena_zalloc(own, sizeof(*f)) : NULL;

	if (!dialect)
		return fault_set(fault, FAULT_FILTER_DIALECT, NULL);
	if (!f || !text) {
		arena_free(own);
		return fault_set(fault, FAULT_BUSY, "Out of memory.");
	}
	atomic_init(&f->refs, 1);
	f->arena = own;
	f->cls = ask->cls;
	f->kinds = ALL_KINDS;
	if (!dialect->read(ask, text, f, fault)) {
		arena_free(own);
		return refused(fault, text);
	}
	*ret = f;
	return true;
}

struct filter *filter_ref(struct filter *f)
{
	if (f)
		atomic_fetch_add(&f->refs, 1);
	return f;
}

void filter_unref(struct filter *f)
{
	if (f && atomic_fetch_sub(&f->refs, 1) == 1)
		arena_free(f->arena);
}

const struct prov_class *filter_class(const struct filter *f)
{
	return f->cls;
}

bool filter_match(const struct filter *f, const struct prov_row *row)
{
	return pred_match(&f->pred, row, NULL, 0);
}

size_t filter_columns(const struct filter *f, const size_t **ret_props)
{
	*ret_props = f->columns;
	return f->ncolumns;
}

bool filter_match_event(const struct filter *f, const struct prov_event *event)
{
	return f->kinds & (unsigned)event->kind && event->row.cls == f->cls &&
	    pred_match(&f->pred, &event->row, event->previous, event->kind);
}
