/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/accounts.c: see accounts.h. In user mode all three are the user the agent runs as; in
 * system mode only what the configuration names, root only if it says root.
 */
#include "agent/accounts.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const names[ACCOUNTS] = { "LocalSystem", "LocalService", "NetworkService" };

const char *accounts_name(unsigned which)
{
	return which < ACCOUNTS ? names[which] : "?";
}

bool accounts_serve(const struct accounts *a, uint32_t uid)
{
	for (unsigned i = 0; i < ACCOUNTS; i++)
		if (a->of[i].known && a->of[i].uid == uid)
			return true;
	return uid != 0;
}

static void be_self(struct account *a)
{
	struct passwd *pw = getpwuid(geteuid());

	a->known = true;
	a->uid = geteuid();
	if (pw)
		snprintf(a->name, sizeof(a->name), "%s", pw->pw_name);
	else
		snprintf(a->name, sizeof(a->name), "%u", a->uid);
}

enum err accounts_read(const struct config *config, struct accounts *ret, struct errinfo *ei)
{
	const char *const wanted[ACCOUNTS] = { config->local_system, config->local_service,
	    config->network_service };

	memset(ret, 0, sizeof(*ret));
	be_self(&ret->self);
	for (unsigned i = 0; i < ACCOUNTS; i++) {
		struct passwd *pw;

		if (config->user_mode) {
			ret->of[i] = ret->self;
			continue;
		}
		if (!*wanted[i])
			continue;
		pw = getpwnam(wanted[i]);
		if (!pw)
			return err_set(ei, ERR_INVALID_ARG, "%s: [accounts] %s=%s: there is no such account "
			    "on this machine; create it or name another", config->file, names[i], wanted[i]);
		ret->of[i].known = true;
		ret->of[i].uid = pw->pw_uid;
		snprintf(ret->of[i].name, sizeof(ret->of[i].name), "%s", pw->pw_name);
	}
	return ERR_OK;
}
