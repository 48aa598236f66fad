/* SPDX-License-Identifier: MIT
 * engine/worker/netguard.h: which addresses a job of a caller from afar may not be sent to.
 *
 * Judged is the address a connection is really made to, after every name, redirect and notation
 * was resolved, so there is nothing to be clever about. The judgement is pure.
 */
#ifndef NETGUARD_H
#define NETGUARD_H

#include <stddef.h>
#include <sys/socket.h>

struct ifaddrs;

/* NULL: allowed; else what the address is, for a person ("a loopback address"). own: this host's
 * addresses as getifaddrs() gives them, may be NULL. */
const char *netguard_judge(const struct sockaddr *sa, size_t len, const struct ifaddrs *own);
/* The same, asking the kernel for this host's addresses; if it cannot say, everything is refused. */
const char *netguard_refuses(const struct sockaddr *sa, size_t len);
/* May a request be sent there that is for these subnets ("10.1.0.0/16 fd00::/8") only? What netguard_judge() would
 * refuse is allowed when a subnet is nothing but that: 127.0.0.0/8 names loopback, 0.0.0.0/0 does not. */
const char *netguard_refuses_outside(const struct sockaddr *sa, size_t len, const char *nets);
/* A host of a URL that is an address in any notation, or this machine by name; other names are not resolved
 * (NULL). For requests through a proxy, which resolves names itself. */
const char *netguard_refuses_host(const char *host);

#endif
