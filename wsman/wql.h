/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/wql.h: WQL and CQL queries: what wql_lex.re, wql.y and filter_wql.c tell each other.
 *
 * select * | columns from Class [within N] [where condition]. The reading is wql.y's; what a name or a
 * comparison means for a class is asked of filter_wql.c as soon as it is read, so no tree is kept.
 */
#ifndef WSMAN_WQL_H
#define WSMAN_WQL_H

#include "wsman/filter_pred.h"

struct wql_token { const char *p; size_t len; };	/* into the text of the query */

/* The next word at *p; *p moves behind it. Returns its number in wql_parse.h, 0: the end, -1: no word. */
int wql_lex(const char **p, struct wql_token *ret);

/* One side of a comparison. */
struct wql_side {
	enum { WQL_NAME, WQL_TEXT, WQL_NUMBER, WQL_BOOL, WQL_NULL } kind;
	struct wql_token of;		/* NAME: TargetInstance, or the class; len 0: nothing in front */
	struct wql_token word;		/* NAME, TEXT, NUMBER */
	bool yes;			/* BOOL */
};

struct wql;				/* a query while it is read: filter_wql.c */

void wql_column(struct wql *w, struct wql_token of, struct wql_token name);
void wql_column_all(struct wql *w);
void wql_from(struct wql *w, struct wql_token name);
struct pred_cond wql_compare(struct wql *w, enum pred_op op, struct wql_side a, struct wql_side b);
struct pred_cond wql_like(struct wql *w, struct wql_side a, struct wql_token pattern);
struct pred_cond wql_isa(struct wql *w, struct wql_side a, struct wql_token class);
struct pred_cond wql_is_null(struct wql *w, struct wql_side a);
struct pred_cond wql_and(struct wql *w, struct pred_cond a, struct pred_cond b);
struct pred_cond wql_or(struct wql *w, struct pred_cond a, struct pred_cond b);
void wql_where(struct wql *w, struct pred_cond all);
void wql_syntax(struct wql *w, struct wql_token at);
void wql_too_deep(struct wql *w);

/* What lemon makes of wql.y. */
void *wql_parseAlloc(void *(*alloc)(size_t));
void wql_parse(void *parser, int word, struct wql_token token, struct wql *w);
void wql_parseFree(void *parser, void (*release)(void *));

#endif
