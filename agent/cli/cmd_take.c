/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_take.c: dray take.
 */
#include "agent/cli/cli.h"

#include "agent/cli/cli_args.h"

int cmd_take(struct cli *cli, int argc, char **argv)
{
	char id[DRAY_ID_SIZE];
	int status;

	status = cli_job_verb(cli, "take", &argc, argv, NULL, id);
	if (status)
		return status;
	return cli_told(cli, argv[0], id, dray_job_take(cli->d, id), "is yours now");
}
