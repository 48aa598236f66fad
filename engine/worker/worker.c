/* SPDX-License-Identifier: MIT
 * engine/worker/worker.c: see worker.h. Orders come in, a table says who carries them out.
 */
#include "engine/worker/worker.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/chan.h"
#include "engine/base/log.h"
#include "engine/base/loop.h"
#include "engine/worker/check.h"
#include "engine/worker/flow.h"
#include "engine/worker/flush.h"
#include "engine/worker/command.h"
#include "engine/worker/dirs.h"
#include "engine/worker/post.h"
#include "engine/worker/proto.h"
#include "engine/worker/publish.h"
#include "engine/worker/runs.h"
#include "engine/worker/xfer_http.h"

#define CONNECT_S 60
#define SILENT_S 300

struct worker {
	struct loop *loop;
	struct chan *chan;
	struct xfer_http *http;
	struct flush *flush;
	struct dirs *dirs;
	struct runs *runs;
	struct publishing *publishing;
	mode_t umask;
	int status;			/* what the process exits with */
	struct notifies *notifies;
	struct posts *posts;
};

static void send_msg(void *arg, const struct proto_msg *msg)
{
	struct worker *w = arg;
	struct buf out;

	buf_init(&out, CHAN_MAX);
	proto_write(&out, msg);
	if (buf_bad(&out))
		log_error("a message to the engine could not be written: out of memory");
	else
		chan_send(w->chan, out.data, out.len);
	buf_done(&out);
}

static void give_up(struct worker *w, const char *why)
{
	log_error("the engine broke the protocol: %s; this worker ends, a new one will be started", why);
	w->status = EXIT_FAILURE;
	loop_stop(w->loop);
}

/* Orders. */

static void on_check(struct worker *w, const struct proto_msg *msg)
{
	struct errinfo ei = { 0 };
	struct proto_msg m = { .type = PROTO_CHECKED, .tag = msg->tag };

	m.checked.err = check_place(&msg->check, &ei);
	m.checked.text = ei.text;
	send_msg(w, &m);
}

static void on_start(struct worker *w, const struct proto_msg *msg)
{
	if (!runs_start(w->runs, msg))
		give_up(w, "more files were sent ahead than it may, or there is no memory for them");
}

static void on_stop(struct worker *w, const struct proto_msg *msg)
{
	runs_stop(w->runs, msg->tag);
}

static void on_limit(struct worker *w, const struct proto_msg *msg)
{
	flows_limit(xfer_http_flows(w->http), msg->tag, msg->limit.priority, msg->limit.limit);
}

/* Files to be published at the end of the turn, together. */
struct publishing {
	struct arena *arena;			/* texts of the orders */
	struct loop_timer *timer;
	struct proto_publish orders[FLUSH_BATCH];
	uint64_t tags[FLUSH_BATCH];
	struct publish_item items[FLUSH_BATCH];
	size_t n;
};

static void publish_now(void *arg)
{
	struct worker *w = arg;
	struct publishing *p = w->publishing;

	publish_files(p->items, p->n, w->umask);
	for (size_t i = 0; i < p->n; i++) {
		struct proto_msg m = { .type = PROTO_PUBLISHED, .tag = p->tags[i] };

		m.published.err = p->items[i].err;
		m.published.text = p->items[i].ei.text;
		send_msg(w, &m);
	}
	p->n = 0;
	arena_free(p->arena);
	p->arena = NULL;
}

static void on_publish(struct worker *w, const struct proto_msg *msg)
{
	struct publishing *p = w->publishing;
	struct proto_publish *o = &p->orders[p->n];
	bool ok;

	if (!p->arena)
		p->arena = arena_new((size_t)FLUSH_BATCH << 16);
	ok = p->arena != NULL;
	*o = msg->publish;
#define COPY_U64(name)
#define COPY_BYTES(name)
#define COPY_TEXT(name) ok = ok && (o->name = arena_strdup(p->arena, msg->publish.name)) != NULL;
	FIELDS_PUBLISH(COPY_U64, COPY_TEXT, COPY_BYTES)
#undef COPY_U64
#undef COPY_BYTES
#undef COPY_TEXT
	if (!ok) {
		give_up(w, "there is no memory for its orders");
		return;
	}
	p->tags[p->n] = msg->tag;
	memset(&p->items[p->n], 0, sizeof(p->items[p->n]));
	p->items[p->n++].order = o;
	loop_timer_set(p->timer, 0);
	if (p->n == FLUSH_BATCH)
		publish_now(w);
}

static void on_discard(struct worker *w, const struct proto_msg *msg)
{
	struct errinfo ei = { 0 };
	struct proto_msg m = { .type = PROTO_DISCARDED, .tag = msg->tag };

	m.discarded.err = publish_discard(&msg->discard, &ei);
	m.discarded.text = ei.text;
	send_msg(w, &m);
}

static void on_notify(struct worker *w, const struct proto_msg *msg)
{
	notifies_run(w->notifies, msg);
}

static void on_push(struct worker *w, const struct proto_msg *msg)
{
	posts_run(w->posts, msg);
}

static void (*const orders[PROTO__COUNT])(struct worker *w, const struct proto_msg *msg) = {
	[PROTO_CHECK] = on_check,
	[PROTO_START] = on_start,
	[PROTO_STOP] = on_stop,
	[PROTO_LIMIT] = on_limit,
	[PROTO_PUBLISH] = on_publish,
	[PROTO_DISCARD] = on_discard,
	[PROTO_NOTIFY] = on_notify,
	[PROTO_PUSH] = on_push,
};

static void on_record(void *arg, const char *bytes, size_t len)
{
	struct arena *arena = arena_new(CHAN_MAX);	/* no text is longer than the record */
	struct worker *w = arg;
	struct proto_msg msg;

	if (!arena || !proto_read(bytes, len, arena, &msg) || !orders[msg.type])
		give_up(w, "a message is malformed");
	else if (w->status == EXIT_SUCCESS)
		orders[msg.type](w, &msg);
	arena_free(arena);
}

static void on_close(void *arg)
{
	struct worker *w = arg;

	loop_stop(w->loop);
}

/* The process. */

static void harden(int fd)
{
	struct rlimit none = { 0, 0 }, files;

	/* A transfer's buffers come and go with each file; the heap keeps them. */
	mallopt(M_MMAP_THRESHOLD, 16 << 20);
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a limit on file sizes is an error to report, not a reason to die */
	setrlimit(RLIMIT_CORE, &none);
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max < 65536 ? files.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef __SANITIZE_ADDRESS__		/* its leak checker has to look at its own process */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	if (fd > 3)
		close_range(3, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, ~0u, 0);
}

static bool worker_init(struct worker *w, int fd)
{
	struct xfer_http_limits limits = { .connect_s = CONNECT_S, .silent_s = SILENT_S };

	w->umask = umask(0);
	umask(w->umask);
	w->loop = loop_new();
	if (!w->loop)
		return false;
	w->http = xfer_http_new(w->loop, &limits);
	w->chan = chan_new(w->loop, fd, on_record, on_close, w);
	w->flush = flush_new(w->loop);
	w->dirs = dirs_new();
	w->publishing = calloc(1, sizeof(*w->publishing));
	if (w->publishing)
		w->publishing->timer = loop_timer_new(w->loop, publish_now, w);
	w->notifies = notifies_new(w->loop, NOTIFY_LIMIT_S, send_msg, w);
	w->posts = w->http ? posts_new(w->http, send_msg, w) : NULL;
	if (!w->http || !w->posts || !w->chan || !w->flush || !w->dirs || !w->publishing ||
	    !w->publishing->timer || !w->notifies)
		return false;
	chan_gather(w->chan);
	w->runs = runs_new(&(struct runs_host){ w->loop, w->chan, w->http, w->flush, w->dirs, w->umask });
	return w->runs != NULL;
}

static void worker_done(struct worker *w)
{
	if (w->publishing) {
		loop_timer_free(w->publishing->timer);
		arena_free(w->publishing->arena);
		free(w->publishing);
	}
	notifies_free(w->notifies);
	posts_free(w->posts);
	runs_free(w->runs);
	flush_free(w->flush);
	dirs_free(w->dirs);
	chan_free(w->chan);
	xfer_http_free(w->http);
	loop_free(w->loop);
}

int worker_main(int fd)
{
	struct worker w = { .status = EXIT_SUCCESS };

	harden(fd);
	if (worker_init(&w, fd)) {
		loop_run(w.loop);
	} else {
		log_error("the worker could not be set up: out of memory or descriptors");
		w.status = EXIT_FAILURE;
	}
	worker_done(&w);
	return w.status;
}
