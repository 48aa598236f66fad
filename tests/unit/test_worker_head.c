/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_head.c: the head of an answer, and the records of the worker's socket, from
 * well-formed to random bytes.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/worker/proto.h"
#include "engine/worker/xfer_head.h"

static struct xfer_head head;
static struct plan_answer answer;

/* Feeds a text line by line; how often a final head was seen. */
static int feed(const char *text)
{
	int finals = 0;

	xfer_head_init(&head);
	while (*text) {
		const char *end = strchr(text, '\n') + 1;

		finals += xfer_head_line(&head, text, (size_t)(end - text)) == XFER_HEAD_FINAL;
		text = end;
	}
	xfer_head_answer(&head, &answer);
	return finals;
}

START_TEST(the_facts_of_an_answer_are_found)
{
	ck_assert_int_eq(feed("HTTP/1.1 206 Partial Content\r\nServer: x\r\ncontent-length:  6\t\r\n"
	    "ETag: \"a b\"\r\nLAST-MODIFIED: Sun, 09 Sep 2001 01:46:40 GMT\r\n"
	    "Content-Range: bytes 4-9/10\r\nAccept-Ranges: bytes\r\n\r\n"), 1);
	ck_assert(!head.refused);
	ck_assert_uint_eq(answer.status, 206);
	ck_assert_uint_eq(answer.length, 6);
	ck_assert(!answer.chunked);
	ck_assert_int_eq(answer.ranges, PLAN_RANGES_YES);
	ck_assert_str_eq(answer.etag, "\"a b\"");
	ck_assert_str_eq(answer.modified, "Sun, 09 Sep 2001 01:46:40 GMT");
	ck_assert_str_eq(answer.content_range, "bytes 4-9/10");
}
END_TEST

START_TEST(what_is_absent_is_unknown)
{
	ck_assert_int_eq(feed("HTTP/1.0 200\n\n"), 1);
	ck_assert_uint_eq(answer.status, 200);
	ck_assert_uint_eq(answer.length, PLAN_UNKNOWN);
	ck_assert_int_eq(answer.ranges, PLAN_RANGES_UNSAID);
	ck_assert_str_eq(answer.etag, "");
	ck_assert_str_eq(answer.modified, "");
	ck_assert_str_eq(answer.content_range, "");
}
END_TEST

START_TEST(only_the_latest_head_counts_and_interim_ones_are_none)
{
	ck_assert_int_eq(feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /b\r\n"
	    "ETag: \"x\"\r\n"
	    "Content-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"), 2);
	ck_assert_uint_eq(answer.status, 200);
	ck_assert_uint_eq(answer.length, 3);
	ck_assert_str_eq(answer.etag, "");
	ck_assert_int_eq(feed("HTTP/1.1 302 Found\r\nContent-Length: 7\r\n\r\n"), 1);	/* it leads nowhere */
	ck_assert_uint_eq(answer.status, 302);
	ck_assert_int_eq(feed("HTTP/1.1 302 Found\r\nLocation:\r\n\r\n"), 1);
	ck_assert_int_eq(feed("HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n"), 1);
	ck_assert_str_eq(head.location, "/b");
	feed("HTTP/1.1 302 Found\r\nLocation: /b\r\nLocation: /c\r\n\r\n");
	ck_assert(head.refused);
}
END_TEST

START_TEST(chunks_count_more_than_a_length)
{
	feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 3\r\n\r\n");
	ck_assert(answer.chunked);
	ck_assert_uint_eq(answer.length, PLAN_UNKNOWN);
}
END_TEST

START_TEST(lengths_that_lie_are_refused)
{
	static const char *const bad[] = { "-1", "0x10", "1e3", "3, 3", "9223372036854775808",
	    "18446744073709551616", "" };
	char text[200];

	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n", bad[i]);
		feed(text);
		ck_assert_msg(head.refused, "%s", bad[i]);
	}
	feed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n");
	ck_assert(!head.refused);
	feed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n");
	ck_assert(head.refused);
	feed("HTTP/1.1 20 OK\r\n\r\n");
	ck_assert(head.refused);
	feed("HTTP/1.1 2000 OK\r\n\r\n");
	ck_assert(head.refused);
}
END_TEST

START_TEST(validators_that_could_do_harm_count_as_absent)
{
	char text[900] = "HTTP/1.1 200 OK\r\nETag: \"";

	feed("HTTP/1.1 200 OK\r\nETag: \"\xc3\xa4\"\r\nLast-Modified: a\x01 b\r\n\r\n");
	ck_assert_str_eq(answer.etag, "");
	ck_assert_str_eq(answer.modified, "");
	feed("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nETag: \"b\"\r\n\r\n");
	ck_assert_str_eq(answer.etag, "");
	feed("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nETag: \"b\"\r\nETag: \"b\"\r\nETag: \"b\"\r\n\r\n");
	ck_assert_str_eq(answer.etag, "");		/* disagreement is not healed by repetition */
	feed("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nETag: \"a\"\r\n\r\n");
	ck_assert_str_eq(answer.etag, "\"a\"");
	feed("HTTP/1.1 206 X\r\nContent-Range: bytes 4-9/10\r\nContent-Range: bytes 0-9/10\r\n\r\n");
	ck_assert_str_eq(answer.content_range, "");
	memset(text + strlen(text), 'e', 600);
	strcat(text, "\"\r\n\r\n");
	feed(text);
	ck_assert_str_eq(answer.etag, "");
	ck_assert(!head.refused);
}
END_TEST

START_TEST(a_head_has_an_end)
{
	char line[1000];
	unsigned i;

	memset(line, 'x', sizeof(line));
	memcpy(line, "X-A: ", 5);
	xfer_head_init(&head);
	for (i = 0; i < 1000 && !head.refused; i++)
		xfer_head_line(&head, line, sizeof(line));
	ck_assert(head.large);
	ck_assert_uint_lt(i, 70);
	xfer_head_init(&head);
	for (i = 0; i < 1000 && !head.refused; i++)
		xfer_head_line(&head, "A: b\r\n", 6);
	ck_assert(head.large);
	xfer_head_init(&head);		/* redirects do not begin a new allowance */
	for (i = 0; i < 1000 && !head.refused; i++) {
		xfer_head_line(&head, "HTTP/1.1 302 F\r\n", 16);
		xfer_head_line(&head, "Location: /\r\n", 13);
		xfer_head_line(&head, "\r\n", 2);
	}
	ck_assert(head.large);
	xfer_head_init(&head);
	for (i = 0; i < 1000 && !head.refused; i++) {
		xfer_head_line(&head, "HTTP/1.1 302 F\r\n", 16);
		xfer_head_line(&head, line, sizeof(line));
	}
	ck_assert(head.large);
	ck_assert_uint_lt(i, 70);
	xfer_head_init(&head);
	xfer_head_line(&head, "HTTP/1.1 200 OK\0\r\n", 18);
	ck_assert(head.refused);
}
END_TEST

static uint64_t seed = 20240607;

static unsigned dice(unsigned sides)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(seed >> 33) % sides;
}

START_TEST(random_heads_do_no_harm)
{
	static const char *const words[] = { "HTTP/1.1 ", "200", "206", "302", " ", ":", "Content-Length",
		"Content-Range", "ETag", "\"a\"", "bytes ", "0-9/10", "Transfer-Encoding: chunked",
		"Location: ",
		"99999999999999999999", "\t" };
	static char line[9000];

	for (int round = 0; round < 20000; round++) {
		size_t len = 0;

		if (round % 50 == 0)
			xfer_head_init(&head);
		for (unsigned n = dice(8); n; n--) {
			const char *w = words[dice(COUNT(words))];

			memcpy(line + len, w, strlen(w));
			len += strlen(w);
			if (dice(4) == 0)
				line[len++] = (char)dice(256);
		}
		if (dice(500) == 0)
			len += dice(8000);		/* whatever the buffer holds */
		xfer_head_line(&head, line, len);
		xfer_head_answer(&head, &answer);
		ck_assert_uint_lt(strlen(answer.etag), XFER_HEAD_VALUE);
		ck_assert_uint_le(head.bytes, XFER_HEAD_BYTES + 500000);
	}
}
END_TEST

/* Records of the socket. */

static bool is_same(const struct proto_msg *a, const struct proto_msg *b)
{
	struct buf x, y;
	bool same;

	buf_init(&x, 1u << 20);
	buf_init(&y, 1u << 20);
	proto_write(&x, a);
	proto_write(&y, b);
	same = x.len == y.len && !memcmp(x.data, y.data, x.len);
	buf_done(&x);
	buf_done(&y);
	return same;
}

START_TEST(random_records_are_refused_or_read_as_they_were_written)
{
	struct proto_msg start = { .type = PROTO_START, .tag = 7, .start = { .url = "http://host/a",
		.path = "/a/b",
		.root = "", .temp = ".b", .offset = 4, .size = UINT64_MAX, .etag = "\"e\"", .modified = "d" } };
	unsigned good = 0, bad = 0;
	struct buf clean;

	buf_init(&clean, 1u << 20);
	proto_write(&clean, &start);
	for (int round = 0; round < 30000; round++) {
		struct arena *arena = arena_new(65536);
		char bytes[300];
		size_t len = clean.len;
		struct proto_msg msg, again;
		struct buf out;

		memcpy(bytes, clean.data, len);
		bytes[0] = (char)dice(PROTO__COUNT + 2);
		for (unsigned n = dice(4); n; n--)
			bytes[dice((unsigned)len)] = (char)dice(256);
		if (dice(2))
			len = dice((unsigned)len + 1);
		if (proto_read(bytes, len, arena, &msg)) {
			good++;
			buf_init(&out, 1u << 20);
			proto_write(&out, &msg);
			ck_assert_uint_eq(out.len, len);
			ck_assert(proto_read(out.data, out.len, arena, &again) && is_same(&msg, &again));
			buf_done(&out);
		} else {
			bad++;
		}
		arena_free(arena);
	}
	buf_done(&clean);
	ck_assert_uint_gt(good, 100);
	ck_assert_uint_gt(bad, 1000);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_head");
	TCase *t = tcase_create("head");

	tcase_set_timeout(t, 100);
	tcase_add_test(t, the_facts_of_an_answer_are_found);
	tcase_add_test(t, what_is_absent_is_unknown);
	tcase_add_test(t, only_the_latest_head_counts_and_interim_ones_are_none);
	tcase_add_test(t, chunks_count_more_than_a_length);
	tcase_add_test(t, lengths_that_lie_are_refused);
	tcase_add_test(t, validators_that_could_do_harm_count_as_absent);
	tcase_add_test(t, a_head_has_an_end);
	tcase_add_test(t, random_heads_do_no_harm);
	tcase_add_test(t, random_records_are_refused_or_read_as_they_were_written);
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
