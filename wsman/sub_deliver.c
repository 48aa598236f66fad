/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_deliver.c: what a pushed subscription does next; the picture is in sub_push_own.h.
 */
#include "wsman/sub_push_own.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/log.h"
#include "engine/base/now.h"

#define WATCH_MS 30000			/* of one watch: one that was cancelled is noticed then at the latest */
#define EVENTS_AT_ONCE 64
#define EVENTS_MEMORY (32u << 20)	/* for as long as they are written */
#define STUMBLE_MS 1000			/* the provider could not be asked: again after so long */
#define STUMBLES 60

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Not too long at a time, as it may be cancelled meanwhile. */
static void rest(struct push *p, uint64_t ms)
{
	p->resting = true;
	loop_timer_set(p->timer, least(ms, WATCH_MS));
}

/* ---- the end ---- */

static void on_parted(struct wsm_push *bye)
{
	struct push *p = CONTAINER(bye, struct push, bye);

	p->parting = false;
	push_parted(p);
	push_drive(p);
}

void push_end(struct push *p, enum push_end how, const char *reason)
{
	bool first = sub_table_drop(push_subs(p), p->sub);

	p->over = true;
	if (p->resting)
		loop_timer_stop(p->timer);
	p->resting = false;
	if (first && p->sub->spec.end.url)
		push_compose_end(p, how, reason);
	if (p->farewell.len && !buf_bad(&p->farewell)) {
		p->parting = true;
		p->bye.done = on_parted;
		push_sinks(p)->push(push_sinks(p)->ctx, &p->bye);
	} else {
		if (p->sub->spec.end.url)
			push_parted(p);		/* its owner cancelled it a moment ago */
		push_drive(p);
	}
}

/* ---- events ---- */

/* As much of the event as fits. false: not into this message, or never. */
static bool add_event(struct push *p, const struct prov_event *event)
{
	for (int how = 0; how < (p->count ? 1 : SUB_WAYS); how++) {
		size_t before = p->items.len;

		push_write_event(p, event, how);
		if (!buf_bad(&p->items) && p->items.len <= push_room(p)) {
			p->count++;
			return true;
		}
		p->items.bad = false;
		p->items.len = before;
		if (p->items.data)
			p->items.data[before] = '\0';
	}
	return false;
}

static bool is_enough(const struct push *p)
{
	return p->count >= p->sub->spec.max_elements || p->full;
}

/* false: the subscription ends for it. */
static bool take_event(struct push *p, const struct prov_event *event)
{
	const struct sub_spec *spec = &p->sub->spec;

	if (!sub_wants(spec, event) || add_event(p, event))
		return true;
	if (p->count) {
		p->full = true;
		return true;
	}
	p->dropped |= spec->policy == SUB_NOTIFY;
	return spec->policy != SUB_CANCEL;
}

static bool take_events(struct push *p, const struct prov_call *call)
{
	bool empty = !p->count;
	size_t i = 0;

	for (; i < call->nevents && !is_enough(p); i++) {
		if (!take_event(p, &call->events[i]))
			return false;
		if (p->full)
			break;
		p->number = call->events[i].number;
	}
	if (i == call->nevents)
		p->number = call->next;
	if (empty && p->count)
		p->batch_ms = now_ms() + p->sub->spec.max_time_ms;
	return true;
}

/* The source forgot some: said before what it still knows. */
static void take_lost(struct push *p, const struct prov_call *call)
{
	p->dropped = true;
	p->number = call->after;
}

static void on_watched(struct prov_call *call, enum err err)
{
	struct push *p = CONTAINER(call, struct push, call);
	bool fits = true;

	p->watching = false;
	if (p->over || p->sub->ended) {
		/* nothing is wanted any more */
	} else if (!err_is_good(err)) {
		p->stumbles++;
		p->pause_ms = now_ms() + STUMBLE_MS;
	} else {
		p->stumbles = 0;
		if (call->lost && p->number)
			take_lost(p, call);
		else
			fits = take_events(p, call);
	}
	arena_free(TAKE(call->arena));
	if (!fits)
		push_end(p, PUSH_CANCELLED, "An event does not fit the MaxEnvelopeSize of the subscription.");
	else if (p->stumbles >= STUMBLES)
		push_end(p, PUSH_CANCELLED, call->ei.text);
	else
		push_drive(p);
}

static uint64_t beat_ms(const struct push *p)
{
	return p->sub->spec.heartbeat_ms ? p->sent_ms + p->sub->spec.heartbeat_ms : UINT64_MAX;
}

/* How long nothing may happen before there is something else to do. */
static uint64_t patience(const struct push *p, uint64_t left_ms)
{
	uint64_t now = now_ms(), until = least(now + WATCH_MS, now + left_ms);

	until = least(until, p->count ? p->batch_ms : beat_ms(p));
	return until > now ? until - now : 0;
}

static void watch(struct push *p, uint64_t left_ms)
{
	const struct sub_spec *spec = &p->sub->spec;
	struct arena *arena = arena_new(EVENTS_MEMORY);

	if (!arena) {
		p->pause_ms = now_ms() + STUMBLE_MS;
		rest(p, STUMBLE_MS);
		return;
	}
	p->call = (struct prov_call){ .cls = spec->cls, .caller = &p->sub->caller, .arena = arena,
		.after = p->number, .wait_ms = (uint32_t)patience(p, left_ms), .home = push_home(p),
		.done = on_watched };
	p->call.max_rows = spec->mode == SUB_EVENTS || spec->filter ? EVENTS_AT_ONCE : 1;
	p->watching = true;
	spec->cls->watch(spec->cls, &p->call);
}

/* ---- messages ---- */

static void on_sent(struct wsm_push *out)
{
	struct push *p = CONTAINER(out, struct push, out);
	const struct sub_spec *spec = &p->sub->spec;
	char why[400], id[SUB_ID];
	enum push_verdict verdict = push_judge(p, why, sizeof(why));

	p->sending = false;
	buf_done(&p->out.reply);
	sub_text(&p->sub->id, id);
	if (verdict == PUSH_DELIVERED) {
		buf_done(&p->message);
		p->failures = 0;
		p->sent_ms = now_ms();
	} else if (verdict == PUSH_REFUSED) {
		log_info("event=SUBSCRIPTION_REFUSED subscription=%s user=%s the sink wants no more events", id,
		    p->sub->caller.name);
		sub_table_drop(push_subs(p), p->sub);
	} else if (!p->over && !p->sub->ended && p->failures++ >= spec->retry_total) {
		log_warn("event=SUBSCRIPTION_FAILED subscription=%s user=%s events could not be delivered %" PRIu64
		    " times, so the subscription ends: %s", id, p->sub->caller.name, p->failures, why);
		push_end(p, PUSH_FAILED, why);
		return;
	} else {
		p->pause_ms = now_ms() + spec->retry_ms;
	}
	push_drive(p);
}

static void send(struct push *p)
{
	p->sending = true;
	p->out.status = 0;
	p->out.ei = (struct errinfo){ .err = ERR_OK };
	p->out.done = on_sent;
	push_sinks(p)->push(push_sinks(p)->ctx, &p->out);
}

/* What is to be said now, if anything. */
static void compose(struct push *p)
{
	bool batch = p->sub->spec.mode == SUB_EVENTS;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	if (p->count && (is_enough(p) || now_ms() >= p->batch_ms)) {
		buf_adds(&text, batch ? "<w:Events>" : "");
		buf_add(&text, p->items.data, p->items.len);
		buf_adds(&text, batch ? "</w:Events>" : "");
		push_compose(p, batch ? URI_EVENTS : URI_EVENT, buf_text(&text));
		buf_done(&p->items);
		p->count = 0;
		p->full = false;
	} else if (!p->count && p->dropped) {
		sub_write_dropped(&text);
		push_compose(p, URI_DROPPED, buf_text(&text));
		p->dropped = false;
	} else if (!p->count && now_ms() >= beat_ms(p)) {
		push_compose(p, URI_HEARTBEAT, batch ? "<w:Events></w:Events>" : "");
	}
	p->message.bad |= text.bad;
	buf_done(&text);
	if (buf_bad(&p->message)) {		/* out of memory: said later, when there is some */
		buf_done(&p->message);
		p->message.bad = false;
		p->dropped = true;
		p->pause_ms = now_ms() + STUMBLE_MS;
	}
}

/* ---- the wheel ---- */

static void step(struct push *p)
{
	uint64_t left_ms, now = now_ms();

	if (p->watching || p->sending || p->resting || p->parting || p->over)
		return;
	left_ms = sub_table_left(push_subs(p), p->sub, now);
	if (p->sub->ended || !left_ms) {	/* who let it expire knows when: no SubscriptionEnd */
		sub_table_drop(push_subs(p), p->sub);
		p->over = true;
		return;
	}
	if (now >= p->pause_ms && !p->message.len)
		compose(p);
	if (now < p->pause_ms)
		rest(p, least(p->pause_ms - now, left_ms));
	else if (p->message.len)
		send(p);
	else
		watch(p, left_ms);
}

/* What is asked may answer at once; then it goes round here, not down the stack. */
void push_drive(struct push *p)
{
	p->again = true;
	if (p->driving)
		return;
	p->driving = true;
	while (p->again) {
		p->again = false;
		step(p);
	}
	p->driving = false;
	if (p->over && !p->watching && !p->sending && !p->parting)
		push_free(p);
}

static void on_timer(void *arg)
{
	struct push *p = arg;

	p->resting = false;
	push_drive(p);
}

void push_begin(struct push *p)
{
	p->number = p->sub->from[0];
	p->sent_ms = now_ms();
	p->timer = loop_timer_new(push_loop(p), on_timer, p);
	if (!p->timer) {
		sub_table_drop(push_subs(p), p->sub);
		p->over = true;
	}
	push_drive(p);
}
