/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_enum.c: Enumerate, Pull, Release, Renew, GetStatus (WS-Enumeration with the optimizations of
 * DSP0226 8).
 */
#include "wsman/op_enum.h"

#include "engine/base/now.h"
#include "wsman/op_sub.h"

/* Runs when the op dies, whatever became of it: a context in use goes back, at the last item sent. */
static void cleanup(struct op *op)
{
	struct enum_run *run = op->run;

	if (run->id)
		enum_ctx_give_back(op_contexts(op), run->id, run->unsent, now_ms());
	filter_unref(run->spec.filter);
	buf_done(&run->items);
	if (op->call.arena != op->arena)
		arena_free(op->call.arena);
}

static bool run_begin(struct op *op)
{
	struct enum_run *run = arena_zalloc(op->arena, sizeof(*run));

	if (!run)
		return fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
	run->max_elements = 1;
	run->max_chars = UINT64_MAX;
	run->began_ms = now_ms();
	op->run = run;
	op->cleanup = cleanup;
	op->call.arena = op->arena;
	return true;
}

/* What the resource is a list of, unless a query says something else. false: of nothing. */
static bool find_list(struct op *op)
{
	struct enum_spec *spec = &op->run->spec;

	spec->cls = op->res.cls;
	spec->family = op->res.family;
	spec->ns = op->res.ns;
	if (op->res.kind == RES_CONFIG)
		spec->fixed = config_list(op->res.path);
	else if (op->res.kind == RES_META)
		spec->fixed = &meta_list;
	return spec->fixed || op->res.kind == RES_STAR || op->res.kind == RES_CLASS || fault_set(
	    &op->fault, FAULT_NO_ACTION, "This resource cannot be enumerated.");
}

/* A query says itself of which class it wants instances; who may read the resource may not read all. */
static bool find_class(struct op *op)
{
	struct enum_spec *spec = &op->run->spec;

	if (spec->filter)
		spec->cls = op->res.cls = filter_class(spec->filter);
	if (!spec->cls)
		return true;
	if (!op_may(op, spec->cls->may_read, "read"))
		return false;
	return spec->cls->enumerate || fault_set(&op->fault, FAULT_NO_ACTION,
	    "The class %s cannot be enumerated.", spec->cls->name);
}

void op_enumerate(struct op *op)
{
	const struct node *body = op->msg.body;

	if (!run_begin(op) || !find_list(op) || !enum_read_enumerate(op, body) || !find_class(op))
		op_fail(op);
	else if (enum_read_optimized(body))
		enum_batch_start(op);
	else
		enum_reply_context(op);
}

void op_pull(struct op *op)
{
	struct enum_run *run;
	enum enum_result result;
	const char *id;

	if (!run_begin(op) || !(id = enum_read_context(op, "Pull")) || !enum_read_pull(op)) {
		op_fail(op);
		return;
	}
	run = op->run;
	if (sub_pull(op, id, run->max_elements, run->max_chars))
		return;
	result = enum_ctx_take(op_contexts(op), &op->caller, id, now_ms(), &run->spec);
	if (result != ENUM_OK) {
		enum_reply_result(op, result);
		return;
	}
	run->id = id;
	run->unsent = run->spec.after;
	op->res.cls = run->spec.cls;
	op->res.family = run->spec.family;
	if (run->spec.cls && !op_may(op, run->spec.cls->may_read, "read"))
		op_fail(op);
	else
		enum_batch_start(op);
}

void op_release(struct op *op)
{
	const char *id = enum_read_context(op, "Release");
	struct buf out;

	if (!id) {
		op_fail(op);
	} else if (!sub_release(op, id) &&
	    enum_ctx_close(op_contexts(op), &op->caller, id, now_ms()) != ENUM_OK) {
		op_refuse(op, FAULT_NO_CONTEXT, NULL);
	} else {
		op_begin(op, &out, REPLY_ENUM);
		reply_end(&out);
		op_send(op, &out);
	}
}

void op_enum_renew(struct op *op)
{
	const char *id = enum_read_context(op, "Renew");
	enum enum_result result;
	uint64_t ms;
	bool given;

	if (!id || !enum_read_expires(op, op->msg.body, &ms, &given)) {
		op_fail(op);
		return;
	}
	result = enum_ctx_renew(op_contexts(op), &op->caller, id, now_ms(), ms);
	if (result == ENUM_OK)
		enum_reply_expires(op, "RenewResponse", ms);
	else
		enum_reply_result(op, result);
}

void op_enum_status(struct op *op)
{
	const char *id = enum_read_context(op, "GetStatus");
	enum enum_result result;
	uint64_t ms = 0;

	if (!id) {
		op_fail(op);
		return;
	}
	result = enum_ctx_left(op_contexts(op), &op->caller, id, now_ms(), &ms);
	if (result == ENUM_OK)
		enum_reply_expires(op, "GetStatusResponse", ms);
	else
		enum_reply_result(op, result);
}
