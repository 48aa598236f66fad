/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_credentials.c: dray credentials. The password comes from standard input and is forgotten at
 * once.
 */
#include "agent/cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_tty.h"
#include "engine/base/auto.h"
#include "engine/base/text.h"

#define PASSWORD_ROOM 65540		/* bytes; the agent takes 65536 characters */

static bool word(const char *text, const char *const *words, unsigned n, const char *what, unsigned *ret)
{
	for (unsigned i = 0; text && i < n; i++)
		if (text_ieq(text, words[i])) {
			*ret = i + 1;		/* BG_AUTH_TARGET and BG_AUTH_SCHEME begin at 1 */
			return true;
		}
	say("--%s is %s", what, n == 2 ? "server or proxy" : "basic, digest, ntlm or negotiate");
	return false;
}

static dray_result set(struct cli *cli, const char *id, unsigned target, unsigned scheme, const char *user)
{
	AUTO_FREE char *password = user ? calloc(1, PASSWORD_ROOM) : NULL;
	dray_result r = DRAY_E_INVALID_ARG;

	if (!user || (password && cli_tty_secret("Password: ", password, PASSWORD_ROOM)))
		r = dray_job_set_credentials(cli->d, id, (enum dray_target)target,
		    (enum dray_scheme)scheme, user,
		    password);
	if (password)
		explicit_bzero(password, PASSWORD_ROOM);
	return r;
}

int cmd_credentials(struct cli *cli, int argc, char **argv)
{
	static const char *const targets[] = { "server", "proxy" };
	static const char *const schemes[] = { "basic", "digest", "ntlm", "negotiate" };
	const char *target = "server", *scheme = NULL, *name = NULL;
	const struct cli_opt opts[] = { { "target", 0, &target, NULL }, { "scheme", 0, &scheme, NULL },
		{ "user", 0, &name, NULL }, { 0 } };
	char id[DRAY_ID_SIZE];
	unsigned t, s;
	bool remove;
	dray_result r;
	int status;

	if (!cli_verb_args(cli, "credentials", &argc, argv, opts) || !word(target, targets, 2, "target", &t) ||
	    !word(scheme, schemes, COUNT(schemes), "scheme", &s))
		return EXIT_USAGE;
	remove = text_ieq(argv[1], "remove");
	if (!remove && !text_ieq(argv[1], "set"))
		return cli_usage("credentials");
	status = cli_open_job(cli, argv[0], id);
	if (status)
		return status;
	r = remove ? dray_job_remove_credentials(cli->d, id, (enum dray_target)t, (enum dray_scheme)s) :
	    set(cli, id, t, s, name);
	if (dray_failed(r) && !dray_failed(dray_last_error(cli->d)->code))
		return EXIT_USAGE;		/* there was no password; it was said */
	return cli_told(cli, argv[0], id, r, NULL);
}
