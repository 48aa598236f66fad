/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_add.c: dray add.
 */
#include "agent/cli/cli.h"

#include <stdio.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_path.h"
#include "agent/cli/cli_say.h"
#include "engine/base/auto.h"

int cmd_add(struct cli *cli, int argc, char **argv)
{
	AUTO_FREE char *path = NULL;
	char id[DRAY_ID_SIZE];
	uint32_t index;
	int status;

	if (!cli_args(cli, &argc, argv, NULL) || !cli_args_count("add", argc, 3, 3))
		return EXIT_USAGE;
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	path = cli_path_absolute(cli, argv[2], &status);
	if (!path)
		return status;
	if (dray_failed(dray_job_add_file(cli->d, id, argv[1], path, &index)))
		return say_failed(dray_last_error(cli->d), argv[0]);
	if (cli->json)
		return cli_json_print_pairs((struct cli_json_pair[]){
			{ "JobId", id, 0 }, { "Index", NULL, index }, { 0 } });
	printf("file %u: ", index);
	say_put(stdout, path);
	putchar('\n');
	return EXIT_OK;
}
