/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/service.c: wsm_handle(): gate, envelope, and then dispatch.c; and the life of an op.
 *
 * Knows no socket.
 */
#include "wsman/op_sub.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"
#include "wsman/charset.h"
#include "wsman/gate.h"
#include "wsman/utf16.h"
#include "wsman/sub_push.h"

#define OP_MEMORY (32u << 20)	/* ceiling of what one request may cost, the provider's results included */

struct wsm_service {
	struct wsm_config config;
	struct enum_table *contexts;
	struct sub_table *subs;
	struct pushes *pushes;
	atomic_uint refs;	/* one for the owner, one for each op */
};

struct wsm_service *wsm_service_new(const struct wsm_config *config)
{
	struct wsm_service *svc = calloc(1, sizeof(*svc));

	if (!svc)
		return NULL;
	svc->config = *config;
	svc->contexts = enum_table_new();
	svc->subs = sub_table_new();
	svc->pushes = svc->subs ? pushes_new(svc->config.sinks, svc->subs) : NULL;
	atomic_init(&svc->refs, 1);
	if (!svc->contexts || !svc->pushes) {
		wsm_service_free(svc);
		return NULL;
	}
	return svc;
}

void wsm_service_stop(struct wsm_service *svc)
{
	if (svc)
		pushes_stop(svc->pushes);
}

void wsm_service_free(struct wsm_service *svc)
{
	if (!svc || atomic_fetch_sub(&svc->refs, 1) != 1)
		return;
	pushes_stop(svc->pushes);
	pushes_free(svc->pushes);
	sub_table_free(svc->subs);
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

struct sub_table *op_subs(struct op *op)
{
	return op->svc->subs;
}

struct pushes *op_pushes(struct op *op)
{
	return op->svc->pushes;
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

/* Takes the reply and leaves it in the letters of the request. false: no memory. */
static bool reletter(struct op *op, struct buf *reply)
{
	struct buf wide;
	bool ok;

	if (!op->utf16)
		return true;
	buf_init(&wide, 2 * reply->len + 2);
	ok = utf16_from_utf8(buf_text(reply), &wide);
	buf_done(reply);
	*reply = wide;
	return ok;
}

/* The caller has his answer; the op lives on while a provider works with it. */
static void answer(struct op *op, int status, struct buf *reply)
{
	struct wsm_request *req = op->req;

	if (!reletter(op, reply)) {
		buf_done(reply);
		status = 500;
	}
	op->req = NULL;
	req->op = NULL;
	req->utf16 = op->utf16;
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
	reply_begin(out, kind, op->head.action, "Response", op->msg.message_id, op->blocks);
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

size_t op_room(const struct op *op, size_t bytes)
{
	return op->utf16 ? utf16_room(bytes) : bytes;
}

/* Bytes -> op->msg. */
static bool read_request(struct op *op, const struct wsm_request *req)
{
	struct letters letters;
	bool ok = charset_read(req->charset, req->body, req->len, &letters, &op->fault);

	op->utf16 = letters.utf16;
	op->head.max_reply = op_room(op, op->svc->config.max_envelope);
	ok = ok && gate_check(letters.text, letters.len, &op->fault) &&
	    envelope_read(letters.text, letters.len, op->arena, &op->msg, &op->fault);
	buf_done(&letters.room);
	return ok;
}

void wsm_handle(struct wsm_service *svc, struct wsm_request *req)
{
	struct buf none = { 0 };
	struct op *op = op_new(svc, req);

	req->utf16 = false;
	if (!op) {		/* no memory even to say so */
		req->op = NULL;
		req->done(req, 500, &none);
	} else if (!read_request(op, req)) {
		op_fail(op);
	} else {
		op_dispatch(op);
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
