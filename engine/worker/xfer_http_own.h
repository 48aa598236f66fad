/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http_own.h: what the files of the door to libcurl share: xfer_http.c (a request's life),
 * xfer_http_loop.c (sockets, timers, pools), xfer_http_opts.c (what one request asks for). For nobody else.
 *
 * Two pools of connections: one for callers who may reach this host, one for those who may not.
 * With one, a request of the second kind could be sent over a connection of the first, and the
 * address would never be judged.
 */
#ifndef XFER_HTTP_OWN_H
#define XFER_HTTP_OWN_H

#include <curl/curl.h>

#include "engine/worker/flow.h"
#include "engine/worker/xfer_head.h"
#include "engine/worker/xfer_http.h"

struct sock {
	struct sock *next, **prev;
	struct pool *pool;
	struct loop_io *io;
	curl_socket_t fd;
	int want;			/* what libcurl waits for */
	struct flow *flow;		/* it may have to wait longer; NULL: it need not */
};

struct pool {
	struct xfer_http *http;
	CURLM *multi;
	struct loop_timer *timer;
	struct sock *socks;
};

struct xfer_http {
	struct loop *loop;
	struct xfer_http_limits limits;
	struct pool pools[2];		/* by xfer_http_ask.loopback */
	struct xfer_http_get *gets;
	struct flows *flows;
};

struct xfer_http_get {
	struct xfer_http_get *next, **prev;
	struct pool *pool;
	CURL *easy;
	struct curl_slist *headers;
	const struct xfer_http_ops *ops;
	void *arg;
	struct flow *flow;
	struct xfer_head head;
	const char *guard;		/* why an address was refused */
	bool connected, answered, stopped;
	char error[CURL_ERROR_SIZE];
};

/* xfer_http.c */
void xfer_http_ended(struct xfer_http_get *g, CURLcode code);		/* g is gone */

/* xfer_http_loop.c */
void xfer_http_arm_flow(struct pool *pool, const struct flow *flow);	/* its connections are read from, or not */

/* xfer_http_opts.c */
bool xfer_http_set_up(struct xfer_http_get *g, const struct xfer_http_ask *ask);

#endif
