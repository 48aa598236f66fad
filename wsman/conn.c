/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/conn.c: one connection of the front: bytes in and out, deadlines, life. The picture of its
 * states is in conn.h; what is answered is decided in exchange.c.
 */
#include "wsman/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/now.h"
#include "wsman/op.h"
#include "wsman/peer.h"

#define KEEP_ROOM 16384		/* memory an idle connection may keep */

void conn_enter(struct conn *c, enum conn_state state, uint64_t deadline_ms)
{
	c->state = state;
	c->since_ms = now_ms();
	if (deadline_ms)
		loop_timer_set(c->timer, deadline_ms);
	else
		loop_timer_stop(c->timer);
}

/* Half an answer is none: the kernel need not keep what of it nobody reads. */
static void close_socket(struct conn *c)
{
	static const struct linger at_once = { .l_onoff = 1 };

	if (!outbox_is_empty(&c->out))
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(c->fd);
}

static void conn_free(struct conn *c)
{
	struct front_thread *t = c->thread;

	if (c->prev)
		c->prev->next = c->next;
	else if (t->conns == c)
		t->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	front_conn_memory(t, c, c->memory, 0);
	loop_io_free(c->io);
	loop_timer_free(c->timer);
	if (c->fd >= 0)
		close_socket(c);
	buf_done(&c->in);
	buf_done(&c->body);
	outbox_done(&c->out);
	free(c->head_text);
	basic_forget(&c->basic);
	free(c);
	front_conn_gone(t);
}

void conn_close(struct conn *c)
{
	c->dead = true;
	if (!c->busy && c->state != CONN_LOGIN && c->state != CONN_HANDLE)
		conn_free(c);
}

/* ---- bytes out ---- */

static bool step_write(struct conn *c)
{
	if (!outbox_flush(&c->out, c->fd))
		c->dead = true;
	if (c->dead || !outbox_is_empty(&c->out))
		return false;
	if (!c->close) {
		if (!c->in.len && c->in.room > KEEP_ROOM)
			buf_done(&c->in);
		conn_enter(c, CONN_HEAD, c->in.len ? CONN_HEAD_MS : CONN_IDLE_MS);
		return true;
	}
	shutdown(c->fd, SHUT_WR);
	conn_enter(c, CONN_LINGER, CONN_LINGER_MS);
	return true;
}

/* ---- the wheel ---- */

static bool step(struct conn *c)
{
	return c->state == CONN_WRITE ? step_write(c) : conn_take(c);
}

static void count_memory(struct conn *c)
{
	size_t before = c->memory;

	c->memory = c->in.room + c->body.room + c->out.head.room + c->out.body.room;
	front_conn_memory(c->thread, c, before, c->memory);
}

static int wanted(const struct conn *c)
{
	int what = outbox_is_empty(&c->out) ? 0 : LOOP_WRITE;

	if (c->state == CONN_LOGIN || c->state == CONN_HANDLE || c->state == CONN_WRITE || c->eof)
		return what;
	return what | LOOP_READ;
}

/* Runs the connection as far as it goes with the bytes there are; may free it. */
void conn_drive(struct conn *c)
{
	if (c->busy)
		return;
	c->busy = true;
	while (!c->dead && step(c))
		;
	if (!c->dead && c->state != CONN_WRITE && !outbox_flush(&c->out, c->fd))	/* 100 Continue */
		c->dead = true;
	if (c->eof && (c->state == CONN_HEAD || c->state == CONN_BODY || c->state == CONN_DISCARD))
		c->dead = true;
	c->busy = false;
	if (!c->dead) {
		loop_io_set(c->io, wanted(c));
		count_memory(c);
	} else if (c->state != CONN_LOGIN && c->state != CONN_HANDLE) {
		conn_free(c);
	}
}

static void read_some(struct conn *c)
{
	char bytes[16384];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n > 0) {
		if (c->state == CONN_HEAD && !c->in.len)	/* a request begins */
			loop_timer_set(c->timer, CONN_HEAD_MS);
		buf_add(&c->in, bytes, (size_t)n);
		if (buf_bad(&c->in))
			c->dead = true;
	} else if (n == 0) {
		c->eof = true;
	} else if (errno != EAGAIN && errno != EINTR) {
		c->dead = true;
	}
}

static void on_io(void *arg, int what)
{
	struct conn *c = arg;

	if (what & LOOP_READ)
		read_some(c);
	conn_drive(c);	/* sends, too */
}

/* A deadline. What a provider does is given up; a slow client is told nothing it would read. */
static void on_timer(void *arg)
{
	struct conn *c = arg;

	if (c->state == CONN_HANDLE) {
		wsm_give_up(&c->req);
		return;
	}
	if (c->state == CONN_BODY || c->state == CONN_DISCARD || (c->state == CONN_HEAD && c->in.len)) {
		exchange_answer_and_close(c, 408);
		conn_drive(c);
		return;
	}
	conn_close(c);
}

void conn_stop(struct conn *c, bool hard)
{
	c->close = true;
	if (c->state == CONN_HANDLE) {
		if (hard)
			wsm_give_up(&c->req);
	} else if (c->state != CONN_LOGIN && (hard || c->state == CONN_HEAD || c->state == CONN_LINGER)) {
		conn_close(c);
	}
}

enum conn_worth conn_worth(const struct conn *c)
{
	if (c->state == CONN_LOGIN || c->state == CONN_HANDLE || c->busy)
		return CONN_SERVED;
	if (!c->proved || c->state == CONN_LINGER)
		return CONN_WORTH_UNPROVED;
	return c->state == CONN_HEAD && !c->in.len ? CONN_WORTH_IDLE : CONN_SERVED;
}

bool conn_is_stuck(const struct conn *c)
{
	return c->state == CONN_WRITE && !c->busy && !outbox_is_empty(&c->out);
}

uint64_t conn_since_ms(const struct conn *c)
{
	return c->since_ms;
}

struct conn *conn_next(const struct conn *c)
{
	return c->next;
}

struct conn *conn_new(struct front_thread *t, int fd, bool local)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->thread = t;
	c->fd = -1;
	c->local = local;
	c->peer.uid = c->caller.uid = -1;
	buf_init(&c->in, HTTP_HEAD_MAX + 65536);
	outbox_init(&c->out);
	c->timer = loop_timer_new(t->loop, on_timer, c);
	c->io = loop_io_new(t->loop, fd, LOOP_READ, on_io, c);
	if (!c->timer || !c->io) {
		loop_io_free(c->io);
		loop_timer_free(c->timer);
		free(c);
		return NULL;
	}
	c->fd = fd;
	peer_address(fd, c->address, sizeof(c->address));
	if (local)
		c->refused = !peer_caller(fd, &t->auth, &c->peer);
	c->next = t->conns;
	if (c->next)
		c->next->prev = c;
	t->conns = c;
	t->nconns++;
	conn_enter(c, CONN_HEAD, CONN_HEAD_MS);
	return c;
}
