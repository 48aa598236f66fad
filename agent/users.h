/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/users.h: the users file: name:role:yescrypt-hash a line, written by `dray passwd`.
 * Read again whenever it changed. Any thread.
 */
#ifndef AGENT_USERS_H
#define AGENT_USERS_H

#include "include/provider.h"

struct users;

struct users *users_new(const char *path);	/* NULL: out of memory */
void users_free(struct users *u);

/* Checks a password: about 60 ms of work, the same for names that do not exist. ROLE_NONE: no.
 * Blocks; never on an event loop's thread. */
enum prov_role users_check(struct users *u, const char *name, const char *password);
/* Changes with every new content of the file; looks at its time stamp. */
uint64_t users_generation(struct users *u);

#endif
