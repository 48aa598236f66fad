/* SPDX-License-Identifier: MIT
 * agent/lib/lib_error.c: see lib_error.h.
 */
#include "agent/lib/lib_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lib_error_clear(struct dray_error *e)
{
	memset(e, 0, sizeof(*e));
	e->size = sizeof(*e);
}

dray_result lib_error(struct dray_error *e, dray_result code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	lib_error_clear(e);
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return code;
}
