/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_why.c: dray why.
 */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "engine/base/auto.h"

static const char *prop(const struct dray_job *job, const char *name)
{
	for (size_t i = 0; i < job->nprops; i++)
		if (!strcmp(job->props[i].name, name) && job->props[i].text)
			return job->props[i].text;
	return "";
}

/* An agent that gives no reason: what the state itself says. */
static const char *by_state(const struct dray_job *job)
{
	static const char *const words[] = {
		[DRAY_QUEUED] = "its turn has not come yet.",
		[DRAY_CONNECTING] = "it moves.", [DRAY_TRANSFERRING] = "it moves.",
		[DRAY_SUSPENDED] = "it waits for `dray resume`.",
		[DRAY_TRANSFERRED] = "everything is received; it waits for `dray complete`.",
	};

	if (job->state < COUNT(words) && words[job->state])
		return words[job->state];
	return job->error_text[0] ? job->error_text : "there is nothing to add.";
}

int cmd_why(struct cli *cli, int argc, char **argv)
{
	char id[DRAY_ID_SIZE];
	struct dray_job *job;
	const char *reason;
	int status;

	if (!cli_verb_args(cli, "why", &argc, argv, NULL))
		return EXIT_USAGE;
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	if (dray_failed(dray_job_get(cli->d, id, &job)))
		return say_failed(dray_last_error(cli->d), argv[0]);
	reason = prop(job, "StateReason");
	if (cli->json) {
		status = cli_json_print_pairs((struct cli_json_pair[]){ { "JobId", id, 0 },
			{ "State", NULL, job->state }, { "StateReason", reason, 0 }, { 0 } });
	} else {
		printf("%s: ", fmt_state(job->state));
		say_put(stdout, reason[0] ? reason : by_state(job));
		putchar('\n');
	}
	dray_job_free(job);
	return status;
}
