/* SPDX-License-Identifier: MIT
 * agent/cli/cli_agent.h: an agent of one's own, started when it is needed.
 */
#ifndef CLI_AGENT_H
#define CLI_AGENT_H

#include <stdbool.h>

/* Does anybody accept at that socket? *ret_absent: nothing is there (ENOENT, ECONNREFUSED). */
bool cli_agent_answers(const char *socket, bool *ret_absent);
/* Starts `drayd --mode user` in the background and waits until the socket accepts. false: it
 * said why not. */
bool cli_agent_start(const char *socket);

#endif
