/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_pull.c: a Pull of events: it waits until there are some, a heartbeat is due, or time is up.
 *
 * At least once: an answer carries a new context, and only the Pull with that context says that the answer was
 * received. One that comes with the context before is given the same events again.
 */
#include "wsman/op_sub.h"

#include "engine/base/now.h"

#define EVENTS_AT_ONCE 64
#define EVENTS_MEMORY (32u << 20)
#define TAIL 1024			/* bytes for the bookmark, the context and the closing tags */
#define PATIENCE_MS 5000
#define EARLY_MS 200			/* the provider is given up so long before the front gives us up */

static uint64_t characters(const char *text, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* ---- answers ---- */

static void answer(struct op *op)
{
	struct sub_run *run = op->sub;
	const struct sub_spec *spec = &run->sub->spec;
	char context[SUB_ID], mark[SUB_BOOKMARK];
	struct buf out;

	sub_write_bookmark(mark, run->next);
	if (spec->bookmarks)
		op->blocks = arena_printf(op->arena, "<w:Bookmark>%s</w:Bookmark>", mark);
	if (!sub_pull_answer(op_subs(op), run->sub, run->from, run->next, now_ms(), context)) {
		op_refuse(op, FAULT_BUSY, NULL);
		return;
	}
	run->busy = false;
	op_begin(op, &out, REPLY_ENUM);
	buf_addf(&out, "<n:PullResponse><n:EnumerationContext>%s</n:EnumerationContext><n:Items>", context);
	buf_add(&out, buf_text(&run->items), run->items.len);
	buf_adds(&out, "</n:Items></n:PullResponse>");
	reply_end(&out);
	op_send(op, &out);
}

/* Nothing that is wanted happened: what was looked at is not looked at again. */
static void time_is_up(struct op *op)
{
	struct sub_run *run = op->sub;
	uint64_t beat = run->sub->spec.heartbeat_ms;

	run->from = run->next;
	if (beat && now_ms() + EARLY_MS >= run->sub->told_ms + beat)
		answer(op);
	else
		op_refuse(op, FAULT_TIMED_OUT, "No event came in time; pull again to go on.");
}

/* ---- events ---- */

static bool keep(struct sub_run *run, size_t before)
{
	struct buf *items = &run->items;
	uint64_t n = buf_bad(items) || run->max_chars == UINT64_MAX ? 0 :
	    characters(buf_text(items) + before, items->len - before);

	if (!buf_bad(items) && items->len <= run->most && n <= run->max_chars - run->chars) {
		run->chars += n;
		run->count++;
		return true;
	}
	items->bad = false;
	items->len = before;
	if (items->data)
		items->data[before] = '\0';
	return false;
}

/* One that does not fit even alone goes with less of it, or as the policy says. false: not now. */
static bool take_event(struct sub_run *run, const struct prov_event *event)
{
	const struct sub_spec *spec = &run->sub->spec;
	bool alone = !run->count;

	for (int how = 0; how < (alone ? SUB_WAYS : 1); how++) {
		size_t before = run->items.len;

		sub_write_event(&run->items, spec, event, how);
		if (keep(run, before))
			return true;
	}
	if (!alone || spec->policy == SUB_CANCEL)
		return false;
	run->dropped |= spec->policy == SUB_NOTIFY;
	return true;
}

static void say_dropped(struct sub_run *run)
{
	size_t before = run->items.len;

	sub_write_dropped(&run->items);
	keep(run, before);
}

/* false: what is left of them is for the next Pull. */
static bool take_events(struct sub_run *run, const struct prov_call *call)
{
	for (size_t i = 0; i < call->nevents; i++) {
		const struct prov_event *event = &call->events[i];
		bool dropped = run->dropped;

		if (run->count >= run->max_elements)
			return false;
		if (sub_wants(&run->sub->spec, event) && !take_event(run, event))
			return false;
		if (run->dropped && !dropped)
			say_dropped(run);
		run->next = event->number;
	}
	run->next = call->next;
	return true;
}

/* Providers may wait less long than they are asked to. One that does not wait at all is not asked again. */
static bool is_patient(const struct sub_run *run)
{
	uint64_t now = now_ms();

	return now < run->until_ms && now - run->asked_ms >= PATIENCE_MS;
}

static void ask(struct op *op);

static void on_events(struct op *op)
{
	struct sub_run *run = op->sub;
	const struct prov_call *call = &op->call;
	bool all;

	if (run->sub->ended) {		/* cancelled meanwhile */
		op_refuse(op, FAULT_NO_CONTEXT, NULL);
		return;
	}
	if (call->lost && run->from) {
		run->dropped = true;
		run->next = call->after;	/* the next Pull is not told again */
		say_dropped(run);
	}
	all = take_events(run, call);
	if (!run->count && !all)
		op_refuse(op, FAULT_TOO_LARGE, "An event does not fit the MaxEnvelopeSize or the MaxCharacters "
		    "of the request.");
	else if (run->count)
		answer(op);
	else if (call->nevents ? now_ms() < run->until_ms : is_patient(run))
		ask(op);
	else
		time_is_up(op);
}

static void ask(struct op *op)
{
	struct sub_run *run = op->sub;
	struct prov_call *call = &op->call;
	uint64_t now = now_ms();

	if (call->arena == op->arena)
		call->arena = arena_new(EVENTS_MEMORY);
	else
		arena_reset(call->arena);
	if (!call->arena) {
		call->arena = op->arena;
		op_refuse(op, FAULT_BUSY, "Out of memory.");
		return;
	}
	call->cls = run->sub->spec.cls;
	call->after = run->next;
	call->max_rows = run->max_elements < EVENTS_AT_ONCE ? (size_t)run->max_elements : EVENTS_AT_ONCE;
	run->asked_ms = now;
	call->wait_ms = run->until_ms > now ? (uint32_t)(run->until_ms - now) : 0;
	call->events = NULL;
	call->nevents = 0;
	call->lost = false;
	op_call(op, call->cls->watch, "ExecNotificationQuery", on_events);
}

/* ---- the Pull ---- */

static bool make_room(struct op *op)
{
	struct sub_run *run = op->sub;
	size_t max = op->head.max_reply, used;
	struct buf head;

	if (run->sub->spec.max_envelope < max)
		max = op->head.max_reply = run->sub->spec.max_envelope;
	op_begin(op, &head, REPLY_ENUM);
	used = head.len + TAIL;
	if (buf_bad(&head) || used >= max) {
		buf_done(&head);
		return fault_set(&op->fault, FAULT_TOO_LARGE, NULL);
	}
	buf_done(&head);
	buf_init(&run->items, max);
	run->most = max - used;
	return true;
}

static void set_time(struct op *op)
{
	struct sub_run *run = op->sub;
	uint64_t now = now_ms(), wait = op->head.timeout_ms, beat = run->sub->spec.heartbeat_ms;

	wait -= wait > 2 * EARLY_MS ? EARLY_MS : wait / 2;
	run->until_ms = now + wait;
	if (beat && run->sub->told_ms + beat < run->until_ms)
		run->until_ms = run->sub->told_ms + beat;
}

bool sub_pull(struct op *op, const char *context, uint64_t max_elements, uint64_t max_chars)
{
	struct sub *sub = NULL;
	uint64_t from = 0;
	enum sub_result result = sub_pull_begin(op_subs(op), &op->caller, context, now_ms(), &sub, &from);

	if (result == SUB_NONE)
		return false;
	if (result == SUB_BUSY) {
		op_refuse(op, FAULT_SUB_PULL_BUSY, NULL);
		return true;
	}
	if (!sub_run_begin(op)) {
		sub_pull_end(op_subs(op), sub, from);
		sub_unref(sub);
		op_fail(op);
		return true;
	}
	*op->sub = (struct sub_run){ .sub = sub, .busy = true, .from = from, .next = from,
		.max_elements = max_elements, .max_chars = max_chars };
	op->res.cls = sub->spec.cls;
	set_time(op);
	if (op_may(op, sub->spec.cls->may_read, "read") && make_room(op))
		ask(op);
	else
		op_fail(op);
	return true;
}

/* Whoever gives the context back wants no more events. */
bool sub_release(struct op *op, const char *context)
{
	struct sub *sub = NULL;
	uint64_t from = 0;
	enum sub_result result = sub_pull_begin(op_subs(op), &op->caller, context, now_ms(), &sub, &from);

	if (result == SUB_NONE || result == SUB_BUSY)
		return false;
	sub_table_drop(op_subs(op), sub);
	sub_unref(sub);
	return true;
}
