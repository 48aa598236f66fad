/* SPDX-License-Identifier: MIT
 * engine/custom_headers.c: header lines a caller wants sent with every request. Pure; any thread.
 *
 * They may say who asks and why, not what is asked for or where the message ends: a second Host or length
 * is how requests are smuggled, and a Range, a condition or an encoding of theirs would make the bytes that
 * come others than those dray asked for. RFC 9110 5.5, 5.6.2, 7.6.1, 13.1, 14.2; RFC 9112 6.
 */
#include "engine/job_rules.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/auto.h"

bool http_token_ok(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f ||
		    strchr("()<>@,;:\\\"/[]?={}", text[i]))
			return false;
	return len > 0;
}

static const struct { const char *name, *why; } reserved[] = {
	{ "Host", "it follows from the URL" },
	{ "Content-Length", "it says where a message ends" },
	{ "Transfer-Encoding", "it says where a message ends" },
	{ "TE", "it says how the answer is framed" },
	{ "Trailer", "it says how a message is framed" },
	{ "Connection", "the connection is dray's own" },
	{ "Proxy-Connection", "the connection is dray's own" },
	{ "Keep-Alive", "the connection is dray's own" },
	{ "Upgrade", "the connection is dray's own" },
	{ "Expect", "it says when a message is sent" },
	{ "Range", "dray decides which bytes it asks for" },
	{ "If-Range", "dray decides which bytes it asks for" },
	{ "If-Match", "dray decides whether the file has changed" },
	{ "If-None-Match", "dray decides whether the file has changed" },
	{ "If-Modified-Since", "dray decides whether the file has changed" },
	{ "If-Unmodified-Since", "dray decides whether the file has changed" },
	{ "Accept-Encoding", "bytes are kept as they come, and counted" },
};

char *custom_headers_normal(const char *lines)
{
	char *copy = malloc(2 * strlen(lines) + 3), *to = copy;

	while (copy && *lines) {
		size_t len = strcspn(lines, "\n"), text = len && lines[len - 1] == '\r' ? len - 1 : len;

		memcpy(to, lines, text);
		memcpy(to + text, "\r\n", 2);
		to += text + 2;
		lines += lines[len] ? len + 1 : len;
	}
	if (copy)
		*to = '\0';
	return copy;
}

static enum err check_name(const char *line, size_t len, struct errinfo *ei)
{
	const char *colon = memchr(line, ':', len);
	size_t name = colon ? (size_t)(colon - line) : 0;

	if (!http_token_ok(line, name))
		return err_set(ei, ERR_INVALID_ARG,
		    "CustomHeaders: \"%.*s\" is not a header line (Name: value).",
		    len > 60 ? 60 : (int)len, line);
	for (size_t i = 0; i < COUNT(reserved); i++)
		if (name == strlen(reserved[i].name) && !strncasecmp(line, reserved[i].name, name))
			return err_set(ei, ERR_INVALID_ARG,
			    "CustomHeaders may not have %s: %s.", reserved[i].name,
			    reserved[i].why);
	return ERR_OK;
}

static bool value_ok(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f)
			return false;
	return true;
}

enum err custom_headers_check(const char *lines, struct errinfo *ei)
{
	enum err err = ERR_OK;

	while (*lines && !err) {
		const char *end = strstr(lines, "\r\n");

		if (!end)
			return err_set(ei, ERR_INVALID_ARG, "CustomHeaders: each line ends in CR LF, the last "
			    "one, too.");
		if (!value_ok(lines, (size_t)(end - lines)))
			return err_set(ei, ERR_INVALID_ARG, "CustomHeaders: a line has a control character.");
		err = check_name(lines, (size_t)(end - lines), ei);
		lines = end + 2;
	}
	return err;
}
