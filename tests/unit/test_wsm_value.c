/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_value.c: texts of a request as typed values, arrays and secrets among them.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/auto.h"
#include "wsman/value.h"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new(1u << 20);
	ck_assert_ptr_nonnull(arena);
}

static void teardown(void)
{
	arena_free(arena);
}

START_TEST(elements_of_an_array_keep_their_order)
{
	struct prov_value v = { 0 };
	char text[16];

	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), " %d ", i);
		ck_assert(value_read(CIM_TEXTS, text, arena, &v));
	}
	ck_assert(v.set);
	ck_assert_uint_eq(v.nrows, 100);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(strtol(v.texts[i], NULL, 10), i);
}
END_TEST

START_TEST(octets_are_numbers_up_to_255)
{
	struct prov_value v = { 0 };

	ck_assert(value_read(CIM_OCTETS, "0", arena, &v));
	ck_assert(value_read(CIM_OCTETS, "255", arena, &v));
	ck_assert(value_read(CIM_OCTETS, "31", arena, &v));
	ck_assert_str_eq(v.text, "00ff1f");
	ck_assert_uint_eq(v.nrows, 3);
	ck_assert(!value_read(CIM_OCTETS, "256", arena, &v));
	ck_assert(!value_read(CIM_OCTETS, "ff", arena, &v));
}
END_TEST

START_TEST(numbers_are_decimal_digits_and_nothing_else)
{
	static const char *const bad[] = { "", " ", "0x1f", "0X1", "+1", "-0", "-1", "1.0", "1e2", "1 2", "ff", "1u", "true",
		"\xd9\xa1", "18446744073709551616" };
	struct prov_value v = { 0 };

	for (size_t i = 0; i < COUNT(bad); i++)
		for (enum cim_type type = CIM_U16; type <= CIM_U64; type++)
			ck_assert_msg(!value_read(type, bad[i], arena, &v), "%s", bad[i]);
	ck_assert(value_read(CIM_U64, "\n 18446744073709551615 \n", arena, &v));
	ck_assert_uint_eq(v.num, UINT64_MAX);
	ck_assert(value_read(CIM_U16, "007", arena, &v));
	ck_assert_uint_eq(v.num, 7);
	ck_assert(!value_read(CIM_U16, "65536", arena, &v));
	ck_assert(!value_read(CIM_OCTETS, "0x1f", arena, &(struct prov_value){ 0 }));
}
END_TEST

START_TEST(octets_are_bounded)
{
	struct prov_value v = { 0 };

	for (int i = 0; i < 64; i++)
		ck_assert(value_read(CIM_OCTETS, "1", arena, &v));
	ck_assert(!value_read(CIM_OCTETS, "1", arena, &v));
}
END_TEST

START_TEST(a_hash_may_come_as_one_text)
{
	static const char sha1[] = "00112233445566778899AABBCCDDEEFF00112233";
	struct prov_value v = { 0 };

	ck_assert(value_read(CIM_OCTETS, sha1, arena, &v));
	ck_assert_uint_eq(v.nrows, 20);
	ck_assert_str_eq(v.text, sha1);
	ck_assert(!value_read(CIM_OCTETS, sha1, arena, &v));	/* two hashes are none */
}
END_TEST

static const struct { enum cim_type type; const char *sent, *kept; } spaced[] = {
	{ CIM_SECRET, " a b\t", " a b\t" },
	{ CIM_SECRET, "\n a\n", "\n a\n" },
	{ CIM_TEXT, " a b\t", " a b\t" },		/* a name of a file may look like this */
	{ CIM_TEXT, "\n\t a b \n\t", "a b" },		/* somebody indented it */
	{ CIM_TEXT, " a b\r\n", " a b" },
	{ CIM_TEXT, "\r\na b ", "a b " },
	{ CIM_TEXT, "a\nb", "a\nb" },
	{ CIM_TEXT, "  ", "  " },
	{ CIM_TEXT, " \n ", "" },
	{ CIM_TEXT, "", "" },
};

START_TEST(blanks_at_the_ends_of_a_text_are_its_own_and_those_of_a_layout_are_not)
{
	struct prov_value v = { 0 };

	ck_assert(value_read(spaced[_i].type, spaced[_i].sent, arena, &v));
	ck_assert_str_eq(v.text, spaced[_i].kept);
}
END_TEST

START_TEST(elements_of_a_list_of_texts_keep_their_blanks_too)
{
	struct prov_value v = { 0 };

	ck_assert(value_read(CIM_TEXTS, " a ", arena, &v));
	ck_assert(value_read(CIM_TEXTS, "\n  b\n", arena, &v));
	ck_assert_str_eq(v.texts[0], " a ");
	ck_assert_str_eq(v.texts[1], "b");
}
END_TEST

START_TEST(numbers_stand_between_any_white_space)
{
	struct prov_value v = { 0 };

	ck_assert(value_read(CIM_U32, " 7\t", arena, &v));
	ck_assert_uint_eq(v.num, 7);
	ck_assert(value_read(CIM_BOOL, "\n true ", arena, &v));
	ck_assert_uint_eq(v.num, 1);
}
END_TEST

START_TEST(instances_are_not_read_from_text)
{
	struct prov_value v = { 0 };

	ck_assert(!value_read(CIM_OBJECTS, "x", arena, &v));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("wsm_value");
	TCase *t = tcase_create("values");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, elements_of_an_array_keep_their_order);
	tcase_add_test(t, octets_are_numbers_up_to_255);
	tcase_add_test(t, numbers_are_decimal_digits_and_nothing_else);
	tcase_add_test(t, octets_are_bounded);
	tcase_add_test(t, a_hash_may_come_as_one_text);
	tcase_add_loop_test(t, blanks_at_the_ends_of_a_text_are_its_own_and_those_of_a_layout_are_not, 0,
	    (int)(sizeof(spaced) / sizeof(spaced[0])));
	tcase_add_test(t, elements_of_a_list_of_texts_keep_their_blanks_too);
	tcase_add_test(t, numbers_stand_between_any_white_space);
	tcase_add_test(t, instances_are_not_read_from_text);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
