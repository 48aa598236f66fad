/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http.c: see xfer_http.h. A request's life; with xfer_http_*.c the door to libcurl.
 */
#include "engine/worker/xfer_http_own.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"

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

void xfer_http_ended(struct xfer_http_get *g, CURLcode code)
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
	if (!g->easy || !xfer_http_set_up(g, ask) ||
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

int64_t xfer_http_date(const char *text)
{
	return curl_getdate(text, NULL);
}
