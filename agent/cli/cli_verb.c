/* SPDX-License-Identifier: MIT
 * agent/cli/cli_verb.c: what verbs begin and end with: arguments to a job, an answer to words.
 */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"

int cli_told(struct cli *cli, const char *about, const char *id, dray_result r, const char *done)
{
	char shown[FMT_ROOM];

	if (dray_failed(r))
		return say_failed(dray_last_error(cli->d), about);
	if (cli->json)
		return cli_json_print_pairs((struct cli_json_pair[]){
			{ "JobId", id, 0 }, { "ReturnValue", NULL, r }, { 0 } });
	if (done)
		printf("%s %s\n", fmt_short_id(id, shown), r == DRAY_S_UNCHANGED ? "is as it was" : done);
	return EXIT_OK;
}

int cli_open_job(struct cli *cli, const char *text, char ret_id[DRAY_ID_SIZE])
{
	int status = cli_connect(cli);

	return status ? status : cli_find_job(cli, text, ret_id);
}

int cli_job_verb(struct cli *cli, const char *verb, int *argc, char **argv, const struct cli_opt *opts,
    char ret_id[DRAY_ID_SIZE])
{
	return cli_verb_args(cli, verb, argc, argv, opts) ? cli_open_job(cli, argv[0], ret_id) : EXIT_USAGE;
}

int cli_read_verb(struct cli *cli, const char *verb, int *argc, char **argv, const struct cli_opt *opts,
    struct dray_job **ret)
{
	char id[DRAY_ID_SIZE];
	int status = cli_job_verb(cli, verb, argc, argv, opts, id);

	if (!status && dray_failed(dray_job_get(cli->d, id, ret)))
		status = say_failed(dray_last_error(cli->d), argv[0]);
	return status;
}

const struct dray_prop *cli_prop(const struct dray_prop *props, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(props[i].name, name) && props[i].text)
			return &props[i];
	return NULL;
}

const char *cli_prop_text(const struct dray_prop *props, size_t n, const char *name)
{
	const struct dray_prop *p = cli_prop(props, n, name);

	return p ? p->text : "";
}
