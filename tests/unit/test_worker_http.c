/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_http.c: the door to libcurl by itself: silence is bounded, certificates are
 * checked, a cancelled request is gone. Time limits are seconds here, minutes in the worker.
 */
#include <check.h>
#include <fcntl.h>

#include "engine/base/loop.h"
#include "engine/base/now.h"
#include "engine/worker/xfer_http.h"
#include "tests/peer/faults.h"
#include "tests/peer/origin.h"
#include "tests/peer/box.h"

static struct loop *loop;
static struct xfer_http *http;
static struct faults peer;

static struct {
	int answers, ends;
	uint64_t bytes;
	struct xfer_http_end end;
	char detail[200];
	bool refuse_answer, refuse_bytes;
} seen;

static void start_peer(void)
{
	ck_assert(faults_start(&peer));
}

static void stop_peer(void)
{
	faults_stop(&peer);
}

static void set_up(void)
{
	struct xfer_http_limits limits = { .connect_s = 1, .silent_s = 2 };

	memset(&seen, 0, sizeof(seen));
	loop = loop_new();
	ck_assert_ptr_nonnull(loop);
	http = xfer_http_new(loop, &limits);
	ck_assert_ptr_nonnull(http);
}

static void tear_down(void)
{
	xfer_http_free(http);
	loop_free(loop);
}

static bool on_answer(void *arg, const struct xfer_http_answer *answer)
{
	(void)arg;
	(void)answer;
	seen.answers++;
	return !seen.refuse_answer;
}

static bool on_bytes(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	seen.bytes += len;
	return !seen.refuse_bytes;
}

static void on_end(void *arg, const struct xfer_http_end *end)
{
	(void)arg;
	seen.ends++;
	seen.end = *end;
	snprintf(seen.detail, sizeof(seen.detail), "%s", end->detail ? end->detail : "");
	loop_stop(loop);
}

static const struct xfer_http_ops ops = { on_answer, on_bytes, on_end };

static struct xfer_http_get *ask(const char *url)
{
	struct xfer_http_ask a = { .url = url, .loopback = true,
		.plan = { .want = PLAN_WANT_ALL, .if_range = "" } };
	struct xfer_http_get *get = xfer_http_get(http, &a, &ops, NULL);

	ck_assert_ptr_nonnull(get);
	return get;
}

static void fetch(const char *name)
{
	char url[100];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", peer.port, name);
	ask(url);
	loop_run(loop);
	ck_assert_int_eq(seen.ends, 1);
}

static const struct { const char *name; int answers; unsigned within_ms; } silences[] = {
	/* The library judges by the mean of five seconds. */
	{ "/silent", 0, 12000 }, { "/silent_midway", 1, 12000 }, { "/dribble_head", 0, 12000 }, { "/drip", 1, 14000 },
};

START_TEST(n10_silence_is_bounded)
{
	uint64_t since = now_ms();

	fetch(silences[_i].name);
	ck_assert(!seen.end.ok && !seen.end.stopped);
	ck_assert_uint_eq(seen.end.why.hresult, 0x80072EE2);
	ck_assert(seen.end.why.transient);
	ck_assert_int_eq(seen.answers, silences[_i].answers);
	ck_assert_uint_lt(now_ms() - since, silences[_i].within_ms);
	ck_assert_uint_ge(now_ms() - since, 1500);
}
END_TEST

START_TEST(a_good_request_ends_well)
{
	fetch("/good");
	ck_assert(seen.end.ok);
	ck_assert_int_eq(seen.answers, 1);
	ck_assert_uint_eq(seen.bytes, 3 * 1024 * 1024 + 11);
}
END_TEST

START_TEST(a_refused_head_or_body_stops_the_request)
{
	seen.refuse_answer = true;
	fetch("/good");
	ck_assert(seen.end.stopped && !seen.end.ok);
	ck_assert_uint_eq(seen.bytes, 0);
	memset(&seen, 0, sizeof(seen));
	seen.refuse_bytes = true;
	fetch("/good");
	ck_assert(seen.end.stopped && !seen.end.ok);
	ck_assert_uint_gt(seen.bytes, 0);
}
END_TEST

static void on_timer(void *arg)
{
	xfer_http_cancel(arg);
	loop_stop(loop);
}

START_TEST(a_cancelled_request_says_nothing_more)
{
	char url[100];
	struct loop_timer *timer;

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/silent_midway", peer.port);
	timer = loop_timer_new(loop, on_timer, ask(url));
	loop_timer_set(timer, 300);
	loop_run(loop);
	ck_assert_int_eq(seen.answers, 1);
	ck_assert_int_eq(seen.ends, 0);
	loop_timer_free(timer);
}
END_TEST

START_TEST(requests_still_running_go_with_the_door)
{
	char url[100];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/silent", peer.port);
	for (int i = 0; i < 5; i++)
		ask(url);		/* freed by tear_down() */
	ck_assert_int_eq(seen.ends, 0);
}
END_TEST

/* A server that speaks TLS with a certificate of its own for "localhost". */

static char box[BOX_ROOM], certificate[100];
static struct origin secure;

static void start_secure(void)
{
	char cmd[600];

	box_make(box, sizeof(box), "http");
	snprintf(certificate, sizeof(certificate), "%s/cert", box);
	snprintf(cmd, sizeof(cmd), "cd %s && mkdir www && echo hello >www/a && openssl req -x509 -newkey ec "
	    "-pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
	    "-keyout key -out cert 2>/dev/null", box);
	ck_assert_int_eq(system(cmd), 0);
	memset(&secure, 0, sizeof(secure));
	strcpy(secure.dir, box);
	snprintf(secure.extra, sizeof(secure.extra), "ssl_certificate %s/cert; ssl_certificate_key %s/key; "
	    "location /down { return 302 http://127.0.0.1:%d/good; } location /up { return 302 /a; }", box, box,
	    peer.port);
	secure.listen = "ssl";
	secure.port = origin_free_port();
	ck_assert(origin_start(&secure));
}

static void fetch_secure(const char *host, const char *name, const char *ca_file)
{
	struct xfer_http_limits limits = { .connect_s = 5, .silent_s = 5, .ca_file = ca_file };
	char url[100];

	start_secure();
	xfer_http_free(http);
	http = xfer_http_new(loop, &limits);
	ck_assert_ptr_nonnull(http);
	snprintf(url, sizeof(url), "https://%s:%d%s", host, secure.port, name);
	ask(url);
	loop_run(loop);
	origin_stop(&secure);
	box_remove(box);
}

START_TEST(a_trusted_certificate_is_good)
{
	fetch_secure("localhost", "/up", certificate);
	ck_assert_msg(seen.end.ok, "%s", seen.detail);
	ck_assert_uint_eq(seen.bytes, 6);
}
END_TEST

START_TEST(a_certificate_nobody_vouches_for_is_fatal)
{
	fetch_secure("localhost", "/a", NULL);
	ck_assert_int_eq(seen.answers, 0);
	ck_assert_uint_eq(seen.end.why.hresult, 0x80072F0D);
	ck_assert(!seen.end.why.transient);
}
END_TEST

START_TEST(a_certificate_for_another_name_is_fatal)
{
	fetch_secure("127.0.0.1", "/a", certificate);
	ck_assert_int_eq(seen.answers, 0);
	ck_assert_uint_eq(seen.end.why.hresult, 0x80072F06);
	ck_assert(!seen.end.why.transient);
}
END_TEST

START_TEST(a_secure_server_may_not_lead_to_an_insecure_one)
{
	fetch_secure("localhost", "/down", certificate);
	ck_assert_int_eq(seen.answers, 0);
	ck_assert_uint_eq(seen.end.why.hresult, 0x80072EE6);
	ck_assert(!seen.end.why.transient);
}
END_TEST

START_TEST(other_schemes_are_refused_by_the_door_itself)
{
	static const char *const urls[] = { "file:///etc/hostname", "ftp://127.0.0.1/a", "gopher://127.0.0.1/a",
		"dict://127.0.0.1/a" };

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		memset(&seen, 0, sizeof(seen));
		ask(urls[i]);
		loop_run(loop);
		ck_assert_int_eq(seen.ends, 1);
		ck_assert(!seen.end.ok && !seen.bytes);
		ck_assert_uint_eq(seen.end.why.hresult, 0x80072EE6);
	}
}
END_TEST

START_TEST(dates_of_http_are_read)
{
	ck_assert_int_eq(xfer_http_date("Sun, 09 Sep 2001 01:46:40 GMT"), 1000000000);
	ck_assert_int_eq(xfer_http_date("Sunday, 09-Sep-01 01:46:40 GMT"), 1000000000);
	ck_assert_int_eq(xfer_http_date("yesterday, perhaps"), -1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_http");
	TCase *t = tcase_create("http");

	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start_peer, stop_peer);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, n10_silence_is_bounded, 0, sizeof(silences) / sizeof(silences[0]));
	tcase_add_test(t, a_good_request_ends_well);
	tcase_add_test(t, a_refused_head_or_body_stops_the_request);
	tcase_add_test(t, a_cancelled_request_says_nothing_more);
	tcase_add_test(t, requests_still_running_go_with_the_door);
	tcase_add_test(t, a_trusted_certificate_is_good);
	tcase_add_test(t, a_certificate_nobody_vouches_for_is_fatal);
	tcase_add_test(t, a_certificate_for_another_name_is_fatal);
	tcase_add_test(t, a_secure_server_may_not_lead_to_an_insecure_one);
	tcase_add_test(t, other_schemes_are_refused_by_the_door_itself);
	tcase_add_test(t, dates_of_http_are_read);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
