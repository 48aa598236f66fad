/* SPDX-License-Identifier: MIT
 * agent/cli/cli_args.h: options anywhere on the line. Pure but for its complaints.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>

struct cli;

struct cli_opt {
	const char *name;		/* --name */
	char letter;			/* -l; 0: none */
	const char **value;		/* takes a value (--name VALUE, --name=VALUE, -l VALUE), or */
	bool *flag;			/* takes none */
};

/* Takes the options of `opts` (ended by a row without name) and the ones every verb has out of
 * argv. false: it said what is wrong. After "--" everything is an operand. */
bool cli_args(struct cli *cli, int *argc, char **argv, const struct cli_opt *opts);
/* Stops at the first operand: what stands before the verb. */
bool cli_args_before_verb(struct cli *cli, int *argc, char **argv, const struct cli_opt *opts);
/* The options, and as many operands as the verb takes (cli_verbs.def)? false: it said what is wrong. */
bool cli_verb_args(struct cli *cli, const char *verb, int *argc, char **argv, const struct cli_opt *opts);
/* Says how the verb is used; EXIT_USAGE. */
int cli_usage(const char *verb);

#endif
