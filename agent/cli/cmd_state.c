/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_state.c: dray resume, suspend, complete, cancel: the same for each job named.
 */
#include "agent/cli/cli.h"

#include <stdio.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"

/* One job; a failure is told and the others still have their turn. */
static int change(struct cli *cli, const char *text, const char *done,
    dray_result (*call)(struct dray *d, const char *id), struct cli_json *json)
{
	char id[DRAY_ID_SIZE], shown[FMT_ROOM];
	int status = cli_find_job(cli, text, id);
	dray_result r;

	if (status)
		return status;
	r = call(cli->d, id);
	if (dray_failed(r))
		return say_failed(dray_last_error(cli->d), text);
	if (json) {
		cli_json_add_pairs(json, (struct cli_json_pair[]){
			{ "JobId", id, 0 }, { "ReturnValue", NULL, r }, { 0 } });
		return EXIT_OK;
	}
	printf("%s %s%s\n", fmt_short_id(id, shown), done,
	    r == DRAY_S_PARTIAL ? ": only the files that were whole, the others were dropped" :
	    r ? ", but a temporary file could not be removed" : "");
	return EXIT_OK;
}

static int each(struct cli *cli, int argc, char **argv, const char *verb, const char *done,
    dray_result (*call)(struct dray *d, const char *id))
{
	struct cli_json *json;
	int status, worst = EXIT_OK;

	if (!cli_verb_args(cli, verb, &argc, argv, NULL))
		return EXIT_USAGE;
	status = cli_connect(cli);
	if (status)
		return status;
	json = cli->json ? cli_json_array() : NULL;
	for (int i = 0; i < argc; i++) {
		status = change(cli, argv[i], done, call, json);
		worst = worst ? worst : status;
	}
	status = cli->json ? cli_json_print_array(json) : EXIT_OK;
	return worst ? worst : status;
}

int cmd_resume(struct cli *cli, int argc, char **argv)
{
	return each(cli, argc, argv, "resume", "resumed", dray_job_resume);
}

int cmd_suspend(struct cli *cli, int argc, char **argv)
{
	return each(cli, argc, argv, "suspend", "suspended", dray_job_suspend);
}

int cmd_complete(struct cli *cli, int argc, char **argv)
{
	return each(cli, argc, argv, "complete", "completed", dray_job_complete);
}

int cmd_cancel(struct cli *cli, int argc, char **argv)
{
	return each(cli, argc, argv, "cancel", "cancelled", dray_job_cancel);
}
