/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/dispatch.c: what is asked, of what, by whom: headers, resource, action, role; then one op_*.c.
 *
 * Refuses in that order.
 */
#include "wsman/op.h"

#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

enum need { NEED_READ, NEED_WRITE };
enum action_id {
#define ACTION(NAME, ns, name, needs) ACTION_##NAME,
#include "schemas/names.def"
#undef ACTION
	ACTION__COUNT
};

static const struct action {
	enum ns ns;
	const char *name;
	enum need need;
} actions[] = {
#define ACTION(NAME, ns, name, needs) { NS_##ns, name, NEED_##needs },
#include "schemas/names.def"
#undef ACTION
};

/* Who does it, for each kind of resource. NULL: that kind has no such action. What is opened by one action
 * and named by an identifier afterwards (contexts, subscriptions) does not look at the resource again. */
static void (*const runs[ACTION__COUNT][RES__COUNT])(struct op *op) = {
	/*                       class, star, config, meta */
	[ACTION_GET] = { op_get, NULL, op_config_get, op_meta_get },
	[ACTION_PUT] = { op_put, NULL, op_config_refuse, NULL },
	[ACTION_CREATE] = { op_create, NULL, op_config_refuse, NULL },
	[ACTION_DELETE] = { op_delete, NULL, op_config_refuse, NULL },
	[ACTION_ENUMERATE] = { op_enumerate, op_enumerate, op_enumerate, op_enumerate },
	[ACTION_PULL] = { op_pull, op_pull, op_pull, op_pull },
	[ACTION_RELEASE] = { op_release, op_release, op_release, op_release },
	[ACTION_ENUM_RENEW] = { op_enum_renew, op_enum_renew, op_enum_renew, op_enum_renew },
	[ACTION_ENUM_STATUS] = { op_enum_status, op_enum_status, op_enum_status, op_enum_status },
	[ACTION_SUBSCRIBE] = { op_subscribe, op_subscribe, NULL, NULL },
	[ACTION_SUB_RENEW] = { op_sub_renew, op_sub_renew, op_sub_renew, op_sub_renew },
	[ACTION_SUB_STATUS] = { op_sub_status, op_sub_status, op_sub_status, op_sub_status },
	[ACTION_UNSUBSCRIBE] = { op_unsubscribe, op_unsubscribe, op_unsubscribe, op_unsubscribe },
};

bool op_may(struct op *op, enum prov_role role, const char *what)
{
	if (!op->anonymous && op->caller.role >= role && op->caller.role != ROLE_NONE)
		return true;
	return fault_set(&op->fault, FAULT_ACCESS_DENIED, "Access is denied: %.200s may not %s %s.",
	    op->caller.name[0] ? op->caller.name : "an anonymous caller", what,
	    op->res.cls ? op->res.cls->name : "this resource");
}

/* Does an MI client ask, under the names whose errors it knows as instances? */
static bool wants_cim_errors(const struct op *op)
{
	const struct node *n = op->res.family == URI_DMTF ? op->msg.options : NULL;
	const char *name = NULL;

	for (; n && !(name && strstr(name, "__MI")); n = n->next)
		name = msg_attr_plain(n, "Name");
	return name && strstr(name, "__MI");
}

bool op_find_resource(struct op *op)
{
	struct classes classes = { op_config(op)->classes, op_config(op)->nclasses };

	if (!op->head.resource || !*op->head.resource)
		return fault_set(&op->fault, FAULT_NO_RESOURCE, "The header wsman:ResourceURI is missing.");
	if (!selector_read(&op->msg, op->arena, &op->selectors, &op->fault) ||
	    !resource_find(&classes, op->head.resource, op->selectors.cimns, op->arena, &op->res, &op->fault))
		return false;
	if (op->res.query && !selector_read_query(op->res.query, op->arena, &op->selectors, &op->fault))
		return false;
	op->call.cls = op->res.cls;
	op->fault.cim = wants_cim_errors(op);
	return true;
}

static const struct action *find_action(const char *text)
{
	for (size_t i = 0; i < COUNT(actions); i++) {
		size_t len = strlen(uri_ns[actions[i].ns]);

		if (!strncmp(text, uri_ns[actions[i].ns], len) && text[len] == '/' &&
		    !strcmp(text + len + 1, actions[i].name))
			return &actions[i];
	}
	return NULL;
}

static bool is_action(const struct action *action, enum action_id id)
{
	return action == &actions[id];
}

/* FragmentTransfer belongs to Get and Put of instances, and must be marked. */
static bool check_fragment(struct op *op, const struct action *action)
{
	bool fits = is_action(action, ACTION_GET) || is_action(action, ACTION_PUT);

	if (!op->msg.fragment || (!fits && !op->msg.fragment_must))
		return true;
	if (!op->msg.fragment_must)
		return fault_set(
		    &op->fault, FAULT_BAD_HEADER, "FragmentTransfer must be marked mustUnderstand.");
	return (fits && op->res.kind == RES_CLASS) || fault_set(&op->fault, FAULT_FRAGMENT, NULL);
}

/* A role for the resource itself; which class a query means is known only when it is read. */
static bool check_role(struct op *op, const struct action *action)
{
	const struct prov_class *cls = op->res.cls;
	enum prov_role role = !cls ? ROLE_VIEWER : action->need == NEED_READ ? cls->may_read : cls->may_write;

	return op_may(op, role, action->need == NEED_READ ? "read" : "change");
}

static void run_action(struct op *op, const struct action *action)
{
	void (*run)(struct op *) = runs[action - actions][op->res.kind];

	if (!check_fragment(op, action) || !check_role(op, action))
		op_fail(op);
	else if (run)
		run(op);
	else
		op_refuse(op, FAULT_NO_ACTION, NULL);
}

void op_dispatch(struct op *op)
{
	const struct action *action;

	if (msg_is(op->msg.body, NS_wsmid, "Identify")) {
		op_identify(op);
		return;
	}
	if (op->anonymous) {
		op_refuse(op, FAULT_ACCESS_DENIED,
		    "Access is denied: without proof of who you are only Identify is answered.");
		return;
	}
	if (!header_check(&op->msg, op_config(op)->max_envelope, op->arena, &op->head, &op->fault)) {
		op_fail(op);
		return;
	}
	op->head.max_reply = op_room(op, op->head.max_reply);
	action = find_action(op->head.action);
	if (!op_find_resource(op))
		op_fail(op);
	else if (action)
		run_action(op, action);
	else if (op->res.kind == RES_CLASS)
		op_invoke(op);
	else
		op_refuse(op, FAULT_NO_ACTION, NULL);
}
