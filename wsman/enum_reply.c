/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/enum_reply.c: the answers of WS-Enumeration, in the shapes of Windows: w:Items in an
 * EnumerateResponse, n:Items in a PullResponse, and no context in the last of those.
 */
#include "wsman/op_enum.h"

#include "engine/base/now.h"

void enum_reply_result(struct op *op, enum enum_result result)
{
	if (result == ENUM_BUSY)
		op_refuse(op, FAULT_BUSY, "Another Pull of this enumeration is still running.");
	else if (result == ENUM_UNKNOWN)
		op_refuse(op, FAULT_NO_CONTEXT, NULL);
	else
		op_refuse(op, result == ENUM_QUOTA ? FAULT_CONTEXT_QUOTA : FAULT_BUSY, NULL);
}

static void add_expires(struct buf *out, uint64_t ms)
{
	buf_addf(out, "<n:Expires>PT%u.%03uS</n:Expires>", (unsigned)(ms / 1000), (unsigned)(ms % 1000));
}

void enum_reply_expires(struct op *op, const char *element, uint64_t ms)
{
	struct buf out;

	op_begin(op, &out, REPLY_ENUM);
	buf_addf(&out, "<n:%s>", element);
	add_expires(&out, ms);
	buf_addf(&out, "</n:%s>", element);
	reply_end(&out);
	op_send(op, &out);
}

static bool asked_estimate(const struct op *op)
{
	for (const struct node *n = op->msg.other; n; n = n->next)
		if (msg_is(n, NS_w, "RequestTotalItemsCountEstimate"))
			return true;
	return false;
}

/* How many there are is known when all were just looked at, or nobody has to be asked. */
static void begin(struct op *op, struct buf *out)
{
	const struct enum_run *run = op->run;
	const struct fixed_list *fixed = run->spec.fixed;

	if (asked_estimate(op) && (fixed || (run->at_end && !run->id)))
		op->blocks = arena_printf(op->arena, "<w:TotalItemsCountEstimate>%llu"
		    "</w:TotalItemsCountEstimate>", (unsigned long long)(fixed ?
		    fixed->count(op_config(op), run->spec.ns) : run->count));
	else if (asked_estimate(op))
		op->blocks = arena_printf(op->arena, "<w:TotalItemsCountEstimate xmlns:xsi=\"%s\" "
		    "xsi:nil=\"true\"/>", uri_ns[NS_xsi]);
	op_begin(op, out, REPLY_ENUM);
}

/* The items are where they will be sent from; what belongs in front of them is put there. */
static void send_items(struct op *op, struct buf *head, const char *tail)
{
	struct buf *out = &op->run->items;

	if (buf_bad(head))
		out->bad = true;
	else
		buf_insert(out, 0, head->data, head->len);
	buf_adds(out, tail);
	reply_end(out);
	buf_done(head);
	op_send(op, out);
}

static void send_enumerate(struct op *op, const char *id, bool with_items)
{
	struct enum_run *run = op->run;
	struct buf head;

	begin(op, &head);
	buf_adds(&head, "<n:EnumerateResponse>");
	if (run->expires && id[0])
		add_expires(&head, run->spec.idle_ms);
	buf_addf(&head, "<n:EnumerationContext>%s</n:EnumerationContext>", id);
	if (!with_items)
		buf_init(&run->items, op->head.max_reply);
	else
		buf_adds(&head, "<w:Items>");
	send_items(op, &head, !with_items ? "</n:EnumerateResponse>" : run->at_end ?
	    "</w:Items><w:EndOfSequence/></n:EnumerateResponse>" : "</w:Items></n:EnumerateResponse>");
}

static void open_context(struct op *op, bool with_items)
{
	char id[ENUM_ID] = "";
	enum enum_result result = enum_ctx_open(op_contexts(op), &op->caller, &op->run->spec, now_ms(), id);

	if (result == ENUM_OK)
		send_enumerate(op, id, with_items);
	else
		enum_reply_result(op, result);
}

void enum_reply_context(struct op *op)
{
	open_context(op, false);
}

static void send_pull(struct op *op)
{
	struct enum_run *run = op->run;
	const char *id = run->id;
	struct buf head;

	begin(op, &head);
	buf_adds(&head, "<n:PullResponse>");
	if (!run->at_end)
		buf_addf(&head, "<n:EnumerationContext>%s</n:EnumerationContext>", id);
	buf_adds(&head, "<n:Items>");
	run->id = NULL;
	if (run->at_end)
		enum_ctx_close(op_contexts(op), NULL, id, now_ms());
	else		/* before the answer: the next Pull may come at once */
		enum_ctx_give_back(op_contexts(op), id, run->spec.after, now_ms());
	send_items(op, &head, run->at_end ? "</n:Items><n:EndOfSequence/></n:PullResponse>" :
	    "</n:Items></n:PullResponse>");
}

void enum_reply_batch(struct op *op)
{
	struct enum_run *run = op->run;

	if (run->full && !run->count)
		op_refuse(op, FAULT_TOO_LARGE, "An item does not fit the MaxEnvelopeSize or the MaxCharacters of "
		    "the request.");
	else if (run->id)
		send_pull(op);
	else if (run->at_end)
		send_enumerate(op, "", true);
	else
		open_context(op, true);
}
