/* SPDX-License-Identifier: MIT
 * engine/base/chan.c: see chan.h. Prefix: u32, little endian, length of the record.
 */
#include "engine/base/chan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/loop.h"

struct chan {
	int fd;
	struct loop_io *io;
	struct loop_timer *closer;	/* on_close is never called from inside chan_send() */
	struct buf in, out;
	bool busy, freed, dead;
	bool gather, leaving;		/* see chan_gather(); flusher is set */
	struct loop_timer *flusher;
	void (*on_record)(void *arg, const char *bytes, size_t len);
	void (*on_close)(void *arg);
	void *arg;
};

static void die(struct chan *c)
{
	if (c->dead)
		return;
	c->dead = true;
	loop_io_set(c->io, 0);
	loop_timer_set(c->closer, 0);
}

static void on_closer(void *arg)
{
	struct chan *c = arg;

	c->on_close(c->arg);
}

static void flush_out(struct chan *c)
{
	size_t sent = 0;

	while (sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.data + sent, c->out.len - sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			die(c);
			return;
		}
		sent += (size_t)n;
	}
	if (sent)
		buf_drop_front(&c->out, sent);
	if (!c->dead)
		loop_io_set(c->io, LOOP_READ | (c->out.len ? LOOP_WRITE : 0));
}

static void on_flusher(void *arg)
{
	struct chan *c = arg;

	c->leaving = false;
	if (!c->dead)
		flush_out(c);
}

static void deliver(struct chan *c)
{
	size_t at = 0;

	while (!c->dead && !c->freed && c->in.len - at >= 4) {
		const unsigned char *p = (const unsigned char *)c->in.data + at;
		uint32_t len = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

		if (len > CHAN_MAX) {
			die(c);
			return;
		}
		if (c->in.len - at - 4 < len)
			break;
		c->on_record(c->arg, c->in.data + at + 4, len);
		at += 4 + len;
	}
	if (at)
		buf_drop_front(&c->in, at);
}

static void on_io(void *arg, int what)
{
	struct chan *c = arg;
	char bytes[65536];
	ssize_t n;

	c->busy = true;
	if (what & LOOP_WRITE)
		flush_out(c);
	if (what & LOOP_READ && !c->dead) {
		n = recv(c->fd, bytes, sizeof(bytes), 0);
		if (n > 0) {
			buf_add(&c->in, bytes, (size_t)n);
			if (buf_bad(&c->in))
				die(c);
			else
				deliver(c);
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			die(c);
		}
	}
	c->busy = false;
	if (c->freed)
		chan_free(c);
	else if (c->out.len && !c->dead)
		flush_out(c);		/* answers to what just came */
}

struct chan *chan_new(struct loop *loop, int fd, void (*on_record)(void *arg, const char *bytes, size_t len),
    void (*on_close)(void *arg), void *arg)
{
	struct chan *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	c->fd = -1;
	buf_init(&c->in, CHAN_MAX + 4 + 65536);
	buf_init(&c->out, CHAN_BACKLOG);
	c->on_record = on_record;
	c->on_close = on_close;
	c->arg = arg;
	c->closer = loop_timer_new(loop, on_closer, c);
	c->flusher = loop_timer_new(loop, on_flusher, c);
	c->io = loop_io_new(loop, fd, LOOP_READ, on_io, c);
	if (!c->closer || !c->flusher || !c->io) {
		chan_free(c);
		return NULL;
	}
	c->fd = fd;
	return c;
}

void chan_send(struct chan *c, const char *bytes, size_t len)
{
	unsigned char head[4] = { len & 255, len >> 8 & 255, len >> 16 & 255, len >> 24 & 255 };

	if (c->dead)
		return;
	buf_add(&c->out, head, sizeof(head));
	buf_add(&c->out, bytes, len);
	if (len > CHAN_MAX || buf_bad(&c->out))
		die(c);
	else if (c->gather && !c->leaving)
		loop_timer_set(c->flusher, 0);
	else if (!c->gather && !c->busy)
		flush_out(c);
	c->leaving = c->gather;
}

size_t chan_backlog(const struct chan *c)
{
	return c->out.len;
}

void chan_gather(struct chan *c)
{
	c->gather = true;
}

void chan_free(struct chan *c)
{
	if (!c)
		return;
	if (c->busy) {		/* inside its own callback: on_io() comes back here */
		c->freed = true;
		c->dead = true;
		return;
	}
	if (c->io && c->out.len && !c->dead)
		flush_out(c);
	loop_io_free(c->io);
	loop_timer_free(c->closer);
	loop_timer_free(c->flusher);
	if (c->fd >= 0)
		close(c->fd);
	buf_done(&c->in);
	buf_done(&c->out);
	free(c);
}
