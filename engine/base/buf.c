/* SPDX-License-Identifier: MIT
 * engine/base/buf.c: see buf.h.
 */
#include "engine/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

void buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void buf_done(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->room = 0;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->bad = false;
	if (b->data)
		b->data[0] = '\0';
}

static bool resize(struct buf *b, size_t room)
{
	char *data = realloc(b->data, room);

	b->bad = !data;
	if (data) {
		b->data = data;
		b->room = room;
	}
	return data;
}

static bool make_room(struct buf *b, size_t more)
{
	size_t want;

	if (b->bad || more > b->max - b->len) {
		b->bad = true;
		return false;
	}
	if (b->len + more + 1 <= b->room)
		return true;
	want = b->room ? b->room * 2 : 256;
	while (want < b->len + more + 1)
		want *= 2;
	return resize(b, want);
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!make_room(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_reserve(struct buf *b, size_t len)
{
	if (!b->bad && len <= b->max && len + 1 > b->room && !resize(b, len + 1))
		b->bad = false;
}

char *buf_room(struct buf *b, size_t len)
{
	return make_room(b, len) ? b->data + b->len : NULL;
}

void buf_wrote(struct buf *b, size_t len)
{
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0 && make_room(b, (size_t)n)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

/* What an ASCII character is written as; NULL: as itself. */
static const char *xml_of(char c)
{
	return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" :
	    c == '\r' ? "&#13;" : (unsigned char)c < 0x20 && c != '\t' && c != '\n' ? "?" : NULL;
}

/* Of ASCII, and written as itself: nearly all there is. */
static const unsigned char plain[256] = { ['\t'] = 1, ['\n'] = 1, [' '] = 1, ['!'] = 1, ['#' ... '%'] = 1,
	['\'' ... ';'] = 1, ['='] = 1, ['?' ... 0x7f] = 1 };

void buf_add_xml(struct buf *b, const char *text)
{
	const char *from = text, *p = text;

	for (;;) {
		const char *as;
		size_t len;

		while (plain[(unsigned char)*p])
			p++;
		if (!*p)
			break;
		as = *p & 0x80 ? NULL : xml_of(*p);
		len = as ? 1 : text_utf8_at(p);
		if (!len) {
			as = "?";
			len = 1;
		}
		if (as) {
			buf_add(b, from, (size_t)(p - from));
			buf_adds(b, as);
			from = p + len;
		}
		p += len;
	}
	buf_add(b, from, (size_t)(p - from));
}

void buf_insert(struct buf *b, size_t at, const void *bytes, size_t len)
{
	if (!make_room(b, len) || !len)
		return;
	memmove(b->data + at + len, b->data + at, b->len - at);
	memcpy(b->data + at, bytes, len);
	buf_wrote(b, len);
}

void buf_drop_front(struct buf *b, size_t len)
{
	if (len >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->data, b->data + len, b->len - len + 1);
	b->len -= len;
}
