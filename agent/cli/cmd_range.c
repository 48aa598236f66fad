/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_range.c: dray range: what an on-demand job is to fetch.
 */
#include "agent/cli/cli.h"

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_value.h"

int cmd_range(struct cli *cli, int argc, char **argv)
{
	const char *from = NULL;
	const struct cli_opt opts[] = { { "from", 0, &from, NULL }, { 0 } };
	char id[DRAY_ID_SIZE];
	uint64_t offset = 0;
	uint32_t index;
	int status;

	if (!cli_verb_args(cli, "range", &argc, argv, opts) || !cli_file_index(argv[1], &index))
		return EXIT_USAGE;
	if (argc != (from ? 2 : 3))
		return cli_usage("range");
	if (from && !value_size(from, &offset)) {
		say("\"%s\" is not a number of bytes", from);
		return EXIT_USAGE;
	}
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	return cli_told(cli, argv[0], id, from ? dray_file_seek(cli->d, id, index, offset) :
	    dray_file_want(cli->d, id, index, argv[2]), NULL);
}
