/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_read.c: what a Subscribe asks for. Unknown children are passed over, as in enum_read.c.
 */
#include "wsman/op_sub.h"

#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/now.h"
#include "engine/base/text.h"
#include "wsman/expires.h"

#define RETRIES 5			/* when nothing is said of it */
#define RETRY_MS 60000
#define RETRIES_MAX 1000
#define LEAST_MS 1000			/* heartbeats and retries come no faster */
#define MOST_MS 86400000ull

static const char *text_of(struct op *op, const struct node *n)
{
	return n ? msg_trim(op->arena, n->text) : NULL;
}

static uint64_t between(uint64_t ms, uint64_t least, uint64_t most)
{
	return ms < least ? least : ms > most ? most : ms;
}

static bool read_mode(struct op *op, const struct node *delivery, struct sub_spec *spec)
{
	static const enum uri modes[] = {
#define DELIVERY(name, uri) URI_##name,
#include "schemas/names.def"
#undef DELIVERY
	};
	const char *text = msg_trim(op->arena, msg_attr_plain(delivery, "Mode"));

	for (size_t i = 0; i < COUNT(modes); i++)
		if (text_ieq(text && *text ? text : uri_text[URI_PUSH], uri_text[modes[i]])) {
			spec->mode = (enum sub_mode)i;
			return true;
		}
	return fault_set(&op->fault, FAULT_SUB_MODE, NULL);
}

bool sub_read_expires(struct op *op, const struct node *body, uint64_t *ret_ms)
{
	const struct node *n = msg_child(body, "Expires");
	const char *text = text_of(op, n);

	*ret_ms = SUB_EXPIRES_MS;
	if (!n)
		return true;
	if (!text || !expires_read(text, now_ft(), ret_ms))
		return fault_set(&op->fault, FAULT_SUB_EXPIRES, NULL);
	*ret_ms = between(*ret_ms, 1, SUB_EXPIRES_MAX_MS);
	return true;
}

static bool read_number(struct op *op, const struct node *delivery, const char *name, uint64_t *ret)
{
	const struct node *n = msg_child(delivery, name);
	const char *text = text_of(op, n);

	return !n || (text && text_u64(text, 1, UINT64_MAX, ret)) ||
	    fault_set(&op->fault, FAULT_SUB_INVALID, "%s must be a positive number.", name);
}

/* How many events one message of the mode Events holds, and how long they may be waited for. */
static bool read_batch(struct op *op, const struct node *delivery, struct sub_spec *spec)
{
	const struct node *n = msg_child(delivery, "MaxTime");
	const char *text = text_of(op, n);
	int64_t ms = 0;

	spec->max_elements = 1;
	if (spec->mode != SUB_EVENTS && (n || msg_child(delivery, "MaxElements")))
		return fault_set(&op->fault, FAULT_SUB_BATCH, NULL);
	if (n && (!text || !text_duration_ms(text, &ms) || ms <= 0))
		return fault_set(&op->fault, FAULT_SUB_INVALID, "MaxTime must be a positive duration.");
	spec->max_time_ms = between((uint64_t)ms, 0, MOST_MS);
	if (spec->mode == SUB_EVENTS)
		spec->max_elements = UINT64_MAX;
	return read_number(op, delivery, "MaxElements", &spec->max_elements);
}

static bool read_envelope(struct op *op, const struct node *delivery, struct sub_spec *spec)
{
	static const char *const policies[] = { [SUB_CANCEL] = "CancelSubscription", [SUB_SKIP] = "Skip",
		[SUB_NOTIFY] = "Notify" };
	const struct node *n = msg_child(delivery, "MaxEnvelopeSize");
	const char *policy = msg_trim(op->arena, msg_attr_plain(n, "Policy"));
	uint64_t max = UINT64_MAX;

	spec->max_envelope = op_config(op)->max_envelope;
	if (!read_number(op, delivery, "MaxEnvelopeSize", &max))
		return false;
	if (max < HEADER_ENVELOPE_MIN)
		return fault_set(&op->fault, FAULT_MIN_ENVELOPE, NULL);
	if (max < spec->max_envelope)
		spec->max_envelope = (size_t)max;
	for (size_t i = 0; i < COUNT(policies); i++)
		if (!policy || text_ieq(policy, policies[i])) {
			spec->policy = (enum sub_policy)i;
			return true;
		}
	return fault_set(&op->fault, FAULT_SUB_MAX_POLICY, NULL);
}

static bool read_heartbeats(struct op *op, const struct node *delivery, struct sub_spec *spec)
{
	const struct node *n = msg_child(delivery, "Heartbeats");
	const char *text = text_of(op, n);
	int64_t ms;

	if (!n)
		return true;
	if (!text || !text_duration_ms(text, &ms) || ms <= 0)
		return fault_set(&op->fault, FAULT_SUB_HEARTBEATS, NULL);
	spec->heartbeat_ms = between((uint64_t)ms, LEAST_MS, MOST_MS);
	return true;
}

static bool read_retry(struct op *op, const struct node *delivery, struct sub_spec *spec)
{
	const struct node *n = msg_child(delivery, "ConnectionRetry");
	const char *text = text_of(op, n), *total = msg_trim(op->arena, msg_attr_plain(n, "Total"));
	int64_t ms;

	spec->retry_total = RETRIES;
	spec->retry_ms = RETRY_MS;
	if (!n)
		return true;
	if (!text || !text_duration_ms(text, &ms) || ms < 0 || !total ||
	    !text_u64(total, 0, UINT64_MAX, &spec->retry_total) || !ms != !spec->retry_total)
		return fault_set(&op->fault, FAULT_SUB_RETRY, NULL);
	spec->retry_total = between(spec->retry_total, 0, RETRIES_MAX);
	spec->retry_ms = between((uint64_t)ms, LEAST_MS, MOST_MS);
	return true;
}

/* What a sender must do about proof and letters: we prove nothing, and write UTF-8 or UTF-16. */
static bool read_sending(struct op *op, const struct node *delivery, struct sub_spec *spec)
{
	const char *encoding = text_of(op, msg_child(delivery, "ContentEncoding"));

	if (spec->mode == SUB_PULL)
		return true;
	if (msg_child(delivery, "Auth"))
		return fault_set(&op->fault, FAULT_SUB_AUTH, NULL);
	spec->utf16 = text_ieq(encoding, "utf-16");
	return !encoding || spec->utf16 || text_ieq(encoding, "utf-8") ||
	    fault_set(&op->fault, FAULT_SUB_ENCODING, NULL);
}

/* The faults of a filter have other names here. */
static bool filter_refused(struct fault *fault)
{
	if (fault->id == FAULT_FILTER_DIALECT)
		fault->id = FAULT_SUB_DIALECT;
	else if (fault->id == FAULT_FILTER_BAD)
		fault->id = FAULT_SUB_FILTER_BAD;
	return false;
}

static bool read_filter(struct op *op, const struct node *body, struct sub_spec *spec)
{
	struct classes classes = { op_config(op)->classes, op_config(op)->nclasses };
	struct filter_ask ask = { .element = msg_child(body, "Filter"), .classes = &classes, .ns = op->res.ns,
		.cls = op->res.cls, .events = true };

	spec->cls = op->res.cls;
	spec->family = op->res.family;
	for (const struct node *n = ask.element ? ask.element->next : NULL; n; n = n->next)
		if (text_ieq(n->name, "Filter"))
			return fault_set(&op->fault, FAULT_SUB_INVALID, "There is more than one filter.");
	if (!ask.element)
		return op->res.kind != RES_STAR || fault_set(&op->fault, FAULT_SUB_FILTER_REQUIRED, NULL);
	if (!filter_read(&ask, op->arena, &spec->filter, &op->fault))
		return filter_refused(&op->fault);
	spec->cls = filter_class(spec->filter);
	return true;
}

static bool read_bookmark(struct op *op, const struct node *body, struct sub_run *run)
{
	const struct node *n = msg_child(body, "Bookmark");
	const char *text = text_of(op, n);

	run->sub->spec.bookmarks = msg_child(body, "SendBookmarks");
	run->from = UINT64_MAX;
	run->marked = n;
	return !n || (!n->first && text && sub_read_bookmark(text, &run->from)) ||
	    fault_set(&op->fault, FAULT_SUB_BOOKMARK, NULL);
}

static bool read_delivery(struct op *op, const struct node *delivery, struct sub_spec *spec)
{
	return read_batch(op, delivery, spec) && read_envelope(op, delivery, spec) &&
	    read_heartbeats(op, delivery, spec) && read_retry(op, delivery, spec) &&
	    read_sending(op, delivery, spec);
}

bool sub_read_subscribe(struct op *op, struct sub_run *run)
{
	const struct node *body = op->msg.body, *delivery = msg_child(body, "Delivery");
	struct sub_spec *spec = &run->sub->spec;

	if (!body || !text_ieq(body->name, "Subscribe"))
		return fault_set(&op->fault, FAULT_SUB_INVALID, "The body must be a Subscribe element.");
	if (op->selectors.count)
		return fault_set(&op->fault, FAULT_SELECTOR_UNEXPECTED, "A subscription is to a class; it takes no "
		    "key selectors.");
	return read_mode(op, delivery, spec) && sub_read_notify_to(op, delivery, run->sub) &&
	    sub_read_end_to(op, body, run->sub) && read_delivery(op, delivery, spec) &&
	    sub_read_expires(op, body, &run->expires_ms) && read_bookmark(op, body, run) &&
	    read_filter(op, body, spec);
}

static bool is_identifier(const char *name)
{
	const char *colon = strchr(name, ':');

	return text_ieq(colon ? colon + 1 : name, "Identifier");
}

/* Clients copy it into the header, some make a selector of it, old ones put it into the body. */
const char *sub_read_id(struct op *op)
{
	const struct node *n = msg_child(op->msg.body, "Identifier");
	const char *id;

	for (const struct node *h = op->msg.other; h; h = h->next)
		if (is_identifier(h->name))
			n = h;
	id = text_of(op, n);
	for (size_t i = 0; !id && i < op->selectors.count; i++)
		if (is_identifier(op->selectors.list[i].name) && op->selectors.list[i].value)
			id = msg_trim(op->arena, op->selectors.list[i].value);
	if (!id)
		fault_set(&op->fault, FAULT_SUB_INVALID, "The request does not say which subscription it means: the "
		    "header wse:Identifier is missing.");
	return id;
}
