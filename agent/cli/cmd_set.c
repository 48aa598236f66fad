/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_set.c: dray set.
 */
#include "agent/cli/cli.h"

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_value.h"

#define MAX_CHANGES 64

int cmd_set(struct cli *cli, int argc, char **argv)
{
	struct dray_change changes[MAX_CHANGES];
	char room[MAX_CHANGES][VALUE_ROOM], id[DRAY_ID_SIZE];
	struct dray_job *job;
	int status;

	if (!cli_verb_args(cli, "set", &argc, argv, NULL))
		return EXIT_USAGE;
	for (int i = 1; i < argc; i++)
		if (!value_change(argv[i], VALUE_JOB, &changes[i - 1], room[i - 1]))
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
