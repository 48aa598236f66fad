/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/auth_cache.h: passwords that were right, remembered as an HMAC with a key made at start, so
 * that a client's every request does not cost 60 ms.
 *
 * Each use prolongs it by AUTH_CACHE_MS, up to AUTH_CACHE_LONGEST_MS after the check; a changed users
 * file forgets it at once. A wrong password forgets nothing: or whoever guesses at a name would make
 * everybody of that name wait behind the guesses. Any thread; a mutex inside.
 */
#ifndef AGENT_AUTH_CACHE_H
#define AGENT_AUTH_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "include/provider.h"

#define AUTH_CACHE 64
#define AUTH_CACHE_MS 60000
#define AUTH_CACHE_LONGEST_MS 600000
#define AUTH_MAC 32

struct auth_cache;

struct auth_cache *auth_cache_new(void);	/* NULL: no memory, no randomness */
void auth_cache_free(struct auth_cache *c);

/* What stands for a name and its password; false: too long to be anybody's, or no memory. */
bool auth_cache_mac(struct auth_cache *c, const char *name, const char *password, unsigned char mac[AUTH_MAC]);
/* generation: of the users file, now and when the password was checked. */
bool auth_cache_recall(struct auth_cache *c, const unsigned char mac[AUTH_MAC], uint64_t generation,
    uint64_t now_ms, struct prov_caller *ret);
void auth_cache_remember(struct auth_cache *c, const unsigned char mac[AUTH_MAC], uint64_t generation,
    uint64_t now_ms, const struct prov_caller *caller);

#endif
