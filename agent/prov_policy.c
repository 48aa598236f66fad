/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_policy.c: DRAY_Policy, what the administrator decided for all jobs; there is one instance.
 * What the configuration says cannot be changed here: it is kept, and Fixed names it.
 */
#include "agent/prov.h"

#include <string.h>
#include <strings.h>

#include "engine/base/auto.h"

#define CIM_NUM CIM_U32

/* What is told besides; after the policies until prov_policy_link() has sorted them in. */
enum told { TOLD_FIXED = POLICY__COUNT, TOLD_STORE_TROUBLE, TOLD__END };

static struct prov_prop props[TOLD__END] = {
#define POLICY(name, kind, lo, hi, dflt, help) { #name, CIM_##kind, PROV_RW, NULL, help },
#include "schemas/policies.def"
#undef POLICY
	{ "Fixed", CIM_TEXT, PROV_RO, NULL,
		"names of the policies the configuration decides, separated by spaces" },
	{ "StoreTrouble", CIM_TEXT, PROV_RO, NULL,
		"what happened to the job list at the last start that people should know; empty: nothing" },
};
static size_t what_at[TOLD__END];	/* a property: enum eng_policy or enum told */
static size_t prop_of[TOLD__END];	/* and back */

/* Properties stand on the wire in the order of their names. */
void prov_policy_link(void)
{
	if (prop_of[POLICY__COUNT - 1])
		return;
	for (size_t i = 0; i < TOLD__END; i++) {
		const struct prov_prop prop = props[i];
		size_t at = i;

		for (; at && strcasecmp(props[at - 1].name, prop.name) > 0; at--) {
			props[at] = props[at - 1];
			what_at[at] = what_at[at - 1];
		}
		props[at] = prop;
		what_at[at] = i;
	}
	for (size_t i = 0; i < TOLD__END; i++)
		prop_of[what_at[i]] = i;
}

/* false: no memory. */
static bool policy_row(struct engine *eng, struct arena *arena, struct prov_row *ret)
{
	struct prov_value *v = arena_zalloc(arena, COUNT(props) * sizeof(*v));
	struct eng_policy_value *now = arena_zalloc(arena, POLICY__COUNT * sizeof(*now));
	const char *fixed = "";

	if (!v || !now || !eng_policies(eng, arena, now))
		return false;
	for (size_t i = 0; i < POLICY__COUNT && fixed; i++) {
		size_t p = prop_of[i];

		v[p] = props[p].type == CIM_TEXT ? prov_text(now[i].text) : prov_num(now[i].num);
		if (now[i].fixed)
			fixed = arena_printf(arena, "%s%s%s", fixed, fixed[0] ? " " : "", props[p].name);
	}
	v[prop_of[TOLD_FIXED]] = prov_text(fixed);
	v[prop_of[TOLD_STORE_TROUBLE]] = prov_text(eng_trouble(eng));
	*ret = (struct prov_row){ .cls = &prov_policy_class, .values = v, .cursor = 1 };
	return fixed;
}

static struct engine *engine_of(const struct prov_class *cls)
{
	return ((struct prov_world *)cls->ctx)->eng;
}

static void policy_get(const struct prov_class *cls, struct prov_call *call)
{
	prov_done(call, policy_row(engine_of(cls), call->arena, &call->row) ? ERR_OK : ERR_NO_MEMORY);
}

static void policy_enumerate(const struct prov_class *cls, struct prov_call *call)
{
	enum err err = ERR_OK;

	call->rows = arena_zalloc(call->arena, sizeof(*call->rows));
	if (!call->rows || !policy_row(engine_of(cls), call->arena, call->rows))
		err = ERR_NO_MEMORY;
	call->nrows = !err && !call->after;
	call->at_end = true;
	prov_done(call, err);
}

/* Engine thread. */
static void on_put(struct eng_call *ec, enum err err)
{
	struct prov_call *call = ec->user;

	call->ei = ec->ei;
	if (err_is_good(err) && !policy_row(engine_of(call->cls), call->arena, &call->row))
		err = ERR_NO_MEMORY;
	eng_view_unref(ec->view);
	prov_done(call, err);
}

static void policy_put(const struct prov_class *cls, struct prov_call *call)
{
	struct eng_call *ec = arena_zalloc(call->arena, sizeof(*ec));
	struct eng_change *changes = arena_zalloc(call->arena, (call->nchanges + 1) * sizeof(*changes));

	if (!ec || !changes) {
		prov_done(call, ERR_NO_MEMORY);
		return;
	}
	ec->verb = ENG_SET_POLICY;
	ec->changes = changes;
	for (size_t i = 0; i < call->nchanges; i++) {
		const struct prov_change *c = &call->changes[i];

		if (c->value.set)	/* prop: enum eng_policy */
			changes[ec->nchanges++] = (struct eng_change){
			    .prop = (enum job_prop)what_at[c->prop], .num = c->value.num,
			    .text = c->value.text };
	}
	prov_submit(cls, call, ec, on_put);
}

struct prov_class prov_policy_class = { .ns = "root/dray", .name = "DRAY_Policy", .provider = "dray",
	.props = props, .nprops = COUNT(props), .may_read = ROLE_VIEWER, .may_write = ROLE_ADMIN,
	.may_invoke = ROLE_ADMIN, .get = policy_get, .put = policy_put, .enumerate = policy_enumerate };
