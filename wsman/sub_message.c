/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_message.c: what is sent to who subscribed, and what his answer means (DSP0226 10.2.9, MS-WSMV 3.1.4.1.30).
 */
#include "wsman/sub_push_own.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "wsman/gate.h"
#include "wsman/msg.h"
#include "wsman/utf16.h"

#define ROOM 1536			/* bytes of an envelope without its addresses and its body */
#define MESSAGE_MAX (4u << 20)
#define SEND_MS 30000			/* for connecting, sending and the answer */
#define ANSWER_MEMORY (4u << 20)

/* ---- what is sent ---- */

size_t push_room(const struct push *p)
{
	const struct sub_spec *spec = &p->sub->spec;
	size_t around = ROOM + strlen(spec->notify.url) + strlen(spec->notify.blocks);
	size_t max = spec->utf16 ? spec->max_envelope / 2 : spec->max_envelope;

	return max > around ? max - around : 0;
}

void push_write_event(struct push *p, const struct prov_event *event, int how)
{
	bool batch = p->sub->spec.mode == SUB_EVENTS;

	if (!p->items.max)
		buf_init(&p->items, MESSAGE_MAX);
	if (batch)
		buf_addf(&p->items, "<w:Event Action=\"%s\">", uri_text[URI_EVENT]);
	sub_write_event(&p->items, &p->sub->spec, event, how);
	if (batch)
		buf_adds(&p->items, "</w:Event>");
}

static bool wants_ack(const struct sub_spec *spec)
{
	return spec->mode != SUB_PUSH;
}

static void begin(struct buf *out, const struct sub_address *to, const char *id)
{
	static const enum ns declared[] = { NS_s, NS_a, NS_e, NS_w, NS_p };

	buf_init(out, MESSAGE_MAX);
	buf_adds(out, "<s:Envelope xml:lang=\"en-US\"");
	for (size_t i = 0; i < sizeof(declared) / sizeof(*declared); i++)
		buf_addf(out, " xmlns:%s=\"%s\"", uri_prefix[declared[i]], uri_ns[declared[i]]);
	buf_adds(out, "><s:Header><a:To>");
	buf_add_xml(out, to->url);
	buf_addf(out, "</a:To><a:ReplyTo><a:Address>%s</a:Address></a:ReplyTo><a:MessageID>%s</a:MessageID>",
	    uri_text[URI_ANONYMOUS], id);
	buf_adds(out, to->blocks);
}

static void to_utf16(struct buf *b)
{
	struct buf out;

	buf_init(&out, 2 * MESSAGE_MAX);
	out.bad = !utf16_from_utf8(buf_text(b), &out) || b->bad;
	buf_done(b);
	*b = out;
}

static void fill(struct push *p, struct buf *message, const struct sub_address *to, struct wsm_push *ret)
{
	bool utf16 = p->sub->spec.utf16;

	if (utf16)
		to_utf16(message);
	buf_done(&ret->reply);
	*ret = (struct wsm_push){ .caller = &p->sub->caller, .url = to->url, .content_type = utf16 ?
	    "application/soap+xml;charset=UTF-16" : "application/soap+xml;charset=UTF-8",
	    .body = buf_text(message), .len = message->len, .timeout_ms = SEND_MS, .home = push_home(p) };
}

static void new_id(char ret[SUB_ID])
{
	struct guid guid = { { 0 } };

	guid_new(&guid);
	sub_text(&guid, ret);
}

void push_compose(struct push *p, enum uri action, const char *body)
{
	const struct sub_spec *spec = &p->sub->spec;
	char mark[SUB_BOOKMARK];

	new_id(p->id);
	begin(&p->message, &spec->notify, p->id);
	buf_addf(&p->message, "<a:Action>%s</a:Action>", uri_text[action]);
	sub_write_bookmark(mark, p->number);
	if (spec->bookmarks)
		buf_addf(&p->message, "<w:Bookmark>%s</w:Bookmark>", mark);
	buf_adds(&p->message, wants_ack(spec) ? "<w:AckRequested/>" : "");
	buf_adds(&p->message, "</s:Header><s:Body>");
	buf_adds(&p->message, body);
	buf_adds(&p->message, "</s:Body></s:Envelope>");
	fill(p, &p->message, &spec->notify, &p->out);
}

void push_compose_end(struct push *p, enum push_end how, const char *reason)
{
	static const char *const names[] = { [PUSH_FAILED] = "DeliveryFailure",
		[PUSH_SHUTTING_DOWN] = "SourceShuttingDown", [PUSH_CANCELLED] = "SourceCancelling" };
	const struct sub_spec *spec = &p->sub->spec;
	char id[SUB_ID];

	new_id(id);
	begin(&p->farewell, &spec->end, id);
	buf_addf(&p->farewell, "<a:Action>%s/SubscriptionEnd</a:Action></s:Header><s:Body><e:SubscriptionEnd>%s"
	    "<e:Status>%s/%s</e:Status><e:Reason xml:lang=\"en-US\">", uri_ns[NS_e], spec->manager, uri_ns[NS_e],
	    names[how]);
	buf_add_xml(&p->farewell, reason);
	buf_adds(&p->farewell, "</e:Reason></e:SubscriptionEnd></s:Body></s:Envelope>");
	fill(p, &p->farewell, &spec->end, &p->bye);
}

/* ---- what comes back ---- */

static const char *header_of(struct arena *arena, const struct msg *m, const char *name)
{
	for (const struct node *n = m->other; n; n = n->next)
		if (msg_is(n, NS_a, name))
			return msg_trim(arena, n->text);
	return NULL;
}

static bool is_ack(struct arena *arena, const struct msg *m, const char *id)
{
	return text_ieq(msg_trim(arena, m->action), uri_text[URI_ACK]) &&
	    text_ieq(header_of(arena, m, "RelatesTo"), id);
}

/* A fault with the subcode DeliveryRefused, whatever its prefix. */
static bool is_refusal(struct arena *arena, const struct msg *m)
{
	const struct node *code = m->body && text_ieq(m->body->name, "Fault") ? msg_child(m->body, "Code") : NULL,
			  *value = msg_child(msg_child(code, "Subcode"), "Value");
	const char *text = value ? msg_trim(arena, value->text) : NULL, *colon = text ? strchr(text, ':') : NULL;

	return text_ieq(colon ? colon + 1 : text, "DeliveryRefused");
}

/* UTF-16 with its mark becomes UTF-8 in `room`; anything else is as it came. */
static const struct buf *letters_of(const struct buf *reply, struct buf *room)
{
	bool little = reply->len > 1 && !memcmp(reply->data, "\xff\xfe", 2),
	     big = reply->len > 1 && !memcmp(reply->data, "\xfe\xff", 2);

	return (little || big) && utf16_to_utf8(reply->data + 2, reply->len - 2, big, room) && room->len ? room :
	    reply;
}

/* It is a stranger's: the gate stands before it as before a request. */
static bool read_reply(const struct push *p, struct arena *arena, struct msg *ret)
{
	struct fault fault = { .id = FAULT_NONE };
	const struct buf *reply;
	struct buf room;
	bool ok;

	memset(ret, 0, sizeof(*ret));
	if (!p->out.reply.len || buf_bad(&p->out.reply))
		return false;
	buf_init(&room, ANSWER_MEMORY);
	reply = letters_of(&p->out.reply, &room);
	ok = gate_check(reply->data, reply->len, &fault) &&
	    envelope_read(reply->data, reply->len, arena, ret, &fault);
	buf_done(&room);
	return ok;
}

enum push_verdict push_judge(const struct push *p, char *why, size_t room)
{
	struct arena *arena = arena_new(ANSWER_MEMORY);
	bool ok = p->out.status >= 200 && p->out.status < 300, read, refused, acked;
	struct msg m = { 0 };

	read = arena && read_reply(p, arena, &m);
	refused = read && is_refusal(arena, &m);
	acked = read && is_ack(arena, &m, p->id);
	arena_free(arena);
	if (!p->out.status)
		snprintf(why, room, "%s", p->out.ei.text);
	else if (!ok)
		snprintf(why, room, "The receiver of the events answered %d.", p->out.status);
	else
		snprintf(why, room, "The receiver of the events did not acknowledge them.");
	if (refused)
		return PUSH_REFUSED;
	return ok && (!wants_ack(&p->sub->spec) || acked) ? PUSH_DELIVERED : PUSH_NOT_DELIVERED;
}
