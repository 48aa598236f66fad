/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http.h: requests, many at a time, on a loop. The xfer_http*.c are the door to libcurl of
 * this floor: no other file of it knows that library.
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
	/* Outlive the door. NULL: the system's; /etc/dray/crl.pem; ~/.config/dray/certs and /etc/dray/certs */
	const char *ca_file, *crl_file;
	const char *cert_dirs[2];	/* by cert_location: stores of client certificates */
};

/* BITS security flags (BITS: 5.6). The low five make a pool of connections each, see xfer_http_own.h. */
enum {
	XFER_CHECK_CRL = 0x1, XFER_ANY_NAME = 0x2, XFER_ANY_DATE = 0x4, XFER_ANY_CA = 0x8,
	XFER_ANY_USAGE = 0x10,
	XFER_TLS_FLAGS = 0x1f,
	XFER_REDIRECT_REPORT = 0x100, XFER_REDIRECT_REFUSE = 0x200, XFER_REDIRECT_TO_HTTP = 0x800
};

enum { XFER_PROXY_SYSTEM, XFER_PROXY_NONE, XFER_PROXY_LIST, XFER_PROXY_DETECT };

/* What the owner of a job may say about its requests. Texts may be NULL for "". */
struct xfer_http_how {
	uint64_t security;
	const char *method, *headers;	/* "": GET; lines ended by CRLF */
	uint64_t proxy_usage;
	const char *proxy_list, *proxy_bypass;		/* see xfer_proxy.h */
	const char *credentials;	/* see creds.h */
	uint64_t cert_location;		/* 0 the owner's, 1 this machine's */
	const char *cert_store, *cert_hash, *cert_subject;	/* see xfer_tls.h */
};

/* A POST instead of a GET. Texts and body outlive the request. */
struct xfer_http_post {
	const char *type;		/* Content-Type */
	const char *body;
	size_t len;
	uint64_t timeout_ms;		/* for all of it */
	const char *nets;		/* subnets, separated by blanks: no other address; NULL: any, `loopback` does not
					 * count. The same for all requests of a door */
};

struct xfer_http_ask {
	const char *url;		/* http or https; copied */
	struct plan_ask plan;
	bool loopback;			/* may reach loopback, link-local and this host */
	bool small;			/* a body of some KiB is expected; another one comes as well, in smaller steps */
	struct flow *flow;		/* how fast it may be; outlives the request. NULL: full speed */
	const struct xfer_http_how *how;	/* outlives the request. NULL: a GET without a proxy */
	const struct xfer_http_post *post;	/* NULL: none; else `how` names no method */
};

#define XFER_HTTP_HEADERS_MAX 16384u

struct xfer_http_answer {
	struct plan_answer plan;
	uint64_t retry_after_s;		/* 0: none named */
	const char *headers;	/* as received, printable, whole lines, at most XFER_HTTP_HEADERS_MAX bytes */
	const char *url;	/* a redirect that is not followed: where to. Else where redirects led, or "" */
};

struct xfer_http_end {
	bool ok;			/* the body came to its end */
	bool stopped;			/* a callback said false; nothing below is set */
	struct xfer_class why;		/* not ok: the cause */
	const char *detail;		/* the library's words, may be empty; borrowed */
};

struct xfer_http_ops {
	/* The head of the final answer: after redirects, challenges and proxies. */
	bool (*on_answer)(void *arg, const struct xfer_http_answer *answer);
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
