/* SPDX-License-Identifier: MIT
 * engine/netwatch.h: is there a network beside this host, and where does the best route lead? Told by the
 * kernel (rtnetlink) on the engine's loop. Engine thread only.
 */
#ifndef NETWATCH_H
#define NETWATCH_H

#include <stdbool.h>

#include "engine/profile.h"

struct loop;
struct netwatch;

/* on_change: something about links, addresses or routes changed; look again. NULL: not to be had. */
struct netwatch *netwatch_new(struct loop *loop, void (*on_change)(void *arg), void *arg);
void netwatch_free(struct netwatch *nw);	/* NULL is fine */
/* A link that is up and has an address of more than link-local reach. ret: its place; of several, that of the
 * default route. */
bool netwatch_look(struct netwatch *nw, struct place *ret);

/* Does the URL stay on this host (localhost, 127.0.0.0/8, ::1)? Pure. */
bool netwatch_is_local(const char *url);

#endif
