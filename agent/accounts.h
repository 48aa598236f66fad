/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/accounts.h: which Unix account LocalSystem, LocalService and NetworkService are here.
 */
#ifndef AGENT_ACCOUNTS_H
#define AGENT_ACCOUNTS_H

#include "agent/config.h"

#define ACCOUNTS 3		/* in the order of the MOF: 0 LocalSystem, 1 LocalService, 2 NetworkService */

struct account { bool known; uint32_t uid; char name[256]; };
struct accounts { struct account of[ACCOUNTS]; struct account self; };

enum err accounts_read(const struct config *config, struct accounts *ret, struct errinfo *ei);
const char *accounts_name(unsigned which);
/* Would a worker be started for it? The spawner decides the same for itself; this is for a clear word. */
bool accounts_serve(const struct accounts *a, uint32_t uid);

#endif
