/* SPDX-License-Identifier: MIT
 * engine/cost.c: see cost.h.
 */
#include "engine/cost.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

static const struct { const char *name; uint32_t flags; } masks[] = {
	{ "ALWAYS", COST_ALWAYS }, { "NOT_ROAMING", COST_NOT_ROAMING }, { "NO_SURCHARGE", COST_NO_SURCHARGE },
	{ "STANDARD", COST_STANDARD }, { "UNRESTRICTED", COST_UNRESTRICTED_ONLY },
};
static const char *const priorities[4] = { "foreground", "high", "normal", "low" };

static bool flags_of(const char *text, uint32_t *ret)
{
	uint64_t v;

	for (size_t i = 0; i < COUNT(masks); i++)
		if (text_ieq(text, masks[i].name)) {
			*ret = masks[i].flags;
			return true;
		}
	if (!text_u64(text, 1, UINT32_MAX, &v))
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool take(char *word, struct cost_policy *ret)
{
	char *value = strchr(word, '=');

	if (!value)
		return false;
	*value++ = '\0';
	for (unsigned p = 0; p < 4; p++)
		if (text_ieq(word, priorities[p]))
			return flags_of(value, &ret->flags[p]);
	return false;
}

enum err cost_parse(const char *text, struct cost_policy *ret, struct errinfo *ei)
{
	char copy[400], said[60], *save, *word;

	*ret = (struct cost_policy){ { COST_ALWAYS, COST_STANDARD, COST_STANDARD, COST_STANDARD } };
	if (strlen(text) >= sizeof(copy))
		return err_set(ei, ERR_INVALID_ARG, "The text is longer than %zu bytes.", sizeof(copy) - 1);
	strcpy(copy, text);
	for (word = strtok_r(copy, " \t\r\n;,", &save); word; word = strtok_r(NULL, " \t\r\n;,", &save)) {
		snprintf(said, sizeof(said), "%s", word);
		if (!take(word, ret))
			return err_set(ei, ERR_INVALID_ARG, "\"%s\" is not like low=UNRESTRICTED; there are "
			    "foreground, high, normal and low, and ALWAYS, NOT_ROAMING, NO_SURCHARGE, "
			    "STANDARD, UNRESTRICTED or a number.", said);
	}
	return ERR_OK;
}

bool cost_allows(uint32_t state, uint32_t flags, const struct cost_policy *policy, unsigned priority)
{
	return (state & (flags ? flags : policy->flags[priority])) != 0;
}
