/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_pure.c: the engine's decisions: when to retry, which names.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/backoff.h"
#include "engine/names.h"
#include "engine/base/auto.h"

START_TEST(no_progress_timeout_0_makes_every_error_final)
{
	struct backoff b = { .min_delay_s = 5, .no_progress_s = 0 };

	ck_assert(!backoff_may_retry(&b));
}
END_TEST

START_TEST(a_delay_longer_than_the_timeout_makes_every_error_final)
{
	struct backoff b = { .min_delay_s = 601, .no_progress_s = 600 };

	ck_assert(!backoff_may_retry(&b));
	b.min_delay_s = 600;
	ck_assert(backoff_may_retry(&b));
}
END_TEST

START_TEST(two_weeks_without_progress_end_it)
{
	struct backoff b = { .min_delay_s = 600, .no_progress_s = 1209600 };
	unsigned tries = 0;

	for (; backoff_may_retry(&b); b.stalled_ms += backoff_delay_ms(&b))
		tries++;
	ck_assert_uint_eq(tries, 1209600 / 600);
	ck_assert_uint_eq(backoff_left_ms(&b), 0);
}
END_TEST

START_TEST(jitter_is_a_tenth_at_most_the_same_for_the_same_try_and_spread_over_jobs)
{
	unsigned tenths[10] = { 0 };

	for (uint64_t job = 0; job < 1000; job++) {
		uint64_t ms = backoff_jitter_ms(600000, job * 0x123456789, 3, 0);

		ck_assert_uint_le(ms, 60000);
		ck_assert_uint_eq(ms, backoff_jitter_ms(600000, job * 0x123456789, 3, 0));
		tenths[ms * 10 / 60001]++;
	}
	for (unsigned i = 0; i < 10; i++)
		ck_assert_msg(tenths[i] > 60 && tenths[i] < 140, "%u of 1000 in tenth %u", tenths[i], i);
	ck_assert_uint_ne(backoff_jitter_ms(600000, 1, 1, 0), backoff_jitter_ms(600000, 1, 2, 0));
	ck_assert_uint_ne(backoff_jitter_ms(600000, 1, 1, 0), backoff_jitter_ms(600000, 1, 1, 99));
	ck_assert_uint_eq(backoff_jitter_ms(0, 1, 1, 0), 0);
}
END_TEST

START_TEST(retry_after_is_honoured_within_a_day)
{
	struct backoff b = { .min_delay_s = 5, .no_progress_s = 1209600, .retry_after_s = 30 };

	ck_assert_uint_eq(backoff_delay_ms(&b), 30000);
	b.retry_after_s = 1u << 31;
	ck_assert_uint_eq(backoff_delay_ms(&b), 86400000);
	b.retry_after_s = 2;
	ck_assert_uint_eq(backoff_delay_ms(&b), 5000);
}
END_TEST

static const struct { const char *url; enum err err; } urls[] = {
	{ "http://h/f", ERR_OK }, { "HTTPS://h:8443/a%20b?q=1#x", ERR_OK }, { "http://[::1]:80/f", ERR_OK },
	{ "", ERR_INVALID_URL }, { "h/f", ERR_INVALID_URL }, { "ftp://h/f", ERR_UNKNOWN_SCHEME },
	{ "file:///etc/passwd", ERR_UNKNOWN_SCHEME }, { "httpx://h/f", ERR_UNKNOWN_SCHEME },
	{ "http:///f", ERR_INVALID_URL }, { "http://:80/f", ERR_INVALID_URL }, { "http://u:p@h/f", ERR_INVALID_URL },
	{ "http://h/a b", ERR_INVALID_URL }, { "http://h/a\nb", ERR_INVALID_URL }, { "http://h/\xff", ERR_INVALID_URL },
	{ "http://h/?mail=a@b", ERR_OK },
};

START_TEST(urls_are_judged)
{
	struct errinfo ei;

	ck_assert_msg(names_check_url(urls[_i].url, &ei) == urls[_i].err, "%s", urls[_i].url);
}
END_TEST

START_TEST(a_url_of_2200_characters_is_the_longest)
{
	char url[2300] = "http://h/";
	struct errinfo ei;

	memset(url + 9, 'a', 2200 - 9);
	ck_assert_int_eq(names_check_url(url, &ei), ERR_OK);
	url[2200] = 'a';
	ck_assert_int_eq(names_check_url(url, &ei), ERR_INVALID_ARG);
}
END_TEST

static const struct { const char *path; enum err err; } paths[] = {
	{ "/d/f", ERR_OK }, { "/d/..f", ERR_OK }, { "d/f", ERR_INVALID_ARG }, { "", ERR_INVALID_ARG },
	{ "/d/", ERR_INVALID_ARG }, { "/", ERR_INVALID_ARG }, { "/d/../f", ERR_INVALID_ARG },
	{ "/d/..", ERR_INVALID_ARG }, { "/d/.", ERR_INVALID_ARG }, { "/d/a\nb", ERR_INVALID_ARG },
	{ "C:\\f", ERR_INVALID_ARG },
};

START_TEST(paths_are_judged)
{
	struct errinfo ei;

	ck_assert_msg(names_check_path(paths[_i].path, &ei) == paths[_i].err, "%s", paths[_i].path);
}
END_TEST

START_TEST(a_remote_path_lies_beneath_a_root_or_is_refused)
{
	static const char *const roots[] = { "/srv/in/", "/data" };
	struct eng_config c = { .roots = roots, .nroots = 2 };
	const char *root = NULL;
	struct errinfo ei;

	ck_assert_int_eq(names_find_root(&c, "/data/x", &root, &ei), ERR_OK);
	ck_assert_str_eq(root, "/data");
	ck_assert_int_eq(names_find_root(&c, "/srv/in/a/b", &root, &ei), ERR_OK);
	ck_assert_int_eq(names_find_root(&c, "/database/x", &root, &ei), ERR_ACCESS_DENIED);
	ck_assert_int_eq(names_find_root(&c, "/srv/x", &root, &ei), ERR_ACCESS_DENIED);
	c.nroots = 0;
	ck_assert_int_eq(names_find_root(&c, "/data/x", &root, &ei), ERR_ACCESS_DENIED);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_pure");
	TCase *t = tcase_create("decisions");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, no_progress_timeout_0_makes_every_error_final);
	tcase_add_test(t, a_delay_longer_than_the_timeout_makes_every_error_final);
	tcase_add_test(t, two_weeks_without_progress_end_it);
	tcase_add_test(t, jitter_is_a_tenth_at_most_the_same_for_the_same_try_and_spread_over_jobs);
	tcase_add_test(t, retry_after_is_honoured_within_a_day);
	tcase_add_loop_test(t, urls_are_judged, 0, COUNT(urls));
	tcase_add_test(t, a_url_of_2200_characters_is_the_longest);
	tcase_add_loop_test(t, paths_are_judged, 0, COUNT(paths));
	tcase_add_test(t, a_remote_path_lies_beneath_a_root_or_is_refused);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
