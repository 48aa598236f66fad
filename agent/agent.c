/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/agent.c: wires the contracts; the only file that sees engine, wsman and workers at once.
 *
 *   front threads -> wsm_service -> classes (prov_*.c) -> engine thread -> spawner -> workers
 */
#include "agent/agent.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/accounts.h"
#include "agent/auth.h"
#include "agent/own_files.h"
#include "agent/listen.h"
#include "agent/prov.h"
#include "agent/sinks.h"
#include "agent/spawner.h"
#include "engine/base/auto.h"
#include "engine/base/log.h"
#include "wsman/wsman.h"

#define ENVELOPE_MAX 512000
#define FRONT_THREADS 4

struct agent {
	const struct config *config;
	struct accounts accounts;
	int sockets[CONFIG_LISTENERS + 1];	/* the last is the unix socket */
	struct wsm_listener listeners[CONFIG_LISTENERS];	/* for who reads winrm/config */
	int spawner;
	_Atomic bool lame;
	struct prov_world world;
	struct own_files *own_files;
	struct sinks *sinks;
	struct auth *auth;
	struct wsm_service *service;
	struct wsm_front *front;
};

/* Puts the place in the configuration in front of what went wrong with it. */
static enum err blame(const struct config *c, int line, enum err err, struct errinfo *ei)
{
	char why[sizeof(ei->text)];

	if (err && line) {
		memcpy(why, ei->text, sizeof(why));
		err_set(ei, err, "%.200s:%d: %s", c->file, line, why);
	}
	return err;
}

static enum err open_sockets(struct agent *a, struct errinfo *ei)
{
	const struct config *c = a->config;

	for (size_t i = 0; i < c->nlisteners; i++) {
		a->sockets[i] = listen_tcp(&c->listeners[i], ei);
		if (a->sockets[i] < 0)
			return ei->err;
	}
	a->sockets[CONFIG_LISTENERS] = listen_unix(c->socket, c->user_mode ? 0600 : 0666, ei);
	return a->sockets[CONFIG_LISTENERS] < 0 ? blame(c, c->socket_line, ei->err, ei) : ERR_OK;
}

/* System mode: the state belongs to the account the agent will be. */
static enum err drop_rights(struct agent *a, struct errinfo *ei)
{
	const struct config *c = a->config;
	struct passwd *pw;

	if (c->user_mode || !*c->user || geteuid() != 0)
		return ERR_OK;
	pw = getpwnam(c->user);
	if (!pw)
		return err_set(ei, ERR_INVALID_ARG, "%s: [agent] User=%s: there is no such account; create it "
		    "or name another", c->file, c->user);
	if (chown(c->state_dir, pw->pw_uid, pw->pw_gid) < 0 || initgroups(pw->pw_name, pw->pw_gid) < 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		return err_set(ei, ERR_ACCESS_DENIED, "cannot become %s: %s", c->user, strerror(errno));
	return ERR_OK;
}

static enum err start_spawner(struct agent *a, struct errinfo *ei)
{
	uint32_t uids[ACCOUNTS];
	struct spawner_policy policy = { .only_self = a->config->user_mode, .uids = uids };

	for (unsigned i = 0; i < ACCOUNTS; i++)
		if (a->accounts.of[i].known)
			uids[policy.nuids++] = a->accounts.of[i].uid;
	a->spawner = spawner_start(&policy);
	return a->spawner < 0 ? err_set(ei, ERR_WORKER, "cannot start a process: %s", strerror(errno)) : ERR_OK;
}

/* Rights were dropped and threads run, so the process that starts workers cannot be made anew from here: an
 * agent that lost it ends, and whoever started the agent starts a whole one. */
static int worker_start(void *ctx, uint32_t uid)
{
	struct agent *a = ctx;
	int fd = spawner_ask(a->spawner, uid);

	if (fd < 0 && errno == EPIPE && !a->lame) {
		log_error("the process that starts workers has ended (was it killed, or memory short?); "
		    "nothing can be moved without it, so the agent ends. Start it again; jobs go on where "
		    "they were");
		a->lame = true;
		kill(getpid(), SIGTERM);
	}
	return fd;
}

bool agent_is_lame(struct agent *a)
{
	return a->lame;
}

static enum err open_engine(struct agent *a, struct errinfo *ei)
{
	const struct config *c = a->config;
	struct eng_config ec = {
		.state_dir = c->state_dir, .fixed = c->policies, .profiles = c->profiles,
		.nprofiles = c->nprofiles,
		.roots = (const char *const *)c->roots, .nroots = c->nroots,
		    .allow_loopback = c->allow_loopback,
		.notify_dirs = (const char *const *)c->notify, .nnotify_dirs = c->nnotify,
		    .notify_system = c->user_mode,	/* there the owner is the user, whatever his number */
	};
	struct eng_host host = { .ctx = a, .worker_start = worker_start, .watch_network = true };

	a->world.accounts = &a->accounts;
	a->world.own_files = a->own_files = own_files_new(c);
	if (!a->own_files)
		return err_plain(ei, ERR_NO_MEMORY);
	a->world.eng = eng_open(&ec, &host, ei);
	if (a->world.eng)
		return ERR_OK;
	return blame(c, c->state_dir_line, ei->err ? ei->err : err_plain(ei, ERR_INTERNAL), ei);
}

static enum err open_front(struct agent *a, struct errinfo *ei)
{
	struct wsm_config wc = { .max_envelope = ENVELOPE_MAX, .vendor = "dray", .version = DRAY_VERSION,
	    .basic_over_http = a->config->basic && a->config->allow_unencrypted, .basic = a->config->basic,
	    .allow_unencrypted = a->config->allow_unencrypted, .listeners = a->listeners,
	    .nlisteners = a->config->nlisteners };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct wsm_auth face;

	for (size_t i = 0; i < wc.nlisteners; i++)
		listen_where(a->sockets[i], a->listeners[i].address, sizeof(a->listeners[i].address),
		    &a->listeners[i].port);
	a->sinks = sinks_new(a->world.eng, a->config->sinks);
	wc.sinks = a->sinks ? sinks_face(a->sinks) : NULL;
	wc.classes = prov_classes(&a->world, &wc.nclasses);
	a->auth = auth_new(a->config);
	a->service = wsm_service_new(&wc);
	if (!a->auth || !a->service || !a->sinks)
		return err_plain(ei, ERR_NO_MEMORY);
	auth_face(a->auth, &face);
	a->front = wsm_front_new(a->service, &face, cores < 1 ? 1 : cores > FRONT_THREADS ? FRONT_THREADS :
	    (unsigned)cores);
	for (size_t i = 0; a->front && i <= CONFIG_LISTENERS; i++)
		if (a->sockets[i] >= 0 &&
		    !wsm_front_listen(a->front, TAKE_FD(a->sockets[i]), i == CONFIG_LISTENERS))
			return err_set(ei, ERR_INTERNAL, "cannot accept connections");
	if (a->front && wsm_front_start(a->front))
		return ERR_OK;
	return err_set(ei, ERR_INTERNAL, "cannot start the front");
}

struct agent *agent_start(const struct config *config, struct errinfo *ei)
{
	struct agent *a = calloc(1, sizeof(*a));
	enum err err;

	if (!a) {
		err_plain(ei, ERR_NO_MEMORY);
		return NULL;
	}
	a->config = config;
	a->spawner = -1;
	for (size_t i = 0; i < COUNT(a->sockets); i++)
		a->sockets[i] = -1;
	err = accounts_read(config, &a->accounts, ei);
	if (!err)
		err = start_spawner(a, ei);	/* first: it must inherit nothing */
	if (!err)
		err = open_sockets(a, ei);
	if (!err)
		err = blame(config, config->state_dir_line, listen_make_dir(config->state_dir, ei), ei);
	if (!err)
		err = drop_rights(a, ei);
	if (!err)
		err = open_engine(a, ei);
	if (!err)
		err = open_front(a, ei);
	if (!err)
		return a;
	agent_stop(a);
	return NULL;
}

/* What is not the same any more, but is only read at the start. */
static void name_changes(const struct config *old, const struct config *fresh)
{
	bool listeners = old->nlisteners != fresh->nlisteners, roots = old->nroots != fresh->nroots;
	const struct { const char *key; bool differs; } rows[] = {
		{ "[agent] StateDirectory=", strcmp(old->state_dir, fresh->state_dir) != 0 },
		{ "[agent] Socket=", strcmp(old->socket, fresh->socket) != 0 },
		{ "[agent] User=", strcmp(old->user, fresh->user) != 0 },
		{ "[auth]", old->basic != fresh->basic || old->allow_unencrypted != fresh->allow_unencrypted ||
		    strcmp(old->users_file, fresh->users_file) != 0 },
		{ "[accounts]", strcmp(old->local_system, fresh->local_system) != 0 ||
		    strcmp(old->local_service, fresh->local_service) != 0 ||
		    strcmp(old->network_service, fresh->network_service) != 0 },
		{ "[eventing] AllowedSinks=", strcmp(old->sinks, fresh->sinks) != 0 },
		{ "[remote] AllowLoopback=", old->allow_loopback != fresh->allow_loopback },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].differs)
			log_warn("%s was changed; it takes effect after a restart", rows[i].key);
	for (size_t i = 0; i < old->nlisteners && !listeners; i++)
		listeners = strcmp(old->listeners[i].address, fresh->listeners[i].address) != 0;
	for (size_t i = 0; i < old->nroots && !roots; i++)
		roots = strcmp(old->roots[i], fresh->roots[i]) != 0;
	if (listeners)
		log_warn("[listener] was changed; it takes effect after a restart");
	if (roots)
		log_warn("[remote] Roots= was changed; it takes effect after a restart");
}

void agent_reload(struct agent *a, const struct config *fresh)
{
	name_changes(a->config, fresh);
	eng_set_fixed_policies(a->world.eng, fresh->policies);
	eng_set_profiles(a->world.eng, fresh->profiles, fresh->nprofiles);
}

void agent_stop(struct agent *a)
{
	if (!a)
		return;
	auth_stop(a->auth);		/* first: who waits for a password check would hold the front up */
	wsm_front_stop(a->front);
	wsm_service_stop(a->service);	/* while what sends its last words still works */
	eng_close(a->world.eng);	/* answers whatever is still open, then the front may go */
	wsm_front_free(a->front);
	wsm_service_free(a->service);
	auth_free(a->auth);
	own_files_free(a->own_files);
	sinks_free(a->sinks);
	for (size_t i = 0; i < COUNT(a->sockets); i++)
		if (a->sockets[i] >= 0)
			close(a->sockets[i]);
	if (a->world.eng)
		unlink(a->config->socket);
	if (a->spawner >= 0)
		close(a->spawner);
	free(a);
}
