/* SPDX-License-Identifier: MIT
 * engine/worker/publish.h: the finished hidden file gets its name, or is thrown away.
 *
 * Both may be repeated after a crash at any point and then say the same. Worker thread only.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include <sys/types.h>

#include "engine/base/err.h"
#include "engine/worker/proto.h"

/* On disk under its name when it returns OK; mode as a new file of the owner would have, time
 * stamp of the server. Refuses a file that is not the recorded one. */
struct publish_item { const struct proto_publish *order; enum err err; struct errinfo ei; };
/* Several at a time share what the disk has to be waited for; FLUSH_BATCH at most. */
void publish_files(struct publish_item *items, size_t n, mode_t umask);
enum err publish_discard(const struct proto_discard *order, struct errinfo *ei);

#endif
