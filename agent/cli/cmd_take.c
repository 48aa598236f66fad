/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_take.c: dray take.
 */
#include "agent/cli/cli.h"

#include "agent/cli/cli_args.h"

int cmd_take(struct cli *cli, int argc, char **argv)
{
	char id[DRAY_ID_SIZE];
	int status;

	if (!cli_verb_args(cli, "take", &argc, argv, NULL))
		return EXIT_USAGE;
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	return cli_told(cli, argv[0], id, dray_job_take(cli->d, id), "is yours now");
}
