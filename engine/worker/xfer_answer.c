/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_answer.c: what a server says, judged by xfer_plan.c, and what follows for the file.
 */
#include "engine/worker/xfer_own.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/now.h"
#include "engine/base/text.h"

#define AGAINS_MAX 3u		/* of one order */
#define ONE_PIECE (16u << 10)	/* libcurl hands over so much at a time */

/* Told before the bytes come, and before a file that is no longer of use makes way: its room counts. */
static bool has_room(struct xfer *x, const struct plan *p)
{
	struct plan_state state = { .version = p->version, .wanted = x->wanted, .nwanted = x->nwanted };
	uint64_t left, size = plan_wanted(&state);
	char need[32], have[32], text[100];

	if (size == PLAN_UNKNOWN || dirs_free_bytes(x->sink.shared, now_ms(), &left) || left == UINT64_MAX ||
	    size <= left + x->sink.written)
		return true;
	snprintf(text, sizeof(text), "%s are missing, %s are free", text_size(size - x->sink.written, need,
	    sizeof(need)), text_size(left, have, sizeof(have)));
	xfer_blame(x, xfer_class_of(XFER_NO_ROOM), text);
	return false;
}

/* The job may fetch no more than so much: told before the bytes come where the size is known. */
static bool may_have(struct xfer *x, const struct plan *p)
{
	struct plan_state state = { .version = p->version, .wanted = x->wanted, .nwanted = x->nwanted };
	uint64_t size = plan_wanted(&state);

	if (size == PLAN_UNKNOWN || size <= x->may_have)
		return true;
	xfer_blame(x, xfer_class_of(XFER_TOO_LARGE), "");
	return false;
}

static int begin_file(struct xfer *x)
{
	return x->order.direct ? sink_begin_direct(&x->sink) : sink_begin(&x->sink, x->order.dev, x->order.ino);
}

static bool take(struct xfer *x, const struct plan *p)
{
	bool fresh = p->offset == 0;
	int r;

	if (!may_have(x, p) || !has_room(x, p))
		return false;
	r = fresh ? begin_file(x) : sink_drain(&x->sink);
	if (r) {
		xfer_blame_errno(x, -r);
		return false;
	}
	if (fresh)
		x->single = p->single;
	x->sink.shift = x->order.sparse && x->nwanted ? p->place - p->offset : 0;
	xfer_body_learn(x, &p->version);
	x->end = p->end;
	x->sink.gathers = p->end - p->offset > ONE_PIECE;
	x->drop = false;
	x->restarted |= p->changed;
	if (fresh || !x->answered)
		xfer_say_answered(x);
	return true;
}

static bool refuse(struct xfer *x, enum xfer_cause cause)
{
	xfer_blame(x, xfer_class_of(cause), "");
	return false;
}

/* A server whose file changes all the time may not keep dray busy. */
static bool begin_again(struct xfer *x, bool changed)
{
	if (++x->agains > AGAINS_MAX)
		return refuse(x, XFER_CHANGING);
	x->headers = x->url = NULL;
	x->restarted |= changed;
	x->drop = true;
	x->next = XFER_NEXT_ASK;
	return false;
}

static bool on_status(struct xfer *x, const struct xfer_http_answer *answer)
{
	bool redirect = answer->plan.status >= 300 && answer->plan.status < 400 && *answer->url;

	xfer_blame(x, xfer_class_http(answer->plan.status), "");
	x->status = answer->plan.status;
	x->retry_after_s = answer->retry_after_s;
	if (!redirect)
		return false;
	x->url = arena_strdup(x->arena, answer->url);
	x->why.transient = false;
	x->why.hint = "The job does not follow redirects.";
	return false;
}

static bool begin_parts(struct xfer *x, const struct plan_answer *head)
{
	if (!xfer_parts_init(&x->parts, head->type)) {
		x->one_by_one = true;
		x->next = XFER_NEXT_ASK;
		return false;
	}
	snprintf(x->head_etag, sizeof(x->head_etag), "%s", head->etag);
	snprintf(x->head_modified, sizeof(x->head_modified), "%s", head->modified);
	x->head = *head;
	x->head.etag = x->head_etag;
	x->head.modified = x->head_modified;
	x->parted = true;
	x->end = x->sink.written;
	return true;
}

static bool act(struct xfer *x, const struct plan *p, const struct plan_answer *answer)
{
	switch (p->step) {
	case PLAN_TAKE:
		return take(x, p);
	case PLAN_FINISHED:
		xfer_body_learn(x, &p->version);
		x->next = XFER_NEXT_DONE;
		return false;
	case PLAN_AGAIN:
		return begin_again(x, p->changed);
	case PLAN_PARTS:
		return begin_parts(x, answer);
	case PLAN_ONE_BY_ONE:
		x->one_by_one = true;
		x->next = XFER_NEXT_ASK;
		return false;
	case PLAN_NO_SIZE:
		return refuse(x, XFER_NO_SIZE);
	case PLAN_BAD_ANSWER:
		return refuse(x, XFER_BAD_ANSWER);
	case PLAN_NO_RANGES:
		return refuse(x, XFER_NO_RANGES);
	case PLAN_BAD_RANGE:
		return refuse(x, XFER_BAD_RANGE);
	case PLAN_STATUS:
		break;
	}
	return false;
}

/* The engine wants to know where redirects led only if the job says so. */
static void keep(struct xfer *x, const struct xfer_http_answer *answer)
{
	if (x->headers)			/* of the first answer that counts: those after it are for the rest */
		return;
	x->headers = arena_strdup(x->arena, answer->headers);
	if (x->how.security & XFER_REDIRECT_REPORT)
		x->url = arena_strdup(x->arena, answer->url);
}

bool xfer_answer(struct xfer *x, const struct xfer_http_answer *answer)
{
	struct plan_state state = xfer_state(x);
	struct plan p = plan_judge(&state, &x->ask, &answer->plan);

	x->parted = false;
	if (p.step == PLAN_STATUS)
		return on_status(x, answer);
	if (p.step == PLAN_TAKE || p.step == PLAN_PARTS || p.step == PLAN_FINISHED)
		keep(x, answer);
	return act(x, &p, &answer->plan);
}

/* Parts. Each is judged like an answer of its own to the first piece that is still asked for. */

static bool on_part(void *arg, const char *content_range, uint64_t *len)
{
	struct xfer *x = arg;
	struct plan_state state = xfer_state(x);
	struct plan p;

	x->head.content_range = content_range;
	p = plan_part(&state, &x->ask, &x->head);
	if (!act(x, &p, &x->head))
		return false;
	*len = x->end - x->sink.written;
	x->ask.offset = x->end;
	x->ask.npieces--;
	memmove(x->ask.pieces, x->ask.pieces + 1, x->ask.npieces * sizeof(x->ask.pieces[0]));
	return true;
}

static bool on_part_bytes(void *arg, const char *bytes, size_t len)
{
	return xfer_body_write(arg, bytes, len);
}

bool xfer_answer_bytes(struct xfer *x, const char *bytes, size_t len)
{
	static const struct xfer_parts_ops ops = { on_part, on_part_bytes };

	switch (xfer_parts_feed(&x->parts, bytes, len, &ops, x)) {
	case XFER_PARTS_MORE:
		return true;
	case XFER_PARTS_STOPPED:
		return false;
	case XFER_PARTS_MALFORMED:
		break;
	}
	x->one_by_one = true;		/* what has come is good: it was in its place */
	x->next = XFER_NEXT_ASK;
	return false;
}
