/* SPDX-License-Identifier: MIT
 * engine/base/hresult.c: see hresult.h.
 */
#include "engine/base/hresult.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/auto.h"

#define HTTP_CODES 0x80190000u

static const struct { uint32_t code; const char *name, *text, *remedy; } rows[] = {
#define HRESULT(code, name, text, remedy) { code, #name, text, remedy },
#include "schemas/hresults.def"
#undef HRESULT
};

static const char *reason(unsigned status)
{
	static const struct { unsigned status; const char *words; } reasons[] = {
#define REASON(status, words) { status, words },
#include "schemas/transfer.def"
#undef REASON
	};

	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].words;
	return NULL;
}

static const char *hint(unsigned status)
{
	static const struct { unsigned lo, hi; const char *hint; } hints[] = {
#define HTTP(lo, hi, cls, hint) { lo, hi, hint },
#include "schemas/transfer.def"
#undef HTTP
	};

	for (size_t i = 0; i < COUNT(hints); i++)
		if (status >= hints[i].lo && status <= hints[i].hi)
			return hints[i].hint;
	return "";
}

static bool http_words(unsigned status, struct hresult_words *ret)
{
	const char *words = reason(status);

	if (status < 100 || status > 999)
		return false;
	snprintf(ret->name, sizeof(ret->name), "BG_E_HTTP_ERROR_%u", status);
	snprintf(ret->text, sizeof(ret->text), "The server answered %u%s%s%s.", status, words ? " (" : "",
	    words ? words : "", words ? ")" : "");
	snprintf(ret->remedy, sizeof(ret->remedy), "%s", hint(status));
	return true;
}

bool hresult_words(uint32_t code, struct hresult_words *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].code == code) {
			snprintf(ret->name, sizeof(ret->name), "%s", rows[i].name);
			snprintf(ret->text, sizeof(ret->text), "%s", rows[i].text);
			snprintf(ret->remedy, sizeof(ret->remedy), "%s", rows[i].remedy);
			return true;
		}
	if ((code & 0xffff0000u) == HTTP_CODES && http_words(code & 0xffff, ret))
		return true;
	snprintf(ret->text, sizeof(ret->text), "Nothing is known of the code 0x%08X.", code);
	return false;
}
