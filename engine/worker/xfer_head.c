/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_head.c: see xfer_head.h.
 */
#include "engine/worker/xfer_head.h"

#include <string.h>
#include <strings.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

void xfer_head_init(struct xfer_head *h)
{
	memset(h, 0, sizeof(*h));
	h->length = PLAN_UNKNOWN;
}

/* A new answer begins; what was counted stays counted. */
static void forget(struct xfer_head *h)
{
	struct xfer_head fresh;

	xfer_head_init(&fresh);
	fresh.bytes = h->bytes;
	fresh.lines = h->lines;
	*h = fresh;
}

/* Validators go back to the server and into the store: plain printable ASCII, or they count as absent. */
static void keep(char out[XFER_HEAD_VALUE], unsigned *seen, const char *value)
{
	bool twice = (*seen)++ && strcmp(out, value);

	out[0] = '\0';
	if (twice || strlen(value) >= XFER_HEAD_VALUE)
		return;
	for (const char *p = value; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			return;
	strcpy(out, value);
}

static void on_etag(struct xfer_head *h, const char *value)
{
	keep(h->etag, &h->etags, value);
}

static void on_modified(struct xfer_head *h, const char *value)
{
	keep(h->modified, &h->modifieds, value);
}

static void on_content_range(struct xfer_head *h, const char *value)
{
	keep(h->content_range, &h->content_ranges, value);
}

static void on_type(struct xfer_head *h, const char *value)
{
	keep(h->type, &h->types, value);
}

static void on_length(struct xfer_head *h, const char *value)
{
	uint64_t length;

	if (value[strspn(value, "0123456789")] || !text_u64(value, 0, INT64_MAX, &length) ||
	    (h->length != PLAN_UNKNOWN && h->length != length))
		h->refused = true;
	else
		h->length = length;
}

static void on_transfer_encoding(struct xfer_head *h, const char *value)
{
	h->chunked |= text_ieq(value, "chunked");
}

static void on_accept_ranges(struct xfer_head *h, const char *value)
{
	if (text_ieq(value, "bytes"))
		h->ranges = PLAN_RANGES_YES;
	else if (text_ieq(value, "none"))
		h->ranges = PLAN_RANGES_NONE;
}

static void on_location(struct xfer_head *h, const char *value)
{
	if (strlen(value) >= sizeof(h->location) || (*h->location && strcmp(h->location, value)))
		h->refused = true;
	else
		strcpy(h->location, value);
}

static const struct { const char *name; void (*on)(struct xfer_head *h, const char *value); } fields[] = {
	{ "Content-Length", on_length },
	{ "Content-Range", on_content_range },
	{ "Transfer-Encoding", on_transfer_encoding },
	{ "Accept-Ranges", on_accept_ranges },
	{ "ETag", on_etag },
	{ "Last-Modified", on_modified },
	{ "Location", on_location },
	{ "Content-Type", on_type },
};

static void on_field(struct xfer_head *h, char *line)
{
	char *value = strchr(line, ':');

	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	for (size_t n = strlen(value); n && (value[n - 1] == ' ' || value[n - 1] == '\t'); n--)
		value[n - 1] = '\0';
	for (size_t i = 0; i < COUNT(fields); i++)
		if (text_ieq(line, fields[i].name))
			fields[i].on(h, value);
}

static void on_status_line(struct xfer_head *h, const char *line)
{
	const char *p = strchr(line, ' ');

	forget(h);
	for (p = p ? p + strspn(p, " ") : ""; *p >= '0' && *p <= '9' && h->status < 1000; p++)
		h->status = h->status * 10 + (unsigned)(*p - '0');
	if (h->status < 100 || h->status > 999)
		h->refused = true;
}

static enum xfer_head_step on_empty(struct xfer_head *h)
{
	if (h->chunked)			/* then it is the chunks that count (RFC 9112 6.3) */
		h->length = PLAN_UNKNOWN;
	if (h->status < 200)
		return XFER_HEAD_MORE;
	return XFER_HEAD_FINAL;
}

enum xfer_head_step xfer_head_line(struct xfer_head *h, const char *bytes, size_t len)
{
	char line[8192];

	h->bytes += len;
	h->lines++;
	if (h->bytes > XFER_HEAD_BYTES || h->lines > XFER_HEAD_LINES) {
		h->refused = h->large = true;
		return XFER_HEAD_MORE;
	}
	while (len && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
		len--;
	if (!len)
		return on_empty(h);
	if (memchr(bytes, 0, len)) {
		h->refused = true;
		return XFER_HEAD_MORE;
	}
	if (len >= sizeof(line))	/* nothing dray reads is so long; a cookie or a policy */
		return XFER_HEAD_MORE;
	memcpy(line, bytes, len);
	line[len] = '\0';
	if (!strncasecmp(line, "HTTP/", 5))
		on_status_line(h, line);
	else
		on_field(h, line);
	return XFER_HEAD_MORE;
}

void xfer_head_answer(const struct xfer_head *h, struct plan_answer *ret)
{
	*ret = (struct plan_answer){ .status = h->status, .length = h->length, .chunked = h->chunked,
		.ranges = h->ranges, .etag = h->etag, .modified = h->modified,
		.content_range = h->content_range, .type = h->type };
}
