/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_parts.c: see xfer_parts.h. RFC 9110 14.6, RFC 2046 5.1.1.
 */
#include "engine/worker/xfer_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/text.h"

#define BLANK_MAX 2u
#define EXTRA_MAX 180u

bool xfer_parts_init(struct xfer_parts *p, const char *content_type)
{
	const char *at = strcasestr(content_type, "boundary=");
	size_t len;

	memset(p, 0, sizeof(*p));
	if (!at || (at != content_type && !strchr("; \t", at[-1])))
		return false;
	at += 9;
	if (*at == '"') {
		at++;
		len = strcspn(at, "\"");
		if (!at[len])
			return false;
	} else {
		len = strcspn(at, "; \t");
	}
	if (!len || len > 70)
		return false;
	snprintf(p->boundary, sizeof(p->boundary), "--%.*s", (int)len, at);
	return true;
}

/* A boundary line: 1 a part follows, 2 the last one, 0 something else. */
static int boundary_kind(const struct xfer_parts *p)
{
	size_t len = strlen(p->boundary);
	const char *rest = p->line + len;

	if (strncmp(p->line, p->boundary, len))
		return 0;
	if (!strncmp(rest, "--", 2))
		return 2;
	return rest[strspn(rest, " \t")] ? 0 : 1;
}

static bool on_boundary(struct xfer_parts *p, unsigned blank_max)
{
	int kind;

	if (!*p->line)
		return ++p->blank <= blank_max;
	kind = boundary_kind(p);
	if (!kind || (kind == 2 && p->state == PARTS_BEFORE) || (p->state == PARTS_AFTER && !p->blank))
		return false;
	p->state = kind == 2 ? PARTS_OVER : PARTS_HEAD;
	p->extra = p->blank = 0;
	p->range[0] = '\0';
	return true;
}

static bool on_field(struct xfer_parts *p)
{
	char *value = strchr(p->line, ':');

	if (!value || value == p->line)
		return false;
	*value++ = '\0';
	value += strspn(value, " \t");
	if (text_ieq(p->line, "Content-Range")) {
		if (*p->range || strlen(value) >= sizeof(p->range))
			return false;
		strcpy(p->range, value);
	} else if (!text_ieq(p->line, "Content-Type")) {
		p->extra += (unsigned)(strlen(p->line) + 1 + strlen(value));
	}
	return p->extra <= EXTRA_MAX;
}

static enum xfer_parts_result on_line(struct xfer_parts *p, const struct xfer_parts_ops *ops, void *arg)
{
	bool ok = true;

	if (p->len && p->line[p->len - 1] == '\r')
		p->len--;
	p->line[p->len] = '\0';
	p->len = 0;
	if (p->state == PARTS_BEFORE)
		ok = on_boundary(p, BLANK_MAX);
	else if (p->state == PARTS_AFTER)
		ok = on_boundary(p, 1);
	else if (*p->line)
		ok = on_field(p);
	else if (!*p->range)
		ok = false;
	else if (!ops->on_part(arg, p->range, &p->left))
		return XFER_PARTS_STOPPED;
	else
		p->state = p->left ? PARTS_DATA : PARTS_AFTER;
	return ok ? XFER_PARTS_MORE : XFER_PARTS_MALFORMED;
}

static size_t take_line(struct xfer_parts *p, const char *bytes, size_t len, enum xfer_parts_result *result,
    const struct xfer_parts_ops *ops, void *arg)
{
	const char *end = memchr(bytes, '\n', len);
	size_t n = end ? (size_t)(end - bytes) : len;

	if (n >= sizeof(p->line) - p->len || memchr(bytes, 0, n)) {
		*result = XFER_PARTS_MALFORMED;
		return 0;
	}
	memcpy(p->line + p->len, bytes, n);
	p->len += n;
	if (!end)
		return n;
	*result = on_line(p, ops, arg);
	return n + 1;
}

enum xfer_parts_result xfer_parts_feed(struct xfer_parts *p, const char *bytes, size_t len,
    const struct xfer_parts_ops *ops, void *arg)
{
	enum xfer_parts_result result = XFER_PARTS_MORE;
	size_t n;

	for (; len && p->state != PARTS_OVER && result == XFER_PARTS_MORE; bytes += n, len -= n) {
		if (p->state != PARTS_DATA) {
			n = take_line(p, bytes, len, &result, ops, arg);
			continue;
		}
		n = len < p->left ? len : (size_t)p->left;
		if (!ops->on_bytes(arg, bytes, n))
			return XFER_PARTS_STOPPED;
		p->left -= n;
		if (!p->left)
			p->state = PARTS_AFTER;
	}
	return result;
}
