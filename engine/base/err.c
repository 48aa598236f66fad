/* SPDX-License-Identifier: MIT
 * engine/base/err.c: the error table, and how a text gets into struct errinfo.
 */
#include "engine/base/err.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	uint32_t hresult;
	int exit;
	const char *text;
} rows[ERR__COUNT] = {
#define ERR(name, hresult, fault, put_fault, exit, text) { #name, hresult, exit, text },
#include "schemas/errors.def"
#undef ERR
};

enum err err_set(struct errinfo *ei, enum err err, const char *fmt, ...)
{
	va_list ap;

	if (!ei)
		return err;
	ei->err = err;
	va_start(ap, fmt);
	vsnprintf(ei->text, sizeof(ei->text), fmt, ap);
	va_end(ap);
	return err;
}

enum err err_plain(struct errinfo *ei, enum err err)
{
	return err_set(ei, err, "%s", rows[err].text);
}

uint32_t err_hresult(enum err err) { return rows[err].hresult; }
int err_exit_status(enum err err) { return rows[err].exit; }
const char *err_text(enum err err) { return rows[err].text; }
const char *err_name(enum err err) { return rows[err].name; }
int err_is_good(enum err err) { return err_hresult(err) < 0x80000000u; }
