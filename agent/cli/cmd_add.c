/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_add.c: dray add.
 */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_path.h"
#include "agent/cli/cli_say.h"
#include "engine/base/auto.h"

static void free_files(struct dray_new_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((char *)files[i].path);
	free(files);
}

/* Pairs of URL and PATH; NULL: *ret_status says why. */
static struct dray_new_file *read_files(struct cli *cli, char **argv, size_t n, int *ret_status)
{
	struct dray_new_file *files = calloc(n, sizeof(*files));

	*ret_status = EXIT_FAILED;
	for (size_t i = 0; files && i < n; i++) {
		files[i].url = argv[2 * i];
		files[i].path = cli_path_absolute(cli, argv[2 * i + 1], ret_status);
		if (!files[i].path) {
			free_files(files, i);
			return NULL;
		}
	}
	return files;
}

static dray_result add(struct cli *cli, const char *id, const struct dray_new_file *files, size_t n,
    const char *ranges, uint32_t *ret_first)
{
	if (ranges)
		return dray_job_add_file_ranges(cli->d, id, files->url, files->path, ranges, ret_first);
	if (n == 1)
		return dray_job_add_file(cli->d, id, files->url, files->path, ret_first);
	return dray_job_add_files(cli->d, id, files, n, ret_first);
}

static int tell(struct cli *cli, const char *id, const struct dray_new_file *files, size_t n, uint32_t first)
{
	if (cli->json)
		return cli_json_print_pairs((struct cli_json_pair[]){
			{ "JobId", id, 0 }, { "Index", NULL, first }, { 0 } });
	for (size_t i = 0; i < n; i++) {
		printf("file %u: ", first + (uint32_t)i);
		say_put(stdout, files[i].path);
		putchar('\n');
	}
	return EXIT_OK;
}

int cmd_add(struct cli *cli, int argc, char **argv)
{
	const char *ranges = NULL;
	const struct cli_opt opts[] = { { "range", 0, &ranges, NULL }, { 0 } };
	struct dray_new_file *files;
	char id[DRAY_ID_SIZE];
	uint32_t first;
	size_t n;
	int status;

	if (!cli_verb_args(cli, "add", &argc, argv, opts))
		return EXIT_USAGE;
	n = (size_t)(argc - 1) / 2;
	if (argc != 1 + 2 * (int)n || (ranges && n != 1))
		return cli_usage("add");
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	files = read_files(cli, argv + 1, n, &status);
	if (!files)
		return status;
	status = dray_failed(add(cli, id, files, n, ranges, &first)) ?
	    say_failed(dray_last_error(cli->d), argv[0]) : tell(cli, id, files, n, first);
	free_files(files, n);
	return status;
}
