/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/xpath.c: see xpath.h. Prefixes say nothing here: names are compared by their local part.
 */
#include "wsman/xpath.h"

#include <ctype.h>
#include <string.h>

#include "engine/base/text.h"

#define INDEX_MAX 65535

const char *xpath_blank(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static bool is_name(char c, bool first)
{
	return isalpha((unsigned char)c) || c == '_' || (c & 0x80) ||
	    (!first && (isdigit((unsigned char)c) || c == '-' || c == '.'));
}

const char *xpath_name(const char *p, const char **ret_name, size_t *ret_len)
{
	for (;;) {
		const char *from = p;

		if (!is_name(*p, true))
			return NULL;
		while (is_name(*p, false))
			p++;
		*ret_name = from;
		*ret_len = (size_t)(p - from);
		if (*p != ':' || p[1] == ':')	/* child::x is beyond Level 1 */
			return *p == ':' ? NULL : p;
		p++;
	}
}

/* [2]; what is no number in brackets is left for the caller. NULL: a number nothing can have. */
static const char *read_index(const char *p, unsigned *ret)
{
	const char *at = xpath_blank(p);
	unsigned n = 0;

	if (*at != '[')
		return p;
	at = xpath_blank(at + 1);
	if (!isdigit((unsigned char)*at))
		return p;
	for (; isdigit((unsigned char)*at); at++) {
		n = n * 10 + (unsigned)(*at - '0');
		if (n > INDEX_MAX)
			return NULL;
	}
	at = xpath_blank(at);
	if (*at != ']')
		return p;		/* [1 = 1] */
	*ret = n;
	return n ? at + 1 : NULL;
}

static bool is_text_fn(const char *name, size_t len, const char *p)
{
	p = xpath_blank(p);
	return len == 4 && !memcmp(name, "text", 4) && *p == '(' && *xpath_blank(p + 1) == ')';
}

static bool is_class(const struct prov_class *cls, const char *name)
{
	for (size_t i = 0; cls && i < cls->nprops; i++)
		if (text_ieq(cls->props[i].name, name))
			return false;
	return cls && text_ieq(cls->name, name);
}

/* One step at p, or text(). The class itself, in front, leaves no trace. */
static const char *read_step(const char *p, bool first, const struct prov_class *cls, struct arena *arena,
    struct xpath_path *ret)
{
	struct xpath_step step = { 0 };
	const char *name, *copy;
	size_t len;

	p = xpath_name(xpath_blank(p), &name, &len);
	if (!p)
		return NULL;
	if (is_text_fn(name, len, p)) {
		ret->text = true;
		return strchr(p, ')') + 1;
	}
	p = read_index(p, &step.index);
	step.name = copy = arena_strndup(arena, name, len);
	if (!p || !copy)
		return NULL;
	if (first && is_class(cls, copy))
		return step.index > 1 ? NULL : p;
	if (ret->nsteps == XPATH_STEPS)
		return NULL;
	ret->steps[ret->nsteps++] = step;
	return p;
}

const char *xpath_path_at(const char *text, const struct prov_class *cls, struct arena *arena,
    struct xpath_path *ret)
{
	const char *p = xpath_blank(text), *next;

	*ret = (struct xpath_path){ 0 };
	if (*p == '.' && *xpath_blank(p + 1) == '/')
		p = xpath_blank(p + 1);
	p += *p == '/';
	for (bool first = true;; first = false) {
		p = read_step(p, first, cls, arena, ret);
		if (!p || ret->text)
			return p;
		next = xpath_blank(p);
		if (*next != '/')
			return p;
		p = next + 1;
	}
}

bool xpath_path_read(const char *text, const struct prov_class *cls, struct arena *arena,
    struct xpath_path *ret)
{
	const char *end = strlen(text) > XPATH_TEXT_MAX ? NULL : xpath_path_at(text, cls, arena, ret);

	return end && !*xpath_blank(end) && ret->nsteps;
}
