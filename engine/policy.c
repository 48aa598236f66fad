/* SPDX-License-Identifier: MIT
 * engine/policy.c: see policy.h: the rows, the values readers get, and the way of other threads to the
 * engine's. Who sets values is policy_set.c; what follows from them for transfers is policy_now.c.
 */
#include "engine/policy_own.h"

#include <stdio.h>
#include <string.h>

#include "engine/cost.h"
#include "engine/base/arena.h"
#include "engine/base/loop.h"
#include "engine/base/str.h"
#include "engine/base/text.h"

static const struct { const char *name; bool number; uint64_t lo, hi, dflt; } rows[POLICY__COUNT] = {
#define POLICY(name, kind, lo, hi, dflt, help) { #name, POLICY_IS_##kind, lo, hi, dflt },
#define POLICY_IS_NUM true
#define POLICY_IS_TEXT false
#include "schemas/policies.def"
#undef POLICY
};

const char *eng_policy_name(enum eng_policy policy) { return rows[policy].name; }
bool eng_policy_is_number(enum eng_policy policy) { return rows[policy].number; }

enum err eng_policy_check(enum eng_policy policy, const char *text, struct errinfo *ei)
{
	struct cost_policy cost;
	enum metered metered;
	struct caps caps;
	uint64_t v;

	if (rows[policy].number)
		return text_u64(text, rows[policy].lo, rows[policy].hi, &v) ? ERR_OK :
		    err_set(ei, ERR_INVALID_ARG, "%s is a number from %llu to %llu, not \"%.40s\".",
		    rows[policy].name, (unsigned long long)rows[policy].lo,
		    (unsigned long long)rows[policy].hi, text);
	if (policy == POLICY_CostPolicy)
		return cost_parse(text, &cost, ei);
	if (policy == POLICY_Metered)
		return metered_parse(text, &metered, ei);
	return caps_parse(text, &caps, ei);
}

enum err eng_profile_check(const struct eng_profile *profile, struct errinfo *ei)
{
	AUTO_FREE struct profile *p = malloc(sizeof(*p));

	return p ? profile_parse(profile, p, ei) : err_plain(ei, ERR_NO_MEMORY);
}

/* What the engine was opened with stands in for the table's defaults. */
static uint64_t dflt_of(const struct engine *eng, enum eng_policy policy)
{
	const struct eng_limits *l = &eng->config.limits;
	uint64_t v = policy == POLICY_MaxJobsPerUser ? l->jobs_per_user :
	    policy == POLICY_MaxJobsPerMachine ? l->jobs_per_machine :
	    policy == POLICY_MaxFilesPerJob ? l->files_per_job :
	    policy == POLICY_MaxRangesPerFile ? l->ranges_per_file :
	    policy == POLICY_TimeSlice ? eng->config.slice_s : 0;

	return v ? v : rows[policy].dflt;
}

/* Under the lock. */
static const char *text_of(const struct policies *p, enum eng_policy policy, bool *ret_fixed)
{
	*ret_fixed = p->fixed[policy] != NULL;
	return p->fixed[policy] ? p->fixed[policy] : p->kept[policy];
}

uint64_t policy_number(struct engine *eng, enum eng_policy policy)
{
	struct policies *p = eng->policies;
	const char *text;
	uint64_t v;
	bool fixed;

	if (!p)
		return dflt_of(eng, policy);
	pthread_mutex_lock(&p->lock);
	text = text_of(p, policy, &fixed);
	v = text ? strtoull(text, NULL, 10) : dflt_of(eng, policy);
	pthread_mutex_unlock(&p->lock);
	return v;
}

bool policy_text(struct engine *eng, enum eng_policy policy, char *out, size_t room)
{
	bool fixed;

	pthread_mutex_lock(&eng->policies->lock);
	snprintf(out, room, "%s", text_of(eng->policies, policy, &fixed) ?
	    text_of(eng->policies, policy, &fixed) : "");
	pthread_mutex_unlock(&eng->policies->lock);
	return *out != '\0';
}

bool eng_policies(struct engine *eng, struct arena *arena, struct eng_policy_value ret[POLICY__COUNT])
{
	struct policies *p = eng->policies;
	bool ok = true;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < POLICY__COUNT && ok; i++) {
		const char *text = text_of(p, i, &ret[i].fixed);

		ret[i].num = !rows[i].number ? 0 : text ? strtoull(text, NULL, 10) : dflt_of(eng, i);
		ret[i].text = rows[i].number || !text ? "" : arena_strdup(arena, text);
		ok = ret[i].text != NULL;
	}
	pthread_mutex_unlock(&p->lock);
	return ok;
}

/* Other threads. */

static void on_wake_mail(struct mail *mail)
{
	struct policies *p = CONTAINER(mail, struct policies, mail);
	bool network;

	pthread_mutex_lock(&p->lock);
	network = p->network;
	p->posted = p->network = false;
	pthread_mutex_unlock(&p->lock);
	engine_look(p->eng);
	if (network)
		hold_look_at_network(p->eng);
	engine_kick(p->eng);
}

void policy_wake(struct engine *eng, bool network)
{
	struct policies *p = eng->policies;
	bool posted;

	pthread_mutex_lock(&p->lock);
	posted = p->posted;
	p->posted = true;
	p->network |= network;
	pthread_mutex_unlock(&p->lock);
	if (!posted)
		mailbox_post(eng->mailbox, &p->mail);
}

/* Open, close. */

bool policy_open(struct engine *eng)
{
	struct policies *p = calloc(1, sizeof(*p));

	if (!p)
		return false;
	pthread_mutex_init(&p->lock, NULL);
	p->stale = true;
	p->eng = eng;
	p->mail.run = on_wake_mail;
	eng->policies = p;
	return true;
}

void policy_close(struct engine *eng)
{
	struct policies *p = eng->policies;

	if (!p)
		return;
	for (unsigned i = 0; i < POLICY__COUNT; i++) {
		str_unref(p->kept[i]);
		str_unref(p->before[i]);
		str_unref(p->fixed[i]);
	}
	free(p->profiles);
	pthread_mutex_destroy(&p->lock);
	free(p);
	eng->policies = NULL;
}
