/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/utf16.c: see utf16.h.
 */
#include "wsman/utf16.h"

#include <stdint.h>

#include "engine/base/text.h"

#define MARK "\xff\xfe"

static unsigned unit_at(const unsigned char *p, bool big_endian)
{
	return big_endian ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
}

static bool is_high(unsigned unit)
{
	return (unit & 0xfc00) == 0xd800;
}

static bool is_low(unsigned unit)
{
	return (unit & 0xfc00) == 0xdc00;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

bool utf16_to_utf8(const char *bytes, size_t len, bool big_endian, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)bytes, *end = p + len;
	char *from, *to;

	if (len % 2 || !(from = to = buf_room(out, len / 2 * 3)))
		return false;
	while (p < end) {
		uint32_t c = unit_at(p, big_endian);

		p += 2;
		if (is_low(c) || (is_high(c) && (p == end || !is_low(unit_at(p, big_endian)))))
			return false;
		if (is_high(c)) {
			c = 0x10000 + ((c & 0x3ff) << 10 | (unit_at(p, big_endian) & 0x3ff));
			p += 2;
		}
		to = put_utf8(to, c);
	}
	buf_wrote(out, (size_t)(to - from));
	return true;
}

static unsigned char *put_unit(unsigned char *to, unsigned unit)
{
	*to++ = unit & 0xff;
	*to++ = unit >> 8 & 0xff;
	return to;
}

static uint32_t char_of(const unsigned char *p, size_t len)
{
	uint32_t c = len == 1 ? *p : *p & (0x7fu >> len);

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

bool utf16_from_utf8(const char *text, struct buf *out)
{
	buf_add(out, MARK, 2);
	while (*text) {
		unsigned char units[4], *to = units;
		size_t len = text_utf8_at(text);
		uint32_t c;

		if (!len || buf_bad(out))
			return false;
		c = char_of((const unsigned char *)text, len);
		if (c >= 0x10000) {
			to = put_unit(to, 0xd800 | (c - 0x10000) >> 10);
			c = 0xdc00 | ((c - 0x10000) & 0x3ff);
		}
		to = put_unit(to, c);
		buf_add(out, units, (size_t)(to - units));
		text += len;
	}
	return !buf_bad(out);
}

size_t utf16_room(size_t bytes)
{
	return bytes < 2 ? 0 : (bytes - 2) / 2;
}
