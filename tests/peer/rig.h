/* SPDX-License-Identifier: MIT
 * tests/peer/rig.h: the engine's side of a worker, for tests: forks worker_main() on a socket pair,
 * sends orders, waits for what comes back. Header only.
 */
#ifndef RIG_H
#define RIG_H

#include <grp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/now.h"
#include "engine/worker/proto.h"
#include "engine/worker/worker.h"

#define RIG_UID 65534

struct rig {
	int fd;
	pid_t pid;
	struct arena *arena;		/* of the whole program: texts received stay valid */
};

/* As root, the worker becomes an ordinary user first: owners are. */
static inline void rig_start(struct rig *r)
{
	static struct arena *arena;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		abort();
	if (!arena)
		arena = arena_new(64u << 20);
	r->arena = arena;
	r->pid = fork();
	if (!r->pid) {
		close(fds[0]);
		if (geteuid() == 0 && (setgroups(0, NULL) || setgid(RIG_UID) || setuid(RIG_UID)))
			_exit(99);
		umask(022);
		log_init("worker", LOG_LEVEL_ERROR);
		exit(worker_main(fds[1]));
	}
	close(fds[1]);
	r->fd = fds[0];
}

static inline void rig_raw(struct rig *r, const void *bytes, size_t len)
{
	if (send(r->fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		fprintf(stderr, "rig: the worker is gone\n");
}

static inline void rig_send(struct rig *r, const struct proto_msg *msg)
{
	unsigned char head[4];
	struct buf out;

	buf_init(&out, 1u << 20);
	proto_write(&out, msg);
	for (int i = 0; i < 4; i++)
		head[i] = (unsigned char)(out.len >> 8 * i);
	rig_raw(r, head, 4);
	rig_raw(r, out.data, out.len);
	buf_done(&out);
}

static inline bool rig_read(struct rig *r, void *bytes, size_t len, uint64_t until_ms)
{
	char *at = bytes;

	while (len) {
		struct pollfd p = { r->fd, POLLIN, 0 };
		uint64_t now = now_ms();
		ssize_t n;

		if (now >= until_ms || poll(&p, 1, (int)(until_ms - now)) <= 0)
			return false;
		n = recv(r->fd, at, len, 0);
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* The next message, within ms. */
static inline bool rig_next(struct rig *r, struct proto_msg *ret, unsigned ms)
{
	uint64_t until = now_ms() + ms;
	unsigned char head[4];
	uint32_t len;
	char *body;
	bool ok;

	if (!rig_read(r, head, 4, until))
		return false;
	len = head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
	body = malloc(len + 1);
	ok = rig_read(r, body, len, until) && proto_read(body, len, r->arena, ret);
	free(body);
	return ok;
}

/* Skips everything until one of the types comes (the list ends with -1). */
static inline bool rig_until(struct rig *r, struct proto_msg *ret, unsigned ms, ...)
{
	uint64_t until = now_ms() + ms;

	while (now_ms() < until) {
		va_list ap;
		int type;

		if (!rig_next(r, ret, (unsigned)(until - now_ms())))
			return false;
		va_start(ap, ms);
		while ((type = va_arg(ap, int)) >= 0)
			if ((int)ret->type == type) {
				va_end(ap);
				return true;
			}
		va_end(ap);
	}
	return false;
}

/* Closes the socket and gives the exit status; -1 for a signal, -2 if it does not end. */
static inline int rig_wait_exit(struct rig *r)
{
	int status;

	for (int i = 0; i < 3000; i++) {
		if (waitpid(r->pid, &status, WNOHANG) == r->pid) {
			r->pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		}
		poll(NULL, 0, 10);
	}
	return -2;
}

static inline int rig_end(struct rig *r)
{
	close(r->fd);
	return rig_wait_exit(r);
}

#endif
