/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_error.c: dray error: of a job, or of a code.
 */
#include "agent/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_json.h"
#include "agent/cli/cli_say.h"
#include "engine/base/text.h"

static void line(const char *name, const char *text)
{
	if (!text[0])
		return;
	printf("%-8s ", name);
	say_put(stdout, text);
	putchar('\n');
}

/* 0x80200003, or 2149580803: an HRESULT, as the agent's faults and other tools show it. */
static bool is_code(const char *text, uint32_t *ret)
{
	uint64_t n;

	if (!text_iprefix(text, "0x") && strlen(text) < 9)
		return false;		/* the first digits of an id */
	if (!text_u64(text, 0, UINT32_MAX, &n))
		return false;
	*ret = (uint32_t)n;
	return true;
}

static int tell_code(struct cli *cli, uint32_t code)
{
	struct dray_description w;
	bool known = dray_describe(code, &w);

	if (cli->json)
		return cli_json_print_pairs((struct cli_json_pair[]){ { "ErrorCode", NULL, code },
			{ "ErrorName", w.name, 0 }, { "ErrorDescription", w.text, 0 },
			{ "Remedy", w.remedy, 0 }, { 0 } });
	if (!known) {
		say("%s", w.text);
		return EXIT_FAILED;
	}
	line("error", w.text);
	printf("code     0x%08X\n", code);
	line("name", w.name);
	line("help", w.remedy);
	return EXIT_OK;
}

static int tell_job(struct cli *cli, const char *id, const struct dray_job_error *e)
{
	struct dray_description w;

	dray_describe(e->code, &w);
	if (cli->json)
		return cli_json_print_pairs((struct cli_json_pair[]){ { "JobId", id, 0 },
			{ "ErrorCode", NULL, e->code }, { "ErrorContext", NULL, e->context },
			{ "ContextDescription", e->context_text, 0 }, { "ErrorDescription", e->text, 0 },
			{ "ErrorName", w.name, 0 }, { "Remedy", w.remedy, 0 }, { 0 } });
	line("error", e->text);
	printf("code     0x%08X%s%s\ncontext  %u, ", e->code, w.name[0] ? " " : "", w.name, e->context);
	say_put(stdout, e->context_text[0] ? e->context_text : fmt_context(e->context));
	putchar('\n');
	line("help", w.remedy);
	return EXIT_OK;
}

int cmd_error(struct cli *cli, int argc, char **argv)
{
	struct dray_job_error e;
	char id[DRAY_ID_SIZE];
	uint32_t code;
	int status;

	if (!cli_verb_args(cli, "error", &argc, argv, NULL))
		return EXIT_USAGE;
	if (is_code(argv[0], &code))
		return tell_code(cli, code);
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	if (dray_failed(dray_job_error(cli->d, id, &e)))
		return say_failed(dray_last_error(cli->d), argv[0]);
	return tell_job(cli, id, &e);
}
