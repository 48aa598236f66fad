/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/conn.c: one connection of the front.
 *
 *            +--------------------------- keep-alive ---------------------------+
 *            v                                                                  |
 *   accept -> HEAD --refused--------------------------------------------> WRITE --> LINGER -> gone
 *              | \--no proof--> DISCARD (the body goes by unread, unkept) -^ ^
 *              +---> LOGIN --denied--^                                       |
 *              |       v                                                     |
 *              +---> BODY ---------> HANDLE (a provider may be at work) -----+
 *
 * Nothing of a body is kept before the caller is known. Every state has a deadline. In LOGIN
 * and HANDLE somebody else holds a pointer to the connection, so it is not freed there.
 */
#include "wsman/front.h"

#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/auto.h"
#include "engine/base/log.h"
#include "engine/base/now.h"
#include "engine/base/text.h"
#include "wsman/basic.h"
#include "wsman/http.h"
#include "wsman/op.h"
#include "wsman/peer.h"
#include "wsman/reply.h"

#define HEAD_MS 10000
#define BODY_MS 120000
#define IDLE_MS 120000
#define WRITE_MS 120000
#define LINGER_MS 2000
#define LINGER_BYTES (1u << 20)
#define ANONYMOUS_BODY 32768		/* Identify is small */
#define DENIALS 3
#define SOAP_TYPE "application/soap+xml;charset=UTF-8"

enum state { HEAD, LOGIN, BODY, DISCARD, HANDLE, WRITE, LINGER };

struct conn {
	struct front_thread *thread;
	struct conn *next, *prev;
	int fd;
	struct loop_io *io;
	struct loop_timer *timer;
	enum state state;
	uint64_t since_ms;
	bool busy;		/* inside drive(): an answer that comes at once only changes the state */
	bool dead;		/* free it as soon as nobody holds it */
	bool eof;		/* the peer sends no more */
	bool close;		/* after this answer */
	bool local, refused;	/* unix socket; its peer is nobody we serve */
	struct prov_caller peer;	/* local: who it is */
	char address[64];
	int denials;

	struct buf in, body, out;
	size_t scanned;		/* bytes of `in` known to hold no end of a head */
	size_t lingered;
	struct http_head head;	/* points into head_text */
	char *head_text;
	uint64_t left;		/* bytes of the body still to come, when not chunked */
	uint64_t thrown;	/* bytes of the body that went by unkept */
	struct http_chunks chunks;
	int status;		/* DISCARD: the answer after it */
	struct basic basic;
	struct wsm_login login;
	struct prov_caller caller;
	bool anonymous;
	struct wsm_request req;
};

static void drive(struct conn *c);

static void enter(struct conn *c, enum state state, uint64_t deadline_ms)
{
	c->state = state;
	c->since_ms = now_ms();
	if (deadline_ms)
		loop_timer_set(c->timer, deadline_ms);
	else
		loop_timer_stop(c->timer);
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
	loop_io_free(c->io);
	loop_timer_free(c->timer);
	if (c->fd >= 0)
		close(c->fd);
	buf_done(&c->in);
	buf_done(&c->body);
	buf_done(&c->out);
	free(c->head_text);
	basic_forget(&c->basic);
	free(c);
	front_conn_gone(t);
}

void conn_close(struct conn *c)
{
	c->dead = true;
	if (!c->busy && c->state != LOGIN && c->state != HANDLE)
		conn_free(c);
}

/* ---- answers ---- */

static const char *reason(int status)
{
	static const struct { int status; const char *text; } reasons[] = {
		{ 200, "OK" }, { 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 408, "Request Timeout" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" }, { 417, "Expectation Failed" },
		{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" }, { 501, "Not Implemented" },
		{ 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Error";
}

static void forget_request(struct conn *c)
{
	free(TAKE(c->head_text));
	memset(&c->head, 0, sizeof(c->head));
	buf_done(&c->body);
	basic_forget(&c->basic);
}

static void answer(struct conn *c, int status, const struct buf *body)
{
	bool keep = c->head.keep_alive && !c->close && !c->thread->stopping;

	buf_addf(&c->out, "HTTP/1.1 %d %s\r\nServer: dray\r\nDate: %s\r\n", status, reason(status), front_date(c->thread));
	if (status == 401 && c->thread->auth.basic)
		buf_adds(&c->out, "WWW-Authenticate: Basic realm=\"WSMAN\"\r\n");
	if (status == 405)
		buf_adds(&c->out, "Allow: POST\r\n");
	if (status == 503)
		buf_adds(&c->out, "Retry-After: 1\r\n");
	if (body && body->len)
		buf_adds(&c->out, "Content-Type: " SOAP_TYPE "\r\n");
	buf_addf(&c->out, "Content-Length: %zu\r\n", body ? body->len : 0);
	if (!keep || c->head.http10)
		buf_adds(&c->out, keep ? "Connection: keep-alive\r\n" : "Connection: close\r\n");
	buf_adds(&c->out, "\r\n");
	if (body && body->len)
		buf_add(&c->out, body->data, body->len);
	c->close = !keep;
	forget_request(c);
	enter(c, WRITE, WRITE_MS);
}

/* The connection ends with this answer; what the client still sends is not looked at. */
static void answer_and_close(struct conn *c, int status)
{
	c->close = true;
	answer(c, status, NULL);
}

static void send_continue(struct conn *c)
{
	if (c->head.expects_continue && !c->in.len)
		buf_adds(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
}

/* ---- a complete request ---- */

static void on_answer(struct wsm_request *req, int http_status, struct buf *reply)
{
	struct conn *c = CONTAINER(req, struct conn, req);

	answer(c, http_status, reply);
	drive(c);
}

static void answer_fault(struct conn *c, enum fault_id id)
{
	struct fault fault = { 0 };
	struct buf body;

	buf_init(&body, 65536);
	fault_set(&fault, id, NULL);
	reply_fault(&body, &fault, NULL);
	answer(c, 500, &body);
	buf_done(&body);
}

static void handle(struct conn *c)
{
	char charset[32];

	if (!c->body.len) {		/* clients build their security context with it */
		if (c->anonymous)
			answer_and_close(c, 400);
		else
			answer(c, 200, NULL);
		return;
	}
	http_charset(c->head.content_type ? c->head.content_type : "", charset, sizeof(charset));
	if (charset[0] && !text_ieq(charset, "utf-8") && !text_ieq(charset, "utf8") && !text_ieq(charset, "us-ascii")) {
		answer_fault(c, FAULT_CHARSET);
		return;
	}
	enter(c, HANDLE, 0);
	loop_io_set(c->io, 0);
	c->req = (struct wsm_request){ .body = c->body.data, .len = c->body.len,
		.caller = c->anonymous ? NULL : &c->caller, .home = c->thread->mailbox, .done = on_answer };
	wsm_handle(c->thread->svc, &c->req);
	if (c->state == HANDLE)		/* a provider is at work */
		loop_timer_set(c->timer, wsm_timeout_ms(&c->req));
}

/* ---- who is it ---- */

static void discard(struct conn *c, int status)
{
	if (c->head.expects_continue && !c->in.len) {	/* the body will not come */
		answer_and_close(c, status);
		return;
	}
	c->status = status;
	enter(c, DISCARD, BODY_MS);
}

/* Only now is anything of the body kept. */
static void accept_body(struct conn *c)
{
	size_t max = op_max_envelope(c->thread->svc);

	if (c->anonymous && max > ANONYMOUS_BODY)
		max = ANONYMOUS_BODY;
	if (!c->head.chunked && c->head.length > max) {
		answer_and_close(c, 413);
		return;
	}
	buf_init(&c->body, max);
	if (c->head.chunked || c->head.length)
		send_continue(c);
	enter(c, BODY, BODY_MS);
}

/* Known by name (or anonymous); the rest of the head may be looked at. */
static void check_type(struct conn *c)
{
	const char *type = c->head.content_type, *coding = c->head.content_encoding;
	bool has_body = c->head.chunked || c->head.length;

	if (has_body && (!type || (!http_type_is(type, "application/soap+xml") && !http_type_is(type, "text/xml"))))
		discard(c, 415);
	else if (coding && !text_ieq(coding, "identity"))
		discard(c, 415);
	else
		accept_body(c);
}

static void on_login(struct wsm_login *login)
{
	struct conn *c = CONTAINER(login, struct conn, login);

	basic_forget(&c->basic);
	enter(c, HEAD, 0);
	if (login->result == LOGIN_OK) {
		c->caller = login->caller;
		c->denials = 0;
		check_type(c);
	} else if (login->result == LOGIN_BUSY) {
		discard(c, 503);
	} else {
		if (++c->denials >= DENIALS)
			c->close = true;
		discard(c, 401);
	}
	drive(c);
}

static void start_login(struct conn *c)
{
	enter(c, LOGIN, 0);
	loop_io_set(c->io, 0);
	c->login = (struct wsm_login){ .user = c->basic.user, .password = c->basic.password,
		.home = c->thread->mailbox, .done = on_login };
	memcpy(c->login.peer, c->address, sizeof(c->login.peer));
	c->thread->auth.basic(c->thread->auth.ctx, &c->login);
}

static void identify_caller(struct conn *c)
{
	c->anonymous = http_path_is(c->head.target, "/wsman-anon/identify") ||
	    (c->head.identify && text_ieq(c->head.identify, "unauthenticated"));
	if (c->anonymous) {
		check_type(c);
	} else if (c->local) {
		c->caller = c->peer;
		check_type(c);
	} else if (!c->thread->auth.basic || !c->head.authorization || !basic_read(c->head.authorization, &c->basic)) {
		discard(c, 401);
	} else {
		start_login(c);
	}
}

/* The head is read: the refusals in their order. A body larger than anything we read ends the connection. */
static void on_head(struct conn *c)
{
	const struct http_head *h = &c->head;

	if (h->status)
		answer_and_close(c, h->status);
	else if (h->length > op_max_envelope(c->thread->svc))
		answer_and_close(c, 413);
	else if (h->origin || c->refused)
		discard(c, 403);
	else if (!http_path_is(h->target, "/wsman") && !http_path_is(h->target, "/wsman-anon/identify"))
		discard(c, 404);
	else if (strcmp(h->method, "POST"))
		discard(c, 405);
	else
		identify_caller(c);
}

/* ---- bytes in; each true: something changed, look again ---- */

static bool step_head(struct conn *c)
{
	size_t len = http_head_length(c->in.data, c->in.len, c->scanned);
	char first = c->in.len ? c->in.data[0] : 'P';

	if (!len) {
		if (!(first >= 'A' && first <= 'Z') && first != '\r') {
			answer_and_close(c, 400);	/* TLS, a bare envelope, noise */
			return true;
		}
		if (c->in.len > HTTP_HEAD_MAX) {
			answer_and_close(c, 431);
			return true;
		}
		c->scanned = c->in.len;
		return false;
	}
	c->scanned = 0;
	c->head_text = malloc(len);
	if (!c->head_text) {
		answer_and_close(c, 503);
		return true;
	}
	memcpy(c->head_text, c->in.data, len);
	buf_drop_front(&c->in, len);
	http_parse(c->head_text, len, &c->head);
	c->left = c->head.length;
	c->thrown = 0;
	memset(&c->chunks, 0, sizeof(c->chunks));
	on_head(c);
	return true;
}

/* Takes the next bytes of the body from `in`; they are kept in `body` if keep. */
static enum http_chunk take_body(struct conn *c, bool keep)
{
	enum http_chunk result = HTTP_CHUNK_MORE;
	const char *data = c->in.data;
	size_t used = 0, len;

	if (c->head.chunked) {
		result = http_chunk_read(&c->chunks, c->in.data, c->in.len, &used, &data, &len);
	} else {
		len = used = c->in.len < c->left ? c->in.len : (size_t)c->left;
		c->left -= len;
		if (!c->left)
			result = HTTP_CHUNK_DONE;
	}
	if (keep && len)
		buf_add(&c->body, data, len);
	else
		c->thrown += len;
	if (result != HTTP_CHUNK_BAD)
		buf_drop_front(&c->in, used);
	return result;
}

static bool step_body(struct conn *c)
{
	bool keep = c->state == BODY;
	enum http_chunk result = take_body(c, keep);

	while (result == HTTP_CHUNK_MORE && c->head.chunked && c->in.len && !buf_bad(&c->body))
		result = take_body(c, keep);
	if (result == HTTP_CHUNK_BAD)
		answer_and_close(c, 400);
	else if (keep && buf_bad(&c->body))
		answer_and_close(c, 413);
	else if (c->thrown > op_max_envelope(c->thread->svc))
		answer_and_close(c, c->status);
	else if (result == HTTP_CHUNK_MORE)
		return false;
	else if (keep)
		handle(c);
	else
		answer(c, c->status, NULL);
	return true;
}

static bool step_linger(struct conn *c)
{
	c->lingered += c->in.len;
	buf_reset(&c->in);
	if (c->lingered > LINGER_BYTES || c->eof)
		c->dead = true;
	return false;
}

/* ---- bytes out ---- */

static bool flush_out(struct conn *c)
{
	size_t sent = 0;

	while (sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.data + sent, c->out.len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			c->dead = true;
			return false;
		}
		sent += (size_t)n;
	}
	if (sent == c->out.len)
		buf_done(&c->out);
	else
		buf_drop_front(&c->out, sent);
	return !c->out.len;
}

static bool step_write(struct conn *c)
{
	if (buf_bad(&c->out)) {
		c->dead = true;
		return false;
	}
	if (!flush_out(c))
		return false;
	if (!c->close) {
		enter(c, HEAD, c->in.len ? HEAD_MS : IDLE_MS);
		return true;
	}
	shutdown(c->fd, SHUT_WR);
	enter(c, LINGER, LINGER_MS);
	return true;
}

/* ---- the wheel ---- */

static bool step(struct conn *c)
{
	switch (c->state) {
	case HEAD:
		return step_head(c);
	case BODY:
	case DISCARD:
		return step_body(c);
	case WRITE:
		return step_write(c);
	case LINGER:
		return step_linger(c);
	case LOGIN:
	case HANDLE:
	default:
		return false;
	}
}

static int wanted(const struct conn *c)
{
	int what = c->out.len ? LOOP_WRITE : 0;

	if (c->state == LOGIN || c->state == HANDLE || c->state == WRITE || c->eof)
		return what;
	return what | LOOP_READ;
}

/* Runs the connection as far as it goes with the bytes there are; may free it. */
static void drive(struct conn *c)
{
	if (c->busy)
		return;
	c->busy = true;
	while (!c->dead && step(c))
		;
	if (!c->dead && c->state != WRITE && c->out.len)
		flush_out(c);		/* 100 Continue */
	if (c->eof && (c->state == HEAD || c->state == BODY || c->state == DISCARD))
		c->dead = true;
	c->busy = false;
	if (!c->dead)
		loop_io_set(c->io, wanted(c));
	else if (c->state != LOGIN && c->state != HANDLE)
		conn_free(c);
}

static void read_some(struct conn *c)
{
	char bytes[16384];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n > 0) {
		if (c->state == HEAD && !c->in.len)	/* a request begins */
			loop_timer_set(c->timer, HEAD_MS);
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
	if (what & LOOP_WRITE && c->state != WRITE)
		flush_out(c);
	drive(c);
}

/* A deadline. What a provider does is given up; a slow client is told nothing it would read. */
static void on_timer(void *arg)
{
	struct conn *c = arg;

	if (c->state == HANDLE) {
		wsm_give_up(&c->req);
		return;
	}
	if (c->state == BODY || c->state == DISCARD || (c->state == HEAD && c->in.len)) {
		answer_and_close(c, 408);
		drive(c);
		return;
	}
	conn_close(c);
}

void conn_stop(struct conn *c, bool hard)
{
	c->close = true;
	if (c->state == HANDLE) {
		if (hard)
			wsm_give_up(&c->req);
	} else if (c->state != LOGIN && (hard || c->state == HEAD || c->state == LINGER)) {
		conn_close(c);
	}
}

bool conn_is_idle(const struct conn *c)
{
	return c->state == HEAD && !c->in.len;
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
	buf_init(&c->out, op_max_envelope(t->svc) + 2 * 65536);
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
	enter(c, HEAD, HEAD_MS);
	return c;
}
