/* SPDX-License-Identifier: MIT
 * agent/cli/cli.h: what every verb of dray shares. One thread.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>

#include "include/dray.h"

/* Exit statuses; documented in dray(1), tools rely on them. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_JOB = 3, EXIT_DENIED = 4, EXIT_NO_AGENT = 5,
	EXIT_DETACHED = 130 };

struct cli_opt;

struct cli {
	const char *host, *user, *password_file;
	bool json;
	bool remote;			/* an agent that does not share our file system */
	struct dray *d;			/* after cli_connect() */
};

/* A verb gets its arguments without its name and returns an exit status. */
#define VERB(name, least, most, args, help, options) int cmd_##name(struct cli *cli, int argc, char **argv);
#include "agent/cli/cli_verbs.def"
#undef VERB

/* Opens cli->d, starting the user's agent when there is none. EXIT_OK, or says why not. */
int cli_connect(struct cli *cli);
/* A call of a waiting verb failed: is it worth trying again? Waits a second, starts the user's
 * agent again if it is gone. *since_ms is 0 after every success. false: give up. */
bool cli_keep_trying(struct cli *cli, uint64_t *since_ms);

/* JOB, as a person writes it, to an id. EXIT_OK, or says what is wrong. */
int cli_find_job(struct cli *cli, const char *text, char ret_id[DRAY_ID_SIZE]);
/* Both: connect, then find. What most verbs begin with. */
int cli_open_job(struct cli *cli, const char *text, char ret_id[DRAY_ID_SIZE]);
/* A verb whose first argument is JOB: takes its arguments apart and finds the job. EXIT_OK, or says why not. */
int cli_job_verb(struct cli *cli, const char *verb, int *argc, char **argv, const struct cli_opt *opts,
    char ret_id[DRAY_ID_SIZE]);
/* And read, too. */
int cli_read_verb(struct cli *cli, const char *verb, int *argc, char **argv, const struct cli_opt *opts,
    struct dray_job **ret);
/* A property the library knows no member for; NULL: it is not there. */
const struct dray_prop *cli_prop(const struct dray_prop *props, size_t n, const char *name);
const char *cli_prop_text(const struct dray_prop *props, size_t n, const char *name);	/* "": not there */
/* FILE, the index of a file. false: it said that it is none. */
bool cli_file_index(const char *text, uint32_t *ret);
/* What a call that changes a job came to: told, or printed as {"JobId", "ReturnValue"}; the exit status.
 * done: what to say of it, without --json; NULL: nothing. */
int cli_told(struct cli *cli, const char *about, const char *id, dray_result r, const char *done);
/* Does the job belong to whoever runs dray? Always yes for a remote agent, which decides itself. */
bool cli_is_mine(const struct cli *cli, const struct dray_job *job);

#endif
