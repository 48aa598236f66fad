/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/blanks.c: see blanks.h. Knows tags, quotes, comments and CDATA, as scan.c does; each byte is looked at
 * once.
 */
#include "wsman/blanks.h"

#include <string.h>

#define CDATA "<![CDATA["
#define VALUES 4	/* depth at which values of members and parameters stand: s:Envelope is 1 */

struct blanks {
	const char *p, *end;
	const char *copied;		/* so far everything before it is in out */
	int depth;			/* elements open */
	bool open;			/* the last markup was a start tag */
	struct buf *out;
};

static const char *find_end(const struct blanks *b, const char *what)
{
	const char *at = memmem(b->p, (size_t)(b->end - b->p), what, strlen(what));

	return at ? at + strlen(what) : b->end;
}

static bool starts(const struct blanks *b, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(b->end - b->p) >= n && !memcmp(b->p, what, n);
}

/* b->p is at a '<'; afterwards behind the markup. */
static void skip_markup(struct blanks *b)
{
	bool closes = starts(b, "</");

	b->open = false;
	if (starts(b, "<!--")) {
		b->p = find_end(b, "-->");
	} else if (starts(b, CDATA)) {
		b->p = find_end(b, "]]>");
	} else if (starts(b, "<?")) {
		b->p = find_end(b, "?>");
	} else {
		while (b->p < b->end && *b->p != '>') {
			char quote = *b->p++;
			const char *close = quote == '"' || quote == '\'' ?
			    memchr(b->p, quote, (size_t)(b->end - b->p)) : NULL;

			if (close)
				b->p = close + 1;
		}
		b->open = !closes && b->p < b->end && b->p[-1] != '/';
		b->depth += closes ? -1 : b->open;
		b->p += b->p < b->end;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* White space that something of the text follows, or that is all of a value. Between elements it is layout. */
static bool is_text(const struct blanks *b, const char *behind)
{
	if (behind + 1 >= b->end)
		return false;
	return *behind != '<' || (behind[1] == '/' && b->depth >= VALUES);
}

/* What was not copied yet, and the blank at b->p + skip in front of what is skipped. */
static void keep(struct blanks *b, size_t skip)
{
	const char *blank = b->p + skip;

	buf_add(b->out, b->copied, (size_t)(b->p - b->copied));
	buf_adds(b->out, *blank == ' ' ? "&#32;" : *blank == '\t' ? "&#9;" : "&#10;");
	buf_add(b->out, b->p, skip);
	b->copied = blank + (*blank == '\r' && blank + 1 < b->end && blank[1] == '\n' ? 2 : 1);
}

static void look_at_text(struct blanks *b)
{
	const char *behind = b->p;

	if (!b->open)
		return;
	while (behind < b->end && is_blank(*behind))
		behind++;
	if (behind > b->p && is_text(b, behind)) {
		keep(b, 0);
		b->p = b->copied;
	} else if (starts(b, CDATA) && b->p + strlen(CDATA) < b->end && is_blank(b->p[strlen(CDATA)])) {
		keep(b, strlen(CDATA));
		b->p = find_end(b, "]]>");
	}
}

bool blanks_keep(const char *bytes, size_t len, struct buf *out)
{
	struct blanks b = { .p = bytes, .end = bytes + len, .copied = bytes, .out = out };

	while (b.p < b.end && (b.p = memchr(b.p, '<', (size_t)(b.end - b.p)))) {
		skip_markup(&b);
		look_at_text(&b);
	}
	if (b.copied == bytes)
		return false;
	buf_add(out, b.copied, (size_t)(bytes + len - b.copied));
	return !buf_bad(out);
}
