/* SPDX-License-Identifier: MIT
 * tests/unit/test_cli_path.c: what a fetched file is called and where it goes.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/cli.h"
#include "agent/cli/cli_path.h"
#include "engine/base/auto.h"
#include "tests/peer/box.h"

static const struct { const char *url, *name; } names[] = {
	{ "http://h/a/b.iso", "b.iso" },
	{ "http://h/b.iso?x=/y#/z", "b.iso" },
	{ "http://h/a%20b", "a b" },
	{ "http://h/%C3%A4", "\xc3\xa4" },
	{ "http://h/100%25", "100%" },
	{ "http://h/..a", "..a" },
	{ "http://h", NULL }, { "http://h/", NULL }, { "http://h/a/", NULL }, { "http://h?a/b", NULL },
	{ "http://h/.", NULL }, { "http://h/..", NULL }, { "http://h/%2e%2E", NULL },
	{ "http://h/a%2fb", NULL }, { "http://h/a%2", NULL }, { "http://h/a%zz", NULL },
	{ "http://h/a%00b", NULL }, { "http://h/a%0ab", NULL },
	{ "http://h/%1b[2J", NULL }, { "http://h/%ff", NULL }, { "", NULL }, { "http://h/%C2%9B", "\xc2\x9b" },
};

START_TEST(a_url_names_a_file_or_none)
{
	AUTO_FREE char *name = cli_path_name_of_url(names[_i].url);

	if (names[_i].name)
		ck_assert_pstr_eq(name, names[_i].name);
	else
		ck_assert_ptr_null(name);
}
END_TEST

START_TEST(a_name_too_long_for_a_directory_is_none)
{
	char url[400] = "http://h/";

	memset(url + 9, 'a', 256);
	ck_assert_ptr_null(cli_path_name_of_url(url));
}
END_TEST

static char box[BOX_ROOM];

static void set_up(void)
{
	box_make(box, sizeof(box), "path");
	ck_assert_int_eq(chdir(box), 0);
	ck_assert_int_eq(mkdir("sub", 0755), 0);
	ck_assert_int_eq(symlink("sub", "link"), 0);
	ck_assert_int_eq(close(creat("there", 0644)), 0);
}

static void tear_down(void)
{
	unlink("there");
	unlink("link");
	rmdir("sub");
	rmdir(box);
}

static const struct { const char *output, *tail; } places[] = {
	{ NULL, "/f.bin" }, { "g", "/g" }, { "./g", "/g" }, { "sub/g", "/sub/g" }, { "sub", "/sub/f.bin" },
	{ "sub/", "/sub/f.bin" }, { ".", "/f.bin" }, { "sub/../g", "/g" }, { "link/g", "/sub/g" },
};

START_TEST(a_path_is_made_absolute_where_one_stands)
{
	struct cli cli = { 0 };
	int status = -1;
	AUTO_FREE char *path = cli_path_for_get(&cli, "http://h/f.bin", places[_i].output, false, &status);

	ck_assert_ptr_nonnull(path);
	ck_assert_int_eq(strncmp(path, box, strlen(box)), 0);
	ck_assert_str_eq(path + strlen(box), places[_i].tail);
}
END_TEST

static const struct { const char *url, *output; bool force; int status; } refusals[] = {
	{ "http://h/there", NULL, false, EXIT_FAILED }, { "http://h/f", "there", false, EXIT_FAILED },
	{ "http://h/", NULL, false, EXIT_USAGE }, { "http://h/", "sub", false, EXIT_USAGE },
	{ "http://h/f", "-", false, EXIT_USAGE }, { "http://h/f", "none/f", false, EXIT_FAILED },
	{ "http://h/f", "none/", false, EXIT_USAGE }, { "http://h/sub", NULL, true, EXIT_FAILED },
	{ "http://h/f", "", false, EXIT_USAGE },
};

START_TEST(what_would_lose_or_miss_a_file_is_refused)
{
	const char *output = refusals[_i].output;
	struct cli cli = { 0 };
	int status = -1;

	ck_assert_ptr_null(cli_path_for_get(&cli, refusals[_i].url, output, refusals[_i].force, &status));
	ck_assert_int_eq(status, refusals[_i].status);
}
END_TEST

START_TEST(force_replaces_a_file)
{
	struct cli cli = { 0 };
	int status = -1;
	AUTO_FREE char *path = cli_path_for_get(&cli, "http://h/there", NULL, true, &status);

	ck_assert_ptr_nonnull(path);
}
END_TEST

START_TEST(a_remote_path_is_left_alone_and_must_be_absolute)
{
	struct cli cli = { .remote = true };
	int status = -1;
	AUTO_FREE char *path = cli_path_for_get(&cli, "http://h/f", "/no/such/dir/f", false, &status);

	ck_assert_str_eq(path, "/no/such/dir/f");
	ck_assert_ptr_null(cli_path_for_get(&cli, "http://h/f", "f", false, &status));
	ck_assert_int_eq(status, EXIT_USAGE);
	ck_assert_ptr_null(cli_path_for_get(&cli, "http://h/f", NULL, false, &status));
	ck_assert_int_eq(status, EXIT_USAGE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cli_path");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, a_url_names_a_file_or_none, 0, (int)COUNT(names));
	tcase_add_test(t, a_name_too_long_for_a_directory_is_none);
	tcase_add_loop_test(t, a_path_is_made_absolute_where_one_stands, 0, (int)COUNT(places));
	tcase_add_loop_test(t, what_would_lose_or_miss_a_file_is_refused, 0, (int)COUNT(refusals));
	tcase_add_test(t, force_replaces_a_file);
	tcase_add_test(t, a_remote_path_is_left_alone_and_must_be_absolute);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
