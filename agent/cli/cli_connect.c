/* SPDX-License-Identifier: MIT
 * agent/cli/cli_connect.c: which agent, and who asks it.
 */
#include "agent/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/cli_agent.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_tty.h"
#include "engine/base/auto.h"
#include "engine/base/now.h"

#define SECRET_ROOM 1024
#define PATIENCE_MS 60000

/* The first line of the file. */
static bool read_password_file(const char *path, char *out, size_t room)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, room - 1);

	if (n < 0) {
		say("%s: %s", path, strerror(errno));
		return false;
	}
	out[n] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	if (!out[0])
		say("%s has no password in its first line", path);
	return out[0];
}

/* false: there is none (it said so). */
static bool find_password(const struct cli *cli, char *out, size_t room)
{
	const char *given = getenv("DRAY_PASSWORD");

	if (cli->password_file)
		return read_password_file(cli->password_file, out, room);
	if (given) {
		snprintf(out, room, "%s", given);
		return true;
	}
	if (isatty(STDIN_FILENO))
		return cli_tty_secret("Password: ", out, room);
	say("no password: give --password-file FILE, or DRAY_PASSWORD in the environment");
	return false;
}

static int open_remote(struct cli *cli)
{
	char password[SECRET_ROOM];
	struct dray_error e;

	if (!cli->user) {
		say("say who you are with --user NAME");
		return EXIT_USAGE;
	}
	if (!find_password(cli, password, sizeof(password)))
		return EXIT_USAGE;
	cli->d = dray_open(cli->host, cli->user, password, &e);
	explicit_bzero(password, sizeof(password));
	if (!cli->d)
		return say_failed(&e, NULL);
	if (dray_is_cleartext(cli->d))
		say("warning: the password goes to %s unencrypted; use https:// there", cli->host);
	return EXIT_OK;
}

/* Nobody is at home, and this is the agent dray may start itself. */
static int start_own(const char *socket_path)
{
	if (geteuid() == 0) {
		say("no agent runs here; start it with `systemctl start dray`, or by hand with `drayd --foreground`");
		return EXIT_NO_AGENT;
	}
	return cli_agent_start(socket_path) ? EXIT_OK : EXIT_NO_AGENT;
}

static int open_local(struct cli *cli)
{
	char socket_path[128];
	struct dray_error e;
	bool absent;

	cli->d = dray_open(cli->host, NULL, NULL, &e);
	if (!cli->d)
		return say_failed(&e, NULL);
	if (cli->host || getenv("DRAY_SOCKET") || !dray_default_socket(socket_path, sizeof(socket_path)))
		return EXIT_OK;
	if (cli_agent_answers(socket_path, &absent) || !absent)
		return EXIT_OK;
	return start_own(socket_path);
}

int cli_connect(struct cli *cli)
{
	if (!cli->host && getenv("DRAY_HOST") && getenv("DRAY_HOST")[0])
		cli->host = getenv("DRAY_HOST");
	if (!cli->user)
		cli->user = getenv("DRAY_USER");
	cli->remote = cli->host && cli->host[0] != '/';
	return cli->remote ? open_remote(cli) : open_local(cli);
}

/* The agent dray started, or would have: start it again. */
static void start_again(const struct cli *cli)
{
	char socket_path[128];
	bool absent;

	if (cli->host || getenv("DRAY_SOCKET") || geteuid() == 0)
		return;
	if (!dray_default_socket(socket_path, sizeof(socket_path)) || cli_agent_answers(socket_path, &absent))
		return;
	if (absent)
		cli_agent_start(socket_path);
}

bool cli_keep_trying(struct cli *cli, uint64_t *since_ms)
{
	static const dray_result passing[] = { DRAY_E_UNREACHABLE, DRAY_E_LOST, DRAY_E_TIMEOUT, DRAY_E_BUSY };
	bool may_pass = false;

	for (size_t i = 0; i < COUNT(passing); i++)
		may_pass |= dray_last_error(cli->d)->code == passing[i];
	if (!may_pass || (*since_ms && now_ms() - *since_ms > PATIENCE_MS))
		return false;
	if (!*since_ms) {
		*since_ms = now_ms();
		say_failed(dray_last_error(cli->d), NULL);
		say("the jobs are safe on its disk; trying again for a minute");
	}
	cli_tty_pause_ms(1000);
	if (!cli_tty_interrupted())
		start_again(cli);
	return true;
}

bool cli_is_mine(const struct cli *cli, const struct dray_job *job)
{
	static char name[256], number[16];
	struct passwd *pw;

	if (cli->remote)
		return true;
	if (!number[0]) {
		snprintf(number, sizeof(number), "%u", (unsigned)geteuid());
		pw = getpwuid(geteuid());
		snprintf(name, sizeof(name), "%s", pw ? pw->pw_name : number);
	}
	return !strcmp(job->owner, name) || !strcmp(job->owner, number);
}
