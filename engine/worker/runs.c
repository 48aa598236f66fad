/* SPDX-License-Identifier: MIT
 * engine/worker/runs.c: see runs.h.
 */
#include "engine/worker/runs.h"

#include <stdlib.h>

#include "engine/base/auto.h"
#include "engine/base/chan.h"
#include "engine/base/log.h"
#include "engine/base/loop.h"
#include "engine/worker/xfer.h"
#include "engine/worker/xfer_class.h"

#define RUNS_MAX 1024
#define AHEAD_BYTES (16u << 20)		/* on their way at a time in one run */
#define ORDER_ROOM (1u << 20)

/* An order. It waits (x NULL), moves (x) or is over: all of it is durable, and DONE is in `last`. */
struct part {
	struct part *next;
	struct run *run;
	struct arena *arena;		/* texts of the order */
	struct proto_start order;
	struct xfer *x;
	uint64_t size;			/* UINT64_MAX: unknown */
	bool moving;			/* x has a request, or will have one */
	bool over, alone;		/* alone: only when in front */
	bool back;			/* to be taken back, see on_timer() */
	struct buf answered, last;	/* what waits to be said: the newest of each */
};

struct run {
	struct run *next;
	struct runs *runs;
	uint64_t tag;
	struct part *front, **end;
	unsigned parts, moving, most;
	uint64_t guess;			/* size of the file answered last */
	bool look;			/* on_timer() has something to do */
};

struct runs {
	struct runs_host host;
	struct loop_timer *timer;
	struct run *list;
	unsigned n;
	uint64_t failed[RUNS_MAX];	/* tags of runs that ended so: orders on their way are not for us */
	unsigned failed_at;
};

bool runs_may_begin(unsigned moving, uint64_t bytes, uint64_t size, unsigned most)
{
	return moving < most && size <= RUNS_SMALL && bytes + size <= AHEAD_BYTES;
}

static void look_at(struct run *run)
{
	run->look = true;
	loop_timer_set(run->runs->timer, 0);
}

static void rests(struct part *p)
{
	p->run->moving -= p->moving;
	p->moving = false;
}

static void send_bytes(struct runs *rs, struct buf *bytes)
{
	if (buf_bad(bytes))
		log_error("a message to the engine could not be written: out of memory");
	else if (bytes->len)
		chan_send(rs->host.chan, bytes->data, bytes->len);
	buf_done(bytes);
	buf_init(bytes, CHAN_MAX);
}

static void send_msg(struct runs *rs, const struct proto_msg *msg)
{
	struct buf out;

	buf_init(&out, CHAN_MAX);
	proto_write(&out, msg);
	send_bytes(rs, &out);
	buf_done(&out);
}

/* Orders. */

/* The texts of the message live no longer than it does. */
static bool copy_order(struct part *p, const struct proto_start *order)
{
	bool ok = true;

	p->order = *order;
#define COPY_U64(name)
#define COPY_TEXT(name) ok &= (p->order.name = arena_strdup(p->arena, order->name ? order->name : "")) != NULL;
	FIELDS_START(COPY_U64, COPY_TEXT)
#undef COPY_U64
#undef COPY_TEXT
	return ok;
}

static void part_free(struct part *p)
{
	if (!p)
		return;
	rests(p);
	xfer_free(p->x);
	arena_free(p->arena);
	buf_done(&p->answered);
	buf_done(&p->last);
	free(p);
}

static struct part *part_new(struct run *run, const struct proto_start *order)
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

static struct run **find_run(struct runs *rs, uint64_t tag)
{
	struct run **at = &rs->list;

	while (*at && (*at)->tag != tag)
		at = &(*at)->next;
	return at;
}

static void drop_front(struct run *run)
{
	struct part *gone = run->front;

	run->front = gone->next;
	if (!run->front)
		run->end = &run->front;
	run->parts--;
	part_free(gone);
}

static void drop_run(struct run **at)
{
	struct run *gone = *at;

	*at = gone->next;
	gone->runs->n--;
	while (gone->front)
		drop_front(gone);
	free(gone);
}

static struct run *new_run(struct runs *rs, uint64_t tag)
{
	struct run *run = rs->n < RUNS_MAX ? calloc(1, sizeof(*run)) : NULL;

	if (!run)
		return NULL;
	run->runs = rs;
	run->tag = tag;
	run->end = &run->front;
	run->most = RUNS_AHEAD;
	run->guess = UINT64_MAX;
	run->next = rs->list;
	rs->list = run;
	rs->n++;
	return run;
}

static void note_failed(struct runs *rs, uint64_t tag)
{
	rs->failed[rs->failed_at++ % RUNS_MAX] = tag;
}

/* The run ends with its front file's trouble. */
static void end_failed(struct run *run)
{
	struct runs *rs = run->runs;

	note_failed(rs, run->tag);
	drop_run(find_run(rs, run->tag));
}

static void say_no_memory(struct runs *rs, uint64_t tag, const struct proto_start *o)
{
	struct xfer_class why = xfer_class_of(XFER_CURL_OUT_OF_MEMORY);
	struct proto_msg m = { .type = PROTO_FAILED, .tag = tag, .failed = { .file = o->file,
	    .durable = o->offset, .hresult = why.hresult, .context = why.context, .transient = why.transient,
	    .url = "" } };
	char text[XFER_SAY_ROOM];

	m.failed.text = xfer_class_say(&why, 0, o->url, "", text);
	send_msg(rs, &m);
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
	struct run *run = p->run;

	p->size = run->guess = a->size;
	learn(p, a);
	if (p != run->front && a->size > RUNS_SMALL)
		p->alone = p->back = true;
	look_at(run);			/* there may be room for another one */
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
	rests(p);
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
		send_msg(p->run->runs, msg);
}

/* Beginning. */

static void go_on(struct run *run);

static void on_over(void *arg, struct xfer *x)
{
	struct part *p = arg;
	struct run *run = p->run;

	if (p->x != x) {		/* begun again; the others make way first if it is in front */
		xfer_free(x);
		look_at(run);
		return;
	}
	rests(p);
	p->x = NULL;
	xfer_free(x);
	if (p == run->front && !p->over)
		end_failed(run);
	else
		go_on(run);
}

static void on_written(void *arg)
{
	struct part *p = arg;

	rests(p);
	look_at(p->run);
}

static bool begin(struct part *p)
{
	struct runs *rs = p->run->runs;
	struct xfer_host host = { .loop = rs->host.loop, .http = rs->host.http, .flush = rs->host.flush,
	    .send = on_send, .on_written = on_written, .on_over = on_over, .arg = p };

	p->x = xfer_new(&host, p->run->tag, &p->order);
	p->moving = p->x != NULL;
	p->run->moving += p->moving;
	return p->moving;
}

static uint64_t weight(const struct run *run, const struct part *p)
{
	return p->size != UINT64_MAX ? p->size : run->guess;
}

static void begin_ahead(struct run *run)
{
	uint64_t bytes = 0, size;

	for (struct part *p = run->front; p; p = p->next) {
		if (p->over || (p->x && !p->moving))
			continue;
		size = weight(run, p);
		if (!p->x && (p->alone || !runs_may_begin(run->moving, bytes, size, run->most) || !begin(p)))
			return;
		if (size > RUNS_SMALL)
			return;			/* large: alone */
		bytes += size;
	}
}

/* The files in front that are done leave; the next one is heard. */
static void go_on(struct run *run)
{
	struct runs *rs = run->runs;
	struct part *front;

	while (run->front && run->front->over) {
		drop_front(run);
		if (run->front) {
			send_bytes(rs, &run->front->answered);
			send_bytes(rs, &run->front->last);
		}
	}
	front = run->front;
	if (!front) {
		drop_run(find_run(rs, run->tag));
	} else if (!front->x && front->alone && run->moving) {
		look_at(run);
	} else if (!front->x && !begin(front)) {
		say_no_memory(rs, run->tag, &front->order);
		end_failed(run);
	} else {
		begin_ahead(run);
	}
}

/* What could not be done from inside a transfer. */
static void put_back(struct run *run)
{
	bool clear = !run->front->x && !run->front->over && run->front->alone;

	for (struct part *p = run->front; p; p = p->next) {
		if (!p->x || p->over || (!p->back && !clear))
			continue;
		p->back = false;
		if (p == run->front || !p->moving)
			continue;
		rests(p);
		xfer_free(p->x);
		p->x = NULL;
		forget_said(p);
	}
}

static void on_timer(void *arg)
{
	struct runs *rs = arg;

	for (struct run *run = rs->list, *next; run; run = next) {
		next = run->next;
		if (!run->look)
			continue;
		run->look = false;
		put_back(run);
		go_on(run);
	}
}

/* From the engine. */

static bool is_failed(const struct runs *rs, uint64_t tag)
{
	for (size_t i = 0; i < RUNS_MAX; i++)
		if (rs->failed[i] == tag)
			return true;
	return false;
}

bool runs_start(struct runs *rs, const struct proto_msg *msg)
{
	struct run *run = *find_run(rs, msg->tag);
	struct part *p;

	if (!run && is_failed(rs, msg->tag))
		return true;		/* crossed the FAILED of an earlier file */
	if (run && run->parts == PROTO_AHEAD)
		return false;
	if (!run && !(run = new_run(rs, msg->tag))) {
		say_no_memory(rs, msg->tag, &msg->start);
		note_failed(rs, msg->tag);
		return true;
	}
	p = part_new(run, &msg->start);
	if (!p)
		return false;		/* no memory: the engine finds out by the worker's end */
	*run->end = p;
	run->end = &p->next;
	run->parts++;
	look_at(run);
	return true;
}

void runs_stop(struct runs *rs, uint64_t tag)
{
	struct run **at = find_run(rs, tag);
	struct part *front = *at ? (*at)->front : NULL;
	struct proto_msg m = { .type = PROTO_STOPPED, .tag = tag, .stopped = { .durable = UINT64_MAX } };

	if (front && front->x) {
		xfer_stop(front->x);
	} else {
		if (front) {
			m.stopped.file = front->order.file;
			m.stopped.durable = front->order.offset;
		}
		send_msg(rs, &m);
	}
	if (front)
		drop_run(at);
}

struct runs *runs_new(const struct runs_host *host)
{
	struct runs *rs = calloc(1, sizeof(*rs));

	if (!rs)
		return NULL;
	rs->host = *host;
	rs->timer = loop_timer_new(host->loop, on_timer, rs);
	if (!rs->timer) {
		free(rs);
		return NULL;
	}
	return rs;
}

void runs_free(struct runs *rs)
{
	if (!rs)
		return;
	while (rs->list)
		drop_run(&rs->list);
	loop_timer_free(rs->timer);
	free(rs);
}
