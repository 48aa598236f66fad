/* SPDX-License-Identifier: MIT
 * engine/worker/netguard.c: see netguard.h. Ranges: IANA special-purpose address registries.
 */
#include "engine/worker/netguard.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/auto.h"
#include "engine/base/subnet.h"

static const struct { uint32_t net; unsigned bits; const char *what; } nets4[] = {
	{ 0x00000000, 8, "an unspecified address" },
	{ 0x7f000000, 8, "a loopback address" },
	{ 0xa9fe0000, 16, "a link-local address" },
	{ 0xe0000000, 4, "a multicast address" },
	{ 0xf0000000, 4, "a reserved or broadcast address" },
};

/* embeds: offset of an IPv4 address inside that is judged instead; -1: refused as it is. */
static const struct { uint8_t net[16]; unsigned bits; int embeds; bool inverted; const char *what; } nets6[] = {
	{ { 0 }, 128, -1, false, "an unspecified address" },
	{ { [15] = 1 }, 128, -1, false, "a loopback address" },
	{ { 0xfe, 0x80 }, 10, -1, false, "a link-local address" },
	{ { 0xfe, 0xc0 }, 10, -1, false, "a site-local address" },
	{ { 0xff }, 8, -1, false, "a multicast address" },
	{ { 0x00, 0x64, 0xff, 0x9b, 0, 1 }, 48, -1, false, "an address translated to IPv4 locally" },
	{ { [10] = 0xff, [11] = 0xff }, 96, 12, false, NULL },		/* IPv4-mapped */
	{ { 0 }, 96, 12, false, NULL },					/* IPv4-compatible */
	{ { [8] = 0xff, [9] = 0xff }, 96, 12, false, NULL },		/* IPv4-translated (RFC 2765) */
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, 12, false, NULL },		/* NAT64 */
	{ { 0x20, 0x02 }, 16, 2, false, NULL },				/* 6to4 */
	{ { 0x20, 0x01, 0, 0 }, 32, 12, true, NULL },			/* Teredo */
};

static bool in_net6(const uint8_t *a, const uint8_t *net, unsigned bits)
{
	unsigned bytes = bits / 8;
	uint8_t mask = (uint8_t)(0xff00 >> bits % 8);

	return !memcmp(a, net, bytes) && (bytes == 16 || !((a[bytes] ^ net[bytes]) & mask));
}

static bool is_own(const uint8_t *a, size_t len, const struct ifaddrs *own)
{
	for (; own; own = own->ifa_next) {
		const struct sockaddr *sa = own->ifa_addr;

		if (sa && len == 4 && sa->sa_family == AF_INET &&
		    !memcmp(&((const struct sockaddr_in *)(const void *)sa)->sin_addr, a, 4))
			return true;
		if (sa && len == 16 && sa->sa_family == AF_INET6 &&
		    !memcmp(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, a, 16))
			return true;
	}
	return false;
}

static const char *judge4(const uint8_t *a, const struct ifaddrs *own)
{
	uint32_t v = (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];

	for (size_t i = 0; i < COUNT(nets4); i++)
		if ((v ^ nets4[i].net) >> (32 - nets4[i].bits) == 0)
			return nets4[i].what;
	return is_own(a, 4, own) ? "an address of this machine" : NULL;
}

static const char *judge6(const uint8_t *a, const struct ifaddrs *own)
{
	uint8_t inner[4];

	if (is_own(a, 16, own))
		return "an address of this machine";
	for (size_t i = 0; i < COUNT(nets6); i++) {
		if (!in_net6(a, nets6[i].net, nets6[i].bits))
			continue;
		if (nets6[i].embeds < 0)
			return nets6[i].what;
		for (int k = 0; k < 4; k++)
			inner[k] = (uint8_t)(a[nets6[i].embeds + k] ^ (nets6[i].inverted ? 0xff : 0));
		return judge4(inner, own);
	}
	/* ISATAP: interface id 0[02]00:5efe:v4 */
	if (!memcmp(a + 9, "\0\x5e\xfe", 3) && (a[8] & ~2) == 0)
		return judge4(a + 12, own);
	return NULL;
}

const char *netguard_judge(const struct sockaddr *sa, size_t len, const struct ifaddrs *own)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (len >= sizeof(in) && sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		return judge4((const uint8_t *)&in.sin_addr, own);
	}
	if (len >= sizeof(in6) && sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		return judge6(in6.sin6_addr.s6_addr, own);
	}
	return "not an internet address";
}

const char *netguard_refuses(const struct sockaddr *sa, size_t len)
{
	struct ifaddrs *own = NULL;
	const char *why;

	if (getifaddrs(&own) < 0)
		return "an address that cannot be told from this machine's own";
	why = netguard_judge(sa, len, own);
	freeifaddrs(own);
	return why;
}

static bool is_kind(const struct sockaddr_storage *at, const char *why, const struct ifaddrs *own)
{
	const char *what = netguard_judge((const struct sockaddr *)at, sizeof(*at), own);

	return what && !strcmp(what, why);
}

static const char *judge_outside(const struct sockaddr *sa, size_t len, const char *nets, const struct ifaddrs *own)
{
	const char *why = netguard_judge(sa, len, own);
	struct sockaddr_storage first, last;
	struct subnet net;
	char one[64];

	for (; *nets; nets += strspn(nets, " ")) {
		snprintf(one, sizeof(one), "%.*s", (int)strcspn(nets, " "), nets);
		nets += strcspn(nets, " ");
		if (!subnet_parse(one, &net) || !subnet_has(&net, sa))
			continue;
		subnet_ends(&net, &first, &last);
		if (!why || (is_kind(&first, why, own) && is_kind(&last, why, own)))
			return NULL;
	}
	return why ? why : "an address outside of the subnets that are allowed";
}

const char *netguard_refuses_outside(const struct sockaddr *sa, size_t len, const char *nets)
{
	struct ifaddrs *own = NULL;
	const char *why;

	if (getifaddrs(&own) < 0)
		return "an address that cannot be told from this machine's own";
	why = judge_outside(sa, len, nets, own);
	freeifaddrs(own);
	return why;
}

static bool is_localhost(const char *name)
{
	size_t len = strlen(name);

	if (len && name[len - 1] == '.')
		len--;
	return len >= 9 && !strncasecmp(name + len - 9, "localhost", 9) && (len == 9 || name[len - 10] == '.');
}

const char *netguard_refuses_host(const char *host)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *list = NULL;
	const char *why = NULL;
	char bare[256];

	if (is_localhost(host))
		return "this machine";
	snprintf(bare, sizeof(bare), "%s", host + (*host == '['));
	bare[strcspn(bare, "]")] = '\0';
	if (getaddrinfo(bare, NULL, &hints, &list))
		return NULL;
	for (struct addrinfo *a = list; a && !why; a = a->ai_next)
		why = netguard_refuses(a->ai_addr, a->ai_addrlen);
	freeaddrinfo(list);
	return why;
}
