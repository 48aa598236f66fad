/* SPDX-License-Identifier: MIT
 * engine/base/text.c: see text.h.
 */
#include "engine/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool text_u64(const char *text, uint64_t lo, uint64_t hi, uint64_t *ret)
{
	int base = text && text[0] == '0' && (text[1] | 32) == 'x' ? 16 : 10;
	unsigned long long v;
	char *end;

	if (!text || !isxdigit((unsigned char)text[base == 16 ? 2 : 0]))
		return false;
	errno = 0;
	v = strtoull(text, &end, base);
	if (errno || *end || v < lo || v > hi)
		return false;
	*ret = v;
	return true;
}

bool text_bool(const char *text, bool *ret)
{
	static const char *const yes[] = { "true", "yes", "1" }, *const no[] = { "false", "no", "0" };

	for (int i = 0; text && i < 3; i++) {
		if (strcasecmp(text, yes[i]) && strcasecmp(text, no[i]))
			continue;
		*ret = !strcasecmp(text, yes[i]);
		return true;
	}
	return false;
}

/* One code point, or -1; *p moves past it. */
static int32_t next_cp(const unsigned char **p)
{
	const unsigned char *s = *p;
	int more = s[0] < 0x80 ? 0 : (s[0] & 0xe0) == 0xc0 ? 1 : (s[0] & 0xf0) == 0xe0 ? 2 :
	    (s[0] & 0xf8) == 0xf0 ? 3 : -1;
	static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	int32_t cp;

	if (more < 0)
		return -1;
	cp = more ? s[0] & (0x3f >> more) : s[0];
	for (int i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return -1;
		cp = cp << 6 | (s[i] & 0x3f);
	}
	if (cp < least[more] || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return -1;
	*p = s + more + 1;
	return cp;
}

bool text_utf8_ok(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		int32_t cp = next_cp(&p);
		if (cp < 0 || (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || cp == 0x7f ||
		    (cp & 0xfffe) == 0xfffe)
			return false;
	}
	return true;
}

size_t text_utf8_at(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	int32_t cp = next_cp(&p);

	return cp < 0 || cp == 0xfffe || cp == 0xffff ? 0 : (size_t)((const char *)p - text);
}

size_t text_utf16_len(const char *text)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		n += (*p & 0xc0) != 0x80 ? (*p >= 0xf0 ? 2 : 1) : 0;
	return n;
}

void text_trim(const char **text, size_t *len)
{
	while (*len && strchr(" \t\r\n", (*text)[*len - 1]))
		--*len;
	while (*len && strchr(" \t\r\n", **text))
		++*text, --*len;
}

bool text_ieq(const char *a, const char *b)
{
	return a && b && !strcasecmp(a, b);
}

bool text_iprefix(const char *text, const char *prefix)
{
	return !strncasecmp(text, prefix, strlen(prefix));
}

bool text_duration_ms(const char *text, int64_t *ret_ms)
{
	static const struct { char unit; bool time; double s; } units[] = {
		{ 'Y', false, 31556952 }, { 'M', false, 2629746 }, { 'W', false, 604800 },
		{ 'D', false, 86400 },
		{ 'H', true, 3600 }, { 'M', true, 60 }, { 'S', true, 1 },
	};
	bool negative = *text == '-', time = false, any = false;
	size_t at = 0;
	double sum = 0;

	text += negative;
	if (*text++ != 'P')
		return false;
	while (*text) {
		double n = 0, scale = 1;
		const char *start = text;

		if (*text == 'T') {
			if (time)
				return false;
			time = true;
			text++;
			continue;
		}
		while (isdigit((unsigned char)*text))
			n = n * 10 + (*text++ - '0');
		if (text == start)
			return false;
		if (*text == '.')
			for (text++; isdigit((unsigned char)*text); text++)
				n += (*text - '0') * (scale /= 10);
		while (at < 7 && (units[at].unit != *text || units[at].time != time))
			at++;
		if (at == 7 || (scale < 1 && *text != 'S'))
			return false;
		sum += n * units[at++].s;
		text++;
		any = true;
	}
	if (!any || sum > 9.2e9)
		return false;
	*ret_ms = (int64_t)(sum * 1000 + 0.5) * (negative ? -1 : 1);
	return true;
}

const char *text_size(uint64_t bytes, char *out, size_t room)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double v = (double)bytes;
	int u = 0;

	for (; v >= 1024 && u < 6; u++)
		v /= 1024;
	snprintf(out, room, u ? "%.1f %s" : "%.0f %s", v, units[u]);
	return out;
}
