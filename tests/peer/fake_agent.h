/* SPDX-License-Identifier: MIT
 * tests/peer/fake_agent.h: answers over HTTP with what a test wrote down beforehand, one answer a
 * request, and remembers what it was asked. "@ID@" in an answer becomes the request's MessageID.
 */
#ifndef FAKE_AGENT_H
#define FAKE_AGENT_H

#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FAKE_HANG 0		/* instead of a status: reads and never answers */
#define FAKE_CLOSE 1		/* reads and closes */
#define FAKE_MAX 32
#define FAKE_ROOM (64 << 10)

struct fake_answer {
	int status;
	const char *body;
	size_t pad;			/* so many spaces are added to the body */
};

struct fake_agent {
	int fd, end[2];
	char target[128];		/* for dray_open() */
	char dir[64];			/* of the socket; empty for TCP */
	struct fake_answer answers[FAKE_MAX];
	char *requests[FAKE_MAX];	/* with their HTTP headers */
	int nanswers, nrequests;
	pthread_t thread;
};

#define FAKE_ENVELOPE(action, body) \
	"<s:Envelope xml:lang=\"en-US\" xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"" \
	" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"" \
	" xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\"" \
	" xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><s:Header>" \
	"<a:Action>" action "</a:Action><a:RelatesTo>@ID@</a:RelatesTo></s:Header>" \
	"<s:Body>" body "</s:Body></s:Envelope>"
#define FAKE_CLASS "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/dray/DRAY_Job"
#define FAKE_JOB(leaves) \
	"<p:DRAY_Job xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:p=\"" FAKE_CLASS "\"" \
	" xsi:type=\"p:DRAY_Job_Type\">" leaves "</p:DRAY_Job>"
#define FAKE_OUTPUT(method, leaves) \
	"<p:" method "_OUTPUT xmlns:p=\"" FAKE_CLASS "\">" leaves "</p:" method "_OUTPUT>"

/* Waits for bytes, or for the end of the test. */
static inline bool fake_readable(struct fake_agent *f, int fd)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = f->end[0], .events = POLLIN } };

	return poll(p, 2, -1) > 0 && !p[1].revents;
}

/* A whole request, or NULL. */
static inline char *fake_read(struct fake_agent *f, int fd)
{
	char *text = calloc(1, FAKE_ROOM), *body, *length;
	size_t n = 0, want = FAKE_ROOM - 1;

	while (n < want && fake_readable(f, fd)) {
		ssize_t got = read(fd, text + n, want - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		body = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "\r\nContent-Length:");
		if (body && length)
			want = (size_t)(body + 4 - text) + strtoul(length + 17, NULL, 10);
		if (body && n == want)
			return text;
	}
	free(text);
	return NULL;
}

static inline void fake_write(int fd, const struct fake_answer *a, const char *request)
{
	const char *id = strstr(request, "<a:MessageID>"), *mark = a->body ? strstr(a->body, "@ID@") : NULL;
	char *reply = malloc(strlen(a->body ? a->body : "") + a->pad + 256), *to = reply;
	size_t at = 0, len;

	if (mark && id)
		to += sprintf(to, "%.*s%.*s%s", (int)(mark - a->body), a->body,
		    (int)strcspn(id + 13, "<"), id + 13, mark + 4);
	else
		to += sprintf(to, "%s", a->body ? a->body : "");
	memset(to, ' ', a->pad);
	len = (size_t)(to - reply) + a->pad;
	dprintf(fd, "HTTP/1.1 %d X\r\nContent-Type: application/soap+xml;charset=UTF-8\r\n"
	    "Content-Length: %zu\r\n\r\n", a->status, len);
	while (at < len) {
		ssize_t n = send(fd, reply + at, len - at, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	free(reply);
}

/* One connection. */
static inline void fake_serve(struct fake_agent *f, int fd)
{
	char *request;

	while (f->nrequests < f->nanswers && (request = fake_read(f, fd))) {
		const struct fake_answer *a = &f->answers[f->nrequests];

		f->requests[f->nrequests] = request;
		__atomic_add_fetch(&f->nrequests, 1, __ATOMIC_SEQ_CST);
		if (a->status == FAKE_CLOSE)
			return;
		if (a->status == FAKE_HANG) {
			fake_readable(f, -1);
			return;
		}
		fake_write(fd, a, request);
	}
}

static inline void *fake_run(void *arg)
{
	struct fake_agent *f = arg;

	while (f->nrequests < f->nanswers && fake_readable(f, f->fd)) {
		int fd = accept(f->fd, NULL, NULL);
		if (fd < 0)
			break;
		fake_serve(f, fd);
		close(fd);
	}
	return NULL;
}

static inline void fake_listen_unix(struct fake_agent *f)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	strcpy(f->dir, "/tmp/dray-fake-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->dir));
	snprintf(f->target, sizeof(f->target), "%s/sock", f->dir);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/sock", f->dir);
	f->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(f->fd, (struct sockaddr *)&at, sizeof(at)), 0);
}

static inline void fake_listen_tcp(struct fake_agent *f)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	f->fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(f->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	getsockname(f->fd, (struct sockaddr *)&at, &len);
	snprintf(f->target, sizeof(f->target), "127.0.0.1:%d", ntohs(at.sin_port));
}

static inline void fake_start(struct fake_agent *f, bool tcp, const struct fake_answer *answers, int n)
{
	memset(f, 0, sizeof(*f));
	ck_assert_int_le(n, FAKE_MAX);
	memcpy(f->answers, answers, (size_t)n * sizeof(*answers));
	f->nanswers = n;
	if (tcp)
		fake_listen_tcp(f);
	else
		fake_listen_unix(f);
	ck_assert_int_eq(listen(f->fd, 8), 0);
	ck_assert_int_eq(pipe(f->end), 0);
	ck_assert_int_eq(pthread_create(&f->thread, NULL, fake_run, f), 0);
}

static inline void fake_stop(struct fake_agent *f)
{
	ck_assert_int_eq(write(f->end[1], "", 1), 1);
	pthread_join(f->thread, NULL);
	close(f->end[0]);
	close(f->end[1]);
	close(f->fd);
	if (f->dir[0]) {
		unlink(f->target);
		rmdir(f->dir);
	}
	for (int i = 0; i < f->nrequests; i++)
		free(f->requests[i]);
}

#endif
