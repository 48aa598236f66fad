/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/spawner.h: the small process that starts workers.
 *
 * It is forked before the agent has threads or has read a byte from outside, so forking is safe
 * and nothing leaks. It reads fixed-size requests (a uid and one end of a socket) and refuses
 * every uid it was not told to serve. It ends when the agent does, and so do its workers.
 */
#ifndef AGENT_SPAWNER_H
#define AGENT_SPAWNER_H

#include <stdbool.h>
#include <stdint.h>

struct spawner_policy {
	bool only_self;			/* user mode: no uid but our own */
	const uint32_t *uids;		/* root is served only when it stands here */
	unsigned nuids;
};

/* Returns the agent's end of the socket to the spawner, -1 on failure. */
int spawner_start(const struct spawner_policy *policy);

/* Asks for a worker that is uid; returns the engine's end of its socket, -1 on failure. Does not
 * wait: a refusal shows as the socket closing. Any one thread. */
int spawner_ask(int spawner, uint32_t uid);

/* Pure: would it be served? */
bool spawner_may(const struct spawner_policy *policy, uint32_t self, uint32_t uid);

#endif
