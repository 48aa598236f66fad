/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_attempts.c: dray attempts.
 */
#include "agent/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_table.h"

struct attempts {
	struct cli *cli;
	struct cli_table *table;
	struct cli_json *json;
	unsigned n;
};

static uint64_t number_of(const struct dray_record *r, const char *name)
{
	const struct dray_prop *p = cli_prop(r->props, r->nprops, name);

	return p ? p->number : 0;
}

static void add(struct attempts *a, const struct dray_record *r)
{
	char number[24], file[24], began[FMT_ROOM], took[FMT_ROOM] = "goes on", size[FMT_ROOM], why[2300];
	uint64_t begin = number_of(r, "BeginTime"), end = number_of(r, "EndTime");
	uint32_t code = (uint32_t)number_of(r, "ErrorCode");
	const char *cells[] = { number, fmt_time(begin, began), took, file,
		fmt_size(number_of(r, "BytesTransferred"), size), why };

	snprintf(number, sizeof(number), "%" PRIu64, number_of(r, "Number"));
	snprintf(file, sizeof(file), "%" PRIu64, number_of(r, "FileIndex"));
	if (end)
		fmt_duration(end > begin ? (end - begin) / 10000000 : 0, took);
	snprintf(why, sizeof(why), "%s", cli_prop_text(r->props, r->nprops, "ErrorDescription"));
	if (code)
		snprintf(why + strlen(why), sizeof(why) - strlen(why), " (0x%08X)", code);
	cli_table_row(a->table, cells);
}

static bool on_attempt(void *arg, const struct dray_record *r)
{
	struct attempts *a = arg;

	a->n++;
	if (a->cli->json)
		cli_json_add_record(a->json, r);
	else
		add(a, r);
	return true;
}

int cmd_attempts(struct cli *cli, int argc, char **argv)
{
	static const char *const heads[] = { ">NUMBER", "BEGAN", ">TOOK", ">FILE", ">MOVED",
	    "ENDED WITH", NULL };
	struct attempts a = { .cli = cli };
	char id[DRAY_ID_SIZE];
	int status;

	status = cli_job_verb(cli, "attempts", &argc, argv, NULL, id);
	if (status)
		return status;
	a.json = cli->json ? cli_json_array() : NULL;
	a.table = cli->json ? NULL : cli_table_new(heads);
	if (dray_failed(dray_job_attempts(cli->d, id, on_attempt, &a)))
		status = say_failed(dray_last_error(cli->d), argv[0]);
	else if (cli->json)
		status = cli_json_print_array(a.json);
	else if (a.n)
		cli_table_print(a.table, stdout, 0, 0, "\n");
	else
		puts("no try has failed");
	cli_table_free(a.table);
	return status;
}
