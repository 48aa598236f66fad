/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/config_value.c: keys and kinds of values, as schemas/config.def has them.
 *
 * A key nobody knows is refused, with its line: a misspelt Roots= that is only warned about
 * would be found when it hurts. See docs/decisions/0004.
 */
#include "agent/config_own.h"
#include "agent/sink_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

enum kind { KIND_TEXT, KIND_PATH, KIND_PATHS, KIND_BOOL, KIND_SINKS, KIND_NO };

static int add_paths(struct reading *r, const char *name, char **paths, size_t *n, const char *value)
{
	AUTO_FREE char *list = strdup(value);
	char *save, *one;

	for (one = list ? strtok_r(list, ":", &save) : NULL; one; one = strtok_r(NULL, ":", &save)) {
		if (one[0] != '/')
			return config_fail(r, "%s= must be absolute paths separated by colons; \"%.100s\" is "
			    "not one", name, one);
		if (*n == CONFIG_ROOTS)
			return config_fail(r, "there are more than 64 %s%s", name, "");
		paths[*n] = strdup(one);
		if (!paths[(*n)++])
			return config_fail(r, "out of memory%s%s", "", "");
	}
	return list != NULL;
}

static int add_sinks(struct reading *r, char **sinks, const char *value)
{
	AUTO_FREE char *list = strdup(value), *more = NULL;
	const char *why;
	char *save;

	for (char *one = list ? strtok_r(list, " \t", &save) : NULL; one; one = strtok_r(NULL, " \t", &save))
		if (!sink_rule_ok(one, &why))
			return config_fail(r, "AllowedSinks= has URLs, hosts and subnets; \"%.80s\" %s", one, why);
	if (!list || asprintf(&more, "%s%s%s", *sinks ? *sinks : "", *sinks && **sinks ? " " : "", value) < 0)
		return config_fail(r, "out of memory%s%s", "", "");
	for (char *at = more; *at; at++)
		*at = *at == '\t' ? ' ' : *at;
	return config_set_text(sinks, more);
}

static int set_value(struct reading *r, enum kind kind, const char *name, void *member, const char *value)
{
	bool yes;

	switch (kind) {
	case KIND_PATH:
		if (*value && *value != '/')
			return config_fail(r, "%s= must be an absolute path, not \"%.100s\"", name, value);
		return config_set_text(member, value);
	case KIND_TEXT:
		return config_set_text(member, value);
	case KIND_PATHS:
		return add_paths(r, name, member,
		    member == (void *)r->c->roots ? &r->c->nroots : &r->c->nnotify, value);
	case KIND_BOOL:
		return text_bool(value, member) ||
		    config_fail(r, "%s= is yes or no, not \"%.100s\"", name, value);
	case KIND_SINKS:
		return add_sinks(r, member, value);
	case KIND_NO:
		return !*value || (text_bool(value, &yes) && !yes) ||
		    config_fail(r, "%s=%.100s is not available in this version of dray; remove the line",
		    name, value);
	}
	return 0;
}

static struct config_listener *listener(struct reading *r, const char *section)
{
	struct config *c = r->c;
	const char *name = section + strcspn(section, " ");
	struct config_listener *l;

	name += strspn(name, " ");
	for (size_t i = 0; i < c->nlisteners; i++)
		if (!strcmp(c->listeners[i].name, name))
			return &c->listeners[i];
	if (c->nlisteners == CONFIG_LISTENERS)
		return NULL;
	l = &c->listeners[c->nlisteners];
	l->name = strdup(name);
	l->address = strdup("");
	l->transport = strdup("http");
	l->file = strdup(r->file);
	c->nlisteners += l->name && l->address && l->transport && l->file;
	return l->file ? l : NULL;
}

static const struct row {
	const char *section, *name;
	enum kind kind;
	size_t at;		/* in struct config, or in struct config_listener */
	const char *dflt;
} rows[] = {
#define KEY(section, name, kind, member, dflt, help) \
	{ section, #name, KIND_##kind, offsetof(struct config, member), dflt },
#define LISTENER_KEY(name, kind, member, dflt, help) \
	{ "listener", #name, KIND_##kind, offsetof(struct config_listener, member), dflt },
#define PROFILE_KEY(name, member, help)
#define LATER_KEY(section, name, help) { section, #name, KIND_NO, 0, "" },
#include "schemas/config.def"
#undef KEY
#undef LISTENER_KEY
#undef PROFILE_KEY
#undef LATER_KEY
};

static bool is_listener(const char *section)
{
	return text_iprefix(section, "listener") && (!section[8] || section[8] == ' ');
}

int config_on_key(struct reading *r, const char *section, const char *name, const char *value)
{
	const char *kind_of_section = is_listener(section) ? "listener" : section;
	bool section_known = false;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *base = (char *)r->c;

		if (!text_ieq(kind_of_section, rows[i].section))
			continue;
		section_known = true;
		if (!text_ieq(name, rows[i].name))
			continue;
		if (is_listener(section) && !(base = (char *)listener(r, section)))
			return config_fail(r, "there are more than 8 listeners%s%s", "", "");
		return set_value(r, rows[i].kind, rows[i].name, base + rows[i].at, value);
	}
	if (section_known)
		return config_fail(r, "[%.40s] has no key \"%.60s\"; correct it or remove the line",
		    section, name);
	return config_fail(r, "there is no section [%.60s]; correct it or remove it%s", section, "");
}

enum err config_set_defaults(struct reading *r)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].section, "listener") && rows[i].kind != KIND_NO &&
		    rows[i].kind != KIND_PATHS &&
		    !set_value(r, rows[i].kind, rows[i].name, (char *)r->c + rows[i].at, rows[i].dflt))
			return ERR_NO_MEMORY;
	return ERR_OK;
}
