/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http.h: GET requests, many at a time, on a loop. xfer_http.c is the door to
 * libcurl of this floor: no other file of it knows that library.
 *
 * Knows no file and no rule about versions: it hands over the head of an answer as values, then
 * bytes, then how it ended. Worker thread only.
 */
#ifndef XFER_HTTP_H
#define XFER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/worker/xfer_class.h"
#include "engine/worker/xfer_plan.h"

struct flow;
struct flows;
struct loop;
struct xfer_http;
struct xfer_http_get;

struct xfer_http_limits {
	unsigned connect_s;		/* name, connection, TLS */
	unsigned silent_s;		/* no byte of a body for so long, from the request on */
	const char *ca_file;		/* authorities to trust; NULL: the system's. Outlives the door */
};

struct xfer_http_ask {
	const char *url;		/* http or https; copied */
	struct plan_ask plan;
	bool loopback;			/* may reach loopback, link-local and this host */
	struct flow *flow;		/* how fast it may be; outlives the request. NULL: full speed */
};

struct xfer_http_end {
	bool ok;			/* the body came to its end */
	bool stopped;			/* a callback said false; nothing below is set */
	struct xfer_class why;		/* not ok: the cause */
	const char *detail;		/* the library's words, may be empty; borrowed */
};

struct xfer_http_ops {
	/* The head of the final answer (after redirects). retry_after_s: 0 if it names none. */
	bool (*on_answer)(void *arg, const struct plan_answer *answer, uint64_t retry_after_s);
	bool (*on_bytes)(void *arg, const char *bytes, size_t len);
	/* The last call, never from inside xfer_http_get(); the request is gone when it returns. */
	void (*on_end)(void *arg, const struct xfer_http_end *end);
};

struct xfer_http *xfer_http_new(struct loop *loop, const struct xfer_http_limits *limits);
void xfer_http_free(struct xfer_http *http);		/* requests still running are cancelled */
struct xfer_http_get *xfer_http_get(struct xfer_http *http, const struct xfer_http_ask *ask,
    const struct xfer_http_ops *ops, void *arg);	/* NULL: out of memory */
/* Without on_end; not from inside on_answer or on_bytes. NULL is fine. */
void xfer_http_cancel(struct xfer_http_get *get);

struct flows *xfer_http_flows(struct xfer_http *http);	/* where flows of requests come from */

/* A date as HTTP writes it, in Unix seconds; -1 if it is none. */
int64_t xfer_http_date(const char *text);

#endif
