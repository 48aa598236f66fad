/* SPDX-License-Identifier: MIT
 * engine/base/log.c: see log.h. One write(2) a line, so lines of several processes do not mix.
 */
#include "engine/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char role_name[16] = "dray";
static enum log_level level_max = LOG_LEVEL_INFO;

void log_init(const char *role, enum log_level level)
{
	snprintf(role_name, sizeof(role_name), "%s", role);
	level_max = level;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	char line[2048];
	va_list ap;
	int n, more;

	if (level > level_max)
		return;
	n = snprintf(line, sizeof(line), "%s: %s: ", role_name, names[level]);
	va_start(ap, fmt);
	more = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	n += more < 0 ? 0 : more;
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;		/* nobody is left to be told */
}
