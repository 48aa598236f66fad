/* SPDX-License-Identifier: MIT
 * agent/cli/cli_value.c: see cli_value.h.
 */
#include "agent/cli/cli_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_unit.h"
#include "engine/base/auto.h"
#include "engine/base/text.h"

#define USUAL_WORD "default"	/* a value; an empty one would be what an unset variable of a shell is */

enum type { T_TEXT, T_BOOL, T_U16, T_U32, T_U64, T_NUM, T_FILES };
enum access { T_KEY, T_RO, T_RW };

struct name { const char *name; enum type type; enum access access; uint64_t usual; const char *help; };

static const struct name job_names[] = {
#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) \
	{ #name, T_##type, T_##access, dflt, help },
#include "schemas/job_props.def"
#undef PROP
};
static const struct name policy_names[] = {
#define POLICY(name, kind, lo, hi, dflt, help) { #name, T_##kind, T_RW, dflt, help },
#include "schemas/policies.def"
#undef POLICY
};

static const struct name *find(enum value_of of, const char *name)
{
	const struct name *rows = of == VALUE_JOB ? job_names : policy_names;
	size_t n = of == VALUE_JOB ? COUNT(job_names) : COUNT(policy_names);

	for (size_t i = 0; i < n; i++)
		if (text_ieq(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static bool is_number(const struct name *n)
{
	return n->type == T_U16 || n->type == T_U32 || n->type == T_U64 || n->type == T_NUM;
}

static bool refuse(const struct name *n, const char *what, const char *value)
{
	say("%s is %s, not \"%s\"", n->name, what, value);
	return false;
}

static bool read_number(const struct name *n, const char *value, char room[VALUE_ROOM])
{
	char what[1024];
	uint64_t number = n->usual;

	if (!text_ieq(value, USUAL_WORD) &&
	    (!unit_read(n->name, value, &number) || (n->type != T_U64 && number > UINT32_MAX)))
		return refuse(n, unit_what(n->name, what, sizeof(what)), value);
	snprintf(room, VALUE_ROOM, "%" PRIu64, number);
	return true;
}

bool value_change(char *text, enum value_of of, struct dray_change *c, char room[VALUE_ROOM])
{
	char *equals = strchr(text, '=');
	const struct name *n;
	bool yes = false;

	if (!equals || equals == text) {
		say("\"%s\" is not of the form NAME=VALUE", text);
		return false;
	}
	*equals = '\0';
	*c = (struct dray_change){ text, equals + 1 };
	n = find(of, text);
	if (!n)
		return true;
	if (n->type == T_BOOL && !text_ieq(c->value, USUAL_WORD) && !text_bool(c->value, &yes))
		return refuse(n, "yes or no", c->value);
	if (is_number(n) && !read_number(n, c->value, room))
		return false;
	if (n->type == T_BOOL)
		c->value = yes ? "true" : "false";
	else if (is_number(n))
		c->value = room;
	return true;
}

bool value_size(const char *text, uint64_t *ret)
{
	return unit_read("RateLimit", text, ret);
}

const char *value_show(const char *name, const char *value, char room[VALUE_ROOM])
{
	const struct name *n = find(VALUE_JOB, name);
	uint64_t number;

	if (!n)
		n = find(VALUE_POLICY, name);
	if (n && n->type == T_BOOL)
		return text_ieq(value, "true") ? "yes" : "no";
	if (!n || !is_number(n) || !text_u64(value, 0, UINT64_MAX, &number))
		return value;
	return unit_show(n->name, number, room);
}

bool value_is_setting(const char *name)
{
	const struct name *n = find(VALUE_JOB, name);

	return n && n->access == T_RW;
}

static const char *usual_text(const char *name)
{
	static const struct { const char *name, *text; } rows[] = {
#define USUAL(name, text) { #name, text },
#include "agent/cli/cli_words.def"
#undef USUAL
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_ieq(rows[i].name, name))
			return rows[i].text;
	return "";
}

bool value_is_usual(const char *name, const char *value)
{
	const struct name *n = find(VALUE_JOB, name);
	uint64_t number;

	if (!n || n->type == T_TEXT)
		return !value[0] || !strcmp(value, usual_text(name));
	if (n->type == T_BOOL)
		return !text_ieq(value, "true") == !n->usual;
	return text_u64(value, 0, UINT64_MAX, &number) && number == n->usual;
}

void value_help(enum value_of of)
{
	const struct name *rows = of == VALUE_JOB ? job_names : policy_names;
	size_t n = of == VALUE_JOB ? COUNT(job_names) : COUNT(policy_names);
	char what[1024];

	putchar('\n');
	for (size_t i = 0; i < n; i++) {
		if (rows[i].access != T_RW)
			continue;
		printf("  %s\n      %s", rows[i].name, rows[i].help);
		if (is_number(&rows[i]))
			printf("\n      %s", unit_what(rows[i].name, what, sizeof(what)));
		else if (rows[i].type == T_BOOL)
			fputs("\n      yes or no", stdout);
		putchar('\n');
	}
}
