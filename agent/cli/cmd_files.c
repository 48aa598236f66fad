/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_files.c: dray files.
 */
#include "agent/cli/cli.h"

#include <stdio.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_table.h"

static void add_file(struct cli_table *t, const struct dray_file *f)
{
	char index[FMT_ROOM], size[FMT_ROOM], percent[FMT_ROOM] = "-";
	int n = fmt_percent_of(f->bytes_transferred, f->bytes_total);
	const char *cells[] = { index, percent, NULL, f->path, f->url };

	snprintf(index, sizeof(index), "%u", f->index);
	if (f->completed)
		snprintf(percent, sizeof(percent), "in place");
	else if (f->transferred)
		snprintf(percent, sizeof(percent), "received");
	else if (n >= 0)
		snprintf(percent, sizeof(percent), "%d%%", n == 100 && f->bytes_total ? 99 : n);
	cells[2] = fmt_size(f->bytes_total, size);
	cli_table_row(t, cells);
}

static int print_files(struct cli *cli, const struct dray_job *job)
{
	static const char *const heads[] = { ">INDEX", ">PROGRESS", ">SIZE", "PATH", "URL", NULL };
	struct cli_json *json = cli->json ? cli_json_array() : NULL;
	struct cli_table *table = cli->json ? NULL : cli_table_new(heads);

	for (size_t i = 0; i < job->nfiles; i++)
		if (cli->json)
			cli_json_add_file(json, &job->files[i]);
		else
			add_file(table, &job->files[i]);
	if (cli->json)
		return cli_json_print_array(json);
	if (job->nfiles)
		cli_table_print(table, stdout, 0, 0, "\n");
	else
		puts("no files");
	cli_table_free(table);
	return EXIT_OK;
}

int cmd_files(struct cli *cli, int argc, char **argv)
{
	struct dray_job *job;
	int status;

	status = cli_read_verb(cli, "files", &argc, argv, NULL, &job);
	if (status)
		return status;
	status = print_files(cli, job);
	dray_job_free(job);
	return status;
}
