/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/conn.h: the inside of a connection, for conn.c (deadlines, life, bytes out), conn_in.c (bytes in) and
 * exchange.c (what a request is answered with). Nobody else looks in here. The connection's thread only.
 *
 *            +--------------------------- keep-alive ---------------------------+
 *            v                                                                  |
 *   accept -> HEAD --refused--------------------------------------------> WRITE --> LINGER -> gone
 *              | \--no proof--> DISCARD (the body goes by unread, unkept) -^ ^
 *              +---> LOGIN --denied--^                                       |
 *              |       v                                                     |
 *              +---> BODY ---------> HANDLE (a provider may be at work) -----+
 *
 * Nothing of a body is kept before the caller is known. In LOGIN and HANDLE somebody else holds
 * a pointer to the connection, so it is not freed there.
 */
#ifndef WSMAN_CONN_H
#define WSMAN_CONN_H

#include "wsman/basic.h"
#include "wsman/front.h"
#include "wsman/http.h"
#include "wsman/outbox.h"

#define CONN_HEAD_MS 10000	/* from the first byte of a head to its last; all deadlines are absolute */
#define CONN_BODY_MS 120000
#define CONN_UNPROVED_MS 15000	/* the same for a body of somebody who has not proved who he is */
#define CONN_IDLE_MS 120000
#define CONN_WRITE_MS 120000
#define CONN_LINGER_MS 2000

enum conn_state { CONN_HEAD, CONN_LOGIN, CONN_BODY, CONN_DISCARD, CONN_HANDLE, CONN_WRITE, CONN_LINGER };

struct conn {
	struct front_thread *thread;
	struct conn *next, *prev;
	int fd;
	struct loop_io *io;
	struct loop_timer *timer;
	enum conn_state state;
	uint64_t since_ms;
	bool busy;		/* inside drive(): an answer that comes at once only changes the state */
	bool dead;		/* free it as soon as nobody holds it */
	bool eof;		/* the peer sends no more */
	bool close;		/* after this answer */
	bool local, refused;	/* unix socket; its peer is nobody we serve */
	bool proved;		/* was let in by a password or as a local user at least once */
	size_t memory;		/* of the buffers, as counted in the thread's sum */
	struct prov_caller peer;	/* local: who it is */
	char address[64];
	int denials;

	struct buf in, body;
	struct outbox out;
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

/* conn.c */
void conn_enter(struct conn *c, enum conn_state state, uint64_t deadline_ms);	/* 0: none */
void conn_drive(struct conn *c);	/* goes on as far as it can; may free it */

/* conn_in.c. true: something changed, look again. */
bool conn_take(struct conn *c);

/* exchange.c. Each ends in another state of the connection. */
void exchange_begin(struct conn *c);		/* c->head is read */
void exchange_handle(struct conn *c);		/* c->body is read */
void exchange_answer(struct conn *c, int status, struct buf *body);	/* body: NULL, or its memory is taken */
void exchange_answer_and_close(struct conn *c, int status);

#endif
