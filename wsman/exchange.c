/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/exchange.c: one request of a connection: may it, who is it, what does it get.
 *
 * The order is fixed: size, browser, path, method, who, type, then the body and only then
 * wsm_handle(). Sends nothing itself; leaves the answer in the connection's outbox.
 */
#include "wsman/conn.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"
#include "wsman/op.h"

#define ANONYMOUS_BODY 32768		/* Identify is small */
#define DENIALS 3			/* wrong passwords on one connection */

static void forget_request(struct conn *c)
{
	free(TAKE(c->head_text));
	memset(&c->head, 0, sizeof(c->head));
	buf_done(&c->body);
	basic_forget(&c->basic);
}

void exchange_answer(struct conn *c, int status, struct buf *body)
{
	struct outbox_reply reply = {
		.status = status,
		.keep = c->head.keep_alive && !c->close && !c->thread->stopping,
		.http10 = c->head.http10,
		.offer_basic = c->thread->auth.basic,
		.utf16 = c->req.utf16,
		.date = front_date(c->thread),
	};

	outbox_reply(&c->out, &reply, body);
	c->close = !reply.keep;
	forget_request(c);
	conn_enter(c, CONN_WRITE, CONN_WRITE_MS);
}

/* The connection ends with this answer; what the client still sends is not looked at. */
void exchange_answer_and_close(struct conn *c, int status)
{
	c->close = true;
	exchange_answer(c, status, NULL);
}

static void send_continue(struct conn *c)
{
	if (c->head.expects_continue && !c->in.len)
		outbox_continue(&c->out);
}

/* ---- a complete request ---- */

static void on_answer(struct wsm_request *req, int http_status, struct buf *reply)
{
	struct conn *c = CONTAINER(req, struct conn, req);

	exchange_answer(c, http_status, reply);
	conn_drive(c);
}

void exchange_handle(struct conn *c)
{
	char charset[32];

	if (!c->body.len) {		/* clients build their security context with it */
		if (c->anonymous)
			exchange_answer_and_close(c, 400);
		else
			exchange_answer(c, 200, NULL);
		return;
	}
	http_charset(c->head.content_type ? c->head.content_type : "", charset, sizeof(charset));
	conn_enter(c, CONN_HANDLE, 0);
	c->req = (struct wsm_request){ .body = c->body.data, .len = c->body.len,
		.caller = c->anonymous ? NULL : &c->caller, .host = c->head.host, .charset = charset,
		.home = c->thread->mailbox, .done = on_answer };
	wsm_handle(c->thread->svc, &c->req);
	if (c->state == CONN_HANDLE)		/* a provider is at work */
		loop_timer_set(c->timer, wsm_timeout_ms(&c->req));
}

/* ---- who is it ---- */

static void discard(struct conn *c, int status)
{
	if (c->head.expects_continue && !c->in.len) {	/* the body will not come */
		exchange_answer_and_close(c, status);
		return;
	}
	c->status = status;
	conn_enter(c, CONN_DISCARD, c->proved ? CONN_BODY_MS : CONN_UNPROVED_MS);
}

/* Only now is anything of the body kept. */
static void accept_body(struct conn *c)
{
	size_t max = op_max_envelope(c->thread->svc);

	if (c->anonymous && max > ANONYMOUS_BODY)
		max = ANONYMOUS_BODY;
	if (!c->head.chunked && c->head.length > max) {
		exchange_answer_and_close(c, 413);
		return;
	}
	buf_init(&c->body, max);
	if (c->head.chunked || c->head.length)
		send_continue(c);
	conn_enter(c, CONN_BODY, c->anonymous ? CONN_UNPROVED_MS : CONN_BODY_MS);
}

/* Known by name (or anonymous); the rest of the head may be looked at. */
static void check_type(struct conn *c)
{
	const char *type = c->head.content_type, *coding = c->head.content_encoding;
	bool has_body = c->head.chunked || c->head.length;

	if (has_body &&
	    (!type || (!http_type_is(type, "application/soap+xml") && !http_type_is(type, "text/xml"))))
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
	conn_enter(c, CONN_HEAD, 0);
	if (login->result == LOGIN_OK && c->thread->stopping)
		login->result = LOGIN_BUSY;	/* what is behind the service may be gone already */
	if (login->result == LOGIN_OK) {
		c->caller = login->caller;
		c->proved = true;
		c->denials = 0;
		check_type(c);
	} else if (login->result == LOGIN_BUSY) {
		discard(c, 503);
	} else {
		if (++c->denials >= DENIALS)
			c->close = true;
		discard(c, 401);
	}
	conn_drive(c);
}

static void start_login(struct conn *c)
{
	conn_enter(c, CONN_LOGIN, 0);
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
		c->proved = true;
		check_type(c);
	} else if (!c->thread->auth.basic || !c->head.authorization ||
	    !basic_read(c->head.authorization, &c->basic)) {
		discard(c, 401);
	} else {
		start_login(c);
	}
}

/* The head is read: the refusals in their order. A body larger than anything we read ends the connection. */
void exchange_begin(struct conn *c)
{
	const struct http_head *h = &c->head;

	if (h->status)
		exchange_answer_and_close(c, h->status);
	else if (h->length > op_max_envelope(c->thread->svc))
		exchange_answer_and_close(c, 413);
	else if (h->origin || c->refused)
		discard(c, 403);
	else if (!http_path_is(h->target, "/wsman") && !http_path_is(h->target, "/wsman-anon/identify"))
		discard(c, 404);
	else if (strcmp(h->method, "POST"))
		discard(c, 405);
	else
		identify_caller(c);
}
