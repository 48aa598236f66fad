/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/auth_who.h: what a proved name or uid means on this machine. Any thread; asks the system's
 * user database.
 */
#ifndef AGENT_AUTH_WHO_H
#define AGENT_AUTH_WHO_H

#include "agent/config.h"
#include "include/provider.h"

/* The session is left at 0: the caller knows which it is. */
void auth_who_remote(const struct config *config, const char *name, enum prov_role role,
    struct prov_caller *ret);
/* False: refused. */
bool auth_who_local(const struct config *config, unsigned uid, struct prov_caller *ret);

#endif
