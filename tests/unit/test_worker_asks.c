/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_asks.c: everything a job may ask of its requests: credentials, proxies, headers, methods,
 * ranges, files written in place or with gaps, limits. The origin is tests/peer/faults.py, which is a proxy, too.
 */
#include "tests/peer/orders.h"

#define MINE "\tme\tpass word\n"

/* Credentials (N-07, N-30). */

static const struct { const char *name, *creds; uint32_t hresult; } logins[] = {
	{ "/basic", "1\t1" MINE, 0 }, { "/digest", "1\t2" MINE, 0 }, { "/ntlm", "1\t3" MINE, 0 },
	{ "/ntlm", "1\t4" MINE, 0 },		/* Negotiate with a name is NTLM */
	{ "/any", "1\t1" MINE "1\t2\tother\tx\n", 0 },	/* the stronger one fails, then the other is tried */
	{ "/any", "1\t2" MINE "1\t1\tother\tx\n", 0 },
	{ "/basic", "1\t1\tme\twrong\n", 0x80190191 }, { "/digest", "1\t2\tme\twrong\n", 0x80190191 },
	{ "/digest", "1\t1" MINE, 0x80190191 }, { "/basic", "2\t1" MINE, 0x80190191 },
	{ "/basic", "", 0x80190191 }, { "/negotiate", "1\t1" MINE "1\t2" MINE, 0x80190191 },
	{ "/negotiate", "1\t4\t-\n", 0x80190191 },	/* nobody is logged on here */
	{ "/long_challenge", "1\t2" MINE, 0x80190191 },
	{ "/elsewhere_basic", "1\t1" MINE, 0x80190191 },	/* not for another server */
};

START_TEST(n07_challenges_are_answered_with_the_right_slot_or_fail_for_good)
{
	struct proto_start order = order_of(logins[_i].name);

	order.credentials = logins[_i].creds;
	run(order);
	if (logins[_i].hresult)
		assert_failed(logins[_i].hresult, false);
	else
		assert_is(1, SIZE);
}
END_TEST

START_TEST(n30_credentials_are_sent_after_a_challenge_only)
{
	struct proto_start order = order_of("/secrets");

	order.credentials = "1\t1" MINE "2\t1" MINE;
	run(order);
	assert_done();
	ck_assert_str_eq(text_of(temp), "none\n");
}
END_TEST

START_TEST(secret_headers_stay_with_the_server_the_job_named)
{
	struct proto_start order = order_of("/here");

	order.headers = "Authorization: Bearer t\r\nCookie: c=1\r\nX-Mine: m\r\n";
	run(order);
	assert_done();
	ck_assert_str_eq(text_of(temp), "authorization: Bearer t\ncookie: c=1\nx-mine: m\n");
	order = order_of("/elsewhere");
	order.headers = "Authorization: Bearer t\r\nCookie: c=1\r\nX-Mine: m\r\n";
	run(order);
	assert_done();
	ck_assert_str_eq(text_of(temp), "x-mine: m\n");
}
END_TEST

/* Proxies (N-25). */

/* The text with the origin's port in the place of "PORT". */
static const char *at_peer(const char *text)
{
	static char list[100];
	const char *at = strstr(text, "PORT");

	if (!at)
		return text;
	snprintf(list, sizeof(list), "%.*s%d%s", (int)(at - text), text, peer.port, at + 4);
	return list;
}

static const struct { const char *url, *list, *bypass, *creds; uint32_t hresult; bool transient; } proxies[] = {
	{ "http://x.test/good?p1", "127.0.0.1:PORT", "", "", 0, false },
	{ "http://x.test/good?p2", "http=http://127.0.0.1:PORT https=127.0.0.1:1", "", "", 0, false },
	{ "http://x.test/good?p3", "127.0.0.1:1 127.0.0.1:PORT", "", "", 0, false },	/* the first is not there */
	{ "http://x.test/good?p4", "127.0.0.1:1", "", "", 0x80072EFD, true },
	{ "http://x.test/good?p5", "127.0.0.1:PORT", "*.test", "", 0x80072EE7, true },	/* directly: no such name */
	{ "http://x.test/proxy_basic?1", "127.0.0.1:PORT", "", "2\t1" MINE, 0, false },
	{ "http://x.test/proxy_digest?1", "127.0.0.1:PORT", "", "2\t2" MINE, 0, false },
	{ "http://x.test/proxy_basic?2", "127.0.0.1:PORT", "", "1\t1" MINE, 0x80190197, false },
	{ "http://x.test/proxy_negotiate?1", "127.0.0.1:PORT", "", "2\t1" MINE, 0x80190197, false },
	{ "https://refuse.test/", "127.0.0.1:PORT", "", "", 0x80190193, false },
	{ "https://busy.test/", "127.0.0.1:PORT", "", "", 0x801901F7, true },
	{ "https://die.test/", "127.0.0.1:PORT", "", "", 0x80072EFE, true },
	{ "https://auth.test/", "127.0.0.1:PORT", "", "", 0x80190197, false },
	{ "https://auth.test/", "127.0.0.1:PORT", "", "2\t1\tme\twrong\n", 0x80190197, false },
	{ "https://auth.test/", "127.0.0.1:PORT", "", "2\t1" MINE, 0x801901A2, false },	/* known there, refused later */
	{ "http://x.test/good?p6", "127.0.0.1:PORT", "a*b", "", 0x8020003F, false },
	{ "http://x.test/good?p7", "ftp=127.0.0.1:PORT", "", "", 0x8020003F, false },
	{ "http://x.test/good?p8", "", "", "", 0x8020003F, false },
	{ "http://x.test/nothing?p", "127.0.0.1:PORT", "", "", 0x80072EFE, true },
	{ "http://x.test/silent_midway_is_elsewhere", "127.0.0.1:PORT", "", "", 0x80190194, false },
};

START_TEST(n25_proxies_help_or_are_blamed)
{
	struct proto_start order = order_of("/good");

	order.url = proxies[_i].url;
	order.proxy_usage = 2;
	order.proxy_list = at_peer(proxies[_i].list);
	order.proxy_bypass = proxies[_i].bypass;
	order.credentials = proxies[_i].creds;
	run(order);
	if (proxies[_i].hresult)
		assert_failed(proxies[_i].hresult, proxies[_i].transient);
	else
		assert_is(1, SIZE);
}
END_TEST

START_TEST(n25_the_systems_proxy_is_the_environments)
{
	struct proto_start order = order_of("/good");

	setenv("http_proxy", at_peer("http://127.0.0.1:PORT"), 1);
	setenv("no_proxy", "y.test", 1);
	ck_assert_int_eq(rig_end(&rig), 0);
	rig_start(&rig);
	unsetenv("http_proxy");
	unsetenv("no_proxy");
	order.url = "http://x.test/good?e1";
	order.proxy_usage = 0;
	run(order);
	assert_is(1, SIZE);
	order.url = "http://y.test/good?e2";
	run(order);
	assert_failed(0x80072EE7, true);
	order.proxy_usage = 3;			/* nothing is detected */
	order.url = "http://x.test/good?e3";
	run(order);
	assert_failed(0x80072EE7, true);
}
END_TEST

static const char *const own_names[] = { "127.0.0.1", "localhost", "a.localhost", "LOCALHOST.", "0x7f.1", "2130706433",
	"[::1]", "[::ffff:127.0.0.1]", "169.254.1.1" };

START_TEST(callers_from_afar_do_not_reach_this_machine_through_a_proxy)
{
	struct proto_start order = order_of("/good");
	char url[100];

	order.loopback = 0;
	order.proxy_usage = 2;
	order.proxy_list = at_peer("127.0.0.1:PORT");
	order.url = "http://x.test/good?afar";
	run(order);			/* the proxy itself is judged */
	assert_failed(0x80070005, false);
	order.proxy_list = "192.0.2.1:80";
	for (size_t i = 0; i < COUNT(own_names); i++) {
		snprintf(url, sizeof(url), "http://%s/good", own_names[i]);
		order.url = url;
		run(order);		/* what a proxy would resolve for us, too */
		assert_failed(0x80070005, false);
	}
	assert_no_file();
}
END_TEST

/* Methods, headers, content without a size. */

START_TEST(a_method_and_headers_of_the_job_are_sent)
{
	struct proto_start order = order_of("/method");

	order.method = "PROPFIND";
	order.headers = "X-Mine: a b\r\nRange: bytes=0-1\r\nX-Empty:\r\n";
	run(order);
	assert_done();
	ck_assert_str_eq(text_of(temp), "PROPFIND a b");
	ck_assert_ptr_nonnull(strstr(answered.headers, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nETag: \"m\"\r\n"));
}
END_TEST

START_TEST(a_method_of_the_job_is_not_tried_again)
{
	struct proto_start order = order_of("/method_cut");

	order.method = "POST";
	run(order);
	assert_failed(0x80072EFE, false);
	order.method = "GET";
	run(order);
	assert_failed(0x80072EFE, true);
}
END_TEST

START_TEST(old_servers_and_content_without_a_size)
{
	struct proto_start order;

	run(order_of("/http10"));
	assert_is(1, SMALL);
	run(order_of("/http10_endless"));
	assert_failed(0x80200011, false);
	order = order_of("/http10_endless");
	order.dynamic = 1;
	run(order);
	assert_is(1, SMALL);
	ck_assert_uint_eq(answered.single, 1);
	ck_assert_uint_eq(answered.size, UINT64_MAX);
}
END_TEST

static const struct { const char *name; uint64_t may; bool dynamic, ok; } limits[] = {
	{ "/good", SIZE, false, true }, { "/good", SIZE - 1, false, false }, { "/good", 0, false, false },
	{ "/http10_endless", SMALL, true, true }, { "/http10_endless", SMALL - 1, true, false },
	{ "/chunked", SIZE, false, true }, { "/chunked", 1000, false, false },
};

START_TEST(a_job_fetches_no_more_than_it_may)
{
	struct proto_start order = order_of(limits[_i].name);
	struct stat st;

	order.may_fetch = limits[_i].may;
	order.dynamic = limits[_i].dynamic;
	run(order);
	if (limits[_i].ok) {
		assert_done();
	} else {
		assert_failed(0x80200064, false);
		ck_assert(stat(temp, &st) || (uint64_t)st.st_size <= limits[_i].may);
	}
}
END_TEST

/* Ranges. */

static const char *const ranged[] = { "/many", "/merged", "/other_order", "/fewer", "/no_last_boundary", "/long_extra",
	"/blank_lines", "/other_boundary", "/wrong_part", "/whole_for_many" };

START_TEST(ranges_come_in_their_order_whatever_the_server_makes_of_several)
{
	struct proto_start order = order_of(ranged[_i]);

	order.ranges = "1000-1999,100-149,3000000-";
	run(order);
	assert_done();
	ck_assert_uint_eq(in.done.size, 1000 + 50 + (SIZE - 3000000));
	ck_assert_uint_eq(answered.size, SIZE);
	assert_holds(temp, 1, 0, 1000, 1000);
	assert_holds(temp, 1, 1000, 100, 50);
	assert_holds(temp, 1, 1050, 3000000, SIZE - 3000000);
	assert_size(temp, in.done.size);
}
END_TEST

static const struct { const char *name, *ranges; uint32_t hresult; } bad_ranges[] = {
	{ "/never", "5-9", 0x80200013 }, { "/never", "5-9,20-29", 0x80200013 }, { "/many", "5-9999999", 0x8020002B },
	{ "/always_416", "9999999-", 0x8020002B }, { "/many", "5-9,9-4", 0x8020002B }, { "/many", "x", 0x8020002B },
	{ "/merged", "0-9,9999999-", 0x8020002B }, { "/unasked_part", "5-9", 0x8020001B },
	{ "/multipart_always", "5-9", 0x80190194 },
};

START_TEST(ranges_that_cannot_be_had_are_refused)
{
	struct proto_start order = order_of(bad_ranges[_i].name);

	order.ranges = bad_ranges[_i].ranges;
	run(order);
	assert_failed(bad_ranges[_i].hresult, false);
}
END_TEST

static const struct { const char *name; unsigned version; } resumed[] = { { "/cut_in_second", 1 }, { "/changed_between", 2 } };

START_TEST(ranges_are_continued_inside_one_and_never_mixed)
{
	struct proto_start order = order_of(resumed[_i].name);

	order.ranges = "1000-1999,500000-599999,7-8";
	run(order);
	assert_failed(0x80072EFE, true);
	ck_assert_uint_gt(in.failed.durable, 1000);
	run(again(order));
	assert_done();
	ck_assert_uint_eq(in.done.size, 101002);
	assert_holds(temp, resumed[_i].version, 0, 1000, 1000);
	assert_holds(temp, resumed[_i].version, 1000, 500000, 100000);
	assert_holds(temp, resumed[_i].version, 101000, 7, 2);
	ck_assert_uint_eq(answered.restarted, resumed[_i].version == 2);
}
END_TEST

START_TEST(sparse_files_hold_ranges_where_they_belong)
{
	struct proto_start order = order_of("/cut_in_second");

	order.ranges = "1000-1999,500000-599999,7-8";
	order.sparse = 1;
	run(order);
	assert_failed(0x80072EFE, true);
	run(again(order));
	assert_done();
	ck_assert_uint_eq(in.done.size, 101002);
	assert_size(temp, 600000);
	assert_holds(temp, 1, 1000, 1000, 1000);
	assert_holds(temp, 1, 500000, 500000, 100000);
	assert_holds(temp, 1, 7, 7, 2);
}
END_TEST

/* In place. */

START_TEST(direct_files_are_written_in_place_and_begun_again)
{
	struct proto_start order = order_of("/cut_then_good");
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < 2000000; i++)
		fputc('x', f);
	fclose(f);
	ck_assert(geteuid() || !chown(path, RIG_UID, RIG_UID));
	order.direct = 1;
	run(order);
	assert_failed(0x80072EFE, true);
	ck_assert_uint_eq(in.failed.durable, 0);
	run(again(order));
	assert_done();
	ck_assert_uint_eq(answered.offset, 0);
	assert_size(path, SIZE);
	assert_holds(path, 1, 0, 0, SIZE);
	assert_no_file();
}
END_TEST

START_TEST(direct_files_do_not_follow_links)
{
	struct proto_start order = order_of("/good");
	char victim[100];
	FILE *f;

	snprintf(victim, sizeof(victim), "%s/victim", box);
	f = fopen(victim, "w");
	ck_assert_ptr_nonnull(f);
	fputs("precious", f);
	fclose(f);
	ck_assert_int_eq(chmod(victim, 0666), 0);
	ck_assert_int_eq(symlink(victim, path), 0);
	order.direct = 1;
	run(order);
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_str_eq(text_of(victim), "precious");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_asks");
	TCase *t = tcase_create("asks");

	tcase_set_timeout(t, 100);
	tcase_add_unchecked_fixture(t, orders_start_peer, orders_stop_peer);
	tcase_add_checked_fixture(t, orders_set_up, orders_tear_down);
	tcase_add_loop_test(t, n07_challenges_are_answered_with_the_right_slot_or_fail_for_good, 0, COUNT(logins));
	tcase_add_test(t, n30_credentials_are_sent_after_a_challenge_only);
	tcase_add_test(t, secret_headers_stay_with_the_server_the_job_named);
	tcase_add_loop_test(t, n25_proxies_help_or_are_blamed, 0, COUNT(proxies));
	tcase_add_test(t, n25_the_systems_proxy_is_the_environments);
	tcase_add_test(t, callers_from_afar_do_not_reach_this_machine_through_a_proxy);
	tcase_add_test(t, a_method_and_headers_of_the_job_are_sent);
	tcase_add_test(t, a_method_of_the_job_is_not_tried_again);
	tcase_add_test(t, old_servers_and_content_without_a_size);
	tcase_add_loop_test(t, a_job_fetches_no_more_than_it_may, 0, COUNT(limits));
	tcase_add_loop_test(t, ranges_come_in_their_order_whatever_the_server_makes_of_several, 0, COUNT(ranged));
	tcase_add_loop_test(t, ranges_that_cannot_be_had_are_refused, 0, COUNT(bad_ranges));
	tcase_add_loop_test(t, ranges_are_continued_inside_one_and_never_mixed, 0, COUNT(resumed));
	tcase_add_test(t, sparse_files_hold_ranges_where_they_belong);
	tcase_add_test(t, direct_files_are_written_in_place_and_begun_again);
	tcase_add_test(t, direct_files_do_not_follow_links);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return orders_main(suite());
}
