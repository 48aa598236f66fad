/* SPDX-License-Identifier: MIT
 * engine/worker/runs_part.c: one file of a run: its order, the transfer that carries it out, and what
 * that says: at once while the file is in front, else kept until it is.
 */
#include "engine/worker/runs_own.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/chan.h"
#include "engine/worker/proto.h"

#define ORDER_ROOM (1u << 20)

void part_rests(struct part *p)
{
	p->run->moving -= p->moving;
	p->run->runs->moving -= p->moving;
	p->moving = false;
}

/* The texts of the message live no longer than it does. */
static bool copy_order(struct part *p, const struct proto_start *order)
{
	bool ok = true;

	p->order = *order;
#define COPY_U64(name)
#define COPY_BYTES(name)
#define COPY_TEXT(name) ok &= (p->order.name = arena_strdup(p->arena, order->name ? order->name : "")) != NULL;
	FIELDS_START(COPY_U64, COPY_TEXT, COPY_BYTES)
#undef COPY_U64
#undef COPY_BYTES
#undef COPY_TEXT
	return ok;
}

void part_free(struct part *p)
{
	if (!p)
		return;
	part_rests(p);
	xfer_free(p->x);
	if (p->order.credentials)
		explicit_bzero((char *)(uintptr_t)p->order.credentials, strlen(p->order.credentials));
	arena_free(p->arena);
	buf_done(&p->answered);
	buf_done(&p->last);
	free(p);
}

struct part *part_new(struct worker_run *run, const struct proto_start *order)
{
	struct part *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	buf_init(&p->answered, CHAN_MAX);
	buf_init(&p->last, CHAN_MAX);
	p->run = run;
	p->size = order->size;
	p->arena = arena_new(ORDER_ROOM);
	if (!p->arena || !copy_order(p, order)) {
		part_free(p);
		return NULL;
	}
	return p;
}

/* What a file says while it moves. */

/* Should the file have to begin again here, it goes on from what was found now. */
static void learn(struct part *p, const struct proto_answered *a)
{
	char *etag = arena_strdup(p->arena, a->etag), *modified = arena_strdup(p->arena, a->modified);

	if (!etag || !modified)
		return;
	p->order.etag = etag;
	p->order.modified = modified;
	p->order.size = a->size;
	p->order.offset = a->offset;
	p->order.dev = a->dev;
	p->order.ino = a->ino;
	p->order.single = a->single;
}

static void on_answered(struct part *p, const struct proto_answered *a)
{
	struct worker_run *run = p->run;

	p->size = run->guess = a->size;
	learn(p, a);
	if (p != run->front && a->size > RUNS_SMALL)
		p->alone = p->back = run->back = true;
	runs_look_at(run);			/* there may be room for another one */
}

static void hold(struct buf *in, const struct proto_msg *msg)
{
	buf_reset(in);
	proto_write(in, msg);
}

static void forget_said(struct part *p)
{
	buf_reset(&p->answered);
	buf_reset(&p->last);
}

static void begin_again(struct part *p)
{
	p->run->most = p->run->most > 1 ? p->run->most / 2 : 1;
	p->alone = true;
	p->x = NULL;			/* on_over() frees it */
	part_rests(p);
	forget_said(p);
}

static void on_send(void *arg, const struct proto_msg *msg)
{
	struct part *p = arg;
	bool front = p == p->run->front;

	switch ((int)msg->type) {
	case PROTO_ANSWERED:
		on_answered(p, &msg->answered);
		if (!front)
			hold(&p->answered, msg);
		break;
	case PROTO_DONE:
		p->over = true;
		if (!front)
			hold(&p->last, msg);
		break;
	case PROTO_FAILED:
		/* Others moved at the same time: it may be them the server does not like. */
		if (!front || (msg->failed.transient && p->run->moving > 1)) {
			begin_again(p);
			return;
		}
		break;
	case PROTO_CHECKPOINT:
		if (!front)
			hold(&p->last, msg);
		break;
	default:
		break;
	}
	if (front)
		runs_say(p->run->runs, msg);
}

static void on_over(void *arg, struct xfer *x)
{
	struct part *p = arg;
	bool again = p->x != x;		/* begun again; the others make way first if it is in front */

	xfer_free(x);
	if (again) {
		runs_look_at(p->run);
		return;
	}
	part_rests(p);
	p->x = NULL;
	runs_part_over(p);
}

static void on_written(void *arg)
{
	struct part *p = arg;

	part_rests(p);
	runs_look_at(p->run);
}

bool part_begin(struct part *p)
{
	struct runs *rs = p->run->runs;
	struct xfer_host host = { .loop = rs->host.loop, .http = rs->host.http, .flush = rs->host.flush,
	    .dirs = rs->host.dirs, .umask = rs->host.umask,
	    .expect = part_weight(p),
	    .send = on_send, .on_written = on_written, .on_over = on_over, .arg = p };

	p->x = xfer_new(&host, p->run->tag, &p->order);
	p->moving = p->x != NULL;
	p->run->moving += p->moving;
	rs->moving += p->moving;
	return p->moving;
}

void part_take_back(struct part *p)
{
	part_rests(p);
	xfer_free(p->x);
	p->x = NULL;
	forget_said(p);
}

void part_heard(struct part *p)
{
	runs_send(p->run->runs, &p->answered);
	runs_send(p->run->runs, &p->last);
}
