/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/config.h: what dray.conf says. Read before any thread starts, and again at SIGHUP.
 */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/engine.h"

#define CONFIG_LISTENERS 8
#define CONFIG_ROOTS 64
#define CONFIG_PROFILES 16

struct config_listener {
	char *name, *address, *transport;
	char *file;		/* where it stands, for later complaints */
	int line, transport_line;
};

struct config {
	bool user_mode;
	char *file;		/* that was read; NULL: none, all defaults */
	char *state_dir, *socket, *user;
	int state_dir_line, socket_line;	/* where they stand; 0: not said */
	bool basic, allow_unencrypted;
	char *users_file;
	int users_file_line;
	char *local_system, *local_service, *network_service;
	char *roots[CONFIG_ROOTS];
	size_t nroots;
	char *notify[CONFIG_ROOTS];
	size_t nnotify;
	bool allow_loopback;
	char *sinks;		/* rules of agent/sink_rule.h, separated by blanks */
	struct eng_policy_value policies[POLICY__COUNT];	/* texts are ours; fixed: said */
	/* Texts are ours; the one without a name is last. */
	struct eng_profile profiles[CONFIG_PROFILES + 1];
	size_t nprofiles;
	struct config_listener listeners[CONFIG_LISTENERS];
	size_t nlisteners;
};

/* file NULL: the mode's own place, which need not exist. Fills what is not said with defaults and
 * checks everything that can be checked without starting. One clear line in ei otherwise. */
enum err config_read(const char *file, bool user_mode, struct config *ret, struct errinfo *ei);
void config_done(struct config *c);

#endif
