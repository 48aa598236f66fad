/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_body.c: what a server says, and the bytes: judged by xfer_plan.c, written by sink.c.
 *
 * on_answer and on_bytes run inside the library's callbacks: they note what is to happen next and
 * say stop; on_end does it.
 */
#include "engine/worker/xfer_own.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/loop.h"
#include "engine/base/now.h"
#include "engine/base/text.h"

#define TICK_MS 100u
#define PROGRESS_MS 200u

/* Bytes. */

void xfer_body_tick(struct xfer *x)
{
	struct proto_msg m = { .progress = { .file = x->order.file, .received = x->sink.written } };
	uint64_t now = now_ms();

	if (x->sink.written != x->told && now - x->told_ms >= PROGRESS_MS) {
		xfer_say(x, &m, PROTO_PROGRESS);
		x->told = x->sink.written;
		x->told_ms = now;
	}
	if (sink_is_due(&x->sink, now))
		sink_flush(&x->sink);		/* CHECKPOINT when it is done */
	x->ticking = x->sink.written != x->told || x->sink.written != x->sink.durable;
	if (x->ticking)
		loop_timer_set(x->timer, TICK_MS);
}

static bool on_bytes(void *arg, const char *bytes, size_t len)
{
	struct xfer *x = arg;
	int r;

	if (len > x->end - x->sink.written) {
		xfer_blame(x, xfer_class_of(XFER_EXTRA_BYTES), "");
		return false;
	}
	r = sink_write(&x->sink, bytes, len);
	if (r)
		xfer_blame_errno(x, -r);
	else if (!x->ticking)
		loop_timer_set(x->timer, TICK_MS);
	x->ticking = true;
	return !r;
}

/* Answers. */

void xfer_body_learn(struct xfer *x, const struct plan_version *v)
{
	char etag[XFER_HEAD_VALUE], modified[XFER_HEAD_VALUE];

	snprintf(etag, sizeof(etag), "%s", v->etag);
	snprintf(modified, sizeof(modified), "%s", v->modified);
	memcpy(x->etag, etag, sizeof(etag));
	memcpy(x->modified, modified, sizeof(modified));
	x->version.size = v->size;
}

/* Told before the bytes come, and before a file that is no longer of use makes way: its room counts. */
static bool has_room(struct xfer *x, const struct plan *p)
{
	uint64_t left, size = p->version.size;
	char need[32], have[32], text[100];

	if (size == PLAN_UNKNOWN || fsx_free_bytes(x->sink.place.dir, &left) || left == UINT64_MAX ||
	    size <= left + x->sink.written)
		return true;
	snprintf(text, sizeof(text), "%s are missing, %s are free", text_size(size - x->sink.written, need,
	    sizeof(need)), text_size(left, have, sizeof(have)));
	xfer_blame(x, xfer_class_of(XFER_NO_ROOM), text);
	return false;
}

static bool take(struct xfer *x, const struct plan *p)
{
	bool fresh = p->offset == 0;
	int r;

	if (!has_room(x, p))
		return false;
	if (fresh) {
		r = sink_begin(&x->sink, x->order.dev, x->order.ino);
		if (r) {
			xfer_blame_errno(x, -r);
			return false;
		}
		x->single = p->single;
	}
	xfer_body_learn(x, &p->version);
	x->end = p->end;
	x->drop = false;
	x->restarted |= p->changed;
	if (fresh || !x->answered)
		xfer_say_answered(x);
	return true;
}

static bool on_answer(void *arg, const struct plan_answer *answer, uint64_t retry_after_s)
{
	struct xfer *x = arg;
	struct plan_state state = xfer_state(x);
	struct plan p = plan_judge(&state, &x->ask, answer);

	switch (p.step) {
	case PLAN_TAKE:
		return take(x, &p);
	case PLAN_FINISHED:
		xfer_body_learn(x, &p.version);
		x->next = XFER_NEXT_DONE;
		return false;
	case PLAN_AGAIN:
		x->restarted |= p.changed;
		x->drop = true;
		x->next = XFER_NEXT_ASK;
		return false;
	case PLAN_NO_SIZE:
		xfer_blame(x, xfer_class_of(XFER_NO_SIZE), "");
		return false;
	case PLAN_BAD_ANSWER:
		xfer_blame(x, xfer_class_of(XFER_BAD_ANSWER), "");
		return false;
	case PLAN_STATUS:
		xfer_blame(x, xfer_class_http(answer->status), "");
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

/* The server said all it wanted to say. */
static void after_body(struct xfer *x, const struct xfer_http_end *end)
{
	if (!end->ok)
		xfer_blame(x, end->why, end->detail);
	else if (is_all_here(x))
		x->next = XFER_NEXT_DONE;
	else if (x->sink.written == x->end)
		x->next = XFER_NEXT_ASK;	/* it was a part of the rest */
	else
		xfer_blame(x, xfer_class_of(XFER_CURL_PARTIAL_FILE), "");
}

static void on_end(void *arg, const struct xfer_http_end *end)
{
	struct xfer *x = arg;

	x->get = NULL;
	if (!end->stopped)
		after_body(x, end);
	if (x->next == XFER_NEXT_DONE && !x->answered)
		xfer_say_answered(x);
	if (x->next == XFER_NEXT_DONE)
		xfer_finish(x);
	else if (x->next == XFER_NEXT_ASK)
		xfer_ask(x);
	else
		xfer_fail(x);
}

const struct xfer_http_ops xfer_body_ops = { on_answer, on_bytes, on_end };
