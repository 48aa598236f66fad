/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/scan.c: the pre-scan of gate.h. Knows quotes, comments and CDATA, nothing else of XML;
 * each byte is looked at once.
 */
#include "wsman/gate.h"

#include <string.h>
#include <strings.h>

struct scan { const char *p, *end; };

/* Moves past the next `what`; false: it never comes. */
static bool skip_past(struct scan *s, const char *what)
{
	size_t n = strlen(what);
	const char *at = memmem(s->p, (size_t)(s->end - s->p), what, n);

	if (at)
		s->p = at + n;
	return at;
}

static bool starts(const struct scan *s, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(s->end - s->p) >= n && !memcmp(s->p, what, n);
}

/* Byte order marks and the shape of UTF-16 and UTF-32. */
static bool check_charset(const char *bytes, size_t len, struct fault *ret)
{
	if (len >= 2 && (!memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2) ||
	    (!bytes[0] && bytes[1] == '<') || (bytes[0] == '<' && !bytes[1])))
		return fault_set(ret, FAULT_CHARSET, NULL);
	if (memchr(bytes, 0, len))
		return fault_set(ret, FAULT_NOT_XML, "The request contains a NUL byte.");
	return true;
}

/* <?xml version="1.0" encoding="utf-8"?> only; s->p is behind it afterwards. */
static bool skip_declaration(struct scan *s, struct fault *ret)
{
	const char *from = s->p, *at, *value;
	size_t len;

	if (!skip_past(s, "?>"))
		return fault_set(ret, FAULT_NOT_XML, "The XML declaration does not end.");
	at = memmem(from, (size_t)(s->p - from), "encoding", 8);
	if (!at)
		return true;
	for (value = at + 8; value < s->p && strchr(" \t\r\n=", *value); value++)
		;
	if (value == s->p || (*value != '"' && *value != '\''))
		return fault_set(ret, FAULT_NOT_XML, "The XML declaration is malformed.");
	at = memchr(value + 1, *value, (size_t)(s->p - value - 1));
	len = at ? (size_t)(at - value - 1) : 0;
	if ((len == 5 && !strncasecmp(value + 1, "utf-8", 5)) ||
	    (len == 8 && !strncasecmp(value + 1, "us-ascii", 8)))
		return true;
	return fault_set(ret, FAULT_CHARSET, NULL);
}

/* s->p is behind "<" of a start or end tag. */
static bool skip_tag(struct scan *s, struct fault *ret)
{
	int attrs = 0;

	while (s->p < s->end) {
		char c = *s->p++;

		if (c == '>')
			return true;
		if (c == '<')
			return fault_set(ret, FAULT_NOT_XML, "A tag contains \"<\".");
		if (c == '=' && ++attrs > GATE_ATTRS_ELEMENT)
			return fault_set(ret, FAULT_NOT_XML, "An element has more than %d attributes.",
			    GATE_ATTRS_ELEMENT);
		if (c == '"' || c == '\'') {
			const char *close = memchr(s->p, c, (size_t)(s->end - s->p));

			if (!close)
				break;
			s->p = close + 1;
		}
	}
	return fault_set(ret, FAULT_NOT_XML, "A tag does not end.");
}

static bool skip_markup(struct scan *s, struct fault *ret)
{
	if (starts(s, "!--")) {
		s->p += 3;
		return skip_past(s, "-->") || fault_set(ret, FAULT_NOT_XML, "A comment does not end.");
	}
	if (starts(s, "![CDATA["))
		return skip_past(s, "]]>") || fault_set(ret, FAULT_NOT_XML, "A CDATA section does not end.");
	if (starts(s, "!"))
		return fault_set(ret, FAULT_NOT_XML, "A document type declaration is not allowed in SOAP.");
	if (starts(s, "?"))
		return fault_set(ret, FAULT_NOT_XML, "A processing instruction is not allowed in SOAP.");
	return skip_tag(s, ret);
}

bool gate_scan(const char *bytes, size_t len, struct fault *ret)
{
	struct scan s = { bytes, bytes + len };

	if (!check_charset(bytes, len, ret))
		return false;
	if (starts(&s, "\xef\xbb\xbf"))
		s.p += 3;
	if (starts(&s, "<?xml") && len > 5 && strchr(" \t\r\n", s.p[5]) && !skip_declaration(&s, ret))
		return false;
	while (s.p < s.end && strchr(" \t\r\n", *s.p))
		s.p++;
	if (s.p == s.end || *s.p != '<')
		return fault_set(ret, FAULT_NOT_XML, "The request is not XML.");
	while ((s.p = memchr(s.p, '<', (size_t)(s.end - s.p)))) {
		s.p++;
		if (!skip_markup(&s, ret))
			return false;
	}
	return true;
}
