/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_plan.c: the rules of what to ask and what an answer means, as a table.
 */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"	/* rows of tables say what matters */
#include <check.h>
#include <stdio.h>

#include "engine/base/auto.h"
#include "engine/worker/xfer_plan.h"

#define U PLAN_UNKNOWN
#define D1 "Sun, 09 Sep 2001 01:46:40 GMT"
#define D2 "Sun, 09 Sep 2001 01:48:20 GMT"
#define YES PLAN_RANGES_YES
#define NONE PLAN_RANGES_NONE

static const struct {
	const char *why;
	struct plan_state state;
	enum plan_want want;
	uint64_t offset;
	const char *if_range;
} asks[] = {
	{ "nothing is known", { 0, { U, "", "" }, false }, PLAN_WANT_ALL, 0, "" },
	{ "known, but no byte is here", { 0, { 10, "\"a\"", D1 }, false }, PLAN_WANT_ALL, 0, "" },
	{ "known to be empty", { 0, { 0, "", "" }, false }, PLAN_WANT_ALL, 0, "" },
	{ "a strong ETag is best", { 4, { 10, "\"a\"", D1 }, false }, PLAN_WANT_REST, 4, "\"a\"" },
	{ "a weak ETag may not stand in If-Range", { 4, { 10, "W/\"a\"", D1 }, false }, PLAN_WANT_REST, 4, D1 },
	{ "without ETag the date", { 4, { 10, "", D1 }, false }, PLAN_WANT_REST, 4, D1 },
	{ "without both nothing", { 4, { 10, "", "" }, false }, PLAN_WANT_REST, 4, "" },
	{ "a weak ETag alone is nothing", { 4, { 10, "W/\"a\"", "" }, false }, PLAN_WANT_REST, 4, "" },
	{ "size unknown", { 4, { U, "\"a\"", "" }, false }, PLAN_WANT_REST, 4, "\"a\"" },
	{ "the last byte is missing", { 9, { 10, "\"a\"", "" }, false }, PLAN_WANT_REST, 9, "\"a\"" },
	{ "all is here", { 10, { 10, "\"a\"", D1 }, false }, PLAN_WANT_NOTHING, 0, "" },
	{ "all is here of a single stream", { 10, { 10, "\"a\"", D1 }, true }, PLAN_WANT_NOTHING, 0, "" },
	{ "more is here than there is", { 11, { 10, "\"a\"", D1 }, false }, PLAN_WANT_ALL, 0, "" },
	{ "no ranges, so from the start", { 4, { 10, "\"a\"", D1 }, true }, PLAN_WANT_ALL, 0, "" },
};

START_TEST(what_is_asked_follows_from_what_is_here)
{
	struct plan_ask ask = plan_next(&asks[_i].state);

	ck_assert_msg(ask.want == asks[_i].want, "%s", asks[_i].why);
	ck_assert_msg(ask.offset == asks[_i].offset, "%s", asks[_i].why);
	ck_assert_str_eq(ask.if_range, asks[_i].if_range);
}
END_TEST

#define HERE(offset, size, etag, modified) { offset, { size, etag, modified }, false }
#define HERE_SINGLE(offset, size, etag, modified) { offset, { size, etag, modified }, true }
#define ANSWER(status, length, chunked, ranges, etag, modified, range) \
	{ status, length, chunked, ranges, etag, modified, range }
#define BODY(offset, end, size, etag, modified, changed, single) \
	{ PLAN_TAKE, offset, end, { size, etag, modified }, changed, single }
#define STEP(step) { step, 0, 0, { 0, NULL, NULL }, false, false }
#define AGAIN(changed) { PLAN_AGAIN, 0, 0, { 0, NULL, NULL }, changed, false }

static const struct {
	const char *why;
	struct plan_state state;
	struct plan_answer answer;
	struct plan plan;
} rows[] = {
	/* The whole file, asked for as a whole. */
	{ "first answer", HERE(0, U, "", ""),
		ANSWER(200, 10, false, YES, "\"a\"", D1, ""), BODY(0, 10, 10, "\"a\"", D1, false, false) },
	{ "ranges unsaid is not no", HERE(0, U, "", ""),
		ANSWER(200, 10, false, 0, "", "", ""), BODY(0, 10, 10, "", "", false, false) },
	{ "ranges denied", HERE(0, U, "", ""),
		ANSWER(200, 10, false, NONE, "", D1, ""), BODY(0, 10, 10, "", D1, false, true) },
	{ "empty file", HERE(0, U, "", ""),
		ANSWER(200, 0, false, YES, "", D1, ""), BODY(0, 0, 0, "", D1, false, false) },
	{ "chunked", HERE(0, U, "", ""),
		ANSWER(200, U, true, 0, "\"a\"", D1, ""), BODY(0, U, U, "\"a\"", D1, false, true) },
	{ "neither length nor chunks", HERE(0, U, "", ""),
		ANSWER(200, U, false, 0, "\"a\"", D1, ""), STEP(PLAN_NO_SIZE) },
	{ "another version, but no byte was here", HERE(0, 10, "\"a\"", D1),
		ANSWER(200, 12, false, YES, "\"b\"", D2, ""), BODY(0, 12, 12, "\"b\"", D2, false, false) },
	{ "single stays single", HERE_SINGLE(4, 10, "\"a\"", D1),
		ANSWER(200, 10, false, 0, "\"a\"", D1, ""), BODY(0, 10, 10, "\"a\"", D1, false, true) },
	{ "single changed", HERE_SINGLE(4, 10, "\"a\"", D1),
		ANSWER(200, 10, false, 0, "\"b\"", D2, ""), BODY(0, 10, 10, "\"b\"", D2, true, false) },
	{ "single learned ranges", HERE_SINGLE(4, 10, "\"a\"", D1),
		ANSWER(200, 10, false, YES, "\"a\"", D1, ""), BODY(0, 10, 10, "\"a\"", D1, false, false) },
	{ "single of unknown size, later known", HERE_SINGLE(4, U, "", D1),
		ANSWER(200, 10, false, 0, "", D1, ""), BODY(0, 10, 10, "", D1, false, true) },

	/* The whole file, though a part was asked for. */
	{ "changed: ETag", HERE(4, 10, "\"a\"", D1),
		ANSWER(200, 10, false, YES, "\"b\"", D1, ""), BODY(0, 10, 10, "\"b\"", D1, true, false) },
	{ "changed: date", HERE(4, 10, "", D1),
		ANSWER(200, 10, false, YES, "", D2, ""), BODY(0, 10, 10, "", D2, true, false) },
	{ "changed: size alone", HERE(4, 10, "", ""),
		ANSWER(200, 11, false, 0, "", "", ""), BODY(0, 11, 11, "", "", true, false) },
	{ "changed, and now chunked", HERE(4, 10, "\"a\"", ""),
		ANSWER(200, U, true, 0, "\"b\"", "", ""), BODY(0, U, U, "\"b\"", "", true, true) },
	{ "same, so there are no ranges", HERE(4, 10, "\"a\"", D1),
		ANSWER(200, 10, false, 0, "\"a\"", D1, ""), BODY(0, 10, 10, "\"a\"", D1, false, true) },
	{ "same size, no validator: no ranges", HERE(4, 10, "", ""),
		ANSWER(200, 10, false, 0, "", "", ""), BODY(0, 10, 10, "", "", false, true) },
	{ "same, though it has ranges", HERE(4, 10, "\"a\"", D1),
		ANSWER(200, 10, false, YES, "\"a\"", D1, ""), BODY(0, 10, 10, "\"a\"", D1, false, false) },
	{ "part asked, no end told", HERE(4, 10, "\"a\"", D1),
		ANSWER(200, U, false, 0, "\"a\"", D1, ""), STEP(PLAN_NO_SIZE) },

	/* A part. */
	{ "the rest", HERE(4, 10, "\"a\"", D1),
		ANSWER(206, 6, false, 0, "\"a\"", D1, "bytes 4-9/10"),
		BODY(4, 10, 10, "\"a\"", D1, false, false) },
	{ "the rest, chunked", HERE(4, 10, "\"a\"", D1),
		ANSWER(206, U, true, 0, "\"a\"", D1, "bytes 4-9/10"),
		BODY(4, 10, 10, "\"a\"", D1, false, false) },
	{ "validators not repeated are kept", HERE(4, 10, "\"a\"", D1),
		ANSWER(206, 6, false, 0, "", "", "bytes 4-9/10"), BODY(4, 10, 10, "\"a\"", D1, false, false) },
	{ "validators now told are learned", HERE(4, 10, "", ""),
		ANSWER(206, 6, false, 0, "\"a\"", D1, "bytes 4-9/10"),
		BODY(4, 10, 10, "\"a\"", D1, false, false) },
	{ "size now told is learned", HERE(4, U, "\"a\"", ""),
		ANSWER(206, 6, false, 0, "\"a\"", "", "bytes 4-9/10"),
		BODY(4, 10, 10, "\"a\"", "", false, false) },
	{ "total unknown to the server, known here", HERE(4, 10, "\"a\"", ""),
		ANSWER(206, 6, false, 0, "\"a\"", "", "bytes 4-9/*"),
		BODY(4, 10, 10, "\"a\"", "", false, false) },
	{ "less than the rest", HERE(4, 10, "\"a\"", ""),
		ANSWER(206, 2, false, 0, "\"a\"", "", "bytes 4-5/10"),
		BODY(4, 6, 10, "\"a\"", "", false, false) },
	{ "total unknown to both", HERE(4, U, "\"a\"", ""),
		ANSWER(206, 6, false, 0, "\"a\"", "", "bytes 4-9/*"), AGAIN(false) },
	{ "beyond the known end", HERE(4, 10, "\"a\"", ""),
		ANSWER(206, 7, false, 0, "\"a\"", "", "bytes 4-10/*"), AGAIN(false) },
	{ "another offset", HERE(4, 10, "\"a\"", ""),
		ANSWER(206, 10, false, 0, "\"a\"", "", "bytes 0-9/10"), AGAIN(false) },
	{ "another total", HERE(4, 10, "\"a\"", ""),
		ANSWER(206, 7, false, 0, "\"a\"", "", "bytes 4-10/11"), AGAIN(true) },
	{ "another ETag", HERE(4, 10, "\"a\"", D1),
		ANSWER(206, 6, false, 0, "\"b\"", D1, "bytes 4-9/10"), AGAIN(true) },
	{ "another weak ETag", HERE(4, 10, "W/\"a\"", D1),
		ANSWER(206, 6, false, 0, "W/\"b\"", D1, "bytes 4-9/10"), AGAIN(true) },
	{ "another date", HERE(4, 10, "", D1),
		ANSWER(206, 6, false, 0, "", D2, "bytes 4-9/10"), AGAIN(true) },
	{ "no Content-Range", HERE(4, 10, "\"a\"", ""),
		ANSWER(206, 6, false, 0, "\"a\"", "", ""), AGAIN(false) },
	{ "length against the range", HERE(4, 10, "\"a\"", ""),
		ANSWER(206, 5, false, 0, "\"a\"", "", "bytes 4-9/10"), AGAIN(false) },
	{ "a part nobody asked for", HERE(0, U, "", ""),
		ANSWER(206, 6, false, 0, "\"a\"", "", "bytes 4-9/10"), STEP(PLAN_BAD_ANSWER) },

	/* Nothing there. */
	{ "the size was not known: this is it", HERE(10, U, "\"a\"", D1),
		ANSWER(416, 0, false, 0, "", "", "bytes */10"),
		{ PLAN_FINISHED, 10, 10, { 10, "\"a\"", D1 }, false, false } },
	{ "it shrank", HERE(8, 10, "\"a\"", D1),
		ANSWER(416, 0, false, 0, "", "", "bytes */6"), AGAIN(true) },
	{ "it shrank to just here", HERE(8, 10, "\"a\"", D1),
		ANSWER(416, 0, false, 0, "", "", "bytes */8"), AGAIN(true) },
	{ "as long as here, but another", HERE(10, U, "\"a\"", D1),
		ANSWER(416, 0, false, 0, "\"b\"", "", "bytes */10"), AGAIN(true) },
	{ "no total", HERE(8, 10, "\"a\"", D1),
		ANSWER(416, 0, false, 0, "", "", ""), AGAIN(false) },
	{ "a range in a refusal", HERE(8, U, "\"a\"", D1),
		ANSWER(416, 0, false, 0, "", "", "bytes 0-7/8"), AGAIN(false) },
	{ "416 to a plain request", HERE(0, U, "", ""),
		ANSWER(416, 0, false, 0, "", "", ""), STEP(PLAN_STATUS) },

	/* Everything else is for the status to explain. */
	{ "204", HERE(0, U, "", ""),
		ANSWER(204, U, false, 0, "", "", ""), STEP(PLAN_STATUS) },
	{ "203", HERE(0, U, "", ""),
		ANSWER(203, 10, false, 0, "", "", ""), STEP(PLAN_STATUS) },
	{ "304", HERE(4, 10, "\"a\"", ""),
		ANSWER(304, U, false, 0, "\"a\"", "", ""), STEP(PLAN_STATUS) },
	{ "404", HERE(4, 10, "\"a\"", ""),
		ANSWER(404, 3, false, 0, "", "", ""), STEP(PLAN_STATUS) },
	{ "503", HERE(4, 10, "\"a\"", ""),
		ANSWER(503, 3, false, 0, "", "", ""), STEP(PLAN_STATUS) },
};

START_TEST(an_answer_has_one_meaning)
{
	struct plan_ask ask = plan_next(&rows[_i].state);
	struct plan p = plan_judge(&rows[_i].state, &ask, &rows[_i].answer);
	const struct plan *want = &rows[_i].plan;

	ck_assert_msg(p.step == want->step, "%s: step %d", rows[_i].why, p.step);
	ck_assert_msg(p.changed == want->changed, "%s", rows[_i].why);
	if (p.step != PLAN_TAKE && p.step != PLAN_FINISHED)
		return;
	ck_assert_msg(p.offset == want->offset && p.end == want->end, "%s", rows[_i].why);
	ck_assert_msg(p.single == want->single, "%s", rows[_i].why);
	ck_assert_msg(p.version.size == want->version.size, "%s", rows[_i].why);
	ck_assert_str_eq(p.version.etag, want->version.etag);
	ck_assert_str_eq(p.version.modified, want->version.modified);
}
END_TEST

/* Whatever a server says to whatever is here: bytes land where they were asked for or at zero, never past
 * what was announced, and nothing of another version is kept. */
START_TEST(no_answer_leads_to_a_mix)
{
	static const char *const ranges[] = { "", "bytes 0-9/10", "bytes 4-9/10", "bytes 4-5/10", "bytes 4-9/*",
	    "bytes */10",
		"bytes 4-11/12", "bytes 5-9/10", "nonsense" };
	static const char *const etags[] = { "", "\"a\"", "\"b\"" };
	static const unsigned statuses[] = { 200, 204, 206, 302, 404, 416, 500 };
	static const uint64_t sizes[] = { U, 0, 6, 10, 12 };
	unsigned taken = 0;

	for (size_t s = 0; s < COUNT(statuses); s++)
	for (size_t r = 0; r < COUNT(ranges); r++)
	for (size_t e = 0; e < COUNT(etags); e++)
	for (size_t k = 0; k < COUNT(etags); k++)
	for (size_t l = 0; l < COUNT(sizes); l++)
	for (unsigned offset = 0; offset <= 10; offset += 2)
	for (int single = 0; single < 2; single++) {
		struct plan_state state = { offset, { 10, etags[k], "" }, single };
		struct plan_answer answer = { statuses[s], sizes[l], sizes[l] == U, 0, etags[e], "",
		    ranges[r] };
		struct plan_ask ask = plan_next(&state);
		struct plan p = plan_judge(&state, &ask, &answer);

		if (p.step != PLAN_TAKE)
			continue;
		taken++;
		ck_assert(p.offset == 0 || (ask.want == PLAN_WANT_REST && p.offset == offset &&
		    p.version.size == 10));
		ck_assert(p.offset == 0 || !(k && e && k != e));
		ck_assert(p.end == U ? p.version.size == U : p.end <= p.version.size && p.end >= p.offset);
		ck_assert(p.offset != 0 || p.end == p.version.size);
	}
	ck_assert_uint_gt(taken, 500);
}
END_TEST

static const struct {
	const char *text;
	bool ok;
	uint64_t from, to, total;
} content_ranges[] = {
	{ "bytes 0-0/1", true, 0, 0, 1 },
	{ "bytes 4-9/10", true, 4, 9, 10 },
	{ "Bytes 4-9/10", true, 4, 9, 10 },
	{ "bytes\t 4-9/10", true, 4, 9, 10 },
	{ "bytes 4-9/*", true, 4, 9, U },
	{ "bytes */10", true, U, U, 10 },
	{ "bytes */0", true, U, U, 0 },
	{ "bytes 0-9223372036854775799/9223372036854775800", false, 0, 0, 0 },	/* more than a file can have */
	{ "bytes 0-922337203685477578/922337203685477579", true, 0, 922337203685477578, 922337203685477579 },
	{ "bytes */*", false, 0, 0, 0 },
	{ "bytes 9-4/10", false, 0, 0, 0 },
	{ "bytes 4-10/10", false, 0, 0, 0 },
	{ "bytes 4-9/10 ", false, 0, 0, 0 },
	{ "bytes 4-9/10, 12-13/20", false, 0, 0, 0 },
	{ "bytes 4-9", false, 0, 0, 0 },
	{ "bytes 4-/10", false, 0, 0, 0 },
	{ "bytes -9/10", false, 0, 0, 0 },
	{ "bytes=4-9/10", false, 0, 0, 0 },
	{ "bytes +4-9/10", false, 0, 0, 0 },
	{ "bytes 4 - 9/10", false, 0, 0, 0 },
	{ "items 4-9/10", false, 0, 0, 0 },
	{ "bytes 99999999999999999999-99999999999999999999/*", false, 0, 0, 0 },
	{ "bytes", false, 0, 0, 0 },
	{ "", false, 0, 0, 0 },
};

START_TEST(content_range_is_read_strictly)
{
	uint64_t from = 1, to = 2, total = 3;

	ck_assert_msg(plan_content_range(content_ranges[_i].text, &from, &to, &total) == content_ranges[_i].ok,
	    "%s",
	    content_ranges[_i].text);
	if (!content_ranges[_i].ok) {
		ck_assert(from == 1 && to == 2 && total == 3);
		return;
	}
	ck_assert_uint_eq(from, content_ranges[_i].from);
	ck_assert_uint_eq(to, content_ranges[_i].to);
	ck_assert_uint_eq(total, content_ranges[_i].total);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_plan");
	TCase *t = tcase_create("plan");

	tcase_add_loop_test(t, what_is_asked_follows_from_what_is_here, 0, COUNT(asks));
	tcase_add_loop_test(t, an_answer_has_one_meaning, 0, COUNT(rows));
	tcase_add_test(t, no_answer_leads_to_a_mix);
	tcase_add_loop_test(t, content_range_is_read_strictly, 0, COUNT(content_ranges));
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
