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

static bool make_room(struct buf *b, size_t more)
{
	size_t want;
	char *data;

	if (b->bad || more > b->max - b->len) {
		b->bad = true;
		return false;
	}
	if (b->len + more + 1 <= b->room)
		return true;
	want = b->room ? b->room * 2 : 256;
	while (want < b->len + more + 1)
		want *= 2;
	data = realloc(b->data, want);
	if (!data) {
		b->bad = true;
		return false;
	}
	b->data = data;
	b->room = want;
	return true;
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

void buf_add_xml(struct buf *b, const char *text)
{
	const char *from = text, *p = text;

	while (*p) {
		const char *as = xml_of(*p);
		size_t len = as || !(*p & 0x80) ? 1 : text_utf8_at(p);

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

void buf_drop_front(struct buf *b, size_t len)
{
	if (len >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->data, b->data + len, b->len - len + 1);
	b->len -= len;
}
