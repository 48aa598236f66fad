/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http.c: see xfer_http.h. The door to libcurl.
 *
 * Two pools of connections: one for callers who may reach this host, one for those who may not.
 * With one, a request of the second kind could be sent over a connection of the first, and the
 * address would never be judged.
 */
#include "engine/worker/xfer_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "engine/base/auto.h"
#include "engine/base/loop.h"
#include "engine/worker/flow.h"
#include "engine/worker/netguard.h"
#include "engine/worker/xfer_head.h"

#define REDIRECTS_MAX 5
#define RETRY_MAX_S 86400	/* a server may not send a job to sleep for ever */
#define BUFFER_SIZE (512 * 1024)

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

static const struct { CURLcode code; enum xfer_cause cause; } codes[] = {
#define CURL(name, hresult, context, class, detail, text, hint) { CURLE_##name, XFER_CURL_##name },
#include "schemas/transfer.def"
#undef CURL
};

/* Requests. */

static void get_free(struct xfer_http_get *g)
{
	for (struct sock *s = g->pool->socks; s && g->flow; s = s->next)
		if (s->flow == g->flow)
			s->flow = NULL;
	*g->prev = g->next;
	if (g->next)
		g->next->prev = g->prev;
	curl_easy_cleanup(g->easy);
	curl_slist_free_all(g->headers);
	free(g);
}

static struct xfer_class classify(struct xfer_http_get *g, CURLcode code)
{
	enum xfer_cause cause = XFER_UNKNOWN;
	long verify = 0;

	if (g->guard && code == CURLE_COULDNT_CONNECT)
		return xfer_class_of(XFER_FORBIDDEN_ADDRESS);
	if (g->head.refused)
		return xfer_class_of(g->head.large ? XFER_LARGE_HEAD : XFER_BAD_ANSWER);
	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		curl_easy_getinfo(g->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
		return xfer_class_trust(verify);
	}
	if (code == CURLE_UNSUPPORTED_PROTOCOL && g->connected &&
	    !g->head.lines)	/* HTTP/0.9, or no HTTP */
		code = CURLE_WEIRD_SERVER_REPLY;
	if (code == CURLE_RECV_ERROR && strstr(g->error, "certificate required"))
		code = CURLE_SSL_CLIENTCERT;
	for (size_t i = 0; i < COUNT(codes); i++)
		if (codes[i].code == code)
			cause = codes[i].cause;
	return xfer_class_of(cause);
}

static const char *explain(struct xfer_http_get *g, CURLcode code)
{
	long error = 0;

	if (g->guard)
		return g->guard;
	curl_easy_getinfo(g->easy, CURLINFO_OS_ERRNO, &error);
	if (code == CURLE_COULDNT_CONNECT && error)
		return strerror((int)error);
	return g->error[0] || !code ? g->error : curl_easy_strerror(code);
}

static void get_end(struct xfer_http_get *g, CURLcode code)
{
	struct xfer_http_end end = { .stopped = g->stopped, .detail = "" };

	curl_multi_remove_handle(g->pool->multi, g->easy);
	end.ok = !end.stopped && code == CURLE_OK && g->answered;
	if (!end.stopped && !end.ok) {
		end.why = classify(g, code);
		end.detail = explain(g, code);
	}
	g->ops->on_end(g->arg, &end);
	get_free(g);
}

static void pool_collect(struct pool *pool)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(pool->multi, &left))) {
		struct xfer_http_get *g = NULL;
		CURLcode code = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&g);
		get_end(g, code);
	}
}

/* The loop and libcurl. */

/* A connection whose flow has had enough is not read from; libcurl need not know. */
static void sock_arm(struct sock *s)
{
	loop_io_set(s->io, flow_may_read(s->flow) ? s->want : s->want & ~LOOP_READ);
}

static void arm_all(void *arg)
{
	struct xfer_http *http = arg;

	for (size_t i = 0; i < COUNT(http->pools); i++)
		for (struct sock *s = http->pools[i].socks; s; s = s->next)
			if (s->flow)
				sock_arm(s);
}

static void arm_flow(struct pool *pool, const struct flow *flow)
{
	for (struct sock *s = pool->socks; s; s = s->next)
		if (s->flow == flow)
			sock_arm(s);
}

static void on_sock(void *arg, int what)
{
	struct sock *s = arg;
	struct pool *pool = s->pool;
	int running;

	curl_multi_socket_action(pool->multi, s->fd, (what & LOOP_READ ? CURL_CSELECT_IN : 0) |
	    (what & LOOP_WRITE ? CURL_CSELECT_OUT : 0), &running);
	pool_collect(pool);		/* s may be gone */
}

static void on_pool_timer(void *arg)
{
	struct pool *pool = arg;
	int running;

	curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	pool_collect(pool);
}

static int timer_wanted(CURLM *multi, long timeout_ms, void *arg)
{
	struct pool *pool = arg;

	(void)multi;
	if (timeout_ms < 0)
		loop_timer_stop(pool->timer);
	else
		loop_timer_set(pool->timer, (uint64_t)timeout_ms);
	return 0;
}

static void sock_free(struct sock *s)
{
	*s->prev = s->next;
	if (s->next)
		s->next->prev = s->prev;
	loop_io_free(s->io);
	free(s);
}

static struct sock *sock_new(struct pool *pool, curl_socket_t fd)
{
	struct sock *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->pool = pool;
	s->fd = fd;
	s->io = loop_io_new(pool->http->loop, fd, 0, on_sock, s);
	if (!s->io) {
		free(s);
		return NULL;
	}
	s->next = pool->socks;
	s->prev = &pool->socks;
	if (s->next)
		s->next->prev = &s->next;
	pool->socks = s;
	return s;
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *arg, void *per_socket)
{
	struct pool *pool = arg;
	struct sock *s = per_socket;
	struct xfer_http_get *g = NULL;

	if (what == CURL_POLL_REMOVE) {
		flows_closed(pool->http->flows, fd);
		if (s) {
			curl_multi_assign(pool->multi, fd, NULL);
			sock_free(s);
		}
		return 0;
	}
	if (!s && !(s = sock_new(pool, fd)))
		return -1;
	curl_multi_assign(pool->multi, fd, s);
	s->want = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
	if (!curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&g) && g) {
		s->flow = g->flow;
		flow_carried_by(s->flow, fd);
	}
	sock_arm(s);
	return 0;
}

/* What libcurl asks and hands over. */

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct xfer_http_get *g = arg;
	const char *why = NULL;

	(void)purpose;
	if (g->pool == &g->pool->http->pools[0])
		why = netguard_refuses(&a->addr, a->addrlen);
	g->guard = why;			/* of several addresses the last one tried decides */
	if (why)
		return CURL_SOCKET_BAD;
	g->connected = true;
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static bool hand_over_answer(struct xfer_http_get *g)
{
	struct plan_answer answer;
	curl_off_t retry_s = 0;

	g->answered = true;
	curl_easy_getinfo(g->easy, CURLINFO_RETRY_AFTER, &retry_s);
	if (retry_s < 0)
		retry_s = 0;
	if (retry_s > RETRY_MAX_S)
		retry_s = RETRY_MAX_S;
	xfer_head_answer(&g->head, &answer);
	return g->ops->on_answer(g->arg, &answer, (uint64_t)retry_s);
}

static size_t on_header(char *bytes, size_t one, size_t len, void *arg)
{
	struct xfer_http_get *g = arg;

	(void)one;
	if (g->answered)		/* trailers of a chunked body */
		return len;
	if (xfer_head_line(&g->head, bytes, len) == XFER_HEAD_FINAL && !hand_over_answer(g))
		g->stopped = true;
	return g->stopped || g->head.refused ? 0 : len;
}

static size_t on_body(char *bytes, size_t one, size_t len, void *arg)
{
	struct xfer_http_get *g = arg;

	(void)one;
	if (!g->answered)
		return 0;
	flow_spend(g->flow, len);
	if (!flow_may_read(g->flow))
		arm_flow(g->pool, g->flow);
	if (!g->ops->on_bytes(g->arg, bytes, len)) {
		g->stopped = true;
		return 0;
	}
	return len;
}

static bool set_headers(struct xfer_http_get *g, const struct plan_ask *plan)
{
	char line[512];

	g->headers = curl_slist_append(NULL, "Accept-Encoding: identity");
	if (!g->headers || plan->want != PLAN_WANT_REST || !*plan->if_range)
		return g->headers;
	snprintf(line, sizeof(line), "If-Range: %s", plan->if_range);
	return curl_slist_append(g->headers, line);
}

static bool set_up(struct xfer_http_get *g, const struct xfer_http_ask *ask)
{
	const struct xfer_http_limits *limits = &g->pool->http->limits;
	bool secure = !strncasecmp(ask->url, "https:", 6);
	char range[32];
	CURLcode bad = 0;

	if (ask->plan.want == PLAN_WANT_REST) {
		snprintf(range, sizeof(range), "%llu-", (unsigned long long)ask->plan.offset);
		bad |= curl_easy_setopt(g->easy, CURLOPT_RANGE, range);
	}
#define SET(option, value) bad |= curl_easy_setopt(g->easy, CURLOPT_##option, value)
	SET(URL, ask->url);
	SET(PRIVATE, g);
	SET(ERRORBUFFER, g->error);
	SET(HTTPHEADER, g->headers);
	SET(USERAGENT, "dray/" DRAY_VERSION);
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(HTTP_CONTENT_DECODING, 0L);
	SET(PROTOCOLS_STR, "http,https");
	SET(REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
	SET(FOLLOWLOCATION, 1L);
	SET(MAXREDIRS, (long)REDIRECTS_MAX);
	SET(PROXY, "");
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	SET(NOSIGNAL, 1L);
	SET(QUICK_EXIT, 1L);		/* a stop does not wait for a name server */
	SET(NOPROGRESS, 1L);
	SET(TCP_KEEPALIVE, 1L);
	SET(BUFFERSIZE, (long)BUFFER_SIZE);
	SET(CONNECTTIMEOUT, (long)limits->connect_s);
	SET(LOW_SPEED_LIMIT, 1L);	/* counts bodies only: a head that dribbles is silence */
	SET(LOW_SPEED_TIME, (long)limits->silent_s);
	if (limits->ca_file)
		SET(CAINFO, limits->ca_file);
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(OPENSOCKETDATA, g);
	SET(HEADERFUNCTION, on_header);
	SET(HEADERDATA, g);
	SET(WRITEFUNCTION, on_body);
	SET(WRITEDATA, g);
#undef SET
	return !bad;
}

struct xfer_http_get *xfer_http_get(struct xfer_http *http, const struct xfer_http_ask *ask,
    const struct xfer_http_ops *ops, void *arg)
{
	struct xfer_http_get *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->pool = &http->pools[ask->loopback];
	g->ops = ops;
	g->arg = arg;
	g->flow = ask->flow;
	xfer_head_init(&g->head);
	g->next = http->gets;
	g->prev = &http->gets;
	if (g->next)
		g->next->prev = &g->next;
	http->gets = g;
	g->easy = curl_easy_init();
	if (!g->easy || !set_headers(g, &ask->plan) || !set_up(g, ask) ||
	    curl_multi_add_handle(g->pool->multi, g->easy)) {
		get_free(g);
		return NULL;
	}
	return g;
}

void xfer_http_cancel(struct xfer_http_get *get)
{
	if (!get)
		return;
	curl_multi_remove_handle(get->pool->multi, get->easy);
	get_free(get);
}

/* All of it. */

static bool pool_init(struct pool *pool, struct xfer_http *http)
{
	pool->http = http;
	pool->multi = curl_multi_init();
	pool->timer = loop_timer_new(http->loop, on_pool_timer, pool);
	return pool->multi && pool->timer &&
	    !curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted) &&
	    !curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool) &&
	    !curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, timer_wanted) &&
	    !curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool);
}

struct xfer_http *xfer_http_new(struct loop *loop, const struct xfer_http_limits *limits)
{
	struct xfer_http *http;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return NULL;
	http = calloc(1, sizeof(*http));
	if (!http) {
		curl_global_cleanup();
		return NULL;
	}
	http->loop = loop;
	http->limits = *limits;
	http->flows = flows_new(loop, arm_all, http);
	if (!http->flows || !pool_init(&http->pools[0], http) || !pool_init(&http->pools[1], http)) {
		xfer_http_free(http);
		return NULL;
	}
	return http;
}

void xfer_http_free(struct xfer_http *http)
{
	if (!http)
		return;
	while (http->gets)
		xfer_http_cancel(http->gets);
	for (size_t i = 0; i < COUNT(http->pools); i++) {
		struct pool *pool = &http->pools[i];

		if (pool->multi)
			curl_multi_cleanup(pool->multi);
		while (pool->socks)
			sock_free(pool->socks);
		loop_timer_free(pool->timer);
	}
	flows_free(http->flows);
	free(http);
	curl_global_cleanup();
}

struct flows *xfer_http_flows(struct xfer_http *http)
{
	return http->flows;
}

int64_t xfer_http_date(const char *text)
{
	return curl_getdate(text, NULL);
}
