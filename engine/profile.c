/* SPDX-License-Identifier: MIT
 * engine/profile.c: see profile.h.
 */
#include "engine/profile.h"

#include <fnmatch.h>
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

enum err profile_parse(const struct eng_profile *from, struct profile *ret, struct errinfo *ei)
{
	enum err err;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->name, sizeof(ret->name), "%s", text_of(from->name));
	if (strlen(text_of(from->interface)) >= sizeof(ret->interface))
		return err_set(ei, ERR_INVALID_ARG, "Interface= is longer than the name of one can be.");
	snprintf(ret->interface, sizeof(ret->interface), "%s", text_of(from->interface));
	if (*text_of(from->subnet) && !subnet_parse(from->subnet, &ret->subnet))
		return err_set(ei, ERR_INVALID_ARG, "Subnet= is like 10.1.0.0/16 or fd00::/8, not \"%.60s\".",
		    from->subnet);
	err = caps_parse(text_of(from->limit), &ret->limit, ei);
	if (!err)
		err = caps_parse(text_of(from->schedule), &ret->schedule, ei);
	return err ? err : metered_parse(text_of(from->metered), &ret->metered, ei);
}

bool profile_fits(const struct profile *p, const struct place *place)
{
	bool there = !p->subnet.family;

	for (unsigned i = 0; i < place->n && !there; i++)
		there = subnet_has(&p->subnet, (const struct sockaddr *)&place->at[i]);
	return there && (!*p->interface || !fnmatch(p->interface, place->name, 0));
}
