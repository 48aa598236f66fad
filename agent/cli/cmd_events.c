/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_events.c: dray events: what becomes of jobs, a line an event.
 */
#include "agent/cli/cli.h"

#include <stdio.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_tty.h"

#define ROUND_S 30u
#define ALL (DRAY_EVENT_TRANSFERRED | DRAY_EVENT_ERROR | DRAY_EVENT_MODIFICATION | DRAY_EVENT_FILE | \
	DRAY_EVENT_RANGES)

static const char *word_of(uint32_t what)
{
	switch (what) {
	case DRAY_EVENT_TRANSFERRED: return "transferred";
	case DRAY_EVENT_ERROR: return "error";
	case DRAY_EVENT_MODIFICATION: return "modification";
	case DRAY_EVENT_FILE: return "file";
	case DRAY_EVENT_RANGES: return "ranges";
	default: return "?";
	}
}

static void print(void *arg, const struct dray_event *e)
{
	struct cli *cli = arg;
	bool has_file = e->what == DRAY_EVENT_FILE || e->what == DRAY_EVENT_RANGES ||
	    e->what == DRAY_EVENT_ERROR;

	if (cli->json)
		cli_json_print_pairs((struct cli_json_pair[]){ { "Event", word_of(e->what), 0 },
			{ "JobId", e->id, 0 }, { "State", NULL, e->state }, { "File", NULL, e->file }, { 0 } });
	else if (has_file)
		printf("%s %s %s file %u\n", word_of(e->what), e->id, fmt_state(e->state), e->file);
	else
		printf("%s %s %s\n", word_of(e->what), e->id, fmt_state(e->state));
	fflush(stdout);
}

int cmd_events(struct cli *cli, int argc, char **argv)
{
	bool once = false, lost = false;
	const struct cli_opt opts[] = { { "once", 0, NULL, &once }, { 0 } };
	uint64_t after = 0;
	dray_result r;
	int status;

	if (!cli_verb_args(cli, "events", &argc, argv, opts))
		return EXIT_USAGE;
	status = cli_connect(cli);
	if (status)
		return status;
	cli_tty_catch_interrupt(cli->d);
	do {
		r = dray_events_wait(cli->d, &after, ALL, ROUND_S, &lost, print, cli);
		if (lost)
			fputs("dray: some events were missed; look at the jobs anew with `dray list`\n",
			    stderr);
	} while (!dray_failed(r) && !once && !cli_tty_interrupted() && !ferror(stdout));
	if (dray_failed(r) && !cli_tty_interrupted())
		return say_failed(dray_last_error(cli->d), NULL);
	return EXIT_OK;
}
