/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter_wql.h: a query while it is read, for filter_wql.c and filter_wql_cond.c.
 */
#ifndef WSMAN_FILTER_WQL_H
#define WSMAN_FILTER_WQL_H

#include "wsman/filter_own.h"
#include "wsman/wql.h"

struct wql_column { struct wql_token of, name; };

struct wql {
	const struct filter_ask *ask;
	struct filter *f;
	struct fault *fault;
	struct wql_token isa;		/* TargetInstance isa this; len 0: not said */
	bool event;			/* FROM names a class of events */
	bool all;			/* select * */
	bool failed;			/* fault filled; nothing more is read */
	struct wql_column *columns;
	size_t ncolumns;
};

/* Always false. The first one counts. */
bool wql_fail(struct wql *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool wql_no_memory(struct wql *w);

static inline int wql_short(struct wql_token t) { return t.len > 60 ? 60 : (int)t.len; }

bool wql_is(struct wql_token t, const char *word);
bool wql_is_instance(struct wql_token t, bool *ret_previous);	/* TargetInstance, PreviousInstance */
unsigned wql_event_kinds(struct wql_token t);			/* 0: no class of events */
const char *wql_plain(struct wql *w, struct wql_token t);	/* NULL: failed */
const struct prov_class *wql_class(struct wql *w, struct wql_token t);	/* NULL: failed */

#endif
