/* SPDX-License-Identifier: MIT
 * engine/access.h: who may do what with whose job. Pure; any thread. Other people's jobs answer
 * exactly like jobs that do not exist.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include "include/engine.h"

static inline bool access_may_read(const struct eng_caller *c, uint64_t owner_uid)
{
	return c->reads_all || c->writes_all || (c->uid >= 0 && (uint64_t)c->uid == owner_uid);
}

static inline bool access_may_write(const struct eng_caller *c, uint64_t owner_uid)
{
	return c->writes_all || (!c->reads_all && c->uid >= 0 && (uint64_t)c->uid == owner_uid);
}

#endif
