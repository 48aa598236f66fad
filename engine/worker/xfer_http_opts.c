/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http_opts.c: what one request asks of libcurl, and what libcurl hands over.
 */
#include "engine/worker/xfer_http_own.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "engine/base/auto.h"
#include "engine/worker/netguard.h"

#define REDIRECTS_MAX 5
#define RETRY_MAX_S 86400	/* a server may not send a job to sleep for ever */
#define BUFFER_SIZE (512 * 1024)

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
		xfer_http_arm_flow(g->pool, g->flow);
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

bool xfer_http_set_up(struct xfer_http_get *g, const struct xfer_http_ask *ask)
{
	const struct xfer_http_limits *limits = &g->pool->http->limits;
	bool secure = !strncasecmp(ask->url, "https:", 6);
	char range[32];
	CURLcode bad = 0;

	if (!set_headers(g, &ask->plan))
		return false;
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
