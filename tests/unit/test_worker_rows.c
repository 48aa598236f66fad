/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_rows.c: what a server may do to a transfer, row by row (security: 7, N-01 to N-12):
 * the file is one version of the server's, whole, or the text says why it is not there.
 */
#include "tests/peer/orders.h"

#include <time.h>

/* N-01, N-02: versions. */

START_TEST(n01_a_file_whose_etag_changes_every_time_ends_as_one_version)
{
	struct proto_start order = order_of("/changes");

	for (int i = 1; i < 5; i++) {
		run(order);
		assert_failed(0x80072EFE, true);
		order = again(order);
	}
	run(order);
	assert_is(2, SIZE);
	ck_assert_str_eq(answered.etag, "\"v5\"");
}
END_TEST

static const char *const changed[] = { "/n02_modified", "/n02_size", "/n02_weak" };

START_TEST(n02_another_date_size_or_weak_etag_begins_again)
{
	struct proto_start order = order_of(changed[_i]);

	run(order);
	assert_failed(0x80072EFE, true);
	ck_assert_uint_eq(in.failed.durable, CUT);
	run(again(order));
	assert_is(2, SIZE);
	ck_assert_uint_eq(answered.restarted, 1);
	ck_assert_uint_eq(answered.offset, 0);
}
END_TEST

/* N-03: lengths and resets; those at every byte are in test_worker_resets.c. */

START_TEST(n03_reset_at_random_bytes_of_a_large_file_resumes)
{
	unsigned seed = (unsigned)time(NULL);

	printf("seed %u\n", seed);
	for (int i = 0; i < 20; i++) {
		struct proto_start order;
		char name[40];

		snprintf(name, sizeof(name), "/large_reset?%u", (unsigned)rand_r(&seed) % SIZE);
		for (order = order_of(name); run(order) == PROTO_FAILED; order = again(order))
			assert_failed(0x80072EFE, true);
		assert_is(1, SIZE);
		unlink(temp);
	}
}
END_TEST

START_TEST(n03_a_body_longer_than_announced_is_cut_to_size)
{
	run(order_of("/longer"));
	assert_is(1, SMALL);
}
END_TEST

static const char *const lies[] = { "/shorter", "/chunk_lies", "/chunk_junk" };

START_TEST(n03_lengths_and_chunks_that_lie_are_transient_and_the_file_gets_whole)
{
	struct proto_start order = order_of(lies[_i]);

	run(order);
	assert_failed(0x80072EFE, true);
	run(again(order));
	assert_is(1, SMALL);
}
END_TEST

/* N-04, N-05: answers to a wish for the rest. */

static const char *const wrong_parts[] = { "/n04_start", "/n04_end", "/n04_short_end", "/n04_total", "/n04_unit",
	"/n04_missing", "/n05_resume", "/n05_bare", "/multipart" };

START_TEST(n04_n05_an_answer_that_is_not_the_rest_begins_again)
{
	struct proto_start order = order_of(wrong_parts[_i]);

	run(order);
	assert_failed(0x80072EFE, true);
	run(again(order));
	assert_is(2, SIZE);
	ck_assert_uint_eq(answered.offset, 0);
}
END_TEST

START_TEST(n05_416_at_zero_is_an_error_at_once)
{
	run(order_of("/always_416"));
	assert_failed(0x801901A0, false);
	assert_no_file();
}
END_TEST

/* N-06: redirects. */

static const int codes[] = { 301, 302, 303, 307, 308 };

START_TEST(n06_five_redirects_are_followed_and_six_are_not)
{
	char name[40];

	snprintf(name, sizeof(name), "/chain?5,%d", codes[_i]);
	run(order_of(name));
	assert_is(1, SIZE);
	ck_assert_str_eq(answered.url, "");
	snprintf(name, sizeof(name), "/chain?6,%d", codes[_i]);
	run(order_of(name));
	assert_failed(0x80072F7C, false);
}
END_TEST

START_TEST(n06_redirects_are_told_or_refused_as_the_job_says)
{
	char want[100], name[40];
	struct proto_start order;

	snprintf(name, sizeof(name), "/chain?2,%d", codes[_i]);
	snprintf(want, sizeof(want), "http://127.0.0.1:%d/chain?0,%d", peer.port, codes[_i]);
	order = order_of(name);
	order.security = 0x100;
	run(order);
	assert_is(1, SIZE);
	ck_assert_str_eq(answered.url, want);
	order.security = 0x200;
	run(order);
	assert_failed(0x80190000u + (unsigned)codes[_i], false);
	snprintf(want, sizeof(want), "http://127.0.0.1:%d/chain?1,%d", peer.port, codes[_i]);
	ck_assert_str_eq(in.failed.url, want);
}
END_TEST

static const struct { const char *name; uint32_t hresult; } nowhere[] = {
	{ "/self", 0x80072F7C }, { "/loop", 0x80072F7C }, { "/to?file:///etc/passwd", 0x80072EE6 },
	{ "/to?ftp://127.0.0.1/", 0x80072EE6 }, { "/to?gopher://127.0.0.1/", 0x80072EE6 },
	{ "/to?javascript:1", 0x8020001B }, { "/to?http://", 0x8020001B }, { "/to?http://127.0.0.1:99999/", 0x8020001B },
	{ "/far_location", 0x8020001B }, { "/nowhere", 0x8019012E },
};

START_TEST(n06_loops_and_bad_places_are_refused)
{
	run(order_of(nowhere[_i].name));
	assert_failed(nowhere[_i].hresult, false);
	assert_no_file();
}
END_TEST

START_TEST(n06_the_endless_body_of_a_redirect_is_not_waited_for)
{
	run(order_of("/long_redirect"));
	assert_is(1, SIZE);
}
END_TEST

/* N-07: statuses. */

static const struct { const char *name; uint32_t hresult; bool transient; unsigned retry; } statuses[] = {
	{ "/status?400", 0x80190190, false, 0 }, { "/status?401", 0x80190191, false, 0 },
	{ "/status?403", 0x80190193, false, 0 }, { "/status?404", 0x80190194, false, 0 },
	{ "/status?407", 0x80190197, false, 0 }, { "/status?408", 0x80190198, true, 0 },
	{ "/status?409", 0x80190199, true, 0 }, { "/status?410", 0x8019019A, false, 0 },
	{ "/status?429,Retry-After:_7", 0x801901AD, true, 7 },
	{ "/status?429,Retry-After:_99999999999999", 0x801901AD, true, 86400 },
	{ "/status?429,Retry-After:_-5", 0x801901AD, true, 0 }, { "/status?429,Retry-After:_soon", 0x801901AD, true, 0 },
	{ "/status?500", 0x801901F4, true, 0 }, { "/status?501", 0x801901F5, false, 0 },
	{ "/status?502", 0x801901F6, true, 0 }, { "/status?503", 0x801901F7, true, 0 },
	{ "/status?504", 0x801901F8, true, 0 }, { "/status?505", 0x801901F9, false, 0 },
	{ "/status?300", 0x8019012C, false, 0 }, { "/status?304", 0x80190130, false, 0 },
	{ "/status?204", 0x801900CC, true, 0 }, { "/status?799", 0x8019031F, true, 0 },
};

START_TEST(n07_every_status_is_classified)
{
	run(order_of(statuses[_i].name));
	assert_failed(statuses[_i].hresult, statuses[_i].transient);
	ck_assert_uint_eq(in.failed.retry_after_s, statuses[_i].retry);
	ck_assert_uint_eq(in.failed.context, 5);
	assert_no_file();
}
END_TEST

/* N-08, N-09: encodings and heads. */

START_TEST(n08_a_bomb_stays_as_small_as_it_was_sent)
{
	run(order_of("/bomb"));
	assert_done();
	ck_assert_uint_lt(in.done.size, 20000);
	assert_size(temp, in.done.size);
	ck_assert(!memcmp(text_of(temp), "\x1f\x8b", 2));
}
END_TEST

static const struct { const char *name; uint32_t hresult; } heads[] = {	/* 0: the file is taken, 4 bytes */
	{ "/ten_megabytes", 0x8020001B }, { "/many_lines", 0x8020001B }, { "/one_line", 0x8020001B }, { "/nul", 0x80072F78 },
	{ "/two_lengths", 0x8020001B }, { "/no_number", 0x80072F78 }, { "/negative_length", 0x80072F78 },
	{ "/no_colon", 0 }, { "/folded", 0 }, { "/length_and_chunks", 0 },
};

static unsigned long peak_kib(void)
{
	unsigned long kib = 0;
	char name[40], line[200];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)rig.pid);
	f = fopen(name, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "VmHWM: %lu", &kib);
	if (f)
		fclose(f);
	return kib;
}

START_TEST(n09_heads_against_the_rules_cost_no_memory_and_mix_nothing)
{
	unsigned long before;

	run(order_of("/good"));
	assert_is(1, SIZE);
	unlink(temp);
	before = peak_kib();
	for (int i = 0; i < 3; i++)
		run(order_of(heads[_i].name));
	ck_assert_uint_lt(peak_kib() - before, 8192);
	if (heads[_i].hresult) {
		assert_failed(heads[_i].hresult, false);
		assert_no_file();
	} else if (in.type == PROTO_DONE) {
		ck_assert_str_eq(text_of(temp), "abcd");
	}
}
END_TEST

START_TEST(n09_trailers_without_an_end_are_given_up_soon)
{
	uint64_t since = now_ms();

	run(order_of("/endless_trailers"));
	assert_failed(0x8020001B, false);
	ck_assert_uint_lt(now_ms() - since, 5000);
}
END_TEST

/* N-10 is in test_worker_http.c. N-11, N-12. */

static double cpu_s(void)
{
	unsigned long user = 0, system = 0;
	char name[40];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)rig.pid);
	f = fopen(name, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system), 2);
	fclose(f);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* 32 times; with DRAY_LONG_TESTS set 1,024 times, which takes two minutes. */
START_TEST(n11_a_server_that_closes_every_100_ms_is_progress_without_a_busy_loop)
{
	bool thousand = getenv("DRAY_LONG_TESTS");
	struct proto_start order = order_of(thousand ? "/every_100_ms?long" : "/every_100_ms");
	uint64_t last = 0, since = now_ms(), tries = 1;
	double cpu;

	run(order);
	cpu = cpu_s();
	for (; in.type == PROTO_FAILED; tries++) {
		assert_failed(0x80072EFE, true);
		ck_assert_uint_gt(in.failed.durable, last);
		last = in.failed.durable;
		run(order = again(order));
	}
	assert_is(1, SMALL);
	ck_assert_uint_ge(tries, thousand ? 1000 : 30);
	ck_assert_uint_ge(now_ms() - since, tries * 95);
	ck_assert_msg(cpu_s() - cpu < 0.1 * (double)(now_ms() - since) / 1000, "%f s of CPU", cpu_s() - cpu);
}
END_TEST

START_TEST(n12_get_counts_when_head_disagrees)
{
	run(order_of("/head_differs"));
	assert_is(1, SIZE);
}
END_TEST

START_TEST(n12_a_server_that_only_says_it_has_ranges_is_begun_again)
{
	struct proto_start order = order_of("/says_ranges");

	run(order);
	assert_failed(0x80072EFE, true);
	run(again(order));
	assert_is(1, SIZE);
	ck_assert_uint_eq(answered.offset, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_rows");
	TCase *t = tcase_create("rows");

	tcase_set_timeout(t, getenv("DRAY_LONG_TESTS") ? 400 : 110);
	tcase_add_unchecked_fixture(t, orders_start_peer, orders_stop_peer);
	tcase_add_checked_fixture(t, orders_set_up, orders_tear_down);
	tcase_add_test(t, n01_a_file_whose_etag_changes_every_time_ends_as_one_version);
	tcase_add_loop_test(t, n02_another_date_size_or_weak_etag_begins_again, 0, COUNT(changed));
	tcase_add_test(t, n03_reset_at_random_bytes_of_a_large_file_resumes);
	tcase_add_test(t, n03_a_body_longer_than_announced_is_cut_to_size);
	tcase_add_loop_test(t, n03_lengths_and_chunks_that_lie_are_transient_and_the_file_gets_whole, 0, COUNT(lies));
	tcase_add_loop_test(t, n04_n05_an_answer_that_is_not_the_rest_begins_again, 0, COUNT(wrong_parts));
	tcase_add_test(t, n05_416_at_zero_is_an_error_at_once);
	tcase_add_loop_test(t, n06_five_redirects_are_followed_and_six_are_not, 0, COUNT(codes));
	tcase_add_loop_test(t, n06_redirects_are_told_or_refused_as_the_job_says, 0, COUNT(codes));
	tcase_add_loop_test(t, n06_loops_and_bad_places_are_refused, 0, COUNT(nowhere));
	tcase_add_test(t, n06_the_endless_body_of_a_redirect_is_not_waited_for);
	tcase_add_loop_test(t, n07_every_status_is_classified, 0, COUNT(statuses));
	tcase_add_test(t, n08_a_bomb_stays_as_small_as_it_was_sent);
	tcase_add_loop_test(t, n09_heads_against_the_rules_cost_no_memory_and_mix_nothing, 0, COUNT(heads));
	tcase_add_test(t, n09_trailers_without_an_end_are_given_up_soon);
	tcase_add_test(t, n11_a_server_that_closes_every_100_ms_is_progress_without_a_busy_loop);
	tcase_add_test(t, n12_get_counts_when_head_disagrees);
	tcase_add_test(t, n12_a_server_that_only_says_it_has_ranges_is_begun_again);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return orders_main(suite());
}
