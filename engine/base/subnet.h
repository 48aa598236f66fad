/* SPDX-License-Identifier: MIT
 * engine/base/subnet.h: "10.1.0.0/16" and "fd00::/8". Pure; any thread.
 */
#ifndef BASE_SUBNET_H
#define BASE_SUBNET_H

#include <stdbool.h>
#include <sys/socket.h>

struct subnet { int family; unsigned char net[16]; unsigned bits; };	/* family 0: none */

/* False: not of that form. Bits behind the prefix are not looked at, now and later. */
bool subnet_parse(const char *text, struct subnet *ret);
/* Is it one of its addresses? An IPv4 address in IPv6 clothes (::ffff:1.2.3.4) is one of IPv4. */
bool subnet_has(const struct subnet *s, const struct sockaddr *sa);
/* Its first and its last address. */
void subnet_ends(const struct subnet *s, struct sockaddr_storage *ret_first, struct sockaddr_storage *ret_last);

#endif
