/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter_pred.c: see filter_pred.h. Loose ends of a condition are a list through the `go` of its tests
 * (test * 2 + which), so joining two conditions and filling their ends costs each end once.
 */
#include "wsman/filter_pred.h"

#include <string.h>
#include <strings.h>

#include "wsman/filter_like.h"
#include "wsman/value.h"

bool pred_add(struct pred *p, struct arena *arena, const struct pred_test *test, struct pred_cond *ret)
{
	uint32_t at = (uint32_t)p->ntests;

	if (p->ntests == PRED_TESTS)
		return false;
	if (p->ntests == p->room) {
		size_t room = p->room ? 4 * p->room : 8;
		struct pred_test *more = arena_zalloc(arena, room * sizeof(*more));

		if (!more)
			return false;
		if (p->ntests)
			memcpy(more, p->tests, p->ntests * sizeof(*more));
		p->tests = more;
		p->room = room;
	}
	p->tests[p->ntests] = *test;
	ret->entry = at;
	for (uint32_t yes = 0; yes < 2; yes++) {
		p->tests[p->ntests].go[yes] = PRED_NONE;
		ret->end[yes].first = ret->end[yes].last = at * 2 + yes;
	}
	p->ntests++;
	return true;
}

static void fill(struct pred *p, uint32_t end, uint32_t target)
{
	while (end != PRED_NONE) {
		uint32_t *go = &p->tests[end / 2].go[end % 2];

		end = *go;
		*go = target;
	}
}

/* When a comes out as `goes_on`, b decides; else a has decided. */
static struct pred_cond join(struct pred *p, struct pred_cond a, struct pred_cond b, int goes_on)
{
	struct pred_cond ret = b;
	int decided = !goes_on;

	fill(p, a.end[goes_on].first, b.entry);
	ret.entry = a.entry;
	p->tests[a.end[decided].last / 2].go[a.end[decided].last % 2] = b.end[decided].first;
	ret.end[decided].first = a.end[decided].first;
	return ret;
}

struct pred_cond pred_and(struct pred *p, struct pred_cond a, struct pred_cond b)
{
	return join(p, a, b, 1);
}

struct pred_cond pred_or(struct pred *p, struct pred_cond a, struct pred_cond b)
{
	return join(p, a, b, 0);
}

struct pred_cond pred_not(struct pred_cond a)
{
	struct pred_cond ret = a;

	ret.end[0] = a.end[1];
	ret.end[1] = a.end[0];
	return ret;
}

void pred_end(struct pred *p, struct pred_cond all)
{
	fill(p, all.end[0].first, PRED_REJECT);
	fill(p, all.end[1].first, PRED_ACCEPT);
}

enum pred_op pred_turned(enum pred_op op)
{
	static const enum pred_op turned[] = { [PRED_EQ] = PRED_EQ, [PRED_NE] = PRED_NE, [PRED_LT] = PRED_GT,
		[PRED_LE] = PRED_GE, [PRED_GT] = PRED_LT, [PRED_GE] = PRED_LE };

	return op <= PRED_GE ? turned[op] : op;
}

/* ---- matching ---- */

static bool decide(enum pred_op op, int order)
{
	switch ((int)op) {
	case PRED_EQ: return order == 0;
	case PRED_NE: return order != 0;
	case PRED_LT: return order < 0;
	case PRED_LE: return order <= 0;
	case PRED_GT: return order > 0;
	case PRED_GE: return order >= 0;
	}
	return false;
}

static int order_of(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static bool test_text(const struct pred_test *t, const struct prov_value *v, const char *with)
{
	const char *text = v->text ? v->text : "";
	struct prov_value key = { .set = true, .text = with };

	if (t->op == PRED_LIKE)
		return like_match(t->like, text);
	if (t->key && t->op <= PRED_NE)
		return value_same_key(CIM_TEXT, v, &key) == (t->op == PRED_EQ);
	return decide(t->op, t->exact ? strcmp(text, with) : strcasecmp(text, with));
}

static bool test_value(const struct pred_test *t, const struct prov_value *v, const struct prov_value *other)
{
	if (t->op == PRED_IS_NULL)
		return !v->set;
	if (t->text_node && (!v->set || (t->at.type == CIM_TEXT && (!v->text || !*v->text))))
		return false;
	if (t->op == PRED_EXISTS)
		return true;
	if (!v->set || (other && !other->set))
		return t->if_null;
	if (t->at.type == CIM_TEXT)
		return test_text(t, v, other ? other->text ? other->text : "" : t->text);
	if (t->sign)
		return decide(t->op, -t->sign);
	return decide(t->op, order_of(v->num, other ? other->num : t->num));
}

/* One of the embedded instances will do, as in XPath. */
static bool test_embedded(const struct pred_test *t, const struct prov_value *all)
{
	size_t from = t->at.index ? t->at.index - 1 : 0, to = t->at.index ? t->at.index : SIZE_MAX;

	for (size_t i = from; all->set && i < all->nrows && i < to; i++)
		if (t->at.whole || test_value(t, &all->rows[i].values[t->at.sub], NULL))
			return true;
	return false;
}

static bool test(const struct pred_test *t, const struct prov_row *row, const struct prov_row *previous,
    enum prov_event_kind kind)
{
	static const struct prov_value null;
	const struct prov_row *of = t->at.previous ? previous : row,
			      *with = t->other.previous ? previous : row;
	const struct prov_value *v;

	if (t->op == PRED_CONST)
		return t->yes;
	if (t->op == PRED_KIND)
		return t->num & (unsigned)kind;
	v = of ? &of->values[t->at.prop] : &null;
	if (t->at.embedded)
		return test_embedded(t, v);
	return test_value(t, v, !t->two ? NULL : with ? &with->values[t->other.prop] : &null);
}

bool pred_match(const struct pred *p, const struct prov_row *row, const struct prov_row *previous,
    enum prov_event_kind kind)
{
	uint32_t at = p->ntests ? 0 : PRED_ACCEPT;

	while (at < p->ntests)
		at = p->tests[at].go[test(&p->tests[at], row, previous, kind)];
	return at == PRED_ACCEPT;
}
