/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/http_chunk.c: the chunked transfer coding of http.h, one byte after the other, strictly.
 */
#include "wsman/http.h"

#include <ctype.h>

#define EXTRA_MAX 8192		/* chunk extensions and trailers of one request, bytes */
#define DIGITS_MAX 8

enum { SIZE, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILER, TRAILER_LF, END_LF };

static bool on_size(struct http_chunks *c, char byte)
{
	if (isxdigit((unsigned char)byte)) {
		if (++c->line > DIGITS_MAX)
			return false;
		c->left = c->left * 16 +
		    (uint64_t)(isdigit((unsigned char)byte) ? byte - '0' : (byte | 32) - 'a' + 10);
		return true;
	}
	if (!c->line || (byte != ';' && byte != '\r'))
		return false;
	c->state = byte == ';' ? EXTENSION : SIZE_LF;
	return true;
}

/* An extension or trailer is read over; it may not be long and has no control bytes. */
static bool on_extra(struct http_chunks *c, char byte, int next)
{
	if (byte == '\r') {
		c->state = next;
		return true;
	}
	c->line++;
	return ++c->extra <= EXTRA_MAX && ((unsigned char)byte >= 0x20 || byte == '\t') && byte != 0x7f;
}

static bool expect(struct http_chunks *c, char byte, char want, int next)
{
	c->line = 0;
	c->state = next;
	return byte == want;
}

/* false: malformed. *ret_done: that was the last byte of the body. */
static bool on_byte(struct http_chunks *c, char byte, bool *ret_done)
{
	switch (c->state) {
	case SIZE:
		return on_size(c, byte);
	case EXTENSION:
		return on_extra(c, byte, SIZE_LF);
	case SIZE_LF:
		return expect(c, byte, '\n', c->left ? DATA : TRAILER);
	case DATA_CR:
		return expect(c, byte, '\r', DATA_LF);
	case DATA_LF:
		return expect(c, byte, '\n', SIZE);
	case TRAILER:
		return on_extra(c, byte, c->line ? TRAILER_LF : END_LF);
	case TRAILER_LF:
		return expect(c, byte, '\n', TRAILER);
	default:	/* END_LF */
		*ret_done = true;
		return byte == '\n';
	}
}

enum http_chunk http_chunk_read(struct http_chunks *c, const char *bytes, size_t len, size_t *ret_used,
    const char **ret_data, size_t *ret_data_len)
{
	size_t at = 0;
	bool done = false;

	*ret_data_len = 0;
	*ret_data = bytes;
	while (at < len && c->state != DATA && !done)
		if (!on_byte(c, bytes[at++], &done))
			return HTTP_CHUNK_BAD;
	if (at < len && c->state == DATA) {
		*ret_data = bytes + at;
		*ret_data_len = len - at < c->left ? len - at : (size_t)c->left;
		c->left -= *ret_data_len;
		at += *ret_data_len;
		if (!c->left)
			c->state = DATA_CR;
	}
	*ret_used = at;
	return done ? HTTP_CHUNK_DONE : HTTP_CHUNK_MORE;
}
