/* SPDX-License-Identifier: MIT
 * engine/seal.h: secrets in the store: AES-256-GCM with a key in a file of its own beside it, so that
 * a copy of the store alone gives nothing away. seal.c is the engine's door to OpenSSL.
 */
#ifndef SEAL_H
#define SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

struct seal;

/* The key of dir/key; made, with mode 0600 and durable, when there is none. */
struct seal *seal_open(const char *dir, struct errinfo *ei);
void seal_free(struct seal *seal);
#define SEAL_MORE 28			/* bytes a sealed text is longer */
/* out: len + SEAL_MORE bytes. context: bound to it; opening needs the same. */
bool seal_shut(struct seal *seal, const char *text, size_t len, const char *context, unsigned char *out);
/* out: len - SEAL_MORE bytes and a NUL. false: not sealed with this key for this context, or changed. */
bool seal_unshut(struct seal *seal, const unsigned char *bytes, size_t len, const char *context, char *out);

#endif
