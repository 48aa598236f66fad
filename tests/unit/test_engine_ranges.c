/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_ranges.c: pieces of files: which may be asked for, and what they come to.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/auto.h"
#include "engine/base/str.h"
#include "engine/ranges.h"

#define UNKNOWN ENG_SIZE_UNKNOWN

static const struct { const char *text; uint64_t size; bool overlap; enum err want; } asked[] = {
	{ "0-0", UNKNOWN, false, ERR_OK },
	{ "100-199,900-999,400-499", UNKNOWN, false, ERR_OK },		/* any order */
	{ "5-", UNKNOWN, false, ERR_OK },
	{ "10-19,20-", UNKNOWN, false, ERR_OK },
	{ "0-9223372036854775806", UNKNOWN, false, ERR_OK },
	{ "0-9223372036854775807", UNKNOWN, false, ERR_INVALID_RANGE },	/* no file has this byte */
	{ "", UNKNOWN, false, ERR_INVALID_RANGE },
	{ "-5", UNKNOWN, false, ERR_INVALID_RANGE },
	{ "5", UNKNOWN, false, ERR_INVALID_RANGE },
	{ "5-4", UNKNOWN, false, ERR_INVALID_RANGE },			/* no length */
	{ "5-6,", UNKNOWN, false, ERR_INVALID_RANGE },
	{ ",5-6", UNKNOWN, false, ERR_INVALID_RANGE },
	{ "5-6 ,7-8", UNKNOWN, false, ERR_INVALID_RANGE },
	{ "0x5-9", UNKNOWN, false, ERR_INVALID_RANGE },
	{ "18446744073709551615-", UNKNOWN, false, ERR_INVALID_RANGE },	/* the mark of the end is no beginning */
	{ "99999999999999999999999-", UNKNOWN, false, ERR_INVALID_RANGE },
	{ "0-9,5-14", UNKNOWN, false, ERR_OVERLAPPING_RANGES },
	{ "10-19,0-10", UNKNOWN, false, ERR_OVERLAPPING_RANGES },
	{ "7-7,7-7", UNKNOWN, false, ERR_OVERLAPPING_RANGES },
	{ "7-,9-10", UNKNOWN, false, ERR_OVERLAPPING_RANGES },
	{ "9-10,7-", UNKNOWN, false, ERR_OVERLAPPING_RANGES },
	{ "0-9,5-14", UNKNOWN, true, ERR_OK },
	{ "0-9", 10, false, ERR_OK },
	{ "9-", 10, false, ERR_OK },
	{ "0-10", 10, false, ERR_INVALID_RANGE },
	{ "10-", 10, false, ERR_INVALID_RANGE },
	{ "0-1,2-3,4-5,6-7", UNKNOWN, false, ERR_TOO_MANY_RANGES },
};

START_TEST(ranges_are_refused_by_the_rule_they_break)
{
	struct errinfo ei = { 0 };
	enum err err = ranges_check(asked[_i].text, 3, asked[_i].size, asked[_i].overlap, &ei);

	ck_assert_msg(err == asked[_i].want, "%s: %s", asked[_i].text, err_name(err));
	ck_assert(err == ERR_OK || ei.text[0]);
}
END_TEST

START_TEST(a_list_longer_than_a_message_has_room_for_is_refused)
{
	char *text = calloc(1, RANGES_TEXT_MAX + 100);
	size_t len = 0;

	for (uint64_t at = 1000000; len < RANGES_TEXT_MAX; at += 2)
		len += (size_t)sprintf(text + len, "%s%llu-%llu", len ? "," : "", (unsigned long long)at,
		    (unsigned long long)at);
	ck_assert_int_eq(ranges_check(text, SIZE_MAX, UNKNOWN, false, NULL), ERR_TOO_MANY_RANGES);
	free(text);
}
END_TEST

static const struct { const char *text; uint64_t size, bytes; } sums[] = {
	{ "", 10, 0 }, { "0-0", UNKNOWN, 1 }, { "100-199,900-999,400-499", UNKNOWN, 300 }, { "5-", UNKNOWN, UNKNOWN },
	{ "5-", 100, 95 }, { "0-4,50-", 100, 55 }, { "200-", 100, 0 }, { "0-9223372036854775806", UNKNOWN, INT64_MAX },
};

START_TEST(bytes_are_those_of_all_pieces_and_unknown_while_an_end_is)
{
	ck_assert_uint_eq(ranges_bytes(sums[_i].text, sums[_i].size), sums[_i].bytes);
}
END_TEST

static void assert_is(struct ranges *r, const char *want)
{
	const char *text = ranges_text(r);

	ck_assert_ptr_nonnull(text);
	ck_assert_str_eq(text, want);
	str_unref(text);
	ranges_done(r);
}

static const struct { const char *text, *merged; } merges[] = {
	{ "", "" }, { "5-9", "5-9" }, { "10-19,0-9", "0-19" }, { "0-4,6-9", "0-4,6-9" }, { "0-9,2-3", "0-9" },
	{ "7-,0-3", "0-3,7-" }, { "7-,9-20,6-6", "6-" }, { "1-1,3-3,2-2", "1-3" },
};

START_TEST(merged_pieces_are_sorted_and_touch_no_other)
{
	struct ranges r = { 0 };

	ranges_read(&r, merges[_i].text);
	ranges_merge(&r);
	assert_is(&r, merges[_i].merged);
}
END_TEST

static const struct { const char *from, *less, *rest; } minuses[] = {
	{ "0-9", "", "0-9" }, { "0-9", "0-9", "" }, { "0-9", "3-5", "0-2,6-9" }, { "0-9", "5-20", "0-4" },
	{ "5-14", "0-9", "10-14" }, { "20-29,0-9", "5-24", "25-29,0-4" }, { "0-", "5-9,20-29", "0-4,10-19,30-" },
	{ "0-", "5-", "0-4" }, { "5-9", "7-", "5-6" }, { "0-0,9-9", "1-8", "0-0,9-9" },
};

START_TEST(what_is_missing_keeps_the_order_in_which_it_was_asked_for)
{
	struct ranges from = { 0 }, less = { 0 }, rest = { 0 };

	ranges_read(&from, minuses[_i].from);
	ranges_read(&less, minuses[_i].less);
	ranges_minus(&rest, &from, &less);
	ranges_done(&from);
	ranges_done(&less);
	assert_is(&rest, minuses[_i].rest);
}
END_TEST

static const struct { const char *from; uint64_t bytes; const char *front, *back; } splits[] = {
	{ "0-9", 0, "", "0-9" }, { "0-9", 10, "0-9", "" }, { "100-199,0-9", 105, "100-199,0-4", "5-9" },
	{ "100-199,0-9", 100, "100-199", "0-9" }, { "5-", 3, "5-7", "8-" },
};

START_TEST(a_count_of_bytes_cuts_the_pieces_in_two)
{
	struct ranges from = { 0 }, front = { 0 }, back = { 0 };

	ranges_read(&from, splits[_i].from);
	ranges_split(&from, splits[_i].bytes, &front, &back);
	ranges_done(&from);
	assert_is(&front, splits[_i].front);
	assert_is(&back, splits[_i].back);
}
END_TEST

START_TEST(open_ends_are_closed_by_the_size)
{
	struct ranges r = { 0 };

	ranges_read(&r, "5-,0-3,200-");
	ranges_close(&r, UNKNOWN);
	ranges_close(&r, 100);
	assert_is(&r, "5-99,0-3");
	ranges_read(&r, "0-");
	ranges_close(&r, 0);
	assert_is(&r, "");
}
END_TEST

/* Against a picture of 64 bytes, for random lists. */
static uint64_t picture(const struct ranges *r)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < r->n; i++)
		for (uint64_t at = r->v[i].first; at <= r->v[i].last && at < 64; at++)
			bits |= 1ull << at;
	return bits;
}

START_TEST(random_lists_agree_with_a_picture_of_their_bytes)
{
	unsigned seed = (unsigned)time(NULL);

	printf("ranges: seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 2000; round++) {
		struct ranges a = { 0 }, b = { 0 }, rest = { 0 };
		uint64_t want;

		for (int i = rand() % 6; i >= 0; i--) {
			uint64_t first = (uint64_t)rand() % 64, last = first + (uint64_t)rand() % 8;
			ranges_add(rand() % 2 ? &a : &b, first, rand() % 16 ? last : RANGE_END);
		}
		want = picture(&a) & ~picture(&b);
		ranges_merge(&b);
		ranges_minus(&rest, &a, &b);
		ck_assert_uint_eq(picture(&rest), want);
		want = picture(&a);
		ranges_merge(&a);
		ck_assert_uint_eq(picture(&a), want);
		for (size_t i = 1; i < a.n; i++)
			ck_assert(a.v[i - 1].last + 1 < a.v[i].first);
		ranges_done(&a);
		ranges_done(&b);
		ranges_done(&rest);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_ranges");
	TCase *t = tcase_create("ranges");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, ranges_are_refused_by_the_rule_they_break, 0, COUNT(asked));
	tcase_add_test(t, a_list_longer_than_a_message_has_room_for_is_refused);
	tcase_add_loop_test(t, bytes_are_those_of_all_pieces_and_unknown_while_an_end_is, 0, COUNT(sums));
	tcase_add_loop_test(t, merged_pieces_are_sorted_and_touch_no_other, 0, COUNT(merges));
	tcase_add_loop_test(t, what_is_missing_keeps_the_order_in_which_it_was_asked_for, 0, COUNT(minuses));
	tcase_add_loop_test(t, a_count_of_bytes_cuts_the_pieces_in_two, 0, COUNT(splits));
	tcase_add_test(t, open_ends_are_closed_by_the_size);
	tcase_add_test(t, random_lists_agree_with_a_picture_of_their_bytes);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
