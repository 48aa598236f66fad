/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter_wql_cond.c: the conditions of a WQL query as tests of filter_pred.h.
 *
 * As WMI has it: a comparison with a NULL is false, and NOT of it true; texts are compared without regard to
 * case; a number may be written as a text; booleans are equal or not. What does not fit the type of the
 * property is refused, so that a query that cannot match is no empty list.
 */
#include "wsman/filter_wql.h"

#include <string.h>

#include "engine/base/text.h"
#include "wsman/filter_like.h"
#include "wsman/value.h"

static const struct pred_cond nothing;

static struct pred_cond add(struct wql *w, const struct pred_test *test)
{
	struct pred_cond ret = nothing;

	if (!w->failed && !pred_add(&w->f->pred, w->f->arena, test, &ret))
		wql_fail(w, "The query has more than %d comparisons.", PRED_TESTS);
	return ret;
}

static struct pred_cond add_const(struct wql *w, bool yes)
{
	return add(w, &(struct pred_test){ .op = PRED_CONST, .yes = yes });
}

/* The property a name means. false: failed. */
static bool find(struct wql *w, const struct wql_side *s, struct pred_at *ret)
{
	const struct prov_class *cls = w->f->cls;
	bool instance;

	if (w->failed)
		return false;
	instance = wql_is_instance(s->of, &ret->previous);
	if (w->event && !s->of.len)
		return wql_fail(w, "Say TargetInstance.%.*s for a property of the instance.",
		    wql_short(s->word), s->word.p);
	if (s->of.len && !(instance && w->ask->events) && !wql_is(s->of, cls->name))
		return wql_fail(w, "%.*s is neither TargetInstance nor the class of the query.",
		    wql_short(s->of), s->of.p);
	ret->prop = filter_prop(cls, s->word.p, s->word.len);
	if (ret->prop == cls->nprops)
		return wql_fail(w, "The class %s has no property %.*s.", cls->name, wql_short(s->word),
		    s->word.p);
	ret->type = cls->props[ret->prop].type;
	return true;
}

static bool refuse_type(struct wql *w, const struct pred_test *t)
{
	return wql_fail(w, "%s is of type %s and cannot be compared with that.",
	    w->f->cls->props[t->at.prop].name, value_type_name(t->at.type));
}

/* -5 is less than every value, as all are unsigned. */
static bool set_number(struct wql *w, struct pred_test *t, const char *text)
{
	bool minus = text && *text == '-';

	if (!text || !text_u64(text + minus, 0, UINT64_MAX, &t->num))
		return refuse_type(w, t);
	t->sign = minus && t->num ? -1 : 0;
	return true;
}

static bool set_bool(struct wql *w, struct pred_test *t, const struct wql_side *b)
{
	bool yes = b->yes;

	if ((t->op != PRED_EQ && t->op != PRED_NE) ||
	    (b->kind != WQL_BOOL && !text_bool(wql_plain(w, b->word), &yes)))
		return refuse_type(w, t);
	t->num = yes;
	return true;
}

static bool set_constant(struct wql *w, struct pred_test *t, const struct wql_side *b)
{
	if (t->at.type == CIM_BOOL)
		return set_bool(w, t, b);
	if (value_is_array(t->at.type) || t->at.type == CIM_SECRET || b->kind == WQL_BOOL)
		return refuse_type(w, t);
	if (t->at.type != CIM_TEXT)
		return set_number(w, t, wql_plain(w, b->word));
	if (b->kind != WQL_TEXT)
		return refuse_type(w, t);
	t->text = wql_plain(w, b->word);
	t->key = w->f->cls->props[t->at.prop].access == PROV_KEY;
	return t->text;
}

static bool set_other(struct wql *w, struct pred_test *t, const struct wql_side *b)
{
	enum cim_type type = t->at.type;

	if (!find(w, b, &t->other))
		return false;
	if (value_is_array(type) || type == CIM_SECRET || value_is_array(t->other.type) ||
	    t->other.type == CIM_SECRET ||
	    (type == CIM_TEXT) != (t->other.type == CIM_TEXT) ||
	    (type == CIM_BOOL) != (t->other.type == CIM_BOOL))
		return refuse_type(w, t);
	t->two = true;
	return true;
}

/* __CLASS: of an event what happened, of an instance its class, which is known before it is looked at. */
static struct pred_cond compare_class(struct wql *w, enum pred_op op, const struct wql_side *a,
    const struct wql_side *b)
{
	struct pred_test t = { .op = PRED_KIND };
	struct pred_cond ret;
	const char *name;

	if (b->kind != WQL_TEXT || (op != PRED_EQ && op != PRED_NE)) {
		wql_fail(w, "__CLASS can only be = or <> a text.");
		return nothing;
	}
	name = wql_plain(w, b->word);
	if (!name)
		return nothing;
	t.num = wql_event_kinds((struct wql_token){ name, strlen(name) });
	ret = w->event && !a->of.len ? add(w, &t) : add_const(w, text_ieq(name, w->f->cls->name));
	return op == PRED_EQ ? ret : pred_not(ret);
}

static bool is_class_name(const struct wql_side *s)
{
	return s->kind == WQL_NAME && wql_is(s->word, "__CLASS");
}

struct pred_cond wql_compare(struct wql *w, enum pred_op op, struct wql_side a, struct wql_side b)
{
	struct pred_test t = { .op = op };
	bool ok;

	if (a.kind != WQL_NAME && b.kind == WQL_NAME) {
		struct wql_side left = a;

		a = b;
		b = left;
		t.op = op = pred_turned(op);
	}
	if (w->failed)
		return nothing;
	if (a.kind != WQL_NAME) {
		wql_fail(w, "Two constants are compared.");
		return nothing;
	}
	if (b.kind == WQL_NULL && (op == PRED_EQ || op == PRED_NE)) {
		struct pred_cond null = wql_is_null(w, a);

		return op == PRED_EQ ? null : pred_not(null);
	}
	if (is_class_name(&a))
		return compare_class(w, op, &a, &b);
	ok = find(w, &a, &t.at) && (b.kind == WQL_NAME ? set_other(w, &t, &b) :
	    b.kind == WQL_NULL ? refuse_type(w, &t) : set_constant(w, &t, &b));
	return ok ? add(w, &t) : nothing;
}

struct pred_cond wql_like(struct wql *w, struct wql_side a, struct wql_token pattern)
{
	struct pred_test t = { .op = PRED_LIKE };
	const char *text, *why = NULL;

	if (a.kind != WQL_NAME)
		wql_fail(w, "LIKE looks at a property.");
	if (w->failed || !find(w, &a, &t.at))
		return nothing;
	if (t.at.type != CIM_TEXT) {
		refuse_type(w, &t);
		return nothing;
	}
	text = wql_plain(w, pattern);
	t.like = text ? like_read(text, w->f->arena, &why) : NULL;
	if (!t.like)
		wql_fail(w, "%s", why ? why : "Out of memory.");
	return add(w, &t);
}

struct pred_cond wql_isa(struct wql *w, struct wql_side a, struct wql_token class)
{
	const struct prov_class *cls = w->failed ? NULL : wql_class(w, class);
	bool previous;

	if (!cls)
		return nothing;
	if (a.kind == WQL_NAME && !a.of.len &&
	    (w->event ? wql_is_instance(a.word, &previous) : wql_is(a.word, "__this"))) {
		if (w->event && cls != w->f->cls)
			wql_fail(w, "A query is about instances of one class.");
		return add_const(w, cls == w->f->cls);
	}
	wql_fail(w, "ISA looks at TargetInstance in an event query, and at __this in others.");
	return nothing;
}

struct pred_cond wql_is_null(struct wql *w, struct wql_side a)
{
	struct pred_test t = { .op = PRED_IS_NULL };

	if (a.kind != WQL_NAME)
		wql_fail(w, "IS NULL looks at a property.");
	return !w->failed && find(w, &a, &t.at) ? add(w, &t) : nothing;
}

struct pred_cond wql_and(struct wql *w, struct pred_cond a, struct pred_cond b)
{
	return w->failed ? nothing : pred_and(&w->f->pred, a, b);
}

struct pred_cond wql_or(struct wql *w, struct pred_cond a, struct pred_cond b)
{
	return w->failed ? nothing : pred_or(&w->f->pred, a, b);
}

void wql_where(struct wql *w, struct pred_cond all)
{
	if (!w->failed)
		pred_end(&w->f->pred, all);
}
