/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_set.c: dray set.
 */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "engine/base/auto.h"
#include "engine/base/text.h"

#define MAX_CHANGES 64

/* What cannot be a number at all is told in our words; the range is the agent's to know. */
static bool is_number(const struct dray_change *c)
{
	static const struct { const char *name, *what; } rows[] = {
		{ "Priority", "one of foreground, high, normal, low or 0 to 3" },
		{ "MinimumRetryDelay", "a number of seconds" }, { "NoProgressTimeout", "a number of seconds" },
	};
	uint64_t n;

	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_ieq(c->name, rows[i].name) && !text_u64(c->value, 0, UINT32_MAX, &n)) {
			say("%s is %s, not \"%s\"", rows[i].name, rows[i].what, c->value);
			return false;
		}
	return true;
}

/* "Name=Value" in place to a change; a priority may be a word. */
static bool read_change(char *text, struct dray_change *c)
{
	static const char *const numbers[] = { "0", "1", "2", "3" };
	char *equals = strchr(text, '=');
	enum dray_priority priority;

	if (!equals || equals == text) {
		say("\"%s\" is not of the form NAME=VALUE", text);
		return false;
	}
	*equals = '\0';
	c->name = text;
	c->value = equals + 1;
	if (text_ieq(c->name, "Priority") && fmt_priority_parse(c->value, &priority))
		c->value = numbers[priority];
	return is_number(c);
}

int cmd_set(struct cli *cli, int argc, char **argv)
{
	struct dray_change changes[MAX_CHANGES];
	char id[DRAY_ID_SIZE];
	struct dray_job *job;
	int status;

	if (!cli_args(cli, &argc, argv, NULL) || !cli_args_count("set", argc, 2, MAX_CHANGES + 1))
		return EXIT_USAGE;
	for (int i = 1; i < argc; i++)
		if (!read_change(argv[i], &changes[i - 1]))
			return EXIT_USAGE;
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	if (dray_failed(dray_job_set(cli->d, id, changes, (size_t)argc - 1)))
		return say_failed(dray_last_error(cli->d), argv[0]);
	if (!cli->json)
		return EXIT_OK;
	if (dray_failed(dray_job_get(cli->d, id, &job)))
		return say_failed(dray_last_error(cli->d), argv[0]);
	status = cli_json_print_job(job);
	dray_job_free(job);
	return status;
}
