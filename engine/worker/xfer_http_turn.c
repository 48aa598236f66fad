/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_http_turn.c: the next try of a request: where a redirect leads, with the credentials a
 * challenge asks for, through the next proxy.
 *
 * libcurl could follow redirects by itself, but then nobody would judge each hop: https never leads to http
 * unless the job says so, and credentials, certificates, cookies and an Authorization header stay with the
 * server (scheme, name and port) the job named. Other headers of the job go along to other servers; that is
 * curl's rule, too.
 *
 * Credentials are sent after a challenge only, the strongest offered scheme first, each slot once. The logon
 * identity is what Kerberos keeps for the owner; there is no such thing for NTLM here. Negotiate with a name
 * and a password means NTLM where the server offers that as well: Kerberos through libcurl takes no password.
 */
#include "engine/worker/xfer_http_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"
#include "engine/worker/creds.h"
#include "engine/worker/xfer_proxy.h"

#define REDIRECTS_MAX 5u

enum { SERVER = 1, PROXY = 2 };
enum { BASIC = 1, DIGEST, NTLM, NEGOTIATE };

/* URLs. */

char *xfer_http_resolve(const char *base, const char *location)
{
	unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE | CURLU_ALLOW_SPACE;
	char *made = NULL, *ret = NULL;
	CURLU *u = curl_url();

	if (u && !curl_url_set(u, CURLUPART_URL, base, CURLU_NON_SUPPORT_SCHEME) &&
	    !curl_url_set(u, CURLUPART_URL, location, flags) && !curl_url_set(u, CURLUPART_USER, NULL, 0) &&
	    !curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) && !curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) &&
	    !curl_url_get(u, CURLUPART_URL, &made, 0))
		ret = strdup(made);
	curl_free(made);
	curl_url_cleanup(u);
	return ret;
}

static bool part(const char *url, CURLUPart what, char *out, size_t room)
{
	char *text = NULL;
	CURLU *u = curl_url();
	bool ok = u && !curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) &&
	    !curl_url_get(u, what, &text, CURLU_DEFAULT_PORT) && strlen(text) < room;

	if (ok)
		strcpy(out, text);
	curl_free(text);
	curl_url_cleanup(u);
	return ok;
}

bool xfer_http_host(const char *url, char *out, size_t room)
{
	return part(url, CURLUPART_HOST, out, room);
}

static bool is_same_server(const char *a, const char *b)
{
	static const CURLUPart parts[] = { CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT };
	char of_a[300], of_b[300];

	for (size_t i = 0; i < COUNT(parts); i++)
		if (!part(a, parts[i], of_a, sizeof(of_a)) || !part(b, parts[i], of_b, sizeof(of_b)) ||
		    !text_ieq(of_a, of_b))
			return false;
	return true;
}

/* Redirects. */

static bool is_redirect(const struct xfer_http_get *g)
{
	return g->head.status >= 300 && g->head.status < 400 && g->head.status != 304 && *g->head.location;
}

static uint64_t security(const struct xfer_http_get *g)
{
	return g->ask.how ? g->ask.how->security : 0;
}

static enum turn refuse(struct xfer_http_get *g, enum xfer_cause cause)
{
	xfer_http_doom(g, xfer_class_of(cause), "");
	return TURN_DOOMED;
}

static enum turn follow(struct xfer_http_get *g)
{
	bool to_https = text_iprefix(g->elsewhere, "https://"), to_http = text_iprefix(g->elsewhere, "http://");

	if (!to_https && !(to_http && (!xfer_http_is_secure(g) || security(g) & XFER_REDIRECT_TO_HTTP)))
		return refuse(g, XFER_CURL_UNSUPPORTED_PROTOCOL);
	if (++g->hops > REDIRECTS_MAX)
		return refuse(g, XFER_CURL_TOO_MANY_REDIRECTS);
	g->foreign |= !is_same_server(g->url, g->elsewhere);
	free(g->url);
	g->url = g->elsewhere;
	g->elsewhere = NULL;
	g->proxy_at = 0;
	return TURN_AGAIN;
}

/* Challenges. */

struct choice {
	struct xfer_http_get *g;
	uint32_t target, scheme;
	unsigned long offered;		/* CURLAUTH_ */
	bool found;
};

static void on_slot(void *arg, const struct cred *cred)
{
	static const unsigned long auths[] = { [BASIC] = CURLAUTH_BASIC, [DIGEST] = CURLAUTH_DIGEST,
	    [NTLM] = CURLAUTH_NTLM,
		[NEGOTIATE] = CURLAUTH_NEGOTIATE };
	struct choice *c = arg;

	if (cred->target != c->target || cred->scheme != c->scheme || cred->scheme >= COUNT(auths))
		return;
	if (cred->logon)
		c->found = cred->scheme == NEGOTIATE && c->offered & CURLAUTH_NEGOTIATE;
	else
		c->found = c->offered & auths[cred->scheme == NEGOTIATE ? NTLM : cred->scheme];
}

/* Was the owner's ticket all that could be shown, and was it not enough? */
static bool is_ticket_refused(struct xfer_http_get *g, uint32_t target)
{
	struct choice c = { .g = g, .target = target, .scheme = NEGOTIATE, .offered = CURLAUTH_NEGOTIATE };

	if (target != SERVER || g->slot[target] != NEGOTIATE || g->tried[target] != 1u << NEGOTIATE)
		return false;
	creds_each(g->ask.how->credentials, on_slot, &c);
	return c.found;
}

static enum turn answer_challenge(struct xfer_http_get *g, uint32_t target)
{
	struct choice c = { .g = g, .target = target };
	long offered = 0;

	if (target == SERVER && g->foreign)
		return TURN_NONE;
	curl_easy_getinfo(g->easy,
	    target == SERVER ? CURLINFO_HTTPAUTH_AVAIL : CURLINFO_PROXYAUTH_AVAIL, &offered);
	c.offered = (unsigned long)offered;
	for (c.scheme = NEGOTIATE; c.scheme >= BASIC; c.scheme--) {
		if (g->tried[target] & 1u << c.scheme)
			continue;
		creds_each(g->ask.how->credentials, on_slot, &c);
		if (c.found) {
			g->tried[target] |= 1u << c.scheme;
			g->slot[target] = c.scheme;
			return TURN_AGAIN;
		}
	}
	return is_ticket_refused(g, target) ? refuse(g, XFER_NO_TICKET) : TURN_NONE;
}

static bool has_credentials(const struct xfer_http_get *g)
{
	return g->ask.how && *or_empty(g->ask.how->credentials);
}

/* Proxies. */

static enum turn next_proxy(struct xfer_http_get *g)
{
	const struct xfer_http_how *how = g->ask.how;
	char host[300], server[XFER_PROXY_ROOM];

	if (!g->proxied || g->guard || !xfer_http_host(g->url, host, sizeof(host)) ||
	    xfer_proxy_pick(how->proxy_list, how->proxy_bypass, xfer_http_is_secure(g) ? "https" : "http", host,
	    g->proxy_at + 1, server) != XFER_PROXY_USE)
		return TURN_NONE;
	g->proxy_at++;
	return TURN_AGAIN;
}

/* A proxy does not let the request through to a server that speaks TLS. */
static enum turn on_connect_refused(struct xfer_http_get *g, long status)
{
	struct xfer_class why = xfer_class_of(XFER_PROXY_REFUSED), as = xfer_class_http((unsigned)status);
	enum turn turn = status == 407 && has_credentials(g) ? answer_challenge(g, PROXY) : TURN_NONE;
	char words[80];

	if (turn == TURN_AGAIN)
		return turn;
	why.hresult = as.hresult;
	why.transient = as.transient;
	if (status == 407)
		why.hint = as.hint;
	snprintf(words, sizeof(words), "it answered %ld%s%s", status, *as.text ? " " : "", as.text);
	xfer_http_doom(g, why, words);
	return TURN_DOOMED;
}

/* All of it. */

bool xfer_http_may_turn(struct xfer_http_get *g)
{
	free(g->elsewhere);
	g->elsewhere = NULL;
	if (is_redirect(g)) {
		g->elsewhere = xfer_http_resolve(g->url, g->head.location);
		if (!g->elsewhere)
			xfer_http_doom(g, xfer_class_of(XFER_BAD_ANSWER), "");
		return g->elsewhere && !(security(g) & XFER_REDIRECT_REFUSE);
	}
	return (g->head.status == 401 || g->head.status == 407) && has_credentials(g);
}

enum turn xfer_http_turn(struct xfer_http_get *g, CURLcode code)
{
	long connect = 0;

	if (g->doomed)
		return TURN_DOOMED;
	if (g->pending && g->elsewhere)
		return follow(g);
	if (g->pending)
		return answer_challenge(g, g->head.status == 401 ? SERVER : PROXY);
	curl_easy_getinfo(g->easy, CURLINFO_HTTP_CONNECTCODE, &connect);
	if (code && connect >= 300)
		return on_connect_refused(g, connect);
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_PROXY)
		return next_proxy(g);
	return TURN_NONE;
}
