/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/charset.c: see charset.h.
 */
#include "wsman/charset.h"

#include <string.h>
#include <strings.h>

#include "engine/base/text.h"
#include "wsman/utf16.h"

enum width { NARROW, WIDE, WIDE_BIG, WRONG };

static bool starts(const char *bytes, size_t len, const char *with)
{
	return len >= 2 && !memcmp(bytes, with, 2);
}

/* A mark decides (FF FE 00 00 is one of UTF-32). Without one UTF-16 is little-endian, and XML begins with a
 * letter that has a zero byte. */
static enum width width_of(bool may, bool must, const char *bytes, size_t len)
{
	if (starts(bytes, len, "\xfe\xff"))
		return WIDE_BIG;
	if (starts(bytes, len, "\xff\xfe") && !(len >= 4 && !bytes[2] && !bytes[3]))
		return WIDE;
	if (may && len >= 2 && bytes[0] && !bytes[1])
		return WIDE;
	return must ? WRONG : NARROW;
}

/* The declaration still says what the letters were; it is made to say what they are now. */
static void redeclare(struct buf *b)
{
	char *at = b->data, *end = b->len > 5 && !memcmp(at, "<?xml", 5) ? memmem(at, b->len, "?>", 2) : NULL;

	for (; end && at + 7 <= end; at++)
		if (!strncasecmp(at, "utf-16", 6) && (at[6] == '"' || at[6] == '\'')) {
			at[4] = '8';
			at[5] = at[6];
			at[6] = ' ';
			return;
		}
}

static bool widen(struct letters *l, bool big_endian, struct fault *fault)
{
	size_t mark = starts(l->text, l->len, big_endian ? "\xfe\xff" : "\xff\xfe") ? 2 : 0;

	l->utf16 = true;
	buf_init(&l->room, l->len / 2 * 3 + 1);
	if (!utf16_to_utf8(l->text + mark, l->len - mark, big_endian, &l->room))
		return fault_set(fault, buf_bad(&l->room) ? FAULT_BUSY : FAULT_NOT_XML,
		    buf_bad(&l->room) ? "Out of memory." : "The request is not valid UTF-16: it ends within a "
		    "character, or half of a surrogate pair is missing.");
	redeclare(&l->room);
	l->text = buf_text(&l->room);
	l->len = l->room.len;
	return true;
}

bool charset_read(const char *said, const char *bytes, size_t len, struct letters *ret, struct fault *fault)
{
	bool none = !said || !*said, wide = text_ieq(said, "utf-16") || text_ieq(said, "utf-16le");
	enum width width;

	*ret = (struct letters){ .text = bytes, .len = len };
	buf_init(&ret->room, 0);
	if (!none && !wide && !text_ieq(said, "utf-8") && !text_ieq(said, "utf8") && !text_ieq(said, "us-ascii"))
		return fault_set(fault, FAULT_CHARSET,
		    "The character set \"%.40s\" is not supported; use UTF-8 or UTF-16.", said);
	width = width_of(none || wide, wide, bytes, len);
	if (width == WRONG)
		return fault_set(fault, FAULT_CHARSET,
		    "Content-Type says UTF-16, but the body is not in little-endian UTF-16.");
	return width == NARROW || widen(ret, width == WIDE_BIG, fault);
}
