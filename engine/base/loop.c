/* SPDX-License-Identifier: MIT
 * engine/base/loop.c: see loop.h.
 */
#include "engine/base/loop.h"

#include <pthread.h>
#include <stdlib.h>

#include <event2/event.h>
#include <event2/thread.h>

struct loop { struct event_base *base; };

static _Thread_local const struct loop *here;	/* runs on this thread, innermost */

struct loop_io {
	struct event *ev;
	struct loop *loop;
	int fd, what;
	void (*on)(void *arg, int what);
	void *arg;
};

struct loop_timer {
	struct event *ev;
	void (*on)(void *arg);
	void *arg;
};

static void use_threads(void)
{
	evthread_use_pthreads();
}

struct loop *loop_new(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct loop *loop;

	pthread_once(&once, use_threads);
	loop = calloc(1, sizeof(*loop));
	if (loop && !(loop->base = event_base_new())) {
		free(loop);
		return NULL;
	}
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	event_base_free(loop->base);
	free(loop);
}

static void run(struct loop *loop, int flags)
{
	const struct loop *outer = here;

	here = loop;
	event_base_loop(loop->base, flags);
	here = outer;
}

void loop_run(struct loop *loop)
{
	run(loop, EVLOOP_NO_EXIT_ON_EMPTY);
}

void loop_poll(struct loop *loop)
{
	run(loop, EVLOOP_NONBLOCK);
}

bool loop_is_here(const struct loop *loop)
{
	return here == loop;
}

void loop_stop(struct loop *loop)
{
	event_base_loopexit(loop->base, NULL);
}

struct event_base *loop_base(struct loop *loop)
{
	return loop->base;
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
	struct loop_io *io = arg;

	(void)fd;
	io->on(io->arg, (what & EV_READ ? LOOP_READ : 0) | (what & EV_WRITE ? LOOP_WRITE : 0));
}

struct loop_io *loop_io_new(struct loop *loop, int fd, int what, void (*on)(void *arg, int what), void *arg)
{
	struct loop_io *io = calloc(1, sizeof(*io));

	if (!io)
		return NULL;
	io->loop = loop;
	io->fd = fd;
	io->on = on;
	io->arg = arg;
	io->ev = event_new(loop->base, fd, 0, on_io, io);
	if (!io->ev) {
		free(io);
		return NULL;
	}
	loop_io_set(io, what);
	return io;
}

void loop_io_set(struct loop_io *io, int what)
{
	if (io->what == what)
		return;
	event_del(io->ev);
	io->what = what;
	if (!what)
		return;
	event_assign(io->ev, io->loop->base, io->fd, (short)(EV_PERSIST | (what & LOOP_READ ? EV_READ : 0) |
	    (what & LOOP_WRITE ? EV_WRITE : 0)), on_io, io);
	event_add(io->ev, NULL);
}

void loop_io_free(struct loop_io *io)
{
	if (!io)
		return;
	event_free(io->ev);
	free(io);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd;
	(void)what;
	t->on(t->arg);
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*on)(void *arg), void *arg)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->on = on;
	t->arg = arg;
	t->ev = evtimer_new(loop->base, on_timer, t);
	if (!t->ev) {
		free(t);
		return NULL;
	}
	return t;
}

void loop_timer_set(struct loop_timer *t, uint64_t in_ms)
{
	struct timeval tv;

	if (in_ms > 1000ull * 86400 * 365)
		in_ms = 1000ull * 86400 * 365;
	tv.tv_sec = (time_t)(in_ms / 1000);
	tv.tv_usec = (suseconds_t)(in_ms % 1000) * 1000;
	evtimer_add(t->ev, &tv);
}

void loop_timer_stop(struct loop_timer *t)
{
	evtimer_del(t->ev);
}

void loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	event_free(t->ev);
	free(t);
}
