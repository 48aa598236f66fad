/* SPDX-License-Identifier: MIT
 * engine/policy_set.c: who sets policies: the configuration, which decides, and ENG_SET_POLICY, whose values
 * are rows of the store. A turn that cannot be committed leaves no trace.
 */
#include "engine/policy_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/store.h"
#include "engine/base/str.h"

/* The configuration. */

static const char *fixed_text(unsigned i, const struct eng_policy_value *v)
{
	char number[24];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)v->num);
	return v->fixed ? str_new(eng_policy_is_number(i) ? number : v->text ? v->text : "") : NULL;
}

void eng_set_fixed_policies(struct engine *eng, const struct eng_policy_value fixed[POLICY__COUNT])
{
	struct policies *p = eng->policies;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < POLICY__COUNT; i++) {
		const char *text = fixed_text(i, &fixed[i]);

		if (!text && fixed[i].fixed)
			continue;	/* no memory: the old value stays */
		str_unref(p->fixed[i]);
		p->fixed[i] = text;
	}
	p->stale = true;
	pthread_mutex_unlock(&p->lock);
	policy_wake(eng, false);
}

void eng_set_profiles(struct engine *eng, const struct eng_profile *profiles, size_t n)
{
	struct policies *p = eng->policies;
	struct profile *fresh = calloc(n + 1, sizeof(*fresh));
	size_t have = 0;

	if (!fresh)
		return;
	for (size_t i = 0; i < n; i++)
		have += profile_parse(&profiles[i], &fresh[have], NULL) == ERR_OK;
	pthread_mutex_lock(&p->lock);
	free(p->profiles);
	p->profiles = fresh;
	p->nprofiles = have;
	p->stale = true;
	pthread_mutex_unlock(&p->lock);
	policy_wake(eng, false);
}

/* ENG_SET_POLICY. */

static enum err check_change(const struct eng_change *c, char number[24], const char **ret, struct errinfo *ei)
{
	enum eng_policy policy = (enum eng_policy)c->prop;

	if ((unsigned)c->prop >= POLICY__COUNT)
		return err_set(ei, ERR_INVALID_ARG, "There is no such policy.");
	snprintf(number, 24, "%llu", (unsigned long long)c->num);
	*ret = eng_policy_is_number(policy) ? number : c->text ? c->text : "";
	return eng_policy_check(policy, *ret, ei);
}

static bool set_kept(struct policies *p, unsigned i, const char *text)
{
	const char *copy = str_new(text);

	if (!copy)
		return false;
	if (p->changed[i]) {
		str_unref(p->kept[i]);
	} else {
		p->before[i] = p->kept[i];
		p->changed[i] = true;
	}
	p->kept[i] = copy;
	return true;
}

enum err call_set_policy(struct engine *eng, struct eng_call *call, bool *later)
{
	struct policies *p = eng->policies;
	bool overridden = false, ok = true;
	enum err err = ERR_OK;
	const char *text;
	char number[24];

	(void)later;
	if (!call->caller.writes_all)
		return err_set(&call->ei, ERR_ACCESS_DENIED, "Policies are for administrators to set.");
	for (size_t i = 0; i < call->nchanges && !err; i++)
		err = check_change(&call->changes[i], number, &text, &call->ei);
	if (err)
		return err;
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < call->nchanges && ok; i++) {
		check_change(&call->changes[i], number, &text, NULL);
		ok = set_kept(p, (unsigned)call->changes[i].prop, text);
		overridden |= p->fixed[call->changes[i].prop] != NULL;
	}
	p->stale = true;
	pthread_mutex_unlock(&p->lock);
	engine_kick(eng);
	if (!ok) {
		policy_undo(eng);
		return err_plain(&call->ei, ERR_NO_MEMORY);
	}
	return overridden ? err_plain(&call->ei, ERR_OVERRIDDEN) : ERR_OK;
}

/* The disk. */

bool policy_load(struct engine *eng, struct policy_rec *rec)
{
	struct policies *p = eng->policies;

	for (unsigned i = 0; i < POLICY__COUNT; i++)
		if (!strcmp(rec->name, eng_policy_name(i)) && !p->kept[i] &&
		    eng_policy_check(i, rec->value, NULL) == ERR_OK) {
			p->kept[i] = str_ref(rec->value);
			break;
		}
	rec_done(&rec_policy, rec);	/* a row of another version of dray is left alone */
	return true;
}

bool policy_dirty(const struct engine *eng)
{
	for (unsigned i = 0; i < POLICY__COUNT; i++)
		if (eng->policies->changed[i])
			return true;
	return false;
}

void policy_put(struct engine *eng, bool all)
{
	struct policies *p = eng->policies;

	for (unsigned i = 0; i < POLICY__COUNT; i++)
		if (p->changed[i] || (all && p->kept[i])) {
			struct policy_rec rec = { eng_policy_name(i), p->kept[i] };

			store_put(eng->store, &rec_policy, &rec);
		}
}

void policy_committed(struct engine *eng)
{
	struct policies *p = eng->policies;

	for (unsigned i = 0; i < POLICY__COUNT; i++) {
		if (p->changed[i])
			str_unref(p->before[i]);
		p->before[i] = NULL;
		p->changed[i] = false;
	}
}

void policy_undo(struct engine *eng)
{
	struct policies *p = eng->policies;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < POLICY__COUNT; i++) {
		if (!p->changed[i])
			continue;
		str_unref(p->kept[i]);
		p->kept[i] = p->before[i];
		p->before[i] = NULL;
		p->changed[i] = false;
	}
	p->stale = true;
	pthread_mutex_unlock(&p->lock);
}
