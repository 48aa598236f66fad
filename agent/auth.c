/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/auth.c: Basic against the users file, peer credentials on the unix socket.
 *
 * At most AUTH_THREADS passwords are checked at once. What waits is a guess: a name with a password.
 * Who makes the same guess waits for the same check, so a client that opens many connections pays for
 * one. There are AUTH_QUEUE guesses at most and AUTH_PER_ADDRESS from one address, so that one
 * address does not keep the others out; more are told to come back.
 */
#include "agent/auth.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth_cache.h"
#include "agent/auth_who.h"
#include "agent/users.h"
#include "engine/base/auto.h"
#include "engine/base/log.h"
#include "engine/base/now.h"

#define AUTH_THREADS 2
#define AUTH_QUEUE 64
#define AUTH_PER_ADDRESS 16

struct guess {
	struct wsm_login *waiters;	/* who made it; linked by mail.next; NULL: the slot is free */
	bool running;
	uint64_t number;		/* first come, first served */
	uint64_t generation;		/* of the users file it is checked against */
	unsigned char mac[AUTH_MAC];
};

struct auth {
	const struct config *config;
	struct users *users;
	struct auth_cache *cache;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct guess guesses[AUTH_QUEUE];
	uint64_t next_number;
	bool stopping;
	pthread_t threads[AUTH_THREADS];
	unsigned nthreads;
	uint64_t next_session;
};

/* HOST\user and \user mean user: only the local accounts of the users file exist. */
static const char *plain_name(const char *user)
{
	const char *back = strrchr(user, '\\');

	return back ? back + 1 : user;
}

static void on_login_mail(struct mail *mail)
{
	struct wsm_login *login = CONTAINER(mail, struct wsm_login, mail);

	login->done(login);
}

static void tell(struct wsm_login *login)
{
	login->mail.run = on_login_mail;
	mailbox_hand(login->home, &login->mail);
}

static uint64_t next_session(struct auth *auth)
{
	return __atomic_add_fetch(&auth->next_session, 1, __ATOMIC_RELAXED);
}

/* Each a caller of his own session. */
static void tell_all(struct auth *auth, struct wsm_login *login, int result, const struct prov_caller *caller)
{
	while (login) {
		struct wsm_login *next = login->mail.next ?
		    CONTAINER(login->mail.next, struct wsm_login, mail) : NULL;

		login->result = result;
		if (result == LOGIN_OK) {
			login->caller = *caller;
			login->caller.session = next_session(auth);
		}
		tell(login);
		login = next;
	}
}

/* ---- guesses; under the lock ---- */

static bool same_address(const char *a, const char *b)
{
	const char *port = strrchr(a, ':');
	size_t len = port ? (size_t)(port - a) + 1 : strlen(a) + 1;

	return !strncmp(a, b, len);
}

static struct guess *next_guess(struct auth *auth)
{
	struct guess *next = NULL;

	for (unsigned i = 0; i < AUTH_QUEUE; i++) {
		struct guess *g = &auth->guesses[i];

		if (g->waiters && !g->running && (!next || g->number < next->number))
			next = g;
	}
	return next;
}

/* Adds the login to a guess that is there, or makes one; false: there is no room for another. */
static bool wait_for(struct auth *auth, struct wsm_login *login, const unsigned char mac[AUTH_MAC],
    uint64_t generation)
{
	struct guess *room = NULL;
	unsigned here = 0;

	for (unsigned i = 0; i < AUTH_QUEUE; i++) {
		struct guess *g = &auth->guesses[i];

		if (!g->waiters) {
			room = g;
		} else if (g->generation == generation && !memcmp(g->mac, mac, AUTH_MAC)) {
			/* Behind the first, whose texts are used. */
			login->mail.next = g->waiters->mail.next;
			g->waiters->mail.next = &login->mail;
			return true;
		} else {
			here += same_address(login->peer, g->waiters->peer);
		}
	}
	if (!room || here >= AUTH_PER_ADDRESS)
		return false;
	login->mail.next = NULL;
	*room = (struct guess){ .waiters = login, .number = ++auth->next_number, .generation = generation };
	memcpy(room->mac, mac, AUTH_MAC);
	return true;
}

static struct wsm_login *take_waiters(struct guess *g)
{
	struct wsm_login *waiters = g->waiters;

	g->waiters = NULL;
	g->running = false;
	return waiters;
}

/* ---- the threads ---- */

/* The first waiter's texts live until he is told. */
static int check(struct auth *auth, struct guess *g, struct prov_caller *ret)
{
	const char *name = plain_name(g->waiters->user);
	enum prov_role role;

	if (auth_cache_recall(auth->cache, g->mac, users_generation(auth->users), now_ms(), ret))
		return LOGIN_OK;	/* while it waited somebody else was let in with it */
	role = users_check(auth->users, name, g->waiters->password);
	if (role == ROLE_NONE) {
		log_warn("login refused for %.100s from %s", name, g->waiters->peer);
		return LOGIN_DENIED;
	}
	auth_who_remote(auth->config, name, role, ret);
	auth_cache_remember(auth->cache, g->mac, g->generation, now_ms(), ret);
	return LOGIN_OK;
}

static void *thread_main(void *arg)
{
	struct auth *auth = arg;

	pthread_mutex_lock(&auth->lock);
	while (!auth->stopping) {
		struct guess *g = next_guess(auth);
		struct wsm_login *waiters;
		struct prov_caller caller;
		int result;

		if (!g) {
			pthread_cond_wait(&auth->more, &auth->lock);
			continue;
		}
		g->running = true;
		pthread_mutex_unlock(&auth->lock);
		result = check(auth, g, &caller);
		pthread_mutex_lock(&auth->lock);
		waiters = take_waiters(g);
		pthread_mutex_unlock(&auth->lock);
		tell_all(auth, waiters, result, &caller);
		pthread_mutex_lock(&auth->lock);
	}
	pthread_mutex_unlock(&auth->lock);
	return NULL;
}

static int begin(struct auth *auth, struct wsm_login *login, bool *ret_later)
{
	uint64_t generation = users_generation(auth->users);
	unsigned char mac[AUTH_MAC];

	if (!auth_cache_mac(auth->cache, plain_name(login->user), login->password, mac))
		return LOGIN_DENIED;
	if (auth_cache_recall(auth->cache, mac, generation, now_ms(), &login->caller))
		return LOGIN_OK;
	pthread_mutex_lock(&auth->lock);
	*ret_later = !auth->stopping && wait_for(auth, login, mac, generation);
	pthread_cond_signal(&auth->more);
	pthread_mutex_unlock(&auth->lock);
	return LOGIN_BUSY;
}

static void basic(void *ctx, struct wsm_login *login)
{
	bool later = false;
	int result = begin(ctx, login, &later);

	if (later)
		return;
	login->result = result;
	tell(login);
}

static bool peer(void *ctx, unsigned uid, int pid, struct prov_caller *ret)
{
	struct auth *auth = ctx;

	(void)pid;
	if (!auth_who_local(auth->config, uid, ret))
		return false;
	ret->session = next_session(auth);
	return true;
}

struct auth *auth_new(const struct config *config)
{
	struct auth *auth = calloc(1, sizeof(*auth));

	if (!auth)
		return NULL;
	auth->config = config;
	pthread_mutex_init(&auth->lock, NULL);
	pthread_cond_init(&auth->more, NULL);
	auth->users = users_new(config->users_file);
	auth->cache = auth_cache_new();
	if (!auth->users || !auth->cache) {
		auth_free(auth);
		return NULL;
	}
	while (config->basic && auth->nthreads < AUTH_THREADS) {
		if (pthread_create(&auth->threads[auth->nthreads], NULL, thread_main, auth)) {
			auth_free(auth);
			return NULL;
		}
		auth->nthreads++;
	}
	return auth;
}

void auth_stop(struct auth *auth)
{
	if (!auth)
		return;
	pthread_mutex_lock(&auth->lock);
	auth->stopping = true;
	pthread_cond_broadcast(&auth->more);
	pthread_mutex_unlock(&auth->lock);
	while (auth->nthreads)
		pthread_join(auth->threads[--auth->nthreads], NULL);
	for (unsigned i = 0; i < AUTH_QUEUE; i++)
		tell_all(auth, take_waiters(&auth->guesses[i]), LOGIN_BUSY, NULL);
}

void auth_free(struct auth *auth)
{
	if (!auth)
		return;
	auth_stop(auth);
	users_free(auth->users);
	auth_cache_free(auth->cache);
	pthread_cond_destroy(&auth->more);
	pthread_mutex_destroy(&auth->lock);
	free(auth);
}

void auth_face(struct auth *auth, struct wsm_auth *ret)
{
	ret->ctx = auth;
	ret->basic = auth->config->basic && auth->config->allow_unencrypted ? basic : NULL;
	ret->peer = peer;
}
