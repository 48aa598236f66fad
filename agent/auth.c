/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/auth.c: Basic against the users file, peer credentials on the unix socket.
 *
 * At most AUTH_THREADS passwords are checked at once and AUTH_QUEUE wait; more are told to come
 * back. A password that was right is remembered for AUTH_CACHE_MS as an HMAC with a key made at
 * start, so a client's every request does not cost 60 ms; a changed users file or a wrong
 * password for the name forgets it.
 */
#include "agent/auth.h"

#include <ctype.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "agent/users.h"
#include "engine/base/auto.h"
#include "engine/base/log.h"
#include "engine/base/now.h"

#define AUTH_THREADS 2
#define AUTH_QUEUE 64
#define AUTH_CACHE 64
#define AUTH_CACHE_MS 60000
#define AUTH_TEXT_MAX 2048	/* name and password together */

struct remembered {
	unsigned char mac[32];
	char name[256];
	uint64_t until_ms, generation;
	struct prov_caller caller;
};

struct auth {
	const struct config *config;
	struct users *users;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct wsm_login *queue[AUTH_QUEUE];
	unsigned first, waiting;
	bool stopping;
	pthread_t threads[AUTH_THREADS];
	unsigned nthreads;
	unsigned char key[32];
	struct remembered cache[AUTH_CACHE];
	unsigned next_slot;
	uint64_t next_session;
};

/* HOST\user and \user mean user: only the local accounts of the users file exist. */
static const char *plain_name(const char *user)
{
	const char *back = strrchr(user, '\\');

	return back ? back + 1 : user;
}

/* Name and password fit AUTH_TEXT_MAX; see basic(). */
static void mac_of(struct auth *auth, const char *name, const char *password, unsigned char mac[32])
{
	char both[AUTH_TEXT_MAX + 1];
	size_t n = strlen(name), p = strlen(password);
	unsigned len = 32;

	memcpy(both, name, n + 1);
	memcpy(both + n + 1, password, p);
	HMAC(EVP_sha256(), auth->key, sizeof(auth->key), (unsigned char *)both, n + 1 + p, mac, &len);
	explicit_bzero(both, sizeof(both));
}

static bool recall(struct auth *auth, const char *name, const unsigned char mac[32], struct prov_caller *ret)
{
	uint64_t generation = users_generation(auth->users), now = now_ms();
	bool hit = false;

	pthread_mutex_lock(&auth->lock);
	for (unsigned i = 0; i < AUTH_CACHE && !hit; i++) {
		struct remembered *r = &auth->cache[i];
		unsigned char diff = 0;

		for (int b = 0; b < 32; b++)
			diff |= (unsigned char)(r->mac[b] ^ mac[b]);
		hit = !diff && r->until_ms > now && r->generation == generation && !strcmp(r->name, name);
		if (hit)
			*ret = r->caller;
	}
	pthread_mutex_unlock(&auth->lock);
	return hit;
}

static void remember(struct auth *auth, const char *name, const unsigned char mac[32], uint64_t generation,
    const struct prov_caller *caller)
{
	struct remembered *r;

	pthread_mutex_lock(&auth->lock);
	r = &auth->cache[auth->next_slot++ % AUTH_CACHE];
	memcpy(r->mac, mac, 32);
	snprintf(r->name, sizeof(r->name), "%s", name);
	r->until_ms = now_ms() + AUTH_CACHE_MS;
	r->generation = generation;
	r->caller = *caller;
	pthread_mutex_unlock(&auth->lock);
}

static void forget(struct auth *auth, const char *name)
{
	pthread_mutex_lock(&auth->lock);
	for (unsigned i = 0; i < AUTH_CACHE; i++)
		if (!strcmp(auth->cache[i].name, name))
			memset(&auth->cache[i], 0, sizeof(auth->cache[i]));
	pthread_mutex_unlock(&auth->lock);
}

/* User mode: whoever is in the users file acts as the user the agent is. System mode: as the
 * Unix account of that name; without one there is a role but nobody's jobs (uid -1). */
static void fill_caller(struct auth *auth, const char *name, enum prov_role role, struct prov_caller *ret)
{
	char room[4096];
	struct passwd pw, *found = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->uid = -1;
	ret->role = role;
	ret->remote = true;
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	if (auth->config->user_mode)
		ret->uid = geteuid();
	else if (getpwnam_r(name, &pw, room, sizeof(room), &found) == 0 && found)
		ret->uid = pw.pw_uid;
	ret->session = __atomic_add_fetch(&auth->next_session, 1, __ATOMIC_RELAXED);
}

static void on_login_mail(struct mail *mail)
{
	struct wsm_login *login = CONTAINER(mail, struct wsm_login, mail);

	login->done(login);
}

static void tell(struct wsm_login *login)
{
	login->mail.run = on_login_mail;
	mailbox_post(login->home, &login->mail);
}

/* A client that opens many connections at once waits for one check, not for all: the second
 * look finds what the first one remembered. */
static void check(struct auth *auth, struct wsm_login *login)
{
	const char *name = plain_name(login->user);
	uint64_t generation = users_generation(auth->users);
	enum prov_role role;
	unsigned char mac[32];

	mac_of(auth, name, login->password, mac);
	login->result = LOGIN_OK;
	if (!recall(auth, name, mac, &login->caller)) {
		role = users_check(auth->users, name, login->password);
		if (role == ROLE_NONE) {
			login->result = LOGIN_DENIED;
			forget(auth, name);
			log_warn("login refused for %.100s from %s", name, login->peer);
		} else {
			fill_caller(auth, name, role, &login->caller);
			remember(auth, name, mac, generation, &login->caller);
		}
	}
	tell(login);
}

static void *thread_main(void *arg)
{
	struct auth *auth = arg;

	pthread_mutex_lock(&auth->lock);
	while (!auth->stopping) {
		struct wsm_login *login;

		if (!auth->waiting) {
			pthread_cond_wait(&auth->more, &auth->lock);
			continue;
		}
		login = auth->queue[auth->first];
		auth->first = (auth->first + 1) % AUTH_QUEUE;
		auth->waiting--;
		pthread_mutex_unlock(&auth->lock);
		check(auth, login);
		pthread_mutex_lock(&auth->lock);
	}
	pthread_mutex_unlock(&auth->lock);
	return NULL;
}

static void basic(void *ctx, struct wsm_login *login)
{
	struct auth *auth = ctx;
	const char *name = plain_name(login->user);
	unsigned char mac[32];
	bool queued;

	if (strlen(name) + strlen(login->password) > AUTH_TEXT_MAX - 1 || strlen(name) > 255) {
		login->result = LOGIN_DENIED;
		tell(login);
		return;
	}
	mac_of(auth, name, login->password, mac);
	if (recall(auth, name, mac, &login->caller)) {
		login->result = LOGIN_OK;
		tell(login);
		return;
	}
	pthread_mutex_lock(&auth->lock);
	queued = auth->waiting < AUTH_QUEUE && !auth->stopping;
	if (queued)
		auth->queue[(auth->first + auth->waiting++) % AUTH_QUEUE] = login;
	pthread_cond_signal(&auth->more);
	pthread_mutex_unlock(&auth->lock);
	if (!queued) {
		login->result = LOGIN_BUSY;
		tell(login);
	}
}

static bool peer(void *ctx, unsigned uid, int pid, struct prov_caller *ret)
{
	struct auth *auth = ctx;
	char room[4096];
	struct passwd pw, *found = NULL;

	(void)pid;
	if (auth->config->user_mode && uid != geteuid() && uid != 0)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->uid = auth->config->user_mode ? (int64_t)geteuid() : (int64_t)uid;
	ret->role = auth->config->user_mode || uid == 0 ? ROLE_ADMIN : ROLE_USER;
	if (getpwuid_r(uid, &pw, room, sizeof(room), &found) == 0 && found)
		snprintf(ret->name, sizeof(ret->name), "%s", pw.pw_name);
	else
		snprintf(ret->name, sizeof(ret->name), "%u", uid);
	ret->session = __atomic_add_fetch(&auth->next_session, 1, __ATOMIC_RELAXED);
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
	if (!auth->users || getrandom(auth->key, sizeof(auth->key), 0) != sizeof(auth->key)) {
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

void auth_free(struct auth *auth)
{
	if (!auth)
		return;
	pthread_mutex_lock(&auth->lock);
	auth->stopping = true;
	pthread_cond_broadcast(&auth->more);
	pthread_mutex_unlock(&auth->lock);
	for (unsigned i = 0; i < auth->nthreads; i++)
		pthread_join(auth->threads[i], NULL);
	users_free(auth->users);
	pthread_cond_destroy(&auth->more);
	pthread_mutex_destroy(&auth->lock);
	explicit_bzero(auth, sizeof(*auth));
	free(auth);
}

void auth_face(struct auth *auth, struct wsm_auth *ret)
{
	ret->ctx = auth;
	ret->basic = auth->config->basic && auth->config->allow_unencrypted ? basic : NULL;
	ret->peer = peer;
}
