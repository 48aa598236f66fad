/* SPDX-License-Identifier: MIT
 * engine/worker/post.c: see post.h.
 */
#include "engine/worker/post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/worker/xfer_http.h"

static const struct xfer_http_how how = { .security = XFER_REDIRECT_REFUSE, .proxy_usage = XFER_PROXY_NONE };

struct post {
	struct posts *all;
	struct post *next;
	uint64_t tag;
	struct arena *arena;		/* of the order's texts and body */
	struct xfer_http_post what;
	const char *url;
	struct xfer_http_get *get;
	struct buf reply;
	unsigned status;
};

struct posts {
	struct xfer_http *http;
	void (*send)(void *arg, const struct proto_msg *msg);
	void *arg;
	struct post *first;
	unsigned n;
};

static void answer(struct posts *all, uint64_t tag, unsigned status, const struct buf *reply, const char *text)
{
	struct proto_msg m = { .type = PROTO_PUSHED, .tag = tag, .pushed = { .status = status, .text = text } };

	if (reply)
		m.pushed.body = (struct proto_bytes){ buf_text(reply), reply->len };
	all->send(all->arg, &m);
}

static void post_free(struct post *p)
{
	struct post **at = &p->all->first;

	while (*at && *at != p)
		at = &(*at)->next;
	if (*at) {
		*at = p->next;
		p->all->n--;
	}
	buf_done(&p->reply);
	arena_free(p->arena);
	free(p);
}

static bool on_answer(void *arg, const struct xfer_http_answer *a)
{
	struct post *p = arg;

	p->status = a->plan.status;
	return true;
}

/* What does not fit is not wanted: the answer of a sink is a few lines. */
static bool on_bytes(void *arg, const char *bytes, size_t len)
{
	struct post *p = arg;
	size_t room = PROTO_REPLY_MAX - p->reply.len;

	buf_add(&p->reply, bytes, len < room ? len : room);
	return len <= room;
}

/* In a sentence; those of transfers speak of jobs and of trying again. */
static const char *say(const struct post *p, const struct xfer_http_end *end, char out[XFER_SAY_ROOM])
{
	bool forbidden = end->why.text == xfer_class_of(XFER_FORBIDDEN_ADDRESS).text;
	const char *what = forbidden ? "events may not be sent to its address" : end->why.text;
	char url[XFER_URL_ROOM];

	if (!*what || (end->why.detail && *end->detail) || forbidden)
		snprintf(out, XFER_SAY_ROOM, "Sending to %s failed: %s%s%.200s%s.", xfer_class_url(p->url, url), what,
		    *what ? " (" : "", end->detail, *what ? ")" : "");
	else
		snprintf(out, XFER_SAY_ROOM, "Sending to %s failed: %s.", xfer_class_url(p->url, url), what);
	return out;
}

static void on_end(void *arg, const struct xfer_http_end *end)
{
	struct post *p = arg;
	char text[XFER_SAY_ROOM] = "";

	p->get = NULL;
	if (buf_bad(&p->reply))
		answer(p->all, p->tag, 0, NULL, "out of memory");
	else if (end->ok || (end->stopped && p->status))
		answer(p->all, p->tag, p->status, &p->reply, "");
	else
		answer(p->all, p->tag, 0, NULL, say(p, end, text));
	post_free(p);
}

static const struct xfer_http_ops ops = { on_answer, on_bytes, on_end };

/* The order lives no longer than its message. */
static bool copy_order(struct post *p, const struct proto_push *m)
{
	char *body;

	p->arena = arena_new(2 * PROTO_BYTES_MAX);
	body = p->arena ? arena_zalloc(p->arena, m->body.len + 1) : NULL;
	if (!body)
		return false;
	if (m->body.len)
		memcpy(body, m->body.at, m->body.len);
	p->url = arena_strdup(p->arena, m->url);
	p->what = (struct xfer_http_post){ .type = arena_strdup(p->arena, m->content_type), .body = body,
	    .len = m->body.len, .timeout_ms = m->timeout_ms,
	    .nets = *m->nets ? arena_strdup(p->arena, m->nets) : NULL };
	return p->url && p->what.type && (!*m->nets || p->what.nets);
}

void posts_run(struct posts *all, const struct proto_msg *msg)
{
	struct post *p = all->n < PROTO_PUSHES ? calloc(1, sizeof(*p)) : NULL;
	struct xfer_http_ask ask = { .small = true, .how = &how };

	if (!p) {
		answer(all, msg->tag, 0, NULL, "there is no room for one more request");
		return;
	}
	p->all = all;
	p->tag = msg->tag;
	buf_init(&p->reply, PROTO_REPLY_MAX + 1);
	p->next = all->first;
	all->first = p;
	all->n++;
	if (copy_order(p, &msg->push)) {
		ask.url = p->url;
		ask.post = &p->what;
		p->get = xfer_http_get(all->http, &ask, &ops, p);
	}
	if (p->get)
		return;
	answer(all, msg->tag, 0, NULL, "out of memory");
	post_free(p);
}

struct posts *posts_new(struct xfer_http *http, void (*send)(void *arg, const struct proto_msg *msg), void *arg)
{
	struct posts *all = calloc(1, sizeof(*all));

	if (all)
		*all = (struct posts){ .http = http, .send = send, .arg = arg };
	return all;
}

void posts_free(struct posts *all)
{
	if (!all)
		return;
	while (all->first) {
		xfer_http_cancel(all->first->get);
		post_free(all->first);
	}
	free(all);
}
