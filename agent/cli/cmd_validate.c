/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_validate.c: dray validate.
 */
#include "agent/cli/cli.h"

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_say.h"
#include "engine/base/text.h"

int cmd_validate(struct cli *cli, int argc, char **argv)
{
	char id[DRAY_ID_SIZE];
	uint32_t index;
	bool good;
	int status;

	if (!cli_verb_args(cli, "validate", &argc, argv, NULL) || !cli_file_index(argv[1], &index))
		return EXIT_USAGE;
	if (!text_bool(argv[2], &good)) {
		say("\"%s\" is neither yes nor no", argv[2]);
		return EXIT_USAGE;
	}
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	return cli_told(cli, argv[0], id, dray_file_validate(cli->d, id, index, good), NULL);
}
