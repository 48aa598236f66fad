/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/basic.c: see basic.h.
 */
#include "wsman/basic.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static int sextet(char c)
{
	return c >= 'A' && c <= 'Z'     ? c - 'A'
	    : c >= 'a' && c <= 'z'      ? c - 'a' + 26
	    : isdigit((unsigned char)c) ? c - '0' + 52
	    : c == '+'                  ? 62
	    : c == '/'                  ? 63
					: -1;
}

/* Length of what was decoded, or -1. Padding may be missing, anything else is refused. */
static int decode(const char *text, char *out, size_t room)
{
	unsigned bits = 0, have = 0;
	size_t len = 0;

	for (; *text && *text != '='; text++) {
		int v = sextet(*text);

		if (v < 0)
			return -1;
		bits = bits << 6 | (unsigned)v;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (len + 1 >= room)
			return -1;
		out[len++] = (char)(bits >> have & 0xff);
	}
	if (strspn(text, "=") > 2 || text[strspn(text, "=")])
		return -1;
	out[len] = '\0';
	return (int)len;
}

bool basic_read(const char *authorization, struct basic *ret)
{
	char *colon;
	int len;

	if (strncasecmp(authorization, "Basic ", 6))
		return false;
	authorization += 6;
	len = decode(authorization + strspn(authorization, " "), ret->text, sizeof(ret->text));
	if (len < 0 || memchr(ret->text, 0, (size_t)len) || !(colon = strchr(ret->text, ':')))
		return false;
	*colon = '\0';
	ret->user = ret->text + (ret->text[0] == '\\');	/* \user: a local account, as PowerShell writes it */
	ret->password = colon + 1;
	return true;
}

void basic_forget(struct basic *b)
{
	explicit_bzero(b, sizeof(*b));
}
