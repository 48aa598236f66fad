/* SPDX-License-Identifier: MIT
 * engine/worker/runs.c: see runs.h.
 */
#include "engine/worker/runs_own.h"

#include <stdlib.h>

#include "engine/base/auto.h"
#include "engine/base/chan.h"
#include "engine/base/log.h"
#include "engine/base/loop.h"
#include "engine/worker/xfer_class.h"

#define AHEAD_BYTES (16u << 20)		/* on their way at a time in one run */

bool runs_may_begin(unsigned moving, uint64_t bytes, uint64_t size, unsigned most)
{
	return moving < most && size <= RUNS_SMALL && bytes + size <= AHEAD_BYTES;
}

void runs_look_at(struct worker_run *run)
{
	run->look = true;
	loop_timer_set(run->runs->timer, 0);
}

void runs_send(struct runs *rs, struct buf *bytes)
{
	if (buf_bad(bytes))
		log_error("a message to the engine could not be written: out of memory");
	else if (bytes->len)
		chan_send(rs->host.chan, bytes->data, bytes->len);
	buf_done(bytes);
	buf_init(bytes, CHAN_MAX);
}

void runs_say(struct runs *rs, const struct proto_msg *msg)
{
	struct buf out;

	buf_init(&out, CHAN_MAX);
	proto_write(&out, msg);
	runs_send(rs, &out);
	buf_done(&out);
}

static struct worker_run **find_run(struct runs *rs, uint64_t tag)
{
	struct worker_run **at = &rs->list;

	while (*at && (*at)->tag != tag)
		at = &(*at)->next;
	return at;
}

static void drop_front(struct worker_run *run)
{
	struct part *gone = run->front;

	run->front = gone->next;
	if (!run->front)
		run->end = &run->front;
	run->parts--;
	part_free(gone);
}

static void drop_run(struct worker_run **at)
{
	struct worker_run *gone = *at;

	*at = gone->next;
	gone->runs->n--;
	while (gone->front)
		drop_front(gone);
	free(gone);
}

static struct worker_run *new_run(struct runs *rs, uint64_t tag)
{
	struct worker_run *run = rs->n < RUNS_MAX ? calloc(1, sizeof(*run)) : NULL;

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
static void end_failed(struct worker_run *run)
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
	runs_say(rs, &m);
}

uint64_t part_weight(const struct part *p)
{
	return p->size != UINT64_MAX ? p->size : p->run->guess;
}

static void begin_ahead(struct worker_run *run)
{
	uint64_t bytes = 0, size;

	for (struct part *p = run->front; p; p = p->next) {
		if (p->over || (p->x && !p->moving))
			continue;
		size = part_weight(p);
		if (!p->x && (p->alone || run->runs->moving >= RUNS_AHEAD_ALL || !runs_may_begin(run->moving, bytes, size, run->most) ||
		    !part_begin(p)))
			return;
		if (size > RUNS_SMALL)
			return;			/* large: alone */
		bytes += size;
	}
}

/* The files in front that are done leave; the next one is heard. */
static void go_on(struct worker_run *run)
{
	struct runs *rs = run->runs;
	struct part *front;

	while (run->front && run->front->over) {
		drop_front(run);
		if (run->front)
			part_heard(run->front);
	}
	front = run->front;
	if (!front) {
		drop_run(find_run(rs, run->tag));
	} else if (!front->x && front->alone && run->moving) {
		runs_look_at(run);
	} else if (!front->x && !part_begin(front)) {
		say_no_memory(rs, run->tag, &front->order);
		end_failed(run);
	} else {
		begin_ahead(run);
	}
}

void runs_part_over(struct part *p)
{
	struct worker_run *run = p->run;

	if (p == run->front && !p->over)
		end_failed(run);
	else
		go_on(run);
}

/* What could not be done from inside a transfer. */
static void put_back(struct worker_run *run)
{
	bool clear = !run->front->x && !run->front->over && run->front->alone;

	if (!run->back && !clear)
		return;
	run->back = false;
	for (struct part *p = run->front; p; p = p->next) {
		if (!p->x || p->over || (!p->back && !clear))
			continue;
		p->back = false;
		if (p != run->front && p->moving)
			part_take_back(p);
	}
}

static void on_timer(void *arg)
{
	struct runs *rs = arg;

	for (struct worker_run *run = rs->list, *next; run; run = next) {
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
	struct worker_run *run = *find_run(rs, msg->tag);
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
	runs_look_at(run);
	return true;
}

void runs_stop(struct runs *rs, uint64_t tag)
{
	struct worker_run **at = find_run(rs, tag);
	struct part *front = *at ? (*at)->front : NULL;
	struct proto_msg m = { .type = PROTO_STOPPED, .tag = tag, .stopped = { .durable = UINT64_MAX } };

	if (front && front->x) {
		xfer_stop(front->x);
	} else {
		if (front) {
			m.stopped.file = front->order.file;
			m.stopped.durable = front->order.offset;
		}
		runs_say(rs, &m);
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
