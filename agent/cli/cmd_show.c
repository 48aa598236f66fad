/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_show.c: dray show.
 */
#include "agent/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_value.h"
#include "engine/base/auto.h"

static void line(const char *name, const char *value)
{
	printf("%-18s ", name);
	say_put(stdout, value);
	putchar('\n');
}

static void line_unless_empty(const char *name, const char *value)
{
	if (value[0])
		line(name, value);
}

static void progress(const struct dray_job *job)
{
	char percent[FMT_ROOM], done[FMT_ROOM], total[FMT_ROOM], text[400];

	if (job->bytes_total == DRAY_SIZE_UNKNOWN)
		snprintf(text, sizeof(text), "%s of unknown size (%" PRIu64 " bytes)",
		    fmt_size(job->bytes_transferred, done), job->bytes_transferred);
	else
		snprintf(text, sizeof(text), "%s, %s of %s (%" PRIu64 " of %" PRIu64 " bytes)",
		    fmt_percent(job, percent), fmt_size(job->bytes_transferred, done),
		    fmt_size(job->bytes_total, total), job->bytes_transferred, job->bytes_total);
	line("progress", text);
	snprintf(text, sizeof(text), "%u of %u", job->files_transferred, job->files_total);
	line("files", text);
}

static void error(const struct dray_job *job)
{
	char text[200], in[FMT_ROOM];

	if (!job->error_code)
		return;
	line("error", job->error_text);
	snprintf(text, sizeof(text), "0x%08X, in the %s, file %u", job->error_code,
	    fmt_context(job->error_context), job->error_file);
	line("error code", text);
	if (job->retry_in_s)
		line("next try in", fmt_duration(job->retry_in_s, in));
}

static void seconds(const char *name, uint32_t s)
{
	char text[200], words[FMT_ROOM];

	snprintf(text, sizeof(text), "%s (%u s)", fmt_duration(s, words), s);
	line(name, text);
}

static void files(const struct dray_job *job)
{
	char done[FMT_ROOM], total[FMT_ROOM];

	for (size_t i = 0; i < job->nfiles; i++) {
		const struct dray_file *f = &job->files[i];

		printf("file %-13u ", f->index);
		say_put(stdout, f->url);
		printf("\n%18s -> ", "");
		say_put(stdout, f->path);
		printf(" (%s of %s%s)\n", fmt_size(f->bytes_transferred, done), fmt_size(f->bytes_total, total),
		    f->completed ? ", in place" : f->transferred ? ", received" : "");
	}
}

/* A text of several lines (headers) stands in several. */
static void setting(const char *name, int width, const char *value)
{
	char one[1024];

	do {
		size_t len = strcspn(value, "\r\n");

		snprintf(one, sizeof(one), "%.*s", (int)len, value);
		printf("%-*s ", width, name);
		say_put(stdout, one);
		putchar('\n');
		name = "";
		value += len;
		value += strspn(value, "\r\n");
	} while (*value);
}

/* Settings under their names on the wire, so that `dray set` takes them. */
static void settings(const struct dray_job *job, bool all)
{
	static const char *const told[] = { "DisplayName", "Description", "Priority", "MinimumRetryDelay",
		"NoProgressTimeout" };
	char room[VALUE_ROOM];

	for (size_t i = 0; i < job->nprops; i++) {
		const struct dray_prop *p = &job->props[i];
		bool skip = !p->text || (!all &&
		    (!value_is_setting(p->name) || value_is_usual(p->name, p->text)));

		for (size_t k = 0; !all && k < COUNT(told); k++)
			skip |= !strcmp(told[k], p->name);
		if (skip)
			continue;
		setting(p->name, all ? 25 : 18, value_show(p->name, p->text, room));
	}
}

static void summary(const struct dray_job *job)
{
	char text[FMT_ROOM];

	line("id", job->id);
	line("name", job->name);
	line_unless_empty("description", job->description);
	line("state", fmt_state(job->state));
	line_unless_empty("credentials", cli_prop_text(job->props, job->nprops, "Credentials"));
	line_unless_empty("why", cli_prop_text(job->props, job->nprops, "StateReason"));
	line("owner", job->owner);
	line("priority", fmt_priority(job->priority));
	progress(job);
	if (job->rate_bytes_s)
		line("rate", fmt_rate(job->rate_bytes_s, text));
	error(job);
	line_unless_empty("note", job->note);
	line("created", fmt_time(job->created_ft, text));
	line("changed", fmt_time(job->modified_ft, text));
	line("received", fmt_time(job->completed_ft, text));
	seconds("retry delay", job->retry_delay_s);
	seconds("gives up after", job->no_progress_s);
	snprintf(text, sizeof(text), "%u", job->transient_errors);
	line("transient errors", text);
	settings(job, false);
}

int cmd_show(struct cli *cli, int argc, char **argv)
{
	bool all = false;
	const struct cli_opt opts[] = { { "all", 'a', NULL, &all }, { 0 } };
	struct dray_job *job;
	int status;

	status = cli_read_verb(cli, "show", &argc, argv, opts, &job);
	if (status)
		return status;
	if (cli->json) {
		status = cli_json_print_job(job);
		dray_job_free(job);
		return status;
	}
	if (all)
		settings(job, true);
	else
		summary(job);
	files(job);
	dray_job_free(job);
	return EXIT_OK;
}
