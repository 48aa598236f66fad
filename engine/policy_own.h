/* SPDX-License-Identifier: MIT
 * engine/policy_own.h: what policy.c (the values), policy_set.c (who sets them) and policy_now.c (what follows
 * from them) share. For nobody else.
 */
#ifndef POLICY_OWN_H
#define POLICY_OWN_H

#include <pthread.h>

#include "engine/cost.h"
#include "engine/policy.h"

/* The week by a clock that cannot be set: the wall clock was read once in a while, in between the monotonic
 * one counts. See docs/decisions/0020. */
struct week_clock { int64_t unix_s; uint64_t at_ms; };

struct policies {
	pthread_mutex_t lock;	/* for the first block; the engine's thread alone writes `kept` */
	const char *fixed[POLICY__COUNT];	/* by the configuration; NULL: it says nothing */
	const char *kept[POLICY__COUNT];	/* by ENG_SET_POLICY; NULL: never set */
	struct profile *profiles;
	size_t nprofiles;
	bool stale;				/* the second block is older than the first */
	bool posted, network;			/* the mail is under way; what for */
	struct mail mail;
	struct engine *eng;

	/* Engine thread only. */
	const char *before[POLICY__COUNT];	/* `kept` before this turn, where changed */
	bool changed[POLICY__COUNT];
	/* The last two: of the profile that fits. */
	struct caps internet, schedule, maintenance, limit, hours;
	struct cost_policy cost;
	enum metered metered;
	struct place place;
	struct week_clock clock;
	uint64_t cap[4], until_ms;		/* now, until then; 0: to be worked out */
	uint32_t cost_state;
	bool moved;
};

/* False: it says nothing. */
bool policy_text(struct engine *eng, enum eng_policy policy, char *out, size_t room);

#endif
