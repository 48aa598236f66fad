/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_watch.c: dray watch: a table that is drawn again every second; without a
 * terminal one line for every change of state. Ends when nothing moves by itself any more.
 */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_table.h"
#include "agent/cli/cli_tty.h"
#include "engine/base/auto.h"

#define LOOK_MS 1000

struct seen {
	char id[DRAY_ID_SIZE], name[64];
	uint32_t state;
	bool there;			/* in the look that is going on */
};

struct watch {
	struct cli *cli;
	bool all, live;
	const char *text;		/* JOB as written; NULL: all jobs */
	char id[DRAY_ID_SIZE];
	struct seen *seen;		/* owned */
	size_t nseen;
	struct cli_table *table;	/* of this look */
	size_t drawn;			/* lines on the screen */
	unsigned jobs, moving;
	bool failed;			/* the job asked for is in ERROR */
	uint64_t lost_ms;
};

static void change_line(const struct watch *w, const char *id, const char *name, const char *what,
    const struct dray_job *job)
{
	char when[32], shown[FMT_ROOM], percent[FMT_ROOM] = "";
	time_t t = time(NULL);
	struct tm tm;

	if (w->live || w->cli->json)
		return;
	strftime(when, sizeof(when), "%H:%M:%S", localtime_r(&t, &tm));
	printf("%s %s ", when, fmt_short_id(id, shown));
	say_put(stdout, name);
	printf(": %s", what);
	if (job && fmt_percent(job, percent)[0] != '-')
		printf(" %s", percent);
	if (job && job->error_code && (job->state == DRAY_ERROR || job->state == DRAY_TRANSIENT_ERROR)) {
		fputs(" ", stdout);
		say_put(stdout, job->error_text);
		printf(" (0x%08X)", job->error_code);
	}
	putchar('\n');
	fflush(stdout);
}

static struct seen *find_seen(struct watch *w, const struct dray_job *job)
{
	struct seen *more;

	for (size_t i = 0; i < w->nseen; i++)
		if (!strcmp(w->seen[i].id, job->id))
			return &w->seen[i];
	more = realloc(w->seen, (w->nseen + 1) * sizeof(*more));
	if (!more)
		return NULL;
	w->seen = more;
	more += w->nseen++;
	snprintf(more->id, sizeof(more->id), "%s", job->id);
	say_clean(job->name, more->name, sizeof(more->name));
	more->state = UINT32_MAX;
	return more;
}

static bool on_job(void *arg, const struct dray_job *job)
{
	struct watch *w = arg;
	struct seen *s;

	if (!w->text && !w->all && !cli_is_mine(w->cli, job))
		return true;
	s = find_seen(w, job);
	if (!s)
		return false;
	s->there = true;
	if (s->state != job->state) {
		s->state = job->state;
		change_line(w, job->id, job->name, fmt_state(job->state), job);
		if (w->cli->json)
			cli_json_print_job_line(job);
	}
	w->jobs++;
	w->moving += fmt_state_moves(job->state);
	w->failed = w->text && job->state == DRAY_ERROR;
	cli_table_add_job(w->table, job);
	return true;
}

/* Those that were there the last time and are not now. */
static void tell_gone(struct watch *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->nseen; i++) {
		if (!w->seen[i].there)
			change_line(w, w->seen[i].id, w->seen[i].name, "gone: completed or cancelled", NULL);
		else
			w->seen[kept++] = w->seen[i];
	}
	w->nseen = kept;
}

static void draw(struct watch *w)
{
	char *screen = NULL;
	size_t len = 0;
	FILE *to;

	if (!w->live || !(to = open_memstream(&screen, &len)))
		return;
	if (w->drawn)
		fprintf(to, "\033[%zuA\r", w->drawn);
	w->drawn = w->jobs ? cli_table_print(w->table, to, cli_tty_columns(STDOUT_FILENO) - 1,
	    cli_tty_rows(STDOUT_FILENO) - 3, "\033[K\n") : 0;
	if (!w->jobs) {
		fputs("no jobs\033[K\n", to);
		w->drawn = 1;
	}
	fputs("\033[J", to);
	fclose(to);
	fwrite(screen, 1, len, stdout);
	fflush(stdout);
	free(screen);
}

static dray_result ask(struct watch *w)
{
	struct dray_job *job;
	dray_result r;

	if (!w->text)
		return dray_job_list(w->cli->d, on_job, w);
	r = dray_job_get(w->cli->d, w->id, &job);
	if (r == DRAY_E_NOT_FOUND && w->nseen)
		return DRAY_OK;		/* it was there: it ended */
	if (dray_failed(r))
		return r;
	on_job(w, job);
	dray_job_free(job);
	return r;
}

/* One look. -1: go on. */
static int look(struct watch *w)
{
	dray_result r;

	w->jobs = w->moving = 0;
	for (size_t i = 0; i < w->nseen; i++)
		w->seen[i].there = false;
	w->table = cli_table_jobs();
	r = ask(w);
	if (dray_failed(r)) {
		cli_table_free(w->table);
		if (r == DRAY_E_INTERRUPTED || cli_tty_interrupted())
			return EXIT_DETACHED;
		w->drawn = 0;
		return cli_keep_trying(w->cli, &w->lost_ms) ? -1 :
		    say_failed(dray_last_error(w->cli->d), w->text);
	}
	w->lost_ms = 0;
	tell_gone(w);
	draw(w);
	cli_table_free(w->table);
	if (cli_tty_interrupted())
		return EXIT_DETACHED;
	return w->moving ? -1 : w->failed ? EXIT_FAILED : EXIT_OK;
}

int cmd_watch(struct cli *cli, int argc, char **argv)
{
	struct watch w = { .cli = cli };
	const struct cli_opt opts[] = { { "all", 'a', NULL, &w.all }, { 0 } };
	int status;

	if (!cli_verb_args(cli, "watch", &argc, argv, opts))
		return EXIT_USAGE;
	status = cli_connect(cli);
	w.text = argc ? argv[0] : NULL;
	if (!status && w.text)
		status = cli_find_job(cli, w.text, w.id);
	if (status)
		return status;
	w.live = !cli->json && isatty(STDOUT_FILENO);
	cli_tty_catch_interrupt(cli->d);
	while ((status = look(&w)) < 0)
		cli_tty_pause_ms(LOOK_MS);
	if (w.live && status == EXIT_DETACHED)
		fputs("\r\033[K", stdout);	/* the ^C */
	free(w.seen);
	return status;
}
