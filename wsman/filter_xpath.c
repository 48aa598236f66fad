/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter_xpath.c: conditions on an instance in XPath (DSP0226 8.3 and annex D): State=6,
 * Files/RemoteUrl='x', Files[2], /BitsClientJob[State=6 and not(Priority=0)]. The context is the instance.
 *
 * They mean what they would mean on the XML of the instance: case counts, a NULL is an empty text, an
 * element is there even then, and one of several elements is enough. The rest of XPath is refused.
 */
#include "wsman/filter_own.h"

#include <ctype.h>
#include <string.h>

#include "engine/base/text.h"
#include "wsman/value.h"
#include "wsman/xpath.h"

struct xp {
	const struct filter_ask *ask;
	struct filter *f;
	struct fault *fault;
	const char *p;
	unsigned depth;
};

struct constant { const char *text; bool number; };	/* text NULL: none there */

static bool read_or(struct xp *x, struct pred_cond *ret);

static bool refuse(struct xp *x, const char *why)
{
	return fault_set(x->fault, FAULT_FILTER_BAD, "%s (at \"%.60s\")", why, x->p);
}

static bool take(struct xp *x, const char *word)
{
	const char *p = xpath_blank(x->p);

	if (strncmp(p, word, strlen(word)))
		return false;
	x->p = p + strlen(word);
	return true;
}

/* and, or: words, not the beginnings of names. */
static bool take_word(struct xp *x, const char *word)
{
	const char *name;
	size_t len;

	if (!xpath_name(xpath_blank(x->p), &name, &len) || len != strlen(word) || memcmp(name, word, len))
		return false;
	x->p = name + len;
	return true;
}

static bool take_op(struct xp *x, enum pred_op *ret)
{
	static const struct { const char *text; enum pred_op op; } ops[] = { { "!=", PRED_NE },
		{ "<=", PRED_LE }, { ">=", PRED_GE }, { "=", PRED_EQ }, { "<", PRED_LT }, { ">", PRED_GT } };

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (take(x, ops[i].text)) {
			*ret = ops[i].op;
			return true;
		}
	return false;
}

/* 'text', "text" or a whole number. false: refused; no constant there is no failure. */
static bool read_constant(struct xp *x, struct constant *ret)
{
	const char *p = xpath_blank(x->p), *end;

	*ret = (struct constant){ 0 };
	if (*p == '\'' || *p == '"') {
		end = strchr(p + 1, *p);
		if (!end)
			return refuse(x, "A text is never closed.");
		ret->text = arena_strndup(x->f->arena, p + 1, (size_t)(end - p - 1));
		x->p = end + 1;
		return ret->text || fault_set(x->fault, FAULT_BUSY, "Out of memory.");
	}
	end = p + (*p == '-');
	if (!isdigit((unsigned char)*end))
		return true;
	end += strspn(end, "0123456789");
	if (*end == '.')
		return refuse(x, "Only whole numbers are compared.");
	ret->number = true;
	ret->text = arena_strndup(x->f->arena, p, (size_t)(end - p));
	x->p = end;
	return ret->text || fault_set(x->fault, FAULT_BUSY, "Out of memory.");
}

static bool find(struct xp *x, const struct prov_class *cls, const struct xpath_step *step, size_t *ret,
    enum cim_type *ret_type)
{
	*ret = filter_prop(cls, step->name, strlen(step->name));
	if (*ret == cls->nprops)
		return fault_set(x->fault, FAULT_FILTER_BAD, "The class %s has no property %.100s.", cls->name,
		    step->name);
	*ret_type = cls->props[*ret].type;
	if (step->index > 1 && !value_is_array(*ret_type))
		return fault_set(x->fault, FAULT_FILTER_BAD, "%s is no array.", cls->props[*ret].name);
	return true;
}

/* Where the value of a path is found. */
static bool resolve(struct xp *x, const struct xpath_path *path, struct pred_test *t)
{
	const struct prov_class *cls = x->ask->cls;

	if (path->nsteps < 1 || path->nsteps > 2)
		return refuse(x, "The path leads to nothing that can be compared.");
	if (!find(x, cls, &path->steps[0], &t->at.prop, &t->at.type))
		return false;
	t->at.embedded = t->at.type == CIM_OBJECTS;
	t->at.whole = path->nsteps == 1;
	t->at.index = path->steps[0].index;
	t->text_node = path->text;
	if (path->nsteps == 1)
		return !(t->at.embedded && path->text) || refuse(x, "Embedded instances have no text.");
	if (!t->at.embedded)
		return refuse(x, "The path leads below a property that has nothing inside.");
	return find(x, cls->props[t->at.prop].embedded, &path->steps[1], &t->at.sub, &t->at.type) &&
	    (t->at.type != CIM_OBJECTS || refuse(x, "The path leads too deep."));
}

/* A text compared with a number or boolean of the instance: as it would be written there. */
static void set_as_text(struct pred_test *t, const char *text)
{
	char plain[24];
	bool same = false;

	if (t->at.type == CIM_BOOL) {
		t->num = !strcmp(text, "true");
		same = t->num || !strcmp(text, "false");
	} else if (text_u64(text, 0, UINT64_MAX, &t->num)) {
		struct buf out;

		buf_init(&out, sizeof(plain));
		value_write(&out, CIM_U64, &(struct prov_value){ .set = true, .num = t->num });
		same = !strcmp(buf_text(&out), text);
		buf_done(&out);
	}
	t->sign = same ? 0 : 1;
}

static bool set_constant(struct xp *x, struct pred_test *t, const struct constant *c)
{
	bool minus = *c->text == '-', equal = t->op == PRED_EQ || t->op == PRED_NE;

	if (value_is_array(t->at.type) || t->at.type == CIM_SECRET || (t->at.embedded && t->at.whole))
		return refuse(x, "This has no text of its own.");
	t->exact = true;
	t->if_null = equal && !c->number ? (!*c->text) == (t->op == PRED_EQ) : t->op == PRED_NE;
	if (!c->number && equal && t->at.type == CIM_TEXT) {
		t->text = c->text;
		return true;
	}
	if (!c->number && equal) {
		set_as_text(t, c->text);
		return true;
	}
	if (t->at.type == CIM_TEXT || t->at.type == CIM_BOOL ||
	    !text_u64(c->text + minus, 0, UINT64_MAX, &t->num))
		return refuse(x, "A text or boolean is compared as a number, or with no number.");
	t->sign = minus && t->num ? -1 : 0;
	return true;
}

static bool add(struct xp *x, struct pred_test *t, struct pred_cond *ret)
{
	if (t->op == PRED_EXISTS && !t->at.embedded && !t->text_node)
		*t = (struct pred_test){ .op = PRED_CONST, .yes = true };
	return pred_add(&x->f->pred, x->f->arena, t, ret) || refuse(x, "There are too many comparisons.");
}

/* [. = 'x'] or [Name = 'x'] behind a property; only at its end, where it means what Prop/Name = 'x' does. */
static bool read_inner(struct xp *x, struct xpath_path *path, struct pred_test *t)
{
	struct constant c;

	if (!take(x, ".")) {
		struct xpath_path inner;
		const char *end = xpath_path_at(x->p, NULL, x->f->arena, &inner);

		if (!end || inner.nsteps != 1 || path->nsteps != 1 || *xpath_blank(x->p) == '/')
			return refuse(x, "This condition on a property is not understood.");
		path->steps[path->nsteps++] = inner.steps[0];
		path->text = inner.text;
		x->p = end;
	}
	if (!resolve(x, path, t))
		return false;
	if (take_op(x, &t->op) && (!read_constant(x, &c) ||
	    !(c.text ? set_constant(x, t, &c) : refuse(x, "A constant is missing."))))
		return false;
	return take(x, "]") || refuse(x, "This condition on a property is not understood.");
}

/* State, State = 6, Files[LocalFile = 'x'] */
static bool read_path_test(struct xp *x, struct xpath_path *path, struct pred_cond *ret)
{
	struct pred_test t = { .op = PRED_EXISTS };
	struct constant c;

	if (path->nsteps && !path->text && take(x, "["))
		return read_inner(x, path, &t) && add(x, &t, ret);
	if (!resolve(x, path, &t))
		return false;
	if (take_op(x, &t.op)) {
		if (!read_constant(x, &c) || !(c.text ? set_constant(x, &t, &c) :
		    refuse(x, "A property is compared with constants only.")))
			return false;
	}
	return add(x, &t, ret);
}

/* Class[condition][condition]/path: all of them. */
static bool read_class(struct xp *x, struct pred_cond *ret)
{
	struct pred_cond more;
	struct xpath_path path;
	const char *end;
	bool any = false;

	while (take(x, "[")) {
		if (!read_or(x, &more))
			return false;
		if (!take(x, "]"))
			return refuse(x, "A bracket is never closed.");
		*ret = any ? pred_and(&x->f->pred, *ret, more) : more;
		any = true;
	}
	if (!any)
		return refuse(x, "The filter says nothing.");
	if (!take(x, "/"))
		return true;
	end = xpath_path_at(x->p, NULL, x->f->arena, &path);
	if (!end || *xpath_blank(x->p) == '/')
		return refuse(x, "This is no path.");
	x->p = end;
	if (!read_path_test(x, &path, &more))
		return false;
	*ret = pred_and(&x->f->pred, *ret, more);
	return true;
}

static bool read_turned(struct xp *x, const struct constant *c, struct pred_cond *ret)
{
	struct pred_test t = { 0 };
	struct xpath_path path;
	const char *end;
	enum pred_op op;

	if (!take_op(x, &op))
		return refuse(x, "A constant alone chooses nothing.");
	end = xpath_path_at(x->p, x->ask->cls, x->f->arena, &path);
	if (!end)
		return refuse(x, "This is no path.");
	x->p = end;
	t.op = pred_turned(op);
	return resolve(x, &path, &t) && set_constant(x, &t, c) && add(x, &t, ret);
}

/* not(...), (...), or one test. */
static bool read_one(struct xp *x, struct pred_cond *ret)
{
	bool negated = take_word(x, "not");
	struct constant c;
	struct xpath_path path;
	const char *end;

	if (take(x, "(")) {
		if (!read_or(x, ret))
			return false;
		if (negated)
			*ret = pred_not(*ret);
		return take(x, ")") || refuse(x, "A parenthesis is never closed.");
	}
	if (negated || !read_constant(x, &c))
		return negated ? refuse(x, "not() wants a condition.") : false;
	if (c.text)
		return read_turned(x, &c, ret);
	end = xpath_path_at(x->p, x->ask->cls, x->f->arena, &path);
	if (!end)
		return refuse(x, "This is beyond the paths and comparisons of Level 1.");
	x->p = end;
	return path.nsteps ? read_path_test(x, &path, ret) : read_class(x, ret);
}

static bool read_and(struct xp *x, struct pred_cond *ret)
{
	struct pred_cond more;

	if (!read_one(x, ret))
		return false;
	while (take_word(x, "and")) {
		if (!read_one(x, &more))
			return false;
		*ret = pred_and(&x->f->pred, *ret, more);
	}
	return true;
}

static bool read_or(struct xp *x, struct pred_cond *ret)
{
	struct pred_cond more;

	if (++x->depth > FILTER_DEPTH)	/* nothing recurses but through here */
		return refuse(x, "The filter is nested too deeply.");
	if (!read_and(x, ret))
		return false;
	while (take_word(x, "or")) {
		if (!read_and(x, &more))
			return false;
		*ret = pred_or(&x->f->pred, *ret, more);
	}
	x->depth--;
	return true;
}

bool filter_read_xpath(const struct filter_ask *ask, const char *text, struct filter *f, struct fault *fault)
{
	struct xp x = { .ask = ask, .f = f, .fault = fault, .p = text };
	struct pred_cond all = { 0 };

	if (!ask->cls)
		return fault_set(fault, FAULT_FILTER_BAD, "An XPath filter chooses among instances of one "
		    "class; the resource URI names none.");
	if (strlen(text) > FILTER_XPATH_MAX)
		return fault_set(fault, FAULT_FILTER_BAD, "The filter is longer than %d bytes.",
		    FILTER_XPATH_MAX);
	if (!read_or(&x, &all))
		return false;
	if (*xpath_blank(x.p))
		return refuse(&x, "This is beyond the paths and comparisons of Level 1.");
	pred_end(&f->pred, all);
	return true;
}
