/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/expires.c: see expires.h.
 */
#include "wsman/expires.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "engine/base/now.h"
#include "engine/base/text.h"

/* Just so many digits, then the mark (NUL: none). NULL: no. */
static const char *read_digits(const char *p, int n, char mark, int *ret)
{
	*ret = 0;
	for (; p && n; n--, p++) {
		if (!isdigit((unsigned char)*p))
			return NULL;
		*ret = *ret * 10 + (*p - '0');
	}
	return p && mark ? (*p == mark ? p + 1 : NULL) : p;
}

/* Z, +hh:mm, -hh:mm, nothing: seconds to take away. */
static bool read_zone(const char *p, int *ret_s)
{
	int sign = *p == '-' ? -1 : 1, h = 0, m = 0;

	if (*p == '+' || *p == '-') {
		p = read_digits(p + 1, 2, ':', &h);
		p = read_digits(p, 2, '\0', &m);
	} else {
		p += *p == 'Z';
	}
	*ret_s = sign * (h * 3600 + m * 60);
	return p && !*p && h <= 14 && m < 60;
}

static bool read_time(const char *p, int64_t *ret_unix)
{
	struct tm tm = { 0 }, same;
	int zone;
	time_t at;

	p = read_digits(p, 4, '-', &tm.tm_year);
	p = read_digits(p, 2, '-', &tm.tm_mon);
	p = read_digits(p, 2, 'T', &tm.tm_mday);
	p = read_digits(p, 2, ':', &tm.tm_hour);
	p = read_digits(p, 2, ':', &tm.tm_min);
	p = read_digits(p, 2, '\0', &tm.tm_sec);
	if (p && *p == '.')
		p += 1 + strspn(p + 1, "0123456789");
	if (!p || !read_zone(p, &zone))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	same = tm;
	at = timegm(&same);
	*ret_unix = (int64_t)at - zone;
	/* there is no 30th of February */
	return same.tm_mon == tm.tm_mon && same.tm_hour == tm.tm_hour && same.tm_min == tm.tm_min;
}

bool expires_read(const char *text, uint64_t now_ft, uint64_t *ret_ms)
{
	int64_t ms, at, now = ft_to_unix(now_ft);

	if (*text == 'P' || *text == '-') {
		if (!text_duration_ms(text, &ms))
			return false;
	} else if (read_time(text, &at)) {
		ms = (at - now) * 1000;
	} else {
		return false;
	}
	if (ms > 0)
		*ret_ms = (uint64_t)ms;
	return ms > 0;
}
