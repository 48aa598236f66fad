/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_xpath.c: which paths are read and as what; all others are refused.
 */
#include "tests/unit/test_wsm_util.h"

#include "wsman/xpath.h"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new(1 << 20);
	ck_assert_ptr_nonnull(arena);
}

static void teardown(void)
{
	arena_free(arena);
}

/* As steps with their numbers, or "refused". */
static const char *read_path(const char *text)
{
	static char out[600];
	struct xpath_path path;
	size_t at = 0;

	if (!xpath_path_read(text, &util_printer, arena, &path))
		return "refused";
	for (size_t i = 0; i < path.nsteps; i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s %u", i ? ", " : "", path.steps[i].name,
		    path.steps[i].index);
	snprintf(out + at, sizeof(out) - at, "%s", path.text ? ", text" : "");
	return out;
}

START_TEST(paths_of_level_one_are_read)
{
	static const char *const cases[][2] = {
		{ "Name", "Name 0" },
		{ "Name/text()", "Name 0, text" },
		{ "Pages[2]", "Pages 2" },
		{ "Pages[ 2 ] / Text", "Pages 2, Text 0" },
		{ " /Printer/Name ", "Name 0" },
		{ "/p:Printer[1]/p:Pages[1]/g:Text/text ( )", "Pages 1, Text 0, text" },
		{ "./Name", "Name 0" },
		{ "printer/name", "name 0" },
		{ "/Name", "Name 0" },
		{ "text", "text 0" },
		{ "Gr\xc3\xb6\xc3\x9f" "e", "Gr\xc3\xb6\xc3\x9f" "e 0" },
		{ "a/b/c/d", "a 0, b 0, c 0, d 0" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(read_path(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(whatever_is_beyond_level_one_is_refused)
{
	static const char *const cases[] = { "", " ", "/", "//Name", "Name/", "Name//text()", "Name[0]", "Name[-1]",
		"Name[last()]", "Name[1][2]", "Name[65536]", "Name[99999999999999999999]", "Name[1", "Name[1=1]",
		"Name[.='x']", "@id", "Name/@id", "*", "..", ".", "../Name", "child::Name", "text()", "/Printer",
		"/Printer[2]/Name", "/Printer/text()", "Name/text()/x", "Name text()", "Name | Note", "1", "Name=1",
		"count(Name)", "a/b/c/d/e", "Name/text(", "Name/\xff\xfe(", "Name/text()x", ":Name", "p:" };
	char *text = calloc(1, XPATH_TEXT_MAX + 2);

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(!strcmp(read_path(cases[i]), "refused"), "%s", cases[i]);
	memset(text, 'a', XPATH_TEXT_MAX + 1);
	ck_assert_str_eq(read_path(text), "refused");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_xpath");
	TCase *tc = tcase_create("xpath");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, paths_of_level_one_are_read);
	tcase_add_test(tc, whatever_is_beyond_level_one_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
