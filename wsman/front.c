/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/front.c: the HTTP front: threads, each with a loop of its own, on shared listening sockets.
 *
 * A thread takes a connection and keeps it; who takes how many is chance. When all threads together have
 * enough, one ends one of its own for a new one: the oldest whose client has proved nothing, else the longest
 * idle one; when all of them are being served it stops accepting for a while.
 */
#include "wsman/front.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/auto.h"
#include "engine/base/log.h"
#include "engine/base/now.h"
#include "wsman/op.h"

#define ACCEPT_AT_ONCE 16
#define SEND_BUFFER (128 * 1024)	/* alone, the kernel keeps megabytes for clients that do not read */
#define RETRY_MS 500		/* accepting again when there was no room, or no descriptor */
#define STOP_MS 2000

struct wsm_front {
	struct wsm_service *svc;
	struct front_thread *threads;
	unsigned nthreads;
	atomic_uint nconns;	/* of all threads */
	int sockets[FRONT_LISTENERS];	/* listening; owned */
	size_t nsockets;
};

const char *front_date(struct front_thread *t)
{
	time_t now = (time_t)ft_to_unix(now_ft());
	struct tm tm;

	if ((uint64_t)now == t->date_s && t->date[0])
		return t->date;
	t->date_s = (uint64_t)now;
	gmtime_r(&now, &tm);
	strftime(t->date, sizeof(t->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	return t->date;
}

/* ---- accepting ---- */

static void watch_listeners(struct front_thread *t, bool on)
{
	t->paused = !on;
	for (size_t i = 0; i < t->nlisteners; i++)
		loop_io_set(t->listeners[i].io, on ? LOOP_READ : 0);
}

void front_conn_gone(struct front_thread *t)
{
	t->nconns--;
	atomic_fetch_sub(&t->front->nconns, 1);
	if (t->stopping && !t->nconns)
		loop_stop(t->loop);
	else if (t->paused && !t->stopping)
		watch_listeners(t, true);
}

static void take(struct front_thread *t, int fd, bool local)
{
	static const int one = 1, room = SEND_BUFFER;

	if (!local) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	}
	if (conn_new(t, fd, local))
		atomic_fetch_add(&t->front->nconns, 1);
	else
		close(fd);
}

static void pause_accepting(struct front_thread *t)
{
	watch_listeners(t, false);
	loop_timer_set(t->timer, RETRY_MS);
}

static void on_accept(void *arg, int what)
{
	struct listener *l = arg;
	struct front_thread *t = l->thread;

	(void)what;
	for (int i = 0; i < ACCEPT_AT_ONCE && !t->stopping; i++) {
		int fd;

		if (atomic_load(&t->front->nconns) >= FRONT_CONNECTIONS && !front_evict(t)) {
			pause_accepting(t);
			return;
		}
		fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			take(t, fd, l->local);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			pause_accepting(t);
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

/* ---- stopping ---- */

static void stop_conns(struct front_thread *t, bool hard)
{
	for (struct conn *c = t->conns, *next; c; c = next) {
		next = conn_next(c);
		conn_stop(c, hard);
	}
}

static void on_timer(void *arg)
{
	struct front_thread *t = arg;

	if (!t->stopping) {
		if (t->paused)
			watch_listeners(t, true);
		return;
	}
	stop_conns(t, true);
	loop_stop(t->loop);
}

static void on_stop(struct mail *mail)
{
	struct front_thread *t = CONTAINER(mail, struct front_thread, stop_mail);

	t->stopping = true;
	for (size_t i = 0; i < t->nlisteners; i++)
		loop_io_free(t->listeners[i].io);
	t->nlisteners = 0;
	stop_conns(t, false);
	if (t->nconns)
		loop_timer_set(t->timer, STOP_MS);
	else
		loop_stop(t->loop);
}

void wsm_front_stop(struct wsm_front *front)
{
	if (!front)
		return;
	for (unsigned i = 0; i < front->nthreads; i++)
		if (front->threads[i].running) {
			front->threads[i].stop_mail.run = on_stop;
			mailbox_post(front->threads[i].mailbox, &front->threads[i].stop_mail);
		}
	for (unsigned i = 0; i < front->nthreads; i++)
		if (front->threads[i].running) {
			pthread_join(front->threads[i].id, NULL);
			front->threads[i].running = false;
		}
	while (front->nsockets)
		close(front->sockets[--front->nsockets]);
}

/* ---- life ---- */

static bool thread_init(struct front_thread *t, struct wsm_front *front, const struct wsm_auth *auth)
{
	t->front = front;
	t->svc = front->svc;
	t->auth = *auth;
	t->max_memory = FRONT_MEMORY / front->nthreads;
	t->loop = loop_new();
	t->mailbox = t->loop ? mailbox_new(t->loop, NULL, NULL) : NULL;
	t->timer = t->mailbox ? loop_timer_new(t->loop, on_timer, t) : NULL;
	return t->timer;
}

struct wsm_front *wsm_front_new(struct wsm_service *svc, const struct wsm_auth *auth, unsigned nthreads)
{
	struct wsm_front *front = calloc(1, sizeof(*front));

	if (!front)
		return NULL;
	front->svc = svc;
	front->nthreads = nthreads < 1 ? 1 : nthreads > FRONT_THREADS ? FRONT_THREADS : nthreads;
	front->threads = calloc(front->nthreads, sizeof(*front->threads));
	for (unsigned i = 0; front->threads && i < front->nthreads; i++)
		if (!thread_init(&front->threads[i], front, auth)) {
			wsm_front_free(front);
			return NULL;
		}
	if (!front->threads) {
		free(front);
		return NULL;
	}
	return front;
}

static bool listen_on(struct front_thread *t, int fd, bool local)
{
	struct listener *l = &t->listeners[t->nlisteners];

	*l = (struct listener){ .thread = t, .fd = fd, .local = local };
	l->io = loop_io_new(t->loop, fd, LOOP_READ, on_accept, l);
	t->nlisteners += !!l->io;
	return l->io;
}

bool wsm_front_listen(struct wsm_front *front, int fd, bool local)
{
	if (front->nsockets == FRONT_LISTENERS || front->threads[0].running)
		return false;
	for (unsigned i = 0; i < front->nthreads; i++) {
		if (listen_on(&front->threads[i], fd, local))
			continue;
		while (i--)
			loop_io_free(front->threads[i].listeners[--front->threads[i].nlisteners].io);
		return false;
	}
	front->sockets[front->nsockets++] = fd;
	return true;
}

static void *run_thread(void *arg)
{
	struct front_thread *t = arg;

	loop_run(t->loop);
	return NULL;
}

bool wsm_front_start(struct wsm_front *front)
{
	for (unsigned i = 0; i < front->nthreads; i++) {
		struct front_thread *t = &front->threads[i];

		if (pthread_create(&t->id, NULL, run_thread, t)) {
			wsm_front_stop(front);
			return false;
		}
		t->running = true;
	}
	return true;
}

static void end_loop(struct mail *mail)
{
	loop_stop(CONTAINER(mail, struct front_thread, stop_mail)->loop);
}

/* Answers of providers that came after the thread ended are still in the mailbox. */
static void thread_drain(struct front_thread *t)
{
	t->stopping = true;
	t->stop_mail.run = end_loop;
	mailbox_post(t->mailbox, &t->stop_mail);
	loop_run(t->loop);
	for (int pass = 0; pass < 2; pass++)	/* given up first, closed then */
		stop_conns(t, true);
}

static void thread_done(struct front_thread *t)
{
	for (size_t i = 0; i < t->nlisteners; i++)
		loop_io_free(t->listeners[i].io);
	loop_timer_free(t->timer);
	mailbox_free(t->mailbox);
	loop_free(t->loop);
}

void wsm_front_free(struct wsm_front *front)
{
	bool held = false;

	if (!front)
		return;
	wsm_front_stop(front);
	for (unsigned i = 0; i < front->nthreads; i++) {
		if (front->threads[i].mailbox)
			thread_drain(&front->threads[i]);
		held |= front->threads[i].nconns;
	}
	if (held || op_outstanding(front->svc)) {	/* somebody would answer into freed memory */
		log_warn("front: requests are still with a provider; their memory is left");
		return;
	}
	for (unsigned i = 0; i < front->nthreads; i++)
		thread_done(&front->threads[i]);
	free(front->threads);
	free(front);
}
