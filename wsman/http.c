/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/http.c: see http.h. RFC 9112 without its tolerance.
 */
#include "wsman/http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct reader {
	struct http_head *head;
	bool have_host, have_length, have_encoding, close;
};

size_t http_head_length(const char *bytes, size_t len, size_t from)
{
	const char *end;

	from = from > 3 ? from - 3 : 0;
	end = len > from ? memmem(bytes + from, len - from, "\r\n\r\n", 4) : NULL;
	return end ? (size_t)(end - bytes) + 4 : 0;
}

bool http_head_is_lost(const char *bytes, size_t len, size_t from)
{
	char first = len ? (char)(bytes[0] & ~0x20) : 'P';

	if (!(first >= 'A' && first <= 'Z') && bytes[0] != '\r')
		return true;
	for (const char *lf; from < len && (lf = memchr(bytes + from, '\n', len - from));
	     from = (size_t)(lf - bytes) + 1)
		if (lf == bytes || lf[-1] != '\r')
			return true;
	return false;
}

static bool is_token(const char *text)
{
	const char *p;

	for (p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))
			return false;
	return p != text;
}

/* Cuts the line at *p (of a text ending at end) off; NULL: there is none or it is malformed. */
static char *next_line(char **p, char *end, size_t max, int *ret_status)
{
	char *line = *p, *lf = memchr(line, '\n', (size_t)(end - line));

	*ret_status = 400;
	if (!lf || lf == line || lf[-1] != '\r')
		return NULL;
	if ((size_t)(lf - line) > max) {
		*ret_status = 431;
		return NULL;
	}
	lf[-1] = '\0';
	*p = lf + 1;
	for (const char *c = line; c < lf - 1; c++)
		if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
			return NULL;
	return line;
}

static int read_request_line(char *line, struct http_head *head)
{
	char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;

	if (!version || strchr(version + 1, ' ') || strchr(line, '\t'))
		return 400;
	*target++ = '\0';
	*version++ = '\0';
	head->method = line;
	head->target = target;
	head->http10 = !strcmp(version, "HTTP/1.0");
	if (!head->http10 && strcmp(version, "HTTP/1.1"))
		return strncmp(version, "HTTP/", 5) ? 400 : 505;
	if (!is_token(line) || target[0] != '/')
		return 400;
	for (const char *c = target; *c; c++)
		if ((unsigned char)*c >= 0x7f || *c == '#' || *c == '\\')
			return 400;
	return 0;
}

static bool has_item(const char *list, const char *item)
{
	size_t n = strlen(item);

	while (*list) {
		size_t len = strcspn(list, ",");
		const char *from = list;
		size_t used = len;

		while (used && strchr(" \t", *from))
			from++, used--;
		while (used && strchr(" \t", from[used - 1]))
			used--;
		if (used == n && !strncasecmp(from, item, n))
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

static int on_host(struct reader *r, char *value)
{
	bool twice = r->have_host;

	r->have_host = true;
	r->head->host = value;
	return twice || strpbrk(value, " \t/@") ? 400 : 0;
}

static int on_length(struct reader *r, char *value)
{
	size_t digits = strspn(value, "0123456789");

	if (r->have_length || !digits || value[digits] || digits > 18)
		return 400;
	r->have_length = true;
	for (const char *c = value; *c; c++)
		r->head->length = r->head->length * 10 + (uint64_t)(*c - '0');
	return 0;
}

static int on_transfer_encoding(struct reader *r, char *value)
{
	if (r->have_encoding || r->head->http10)
		return 400;
	r->have_encoding = true;
	r->head->chunked = !strcasecmp(value, "chunked");
	return r->head->chunked ? 0 : 501;
}

static int on_connection(struct reader *r, char *value)
{
	if (has_item(value, "close"))
		r->close = true;
	if (has_item(value, "keep-alive"))
		r->head->keep_alive = true;
	return 0;
}

static int on_expect(struct reader *r, char *value)
{
	r->head->expects_continue = !r->head->http10;
	return strcasecmp(value, "100-continue") ? 417 : 0;
}

static int once(const char **field, char *value)
{
	if (*field)
		return 400;
	*field = value;
	return 0;
}

static int on_authorization(struct reader *r, char *value) { return once(&r->head->authorization, value); }
static int on_content_type(struct reader *r, char *value) { return once(&r->head->content_type, value); }
static int on_content_encoding(struct reader *r, char *value)
{
	return once(&r->head->content_encoding, value);
}
static int on_origin(struct reader *r, char *value) { r->head->origin = value; return 0; }
/* Only browsers send these, but for one: Node's fetch says Sec-Fetch-Mode: cors, and no Sec-Fetch-Site. */
static int on_fetch(struct reader *r, char *value)
{
	if (strcasecmp(value, "cors"))
		r->head->origin = value;
	return 0;
}
static int on_identify(struct reader *r, char *value) { r->head->identify = value; return 0; }

static const struct {
	const char *name;
	int (*read)(struct reader *r, char *value);	/* a status, or 0 */
} fields[] = {
	{ "Host", on_host },
	{ "Content-Length", on_length },
	{ "Transfer-Encoding", on_transfer_encoding },
	{ "Connection", on_connection },
	{ "Expect", on_expect },
	{ "Authorization", on_authorization },
	{ "Content-Type", on_content_type },
	{ "Content-Encoding", on_content_encoding },
	{ "Origin", on_origin },
	{ "Sec-Fetch-Mode", on_fetch },
	{ "Sec-Fetch-Site", on_fetch },
	{ "WSMANIDENTIFY", on_identify },
};

static int read_field(struct reader *r, char *line)
{
	char *colon = strchr(line, ':'), *value, *end;

	if (!colon)
		return 400;
	*colon = '\0';
	if (!is_token(line))		/* also: starts with a blank (folded), blank before the colon */
		return 400;
	for (value = colon + 1; *value && strchr(" \t", *value); value++)
		;
	for (end = value + strlen(value); end > value && strchr(" \t", end[-1]); end--)
		;
	*end = '\0';
	if (strcasecmp(line, "Authorization") && end - line > HTTP_LINE_MAX)
		return 431;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcasecmp(line, fields[i].name))
			return fields[i].read(r, value);
	return 0;
}

static int read_all(struct reader *r, char *p, char *end)
{
	int status, lines = 0;
	char *line;

	while (end - p > 2 && p[0] == '\r' && p[1] == '\n')
		p += 2;
	line = next_line(&p, end, HTTP_REQUEST_LINE_MAX, &status);
	if (!line)
		return status;
	status = read_request_line(line, r->head);
	while (!status && end - p > 2) {
		line = next_line(&p, end, HTTP_AUTHORIZATION_MAX, &status);
		if (!line)
			return status;
		status = ++lines > HTTP_LINES_MAX ? 431 : read_field(r, line);
	}
	if (status)
		return status;
	if ((!r->have_host && !r->head->http10) || (r->have_length && r->have_encoding))
		return 400;
	return 0;
}

void http_parse(char *bytes, size_t len, struct http_head *ret)
{
	struct reader r = { .head = ret };

	memset(ret, 0, sizeof(*ret));
	ret->status = memchr(bytes, 0, len) ? 400 : read_all(&r, bytes, bytes + len);
	ret->keep_alive = !r.close && (ret->keep_alive || !ret->http10);
}

bool http_path_is(const char *target, const char *want)
{
	size_t len = strcspn(target, "?");

	if (len > 1 && target[len - 1] == '/')
		len--;
	return len == strlen(want) && !strncmp(target, want, len);
}

bool http_type_is(const char *content_type, const char *want)
{
	size_t len = strcspn(content_type, "; \t");

	return len == strlen(want) && !strncasecmp(content_type, want, len);
}

void http_charset(const char *content_type, char *out, size_t room)
{
	const char *p = content_type;
	size_t len;

	out[0] = '\0';
	while ((p = strchr(p, ';'))) {
		for (p++; *p && strchr(" \t", *p); p++)
			;
		if (strncasecmp(p, "charset", 7))
			continue;
		for (p += 7; *p && strchr(" \t=\"'", *p); p++)
			;
		len = strcspn(p, "\"'; \t");
		if (len >= room)
			len = room - 1;
		memcpy(out, p, len);
		out[len] = '\0';
		return;
	}
}
