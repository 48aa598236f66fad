/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_list.c: dray list.
 */
#include "agent/cli/cli.h"

#include <stdio.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_table.h"

struct listing {
	struct cli *cli;
	struct cli_table *table;
	struct cli_json *json;
	bool all;
	unsigned shown, hidden;
};

static bool on_job(void *arg, const struct dray_job *job)
{
	struct listing *l = arg;

	if (!l->all && !cli_is_mine(l->cli, job)) {
		l->hidden++;
		return true;
	}
	l->shown++;
	if (l->cli->json)
		cli_json_add_job(l->json, job);
	else
		cli_table_add_job(l->table, job);
	return true;
}

int cmd_list(struct cli *cli, int argc, char **argv)
{
	struct listing l = { .cli = cli };
	const struct cli_opt opts[] = { { "all", 'a', NULL, &l.all }, { 0 } };
	int status;

	if (!cli_verb_args(cli, "list", &argc, argv, opts))
		return EXIT_USAGE;
	status = cli_connect(cli);
	if (status)
		return status;
	l.json = cli->json ? cli_json_array() : NULL;
	l.table = cli->json ? NULL : cli_table_jobs();
	if (dray_failed(dray_job_list(cli->d, on_job, &l)))
		status = say_failed(dray_last_error(cli->d), NULL);
	else if (cli->json)
		status = cli_json_print_array(l.json);
	else if (l.shown)
		cli_table_print(l.table, stdout, 0, 0, "\n");
	else
		puts("no jobs");
	if (l.hidden && !cli->json)
		say("%u job%s of other owners not shown; --all shows them", l.hidden, l.hidden == 1 ? "" : "s");
	cli_table_free(l.table);
	return status;
}
