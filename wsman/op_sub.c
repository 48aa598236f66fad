/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_sub.c: Subscribe, Renew, GetStatus, Unsubscribe (WS-Eventing, DSP0226 10).
 */
#include "wsman/op_sub.h"

#include <string.h>

#include "engine/base/now.h"
#include "wsman/sub_push.h"

#define MANAGER_MAX 32768

static void cleanup(struct op *op)
{
	struct sub_run *run = op->sub;

	if (run->busy)
		sub_pull_end(op_subs(op), run->sub, run->from);
	sub_unref(run->sub);
	buf_done(&run->items);
	if (op->call.arena != op->arena)
		arena_free(op->call.arena);
}

bool sub_run_begin(struct op *op)
{
	struct sub_run *run = arena_zalloc(op->arena, sizeof(*run));

	if (!run)
		return fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
	op->sub = run;
	op->cleanup = cleanup;
	op->call.arena = op->arena;
	return true;
}

/* ---- Subscribe ---- */

/* May events go there? What is not allowed is refused before anything is sent. */
static bool check_sink(struct op *op, const char *url)
{
	const struct wsm_sinks *sinks = op_config(op)->sinks;
	struct errinfo ei = { .err = ERR_OK };

	if (!url)
		return true;
	if (!sinks)
		return fault_set(&op->fault, FAULT_SUB_UNUSABLE, "Events are not sent from here, they can only "
		    "be pulled: use the delivery mode %s.", uri_text[URI_PULL_EVENTS]);
	return sinks->may(sinks->ctx, &op->caller, url, &ei) || fault_set(&op->fault, FAULT_SUB_UNUSABLE,
	    "%s", ei.text[0] ? ei.text : fault_text(FAULT_SUB_UNUSABLE));
}

/* A query says itself of which class it wants events; who may read the resource may not read all. */
static bool check_class(struct op *op, struct sub_spec *spec)
{
	op->res.cls = spec->cls;
	op->call.cls = spec->cls;
	return op_may(op, spec->cls->may_read, "read") && (spec->cls->watch || fault_set(&op->fault,
	    FAULT_NO_ACTION, "There are no events of the class %s.", spec->cls->name));
}

/* Where it is managed: at the address that was used to come here. false: no memory. */
static bool make_manager(struct op *op)
{
	struct sub *sub = op->sub->sub;
	const char *to = msg_trim(op->arena, op->msg.to), *refs = sub->spec.properties ?
	    "a:ReferenceProperties" : "a:ReferenceParameters";
	char id[SUB_ID];
	struct buf all, *out = &all;

	buf_init(out, MANAGER_MAX);
	sub_text(&sub->id, id);
	buf_adds(out, "<e:SubscriptionManager><a:Address>");
	buf_add_xml(out, to && *to && strlen(to) <= RESOURCE_URI_MAX ? to : uri_text[URI_ANONYMOUS]);
	buf_addf(out, "</a:Address><%s><w:ResourceURI>", refs);
	buf_add_xml(out, op->head.resource);
	buf_adds(out, "</w:ResourceURI>");
	if (op->selectors.cimns) {
		buf_adds(out, "<w:SelectorSet><w:Selector Name=\"" SELECTOR_NAMESPACE "\">");
		buf_add_xml(out, op->selectors.cimns);
		buf_adds(out, "</w:Selector></w:SelectorSet>");
	}
	buf_addf(out, "<e:Identifier>%s</e:Identifier></%s></e:SubscriptionManager>", id, refs);
	sub->spec.manager = buf_bad(out) ? NULL : arena_strdup(sub->arena, buf_text(out));
	buf_done(out);
	return sub->spec.manager || fault_set(&op->fault, FAULT_BUSY, "Out of memory.");
}

static void write_expires(struct buf *out, uint64_t ms)
{
	buf_addf(out, "<e:Expires>PT%u.%03uS</e:Expires>", (unsigned)(ms / 1000), (unsigned)(ms % 1000));
}

static void reply_subscribe(struct op *op)
{
	struct sub *sub = op->sub->sub;
	char context[SUB_ID];
	struct buf out;

	op_begin(op, &out, REPLY_EVENT);
	buf_adds(&out, "<e:SubscribeResponse>");
	buf_adds(&out, sub->spec.manager);
	write_expires(&out, op->sub->expires_ms);
	sub_text(&sub->context[0], context);
	if (sub->spec.mode == SUB_PULL)
		buf_addf(&out, "<n:EnumerationContext>%s</n:EnumerationContext>", context);
	buf_adds(&out, "</e:SubscribeResponse>");
	reply_end(&out);
	op_send(op, &out);
}

/* Where the events begin is known now, so none is lost between this answer and the first delivery. */
static void on_position(struct op *op)
{
	struct sub_run *run = op->sub;
	enum sub_result result;

	if (run->marked && op->call.lost && run->from) {
		op_refuse(op, FAULT_SUB_BOOKMARK_OLD, NULL);
		return;
	}
	if (!run->marked)
		run->from = op->call.next;
	if (run->sub->spec.mode != SUB_PULL && !push_prepare(op_pushes(op), run->sub)) {
		op_refuse(op, FAULT_BUSY, NULL);
		return;
	}
	result = sub_table_add(op_subs(op), run->sub, run->from, now_ms(), run->expires_ms);
	if (result != SUB_OK) {
		push_forget(run->sub);
		op_refuse(op, result == SUB_MANY ? FAULT_SUB_QUOTA : FAULT_BUSY, NULL);
		return;
	}
	push_start(run->sub);
	reply_subscribe(op);
}

void op_subscribe(struct op *op)
{
	struct sub_run *run;
	struct sub_spec *spec;

	if (!sub_run_begin(op)) {
		op_fail(op);
		return;
	}
	run = op->sub;
	run->sub = sub_new(&op->caller);
	if (!run->sub) {
		op_refuse(op, FAULT_BUSY, "Out of memory.");
		return;
	}
	spec = &run->sub->spec;
	if (!sub_read_subscribe(op, run) || !check_class(op, spec) || !check_sink(op, spec->notify.url) ||
	    !check_sink(op, spec->end.url) || !make_manager(op)) {
		op_fail(op);
		return;
	}
	op->call.after = run->from;
	op->call.max_rows = 1;
	op->call.wait_ms = 0;
	op_call(op, spec->cls->watch, "ExecNotificationQuery", on_position);
}

/* ---- what is there already ---- */

/* The subscription is somebody's own, so nothing more needs to be allowed. none: the fault for what is not there. */
static bool find(struct op *op, enum fault_id none)
{
	const char *id;

	if (!sub_run_begin(op) || !(id = sub_read_id(op)))
		return false;
	op->sub->sub = sub_table_find(op_subs(op), &op->caller, id, now_ms());
	return op->sub->sub || fault_set(&op->fault, none, NULL);
}

static void reply_expires(struct op *op, const char *element, uint64_t ms)
{
	struct buf out;

	op_begin(op, &out, REPLY_EVENT);
	buf_addf(&out, "<e:%s>", element);
	write_expires(&out, ms);
	buf_addf(&out, "</e:%s>", element);
	reply_end(&out);
	op_send(op, &out);
}

void op_sub_renew(struct op *op)
{
	uint64_t ms;

	if (!find(op, FAULT_SUB_UNABLE_TO_RENEW) || !sub_read_expires(op, op->msg.body, &ms)) {
		op_fail(op);
		return;
	}
	sub_table_renew(op_subs(op), op->sub->sub, now_ms(), ms);
	reply_expires(op, "RenewResponse", ms);
}

void op_sub_status(struct op *op)
{
	if (find(op, FAULT_SUB_UNKNOWN))
		reply_expires(op, "GetStatusResponse", sub_table_left(op_subs(op), op->sub->sub, now_ms()));
	else
		op_fail(op);
}

void op_unsubscribe(struct op *op)
{
	struct buf out;

	if (!find(op, FAULT_SUB_UNKNOWN)) {
		op_fail(op);
		return;
	}
	if (!sub_table_drop(op_subs(op), op->sub->sub)) {
		op_refuse(op, FAULT_SUB_UNKNOWN, NULL);
		return;
	}
	op_begin(op, &out, REPLY_EVENT);
	reply_end(&out);
	op_send(op, &out);
}
