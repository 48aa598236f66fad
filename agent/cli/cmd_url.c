/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_url.c: dray url.
 */
#include "agent/cli/cli.h"

#include "agent/cli/cli_args.h"

int cmd_url(struct cli *cli, int argc, char **argv)
{
	char id[DRAY_ID_SIZE];
	uint32_t index;
	int status;

	if (!cli_verb_args(cli, "url", &argc, argv, NULL) || !cli_file_index(argv[1], &index))
		return EXIT_USAGE;
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	return cli_told(cli, argv[0], id, dray_file_set_url(cli->d, id, index, argv[2]), NULL);
}
