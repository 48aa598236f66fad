/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/listen.h: listening sockets, made before anything else so that a port in use is told at
 * once and nothing was touched.
 */
#ifndef AGENT_LISTEN_H
#define AGENT_LISTEN_H

#include "agent/config.h"

/* Is the address one? false with one clear line in ei. */
bool listen_check(const struct config_listener *l, struct errinfo *ei);
/* Non-blocking, close-on-exec; -1 with one clear line in ei. */
int listen_tcp(const struct config_listener *l, struct errinfo *ei);
/* What the socket really listens on: numeric address, port. */
void listen_where(int fd, char *address, size_t room, uint16_t *port);
/* Makes missing directories (private), replaces a socket nobody answers on. mode: 0600 or 0666. */
int listen_unix(const char *path, unsigned mode, struct errinfo *ei);
/* The directory and its missing parents, 0700. */
enum err listen_make_dir(const char *dir, struct errinfo *ei);

#endif
