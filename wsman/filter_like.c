/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter_like.c: see filter_like.h.
 */
#include "wsman/filter_like.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/text.h"

enum kind { LETTER, ONE, MANY, SET };

struct range { uint32_t lo, hi; };

struct item {
	enum kind kind;
	bool none_of;			/* SET */
	uint32_t letter;		/* LETTER */
	uint32_t from, n;		/* SET: ranges */
};

struct like {
	size_t nitems, nranges;
	struct item *items;
	struct range *ranges;
};

/* The next character, small; what is no UTF-8 counts byte by byte, outside of Unicode. */
static uint32_t next(const char **p)
{
	const unsigned char *s = (const unsigned char *)*p;
	size_t len = *s < 0x80 ? 1 : text_utf8_at(*p);
	uint32_t c = *s;

	if (!len) {
		*p += 1;
		return 0x110000 + c;
	}
	if (len > 1)
		c &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3f);
	*p += len;
	return c >= 'A' && c <= 'Z' ? c | 32 : c;
}

/* p stands behind '['. NULL: it is never closed, or holds too much. */
static const char *read_set(struct like *like, struct item *item, const char *p)
{
	item->kind = SET;
	item->none_of = *p == '^';
	p += item->none_of;
	item->from = (uint32_t)like->nranges;
	while (*p && *p != ']') {
		struct range *r = &like->ranges[like->nranges];

		if (like->nranges == LIKE_ITEMS)
			return NULL;
		like->nranges++;
		r->lo = r->hi = next(&p);
		if ((*p == '-' || *p == '=') && p[1] && p[1] != ']') {	/* WMI writes a range with = */
			p++;
			r->hi = next(&p);
		}
	}
	item->n = (uint32_t)like->nranges - item->from;
	return *p == ']' ? p + 1 : NULL;
}

static const char *read_item(struct like *like, struct item *item, const char *p)
{
	if (*p == '[')
		return read_set(like, item, p + 1);
	item->kind = *p == '%' ? MANY : *p == '_' ? ONE : LETTER;
	item->letter = next(&p);
	return p;
}

/* A copy of just the size it needs. */
static const struct like *keep(const struct like *l, struct arena *arena)
{
	struct like *copy = arena_zalloc(arena, sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *l;
	copy->items = arena_zalloc(arena, (l->nitems + 1) * sizeof(*l->items));
	copy->ranges = arena_zalloc(arena, (l->nranges + 1) * sizeof(*l->ranges));
	if (!copy->items || !copy->ranges)
		return NULL;
	memcpy(copy->items, l->items, l->nitems * sizeof(*l->items));
	memcpy(copy->ranges, l->ranges, l->nranges * sizeof(*l->ranges));
	return copy;
}

const struct like *like_read(const char *pattern, struct arena *arena, const char **ret_why)
{
	struct item items[LIKE_ITEMS + 1] = { 0 };
	struct range ranges[LIKE_ITEMS];
	struct like l = { .items = items, .ranges = ranges };

	for (const char *p = pattern; *p;) {
		if (l.nitems == LIKE_ITEMS) {
			*ret_why = "A pattern of LIKE is too long.";
			return NULL;
		}
		p = read_item(&l, &l.items[l.nitems], p);
		if (!p) {
			*ret_why = "A bracket in a pattern of LIKE is never closed, or holds too much.";
			return NULL;
		}
		if (!l.nitems || items[l.nitems].kind != MANY || items[l.nitems - 1].kind != MANY)
			l.nitems++;
	}
	*ret_why = "Out of memory.";
	return keep(&l, arena);
}

static bool fits(const struct like *like, const struct item *item, uint32_t c)
{
	if (item->kind != SET)
		return item->kind == ONE || (item->kind == LETTER && item->letter == c);
	for (uint32_t i = 0; i < item->n; i++) {
		const struct range *r = &like->ranges[item->from + i];

		if (c >= r->lo && c <= r->hi)
			return !item->none_of;
	}
	return item->none_of;
}

bool like_match(const struct like *like, const char *text)
{
	size_t at = 0, many = SIZE_MAX;		/* the last % seen, and where its text began to be tried */
	const char *tried = NULL;

	while (*text) {
		const char *behind = text;
		uint32_t c = next(&behind);

		if (at < like->nitems && like->items[at].kind == MANY) {
			many = at++;
			tried = text;
		} else if (at < like->nitems && fits(like, &like->items[at], c)) {
			at++;
			text = behind;
		} else if (many != SIZE_MAX) {
			next(&tried);
			text = tried;
			at = many + 1;
		} else {
			return false;
		}
	}
	while (at < like->nitems && like->items[at].kind == MANY)
		at++;
	return at == like->nitems;
}
