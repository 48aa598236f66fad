/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/selector.h: w:SelectorSet -> the key values of a class. Pure.
 */
#ifndef WSMAN_SELECTOR_H
#define WSMAN_SELECTOR_H

#include "wsman/resource.h"

#define SELECTOR_COUNT 32
#define SELECTOR_VALUE 4096
#define SELECTOR_NAMESPACE "__cimnamespace"

struct selector { const char *name, *value; };	/* value NULL: not text (an endpoint reference) */

struct selectors {
	struct selector list[SELECTOR_COUNT];
	size_t count;
	const char *cimns;	/* value of __cimnamespace, which is not in the list; NULL: none */
};

/* Reads the set of the header: limits, names, duplicates. */
bool selector_read(const struct msg *msg, struct arena *arena, struct selectors *ret, struct fault *fault);
/* Adds those of a URI: k=v+k=v. */
bool selector_read_query(const char *query, struct arena *arena, struct selectors *ret, struct fault *fault);
/* One value a key property, in class order; NULL ret_keys when the class has no key. */
bool selector_keys(const struct selectors *set, const struct prov_class *cls, struct arena *arena,
    const struct prov_value **ret_keys, struct fault *fault);

#endif
