/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/main.c: drayd: arguments, signals, readiness.
 */
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/listen.h"
#include "agent/schema.h"
#include "engine/base/auto.h"
#include "engine/base/log.h"
#include "engine/base/stdfds.h"

#define LARGE (1 << 20)

static const char usage[] =
    "usage: drayd --foreground [--config FILE] [--mode user|system]\n"
    "       drayd --check-config FILE [--mode user|system]\n"
    "       drayd --schema DIRECTORY\n"
    "       drayd --version\n"
    "The agent of dray. SIGTERM stops it; jobs go on at the next start. See drayd(8).\n";

struct options { const char *config, *check, *schema; bool user_mode, foreground; };

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct options *ret)
{
	static const struct option longs[] = {
		{ "foreground", no_argument, NULL, 'f' }, { "config", required_argument, NULL, 'c' },
		{ "mode", required_argument, NULL, 'm' }, { "check-config", required_argument, NULL, 'k' },
		{ "schema", required_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' }, { 0 }
	};
	int c;

	*ret = (struct options){ .user_mode = geteuid() != 0 };
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'f': ret->foreground = true; break;
		case 'c': ret->config = optarg; break;
		case 'k': ret->check = optarg; break;
		case 's': ret->schema = optarg; break;
		case 'm':
			if (strcmp(optarg, "user") && strcmp(optarg, "system")) {
				fprintf(stderr, "drayd: --mode is user or system, not %s\n", optarg);
				return 1;
			}
			ret->user_mode = !strcmp(optarg, "user");
			break;
		case 'v': puts("drayd " DRAY_VERSION); return 0;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 1;
		}
	}
	if (optind == argc && (ret->foreground || ret->check || ret->schema))
		return -1;
	fputs(usage, stderr);
	return 1;
}

/* sd_notify's protocol: one datagram to the socket systemd names. */
static void notify(const char *state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	AUTO_CLOSE int fd = -1;

	if (!path || !*path || strlen(path) >= sizeof(addr.sun_path))
		return;
	strcpy(addr.sun_path, path);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&addr,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0)
		log_warn("systemd was not told: %s", state);
}

static bool addresses_good(const struct config *c, struct errinfo *ei)
{
	for (size_t i = 0; i < c->nlisteners; i++)
		if (!listen_check(&c->listeners[i], ei))
			return false;
	return true;
}

/* A broken file changes nothing: the agent goes on with what it had. */
static void reload(struct agent *agent, const struct options *o)
{
	struct errinfo ei = { 0 };
	struct config fresh;

	if (config_read(o->config, o->user_mode, &fresh, &ei) || !addresses_good(&fresh, &ei)) {
		log_error("SIGHUP: %s; the configuration stays as it was", ei.text);
	} else {
		agent_reload(agent, &fresh);
		log_info("SIGHUP: the configuration was read again; the users file is read at each login");
	}
	config_done(&fresh);
}

static void wait_for_end(const sigset_t *set, struct agent *agent, const struct options *o)
{
	int sig;

	while (sigwait(set, &sig) == 0) {
		if (sig != SIGHUP)
			return;
		reload(agent, o);
	}
}

int main(int argc, char **argv)
{
	struct errinfo ei = { 0 };
	struct config config;
	struct options o;
	struct agent *agent;
	sigset_t set;
	int status;
	bool lame;

	stdfds_fill();
	status = parse(argc, argv, &o);

	if (status >= 0)
		return status;
	if (!o.user_mode)
		umask(022);
	log_init("drayd", LOG_LEVEL_INFO);
	if (o.schema)
		return !schema_write(o.schema);
	if (config_read(o.check ? o.check : o.config, o.user_mode, &config, &ei) ||
	    !addresses_good(&config, &ei)) {
		fprintf(stderr, "drayd: %s\n", ei.text);
		config_done(&config);
		return 1;
	}
	if (o.check) {
		puts("the configuration is good");
		config_done(&config);
		return 0;
	}
	mallopt(M_MMAP_THRESHOLD, LARGE);	/* an answer is no larger: mapping one anew costs more than writing it */
	mallopt(M_TRIM_THRESHOLD, 2 * LARGE);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	agent = agent_start(&config, &ei);
	if (!agent) {
		fprintf(stderr, "drayd: %s\n", ei.text);
		config_done(&config);
		return 1;
	}
	fprintf(stderr, "dray: ready\n");
	notify("READY=1");
	wait_for_end(&set, agent, &o);
	notify("STOPPING=1");
	log_info("stopping; jobs go on at the next start");
	lame = agent_is_lame(agent);
	agent_stop(agent);
	config_done(&config);
	return lame;
}
