/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http_own.h: what the files of the door to libcurl share: xfer_http.c (a request's life),
 * xfer_http_opts.c (what it asks for), xfer_http_hear.c (what comes back), xfer_http_turn.c (redirects,
 * challenges, proxies: the next try), xfer_http_loop.c (sockets, timers, pools). For nobody else.
 *
 * A pool of connections for each kind of trust: may it reach this host, and what may be wrong with a
 * certificate. With one pool, a request could be sent over a connection that was made for another kind, and
 * nobody would judge the address or the certificate again.
 */
#ifndef XFER_HTTP_OWN_H
#define XFER_HTTP_OWN_H

#include <curl/curl.h>

#include "engine/base/buf.h"
#include "engine/worker/flow.h"
#include "engine/worker/xfer_head.h"
#include "engine/worker/xfer_http.h"
#include "engine/worker/xfer_tls.h"

struct sock {
	struct sock *next, **prev;
	struct pool *pool;
	struct loop_io *io;
	curl_socket_t fd;
};

#define POOLS (2 * (XFER_TLS_FLAGS + 1) + 2)
#define POOL_POST (POOLS - 2)	/* of POSTs to any address; behind it, of those to certain subnets only */
#define SPARES 16	/* handles kept to be used again: making one costs more than a small file */

struct pool {
	struct xfer_http *http;
	CURLM *multi;			/* NULL: not needed so far */
	CURL *spare[SPARES];
	unsigned nspare;
	struct loop_timer *timer;
	struct sock *socks;
	struct xfer_tls_ahead ahead;
	struct loop_timer *more;	/* what was read ahead, when it is a lot */
};

struct xfer_http {
	struct loop *loop;
	struct xfer_http_limits limits;
	struct pool pools[POOLS];	/* security flags << 1 | loopback; POOL_POST */
	struct xfer_http_get *gets;
	struct loop_timer *doom;	/* requests that ended before they began */
	struct flows *flows;
};

struct xfer_http_get {
	struct xfer_http_get *next, **prev;
	struct pool *pool;
	CURL *easy;
	struct curl_slist *headers;
	const struct xfer_http_ops *ops;
	void *arg;
	struct xfer_http_ask ask;	/* its url: do not use, see below */
	char *url;			/* now; after a redirect another */
	char *elsewhere;		/* where an answer points, absolute; NULL */
	struct flow *flow;
	bool paused;			/* until the flow may read again */
	struct xfer_head head;
	struct buf block;		/* the lines of the head */
	const char *guard;		/* why an address was refused */
	unsigned hops;
	bool foreign;			/* a redirect led to another server: no credentials for it */
	uint32_t slot[3], tried[3];	/* by BITS target: the scheme in use; 1 << scheme */
	unsigned proxy_at;		/* in the list */
	bool proxied;			/* by the list */
	bool added;			/* to the pool's multi handle */
	bool clean;			/* the handle may be used again */
	bool pending;			/* this answer may not be the last one */
	size_t dropped;			/* of its body */
	size_t trailers;		/* bytes of them */
	struct xfer_tls_end *watched;	/* TLS of a body that ends with the connection; NULL */
	bool connected, answered, stopped;
	bool doomed;			/* `why` is the end */
	struct xfer_class why;
	char detail[100];		/* of why */
	char error[CURL_ERROR_SIZE];
};

static inline const char *or_empty(const char *text) { return text ? text : ""; }

/* xfer_http.c */
void xfer_http_ended(struct xfer_http_get *g, CURLcode code);		/* g is gone, or goes on */
void xfer_http_doom(struct xfer_http_get *g, struct xfer_class why, const char *detail);
void xfer_http_bury(struct xfer_http *http);		/* ends those that were doomed */
bool xfer_http_is_secure(const struct xfer_http_get *g);

/* xfer_http_loop.c */
struct pool *xfer_http_pool(struct xfer_http *http, const struct xfer_http_ask *ask);	/* NULL: no memory */

/* xfer_http_opts.c */
bool xfer_http_dress(struct xfer_http_get *g);		/* false: doomed */
bool xfer_http_has_token(const struct xfer_http_get *g);	/* its client certificate is on one */

/* xfer_http_hear.c */
bool xfer_http_hear(struct xfer_http_get *g);		/* sets the callbacks; false: could not */
bool xfer_http_hand_over(struct xfer_http_get *g);	/* the answer; false: stopped */

/* xfer_http_turn.c */
enum turn { TURN_NONE, TURN_AGAIN, TURN_DOOMED };
bool xfer_http_may_turn(struct xfer_http_get *g);	/* is there something to try after this head? */
enum turn xfer_http_turn(struct xfer_http_get *g, CURLcode code);
char *xfer_http_resolve(const char *base, const char *location);	/* malloc()ed; NULL: malformed */
bool xfer_http_host(const char *url, char *out, size_t room);

#endif
