/* SPDX-License-Identifier: MIT
 * agent/lib/lib_paths.c: where an agent is found on this machine when nobody says otherwise.
 *
 * The rules stand here and in dray(1) only. Reads the environment; touches no file. Any thread
 * that does not change the environment.
 */
#include "include/dray.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

/* XDG says: a value that is not absolute is to be ignored. */
static const char *env_dir(const char *name)
{
	const char *value = env(name);

	return value && value[0] == '/' ? value : NULL;
}

static bool fits(int n, size_t room)
{
	return n >= 0 && (size_t)n < room;
}

bool dray_default_socket(char *out, size_t room)
{
	const char *given = env("DRAY_SOCKET"), *run = env_dir("XDG_RUNTIME_DIR");

	if (given)
		return fits(snprintf(out, room, "%s", given), room);
	if (geteuid() == 0)
		return fits(snprintf(out, room, "/run/dray/dray.sock"), room);
	if (run)
		return fits(snprintf(out, room, "%s/dray.sock", run), room);
	return fits(snprintf(out, room, "/tmp/dray-%u/dray.sock", (unsigned)geteuid()), room);
}

bool dray_default_state_dir(char *out, size_t room)
{
	const char *state = env_dir("XDG_STATE_HOME"), *home = env_dir("HOME");

	if (state)
		return fits(snprintf(out, room, "%s/dray", state), room);
	if (home)
		return fits(snprintf(out, room, "%s/.local/state/dray", home), room);
	return false;
}
