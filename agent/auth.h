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
void auth_free(struct auth *auth);		/* after the front stopped; waits for running checks */
void auth_face(struct auth *auth, struct wsm_auth *ret);

#endif
