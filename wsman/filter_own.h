/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter_own.h: what a filter is, for the filter_*.c that read one.
 *
 * Each fills f (class, predicate, columns) with memory of f->arena. false: fault filled.
 */
#ifndef WSMAN_FILTER_OWN_H
#define WSMAN_FILTER_OWN_H

#include <stdatomic.h>

#include "wsman/filter.h"
#include "wsman/filter_pred.h"

struct filter {
	atomic_uint refs;
	struct arena *arena;
	const struct prov_class *cls;
	struct pred pred;
	size_t *columns, ncolumns;
	unsigned kinds;			/* of enum prov_event_kind, that are wanted */
};

bool filter_read_wql(const struct filter_ask *ask, const char *text, struct filter *f, struct fault *fault);
bool filter_read_selectors(const struct filter_ask *ask, const char *text, struct filter *f,
    struct fault *fault);
bool filter_read_xpath(const struct filter_ask *ask, const char *text, struct filter *f, struct fault *fault);
bool filter_read_association(const struct filter_ask *ask, const char *text, struct filter *f,
    struct fault *fault);

/* The property of that name; nprops: none. */
size_t filter_prop(const struct prov_class *cls, const char *name, size_t len);

#endif
