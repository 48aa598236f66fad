/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/service.c: wsm_handle(): gate, envelope, headers, resource, action; and the life of an op.
 *
 * Refuses in that order and then hands over to one op_*.c. Knows no socket.
 */
#include "wsman/op.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"
#include "wsman/gate.h"

#define OP_MEMORY (32u << 20)	/* ceiling of what one request may cost, the provider's results included */

struct wsm_service {
	struct wsm_config config;
	struct enum_table *contexts;
	atomic_uint refs;	/* one for the owner, one for each op */
};

enum need { NEED_READ, NEED_WRITE };

static const struct action {
	enum ns ns;
	const char *name;
	enum need need;
	void (*run)(struct op *op);
} actions[] = {
#define RUN_GET op_get
#define RUN_PUT op_put
#define RUN_CREATE op_unsupported
#define RUN_DELETE op_unsupported
#define RUN_ENUMERATE op_enumerate
#define RUN_PULL op_pull
#define RUN_RELEASE op_release
#define ACTION(NAME, ns, name, needs) { NS_##ns, name, NEED_##needs, RUN_##NAME },
#include "schemas/names.def"
#undef ACTION
};

struct wsm_service *wsm_service_new(const struct wsm_config *config)
{
	struct wsm_service *svc = calloc(1, sizeof(*svc));

	if (!svc)
		return NULL;
	svc->config = *config;
	svc->contexts = enum_table_new();
	atomic_init(&svc->refs, 1);
	if (!svc->contexts) {
		free(svc);
		return NULL;
	}
	return svc;
}

void wsm_service_free(struct wsm_service *svc)
{
	if (!svc || atomic_fetch_sub(&svc->refs, 1) != 1)
		return;
	enum_table_free(svc->contexts);
	free(svc);
}

size_t op_max_envelope(const struct wsm_service *svc)
{
	return svc->config.max_envelope;
}

bool op_outstanding(const struct wsm_service *svc)
{
	return atomic_load(&svc->refs) > 1;
}

struct enum_table *op_contexts(struct op *op)
{
	return op->svc->contexts;
}

const struct wsm_config *op_config(struct op *op)
{
	return &op->svc->config;
}

static struct op *op_new(struct wsm_service *svc, struct wsm_request *req)
{
	struct arena *arena = arena_new(OP_MEMORY);
	struct op *op = arena ? arena_zalloc(arena, sizeof(*op)) : NULL;

	if (!op) {
		arena_free(arena);
		return NULL;
	}
	atomic_fetch_add(&svc->refs, 1);
	op->svc = svc;
	op->arena = arena;
	op->req = req;
	op->anonymous = op->fault.anonymous = !req->caller;
	op->caller.uid = -1;
	if (req->caller)
		op->caller = *req->caller;
	op->head.max_reply = svc->config.max_envelope;
	op->head.timeout_ms = HEADER_TIMEOUT_MAX_MS;
	req->op = op;
	return op;
}

static void op_free(struct op *op)
{
	struct wsm_service *svc = op->svc;

	if (op->cleanup)
		op->cleanup(op);
	arena_free(op->arena);
	wsm_service_free(svc);
}

/* The caller has his answer; the op lives on while a provider works with it. */
static void answer(struct op *op, int status, struct buf *reply)
{
	struct wsm_request *req = op->req;

	op->req = NULL;
	req->op = NULL;
	req->done(req, status, reply);
	buf_done(reply);
	if (!op->running)
		op_free(op);
}

void op_fail(struct op *op)
{
	const char *id = op->msg.message_id;
	struct buf reply;

	if (id && strlen(id) > HEADER_TEXT_MAX)
		id = NULL;	/* that is what it is refused for */
	buf_init(&reply, 64 * 1024);
	reply_fault(&reply, &op->fault, id);
	answer(op, 500, &reply);
}

void op_refuse(struct op *op, enum fault_id id, const char *text)
{
	fault_set(&op->fault, id, "%s", text ? text : fault_text(id));
	op_fail(op);
}

void op_send(struct op *op, struct buf *reply)
{
	if (!buf_bad(reply)) {
		answer(op, 200, reply);
		return;
	}
	buf_done(reply);
	op_refuse(op, FAULT_TOO_LARGE, op->changed ?
	    "It was done, but the answer does not fit the MaxEnvelopeSize of the request." : NULL);
}

void op_begin(struct op *op, struct buf *out, enum reply_kind kind)
{
	buf_init(out, op->head.max_reply);
	reply_begin(out, kind, op->head.action, "Response", op->msg.message_id);
}

static void on_done(struct prov_call *call, enum err err)
{
	struct op *op = CONTAINER(call, struct op, call);

	op->running = false;
	if (!op->req) {		/* given up before */
		op_free(op);
	} else if (err_is_good(err)) {
		op->then(op);
	} else {
		instance_name(op->fault.object, sizeof(op->fault.object), call->cls, call->keys);
		op->fault.provider = call->cls->provider;
		fault_from_err(&op->fault, err, &call->ei, op->put);
		op_fail(op);
	}
}

void op_call(struct op *op, void (*fn)(const struct prov_class *cls, struct prov_call *call),
    const char *operation, void (*then)(struct op *op))
{
	op->fault.operation = operation;
	op->then = then;
	op->running = true;
	op->call.caller = &op->caller;
	if (!op->call.arena)
		op->call.arena = op->arena;
	op->call.home = op->req->home;
	op->call.done = on_done;
	fn(op->call.cls, &op->call);
}

bool op_may(struct op *op, enum prov_role role, const char *what)
{
	if (!op->anonymous && op->caller.role >= role && op->caller.role != ROLE_NONE)
		return true;
	return fault_set(&op->fault, FAULT_ACCESS_DENIED, "Access is denied: %.200s may not %s %s.",
	    op->caller.name[0] ? op->caller.name : "an anonymous caller", what, op->res.cls->name);
}

bool op_find_resource(struct op *op)
{
	struct classes classes = { op->svc->config.classes, op->svc->config.nclasses };

	if (!op->head.resource || !*op->head.resource)
		return fault_set(&op->fault, FAULT_NO_RESOURCE, "The header wsman:ResourceURI is missing.");
	if (!selector_read(&op->msg, op->arena, &op->selectors, &op->fault) ||
	    !resource_find(&classes, op->head.resource, op->selectors.cimns, op->arena, &op->res, &op->fault))
		return false;
	if (op->res.query && !selector_read_query(op->res.query, op->arena, &op->selectors, &op->fault))
		return false;
	op->call.cls = op->res.cls;
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

/* FragmentTransfer belongs to Get and Put, and must be marked; then it is refused for what it is. */
static bool check_fragment(struct op *op, const struct action *action)
{
	bool fits = action && (action->run == op_get || action->run == op_put);

	if (!op->msg.fragment || (!fits && !op->msg.fragment_must))
		return true;
	if (fits && !op->msg.fragment_must)
		return fault_set(
		    &op->fault, FAULT_BAD_HEADER, "FragmentTransfer must be marked mustUnderstand.");
	return fault_set(&op->fault, FAULT_FRAGMENT, NULL);
}

/* Every class of a namespace: only a filter could choose among them, and there are none yet. */
static bool check_star(struct op *op, const struct action *action)
{
	const char *slash = op->head.resource ? strrchr(op->head.resource, '/') : NULL;

	return !action || action->run != op_enumerate || !slash || strcmp(slash, "/*") ||
	    fault_set(&op->fault, op_enum_has_filter(op) ? FAULT_FILTER_DIALECT : FAULT_FILTER_BAD, NULL);
}

static bool find_and_check(struct op *op, const struct action *action)
{
	return check_star(op, action) && op_find_resource(op) && check_fragment(op, action) &&
	    (!action || op_may(op, action->need == NEED_READ ? op->res.cls->may_read : op->res.cls->may_write,
	    action->need == NEED_READ ? "read" : "change"));
}

static void dispatch(struct op *op)
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
	if (!header_check(&op->msg, op->svc->config.max_envelope, op->arena, &op->head, &op->fault)) {
		op_fail(op);
		return;
	}
	action = find_action(op->head.action);
	if (!find_and_check(op, action))
		op_fail(op);
	else if (action)
		action->run(op);
	else
		op_invoke(op);
}

void wsm_handle(struct wsm_service *svc, struct wsm_request *req)
{
	struct buf none = { 0 };
	struct op *op = op_new(svc, req);

	if (!op) {		/* no memory even to say so */
		req->op = NULL;
		req->done(req, 500, &none);
	} else if (!gate_check(req->body, req->len, &op->fault) ||
	    !envelope_read(req->body, req->len, op->arena, &op->msg, &op->fault)) {
		op_fail(op);
	} else {
		dispatch(op);
	}
}

uint64_t wsm_timeout_ms(const struct wsm_request *req)
{
	const struct op *op = req->op;

	return op ? op->head.timeout_ms : HEADER_TIMEOUT_MAX_MS;
}

void wsm_give_up(struct wsm_request *req)
{
	struct op *op = req->op;

	if (op)
		op_refuse(op, FAULT_TIMED_OUT, NULL);
}
