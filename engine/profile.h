/* SPDX-License-Identifier: MIT
 * engine/profile.h: [bandwidth NAME] sections: what holds where this machine is just now. Pure.
 */
#ifndef PROFILE_H
#define PROFILE_H

#include <sys/socket.h>

#include "engine/base/subnet.h"
#include "engine/caps.h"
#include "include/engine.h"

#define PLACE_ADDRESSES 8

/* Where the best route leads. name "": nowhere, or nobody looked. */
struct place {
	char name[32];			/* of the interface */
	bool routed;			/* there is a route to far away */
	unsigned n;
	struct sockaddr_storage at[PLACE_ADDRESSES];	/* its addresses */
};

enum metered { METERED_AUTO, METERED_NO, METERED_YES };

struct profile {
	char name[64], interface[32];
	struct subnet subnet;		/* family 0: any */
	struct caps limit, schedule;
	enum metered metered;
};

enum err metered_parse(const char *text, enum metered *ret, struct errinfo *ei);
enum err profile_parse(const struct eng_profile *from, struct profile *ret, struct errinfo *ei);
bool profile_fits(const struct profile *p, const struct place *place);

#endif
