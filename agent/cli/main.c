/* SPDX-License-Identifier: MIT
 * agent/cli/main.c: dray, the command. Finds the verb and lets it do its work.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/cli_args.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_value.h"
#include "engine/base/auto.h"
#include "engine/base/stdfds.h"

static const struct verb {
	const char *name, *args, *help, *options;
	int (*run)(struct cli *cli, int argc, char **argv);
} verbs[] = {
#define VERB(name, least, most, args, help, options) { #name, args, help, options, cmd_##name },
#include "agent/cli/cli_verbs.def"
#undef VERB
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static void print_overview(FILE *to)
{
	fputs("usage: dray [-H HOST[:PORT]] [--user NAME] [--password-file FILE] [--json] VERB ...\n\n", to);
	for (size_t i = 0; i < COUNT(verbs); i++)
		fprintf(to, "  %-12s %s\n", verbs[i].name, verbs[i].help);
	fputs("\nJOB is an id, the first digits of one, or a name. More: `dray help VERB`, dray(1).\n", to);
}

static int help(int argc, char **argv)
{
	const struct verb *v = argc ? find_verb(argv[0]) : NULL;

	if (!argc) {
		print_overview(stdout);
		return EXIT_OK;
	}
	if (!v) {
		say("there is no verb \"%s\"; see `dray help`", argv[0]);
		return EXIT_USAGE;
	}
	printf("usage: dray %s %s\n\n%s.\n%s", v->name, v->args, v->help, v->options);
	if (v->run == cmd_set || v->run == cmd_policy)
		value_help(v->run == cmd_set ? VALUE_JOB : VALUE_POLICY);
	return EXIT_OK;
}

/* What was printed may still be in the buffer, and the disk may be full. A reader that has seen enough
 * (`| head -1`) is told nothing. */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (errno != EPIPE)
		say("what was asked for could not all be printed: %s", strerror(errno));
	return status ? status : EXIT_FAILED;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	bool show_help = false, version = false;
	const struct cli_opt opts[] = { { "help", 'h', NULL, &show_help }, { "version", 'V', NULL, &version },
		{ 0 } };
	struct cli cli = { 0 };
	const struct verb *v;
	int status;

	stdfds_fill();
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	argc--, argv++;
	if (!cli_args_before_verb(&cli, &argc, argv, opts))
		return EXIT_USAGE;
	if (version) {
		printf("dray %s\n", dray_version());
		return finish(EXIT_OK);
	}
	if (show_help)
		return finish(help(argc, argv));
	if (!argc) {
		print_overview(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[0], "help"))
		return finish(help(argc - 1, argv + 1));
	v = find_verb(argv[0]);
	if (v && wants_help(argc - 1, argv + 1))
		return finish(help(1, argv));
	if (!v) {
		say("there is no verb \"%s\"; see `dray help`", argv[0]);
		return EXIT_USAGE;
	}
	status = v->run(&cli, argc - 1, argv + 1);
	dray_close(cli.d);
	return finish(status);
}
