/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/outbox.h: what a connection still has to send: an HTTP head and, taken over as it is, a body.
 * Owner's thread only.
 */
#ifndef WSMAN_OUTBOX_H
#define WSMAN_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"

struct outbox {
	struct buf head, body;
	size_t sent;		/* bytes of both together */
};

struct outbox_reply {
	int status;
	bool keep;		/* the connection goes on */
	bool http10;		/* the request was HTTP/1.0 */
	bool offer_basic;	/* 401: Basic is on offer */
	bool utf16;		/* what a SOAP body is written in */
	const char *date;
};

void outbox_init(struct outbox *o);
void outbox_done(struct outbox *o);
void outbox_continue(struct outbox *o);		/* 100 Continue */
/* A whole response. body NULL or empty: none; else its memory is taken and it is left empty. */
void outbox_reply(struct outbox *o, const struct outbox_reply *r, struct buf *body);
bool outbox_is_empty(const struct outbox *o);
/* Sends what the socket takes. false: the connection is broken. */
bool outbox_flush(struct outbox *o, int fd);

#endif
