/* SPDX-License-Identifier: MIT
 * agent/cli/cli_say.c: see cli_say.h.
 */
#include "agent/cli/cli_say.h"

#include <stdarg.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "engine/base/err.h"

/* Bytes of a control character at p (0: none). */
static size_t control_len(const unsigned char *p)
{
	if (*p < 0x20 || *p == 0x7f)
		return 1;
	return p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0 ? 2 : 0;
}

const char *say_clean(const char *text, char *out, size_t room)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = 0, len;

	while (*p && n + 1 < room) {
		len = control_len(p);
		out[n++] = len ? '?' : (char)*p;
		p += len ? len : 1;
	}
	while (*p && n && ((unsigned char)out[n - 1] & 0xc0) == 0x80)
		n--;		/* cut: not in the middle of a character */
	if (*p && n && ((unsigned char)out[n - 1] & 0xc0) == 0xc0)
		n--;
	out[n] = '\0';
	return out;
}

void say_put(FILE *to, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t len; *p; p += len ? len : 1) {
		len = control_len(p);
		fputc(len ? '?' : *p, to);
	}
}

void say(const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fputs("dray: ", stderr);
	say_put(stderr, line);
	fputc('\n', stderr);
}

/* Faults that have no HRESULT of the agent in them speak through their subcode. */
static int by_subcode(const char *subcode)
{
	static const char *const bad_value[] = { "w:InvalidParameter", "w:InvalidSelectors",
		"x:InvalidRepresentation", "w:SchemaValidationError" };

	for (size_t i = 0; i < sizeof(bad_value) / sizeof(bad_value[0]); i++)
		if (!strcmp(subcode, bad_value[i]))
			return EXIT_USAGE;
	return EXIT_FAILED;
}

int say_exit_status(const struct dray_error *e)
{
	static const dray_result no_agent[] = { DRAY_E_UNREACHABLE, DRAY_E_TIMEOUT, DRAY_E_LOST, DRAY_E_TLS,
		DRAY_E_BAD_REPLY };

	if (!dray_failed(e->code))
		return EXIT_OK;
	if (e->code == DRAY_E_INTERRUPTED)
		return EXIT_DETACHED;
	for (size_t i = 0; i < sizeof(no_agent) / sizeof(no_agent[0]); i++)
		if (e->code == no_agent[i])
			return EXIT_NO_AGENT;
	for (int i = 0; i < ERR__COUNT; i++)
		if (err_hresult((enum err)i) == e->code)
			return err_exit_status((enum err)i);
	return by_subcode(e->subcode);
}

int say_failed(const struct dray_error *e, const char *about)
{
	char code[16], line[1400];

	snprintf(code, sizeof(code), "0x%08X", e->code);
	snprintf(line, sizeof(line), "%s%s%s", about ? about : "", about ? ": " : "", e->text);
	if (strcasestr(e->text, code))
		say("%s", line);
	else
		say("%s (%s)", line, code);
	return say_exit_status(e);
}
