/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http_loop.c: libcurl on a loop: its sockets and timers, the pools of connections.
 */
#include "engine/worker/xfer_http_own.h"

#include <stdlib.h>

#include "engine/base/auto.h"
#include "engine/base/loop.h"

#define TURNS 32	/* records of one connection, before others are looked at */
#define AGAIN_MS 10
#define KEPT 64L	/* connections; by itself libcurl closes idle ones when few requests are going */

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
		xfer_http_ended(g, code);
	}
}

/* Requests that had to wait (see on_body) go on where they may. */
static void go_on(void *arg)
{
	struct xfer_http *http = arg;

	for (struct xfer_http_get *g = http->gets; g; g = g->next)
		if (g->paused && flow_may_read(g->flow)) {
			g->paused = false;
			curl_easy_pause(g->easy, CURLPAUSE_CONT);
		}
}

/* What TLS has read ahead libcurl is told of as if the socket had; others have their turn in between. */
static void read_on(struct pool *pool)
{
	int running, fd, turns = 0;

	while ((fd = xfer_tls_left(&pool->ahead)) >= 0) {
		pool->ahead.fd = fd;
		curl_multi_socket_action(pool->multi, fd, CURL_CSELECT_IN, &running);
		if (++turns == TURNS)
			break;
	}
	pool->ahead.fd = -1;
	if (pool->ahead.list)
		loop_timer_set(pool->more, 0);
	else if (pool->ahead.asked)
		loop_timer_set(pool->more, AGAIN_MS);
}

static void act(struct pool *pool, curl_socket_t fd, int what)
{
	int running;

	pool->ahead.fd = fd == CURL_SOCKET_TIMEOUT ? -1 : fd;
	curl_multi_socket_action(pool->multi, fd, what, &running);
	read_on(pool);
	pool_collect(pool);
}

static void on_sock(void *arg, int what)
{
	struct sock *s = arg;		/* gone afterwards, perhaps */

	act(s->pool, s->fd, (what & LOOP_READ ? CURL_CSELECT_IN : 0) | (what & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_pool_timer(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void on_more(void *arg)
{
	struct pool *pool = arg;

	xfer_tls_ask_again(&pool->ahead);
	read_on(pool);
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
		if (s) {
			curl_multi_assign(pool->multi, fd, NULL);
			sock_free(s);
		}
		return 0;
	}
	if (!s && !(s = sock_new(pool, fd)))
		return -1;
	curl_multi_assign(pool->multi, fd, s);
	loop_io_set(s->io, (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0));
	if (!curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&g) && g)
		flow_carried_by(g->flow, fd);
	return 0;
}

/* All of it. */

static bool pool_init(struct pool *pool, struct xfer_http *http)
{
	pool->http = http;
	pool->multi = curl_multi_init();
	pool->timer = loop_timer_new(http->loop, on_pool_timer, pool);
	pool->more = loop_timer_new(http->loop, on_more, pool);
	pool->ahead.fd = -1;
	return pool->multi && pool->timer && pool->more &&
	    !curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted) &&
	    !curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool) &&
	    !curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, timer_wanted) &&
	    !curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool) &&
	    !curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, KEPT);
}

static void pool_done(struct pool *pool)
{
	while (pool->nspare)
		curl_easy_cleanup(pool->spare[--pool->nspare]);
	if (pool->multi)
		curl_multi_cleanup(pool->multi);
	pool->multi = NULL;
	while (pool->socks)
		sock_free(pool->socks);
	loop_timer_free(pool->timer);
	loop_timer_free(pool->more);
	pool->timer = pool->more = NULL;
}

struct pool *xfer_http_pool(struct xfer_http *http, const struct xfer_http_ask *ask)
{
	uint64_t security = ask->how ? ask->how->security & XFER_TLS_FLAGS : 0;
	struct pool *pool = &http->pools[ask->post ? POOL_POST + (ask->post->nets != NULL) :
	    security << 1 | ask->loopback];

	if (pool->multi || pool_init(pool, http))
		return pool;
	pool_done(pool);
	return NULL;
}

static void on_doom(void *arg)
{
	xfer_http_bury(arg);
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
	http->flows = flows_new(loop, go_on, http);
	http->doom = loop_timer_new(loop, on_doom, http);
	if (!http->flows || !http->doom) {
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
	for (size_t i = 0; i < COUNT(http->pools); i++)
		pool_done(&http->pools[i]);
	loop_timer_free(http->doom);
	flows_free(http->flows);
	free(http);
	curl_global_cleanup();
}

struct flows *xfer_http_flows(struct xfer_http *http)
{
	return http->flows;
}

