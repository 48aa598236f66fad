/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter_pred.h: a condition as a flat list of tests, each of which knows where to go on.
 *
 * "a OR (b AND NOT c)" becomes three tests; each names the test that follows when it is true and the one
 * that follows when it is false, always one further down, or the end. So a match takes at most one pass, no
 * stack and no memory, however the condition was nested. The language it was written in (WQL, XPath,
 * selectors) is the business of the filter_*.c that build it. Pure; any thread.
 */
#ifndef WSMAN_FILTER_PRED_H
#define WSMAN_FILTER_PRED_H

#include "include/provider.h"

#define PRED_TESTS 512			/* of one condition */
#define PRED_NONE UINT32_MAX
#define PRED_ACCEPT (UINT32_MAX - 1)
#define PRED_REJECT (UINT32_MAX - 2)

enum pred_op { PRED_EQ, PRED_NE, PRED_LT, PRED_LE, PRED_GT, PRED_GE, PRED_LIKE, PRED_EXISTS, PRED_IS_NULL,
	PRED_KIND, PRED_CONST };

struct like;

/* A value of an instance: prop; of an embedded instance: sub of prop[index - 1], index 0: of any. */
struct pred_at {
	bool previous;			/* event: of the instance before the change */
	bool embedded;
	bool whole;			/* embedded: not one of its values, but whether it is there */
	size_t prop, sub;
	unsigned index;
	enum cim_type type;		/* of the value that is looked at */
};

struct pred_test {
	enum pred_op op;
	struct pred_at at;
	bool exact;			/* texts: with regard to case */
	bool if_null;			/* what comes out for a NULL */
	bool yes;			/* CONST */
	bool key;			/* a key: as selectors are compared */
	bool two;			/* compared with `other` */
	bool text_node;			/* XPath's text(): an empty text has none */
	int sign;			/* number: -1: less than all values, 1: more than all */
	struct pred_at other;
	uint64_t num;			/* constant; KIND: set of enum prov_event_kind */
	const char *text;
	const struct like *like;
	uint32_t go[2];			/* where to go on when false, when true */
};

struct pred {
	struct pred_test *tests;	/* of the filter's arena; NULL: everything matches */
	size_t ntests, room;
};

/* A condition while it is built: where it begins, and its loose ends when false, when true. */
struct pred_cond { uint32_t entry; struct { uint32_t first, last; } end[2]; };

/* false: too many tests, or out of memory. The test's texts must live as long as the predicate. */
bool pred_add(struct pred *p, struct arena *arena, const struct pred_test *test, struct pred_cond *ret);
struct pred_cond pred_and(struct pred *p, struct pred_cond a, struct pred_cond b);	/* b added after a */
struct pred_cond pred_or(struct pred *p, struct pred_cond a, struct pred_cond b);
struct pred_cond pred_not(struct pred_cond a);
void pred_end(struct pred *p, struct pred_cond all);

enum pred_op pred_turned(enum pred_op op);	/* 5 < x is x > 5 */

/* previous NULL: not known, all its values are NULL. kind 0: no event. */
bool pred_match(const struct pred *p, const struct prov_row *row, const struct prov_row *previous,
    enum prov_event_kind kind);

#endif
