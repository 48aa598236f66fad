/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/auth_cache.c: see auth_cache.h.
 */
#include "agent/auth_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define NAME_MAX_BYTES 255
#define TEXT_MAX_BYTES 2047	/* name and password together */

struct remembered {
	unsigned char mac[AUTH_MAC];
	uint64_t until_ms, longest_ms, generation;
	struct prov_caller caller;
};

struct auth_cache {
	pthread_mutex_t lock;
	unsigned char key[32];
	struct remembered all[AUTH_CACHE];
	unsigned next_slot;
};

struct auth_cache *auth_cache_new(void)
{
	struct auth_cache *c = calloc(1, sizeof(*c));

	if (c && getrandom(c->key, sizeof(c->key), 0) != sizeof(c->key)) {
		free(c);
		return NULL;
	}
	if (c)
		pthread_mutex_init(&c->lock, NULL);
	return c;
}

void auth_cache_free(struct auth_cache *c)
{
	if (!c)
		return;
	pthread_mutex_destroy(&c->lock);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

bool auth_cache_mac(struct auth_cache *c, const char *name, const char *password, unsigned char mac[AUTH_MAC])
{
	unsigned char both[TEXT_MAX_BYTES + 1];
	size_t n = strlen(name), p = strlen(password);
	unsigned len = AUTH_MAC;

	if (n > NAME_MAX_BYTES || n + p > TEXT_MAX_BYTES)
		return false;
	memcpy(both, name, n + 1);		/* the NUL keeps the two apart */
	memcpy(both + n + 1, password, p);
	HMAC(EVP_sha256(), c->key, sizeof(c->key), both, n + 1 + p, mac, &len);
	explicit_bzero(both, sizeof(both));
	return true;
}

bool auth_cache_recall(struct auth_cache *c, const unsigned char mac[AUTH_MAC], uint64_t generation,
    uint64_t now_ms, struct prov_caller *ret)
{
	bool hit = false;

	pthread_mutex_lock(&c->lock);
	for (unsigned i = 0; i < AUTH_CACHE && !hit; i++) {
		struct remembered *r = &c->all[i];

		hit = r->until_ms > now_ms && r->generation == generation &&
		    !CRYPTO_memcmp(r->mac, mac, AUTH_MAC);
		if (!hit)
			continue;
		r->until_ms = now_ms + AUTH_CACHE_MS < r->longest_ms ? now_ms + AUTH_CACHE_MS : r->longest_ms;
		*ret = r->caller;
	}
	pthread_mutex_unlock(&c->lock);
	return hit;
}

void auth_cache_remember(struct auth_cache *c, const unsigned char mac[AUTH_MAC], uint64_t generation,
    uint64_t now_ms, const struct prov_caller *caller)
{
	struct remembered *r;

	pthread_mutex_lock(&c->lock);
	r = &c->all[c->next_slot++ % AUTH_CACHE];
	memcpy(r->mac, mac, AUTH_MAC);
	r->until_ms = now_ms + AUTH_CACHE_MS;
	r->longest_ms = now_ms + AUTH_CACHE_LONGEST_MS;
	r->generation = generation;
	r->caller = *caller;
	pthread_mutex_unlock(&c->lock);
}
