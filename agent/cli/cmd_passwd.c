/* SPDX-License-Identifier: MIT
 * agent/cli/cmd_passwd.c: dray passwd. Never talks to an agent; the agent reads the file again by
 * itself. cmd_passwd.c is dray's door to libcrypt.
 */
#include "agent/cli/cli.h"

#include <crypt.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/cli_args.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_tty.h"
#include "agent/cli/cli_users.h"

/* Reads it, on a terminal twice. */
static bool ask_password(char *out, size_t room)
{
	char again[USERS_PASSWORD_MAX + 1];
	bool same;

	if (!cli_tty_secret("New password: ", out, room))
		return false;
	if (!out[0]) {
		say("an empty password would let anybody in");
		return false;
	}
	if (!isatty(STDIN_FILENO))
		return true;
	if (!cli_tty_secret("The same again: ", again, sizeof(again)))
		return false;
	same = !strcmp(out, again);
	explicit_bzero(again, sizeof(again));
	if (!same)
		say("the two are not the same; nothing was changed");
	return same;
}

static bool hash(const char *password, char *out, size_t room)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *hashed = NULL;

	if (data && crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting)))
		hashed = crypt_rn(password, setting, data, sizeof(*data));
	if (hashed)
		snprintf(out, room, "%s", hashed);
	if (data)
		explicit_bzero(data, sizeof(*data));
	free(data);
	if (!hashed)
		say("the password could not be hashed");
	return hashed;
}

static int set(const char *file, const char *role, const char *name)
{
	char password[USERS_PASSWORD_MAX + 1], hashed[CRYPT_OUTPUT_SIZE], line[256 + 16 + CRYPT_OUTPUT_SIZE];
	bool found, asked = ask_password(password, sizeof(password));
	bool hashed_it = asked && hash(password, hashed, sizeof(hashed));

	explicit_bzero(password, sizeof(password));
	if (!hashed_it)
		return asked ? EXIT_FAILED : EXIT_USAGE;
	snprintf(line, sizeof(line), "%s:%s:%s", name, role, hashed);
	if (!cli_users_store(file, name, line, &found))
		return EXIT_FAILED;
	printf("%s is %s %s\n", name, found ? "now" : "added as", role);
	return EXIT_OK;
}

int cmd_passwd(struct cli *cli, int argc, char **argv)
{
	const char *file = NULL, *role = NULL, *victim = NULL, *name;
	const struct cli_opt opts[] = { { "file", 0, &file, NULL }, { "role", 0, &role, NULL },
		{ "delete", 0, &victim, NULL }, { 0 } };
	bool found;

	if (!cli_verb_args(cli, "passwd", &argc, argv, opts))
		return EXIT_USAGE;
	if (!file || argc != !victim)
		return cli_usage("passwd");
	name = victim ? victim : argv[0];
	if (!cli_users_name_ok(name)) {
		say("\"%s\" cannot be a name in the users file (no colon, no space, not empty)", name);
		return EXIT_USAGE;
	}
	if (victim && !cli_users_store(file, name, NULL, &found))
		return EXIT_FAILED;
	if (victim && !found) {
		say("there is no \"%s\" in %s", name, file);
		return EXIT_FAILED;
	}
	if (victim)
		return EXIT_OK;
	if (!role || !cli_users_role_ok(role)) {
		say("--role must be viewer, user or admin");
		return EXIT_USAGE;
	}
	return set(file, role, name);
}
