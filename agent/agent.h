/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/agent.h: the parts of a running agent, put together and taken apart in order.
 */
#ifndef AGENT_H
#define AGENT_H

#include "agent/config.h"

struct agent;

/* Everything that may fail because of the configuration happens here, in an order that loses
 * nothing: sockets, spawner, store, engine, front. NULL with one clear line in ei. */
struct agent *agent_start(const struct config *config, struct errinfo *ei);
/* The configuration was read again: policies and bandwidth hold at once, what needs a restart is named in
 * the log. Copies what it keeps. */
void agent_reload(struct agent *agent, const struct config *fresh);
/* It asked to be stopped itself (SIGTERM to this process), because it could not do its work any more. */
bool agent_is_lame(struct agent *agent);
void agent_stop(struct agent *agent);

#endif
