/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http.c: see xfer_http.h. A request's life: it may take several tries (xfer_http_turn.c).
 */
#include "engine/worker/xfer_http_own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "engine/base/auto.h"
#include "engine/base/loop.h"
#include "engine/worker/xfer_tls.h"

static const struct { CURLcode code; enum xfer_cause cause; } codes[] = {
#define CURL(name, hresult, context, class, detail, text, hint) { CURLE_##name, XFER_CURL_##name },
#include "schemas/transfer.def"
#undef CURL
};

bool xfer_http_is_secure(const struct xfer_http_get *g)
{
	return !strncasecmp(g->url, "https:", 6);
}

/* Handles. A used one keeps its name cache and its TLS sessions, which are of its pool's kind of trust. One may
 * still hold a buffer (its request failed, or shared a connection of HTTP/2), and then libcurl lets nobody say how
 * large that is to be: it is of no more use. */

static bool is_of_use(CURL *easy, bool clean)
{
	if (clean)
		curl_easy_reset(easy);
	return clean && !curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)CURL_MAX_WRITE_SIZE);
}

static CURL *easy_take(struct pool *pool)
{
	return pool->nspare ? pool->spare[--pool->nspare] : curl_easy_init();
}

static void easy_give(struct pool *pool, CURL *easy, bool clean)
{
	if (!easy)
		return;
	if (!is_of_use(easy, clean) || pool->nspare == SPARES) {
		curl_easy_cleanup(easy);
		return;
	}
	pool->spare[pool->nspare++] = easy;
}

static void leave_multi(struct xfer_http_get *g)
{
	if (g->added)
		curl_multi_remove_handle(g->pool->multi, g->easy);
	g->added = false;
}

static void get_free(struct xfer_http_get *g)
{
	leave_multi(g);
	if (g->watched)
		xfer_tls_said_goodbye(g->watched);
	*g->prev = g->next;
	if (g->next)
		g->next->prev = g->prev;
	easy_give(g->pool, g->easy, g->clean);
	curl_slist_free_all(g->headers);
	buf_done(&g->block);
	free(g->elsewhere);
	free(g->url);
	free(g);
}

/* Ends. */

/* A handshake that failed for good, as OpenSSL's words tell: it will not go better the next time. */
static bool is_tls_refusal(const char *error)
{
	static const char *const words[] = { "alert protocol version", "unsupported protocol",
		"no protocols available", "alert handshake failure", "no shared cipher", "wrong version number",
		"dh key too small", "alert insufficient security" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (strstr(error, words[i]))
			return true;
	return false;
}

/* Not the server's fault, nor that of anything on the way there. */
static bool has_no_network(struct xfer_http_get *g)
{
	long error = 0;

	curl_easy_getinfo(g->easy, CURLINFO_OS_ERRNO, &error);
	return error == ENETUNREACH || error == ENETDOWN;
}

/* Is it really memory that is short? */
static bool has_memory(void)
{
	void *some = malloc(1 << 20);

	free(some);
	return some;
}

static struct xfer_class classify(struct xfer_http_get *g, CURLcode code)
{
	enum xfer_cause cause = XFER_UNKNOWN;
	long verify = 0;

	if (g->doomed)
		return g->why;
	if (g->guard && code == CURLE_COULDNT_CONNECT)
		return xfer_class_of(XFER_FORBIDDEN_ADDRESS);
	if (g->head.refused)
		return xfer_class_of(g->head.large ? XFER_LARGE_HEAD : XFER_BAD_ANSWER);
	if (code == CURLE_OUT_OF_MEMORY && !g->answered && has_memory())
		return xfer_class_of(XFER_LARGE_HEAD);	/* so it says of a line that has no end */
	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		curl_easy_getinfo(g->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
		return xfer_class_trust(verify);
	}
	if (code == CURLE_UNSUPPORTED_PROTOCOL && g->connected &&
	    !g->head.lines)	/* HTTP/0.9, or no HTTP */
		code = CURLE_WEIRD_SERVER_REPLY;
	if (code == CURLE_SSL_CERTPROBLEM && xfer_http_has_token(g))
		return xfer_class_of(XFER_NO_TOKEN);
	if (code == CURLE_RECV_ERROR && strstr(g->error, "certificate required"))
		code = CURLE_SSL_CLIENTCERT;
	if (code == CURLE_SSL_CONNECT_ERROR && is_tls_refusal(g->error))
		return xfer_class_of(XFER_NO_COMMON_TLS);
	if (code == CURLE_COULDNT_CONNECT && has_no_network(g))
		return xfer_class_of(XFER_NO_NETWORK);
	if (code == CURLE_COULDNT_CONNECT && g->proxied)
		return xfer_class_of(XFER_NO_PROXY);
	for (size_t i = 0; i < COUNT(codes); i++)
		if (codes[i].code == code)
			cause = codes[i].cause;
	return xfer_class_of(cause);
}

static const char *explain(struct xfer_http_get *g, CURLcode code)
{
	long error = 0;

	if (g->doomed)
		return g->detail;
	if (g->guard)
		return g->guard;
	curl_easy_getinfo(g->easy, CURLINFO_OS_ERRNO, &error);
	if (code == CURLE_COULDNT_CONNECT && error)
		return strerror((int)error);
	return g->error[0] || !code ? g->error : curl_easy_strerror(code);
}

void xfer_http_doom(struct xfer_http_get *g, struct xfer_class why, const char *detail)
{
	g->doomed = true;
	g->why = why;
	snprintf(g->detail, sizeof(g->detail), "%s", detail);
}

static void finish(struct xfer_http_get *g, CURLcode code)
{
	struct xfer_http_end end = { .stopped = g->stopped, .detail = "" };

	end.ok = !end.stopped && !g->doomed && code == CURLE_OK && g->answered;
	if (!end.stopped && !end.ok) {
		end.why = classify(g, code);
		end.detail = explain(g, code);
	}
	g->ops->on_end(g->arg, &end);
	get_free(g);
}

void xfer_http_bury(struct xfer_http *http)
{
	struct xfer_http_get *g = http->gets;

	while (g && !g->doomed)
		g = g->next;
	if (!g)
		return;
	loop_timer_set(http->doom, 0);		/* one at a time: on_end may do anything */
	finish(g, CURLE_OK);
}

/* Tries. */

static bool go(struct xfer_http_get *g)
{
	g->answered = g->pending = g->connected = g->clean = false;
	g->guard = NULL;
	g->dropped = g->trailers = 0;
	g->error[0] = '\0';
	if (!xfer_http_dress(g))
		return false;
	if (curl_multi_add_handle(g->pool->multi, g->easy)) {
		xfer_http_doom(g, xfer_class_of(XFER_CURL_OUT_OF_MEMORY), "");
		return false;
	}
	g->added = true;
	return true;
}

static bool renew(struct xfer_http_get *g)
{
	if (is_of_use(g->easy, g->clean))
		return true;
	curl_easy_cleanup(g->easy);
	g->easy = curl_easy_init();
	if (!g->easy)
		xfer_http_doom(g, xfer_class_of(XFER_CURL_OUT_OF_MEMORY), "");
	return g->easy;
}

static bool said_goodbye(struct xfer_http_get *g)
{
	bool said = !g->watched || xfer_tls_said_goodbye(g->watched);

	g->watched = NULL;
	return said;
}

void xfer_http_ended(struct xfer_http_get *g, CURLcode code)
{
	enum turn turn = TURN_NONE;

	leave_multi(g);
	g->clean = code == CURLE_OK;
	if (!said_goodbye(g) && code == CURLE_OK)
		code = CURLE_PARTIAL_FILE;
	if (!g->stopped && !g->head.refused)
		turn = xfer_http_turn(g, code);
	if (turn == TURN_AGAIN && renew(g) && go(g))
		return;
	if (turn == TURN_NONE && g->pending && !g->stopped && !g->head.refused)
		g->stopped = !xfer_http_hand_over(g);	/* nothing more can be tried: this was the answer */
	finish(g, code);
}

struct xfer_http_get *xfer_http_get(struct xfer_http *http, const struct xfer_http_ask *ask,
    const struct xfer_http_ops *ops, void *arg)
{
	struct pool *pool = xfer_http_pool(http, ask);
	struct xfer_http_get *g = pool ? calloc(1, sizeof(*g)) : NULL;

	if (!g)
		return NULL;
	g->pool = pool;
	g->ops = ops;
	g->arg = arg;
	g->ask = *ask;
	g->flow = ask->flow;
	xfer_head_init(&g->head);
	buf_init(&g->block, XFER_HTTP_HEADERS_MAX + 1);
	g->next = http->gets;
	g->prev = &http->gets;
	if (g->next)
		g->next->prev = &g->next;
	http->gets = g;
	g->url = strdup(ask->url);
	g->easy = easy_take(pool);
	if (!g->easy || !g->url) {
		get_free(g);
		return NULL;
	}
	if (!go(g))
		loop_timer_set(http->doom, 0);
	return g;
}

void xfer_http_cancel(struct xfer_http_get *get)
{
	if (get)
		get_free(get);
}

int64_t xfer_http_date(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);	/* as nearly all write it */

	return end && !*end ? (int64_t)timegm(&tm) : (int64_t)curl_getdate(text, NULL);
}
