/* SPDX-License-Identifier: MIT
 * agent/lib/lib_http.c: see lib_http.h.
 */
#include "agent/lib/lib_http.h"

#include <curl/curl.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS 10000L

struct lib_http {
	CURL *easy;
	struct curl_slist *headers;
	const char *where;		/* for messages; in target */
	struct lib_target target;
	char error[CURL_ERROR_SIZE];
	bool (*stop)(void *arg);
	void *arg;
};

static void init_once(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *reply = arg;

	buf_add(reply, bytes, size * n);
	return buf_bad(reply) ? 0 : size * n;
}

static int on_wait(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct lib_http *h = arg;

	(void)a, (void)b, (void)c, (void)d;
	return h->stop && h->stop(h->arg);
}

static bool add_header(struct lib_http *h, const char *line)
{
	struct curl_slist *more = curl_slist_append(h->headers, line);

	if (!more)
		return false;
	h->headers = more;
	return true;
}

static bool set_up(struct lib_http *h, const char *user, const char *password)
{
	CURL *c = h->easy;
	CURLcode bad = 0;

	bad |= curl_easy_setopt(c, CURLOPT_URL, h->target.url);
	bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(c, CURLOPT_PROXY, "");
	bad |= curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	bad |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
	bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_bytes);
	bad |= curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_wait);
	bad |= curl_easy_setopt(c, CURLOPT_XFERINFODATA, h);
	bad |= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->error);
	if (h->target.socket[0])
		bad |= curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, h->target.socket);
	if (!h->target.socket[0] && user) {
		bad |= curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		bad |= curl_easy_setopt(c, CURLOPT_USERNAME, user);
		bad |= curl_easy_setopt(c, CURLOPT_PASSWORD, password ? password : "");
	}
	lib_http_set_timeout_ms(h, 75000);
	return !bad;
}

struct lib_http *lib_http_new(const struct lib_target *target, const char *user, const char *password)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct lib_http *h = calloc(1, sizeof(*h));

	pthread_once(&once, init_once);
	if (!h)
		return NULL;
	h->target = *target;
	h->where = h->target.socket[0] ? h->target.socket : h->target.url;
	h->easy = curl_easy_init();
	/* No Expect: an agent on a unix socket has nothing to save by being asked first. */
	if (!h->easy || !add_header(h, "Content-Type: application/soap+xml;charset=UTF-8") ||
	    !add_header(h, "Expect:") || !set_up(h, user, password)) {
		lib_http_free(h);
		return NULL;
	}
	return h;
}

void lib_http_free(struct lib_http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->easy);
	curl_slist_free_all(h->headers);
	free(h);
}

void lib_http_set_timeout_ms(struct lib_http *h, uint32_t ms)
{
	curl_easy_setopt(h->easy, CURLOPT_TIMEOUT_MS, (long)ms);
}

void lib_http_set_interrupt(struct lib_http *h, bool (*stop)(void *arg), void *arg)
{
	h->stop = stop;
	h->arg = arg;
}

/* What libcurl says, as what it means to a caller. */
static const struct { CURLcode curl; dray_result code; const char *what; } meanings[] = {
	{ CURLE_COULDNT_CONNECT, DRAY_E_UNREACHABLE, "no agent answers at" },
	{ CURLE_COULDNT_RESOLVE_HOST, DRAY_E_UNREACHABLE, "no such host:" },
	{ CURLE_OPERATION_TIMEDOUT, DRAY_E_TIMEOUT, "no answer in time from" },
	{ CURLE_ABORTED_BY_CALLBACK, DRAY_E_INTERRUPTED, "stopped waiting for" },
	{ CURLE_WRITE_ERROR, DRAY_E_TOO_BIG, "too large an answer from" },
	{ CURLE_OUT_OF_MEMORY, DRAY_E_NO_MEMORY, "out of memory talking to" },
	{ CURLE_PEER_FAILED_VERIFICATION, DRAY_E_TLS, "the certificate is not trusted:" },
	{ CURLE_SSL_CONNECT_ERROR, DRAY_E_TLS, "no encrypted connection with" },
	{ CURLE_SEND_ERROR, DRAY_E_LOST, "the connection broke:" },
	{ CURLE_RECV_ERROR, DRAY_E_LOST, "the connection broke:" },
	{ CURLE_PARTIAL_FILE, DRAY_E_LOST, "the connection broke:" },
	{ CURLE_GOT_NOTHING, DRAY_E_LOST, "the connection was closed without an answer:" },
};

static dray_result failed(struct lib_http *h, CURLcode rc, struct dray_error *e)
{
	dray_result code = DRAY_E_BAD_REPLY;
	const char *what = "not an answer of an agent:", *why;
	long connect_errno = 0;

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].curl == rc) {
			code = meanings[i].code;
			what = meanings[i].what;
		}
	curl_easy_getinfo(h->easy, CURLINFO_OS_ERRNO, &connect_errno);
	if (rc == CURLE_COULDNT_CONNECT && connect_errno == EACCES)
		return lib_error(e, DRAY_E_ACCESS_DENIED, "you may not connect to %s", h->where);
	why = rc == CURLE_COULDNT_CONNECT && connect_errno ? strerror((int)connect_errno) : h->error;
	return lib_error(e, code, "%s %s%s%s%s", what, h->where, why[0] ? " (" : "", why, why[0] ? ")" : "");
}

dray_result lib_http_post(struct lib_http *h, const struct buf *body, struct buf *reply, long *ret_status,
    struct dray_error *e)
{
	CURLcode rc;

	h->error[0] = '\0';
	curl_easy_setopt(h->easy, CURLOPT_POSTFIELDS, buf_text(body));
	curl_easy_setopt(h->easy, CURLOPT_POSTFIELDSIZE, (long)body->len);
	curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, reply);
	rc = curl_easy_perform(h->easy);
	if (rc)
		return failed(h, rc, e);
	curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, ret_status);
	return DRAY_OK;
}
