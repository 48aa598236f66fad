/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_class.c: what a failure means, row by row, and that it is told without secrets.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/worker/xfer_class.h"

#define FATAL false
#define TRANSIENT true

/* The BITS rule for HTTP answers, written down once more from the other end. */
static bool is_transient(unsigned s)
{
	if (s >= 300 && s < 400)
		return s == 306 || s > 307;
	if (s >= 400 && s < 500)
		return s == 408 || s == 409 || s == 425 || s == 429;
	if (s >= 500 && s < 600)
		return s != 501 && s != 505;
	return true;
}

START_TEST(each_http_status_has_its_class_and_code)
{
	for (unsigned s = 100; s < 1000; s++) {
		struct xfer_class c = xfer_class_http(s);

		ck_assert_msg(c.transient == is_transient(s), "%u", s);
		ck_assert_uint_eq(c.hresult, 0x80190000u + s);
		ck_assert_uint_eq(c.context, 5);
	}
	ck_assert_str_eq(xfer_class_http(404).text, "Not Found");
	ck_assert_str_eq(xfer_class_http(599).text, "");
}
END_TEST

static const struct { enum xfer_cause cause; uint32_t hresult; unsigned context; bool transient; } causes[] = {
	{ XFER_CURL_OPERATION_TIMEDOUT, 0x80072EE2, 5, TRANSIENT },
	{ XFER_CURL_COULDNT_RESOLVE_HOST, 0x80072EE7, 5, TRANSIENT },
	{ XFER_CURL_COULDNT_RESOLVE_PROXY, 0x80072EE7, 5, TRANSIENT },
	{ XFER_CURL_COULDNT_CONNECT, 0x80072EFD, 5, TRANSIENT },
	{ XFER_CURL_SEND_ERROR, 0x80072EFE, 5, TRANSIENT },
	{ XFER_CURL_RECV_ERROR, 0x80072EFE, 5, TRANSIENT },
	{ XFER_CURL_GOT_NOTHING, 0x80072EFE, 5, TRANSIENT },
	{ XFER_CURL_PARTIAL_FILE, 0x80072EFE, 5, TRANSIENT },
	{ XFER_CURL_URL_MALFORMAT, 0x80072EE5, 5, FATAL },
	{ XFER_CURL_UNSUPPORTED_PROTOCOL, 0x80072EE6, 5, FATAL },
	{ XFER_CURL_LOGIN_DENIED, 0x80072EEF, 5, FATAL },
	{ XFER_CURL_TOO_MANY_REDIRECTS, 0x80072F7C, 5, FATAL },
	{ XFER_CURL_WEIRD_SERVER_REPLY, 0x80072F78, 5, FATAL },
	{ XFER_CURL_HTTP2, 0x80072F78, 5, TRANSIENT },
	{ XFER_CURL_HTTP2_STREAM, 0x80072F78, 5, TRANSIENT },
	{ XFER_CURL_BAD_CONTENT_ENCODING, 0x8020001B, 5, FATAL },
	{ XFER_CURL_RANGE_ERROR, 0x80200013, 5, FATAL },
	{ XFER_CURL_SSL_CONNECT_ERROR, 0x80072F7D, 5, TRANSIENT },
	{ XFER_CURL_PEER_FAILED_VERIFICATION, 0x80072F0D, 5, FATAL },
	{ XFER_CURL_SSL_ISSUER_ERROR, 0x80072F0D, 5, FATAL },
	{ XFER_CURL_SSL_INVALIDCERTSTATUS, 0x80072F8A, 5, FATAL },
	{ XFER_CURL_SSL_CERTPROBLEM, 0x80072F99, 5, FATAL },
	{ XFER_CURL_SSL_CLIENTCERT, 0x80072F0C, 5, FATAL },
	{ XFER_CURL_SSL_CACERT_BADFILE, 0x80072F0D, 5, FATAL },
	{ XFER_CURL_SSL_CRL_BADFILE, 0x80072F19, 5, FATAL },
	{ XFER_CURL_SSL_ENGINE_INITFAILED, 0x80072F7D, 5, TRANSIENT },
	{ XFER_CURL_OUT_OF_MEMORY, 0x8007000E, 2, TRANSIENT },
	{ XFER_CURL_FAILED_INIT, 0x80004005, 2, TRANSIENT },
	{ XFER_UNKNOWN, 0x80004005, 6, TRANSIENT },
	{ XFER_BAD_URL, 0x80072EE5, 5, FATAL },
	{ XFER_BAD_SCHEME, 0x80072EE6, 5, FATAL },
	{ XFER_FORBIDDEN_ADDRESS, 0x80070005, 5, FATAL },
	{ XFER_NO_SIZE, 0x80200011, 5, FATAL },
	{ XFER_BAD_ANSWER, 0x8020001B, 5, FATAL },
	{ XFER_LARGE_HEAD, 0x8020001B, 5, FATAL },
	{ XFER_EXTRA_BYTES, 0x8020001B, 5, FATAL },
	{ XFER_LOCKED, 0x80070020, 4, TRANSIENT },
	{ XFER_NO_ROOM, 0x80070070, 4, TRANSIENT },
	{ XFER_BAD_ORDER, 0x80070057, 4, FATAL },
	{ XFER_NO_NETWORK, 0x80200010, 6, TRANSIENT },
	{ XFER_CURL_PROXY, 0x80072EFD, 5, TRANSIENT },
	{ XFER_NO_RANGES, 0x80200013, 5, FATAL },
	{ XFER_BAD_RANGE, 0x8020002B, 5, FATAL },
	{ XFER_TOO_LARGE, 0x80200064, 5, FATAL },
	{ XFER_CHANGING, 0x80200073, 5, TRANSIENT },
	{ XFER_BAD_PROXY_LIST, 0x8020003F, 6, FATAL },
	{ XFER_NO_PROXY, 0x80072EFD, 5, TRANSIENT },
	{ XFER_PROXY_REFUSED, 0x80190193, 5, FATAL },
	{ XFER_NO_COMMON_TLS, 0x80072F7D, 5, FATAL },
	{ XFER_NO_CERT, 0x80092004, 5, FATAL },
	{ XFER_NO_KEY, 0x80072F99, 5, FATAL },
	{ XFER_NO_PKCS11, 0x80072F99, 5, FATAL },
	{ XFER_NO_TICKET, 0x80190191, 5, FATAL },
	{ XFER_NO_TOKEN, 0x80092004, 5, FATAL },
};

START_TEST(each_cause_has_its_class_code_and_context)
{
	struct xfer_class c = xfer_class_of(causes[_i].cause);

	ck_assert_uint_eq(c.hresult, causes[_i].hresult);
	ck_assert_uint_eq(c.context, causes[_i].context);
	ck_assert_msg(c.transient == causes[_i].transient, "%s", c.text);
	ck_assert_uint_gt(strlen(c.text), 5);
}
END_TEST

START_TEST(no_cause_is_missing_in_this_test)
{
	ck_assert_uint_eq(COUNT(causes), XFER_CAUSE__COUNT);
	ck_assert_uint_eq(xfer_class_of(XFER_CAUSE__COUNT).hresult, 0x80004005);
}
END_TEST

static const struct { int error; uint32_t hresult; bool transient; } errnos[] = {
	{ ENOSPC, 0x80070070, TRANSIENT }, { EDQUOT, 0x80070070, TRANSIENT }, { EFBIG, 0x800700DF, FATAL },
	{ EACCES, 0x80070005, FATAL }, { EPERM, 0x80070005, FATAL }, { EROFS, 0x80070005, FATAL },
	{ ENOENT, 0x80070003, FATAL }, { ENOTDIR, 0x80070003, FATAL }, { ELOOP, 0x80070003, FATAL },
	{ EISDIR, 0x80070005, FATAL }, { EEXIST, 0x80070020, TRANSIENT }, { ENAMETOOLONG, 0x8007006F, FATAL },
	{ EBUSY, 0x80070020, TRANSIENT }, { ETXTBSY, 0x80070020, TRANSIENT }, { EIO, 0x8007001D, TRANSIENT },
	{ ENODEV, 0x8020000E, TRANSIENT }, { ENXIO, 0x8020000E, TRANSIENT }, { ESTALE, 0x8020000E, TRANSIENT },
	{ ENOTCONN, 0x8020000E, TRANSIENT }, { EMFILE, 0x80070004, TRANSIENT },
	{ ENFILE, 0x80070004, TRANSIENT },
	{ ENOMEM, 0x8007000E, TRANSIENT }, { EINVAL, 0x80070057, FATAL },
	{ 9999, 0x8007001D, TRANSIENT },		/* no row */
};

START_TEST(each_errno_has_its_class_and_is_the_local_files_fault)
{
	struct xfer_class c = xfer_class_errno(errnos[_i].error);

	ck_assert_uint_eq(c.hresult, errnos[_i].hresult);
	ck_assert_uint_eq(c.context, 4);
	ck_assert_msg(c.transient == errnos[_i].transient, "%s", c.text);
}
END_TEST

static const struct { long verify; uint32_t hresult; } trusts[] = {
	{ 0, 0x80072F06 }, { 1, 0x80072F06 }, { 3, 0x80072F19 }, { 9, 0x80072F05 }, { 10, 0x80072F05 },
	{ 12, 0x80072F19 },
	{ 18, 0x80072F0D }, { 19, 0x80072F0D }, { 20, 0x80072F0D }, { 23, 0x80072F8A }, { 26, 0x80072F93 },
	{ 62, 0x80072F06 }, { 64, 0x80072F06 },
};

START_TEST(each_fault_of_a_certificate_has_its_code_and_is_fatal)
{
	struct xfer_class c = xfer_class_trust(trusts[_i].verify);

	ck_assert_uint_eq(c.hresult, trusts[_i].hresult);
	ck_assert(!c.transient);
}
END_TEST

static const struct { const char *url, *shown; } urls[] = {
	{ "http://host/path/file", "http://host/path/file" },
	{ "https://host:8443/a", "https://host:8443/a" },
	{ "http://user:secret@host/a", "http://host/a" },
	{ "http://user@host/a", "http://host/a" },
	{ "http://a@b:c@host/a", "http://host/a" },
	{ "http://host/se/cret@host/a", "http://host/se/cret@host/a" },	/* only before the path it is a name */
	{ "http://host/a?token=secret", "http://host/a" },
	{ "http://user:secret@host?token=secret#x", "http://host" },
	{ "http://host/a#fragment", "http://host/a" },
	{ "http://host/a@b", "http://host/a@b" },
	{ "http://u:p@[::1]:80/a", "http://[::1]:80/a" },
	{ "http://user:secret@host\\x", "http://host\\x" },
	{ "user:secret@host/a", "host/a" },
	{ "", "" },
};

START_TEST(a_shown_url_has_no_secret)
{
	char out[XFER_URL_ROOM];

	ck_assert_str_eq(xfer_class_url(urls[_i].url, out), urls[_i].shown);
}
END_TEST

START_TEST(sentences_name_the_host_the_cause_and_what_happens_next)
{
	struct xfer_class c = xfer_class_http(404);
	char out[XFER_SAY_ROOM], url[9000] = "http://u:p@host/";

	xfer_class_say(&c, 404, "http://u:p@host/a", "", out);
	ck_assert_str_eq(out, "The server answered 404 Not Found for http://host/a. Correct the URL. dray "
	    "does not try again by itself; resume the job when the cause is gone.");
	c = xfer_class_http(503);
	xfer_class_say(&c, 503, "http://host/a", "", out);
	ck_assert_str_eq(out, "The server answered 503 Service Unavailable for http://host/a. dray will try "
	    "again by itself.");
	c = xfer_class_of(XFER_CURL_COULDNT_CONNECT);
	xfer_class_say(&c, 0, "http://host:81/a", "Connection refused", out);
	ck_assert_ptr_eq(strstr(out, "Fetching http://host:81/a failed: no connection to the server "
	    "(Connection refused)."),
	    out);
	c = xfer_class_of(XFER_CURL_GOT_NOTHING);
	xfer_class_say(&c, 0, "http://host/a", "not for people", out);
	ck_assert_ptr_null(strstr(out, "not for people"));
	memset(url + 16, 'x', 8900);
	for (int cause = 0; cause < XFER_CAUSE__COUNT; cause++) {
		c = xfer_class_of((enum xfer_cause)cause);
		xfer_class_say(&c, 0, url, url, out);
		ck_assert_uint_lt(strlen(out), XFER_SAY_ROOM - 1);	/* nothing is cut off */
		ck_assert(out[strlen(out) - 1] == '.');
		ck_assert_ptr_nonnull(strstr(out, "http://host/"));
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_class");
	TCase *t = tcase_create("class");

	tcase_add_test(t, each_http_status_has_its_class_and_code);
	tcase_add_loop_test(t, each_cause_has_its_class_code_and_context, 0, COUNT(causes));
	tcase_add_test(t, no_cause_is_missing_in_this_test);
	tcase_add_loop_test(t, each_errno_has_its_class_and_is_the_local_files_fault, 0, COUNT(errnos));
	tcase_add_loop_test(t, each_fault_of_a_certificate_has_its_code_and_is_fatal, 0, COUNT(trusts));
	tcase_add_loop_test(t, a_shown_url_has_no_secret, 0, COUNT(urls));
	tcase_add_test(t, sentences_name_the_host_the_cause_and_what_happens_next);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_set_fork_status(r, CK_NOFORK);	/* pure */
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
