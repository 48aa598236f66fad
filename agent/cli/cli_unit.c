/* SPDX-License-Identifier: MIT
 * agent/cli/cli_unit.c: see cli_unit.h. Rows: cli_words.def.
 */
#include "agent/cli/cli_unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_fmt.h"
#include "engine/base/auto.h"
#include "engine/base/text.h"

enum kind { PLAIN, SIZE, SECONDS, MILLIS, CHOICE, FLAGS };

static const struct { const char *name; enum kind kind; } kinds[] = {
#define KIND(name, kind) { #name, kind },
#include "agent/cli/cli_words.def"
#undef KIND
};
static const struct { const char *name, *word; uint64_t number; } words[] = {
#define WORD(name, word, number) { #name, word, number },
#include "agent/cli/cli_words.def"
#undef WORD
};
static const struct { const char *suffix; uint64_t factor; } sizes[] = {
	{ "K", UINT64_C(1) << 10 }, { "M", UINT64_C(1) << 20 }, { "G", UINT64_C(1) << 30 },
	{ "T", UINT64_C(1) << 40 },
}, times[] = {		/* milliseconds */
	{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { "w", 604800000 },
};

static enum kind kind_of(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return kinds[i].kind;
	return PLAIN;
}

/* Digits and, if it is there, a suffix; *ret_suffix stands behind the digits. */
static bool split(const char *text, uint64_t *ret, const char **ret_suffix)
{
	char digits[21];
	size_t n = strspn(text, "0123456789");

	if (!n || n >= sizeof(digits))
		return false;
	memcpy(digits, text, n);
	digits[n] = '\0';
	*ret_suffix = text + n;
	return text_u64(digits, 0, UINT64_MAX, ret);
}

static bool multiply(uint64_t number, uint64_t factor, uint64_t *ret)
{
	*ret = number * factor;
	return !number || *ret / number == factor;
}

static bool read_size(const char *text, uint64_t *ret)
{
	const char *suffix;
	uint64_t number;

	if (!split(text, &number, &suffix))
		return false;
	for (size_t i = 0; i < COUNT(sizes); i++)
		if (text_ieq(suffix, sizes[i].suffix))
			return multiply(number, sizes[i].factor, ret);
	return false;
}

static bool read_time(const char *text, uint64_t unit_ms, uint64_t *ret)
{
	const char *suffix;
	uint64_t number;

	if (!split(text, &number, &suffix))
		return false;
	for (size_t i = 0; i < COUNT(times); i++)
		if (!strcmp(suffix, times[i].suffix) && multiply(number, times[i].factor, &number)) {
			*ret = number / unit_ms;
			return number % unit_ms == 0;
		}
	return false;
}

static bool read_word(const char *name, const char *text, uint64_t *ret)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (!strcmp(words[i].name, name) && text_ieq(words[i].word, text)) {
			*ret = words[i].number;
			return true;
		}
	return text_u64(text, 0, UINT64_MAX, ret);
}

static bool read_flags(const char *name, const char *text, uint64_t *ret)
{
	uint64_t all = 0, one;

	for (const char *p = text; ; ) {
		size_t len = strcspn(p, "+,");
		char word[64];

		if (len >= sizeof(word))
			return false;
		memcpy(word, p, len);
		word[len] = '\0';
		if (text_ieq(word, "none"))
			one = 0;
		else if (!read_word(name, word, &one))
			return false;
		all |= one;
		if (!p[len])
			break;
		p += len + 1;
	}
	*ret = all;
	return true;
}

bool unit_read(const char *name, const char *text, uint64_t *ret)
{
	if (text_u64(text, 0, UINT64_MAX, ret))
		return true;
	switch (kind_of(name)) {
	case SIZE: return read_size(text, ret);
	case SECONDS: return read_time(text, 1000, ret);
	case MILLIS: return read_time(text, 1, ret);
	case CHOICE: return read_word(name, text, ret);
	case FLAGS: return read_flags(name, text, ret);
	case PLAIN: break;
	}
	return false;
}

static const char *show_flags(const char *name, uint64_t number, char out[UNIT_ROOM])
{
	uint64_t left = number;
	size_t at = 0;

	for (size_t i = 0; i < COUNT(words); i++)
		if (!strcmp(words[i].name, name) && words[i].number == number)
			return words[i].word;
	for (size_t i = 0; i < COUNT(words); i++) {
		bool one_bit = !(words[i].number & (words[i].number - 1));

		if (strcmp(words[i].name, name) || !one_bit || !(left & words[i].number))
			continue;
		left &= ~words[i].number;
		at += (size_t)snprintf(out + at, UNIT_ROOM - at, "%s%s", at ? "+" : "", words[i].word);
	}
	if (left)
		snprintf(out + at, UNIT_ROOM - at, "%s0x%" PRIx64, at ? "+" : "", left);
	return number ? out : "none";
}

const char *unit_show(const char *name, uint64_t number, char out[UNIT_ROOM])
{
	char small[FMT_ROOM];

	switch (kind_of(name)) {
	case SIZE:
		snprintf(out, UNIT_ROOM, "%s (%" PRIu64 ")", fmt_size(number, small), number);
		return number ? out : "none";
	case SECONDS:
		snprintf(out, UNIT_ROOM, "%s (%" PRIu64 " s)", fmt_duration(number, small), number);
		return out;
	case MILLIS:
		snprintf(out, UNIT_ROOM, "%" PRIu64 " ms", number);
		return out;
	case CHOICE:
		for (size_t i = 0; i < COUNT(words); i++)
			if (!strcmp(words[i].name, name) && words[i].number == number)
				return words[i].word;
		break;
	case FLAGS:
		return show_flags(name, number, out);
	case PLAIN:
		break;
	}
	snprintf(out, UNIT_ROOM, "%" PRIu64, number);
	return out;
}

const char *unit_what(const char *name, char *out, size_t room)
{
	static const char *const plain[] = { [PLAIN] = "a number",
	    [SIZE] = "a number of bytes, or like 500K, 10M, 2G",
		[SECONDS] = "a number of seconds, or like 30s, 5m, 2h, 7d, 2w",
		[MILLIS] = "a number of milliseconds, or like 500ms, 2s", [CHOICE] = "one of",
		[FLAGS] = "none, or words joined by +:" };
	enum kind kind = kind_of(name);
	size_t at = (size_t)snprintf(out, room, "%s", plain[kind]);
	bool any = false;

	for (size_t i = 0; i < COUNT(words) && at < room; i++) {
		if (strcmp(words[i].name, name))
			continue;
		at += (size_t)snprintf(out + at, room - at, "%s %s", any ? "," : "", words[i].word);
		any = true;
	}
	if (any && at < room)
		snprintf(out + at, room - at, "; or a number");
	return out;
}
