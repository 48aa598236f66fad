/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/charset.h: in which letters a request is written: what its Content-Type says and what its bytes say,
 * who win where they say it by a byte order mark (MS-WSMV 2.2.1, XML 1.0 appendix F). Pure; any thread.
 */
#ifndef WSMAN_CHARSET_H
#define WSMAN_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"
#include "wsman/fault.h"

struct letters {
	const char *text;		/* UTF-8 without a mark of UTF-16: the request itself, or in room */
	size_t len;
	bool utf16;			/* that is what came, and what is answered, also to a refusal */
	struct buf room;		/* the caller frees it; empty for UTF-8 */
};

/* said: the charset parameter, NULL or "": none. What is UTF-8 is not looked at, that is the gate's business.
 * false: fault filled, utf16 and room are good all the same. */
bool charset_read(const char *said, const char *bytes, size_t len, struct letters *ret, struct fault *fault);

#endif
