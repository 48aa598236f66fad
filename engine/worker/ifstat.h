/* SPDX-License-Identifier: MIT
 * engine/worker/ifstat.h: which interface leads to an address, and what it has received. The worker's door
 * to the kernel's routing socket (rtnetlink). Asks and waits for the answer, which the kernel gives at once.
 */
#ifndef IFSTAT_H
#define IFSTAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct ifstat;

struct ifstat *ifstat_new(void);		/* NULL: out of memory or descriptors */
void ifstat_free(struct ifstat *s);		/* NULL is fine */
/* Index of the interface of the best route to the address; 0: there is none, or it stays on this host. */
int ifstat_route(struct ifstat *s, const struct sockaddr *to);
bool ifstat_received(struct ifstat *s, int index, uint64_t *ret_bytes);

#endif
