/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http_opts.c: what one try of a request asks of libcurl. The handle is blank before.
 */
#include "engine/worker/xfer_http_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"
#include "engine/worker/creds.h"
#include "engine/worker/netguard.h"
#include "engine/worker/xfer_proxy.h"
#include "engine/worker/xfer_tls.h"

#define BUFFER_SIZE (512 * 1024L)
#define BUFFER_SMALL (32 * 1024L)	/* the heap hands out large ones at the price of tidying up */
#define EXCUSED (XFER_ANY_DATE | XFER_ANY_CA | XFER_ANY_USAGE)	/* the name is libcurl's */
#define RANGE_ROOM (PLAN_PIECES_MAX * 42)

#define SET(option, value) bad |= curl_easy_setopt(g->easy, CURLOPT_##option, value)

static bool refuse(struct xfer_http_get *g, enum xfer_cause cause, const char *detail)
{
	xfer_http_doom(g, xfer_class_of(cause), detail);
	return false;
}

/* Lines. */

static bool add_line(struct xfer_http_get *g, const char *line)
{
	struct curl_slist *more = curl_slist_append(g->headers, line);

	if (more)
		g->headers = more;
	return more;
}

/* Name of the line, any case? */
static bool is_named(const char *line, const char *name)
{
	size_t len = strlen(name);

	return !strncasecmp(line, name, len) && line[len] == ':';
}

/* What dray has to say itself, and what a redirect to another server does not carry along. */
static bool is_left_out(const struct xfer_http_get *g, const char *line)
{
	static const char *const own[] = { "Range", "If-Range", "Accept-Encoding", "Content-Length",
		"Transfer-Encoding", "Connection", "TE", "Upgrade" };
	static const char *const secret[] = { "Authorization", "Cookie", "Host" };

	for (size_t i = 0; i < COUNT(own); i++)
		if (is_named(line, own[i]))
			return true;
	for (size_t i = 0; g->foreign && i < COUNT(secret); i++)
		if (is_named(line, secret[i]))
			return true;
	return false;
}

static bool add_custom(struct xfer_http_get *g, const char *headers)
{
	char line[XFER_HTTP_HEADERS_MAX + 1];

	while (*headers) {
		size_t len = strcspn(headers, "\r\n");
		char *colon;

		if (len < sizeof(line)) {
			memcpy(line, headers, len);
			line[len] = '\0';
			colon = strchr(line, ':');
			if (colon && !colon[1 + strspn(colon + 1, " \t")])
				strcpy(colon, ";");	/* libcurl's way to say: with nothing in it */
			if (colon && !is_left_out(g, line) && !add_line(g, line))
				return false;
		}
		headers += len;
		headers += strspn(headers, "\r\n");
	}
	return true;
}

static bool set_lines(struct xfer_http_get *g)
{
	char line[512];

	curl_slist_free_all(g->headers);
	g->headers = NULL;
	if (!add_line(g, "Accept-Encoding: identity"))
		return false;
	if (g->ask.post) {
		snprintf(line, sizeof(line), "Content-Type: %s", g->ask.post->type);
		return add_line(g, line) && add_line(g, "Expect:");	/* the body goes along at once */
	}
	if (*g->ask.plan.if_range) {
		snprintf(line, sizeof(line), "If-Range: %s", g->ask.plan.if_range);
		if (!add_line(g, line))
			return false;
	}
	return !g->ask.how || add_custom(g, or_empty(g->ask.how->headers));
}

static bool set_range(struct xfer_http_get *g)
{
	const struct plan_ask *plan = &g->ask.plan;
	char text[RANGE_ROOM] = "";
	size_t n = 0;

	if (plan->want == PLAN_WANT_REST)
		snprintf(text, sizeof(text), "%llu-", (unsigned long long)plan->offset);
	for (unsigned i = 0; plan->want == PLAN_WANT_PARTS && i < plan->npieces; i++) {
		const struct plan_piece *p = &plan->pieces[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%s%llu-", i ? "," : "", (unsigned long long)p->first);
		if (p->last != PLAN_UNKNOWN)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%llu", (unsigned long long)p->last);
	}
	return !*text || !curl_easy_setopt(g->easy, CURLOPT_RANGE, text);
}

static bool set_method(struct xfer_http_get *g)
{
	const char *method = g->ask.how ? or_empty(g->ask.how->method) : "";
	const struct xfer_http_post *post = g->ask.post;
	CURLcode bad = 0;

	if (post) {
		SET(POSTFIELDS, post->body);
		SET(POSTFIELDSIZE_LARGE, (curl_off_t)post->len);
		SET(TIMEOUT_MS, (long)post->timeout_ms);
	} else if (!strcmp(method, "HEAD"))
		SET(NOBODY, 1L);
	else if (*method && strcmp(method, "GET"))
		SET(CUSTOMREQUEST, method);
	return !bad;
}

/* Trust. */

struct fill {
	struct xfer_http_get *g;
	uint32_t target;
	CURLcode bad;
};

static CURLcode on_ssl_ctx(CURL *easy, void *ctx, void *arg)
{
	struct xfer_http_get *g = arg;

	(void)easy;
	if (!xfer_tls_read_ahead(ctx, &g->pool->ahead))
		return CURLE_OUT_OF_MEMORY;
	if (!g->ask.how || !(g->ask.how->security & EXCUSED))
		return CURLE_OK;
	return xfer_tls_excuse(ctx, g->ask.how->security) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

bool xfer_http_has_token(const struct xfer_http_get *g)
{
	return g->ask.how && !strncmp(or_empty(g->ask.how->cert_store), "pkcs11:", 7);
}

static void on_pin(void *arg, const struct cred *cred)
{
	struct fill *f = arg;

	if (cred->target == CRED_TOKEN)
		f->bad |= curl_easy_setopt(f->g->easy, CURLOPT_KEYPASSWD, cred->password);
}

/* A key on a token. Its PIN goes apart from the URI, which libcurl repeats when something is wrong. */
static bool set_token(struct xfer_http_get *g, const char *uri)
{
	struct fill f = { .g = g };
	CURLcode bad = 0;

	xfer_tls_ask_nobody();
	if (curl_easy_setopt(g->easy, CURLOPT_SSLENGINE, "pkcs11"))
		return refuse(g, XFER_NO_PKCS11, "");
	SET(SSLCERTTYPE, "ENG");
	SET(SSLKEYTYPE, "ENG");
	SET(SSLCERT, uri);
	SET(SSLKEY, uri);
	SET(KEYPASSWD, "");		/* libcurl would ask on the terminal */
	creds_each(or_empty(g->ask.how->credentials), on_pin, &f);
	return !bad && !f.bad;
}

static bool set_certificate(struct xfer_http_get *g)
{
	const struct xfer_http_how *how = g->ask.how;
	struct xfer_tls_wish wish = { how->cert_location, or_empty(how->cert_store), or_empty(how->cert_hash),
		or_empty(how->cert_subject) };
	char cert[XFER_TLS_PATH], key[XFER_TLS_PATH];
	CURLcode bad = 0;

	if (g->foreign || (!*wish.hash && !*wish.subject && !xfer_http_has_token(g)))
		return true;
	if (xfer_http_has_token(g))
		return set_token(g, wish.store);
	switch (xfer_tls_find(g->pool->http->limits.cert_dirs, &wish, cert, key)) {
	case XFER_TLS_FOUND:
		SET(SSLCERT, cert);
		SET(SSLKEY, key);
		return !bad;
	case XFER_TLS_NO_KEY:
		return refuse(g, XFER_NO_KEY, cert);
	case XFER_TLS_NONE:
		break;
	}
	return refuse(g, XFER_NO_CERT, "");
}

static bool set_trust(struct xfer_http_get *g)
{
	const struct xfer_http_limits *limits = &g->pool->http->limits;
	uint64_t flags = g->ask.how ? g->ask.how->security & XFER_TLS_FLAGS : 0;
	CURLcode bad = 0;

	if (limits->ca_file)
		SET(CAINFO, limits->ca_file);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);		/* at least */
	SET(SSL_VERIFYHOST, flags & XFER_ANY_NAME ? 0L : 2L);
	if (flags & XFER_CHECK_CRL)
		SET(CRLFILE, limits->crl_file ? limits->crl_file : "/etc/dray/crl.pem");
	SET(SSL_CTX_FUNCTION, on_ssl_ctx);
	SET(SSL_CTX_DATA, g);
	if (flags)			/* a resumed session is not verified anew */
		SET(SSL_SESSIONID_CACHE, 0L);
	return !bad && (!g->ask.how || set_certificate(g));
}

/* Proxies. The system's is what the environment of the agent names; nothing is looked for (DETECT). */

static bool set_proxy(struct xfer_http_get *g)
{
	const struct xfer_http_how *how = g->ask.how;
	char host[300], server[XFER_PROXY_ROOM] = "";
	CURLcode bad = 0;

	g->proxied = false;
	if (how && how->proxy_usage == XFER_PROXY_SYSTEM)
		return true;
	if (how && how->proxy_usage == XFER_PROXY_LIST && xfer_http_host(g->url, host, sizeof(host)))
		switch (xfer_proxy_pick(or_empty(how->proxy_list), or_empty(how->proxy_bypass),
		    xfer_http_is_secure(g) ? "https" : "http", host, g->proxy_at, server)) {
		case XFER_PROXY_BAD:
			return refuse(g, XFER_BAD_PROXY_LIST, "");
		case XFER_PROXY_USE:
			g->proxied = true;
			break;
		case XFER_PROXY_DIRECT:
		case XFER_PROXY_NO_MORE:
			server[0] = '\0';
		}
	SET(PROXY, server);
	SET(NOPROXY, "");		/* the environment has no say */
	return !bad;
}

/* Credentials. */

static void on_slot(void *arg, const struct cred *cred)
{
	static const unsigned long auths[] = { 0, CURLAUTH_BASIC, CURLAUTH_DIGEST, CURLAUTH_NTLM,
	    CURLAUTH_NEGOTIATE };
	struct fill *f = arg;
	CURL *easy = f->g->easy;
	bool server = f->target == 1;
	unsigned long auth;

	if (cred->target != f->target || cred->scheme != f->g->slot[f->target] || cred->scheme >= COUNT(auths))
		return;
	auth = auths[cred->scheme];
	if (auth == CURLAUTH_NEGOTIATE && !cred->logon)
		auth = CURLAUTH_NTLM;
	f->bad |= curl_easy_setopt(easy, server ? CURLOPT_HTTPAUTH : CURLOPT_PROXYAUTH, auth);
	f->bad |= curl_easy_setopt(easy, server ? CURLOPT_USERNAME : CURLOPT_PROXYUSERNAME,
	    cred->logon ? "" : cred->user);
	f->bad |= curl_easy_setopt(easy, server ? CURLOPT_PASSWORD : CURLOPT_PROXYPASSWORD,
	    cred->logon ? "" : cred->password);
}

static bool set_credentials(struct xfer_http_get *g)
{
	struct fill f = { .g = g };

	for (f.target = 1; f.target <= 2; f.target++)
		if (g->slot[f.target] && !(f.target == 1 && g->foreign))
			creds_each(g->ask.how->credentials, on_slot, &f);
	return !f.bad;
}

/* All of it. */

static bool set_rest(struct xfer_http_get *g)
{
	const struct xfer_http_limits *limits = &g->pool->http->limits;
	bool secure = xfer_http_is_secure(g);
	CURLcode bad = 0;

	SET(URL, g->url);
	SET(PRIVATE, g);
	SET(ERRORBUFFER, g->error);
	SET(HTTPHEADER, g->headers);
	/* The job's lines are for the server, not for a proxy. */
	SET(HEADEROPT, (long)CURLHEADER_SEPARATE);
	SET(USERAGENT, "dray/" DRAY_VERSION);
	SET(HTTP_VERSION, (long)(secure ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
	SET(HTTP_CONTENT_DECODING, 0L);
	SET(PROTOCOLS_STR, "http,https");
	SET(FOLLOWLOCATION, 0L);	/* see xfer_http_turn.c */
	SET(SUPPRESS_CONNECT_HEADERS, 1L);
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	SET(NOSIGNAL, 1L);
	SET(QUICK_EXIT, 1L);		/* a stop does not wait for a name server */
	SET(TCP_KEEPALIVE, 1L);
	SET(BUFFERSIZE, g->ask.small ? BUFFER_SMALL : BUFFER_SIZE);
	SET(CONNECTTIMEOUT, (long)limits->connect_s);
	SET(LOW_SPEED_LIMIT, 1L);	/* counts bodies only: a head that dribbles is silence */
	SET(LOW_SPEED_TIME, (long)limits->silent_s);
	return !bad;
}

/* A proxy would resolve the name where nobody judges the address; what needs no resolving is judged here. */
static bool is_host_allowed(struct xfer_http_get *g)
{
	char host[300];

	if (g->ask.loopback || g->ask.post || !xfer_http_host(g->url, host, sizeof(host)))
		return true;
	g->guard = netguard_refuses_host(host);
	return !g->guard || refuse(g, XFER_FORBIDDEN_ADDRESS, g->guard);
}

bool xfer_http_dress(struct xfer_http_get *g)
{
	bool ok;

	curl_easy_reset(g->easy);
	ok = is_host_allowed(g) && set_lines(g) && set_rest(g) && set_range(g) && set_method(g) &&
	    set_proxy(g) &&
	    (!xfer_http_is_secure(g) || set_trust(g)) && set_credentials(g) && xfer_http_hear(g);
	if (!ok && !g->doomed)
		xfer_http_doom(g, xfer_class_of(XFER_CURL_OUT_OF_MEMORY), "");
	return ok;
}
