/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_http.c: the readers of HTTP as pure functions: heads, chunks, credentials.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "wsman/basic.h"
#include "wsman/http.h"

static struct http_head head;
static char *bytes;

/* Reads a head from memory of exactly its size. */
static int parse(const char *text, size_t len)
{
	free(bytes);
	bytes = malloc(len ? len : 1);
	memcpy(bytes, text, len);
	http_parse(bytes, len, &head);
	return head.status;
}

static void teardown(void)
{
	free(TAKE(bytes));
}

static int parse_text(const char *text)
{
	return parse(text, strlen(text));
}

START_TEST(a_head_is_taken_apart)
{
	ck_assert_int_eq(parse_text("\r\nPOST /wsman?a=b HTTP/1.1\r\nhOST: h\r\nContent-length:  012 \r\n"
	    "content-TYPE:\tapplication/soap+xml; charset=UTF-8\r\nAuthorization: Basic YTpi\r\nOrigin: x\r\n"
	    "Expect: 100-Continue\r\nX: \xc3\xa9\r\nEmpty:\r\n\r\n"), 0);
	ck_assert_str_eq(head.method, "POST");
	ck_assert_str_eq(head.target, "/wsman?a=b");
	ck_assert_uint_eq(head.length, 12);
	ck_assert_str_eq(head.content_type, "application/soap+xml; charset=UTF-8");
	ck_assert_str_eq(head.authorization, "Basic YTpi");
	ck_assert_str_eq(head.origin, "x");
	ck_assert(head.expects_continue && head.keep_alive && !head.chunked && !head.http10);
	ck_assert_int_eq(parse_text("POST / HTTP/1.1\r\nHost: h\r\nConnection: foo , Close\r\n\r\n"), 0);
	ck_assert(!head.keep_alive);
	ck_assert_int_eq(parse_text("POST / HTTP/1.0\r\n\r\n"), 0);
	ck_assert(head.http10 && !head.keep_alive);
	ck_assert_int_eq(parse_text("POST / HTTP/1.0\r\nConnection: close-not, keep-alive\r\n\r\n"), 0);
	ck_assert(head.keep_alive);
	ck_assert_int_eq(parse_text("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED\r\n\r\n"), 0);
	ck_assert(head.chunked);
}
END_TEST

START_TEST(the_end_of_a_head_is_found_from_any_point)
{
	const char *text = "POST / HTTP/1.1\r\nA: b\r\n\r\nbody\r\n\r\n";

	for (size_t len = 0; len < 25; len++)
		ck_assert_uint_eq(http_head_length(text, len, len ? len - 1 : 0), 0);
	for (size_t from = 0; from <= 24; from++)
		ck_assert_uint_eq(http_head_length(text, strlen(text), from), 25);
}
END_TEST

START_TEST(paths_are_compared_whole)
{
	ck_assert(http_path_is("/wsman", "/wsman"));
	ck_assert(http_path_is("/wsman/", "/wsman"));
	ck_assert(http_path_is("/wsman?x=/y", "/wsman"));
	ck_assert(!http_path_is("/wsmanx", "/wsman"));
	ck_assert(!http_path_is("/wsman//", "/wsman"));
	ck_assert(!http_path_is("/WSMAN", "/wsman"));
	ck_assert(!http_path_is("/", "/wsman"));
}
END_TEST

/* Reads a chunked body in pieces of `step` bytes; -1: refused, -2: never ends. */
static int read_chunks(const char *text, size_t step, char *out)
{
	struct http_chunks c = { 0 };
	size_t len = strlen(text), at = 0, used, n;
	const char *data;
	int total = 0;

	while (at < len) {
		size_t piece = len - at < step ? len - at : step;
		char *exact = malloc(piece);
		enum http_chunk result;

		memcpy(exact, text + at, piece);
		result = http_chunk_read(&c, exact, piece, &used, &data, &n);
		if (result != HTTP_CHUNK_BAD) {
			memcpy(out + total, data, n);
			total += (int)n;
		}
		free(exact);
		if (result == HTTP_CHUNK_BAD)
			return -1;
		at += used;
		if (result == HTTP_CHUNK_DONE)
			return at == len ? total : -3;
	}
	return -2;
}

START_TEST(chunks_are_the_same_however_they_arrive)
{
	static const struct { const char *text; int want; } cases[] = {
		{ "0\r\n\r\n", 0 },
		{ "3\r\nabc\r\n2;x=\"y\"\r\nde\r\n000\r\nT: r\r\nU: v\r\n\r\n", 5 },
		{ "A\r\n0123456789\r\n0\r\n\r\n", 10 },
		{ "3\r\nabc", -2 },
		{ "3\r\nabcX", -1 },
		{ "3\nabc\r\n0\r\n\r\n", -1 },
		{ "\r\n", -1 },
		{ ";x\r\n", -1 },
		{ "g\r\n", -1 },
		{ "-1\r\n", -1 },
		{ "0x3\r\nabc\r\n0\r\n\r\n", -1 },
		{ "123456789\r\n", -1 },
		{ "0\r\n\n", -1 },
		{ "0;\x01\r\n\r\n", -1 },
	};
	char out[64];

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t step = 1; step < 40; step++) {
			int got = read_chunks(cases[i].text, step, out);

			ck_assert_msg(got == cases[i].want, "%s by %zu: %d", cases[i].text, step, got);
			if (cases[i].want == 5)
				ck_assert_int_eq(memcmp(out, "abcde", 5), 0);
		}
}
END_TEST

START_TEST(extensions_and_trailers_have_a_limit)
{
	char *text = malloc(20000), out[8];

	memset(text, 'x', 19999);
	text[19999] = '\0';
	memcpy(text, "0;", 2);
	ck_assert_int_eq(read_chunks(text, 4096, out), -1);
	memcpy(text, "0\r\nT:", 5);
	ck_assert_int_eq(read_chunks(text, 4096, out), -1);
	free(text);
}
END_TEST

START_TEST(credentials_are_read_strictly)
{
	static const struct { const char *header, *user, *password;
	} cases[] = {
		{ "Basic YW5uOnNlY3JldA==", "ann", "secret" },
		{ "bAsIc   YW5uOnNlY3JldA", "ann", "secret" },
		{ "Basic YTpiOmM=", "a", "b:c" },
		{ "Basic Og==", "", "" },
		{ "Basic XGFubjp4", "ann", "x" },
		{ "Basic w7w6w6Q=", "\xc3\xbc", "\xc3\xa4" },
		{ "Basic", NULL, NULL },
		{ "Basic ", NULL, NULL },
		{ "Basic YW5u", NULL, NULL },
		{ "Basic YW5u OnNl", NULL, NULL },
		{ "Basic YW5uOnNl=x", NULL, NULL },
		{ "Basic YW5uOnNl===", NULL, NULL },
		{ "Basic YW4AOnNl", NULL, NULL },
		{ "Basic YW5uOg\xc3\xa4", NULL, NULL },
		{ "Negotiate YW5uOnNlY3JldA==", NULL, NULL },
		{ "Basic\tYTpi", NULL, NULL },
	};
	struct basic b;
	char *big;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(basic_read(cases[i].header, &b) == !!cases[i].user, "%s", cases[i].header);
		if (!cases[i].user)
			continue;
		ck_assert_str_eq(b.user, cases[i].user);
		ck_assert_str_eq(b.password, cases[i].password);
		basic_forget(&b);
		ck_assert_int_eq(b.text[0], 0);
	}
	big = malloc(5000);
	memset(big, 'Q', 4999);
	big[4999] = '\0';
	memcpy(big, "Basic YTpi", 10);
	ck_assert(!basic_read(big, &b));
	free(big);
}
END_TEST

static unsigned seed = 7;

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % sides;
}

START_TEST(mutated_heads_are_read_or_refused)
{
	static const char good[] =
	    "POST /wsman HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nAuthorization: Basic YTpi\r\n"
	    "Content-Type: application/soap+xml;charset=utf-8\r\nConnection: keep-alive\r\nExpect: "
	    "100-continue\r\n\r\n";
	unsigned fine = 0;

	for (int i = 0; i < 100000; i++) {
		char text[sizeof(good)], charset[16];
		size_t len = sizeof(good) - 1;

		memcpy(text, good, sizeof(good));
		for (unsigned n = 1 + dice(4); n; n--)
			text[dice((unsigned)len)] =
			    (char)(dice(3) ? "\r\n:, \t/;=\"#?0"[dice(13)] : (char)dice(256));
		if (!http_head_length(text, len, 0))
			continue;
		if (parse(text, http_head_length(text, len, 0)) == 0) {
			fine++;
			ck_assert_ptr_nonnull(head.method);
			ck_assert_int_eq(head.target[0], '/');
			ck_assert(!(head.chunked && head.length));
			if (head.content_type)
				http_charset(head.content_type, charset, sizeof(charset));
		} else {
			ck_assert(head.status >= 400 && head.status < 506);
		}
	}
	ck_assert_uint_gt(fine, 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_http");
	TCase *tc = tcase_create("http");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_head_is_taken_apart);
	tcase_add_test(tc, the_end_of_a_head_is_found_from_any_point);
	tcase_add_test(tc, paths_are_compared_whole);
	tcase_add_test(tc, chunks_are_the_same_however_they_arrive);
	tcase_add_test(tc, extensions_and_trailers_have_a_limit);
	tcase_add_test(tc, credentials_are_read_strictly);
	tcase_add_test(tc, mutated_heads_are_read_or_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
