/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/keep.h: the agent's own files, which no remote caller may have replaced, whatever Roots= says:
 * whoever could write the users file or the store would be anybody he likes.
 *
 * Places are compared by what they are on the disk, not by their letters. Any thread once made.
 */
#ifndef AGENT_KEEP_H
#define AGENT_KEEP_H

#include "agent/config.h"

struct keep;

/* After the state directory exists. Warns where Roots= holds something of the agent. NULL: no memory. */
struct keep *keep_new(const struct config *config);
void keep_free(struct keep *k);
/* Is it, or does it lie beneath, something of the agent? path: absolute, without `..`. */
bool keep_has(const struct keep *k, const char *path);

#endif
