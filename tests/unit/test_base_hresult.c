/* SPDX-License-Identifier: MIT
 * tests/unit/test_base_hresult.c: every code dray can return, or a transfer can fail with, has a name and words.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/hresult.h"

static const struct { uint32_t code; const char *where; } used[] = {
#define ERR(name, hresult, fault, put_fault, exit, text) { hresult, "errors.def " #name },
#include "schemas/errors.def"
#undef ERR
#define CURL(name, hresult, context, cls, detail, text, hint) { hresult, "transfer.def CURL " #name },
#include "schemas/transfer.def"
#undef CURL
#define TRUST(number, hresult, text) { hresult, "transfer.def TRUST " #number },
#include "schemas/transfer.def"
#undef TRUST
#define ERRNO(number, hresult, cls, text) { hresult, "transfer.def ERRNO " #number },
#include "schemas/transfer.def"
#undef ERRNO
#define REFUSAL(name, hresult, context, cls, text, hint) { hresult, "transfer.def REFUSAL " #name },
#include "schemas/transfer.def"
#undef REFUSAL
};

static const struct { uint32_t code; const char *name, *text, *remedy; } rows[] = {
#define HRESULT(code, name, text, remedy) { code, #name, text, remedy },
#include "schemas/hresults.def"
#undef HRESULT
};

START_TEST(every_code_dray_uses_has_words)
{
	struct hresult_words w;

	ck_assert_msg(hresult_words(used[_i].code, &w), "%s (0x%08X) has no row in schemas/hresults.def", used[_i].where,
	    used[_i].code);
	ck_assert_msg(w.name[0], "%s", used[_i].where);
}
END_TEST

START_TEST(every_code_of_bits_has_a_row)
{
	static const uint32_t gaps[] = { 0x80200006, 0x80200017, 0x8020001A, 0x8020002A, 0x80200055 };	/* success */
	struct hresult_words w;

	for (uint32_t code = 0x80200001; code <= 0x80200076; code++) {
		bool gap = (code > 0x80200049 && code < 0x80200050) || (code > 0x80200059 && code < 0x80200060);

		for (size_t i = 0; i < COUNT(gaps); i++)
			gap |= code == gaps[i];
		ck_assert_msg(hresult_words(code, &w) == !gap, "0x%08X", code);
	}
}
END_TEST

START_TEST(rows_are_whole_sentences_and_stand_once)
{
	struct hresult_words w;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(rows[i].text[0] && rows[i].text[strlen(rows[i].text) - 1] == '.', "%s", rows[i].name);
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(rows[k].code != rows[i].code && strcmp(rows[k].name, rows[i].name), "%s stands twice",
			    rows[i].name);
		ck_assert(hresult_words(rows[i].code, &w));
		ck_assert_str_eq(w.text, rows[i].text);		/* nothing was cut */
		ck_assert_str_eq(w.remedy, rows[i].remedy);
		ck_assert_str_eq(w.name, rows[i].name);
	}
}
END_TEST

START_TEST(a_status_of_http_has_words_by_its_number)
{
	struct hresult_words w;

	ck_assert(hresult_words(0x80190194, &w));
	ck_assert_str_eq(w.name, "BG_E_HTTP_ERROR_404");
	ck_assert_str_eq(w.text, "The server answered 404 (Not Found).");
	ck_assert_str_ne(w.remedy, "");
	ck_assert(hresult_words(0x801901B0, &w));	/* 432: no reason is known */
	ck_assert_str_eq(w.text, "The server answered 432.");
	ck_assert(!hresult_words(0x80190000, &w));
	ck_assert(!hresult_words(0x8019ffff, &w));
}
END_TEST

START_TEST(an_unknown_code_is_said_to_be_one)
{
	struct hresult_words w;

	ck_assert(!hresult_words(0xDEADBEEF, &w));
	ck_assert_str_eq(w.name, "");
	ck_assert_str_eq(w.text, "Nothing is known of the code 0xDEADBEEF.");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base_hresult");
	TCase *t = tcase_create("words");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, every_code_dray_uses_has_words, 0, COUNT(used));
	tcase_add_test(t, every_code_of_bits_has_a_row);
	tcase_add_test(t, rows_are_whole_sentences_and_stand_once);
	tcase_add_test(t, a_status_of_http_has_words_by_its_number);
	tcase_add_test(t, an_unknown_code_is_said_to_be_one);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
