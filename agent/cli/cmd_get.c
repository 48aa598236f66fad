/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_get.c: dray get: create, look on, complete.
 *
 *   created --> looking on --TRANSFERRED--> complete --> 0
 *                 |    |---ERROR---> told, cancelled (unless --keep) --> 1
 *                 `---Ctrl-C--> detached: the job goes on --> 130
 */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_bar.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_path.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_tty.h"
#include "engine/base/auto.h"
#include "engine/base/now.h"

#define LOOK_MS 250
#define FIRST_LOOK_MS 40		/* small files are not kept waiting */
/* Somebody waits: trying again is due sooner than for a background job. Set before the first try. */
#define RETRY_S "10"
#define RETRY_DETACHED_S "600"

struct fetch {
	struct cli *cli;
	const char *path;
	char name[256];			/* clean */
	char id[DRAY_ID_SIZE];
	bool keep, live;		/* live: a terminal that shows a line which is drawn again */
	bool drawn;
	uint32_t told;			/* transient errors looked at */
	char *told_text;		/* owned: the last one the person knows of */
	uint64_t started_ms, lost_ms;
	int pause_ms;
	struct dray_job *job;		/* owned: the last picture */
};

static void wipe(struct fetch *f)
{
	if (f->drawn)
		fputs("\r\033[K", stderr);
	f->drawn = false;
}

static void draw(struct fetch *f)
{
	unsigned width = cli_tty_columns(STDERR_FILENO) - 1;
	char line[1024];

	if (!f->live)
		return;
	fprintf(stderr, "\r%s\033[K", cli_bar(f->job, f->name, width, line, sizeof(line)));
	f->drawn = true;
}

static void set_retry(struct fetch *f, const char *seconds)
{
	struct dray_change change = { "MinimumRetryDelay", seconds };

	dray_job_set(f->cli->d, f->id, &change, 1);	/* a wish; without it the usual delay holds */
}

static int detach(struct fetch *f)
{
	char id[FMT_ROOM];

	wipe(f);
	dray_set_interrupt(f->cli->d, NULL, NULL);
	set_retry(f, RETRY_DETACHED_S);
	fmt_short_id(f->id, id);
	say("detached; the job goes on in the background as %s", id);
	say("  follow  dray watch %s", id);
	say("  finish  dray complete %s   (once it is transferred)", id);
	say("  cancel  dray cancel %s", id);
	return EXIT_DETACHED;
}

static void tell_trouble(struct fetch *f)
{
	char in[FMT_ROOM];

	if (f->job->state != DRAY_TRANSIENT_ERROR || f->told == f->job->transient_errors)
		return;
	f->told = f->job->transient_errors;
	if (f->told_text && !strcmp(f->told_text, f->job->error_text))
		return;
	free(f->told_text);
	f->told_text = strdup(f->job->error_text);
	wipe(f);
	if (f->job->retry_in_s)
		say("%s (0x%08X); trying again in %s", f->job->error_text, f->job->error_code,
		    fmt_duration(f->job->retry_in_s, in));
	else
		say("%s (0x%08X); waiting for that to pass", f->job->error_text, f->job->error_code);
}

static int give_up(struct fetch *f)
{
	char id[FMT_ROOM];

	wipe(f);
	say("%s (0x%08X, in the %s)", f->job->error_text, f->job->error_code,
	    fmt_context(f->job->error_context));
	fmt_short_id(f->id, id);
	if (f->keep)
		say("the job is kept; `dray resume %s` tries again, `dray cancel %s` drops it", id, id);
	else if (dray_failed(dray_job_cancel(f->cli->d, f->id)))
		say_failed(dray_last_error(f->cli->d), "the job could not be cancelled");
	else
		say("the job was cancelled; with --keep it would have stayed, to be resumed");
	if (f->cli->json)
		cli_json_print_job(f->job);
	return EXIT_FAILED;
}

static void tell_done(struct fetch *f)
{
	uint64_t ms = now_ms() - f->started_ms, bytes = f->job->bytes_transferred;
	char size[FMT_ROOM], took[FMT_ROOM], rate[FMT_ROOM];

	if (f->job->note[0])
		say("note: %s", f->job->note);
	if (f->cli->json) {
		cli_json_print_job(f->job);
		return;
	}
	say_put(stdout, f->path);
	printf(": %s in %s (%s)\n", fmt_size(bytes, size), fmt_duration((ms + 500) / 1000, took),
	    fmt_rate(bytes * 1000 / (ms ? ms : 1), rate));
}

static int finish(struct fetch *f)
{
	char id[FMT_ROOM];
	int status;

	draw(f);
	if (f->drawn)
		fputc('\n', stderr);
	f->drawn = false;
	dray_set_interrupt(f->cli->d, NULL, NULL);	/* a moment's work; not left half-way */
	if (!dray_failed(dray_job_complete(f->cli->d, f->id))) {
		tell_done(f);
		return EXIT_OK;
	}
	status = say_failed(dray_last_error(f->cli->d), "received, but it could not be put in its place");
	fmt_short_id(f->id, id);
	say("the job is kept; try `dray complete %s` when that is repaired, or `dray cancel %s`", id, id);
	return status;
}

static int gone(struct fetch *f)
{
	wipe(f);
	say("somebody else completed or cancelled the job %s", f->id);
	return EXIT_NO_JOB;
}

/* One look. -1: go on looking. */
static int look(struct fetch *f)
{
	struct dray_job *job;
	dray_result r = dray_job_get(f->cli->d, f->id, &job);

	if (r == DRAY_E_INTERRUPTED || cli_tty_interrupted()) {
		if (!dray_failed(r))
			dray_job_free(job);
		return detach(f);
	}
	if (r == DRAY_E_NOT_FOUND)
		return gone(f);
	if (dray_failed(r)) {
		wipe(f);
		return cli_keep_trying(f->cli, &f->lost_ms) ? -1 : say_failed(dray_last_error(f->cli->d), NULL);
	}
	f->lost_ms = 0;
	dray_job_free(f->job);
	f->job = job;
	tell_trouble(f);
	switch (job->state) {
	case DRAY_TRANSFERRED:
		return finish(f);
	case DRAY_ERROR:
		return give_up(f);
	case DRAY_ACKNOWLEDGED:
	case DRAY_CANCELLED:
		return gone(f);
	default:
		draw(f);
		return -1;
	}
}

static int create(struct fetch *f, const char *url)
{
	struct dray_new_job job = { .name = f->name, .url = url, .path = f->path, .has_priority = true,
		.priority = DRAY_FOREGROUND, .suspended = true };

	cli_tty_catch_interrupt(NULL);		/* these three are done together */
	if (dray_failed(dray_job_create(f->cli->d, &job, f->id)))
		return say_failed(dray_last_error(f->cli->d), NULL);
	set_retry(f, RETRY_S);
	if (dray_failed(dray_job_resume(f->cli->d, f->id)))
		return say_failed(dray_last_error(f->cli->d), f->id);
	cli_tty_catch_interrupt(f->cli->d);
	return EXIT_OK;
}

int cmd_get(struct cli *cli, int argc, char **argv)
{
	struct fetch f = { .cli = cli, .pause_ms = FIRST_LOOK_MS, .started_ms = now_ms() };
	AUTO_FREE char *path = NULL;
	const char *output = NULL;
	bool force = false;
	const struct cli_opt opts[] = { { "output", 'o', &output, NULL }, { "force", 'f', NULL, &force },
		{ "keep", 0, NULL, &f.keep }, { 0 } };
	int status;

	if (!cli_verb_args(cli, "get", &argc, argv, opts))
		return EXIT_USAGE;
	status = cli_connect(cli);
	if (status)
		return status;
	f.path = path = cli_path_for_get(cli, argv[0], output, force, &status);
	if (!path)
		return status;
	say_clean(strrchr(path, '/') + 1, f.name, sizeof(f.name));
	f.live = !cli->json && isatty(STDERR_FILENO);
	status = create(&f, argv[0]);
	if (status)
		return status;
	while ((status = look(&f)) < 0) {
		cli_tty_pause_ms((uint32_t)f.pause_ms);
		f.pause_ms = f.pause_ms * 2 < LOOK_MS ? f.pause_ms * 2 : LOOK_MS;
	}
	dray_job_free(f.job);
	free(f.told_text);
	return status;
}
