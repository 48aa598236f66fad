/* SPDX-License-Identifier: MIT
 * engine/link.c: the engine's end of one worker process: messages out, answers in, its death.
 *
 * A worker is started when it is first needed and leaves after LINK_IDLE_MS without work. One that
 * says nothing for too long (stopped, or stuck in a dead disk) is given up: whoever waits for it is
 * told, and the next who needs a worker gets a new one. What one that ended had not answered is asked
 * of a new one, once; of one that was given up it is not, as it may still be doing it. Engine thread only.
 */
#include "engine/core.h"

#include "engine/base/chan.h"
#include "engine/base/log.h"
#include "engine/base/now.h"

#define LINK_IDLE_MS 60000
#define LINK_PATIENCE_MS 120000	/* for an answer that takes no more than a disk's time */
#define LINK_SILENT_MS 600000	/* for a word about a transfer: longer than a server may be silent */
#define LINK_SLOW_MS 660000	/* for a command's end: longer than it may run */
#define LINK_ARENA CHAN_MAX		/* no text is longer than the record */
#define LINK_BACKLOG (1u << 20)	/* more is not sent ahead */

struct link {
	struct engine *eng;
	uint32_t uid;
	struct chan *chan;
	struct request *requests;	/* uthash by tag */
	uint64_t idle_since_ms;
	uint64_t heard_ms;		/* its last word */
	UT_hash_handle hh;		/* by uid */
};

static void answer(struct link *link, struct request *r, const struct proto_msg *msg)
{
	struct engine *eng = link->eng;

	HASH_DELETE(hh, link->requests, r);
	eng->calm = r->job && r->job->closing && r->job->closing->waiting > 1;	/* more will follow */
	if (r->job && msg->type == PROTO_CHECKED)
		closing_on_answer(eng, r->job, r->file, msg);
	else if (r->call && msg->type == PROTO_CHECKED)
		calls_on_checked(eng, r->call, msg->checked.err < ERR__COUNT ? (enum err)msg->checked.err :
		    ERR_INTERNAL, msg->checked.text);
	else if (r->job && (msg->type == PROTO_PUBLISHED || msg->type == PROTO_DISCARDED))
		closing_on_answer(eng, r->job, r->file, msg);
	else if (r->job && msg->type == PROTO_NOTIFIED)
		notify_on_answer(eng, r->job, &msg->notified);
	else if (r->push && msg->type == PROTO_PUSHED)
		push_on_answer(eng, r->push, &msg->pushed);
	else if (r->push)
		push_lost(eng, r->push);	/* it owed another word */
	free(r);
	engine_kick(eng);
	eng->calm = false;
}

static void on_record(void *arg, const char *bytes, size_t len)
{
	struct link *link = arg;
	struct arena *arena = arena_new(LINK_ARENA);
	struct proto_msg msg;
	struct request *r;

	link->heard_ms = engine_look(link->eng);
	if (!arena || !proto_read(bytes, len, arena, &msg)) {
		log_error("worker of uid %u: message not understood, ignored", link->uid);
		arena_free(arena);
		return;
	}
	HASH_FIND(hh, link->requests, &msg.tag, sizeof(msg.tag), r);
	if (r)
		answer(link, r, &msg);
	else
		transfer_on_message(link->eng, link, &msg);
	arena_free(arena);
}

static void link_free(struct link *link)
{
	chan_free(link->chan);
	free(link);
}

/* Tells everybody who waited that this worker is gone. `again`: they may ask another one. */
static void lose(struct link *link, bool again)
{
	struct engine *eng = link->eng;
	struct request *r, *next_r;
	struct run *run, *next_run;

	engine_look(eng);
	HASH_DELETE(hh, eng->links, link);	/* first, so that it is a new one they get */
	if (link->requests || eng->runs)
		log_warn("the worker of uid %u ended", link->uid);
	HASH_ITER(hh, link->requests, r, next_r) {
		HASH_DELETE(hh, link->requests, r);
		if (r->call)
			calls_on_lost(eng, r->call, again);
		else if (r->push)
			push_lost(eng, r->push);
		else if (r->job && r->slow_ms)
			notify_lost(eng, r->job);
		else if (r->job)
			closing_lost(eng, r->job, again);
		free(r);
	}
	HASH_ITER(hh, eng->runs, run, next_run)
		if (run->link == link)
			transfer_lost(eng, run->job, again);
	link_free(link);
	engine_kick(eng);
}

static void on_close(void *arg)
{
	struct link *link = arg;

	lose(link, !link->eng->stopping);
}

struct link *link_get(struct engine *eng, uint32_t uid)
{
	struct link *link;
	int fd;

	HASH_FIND(hh, eng->links, &uid, sizeof(uid), link);
	if (link)
		return link;
	fd = eng->host.worker_start(eng->host.ctx, uid);
	link = fd < 0 ? NULL : calloc(1, sizeof(*link));
	if (link)
		link->chan = chan_new(eng->loop, fd, on_record, on_close, link);
	if (!link || !link->chan) {
		free(link);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	link->eng = eng;
	link->uid = uid;
	link->heard_ms = eng->now_ms;
	HASH_ADD(hh, eng->links, uid, sizeof(link->uid), link);
	return link;
}

void link_send(struct link *link, const struct proto_msg *msg)
{
	struct buf out;

	link->idle_since_ms = 0;
	buf_init(&out, CHAN_MAX);
	proto_write(&out, msg);
	chan_send(link->chan, buf_text(&out), out.len);
	buf_done(&out);
}

bool link_has_room(const struct link *link)
{
	return chan_backlog(link->chan) < LINK_BACKLOG;
}

static struct request *ask(struct link *link, struct proto_msg *msg)
{
	struct request *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->tag = msg->tag = engine_tag(link->eng);
	r->asked_ms = link->eng->now_ms;
	HASH_ADD(hh, link->requests, tag, sizeof(r->tag), r);
	link_send(link, msg);
	return r;
}

bool link_ask(struct link *link, struct proto_msg *msg, struct eng_call *call, struct job *job, size_t file)
{
	struct request *r = ask(link, msg);

	if (!r)
		return false;
	r->slow_ms = msg->type == PROTO_NOTIFY ? LINK_SLOW_MS : 0;
	r->call = call;
	r->job = job;
	r->file = file;
	return true;
}

bool link_ask_push(struct link *link, struct proto_msg *msg, struct eng_push *push)
{
	struct request *r = ask(link, msg);

	if (!r)
		return false;
	r->slow_ms = LINK_SLOW_MS;		/* it ends by itself long before */
	r->push = push;
	return true;
}

void link_forget_job(struct engine *eng, struct job *job)
{
	struct link *link, *next;
	struct request *r, *next_r;

	HASH_ITER(hh, eng->links, link, next)
		HASH_ITER(hh, link->requests, r, next_r)
			if (r->job == job)
				r->job = NULL;
}

/* When it must have said something at last; UINT64_MAX: it has nothing to do. */
static uint64_t deadline(struct engine *eng, struct link *link)
{
	uint64_t owed = eng->config.patience_s ? eng->config.patience_s * 1000ull : LINK_PATIENCE_MS;
	uint64_t first = UINT64_MAX;
	const struct request *r = link->requests;

	for (; r && r->slow_ms; r = r->hh.next)	/* a few: the owner's commands, pushes */
		first = r->asked_ms + r->slow_ms < first ? r->asked_ms + r->slow_ms : first;
	if (r && r->asked_ms + owed < first)
		first = r->asked_ms + owed;
	for (struct run *run = eng->runs; run; run = run->hh.next)
		if (run->link == link && run->asked_ms + (run->stopping ? owed : LINK_SILENT_MS) < first)
			first = run->asked_ms + (run->stopping ? owed : LINK_SILENT_MS);
	return first != UINT64_MAX && first < link->heard_ms + owed ? link->heard_ms + owed : first;
}

/* In how many ms to look again, after it was given up or sent home if that was due. */
static uint64_t look_after(struct engine *eng, struct link *link)
{
	uint64_t end = deadline(eng, link);

	if (end != UINT64_MAX) {
		link->idle_since_ms = 0;
	} else {
		if (!link->idle_since_ms)
			link->idle_since_ms = eng->now_ms;
		end = link->idle_since_ms + LINK_IDLE_MS;
	}
	if (end > eng->now_ms)
		return end - eng->now_ms;
	if (link->idle_since_ms) {
		HASH_DELETE(hh, eng->links, link);
		link_free(link);
	} else {
		log_error("the worker of uid %u does not answer and is given up", link->uid);
		lose(link, false);
	}
	return UINT64_MAX;
}

uint64_t link_look_after(struct engine *eng)
{
	uint64_t again = UINT64_MAX, in_ms;
	struct link *link, *next;

	HASH_ITER(hh, eng->links, link, next) {
		in_ms = look_after(eng, link);
		if (in_ms < again)
			again = in_ms;
	}
	return again;
}

void link_close_all(struct engine *eng)
{
	struct link *link, *next;

	HASH_ITER(hh, eng->links, link, next)
		lose(link, false);
}
