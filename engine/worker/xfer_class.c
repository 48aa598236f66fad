/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_class.c: see xfer_class.h.
 */
#include "engine/worker/xfer_class.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/auto.h"

#define TRANSIENT true
#define FATAL false

static const struct xfer_class causes[XFER_CAUSE__COUNT] = {
#define REFUSAL(name, hresult, context, class, text, hint) { hresult, context, class, true, text, hint },
#define CURL(name, hresult, context, class, detail, text, hint) { hresult, context, class, detail, text, hint },
#include "schemas/transfer.def"
#undef REFUSAL
#undef CURL
};

static const struct { long verify; uint32_t hresult; const char *text; } trusts[] = {
#define TRUST(verify, hresult, text) { verify, hresult, text },
#include "schemas/transfer.def"
#undef TRUST
};

static const struct { unsigned lo, hi; bool transient; const char *hint; } statuses[] = {
#define HTTP(lo, hi, class, hint) { lo, hi, class, hint },
#include "schemas/transfer.def"
#undef HTTP
};

static const struct { unsigned status; const char *text; } reasons[] = {
#define REASON(status, text) { status, text },
#include "schemas/transfer.def"
#undef REASON
};

static const struct { int error; uint32_t hresult; bool transient; const char *text; } errnos[] = {
#define ERRNO(error, hresult, class, text) { error, hresult, class, text },
#include "schemas/transfer.def"
#undef ERRNO
};

struct xfer_class xfer_class_of(enum xfer_cause cause)
{
	return causes[cause < XFER_CAUSE__COUNT ? cause : XFER_UNKNOWN];
}

struct xfer_class xfer_class_trust(long verify)
{
	struct xfer_class c = causes[XFER_CURL_PEER_FAILED_VERIFICATION];

	for (size_t i = 0; i < COUNT(trusts); i++)
		if (trusts[i].verify == verify) {
			c.hresult = trusts[i].hresult;
			c.text = trusts[i].text;
			c.detail = false;
			c.hint = "";
		}
	return c;
}

struct xfer_class xfer_class_http(unsigned status)
{
	struct xfer_class c = { .hresult = 0x80190000u | (status & 0xffff), .context = 5, .transient = true,
		.text = "", .hint = "" };

	for (size_t i = 0; i < COUNT(statuses); i++)
		if (status >= statuses[i].lo && status <= statuses[i].hi) {
			c.transient = statuses[i].transient;
			c.hint = statuses[i].hint;
			break;
		}
	for (size_t i = 0; i < COUNT(reasons); i++)
		if (reasons[i].status == status)
			c.text = reasons[i].text;
	return c;
}

struct xfer_class xfer_class_errno(int error)
{
	for (size_t i = 0; i < COUNT(errnos); i++)
		if (errnos[i].error == error)
			return (struct xfer_class){ errnos[i].hresult, 4, errnos[i].transient, true,
			    errnos[i].text, "" };
	return (struct xfer_class){ 0x8007001D, 4, true, true, "the system refused to write the file", "" };
}

const char *xfer_class_url(const char *url, char out[XFER_URL_ROOM])
{
	const char *host = strstr(url, "://"), *end, *at;
	size_t scheme;

	host = host ? host + 3 : url;
	scheme = (size_t)(host - url);
	end = host + strcspn(host, "/?#\\");
	for (at = end; at > host && at[-1] != '@'; at--)
		;
	if (scheme > 16)		/* not a URL; say nothing of it that might be a secret */
		scheme = 0;
	end = host + strcspn(host, "?#");
	if (at > host && at[-1] == '@')
		host = at;
	snprintf(out, XFER_URL_ROOM, "%.*s%.*s", (int)scheme, url, (int)(end - host < 200 ? end - host : 200),
	    host);
	return out;
}

static const char *what_now(const struct xfer_class *c)
{
	return c->transient ? "dray will try again by itself." :
	    "dray does not try again by itself; resume the job when the cause is gone.";
}

const char *xfer_class_say(const struct xfer_class *c, unsigned status, const char *url, const char *detail,
    char out[XFER_SAY_ROOM])
{
	char shown[XFER_URL_ROOM];
	bool more = c->detail && detail && *detail;
	int n;

	xfer_class_url(url, shown);
	if (status)
		n = snprintf(out, XFER_SAY_ROOM, "The server answered %u%s%s for %s.", status,
		    *c->text ? " " : "", c->text, shown);
	else if (!*c->text)
		n = snprintf(out, XFER_SAY_ROOM, "%s", detail);
	else
		n = snprintf(out, XFER_SAY_ROOM, "Fetching %s failed: %s%s%.120s%s.", shown, c->text,
		    more ? " (" : "", more ? detail : "", more ? ")" : "");
	if (n > 0 && n < XFER_SAY_ROOM)
		snprintf(out + n, (size_t)(XFER_SAY_ROOM - n), "%s%s %s", *c->hint ? " " : "", c->hint,
		    what_now(c));
	return out;
}
