/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_body.c: the bytes of an answer: bytes to the file, and how a request ended.
 *
 * on_answer and on_bytes run inside the library's callbacks: they note what is to happen next and
 * say stop; on_end does it.
 */
#include "engine/worker/xfer_own.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/loop.h"
#include "engine/base/now.h"

#define TICK_MS 100u
#define PROGRESS_MS 200u

/* Bytes. */

void xfer_body_tick(struct xfer *x)
{
	struct proto_msg m = { .progress = { .file = x->order.file, .received = x->sink.written } };
	uint64_t now = now_ms();
	int r;

	if (x->sink.written != x->told && now - x->told_ms >= PROGRESS_MS) {
		xfer_say(x, &m, PROTO_PROGRESS);
		x->told = x->sink.written;
		x->told_ms = now;
	}
	if (!x->order.direct && sink_is_due(&x->sink, now)) {
		if ((r = sink_drain(&x->sink))) {
			xfer_http_cancel(x->get);
			x->get = NULL;
			xfer_blame_errno(x, -r);
			xfer_fail(x);
			return;
		}
		sink_flush(&x->sink);		/* CHECKPOINT when it is done */
	}
	x->ticking = x->sink.written != x->told || (!x->order.direct && x->sink.written != x->sink.durable);
	if (x->ticking)
		loop_timer_set(x->timer, TICK_MS);
}

bool xfer_body_write(struct xfer *x, const char *bytes, size_t len)
{
	int r;

	if (len > x->end - x->sink.written) {
		xfer_blame(x, xfer_class_of(XFER_EXTRA_BYTES), "");
		return false;
	}
	if (x->sink.written + len > x->may_have) {
		xfer_blame(x, xfer_class_of(XFER_TOO_LARGE), "");
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

static bool on_bytes(void *arg, const char *bytes, size_t len)
{
	struct xfer *x = arg;

	return x->parted ? xfer_answer_bytes(x, bytes, len) : xfer_body_write(x, bytes, len);
}

/* What was learnt, and endings. */

void xfer_body_learn(struct xfer *x, const struct plan_version *v)
{
	char etag[XFER_HEAD_VALUE], modified[XFER_HEAD_VALUE];

	snprintf(etag, sizeof(etag), "%s", v->etag);
	snprintf(modified, sizeof(modified), "%s", v->modified);
	memcpy(x->etag, etag, sizeof(etag));
	memcpy(x->modified, modified, sizeof(modified));
	x->version.size = v->size;
}

static bool on_answer(void *arg, const struct xfer_http_answer *answer)
{
	return xfer_answer(arg, answer);
}

static bool is_all_here(const struct xfer *x)
{
	struct plan_state state = xfer_state(x);

	return x->end == PLAN_UNKNOWN || x->sink.written == plan_wanted(&state);
}

/* Parts are missing: they are asked for one at a time. */
static bool is_cut_short(const struct xfer *x)
{
	return x->parted && x->parts.state != PARTS_OVER;
}

/* The server said all it wanted to say. */
static void after_body(struct xfer *x, const struct xfer_http_end *end)
{
	x->one_by_one |= end->ok && is_cut_short(x);
	if (!end->ok)
		xfer_blame(x, end->why, end->detail);
	else if (is_all_here(x))
		x->next = XFER_NEXT_DONE;
	else if (x->sink.written == x->end || is_cut_short(x))
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
