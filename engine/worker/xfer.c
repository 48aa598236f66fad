/* SPDX-License-Identifier: MIT
 * engine/worker/xfer.c: see xfer.h.
 */
#include "engine/worker/xfer_own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/auto.h"
#include "engine/base/loop.h"
#include "engine/base/now.h"
#include "engine/worker/flow.h"

#define LOCK_AGAIN_MS 100u
#define LOCK_PATIENCE_MS 5000u
#define SMALL (64u << 10)

/* What is said. */

void xfer_say(struct xfer *x, struct proto_msg *msg, enum proto_type type)
{
	msg->type = type;
	msg->tag = x->tag;
	x->host.send(x->host.arg, msg);
}

void xfer_say_answered(struct xfer *x)
{
	struct proto_msg m = { .answered = { .file = x->order.file, .size = x->version.size,
	    .etag = x->etag, .modified = x->modified,
		.dev = x->sink.dev, .ino = x->sink.ino, .offset = x->sink.written, .restarted = x->restarted,
		.single = x->single, .headers = x->headers, .url = x->url } };

	xfer_say(x, &m, PROTO_ANSWERED);
	x->answered = true;
	x->restarted = false;
	x->told = x->sink.written;
}

static void say_failed(struct xfer *x, uint64_t durable)
{
	char text[XFER_SAY_ROOM];
	struct proto_msg m = { .failed = { .file = x->order.file, .durable = durable, .hresult = x->why.hresult,
		.context = x->why.context, .transient = x->why.transient, .retry_after_s = x->retry_after_s } };

	m.failed.transient &= !x->custom;	/* BITS: a request with a method of its own is not repeated */
	m.failed.url = x->url;
	m.failed.text = xfer_class_say(&x->why, x->status, x->order.url, x->detail, text);
	xfer_say(x, &m, PROTO_FAILED);
	x->host.on_over(x->host.arg, x);
}

/* What is here; nothing, once the file has turned out to be of no use. */
struct plan_state xfer_state(const struct xfer *x)
{
	return (struct plan_state){ x->drop ? 0 : x->sink.written, x->version, x->single, x->order.dynamic,
		x->wanted, x->nwanted, x->one_by_one };
}

/* Endings. x is gone after them. */

/* Bytes the engine may count on: what is durable; before the file was looked at, what it said itself. */
static uint64_t durable_now(const struct xfer *x)
{
	if (x->order.direct)
		return 0;
	return x->sink.fd < 0 && !x->sink.lost ? x->order.offset : x->sink.durable;
}

void xfer_blame(struct xfer *x, struct xfer_class why, const char *detail)
{
	x->next = XFER_NEXT_FAIL;
	x->why = why;
	x->status = 0;
	snprintf(x->detail, sizeof(x->detail), "%s", detail);
}

void xfer_blame_errno(struct xfer *x, int error)
{
	xfer_blame(x, xfer_class_errno(error), strerror(error));
}

void xfer_blame_sync(struct xfer *x, int error)
{
	xfer_blame_errno(x, error);
	x->why.transient = true;	/* the file is thrown away; a new one may do better */
}

void xfer_fail(struct xfer *x)
{
	int r = sink_checkpoint(&x->sink, now_ms());

	if (r)
		xfer_blame_sync(x, -r);
	say_failed(x, durable_now(x));
}

static void say_done(struct xfer *x)
{
	struct proto_msg m = { .done = { .file = x->order.file, .size = x->sink.written } };

	xfer_say(x, &m, PROTO_DONE);
	x->host.on_over(x->host.arg, x);
}

void xfer_finish(struct xfer *x)
{
	bool first = !x->finishing;
	int r;

	if (first && x->host.on_written)
		x->host.on_written(x->host.arg);
	x->finishing = true;
	loop_timer_stop(x->timer);
	if ((r = sink_drain(&x->sink))) {
		xfer_blame_errno(x, -r);
		xfer_fail(x);
		return;
	}
	if (first && !x->order.direct)
		sink_dress(&x->sink, x->modified, x->host.umask);
	if (!sink_flush(&x->sink))
		say_done(x);
}

static void on_flushed(struct flush_item *item)
{
	struct xfer *x = CONTAINER(item, struct xfer, sink.item);
	struct proto_msg m = { .checkpoint = { .file = x->order.file } };
	int r = sink_flushed(&x->sink, now_ms());

	if (r) {
		xfer_http_cancel(x->get);
		x->get = NULL;
		xfer_blame_sync(x, -r);
		xfer_fail(x);
	} else if (x->finishing) {
		xfer_finish(x);		/* it may have been an earlier part */
	} else {
		m.checkpoint.durable = x->sink.durable;
		xfer_say(x, &m, PROTO_CHECKPOINT);
	}
}

/* This ends: a request for the rest brings a byte at least or is followed by one for all, and that one
 * brings the file or fails. So an order begins again at most once; the engine spaces the orders. */
void xfer_ask(struct xfer *x)
{
	struct plan_state state = xfer_state(x);
	struct xfer_http_ask ask = { .url = x->order.url, .loopback = x->order.loopback, .flow = x->flow,
		.how = &x->how, .small = x->host.expect <= SMALL };

	x->next = XFER_NEXT_FAIL;
	x->ask = ask.plan = plan_next(&state);
	if (x->ask.want == PLAN_WANT_NOTHING) {
		xfer_say_answered(x);
		xfer_finish(x);
		return;
	}
	x->get = xfer_http_get(x->host.http, &ask, &xfer_body_ops, x);
	if (!x->get) {
		xfer_blame(x, xfer_class_of(XFER_CURL_OUT_OF_MEMORY), "");
		xfer_fail(x);
	}
}

/* The beginning. */

static bool is_url_ok(struct xfer *x)
{
	const char *url = x->order.url;
	bool known = !strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8);

	if (!known)
		xfer_blame(x, xfer_class_of(XFER_BAD_SCHEME), "");
	for (; known && *url; url++)
		if ((unsigned char)*url <= 0x20 || *url == 0x7f) {
			xfer_blame(x, xfer_class_of(XFER_BAD_URL), "it has a space or control character in it");
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
		err = dirs_open(x->host.dirs, x->order.path, x->order.root, now_ms(), &x->sink.place,
		    &x->sink.shared, &ei);
	if (!err)
		return true;
	xfer_blame(x, errno ? xfer_class_errno(errno) : xfer_class_of(XFER_BAD_ORDER), ei.text);
	x->why.hresult = err_hresult(err);
	x->why.text = "";			/* ei.text says all of it */
	return false;
}

static void ask_first(struct xfer *x)
{
	x->on_timer = xfer_body_tick;
	xfer_ask(x);
}

static void find_file(struct xfer *x)
{
	enum sink_found found = sink_find(&x->sink, x->order.offset, x->order.dev, x->order.ino);

	if (found == SINK_BUSY && now_ms() - x->lock_since_ms < LOCK_PATIENCE_MS) {
		loop_timer_set(x->timer, LOCK_AGAIN_MS);
		return;
	}
	if (found == SINK_BUSY) {
		xfer_blame(x, xfer_class_of(XFER_LOCKED), "");
		xfer_fail(x);
		return;
	}
	if (found == SINK_OTHER) {
		x->restarted = true;
		x->order.offset = 0;		/* what the engine has on record is not there any more */
	}
	ask_first(x);
}

static bool read_ranges(struct xfer *x)
{
	size_t max = 1;

	for (const char *p = x->order.ranges; *p; p++)
		max += *p == ',';
	x->wanted = arena_zalloc(x->arena, max * sizeof(*x->wanted));
	if (x->wanted && plan_read_ranges(x->order.ranges, x->wanted, max, &x->nwanted))
		return true;
	xfer_blame(x, xfer_class_of(x->wanted ? XFER_BAD_RANGE : XFER_CURL_OUT_OF_MEMORY), "");
	return false;
}

static void begin(struct xfer *x)
{
	if (!is_url_ok(x) || !read_ranges(x) || !open_place(x)) {
		xfer_fail(x);
		return;
	}
	snprintf(x->sink.temp, sizeof(x->sink.temp), "%s", x->order.temp);
	x->lock_since_ms = now_ms();
	x->on_timer = x->order.offset ? find_file : ask_first;
	x->on_timer(x);
}

static void on_timer(void *arg)
{
	struct xfer *x = arg;

	x->on_timer(x);
}

/* What cannot be continued begins at zero: a method of the job's own, a file written in place, content that is
 * made anew each time. */
static void read_order(struct xfer *x)
{
	const struct proto_start *o = &x->order;

	x->how = (struct xfer_http_how){ o->security, o->method, o->headers, o->proxy_usage, o->proxy_list,
		o->proxy_bypass, o->credentials, o->cert_location, o->cert_store, o->cert_hash,
		o->cert_subject };
	x->may_have = o->may_fetch > UINT64_MAX - o->offset ? UINT64_MAX : o->may_fetch + o->offset;
	x->custom = *o->method && strcmp(o->method, "GET");
	x->single = o->single || x->custom || o->dynamic;
	if (x->custom || o->direct || o->dynamic)
		x->order.offset = 0;
	if (x->custom || o->dynamic)
		x->order.ranges = "";
	x->sink.sparse = o->sparse && *x->order.ranges;
}

struct xfer *xfer_new(const struct xfer_host *host, uint64_t tag, const struct proto_start *order)
{
	struct xfer *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->host = *host;
	x->tag = tag;
	sink_init(&x->sink);
	x->sink.flush = host->flush;
	x->sink.gathers = true;
	x->sink.item.on_done = on_flushed;
	x->arena = arena_new(1u << 20);
	x->flow = flow_get(xfer_http_flows(host->http), tag, order->priority, order->limit);
	x->timer = loop_timer_new(host->loop, on_timer, x);
	if (!x->arena || !x->timer || !x->flow) {
		xfer_free(x);
		return NULL;
	}
	x->order = *order;
	xfer_body_learn(x, &(struct plan_version){ order->size, order->etag, order->modified });
	x->version.etag = x->etag;
	x->version.modified = x->modified;
	x->order.etag = x->order.modified = "";
	read_order(x);
	x->on_timer = begin;
	loop_timer_set(x->timer, 0);
	return x;
}

void xfer_free(struct xfer *x)
{
	if (!x)
		return;
	xfer_http_cancel(x->get);
	flow_put(x->flow);
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
	m.stopped.file = x->order.file;
	m.stopped.durable = durable_now(x);
	xfer_say(x, &m, PROTO_STOPPED);
}

uint64_t xfer_tag(const struct xfer *x) { return x->tag; }
