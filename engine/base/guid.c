/* SPDX-License-Identifier: MIT
 * engine/base/guid.c: see guid.h.
 */
#include "engine/base/guid.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define AHEAD 16

static void mark(struct guid *g)
{
	g->b[6] = (g->b[6] & 0x0f) | 0x40;
	g->b[8] = (g->b[8] & 0x3f) | 0x80;
}

bool guid_new(struct guid *ret)
{
	if (getrandom(ret->b, sizeof(ret->b), 0) != sizeof(ret->b))
		return false;
	mark(ret);
	return true;
}

bool guid_new_open(struct guid *ret)
{
	static _Thread_local struct guid ahead[AHEAD];
	static _Thread_local size_t left;

	if (!left) {
		if (getrandom(ahead, sizeof(ahead), 0) != sizeof(ahead))
			return false;
		left = AHEAD;
	}
	*ret = ahead[--left];
	mark(ret);
	return true;
}

static int nibble(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1;
}

bool guid_parse(const char *text, struct guid *ret)
{
	size_t len = strlen(text), n = 0;
	struct guid g;

	if (len == 38 && text[0] == '{' && text[37] == '}')
		text++;
	else if (len != 36)
		return false;
	for (int i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
			continue;
		}
		if (nibble(text[i]) < 0 || nibble(text[i + 1]) < 0)
			return false;
		g.b[n++] = (uint8_t)(nibble(text[i]) << 4 | nibble(text[i + 1]));
		i++;
	}
	*ret = g;
	return true;
}

const char *guid_text(const struct guid *g, char out[GUID_TEXT])
{
	static const char digits[] = "0123456789ABCDEF";
	char *to = out;

	*to++ = '{';
	for (int i = 0; i < 16; i++) {		/* every job of a list is written with one: no formatting */
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = digits[g->b[i] >> 4];
		*to++ = digits[g->b[i] & 15];
	}
	*to++ = '}';
	*to = '\0';
	return out;
}

bool guid_eq(const struct guid *a, const struct guid *b)
{
	return !memcmp(a, b, sizeof(*a));
}
