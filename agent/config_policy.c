/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/config_policy.c: [limits], the policies of this machine, and [bandwidth NAME], how fast where.
 * What they mean is the engine's to say: eng_policy_check(), eng_profile_check().
 */
#include "agent/config_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

/* A text in several lines of a file: one line has room for 198 bytes. */
static bool add_line(const char **text, const char *value, bool more)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", more ? *text : "", more ? "; " : "", value) < 0)
		return false;
	free((char *)*text);
	*text = joined;
	return true;
}

/* [limits] */

int config_on_limit(struct reading *r, const char *name, const char *value)
{
	struct errinfo why = { 0 };
	unsigned i = 0;

	while (i < POLICY__COUNT && !text_ieq(name, eng_policy_name(i)))
		i++;
	if (i == POLICY__COUNT)
		return config_fail(r, "[limits] has no key \"%.60s\"; correct it or remove the line%s",
		    name, "");
	if (eng_policy_check(i, value, &why))
		return config_fail(r, "%s%s", why.text, "");
	if (eng_policy_is_number(i))
		r->c->policies[i].num = strtoull(value, NULL, 0);
	else if (!add_line(&r->c->policies[i].text, value, r->policy_file[i] == r->file))
		return config_fail(r, "out of memory%s%s", "", "");
	r->policy_file[i] = r->file;
	r->c->policies[i].fixed = true;
	return 1;
}

/* [bandwidth NAME] */

bool config_is_profile(const char *section)
{
	return text_iprefix(section, "bandwidth") && (!section[9] || section[9] == ' ');
}

static struct eng_profile *profile(struct reading *r, const char *section)
{
	const char *name = section + strcspn(section, " ");
	struct config *c = r->c;

	name += strspn(name, " ");
	for (size_t i = 0; i < c->nprofiles; i++)
		if (!strcmp(c->profiles[i].name, name))
			return &c->profiles[i];
	if (c->nprofiles == CONFIG_PROFILES)
		return NULL;
	c->profiles[c->nprofiles] = (struct eng_profile){ .name = strdup(name) };
	return c->profiles[c->nprofiles].name ? &c->profiles[c->nprofiles++] : NULL;
}

static const struct { const char *name; size_t at; } profile_keys[] = {
#define KEY(section, name, kind, member, dflt, help)
#define LISTENER_KEY(name, kind, member, dflt, help)
#define LATER_KEY(section, name, help)
#define PROFILE_KEY(name, member, help) { #name, offsetof(struct eng_profile, member) },
#include "schemas/config.def"
#undef KEY
#undef LISTENER_KEY
#undef LATER_KEY
#undef PROFILE_KEY
};

int config_on_profile(struct reading *r, const char *section, const char *name, const char *value)
{
	struct eng_profile *p = profile(r, section);
	struct errinfo why = { 0 };
	const char **text;
	size_t i = 0;

	if (!p)
		return config_fail(r, "there are more than 16 [bandwidth] sections%s%s", "", "");
	while (i < COUNT(profile_keys) && !text_ieq(name, profile_keys[i].name))
		i++;
	if (i == COUNT(profile_keys))
		return config_fail(r, "[bandwidth] has no key \"%.60s\"; correct it or remove the line%s",
		    name, "");
	text = (const char **)(void *)((char *)p + profile_keys[i].at);
	if (!add_line(text, value, *text && text_ieq(name, "Schedule")))
		return config_fail(r, "out of memory%s%s", "", "");
	return !eng_profile_check(p, &why) || config_fail(r, "%s%s", why.text, "");
}

/* The one without a name is for all places no other is for. */
void config_order_profiles(struct config *c)
{
	for (size_t i = 0; i + 1 < c->nprofiles; i++)
		if (!*c->profiles[i].name) {
			struct eng_profile all = c->profiles[i];

			c->profiles[i] = c->profiles[i + 1];
			c->profiles[i + 1] = all;
		}
}

void config_policy_done(struct config *c)
{
	for (size_t i = 0; i < POLICY__COUNT; i++)
		free((char *)c->policies[i].text);
	for (size_t i = 0; i < c->nprofiles; i++) {
		free((char *)c->profiles[i].name);
		for (size_t k = 0; k < COUNT(profile_keys); k++)
			free(*(char **)(void *)((char *)&c->profiles[i] + profile_keys[k].at));
	}
}
