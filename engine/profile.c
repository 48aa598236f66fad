/* SPDX-License-Identifier: MIT
 * engine/profile.c: see profile.h.
 */
#include "engine/profile.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"

static const char *text_of(const char *text)
{
	return text ? text : "";
}

enum err metered_parse(const char *text, enum metered *ret, struct errinfo *ei)
{
	if (!*text || text_ieq(text, "auto"))
		*ret = METERED_AUTO;
	else if (text_ieq(text, "yes"))
		*ret = METERED_YES;
	else if (text_ieq(text, "no"))
		*ret = METERED_NO;
	else
		return err_set(ei, ERR_INVALID_ARG, "Metered is auto, yes or no, not \"%.40s\".", text);
	return ERR_OK;
}

static bool subnet_parse(const char *text, struct profile *ret)
{
	const char *slash = strchr(text, '/');
	char address[64];
	uint64_t bits;

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	ret->subnet.family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (!text_u64(slash + 1, 0, ret->subnet.family == AF_INET ? 32 : 128, &bits))
		return false;
	ret->subnet.bits = (unsigned)bits;
	return inet_pton(ret->subnet.family, address, ret->subnet.net) == 1;
}

enum err profile_parse(const struct eng_profile *from, struct profile *ret, struct errinfo *ei)
{
	enum err err;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->name, sizeof(ret->name), "%s", text_of(from->name));
	if (strlen(text_of(from->interface)) >= sizeof(ret->interface))
		return err_set(ei, ERR_INVALID_ARG, "Interface= is longer than the name of one can be.");
	snprintf(ret->interface, sizeof(ret->interface), "%s", text_of(from->interface));
	if (*text_of(from->subnet) && !subnet_parse(from->subnet, ret))
		return err_set(ei, ERR_INVALID_ARG, "Subnet= is like 10.1.0.0/16 or fd00::/8, not \"%.60s\".",
		    from->subnet);
	err = caps_parse(text_of(from->limit), &ret->limit, ei);
	if (!err)
		err = caps_parse(text_of(from->schedule), &ret->schedule, ei);
	return err ? err : metered_parse(text_of(from->metered), &ret->metered, ei);
}

static bool in_subnet(const struct profile *p, const struct sockaddr_storage *at)
{
	const unsigned char *a = at->ss_family == AF_INET ?
	    (const unsigned char *)&((const struct sockaddr_in *)(const void *)at)->sin_addr :
	    (const unsigned char *)&((const struct sockaddr_in6 *)(const void *)at)->sin6_addr;
	unsigned bytes = p->subnet.bits / 8, rest = p->subnet.bits % 8;

	if (at->ss_family != p->subnet.family || memcmp(a, p->subnet.net, bytes))
		return false;
	return !rest || !((a[bytes] ^ p->subnet.net[bytes]) & (0xff00 >> rest & 0xff));
}

bool profile_fits(const struct profile *p, const struct place *place)
{
	bool there = !p->subnet.family;

	for (unsigned i = 0; i < place->n && !there; i++)
		there = in_subnet(p, &place->at[i]);
	return there && (!*p->interface || !fnmatch(p->interface, place->name, 0));
}
