/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/sinks.h: events are sent to addresses the administrator named, by the worker of the user who subscribed.
 */
#ifndef AGENT_SINKS_H
#define AGENT_SINKS_H

#include "include/engine.h"
#include "wsman/wsman.h"

struct sinks;

/* rules: of [eventing] AllowedSinks=, good ones; copied. NULL: no memory. */
struct sinks *sinks_new(struct engine *eng, const char *rules);
void sinks_free(struct sinks *s);		/* after eng_close() */
const struct wsm_sinks *sinks_face(const struct sinks *s);

#endif
