/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http_hear.c: what comes back: libcurl opens a socket, hands over lines of a head, then
 * bytes.
 */
#include "engine/worker/xfer_http_own.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "engine/base/auto.h"
#include "engine/worker/netguard.h"
#include "engine/worker/xfer_tls.h"

#define RETRY_MAX_S 86400	/* a server may not send a job to sleep for ever */
#define DROP_MAX 65536u		/* of a body nobody wants; more costs the connection */

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct xfer_http_get *g = arg;
	const char *why = NULL;
	int fd;

	(void)purpose;
	if (g->ask.post)
		why = g->ask.post->nets ? netguard_refuses_outside(&a->addr, a->addrlen, g->ask.post->nets) : NULL;
	else if (!g->ask.loopback)
		why = netguard_refuses(&a->addr, a->addrlen);
	g->guard = why;			/* of several addresses the last one tried decides */
	if (why)
		return CURL_SOCKET_BAD;
	g->connected = true;
	fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (fd >= 0)
		flows_opened(g->pool->http->flows, fd);
	return fd;
}

/* The lines as they came; what is not printable is shown as '?'. */
static void keep_line(struct xfer_http_get *g, const char *bytes, size_t len)
{
	size_t at = g->block.len;

	if (len >= 5 && !strncasecmp(bytes, "HTTP/", 5)) {
		buf_reset(&g->block);
		at = 0;
	}
	while (len && strchr("\r\n", bytes[len - 1]))
		len--;
	if (!len || at + len + 2 > XFER_HTTP_HEADERS_MAX)
		return;
	buf_add(&g->block, bytes, len);
	buf_add(&g->block, "\r\n", 2);
	for (size_t i = at; !buf_bad(&g->block) && i < at + len; i++)
		if (((unsigned char)g->block.data[i] < 0x20 && g->block.data[i] != '\t') ||
		    (unsigned char)g->block.data[i] > 0x7e)
			g->block.data[i] = '?';
}

/* An end nobody can vouch for would be taken for the right one. */
static void watch_the_end(struct xfer_http_get *g)
{
	struct curl_tlssessioninfo *tls = NULL;

	if (!xfer_http_is_secure(g) || g->head.length != PLAN_UNKNOWN || g->head.chunked || g->watched ||
	    !strncmp(buf_text(&g->block), "HTTP/2", 6))
		return;
	if (!curl_easy_getinfo(g->easy, CURLINFO_TLS_SSL_PTR, &tls) && tls && tls->internals)
		g->watched = xfer_tls_watch(tls->internals);
	if (!g->watched)
		xfer_http_doom(g, xfer_class_of(XFER_CURL_OUT_OF_MEMORY), "");
}

bool xfer_http_hand_over(struct xfer_http_get *g)
{
	struct xfer_http_answer answer = { .headers = buf_text(&g->block), .url = "" };
	curl_off_t retry_s = 0;

	g->answered = true;
	g->pending = false;
	curl_easy_getinfo(g->easy, CURLINFO_RETRY_AFTER, &retry_s);
	if (retry_s > RETRY_MAX_S)
		retry_s = RETRY_MAX_S;
	answer.retry_after_s = retry_s > 0 ? (uint64_t)retry_s : 0;
	xfer_head_answer(&g->head, &answer.plan);
	if (g->ask.how && g->ask.how->method && !strcmp(g->ask.how->method, "HEAD"))
		answer.plan.length = 0;		/* told, but not sent */
	if (g->elsewhere)
		answer.url = g->elsewhere;
	else if (g->hops)
		answer.url = g->url;
	return g->ops->on_answer(g->arg, &answer);
}

static size_t on_header(char *bytes, size_t one, size_t len, void *arg)
{
	struct xfer_http_get *g = arg;

	(void)one;
	if (g->answered) {		/* trailers of a chunked body: nothing in them counts, but there is an end */
		g->trailers += len;
		g->head.refused = g->head.large = g->trailers > XFER_HEAD_BYTES;
		return g->head.refused ? 0 : len;
	}
	keep_line(g, bytes, len);
	if (xfer_head_line(&g->head, bytes, len) == XFER_HEAD_FINAL && !g->head.refused) {
		g->pending = xfer_http_may_turn(g);
		watch_the_end(g);
		if (!g->pending && !g->doomed && !xfer_http_hand_over(g))
			g->stopped = true;
	}
	return g->stopped || g->doomed || g->head.refused ? 0 : len;
}

static size_t on_body(char *bytes, size_t one, size_t len, void *arg)
{
	struct xfer_http_get *g = arg;

	(void)one;
	if (g->pending)
		return (g->dropped += len) > DROP_MAX ? 0 : len;
	if (!g->answered)
		return 0;
	flow_spend(g->flow, len);
	g->paused = !flow_may_read(g->flow);
	if (!g->ops->on_bytes(g->arg, bytes, len)) {
		g->stopped = true;
		return 0;
	}
	if (g->paused)	/* or libcurl would go on reading for as long as bytes come faster than we take them */
		curl_easy_pause(g->easy, CURLPAUSE_RECV);
	return len;
}

/* libcurl itself passes over bodies of challenges it answers. */
static int on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
	struct xfer_http_get *g = arg;

	(void)total;
	(void)up_total;
	(void)up;
	return g->pending && now > (curl_off_t)DROP_MAX;
}

bool xfer_http_hear(struct xfer_http_get *g)
{
	bool challenges = g->slot[1] || g->slot[2];
	CURLcode bad = 0;

#define SET(option, value) bad |= curl_easy_setopt(g->easy, CURLOPT_##option, value)
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(OPENSOCKETDATA, g);
	SET(HEADERFUNCTION, on_header);
	SET(HEADERDATA, g);
	SET(WRITEFUNCTION, on_body);
	SET(WRITEDATA, g);
	SET(NOPROGRESS, challenges ? 0L : 1L);
	SET(XFERINFOFUNCTION, on_progress);
	SET(XFERINFODATA, g);
#undef SET
	return !bad;
}
