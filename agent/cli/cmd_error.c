/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_error.c: dray error.
 */
#include "agent/cli/cli.h"

#include <stdio.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"

int cmd_error(struct cli *cli, int argc, char **argv)
{
	struct dray_job_error e;
	char id[DRAY_ID_SIZE];
	int status;

	if (!cli_args(cli, &argc, argv, NULL) || !cli_args_count("error", argc, 1, 1))
		return EXIT_USAGE;
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	if (dray_failed(dray_job_error(cli->d, id, &e)))
		return say_failed(dray_last_error(cli->d), argv[0]);
	if (cli->json)
		return cli_json_print_pairs((struct cli_json_pair[]){ { "JobId", id, 0 },
			{ "ErrorCode", NULL, e.code }, { "ErrorContext", NULL, e.context },
			{ "ContextDescription", e.context_text, 0 },
			{ "ErrorDescription", e.text, 0 }, { 0 } });
	fputs("error    ", stdout);
	say_put(stdout, e.text);
	printf("\ncode     0x%08X\ncontext  %u, ", e.code, e.context);
	say_put(stdout, e.context_text[0] ? e.context_text : fmt_context(e.context));
	putchar('\n');
	return EXIT_OK;
}
