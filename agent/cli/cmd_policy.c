/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_policy.c: dray policy.
 */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_value.h"

#define MAX_CHANGES 64

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = strstr(list, word); p; p = strstr(p + 1, word))
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
			return true;
	return false;
}

static void print_policies(const struct dray_record *r)
{
	const char *fixed = cli_prop_text(r->props, r->nprops, "Fixed");
	const char *trouble = cli_prop_text(r->props, r->nprops, "StoreTrouble");
	char shown[VALUE_ROOM];

	for (size_t i = 0; i < r->nprops; i++) {
		const struct dray_prop *p = &r->props[i];

		if (!strcmp(p->name, "Fixed") || !strcmp(p->name, "StoreTrouble"))
			continue;
		printf("%-22s ", p->name);
		say_put(stdout, value_show(p->name, p->text ? p->text : "", shown));
		puts(has_word(fixed, p->name) ? "  (by the configuration)" : "");
	}
	if (*trouble)
		say("%s", trouble);
}

/* Kept, but of no effect: worth saying. */
static void tell_fixed(const struct dray_record *r, const struct dray_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t p = 0; p < r->nprops; p++)
			if (!strcasecmp(r->props[p].name, changes[i].name) &&
			    has_word(cli_prop_text(r->props, r->nprops, "Fixed"), r->props[p].name))
				say("%s is kept, but the configuration of the agent decides instead "
				    "(0x00200055)", r->props[p].name);
}

int cmd_policy(struct cli *cli, int argc, char **argv)
{
	struct dray_change changes[MAX_CHANGES];
	char room[MAX_CHANGES][VALUE_ROOM];
	struct dray_record *r;
	int status;

	if (!cli_verb_args(cli, "policy", &argc, argv, NULL))
		return EXIT_USAGE;
	for (int i = 0; i < argc; i++)
		if (!value_change(argv[i], VALUE_POLICY, &changes[i], room[i]))
			return EXIT_USAGE;
	status = cli_connect(cli);
	if (status)
		return status;
	if (argc && dray_failed(dray_policy_set(cli->d, changes, (size_t)argc)))
		return say_failed(dray_last_error(cli->d), NULL);
	if (dray_failed(dray_policy_get(cli->d, &r)))
		return say_failed(dray_last_error(cli->d), NULL);
	tell_fixed(r, changes, (size_t)argc);
	if (cli->json)
		status = cli_json_print_record(r);
	else if (!argc)
		print_policies(r);
	dray_record_free(r);
	return status;
}
