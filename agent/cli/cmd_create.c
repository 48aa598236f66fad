/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_create.c: dray create.
 */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_path.h"
#include "agent/cli/cli_say.h"
#include "engine/base/auto.h"

int cmd_create(struct cli *cli, int argc, char **argv)
{
	const char *priority = "normal", *description = NULL;
	struct dray_new_job job = { .has_priority = true };
	const struct cli_opt opts[] = {
		{ "priority", 0, &priority, NULL }, { "description", 0, &description, NULL },
		{ "suspended", 0, NULL, &job.suspended }, { 0 },
	};
	AUTO_FREE char *path = NULL;
	char id[DRAY_ID_SIZE];
	int status;

	if (!cli_verb_args(cli, "create", &argc, argv, opts))
		return EXIT_USAGE;
	if (argc == 2)
		return cli_usage("create");
	if (!fmt_priority_parse(priority, &job.priority)) {
		say("\"%s\" is no priority; it is foreground, high, normal or low", priority);
		return EXIT_USAGE;
	}
	status = cli_connect(cli);
	if (status)
		return status;
	job.name = argv[0];
	job.description = description;
	if (argc == 3) {
		path = cli_path_absolute(cli, argv[2], &status);
		if (!path)
			return status;
		job.url = argv[1];
		job.path = path;
	}
	if (dray_failed(dray_job_create(cli->d, &job, id)))
		return say_failed(dray_last_error(cli->d), NULL);
	if (cli->json)
		return cli_json_print_pairs((struct cli_json_pair[]){ { "JobId", id, 0 }, { 0 } });
	printf("%s\n", id);
	return EXIT_OK;
}
