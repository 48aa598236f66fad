/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_prefix.c: dray prefix.
 */
#include "agent/cli/cli.h"

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_say.h"

int cmd_prefix(struct cli *cli, int argc, char **argv)
{
	char id[DRAY_ID_SIZE];
	dray_result r;
	int status;

	status = cli_job_verb(cli, "prefix", &argc, argv, NULL, id);
	if (status)
		return status;
	r = dray_job_replace_prefix(cli->d, id, argv[1], argv[2]);
	if (r == DRAY_S_UNCHANGED)
		say("no URL of the job begins with %s; nothing was changed", argv[1]);
	return cli_told(cli, argv[0], id, r, NULL);
}
