/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/own_files.h: the agent's own files, which no remote caller may have replaced, whatever Roots= says:
 * whoever could write the users file or the store would be anybody he likes.
 *
 * Places are compared by what they are on the disk, not by their letters. Any thread once made.
 */
#ifndef AGENT_OWN_FILES_H
#define AGENT_OWN_FILES_H

#include "agent/config.h"

struct own_files;

/* After the state directory exists. Warns where Roots= holds something of the agent. NULL: no memory. */
struct own_files *own_files_new(const struct config *config);
void own_files_free(struct own_files *k);
/* Is it, or does it lie beneath, something of the agent? path: absolute, without `..`. */
bool own_files_has(const struct own_files *k, const char *path);

#endif
