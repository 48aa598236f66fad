/* SPDX-License-Identifier: MIT
 * engine/worker/xfer.c: see xfer.h.
 */
#include "engine/worker/xfer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/loop.h"
#include "engine/base/now.h"
#include "engine/base/text.h"
#include "engine/worker/sink.h"
#include "engine/worker/xfer_class.h"
#include "engine/worker/xfer_head.h"
#include "engine/worker/xfer_http.h"
#include "engine/worker/xfer_plan.h"

#define LOCK_AGAIN_MS 100u
#define LOCK_PATIENCE_MS 5000u
#define TICK_MS 100u
#define PROGRESS_MS 200u

enum next { NEXT_FAIL, NEXT_ASK, NEXT_DONE };

struct xfer {
	struct xfer_host host;
	uint64_t tag;
	struct arena *arena;			/* holds the texts of the order */
	struct proto_start order;
	struct sink sink;
	struct xfer_http_get *get;
	struct loop_timer *timer;		/* start, lock, then tick */
	void (*on_timer)(struct xfer *x);
	uint64_t lock_since_ms, told_ms, told;

	struct plan_version version;		/* texts: the two below */
	char etag[XFER_HEAD_VALUE], modified[XFER_HEAD_VALUE];
	bool single, restarted, answered;
	bool drop;				/* begin at zero; the file is left alone until then */
	bool ticking;
	struct plan_ask ask;
	uint64_t end;				/* one past the last byte of this body; PLAN_UNKNOWN */

	enum next next;				/* after a callback stopped the request */
	struct xfer_class why;
	unsigned status;
	uint64_t retry_after_s;
	char detail[512];
};

static void ask_next(struct xfer *x);

/* What is said. */

static void send(struct xfer *x, struct proto_msg *msg, enum proto_type type)
{
	msg->type = type;
	msg->tag = x->tag;
	x->host.send(x->host.arg, msg);
}

static void say_answered(struct xfer *x)
{
	struct proto_msg m = { .answered = { .size = x->version.size, .etag = x->etag, .modified = x->modified,
		.dev = x->sink.dev, .ino = x->sink.ino, .offset = x->sink.written, .restarted = x->restarted,
		.single = x->single } };

	send(x, &m, PROTO_ANSWERED);
	x->answered = true;
	x->restarted = false;
	x->told = x->sink.written;
}

static void say_failed(struct xfer *x, uint64_t durable)
{
	char text[XFER_SAY_ROOM];
	struct proto_msg m = { .failed = { .durable = durable, .hresult = x->why.hresult, .context = x->why.context,
		.transient = x->why.transient, .retry_after_s = x->retry_after_s } };

	m.failed.text = xfer_class_say(&x->why, x->status, x->order.url, x->detail, text);
	send(x, &m, PROTO_FAILED);
	x->host.on_over(x->host.arg, x);
}

/* Endings. x is gone after them. */

/* Bytes the engine may count on: what is durable; before the file was looked at, what it said itself. */
static uint64_t durable_now(const struct xfer *x)
{
	return x->sink.fd < 0 && !x->sink.lost ? x->order.offset : x->sink.durable;
}

static void blame(struct xfer *x, struct xfer_class why, const char *detail)
{
	x->next = NEXT_FAIL;
	x->why = why;
	x->status = 0;
	snprintf(x->detail, sizeof(x->detail), "%s", detail);
}

static void blame_errno(struct xfer *x, int error)
{
	blame(x, xfer_class_errno(error), strerror(error));
}

static void end_failed(struct xfer *x)
{
	int r = sink_checkpoint(&x->sink, now_ms());

	if (r) {
		blame_errno(x, -r);
		x->why.transient = true;	/* the file is thrown away; a new one may do better */
	}
	say_failed(x, durable_now(x));
}

static void end_done(struct xfer *x)
{
	struct proto_msg m = { .done = { .size = x->sink.written } };
	int r = sink_checkpoint(&x->sink, now_ms());

	if (r) {
		blame_errno(x, -r);
		end_failed(x);
		return;
	}
	send(x, &m, PROTO_DONE);
	x->host.on_over(x->host.arg, x);
}

/* Bytes. */

static void on_tick(struct xfer *x)
{
	struct proto_msg m = { .progress = { .received = x->sink.written } };
	uint64_t now = now_ms();
	int r;

	if (x->sink.written != x->told && now - x->told_ms >= PROGRESS_MS) {
		send(x, &m, PROTO_PROGRESS);
		x->told = x->sink.written;
		x->told_ms = now;
	}
	if (sink_is_due(&x->sink, now)) {
		r = sink_checkpoint(&x->sink, now);
		if (r) {
			xfer_http_cancel(x->get);
			x->get = NULL;
			blame_errno(x, -r);
			x->why.transient = true;
			end_failed(x);
			return;
		}
		m.checkpoint.durable = x->sink.durable;
		send(x, &m, PROTO_CHECKPOINT);
	}
	x->ticking = x->sink.written != x->told || x->sink.written != x->sink.durable;
	if (x->ticking)
		loop_timer_set(x->timer, TICK_MS);
}

static bool on_bytes(void *arg, const char *bytes, size_t len)
{
	struct xfer *x = arg;
	int r;

	if (len > x->end - x->sink.written) {
		blame(x, xfer_class_of(XFER_EXTRA_BYTES), "");
		return false;
	}
	r = sink_write(&x->sink, bytes, len);
	if (r)
		blame_errno(x, -r);
	else if (!x->ticking)
		loop_timer_set(x->timer, TICK_MS);
	x->ticking = true;
	return !r;
}

/* Answers. */

static void learn(struct xfer *x, const struct plan_version *v)
{
	char etag[XFER_HEAD_VALUE], modified[XFER_HEAD_VALUE];

	snprintf(etag, sizeof(etag), "%s", v->etag);
	snprintf(modified, sizeof(modified), "%s", v->modified);
	memcpy(x->etag, etag, sizeof(etag));
	memcpy(x->modified, modified, sizeof(modified));
	x->version.size = v->size;
}

static bool has_room(struct xfer *x)
{
	char need[32], have[32], text[100];
	uint64_t left;

	if (x->version.size == PLAN_UNKNOWN || fsx_free_bytes(x->sink.place.dir, &left) ||
	    x->version.size - x->sink.written <= left)
		return true;
	snprintf(text, sizeof(text), "%s are missing, %s are free", text_size(x->version.size - x->sink.written, need,
	    sizeof(need)), text_size(left, have, sizeof(have)));
	blame(x, xfer_class_of(XFER_NO_ROOM), text);
	return false;
}

static bool take(struct xfer *x, const struct plan *p)
{
	bool fresh = p->offset == 0;
	int r;

	learn(x, &p->version);
	x->end = p->end;
	x->drop = false;
	x->restarted |= p->changed;
	if (fresh) {
		x->single = p->single;
		r = sink_begin(&x->sink);
		if (r) {
			blame_errno(x, -r);
			return false;
		}
	}
	if (!has_room(x))
		return false;
	if (fresh || !x->answered)
		say_answered(x);
	return true;
}

static bool on_answer(void *arg, const struct plan_answer *answer, uint64_t retry_after_s)
{
	struct xfer *x = arg;
	struct plan_state state = { x->drop ? 0 : x->sink.written, x->version, x->single };
	struct plan p = plan_judge(&state, &x->ask, answer);

	switch (p.step) {
	case PLAN_TAKE:
		return take(x, &p);
	case PLAN_FINISHED:
		learn(x, &p.version);
		x->next = NEXT_DONE;
		return false;
	case PLAN_AGAIN:
		x->restarted |= p.changed;
		x->drop = true;
		x->next = NEXT_ASK;
		return false;
	case PLAN_NO_SIZE:
		blame(x, xfer_class_of(XFER_NO_SIZE), "");
		return false;
	case PLAN_BAD_ANSWER:
		blame(x, xfer_class_of(XFER_BAD_ANSWER), "");
		return false;
	case PLAN_STATUS:
		blame(x, xfer_class_http(answer->status), "");
		x->status = answer->status;
		x->retry_after_s = retry_after_s;
		return false;
	}
	return false;
}

static bool is_all_here(const struct xfer *x)
{
	return x->sink.written == x->version.size || x->end == PLAN_UNKNOWN;
}

static void on_end(void *arg, const struct xfer_http_end *end)
{
	struct xfer *x = arg;

	x->get = NULL;
	if (!end->stopped) {
		x->next = end->ok && is_all_here(x) ? NEXT_DONE : end->ok && x->sink.written == x->end ? NEXT_ASK : NEXT_FAIL;
		if (x->next == NEXT_FAIL)
			blame(x, end->ok ? xfer_class_of(XFER_CURL_PARTIAL_FILE) : end->why, end->ok ? "" : end->detail);
	}
	if (x->next == NEXT_DONE && !x->answered)
		say_answered(x);
	if (x->next == NEXT_DONE)
		end_done(x);
	else if (x->next == NEXT_ASK)
		ask_next(x);
	else
		end_failed(x);
}

static const struct xfer_http_ops ops = { on_answer, on_bytes, on_end };

/* This ends: a request for the rest brings a byte at least or is followed by one for all, and that one
 * brings the file or fails. So an order begins again at most once; the engine spaces the orders. */

static void ask_next(struct xfer *x)
{
	struct plan_state state = { x->drop ? 0 : x->sink.written, x->version, x->single };
	struct xfer_http_ask ask = { .url = x->order.url, .loopback = x->order.loopback };

	x->next = NEXT_FAIL;
	x->ask = ask.plan = plan_next(&state);
	if (x->ask.want == PLAN_WANT_NOTHING) {
		say_answered(x);
		end_done(x);
		return;
	}
	x->get = xfer_http_get(x->host.http, &ask, &ops, x);
	if (!x->get) {
		blame(x, xfer_class_of(XFER_CURL_OUT_OF_MEMORY), "");
		end_failed(x);
	}
}

/* The beginning. */

static bool is_url_ok(struct xfer *x)
{
	const char *url = x->order.url;
	bool known = !strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8);

	if (!known)
		blame(x, xfer_class_of(XFER_BAD_SCHEME), "");
	for (; known && *url; url++)
		if ((unsigned char)*url <= 0x20 || *url == 0x7f) {
			blame(x, xfer_class_of(XFER_BAD_URL), "it has a space or control character in it");
			known = false;
		}
	return known;
}

static bool open_place(struct xfer *x)
{
	struct errinfo ei = { 0 };
	enum err err = ERR_INVALID_ARG;

	errno = 0;
	if (!fsx_name_ok(x->order.temp))
		err_set(&ei, err, "The name of the temporary file is not a valid one.");
	else
		err = fsx_place_open(x->order.path, x->order.root, &x->sink.place, &ei);
	if (!err)
		return true;
	blame(x, errno ? xfer_class_errno(errno) : xfer_class_of(XFER_BAD_ORDER), ei.text);
	x->why.hresult = err_hresult(err);
	x->why.text = "";			/* ei.text says all of it */
	return false;
}

static void find_file(struct xfer *x)
{
	enum sink_found found = sink_find(&x->sink, x->order.offset, x->order.dev, x->order.ino);

	if (found == SINK_BUSY && now_ms() - x->lock_since_ms < LOCK_PATIENCE_MS) {
		loop_timer_set(x->timer, LOCK_AGAIN_MS);
		return;
	}
	if (found == SINK_BUSY) {
		blame(x, xfer_class_of(XFER_LOCKED), "");
		end_failed(x);
		return;
	}
	if (found == SINK_OTHER) {
		x->restarted = true;
		x->order.offset = 0;		/* what the engine has on record is not there any more */
	}
	x->on_timer = on_tick;
	ask_next(x);
}

static void begin(struct xfer *x)
{
	if (!is_url_ok(x) || !open_place(x)) {
		end_failed(x);
		return;
	}
	snprintf(x->sink.temp, sizeof(x->sink.temp), "%s", x->order.temp);
	x->lock_since_ms = now_ms();
	x->on_timer = find_file;
	if (x->order.offset) {
		find_file(x);
	} else {
		x->on_timer = on_tick;
		ask_next(x);
	}
}

static void on_timer(void *arg)
{
	struct xfer *x = arg;

	x->on_timer(x);
}

struct xfer *xfer_new(const struct xfer_host *host, uint64_t tag, const struct proto_start *order)
{
	struct xfer *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->host = *host;
	x->tag = tag;
	sink_init(&x->sink);
	x->arena = arena_new(65536);
	x->timer = loop_timer_new(host->loop, on_timer, x);
	if (!x->arena || !x->timer) {
		xfer_free(x);
		return NULL;
	}
	x->order = *order;
	x->order.url = arena_strdup(x->arena, order->url);
	x->order.path = arena_strdup(x->arena, order->path);
	x->order.root = arena_strdup(x->arena, order->root);
	x->order.temp = arena_strdup(x->arena, order->temp);
	if (!x->order.url || !x->order.path || !x->order.root || !x->order.temp) {
		xfer_free(x);
		return NULL;
	}
	learn(x, &(struct plan_version){ order->size, order->etag, order->modified });
	x->version.etag = x->etag;
	x->version.modified = x->modified;
	x->order.etag = x->order.modified = "";
	x->single = order->single;
	x->on_timer = begin;
	loop_timer_set(x->timer, 0);
	return x;
}

void xfer_free(struct xfer *x)
{
	if (!x)
		return;
	xfer_http_cancel(x->get);
	loop_timer_free(x->timer);
	sink_done(&x->sink);
	arena_free(x->arena);
	free(x);
}

void xfer_stop(struct xfer *x)
{
	struct proto_msg m = { 0 };

	xfer_http_cancel(x->get);
	x->get = NULL;
	sink_checkpoint(&x->sink, now_ms());	/* if it fails, durable is 0 and says so */
	m.stopped.durable = durable_now(x);
	send(x, &m, PROTO_STOPPED);
}

uint64_t xfer_tag(const struct xfer *x) { return x->tag; }
