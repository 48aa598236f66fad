/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/utf16.h: UTF-16 (RFC 2781) to UTF-8 and back, strictly. Pure; any thread.
 */
#ifndef WSMAN_UTF16_H
#define WSMAN_UTF16_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"

/* Appends; at most three bytes for two. false: an odd byte, half a surrogate pair, or no memory; nothing was
 * appended then. */
bool utf16_to_utf8(const char *bytes, size_t len, bool big_endian, struct buf *out);
/* Appends a byte order mark and the text, little-endian. false: it is not UTF-8, or no memory. */
bool utf16_from_utf8(const char *text, struct buf *out);
/* So many bytes of UTF-8 always fit into `bytes` when they are written by utf16_from_utf8(). */
size_t utf16_room(size_t bytes);

#endif
