/* SPDX-License-Identifier: MIT
 * engine/policy_now.c: what the policies come to at this hour, in this place. Engine thread only.
 */
#include "engine/policy_own.h"

#include <string.h>
#include <time.h>

#include "engine/base/now.h"

#define CLOCK_MS 3600000u		/* how long the wall clock is not looked at */
#define MINUTE_MS 60000u

/* Ms of the week, local time. */
static uint64_t week_ms(struct engine *eng)
{
	struct week_clock *c = &eng->policies->clock;
	int64_t ms;
	struct tm tm;
	time_t t;

	if (!c->at_ms || eng->now_ms - c->at_ms >= CLOCK_MS)
		*c = (struct week_clock){ ft_to_unix(engine_ft(eng)), eng->now_ms };
	ms = c->unix_s * 1000 + (int64_t)(eng->now_ms - c->at_ms);
	t = (time_t)(ms / 1000);
	if (!localtime_r(&t, &tm))
		return 0;
	return ((uint64_t)((tm.tm_wday + 6) % 7 * 24 * 60 + tm.tm_hour * 60 + tm.tm_min) * 60 +
	    (uint64_t)(tm.tm_sec % 60)) * 1000 + (uint64_t)(ms % 1000);
}

static void parse_caps(struct engine *eng, enum eng_policy policy, struct caps *ret)
{
	char text[CAPS_TEXT + 1];

	policy_text(eng, policy, text, sizeof(text));
	if (caps_parse(text, ret, NULL))
		ret->n = 0;		/* was checked when it was set */
}

static void choose_profile(struct policies *p)
{
	enum metered metered = METERED_AUTO;

	p->limit.n = p->hours.n = 0;
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->nprofiles; i++)
		if (profile_fits(&p->profiles[i], &p->place)) {
			p->limit = p->profiles[i].limit;
			p->hours = p->profiles[i].schedule;
			metered = p->profiles[i].metered;
			break;
		}
	pthread_mutex_unlock(&p->lock);
	if (metered == METERED_AUTO)
		metered = p->metered;
	p->cost_state = metered == METERED_YES ? COST_USAGE_BASED : COST_UNRESTRICTED;
}

static void parse(struct engine *eng)
{
	struct policies *p = eng->policies;
	char text[400];
	bool stale;

	pthread_mutex_lock(&p->lock);
	stale = p->stale;
	p->stale = false;
	pthread_mutex_unlock(&p->lock);
	if (!stale)
		return;
	parse_caps(eng, POLICY_MaxInternetBandwidth, &p->internet);
	parse_caps(eng, POLICY_BandwidthSchedule, &p->schedule);
	parse_caps(eng, POLICY_MaintenanceSchedule, &p->maintenance);
	policy_text(eng, POLICY_CostPolicy, text, sizeof(text));
	cost_parse(text, &p->cost, NULL);
	policy_text(eng, POLICY_Metered, text, sizeof(text));
	if (metered_parse(text, &p->metered, NULL))
		p->metered = METERED_AUTO;
	choose_profile(p);
	p->clock.at_ms = 0;		/* somebody is at work here: what the clock says counts */
	p->until_ms = 0;
	p->moved = true;
}

static bool says_anything(const struct policies *p)
{
	return p->internet.n || p->schedule.n || p->maintenance.n || p->limit.n || p->hours.n;
}

/* Works out the caps when the time they hold for is over. */
static void refresh(struct engine *eng)
{
	struct policies *p = eng->policies;
	struct caps_set set = { &p->maintenance, &p->schedule, &p->internet, &p->limit, &p->hours };
	uint64_t ms, left;
	unsigned minute;

	parse(eng);
	if (p->until_ms && eng->now_ms < p->until_ms)
		return;
	ms = week_ms(eng);
	minute = (unsigned)(ms / MINUTE_MS) % CAPS_WEEK;
	for (unsigned i = 0; i < 4; i++) {
		uint64_t cap = caps_effective(&set, minute, i);

		p->moved |= cap != p->cap[i];
		p->cap[i] = cap;
	}
	left = (uint64_t)caps_effective_next(&set, minute) * MINUTE_MS - ms % MINUTE_MS;
	p->until_ms = !says_anything(p) ? UINT64_MAX : eng->now_ms + (left < CLOCK_MS ? left : CLOCK_MS);
}

uint64_t policy_cap(struct engine *eng, unsigned priority)
{
	refresh(eng);
	return eng->policies->cap[priority] >= CAPS_UNLIMITED ? UINT64_MAX : eng->policies->cap[priority];
}

uint64_t policy_cap_changes_ms(struct engine *eng)
{
	refresh(eng);
	return eng->policies->until_ms == UINT64_MAX ? UINT64_MAX : eng->policies->until_ms - eng->now_ms;
}

bool policy_cost_allows(struct engine *eng, const struct job *job)
{
	refresh(eng);
	return cost_allows(eng->policies->cost_state, job->opt->cost_flags, &eng->policies->cost,
	    (unsigned)job->rec.priority);
}

bool policy_moved(struct engine *eng)
{
	bool moved;

	refresh(eng);
	moved = eng->policies->moved;
	eng->policies->moved = false;
	return moved;
}

bool policy_place(struct engine *eng, const struct place *place)
{
	struct policies *p = eng->policies;

	if (!memcmp(&p->place, place, sizeof(*place)))
		return false;
	p->place = *place;
	choose_profile(p);
	p->until_ms = 0;
	p->moved = true;
	return true;
}
