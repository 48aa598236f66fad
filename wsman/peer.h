/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/peer.h: who is at the other end of a socket, as far as the kernel knows.
 */
#ifndef WSMAN_PEER_H
#define WSMAN_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "wsman/wsman.h"

void peer_address(int fd, char *out, size_t room);	/* "192.0.2.7:1234", "local" */
/* The caller behind a unix socket, by SO_PEERCRED. false: refused, or the kernel does not say. */
bool peer_caller(int fd, const struct wsm_auth *auth, struct prov_caller *ret);

#endif
