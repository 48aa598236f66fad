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

/* The job may be one of those the agent lost at its last start. */
static void tell_store_trouble(struct cli *cli)
{
	struct dray_record *r;

	if (!cli->d || dray_failed(dray_policy_get(cli->d, &r)))
		return;
	if (*cli_prop_text(r->props, r->nprops, "StoreTrouble"))
		say("%s", cli_prop_text(r->props, r->nprops, "StoreTrouble"));
	dray_record_free(r);
}

int cmd_why(struct cli *cli, int argc, char **argv)
{
	struct dray_job *job;
	const char *reason;
	int status;

	status = cli_read_verb(cli, "why", &argc, argv, NULL, &job);
	if (status == EXIT_NO_JOB)
		tell_store_trouble(cli);
	if (status)
		return status;
	reason = cli_prop_text(job->props, job->nprops, "StateReason");
	if (cli->json) {
		status = cli_json_print_pairs((struct cli_json_pair[]){ { "JobId", job->id, 0 },
			{ "State", NULL, job->state }, { "StateReason", reason, 0 }, { 0 } });
	} else {
		printf("%s: ", fmt_state(job->state));
		say_put(stdout, reason[0] ? reason : by_state(job));
		putchar('\n');
	}
	dray_job_free(job);
	return status;
}
