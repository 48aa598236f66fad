/* SPDX-License-Identifier: MIT
 * agent/cli/cli_args.c: see cli_args.h.
 */
#include "agent/cli/cli_args.h"

#include <stdio.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/cli_say.h"

static const struct cli_opt *find_long(const struct cli_opt *opts, const char *name, size_t len)
{
	for (; opts && opts->name; opts++)
		if (strlen(opts->name) == len && !memcmp(opts->name, name, len))
			return opts;
	return NULL;
}

static const struct cli_opt *find_short(const struct cli_opt *opts, char letter)
{
	for (; opts && opts->name; opts++)
		if (opts->letter == letter)
			return opts;
	return NULL;
}

/* Where the option's own value stands in the same word, or NULL. */
static const struct cli_opt *find(const struct cli_opt *a, const struct cli_opt *b, const char *word,
    const char **ret_inside)
{
	const struct cli_opt *opt;
	size_t len;

	if (word[1] != '-') {
		*ret_inside = word[2] ? word + 2 : NULL;
		opt = find_short(a, word[1]);
		return opt ? opt : find_short(b, word[1]);
	}
	len = strcspn(word + 2, "=");
	*ret_inside = word[2 + len] ? word + 3 + len : NULL;
	opt = find_long(a, word + 2, len);
	return opt ? opt : find_long(b, word + 2, len);
}

/* One option, perhaps with the next word as its value; how many words it took, 0: it is wrong. */
static int take(const struct cli_opt *opt, const char *word, const char *inside, const char *next)
{
	if (opt->flag && inside) {
		say("%s takes no value", word);
		return 0;
	}
	if (opt->flag) {
		*opt->flag = true;
		return 1;
	}
	if (!inside && !next) {
		say("%s needs a value", word);
		return 0;
	}
	*opt->value = inside ? inside : next;
	return inside ? 1 : 2;
}

static bool parse(struct cli *cli, int *argc, char **argv, const struct cli_opt *opts, bool stop)
{
	const struct cli_opt common[] = {
		{ "host", 'H', &cli->host, NULL }, { "user", 0, &cli->user, NULL },
		{ "password-file", 0, &cli->password_file, NULL }, { "json", 0, NULL, &cli->json }, { 0 },
	};
	int kept = 0, at = 0, n;

	while (at < *argc) {
		const struct cli_opt *opt;
		const char *inside;

		if (!strcmp(argv[at], "--")) {
			at++;
			break;
		}
		if (argv[at][0] != '-' || !argv[at][1]) {
			if (stop)
				break;
			argv[kept++] = argv[at++];
			continue;
		}
		opt = find(opts, common, argv[at], &inside);
		if (!opt) {
			say("there is no option %s here; see `dray help`", argv[at]);
			return false;
		}
		n = take(opt, argv[at], inside, at + 1 < *argc ? argv[at + 1] : NULL);
		if (!n)
			return false;
		at += n;
	}
	while (at < *argc)
		argv[kept++] = argv[at++];
	*argc = kept;
	argv[kept] = NULL;
	return true;
}

bool cli_args(struct cli *cli, int *argc, char **argv, const struct cli_opt *opts)
{
	return parse(cli, argc, argv, opts, false);
}

bool cli_args_before_verb(struct cli *cli, int *argc, char **argv, const struct cli_opt *opts)
{
	return parse(cli, argc, argv, opts, true);
}

static const struct { const char *name, *args; int least, most; } verbs[] = {
#define VERB(name, least, most, args, help, options) { #name, args, least, most },
#include "agent/cli/cli_verbs.def"
#undef VERB
};

int cli_usage(const char *verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].name, verb))
			say("usage: dray %s %s", verb, verbs[i].args);
	return EXIT_USAGE;
}

bool cli_verb_args(struct cli *cli, const char *verb, int *argc, char **argv, const struct cli_opt *opts)
{
	if (!cli_args(cli, argc, argv, opts))
		return false;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].name, verb) && *argc >= verbs[i].least &&
		    (verbs[i].most < 0 || *argc <= verbs[i].most))
			return true;
	cli_usage(verb);
	return false;
}
