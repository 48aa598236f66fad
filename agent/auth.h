/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/auth.h: who a caller is. The front asks; this decides, on threads of its own, because
 * checking a password is slow on purpose.
 */
#ifndef AGENT_AUTH_H
#define AGENT_AUTH_H

#include "agent/config.h"
#include "wsman/wsman.h"

struct auth;

struct auth *auth_new(const struct config *config);
/* Waits for running checks and tells everybody else who waits to come back, now and from now on. While
 * there are still threads of the front that can be told. */
void auth_stop(struct auth *auth);
void auth_free(struct auth *auth);		/* after the front was freed */
void auth_face(struct auth *auth, struct wsm_auth *ret);

#endif
