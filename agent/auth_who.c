/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/auth_who.c: see auth_who.h.
 */
#include "agent/auth_who.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* User mode: whoever is in the users file acts as the user the agent is. System mode: as the
 * Unix account of that name; without one there is a role but nobody's jobs (uid -1). */
void auth_who_remote(const struct config *config, const char *name, enum prov_role role,
    struct prov_caller *ret)
{
	char room[4096];
	struct passwd pw, *found = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->uid = -1;
	ret->role = role;
	ret->remote = true;
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	if (config->user_mode)
		ret->uid = geteuid();
	else if (getpwnam_r(name, &pw, room, sizeof(room), &found) == 0 && found)
		ret->uid = pw.pw_uid;
}

bool auth_who_local(const struct config *config, unsigned uid, struct prov_caller *ret)
{
	char room[4096];
	struct passwd pw, *found = NULL;

	if (config->user_mode && uid != geteuid() && uid != 0)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->uid = config->user_mode ? (int64_t)geteuid() : (int64_t)uid;
	ret->role = config->user_mode || uid == 0 ? ROLE_ADMIN : ROLE_USER;
	if (getpwuid_r(uid, &pw, room, sizeof(room), &found) == 0 && found)
		snprintf(ret->name, sizeof(ret->name), "%s", pw.pw_name);
	else
		snprintf(ret->name, sizeof(ret->name), "%u", uid);
	return true;
}
