/* SPDX-License-Identifier: MIT
 * engine/base/subnet.c: see subnet.h.
 */
#include "engine/base/subnet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "engine/base/text.h"

bool subnet_parse(const char *text, struct subnet *ret)
{
	const char *slash = strchr(text, '/');
	struct subnet s = { 0 };
	char address[64];
	uint64_t bits;

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	s.family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (!text_u64(slash + 1, 0, s.family == AF_INET ? 32 : 128, &bits) ||
	    inet_pton(s.family, address, s.net) != 1)
		return false;
	s.bits = (unsigned)bits;
	*ret = s;
	return true;
}

/* The bytes of an address and its family; 0: it has none. */
static int bytes_of(const struct sockaddr *sa, unsigned char ret[16])
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;

	if (sa->sa_family == AF_INET) {
		memcpy(ret, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
		return AF_INET;
	}
	if (sa->sa_family != AF_INET6)
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		memcpy(ret, in6->sin6_addr.s6_addr + 12, 4);
		return AF_INET;
	}
	memcpy(ret, &in6->sin6_addr, 16);
	return AF_INET6;
}

bool subnet_has(const struct subnet *s, const struct sockaddr *sa)
{
	unsigned bytes = s->bits / 8, rest = s->bits % 8;
	unsigned char a[16];
	int family = bytes_of(sa, a);

	if (!family || family != s->family || memcmp(a, s->net, bytes))
		return false;
	return !rest || !((a[bytes] ^ s->net[bytes]) & (0xff00 >> rest & 0xff));
}

static void fill(const struct subnet *s, unsigned char rest, struct sockaddr_storage *ret)
{
	unsigned char a[16];

	for (unsigned i = 0; i < 16; i++) {
		unsigned mine = s->bits >= 8 * i + 8 ? 8 : s->bits <= 8 * i ? 0 : s->bits - 8 * i;
		unsigned char mask = (unsigned char)(0xff00 >> mine);

		a[i] = (unsigned char)((s->net[i] & mask) | (rest & ~mask));
	}
	memset(ret, 0, sizeof(*ret));
	ret->ss_family = (sa_family_t)s->family;
	if (s->family == AF_INET)
		memcpy(&((struct sockaddr_in *)(void *)ret)->sin_addr, a, 4);
	else
		memcpy(&((struct sockaddr_in6 *)(void *)ret)->sin6_addr, a, 16);
}

void subnet_ends(const struct subnet *s, struct sockaddr_storage *ret_first, struct sockaddr_storage *ret_last)
{
	fill(s, 0, ret_first);
	fill(s, 0xff, ret_last);
}
