/* SPDX-License-Identifier: MIT
 * engine/worker/creds.h: credentials of a job as one text, so that they are one column, sealed, and
 * one field of a message. Pure; any thread.
 *
 * One line a slot: target, scheme, user, password, separated by tabs and ended by LF; in user and
 * password, %, tab, CR and LF are written as %XX; "-" alone in the place of the user means the
 * logon identity. A slot is (target, scheme); BITS numbers: target 1 server, 2 proxy; scheme 1 Basic,
 * 2 Digest, 3 NTLM, 4 Negotiate. The PIN of the token with the client certificate is a slot, too.
 */
#ifndef CREDS_H
#define CREDS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"

enum { CRED_TOKEN = 3 };		/* target; no caller names it */
enum { CRED_PIN = 1 };			/* its scheme; the user is "" */

struct cred {
	uint32_t target, scheme;
	bool logon;			/* no name and password: who the process is */
	const char *user, *password;
};

/* The text with this slot set. out: empty, with its ceiling. false: out of room. */
bool creds_set(const char *creds, const struct cred *cred, struct buf *out);
/* ... removed; *ret_had: it was there. */
bool creds_remove(const char *creds, uint32_t target, uint32_t scheme, struct buf *out, bool *ret_had);
/* Calls on() for each slot; texts live until it returns. false: not of this form, or no memory. */
bool creds_each(const char *creds, void (*on)(void *arg, const struct cred *cred), void *arg);

#endif
