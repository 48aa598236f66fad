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
#include <openssl/params.h>

#define NAME_MAX_BYTES 255
#define TEXT_MAX_BYTES 2047	/* name and password together */

struct remembered {
	unsigned char mac[AUTH_MAC];
	uint64_t until_ms, longest_ms, generation;
	struct prov_caller caller;
};

struct auth_cache {
	pthread_mutex_t lock;
	EVP_MAC_CTX *hmac;		/* knows the key; finding an algorithm by its name costs ten times the work */
	pthread_mutex_t hmac_lock;
	struct remembered all[AUTH_CACHE];
	unsigned next_slot;
};

/* HMAC-SHA-256 with a key nobody else has. NULL: no memory, no randomness. */
static EVP_MAC_CTX *make_hmac(void)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end() };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	unsigned char key[32];

	EVP_MAC_free(mac);
	if (ctx && (getrandom(key, sizeof(key), 0) != sizeof(key) || !EVP_MAC_init(ctx, key, sizeof(key), params))) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	explicit_bzero(key, sizeof(key));
	return ctx;
}

struct auth_cache *auth_cache_new(void)
{
	struct auth_cache *c = calloc(1, sizeof(*c));

	if (c && !(c->hmac = make_hmac())) {
		free(c);
		return NULL;
	}
	if (c) {
		pthread_mutex_init(&c->lock, NULL);
		pthread_mutex_init(&c->hmac_lock, NULL);
	}
	return c;
}

void auth_cache_free(struct auth_cache *c)
{
	if (!c)
		return;
	pthread_mutex_destroy(&c->lock);
	pthread_mutex_destroy(&c->hmac_lock);
	EVP_MAC_CTX_free(c->hmac);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

bool auth_cache_mac(struct auth_cache *c, const char *name, const char *password, unsigned char mac[AUTH_MAC])
{
	unsigned char both[TEXT_MAX_BYTES + 1];
	size_t n = strlen(name), p = strlen(password);
	size_t len = 0;
	bool ok;

	if (n > NAME_MAX_BYTES || n + p > TEXT_MAX_BYTES)
		return false;
	memcpy(both, name, n + 1);		/* the NUL keeps the two apart */
	memcpy(both + n + 1, password, p);
	pthread_mutex_lock(&c->hmac_lock);
	ok = EVP_MAC_init(c->hmac, NULL, 0, NULL) && EVP_MAC_update(c->hmac, both, n + 1 + p) &&
	    EVP_MAC_final(c->hmac, mac, &len, AUTH_MAC) && len == AUTH_MAC;
	pthread_mutex_unlock(&c->hmac_lock);
	explicit_bzero(both, n + 1 + p);
	return ok;
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
