/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/outbox.c: see outbox.h.
 */
#include "wsman/outbox.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "engine/base/auto.h"

#define HEAD_MAX 4096

static const struct {
	int status;
	const char *reason, *header, *text;	/* text: the body when there is no SOAP to send */
} statuses[] = {
	{ 200, "OK", "", "" },
	{ 400, "Bad Request", "", "This is not a request this service can read.\n" },
	{ 401, "Unauthorized", "", "" },
	{ 403, "Forbidden", "", "Web pages and accounts this service does not serve are refused.\n" },
	{ 404, "Not Found", "", "WS-Management is answered at /wsman.\n" },
	{ 405, "Method Not Allowed", "Allow: POST\r\n", "Only POST is answered here.\n" },
	{ 408, "Request Timeout", "", "The request did not arrive in time.\n" },
	{ 413, "Content Too Large", "", "The request is larger than this service reads.\n" },
	{ 415, "Unsupported Media Type", "",
	    "The body must be application/soap+xml, without a content coding.\n" },
	{ 417, "Expectation Failed", "", "Only 100-continue can be expected.\n" },
	{ 431, "Request Header Fields Too Large", "", "The head of the request is too large.\n" },
	{ 500, "Internal Server Error", "", "" },
	{ 501, "Not Implemented", "", "Only the transfer coding chunked is known.\n" },
	{ 503, "Service Unavailable", "Retry-After: 1\r\n", "The service is busy; try again in a second.\n" },
	{ 505, "HTTP Version Not Supported", "", "HTTP/1.0 and HTTP/1.1 are spoken here.\n" },
};

void outbox_init(struct outbox *o)
{
	buf_init(&o->head, HEAD_MAX);
	buf_init(&o->body, 0);
	o->sent = 0;
}

void outbox_done(struct outbox *o)
{
	buf_done(&o->head);
	buf_done(&o->body);
	o->sent = 0;
}

void outbox_continue(struct outbox *o)
{
	buf_adds(&o->head, "HTTP/1.1 100 Continue\r\n\r\n");
}

void outbox_reply(struct outbox *o, const struct outbox_reply *r, struct buf *body)
{
	bool soap = body && body->len;
	const char *text;
	size_t row = 0;

	while (row + 1 < COUNT(statuses) && statuses[row].status != r->status)
		row++;
	text = soap ? "" : statuses[row].text;
	buf_addf(&o->head, "HTTP/1.1 %d %s\r\nServer: dray\r\nDate: %s\r\n", r->status, statuses[row].reason,
	    r->date);
	buf_adds(&o->head, statuses[row].header);
	if (r->status == 401 && r->offer_basic)
		buf_adds(&o->head, "WWW-Authenticate: Basic realm=\"WSMAN\"\r\n");
	if (soap)
		buf_addf(&o->head, "Content-Type: application/soap+xml;charset=%s\r\n", r->utf16 ? "UTF-16" : "UTF-8");
	else if (*text)
		buf_adds(&o->head, "Content-Type: text/plain;charset=UTF-8\r\n");
	if (!r->keep || r->http10)
		buf_adds(&o->head, r->keep ? "Connection: keep-alive\r\n" : "Connection: close\r\n");
	buf_addf(&o->head, "Content-Length: %zu\r\n\r\n%s", soap ? body->len : strlen(text), text);
	if (!soap)
		return;
	o->body = *body;
	buf_init(body, body->max);
}

bool outbox_is_empty(const struct outbox *o)
{
	return o->sent == o->head.len + o->body.len;
}

static ssize_t send_some(struct outbox *o, int fd)
{
	size_t head = o->sent < o->head.len ? o->sent : o->head.len, body = o->sent - head;
	struct iovec iov[2] = {
		{ o->head.data + head, o->head.len - head },
		{ o->body.data + body, o->body.len - body },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	if (!iov[0].iov_len) {
		msg.msg_iov++;
		msg.msg_iovlen--;
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

bool outbox_flush(struct outbox *o, int fd)
{
	if (buf_bad(&o->head))
		return false;
	while (!outbox_is_empty(o)) {
		ssize_t n = send_some(o, fd);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		o->sent += (size_t)n;
	}
	outbox_done(o);
	return true;
}
