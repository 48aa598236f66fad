/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_reset.c: dray reset: everything of one owner ends.
 */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "engine/base/auto.h"

struct ids {
	struct cli *cli;
	bool all;
	char (*id)[DRAY_ID_SIZE];	/* owned */
	size_t n;
	bool failed;
};

static bool on_job(void *arg, const struct dray_job *job)
{
	struct ids *l = arg;
	char (*more)[DRAY_ID_SIZE];

	if (!l->all && !cli_is_mine(l->cli, job))
		return true;
	more = l->n & (l->n - 1) ? l->id : realloc(l->id, (l->n ? 2 * l->n : 1) * sizeof(*more));
	l->failed = !more;
	if (!more)
		return false;
	l->id = more;
	snprintf(l->id[l->n++], sizeof(*more), "%s", job->id);
	return true;
}

/* A failure is told and the others still have their turn; the first decides. */
static int cancel(struct ids *l, struct cli_json *json)
{
	int status = EXIT_OK;

	for (size_t i = 0; i < l->n; i++) {
		dray_result r = dray_job_cancel(l->cli->d, l->id[i]);

		if (dray_failed(r) && r != DRAY_E_NOT_FOUND)
			status = status ? status : say_failed(dray_last_error(l->cli->d), l->id[i]);
		if (json)
			cli_json_add_pairs(json, (struct cli_json_pair[]){ { "JobId", l->id[i], 0 },
				{ "ReturnValue", NULL, r }, { 0 } });
	}
	return status;
}

int cmd_reset(struct cli *cli, int argc, char **argv)
{
	struct ids l = { .cli = cli };
	const struct cli_opt opts[] = { { "all", 'a', NULL, &l.all }, { 0 } };
	struct cli_json *json;
	int status;

	if (!cli_verb_args(cli, "reset", &argc, argv, opts))
		return EXIT_USAGE;
	status = cli_connect(cli);
	if (status)
		return status;
	if (dray_failed(dray_job_list(cli->d, on_job, &l)))
		status = say_failed(dray_last_error(cli->d), NULL);
	else if (l.failed)
		say("out of memory; nothing was cancelled");
	status = status ? status : l.failed ? EXIT_FAILED : EXIT_OK;
	if (!status) {
		json = cli->json ? cli_json_array() : NULL;
		status = cancel(&l, json);
		if (cli->json)
			cli_json_print_array(json);
		else
			printf("%zu job%s cancelled\n", l.n, l.n == 1 ? "" : "s");
	}
	free(l.id);
	return status;
}
