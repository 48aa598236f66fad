/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter.h: which instances are wanted: WQL, CQL, selectors, XPath, associations (DSP0226 8.3,
 * DSP0227 8).
 *
 * A filter is read once into a bounded predicate and never changes afterwards; it is counted, so that
 * an enumeration or a subscription keeps it between two requests. Any thread. What is hostile or beyond
 * the grammar is refused when it is read; matching a row takes bounded time and no memory.
 */
#ifndef WSMAN_FILTER_H
#define WSMAN_FILTER_H

#include "wsman/resource.h"

#define FILTER_TEXT_MAX 8192		/* bytes of a WQL or CQL query */
#define FILTER_XPATH_MAX 2048
#define FILTER_DEPTH 64			/* parentheses, NOTs */

struct filter;

struct filter_ask {
	const struct node *element;	/* the Filter element of the body: dialect and content */
	const struct classes *classes;
	const char *ns;			/* CIM namespace of the resource; NULL: any that has the class */
	const struct prov_class *cls;	/* class of the resource; NULL: the resource is "*" */
	bool events;			/* of a subscription: FROM may name an event class */
};

/* *ret is the caller's to unref. false: fault filled (n: subcodes; a subscription maps them to e:). */
bool filter_read(const struct filter_ask *ask, struct arena *arena, struct filter **ret, struct fault *fault);
struct filter *filter_ref(struct filter *f);	/* NULL: NULL */
void filter_unref(struct filter *f);		/* NULL: nothing */

/* NULL: none can match (an association filter, where no associations exist). */
const struct prov_class *filter_class(const struct filter *f);
bool filter_match(const struct filter *f, const struct prov_row *row);
/* A projection: the properties of the class that are wanted, sorted by name. 0: whole instances. */
size_t filter_columns(const struct filter *f, const size_t **ret_props);

/* Of an event query: TargetInstance.X, PreviousInstance.X, ISA; kind of change by the class of FROM. A
 * filter that is no event query matches by the target alone. */
bool filter_match_event(const struct filter *f, const struct prov_event *event);

#endif
