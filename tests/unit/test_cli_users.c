/* SPDX-License-Identifier: MIT
 * tests/unit/test_cli_users.c: the users file keeps everybody but the one who changes.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/cli.h"
#include "agent/cli/cli_args.h"
#include "agent/cli/cli_users.h"
#include "engine/base/auto.h"
#include "tests/peer/box.h"

static const struct { const char *before, *name, *line, *after; bool found; } edits[] = {
	{ "", "a", "a:user:x", "a:user:x\n", false },
	{ "# who may\na:user:x\nab:user:y\n", "a", "a:admin:z", "# who may\na:admin:z\nab:user:y\n", true },
	{ "a:user:x", "b", "b:user:y", "a:user:x\nb:user:y\n", false },
	{ "a:user:x\nb:user:y\na:user:z\n", "a", "a:user:q", "a:user:q\nb:user:y\n", true },
	{ "a:user:x\nb:user:y\n", "a", NULL, "b:user:y\n", true },
	{ "aa:user:x\n\n", "a", NULL, "aa:user:x\n\n", false },
};

START_TEST(one_line_changes_and_no_other)
{
	bool found = !edits[_i].found;
	AUTO_FREE char *after = cli_users_edit(edits[_i].before, edits[_i].name, edits[_i].line, &found);

	ck_assert_str_eq(after, edits[_i].after);
	ck_assert_int_eq(found, edits[_i].found);
}
END_TEST

START_TEST(names_that_would_break_the_file_are_refused)
{
	ck_assert(cli_users_name_ok("anna") && cli_users_name_ok("DOMAIN\\anna"));
	ck_assert(cli_users_name_ok("\xc3\xa4"));
	ck_assert(!cli_users_name_ok("") && !cli_users_name_ok("a:b") && !cli_users_name_ok("a\nb"));
	ck_assert(!cli_users_name_ok("#a") && !cli_users_name_ok("a b") && !cli_users_name_ok("\xff"));
	ck_assert(cli_users_role_ok("viewer") && cli_users_role_ok("user") && cli_users_role_ok("admin"));
	ck_assert(!cli_users_role_ok("Admin") && !cli_users_role_ok("") && !cli_users_role_ok("root"));
}
END_TEST

static char box[BOX_ROOM], file[100];

static void set_up(void)
{
	box_make(box, sizeof(box), "users");
	snprintf(file, sizeof(file), "%s/users", box);
}

static void tear_down(void)
{
	unlink(file);
	ck_assert_int_eq(rmdir(box), 0);	/* and no temporary file stayed */
}

static void put(const char *text, size_t len)
{
	int fd = open(file, O_CREAT | O_TRUNC | O_WRONLY, 0644);

	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
}

START_TEST(the_file_is_made_and_nobody_else_may_read_it)
{
	struct stat st;
	bool found;

	ck_assert(cli_users_store(file, "a", "a:user:x", &found));
	ck_assert(!found);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	put("a:user:x\n", 9);
	ck_assert(cli_users_store(file, "b", "b:user:y", &found));
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(st.st_size, 18);
}
END_TEST

START_TEST(a_file_that_is_none_is_left_alone)
{
	struct stat st;
	bool found;

	put("a\0b", 3);
	ck_assert(!cli_users_store(file, "a", "a:user:x", &found));
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_size, 3);
	ck_assert(!cli_users_store("/no/such/dir/users", "a", "a:user:x", &found));
}
END_TEST

START_TEST(a_link_stays_a_link)
{
	char link[120];
	struct stat st;
	bool found;

	put("a:user:x\n", 9);
	snprintf(link, sizeof(link), "%s/link", box);
	ck_assert_int_eq(symlink(file, link), 0);
	ck_assert(cli_users_store(link, "b", "b:user:y", &found));
	ck_assert_int_eq(lstat(link, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_size, 18);
	unlink(link);
}
END_TEST

START_TEST(options_stand_anywhere)
{
	const char *value = NULL;
	struct cli cli = { 0 };
	bool flag = false;
	const struct cli_opt opts[] = { { "value", 'v', &value, NULL }, { "flag", 'f', NULL, &flag }, { 0 } };
	char *argv[] = { "one", "--flag", "-v", "x", "two", "--json", "--host=h:1", "--", "--not", NULL };
	int argc = 9;

	ck_assert(cli_args(&cli, &argc, argv, opts));
	ck_assert_int_eq(argc, 3);
	ck_assert_str_eq(argv[0], "one");
	ck_assert_str_eq(argv[1], "two");
	ck_assert_str_eq(argv[2], "--not");
	ck_assert(flag && cli.json);
	ck_assert_str_eq(value, "x");
	ck_assert_str_eq(cli.host, "h:1");
}
END_TEST

static char *const wrong[][3] = { { "--nothing" }, { "-x" }, { "--value" }, { "--flag=yes" }, { "--fla" },
	{ "--" "=x" } };

START_TEST(options_that_are_none_are_refused)
{
	const char *value = NULL;
	struct cli cli = { 0 };
	bool flag = false;
	const struct cli_opt opts[] = { { "value", 'v', &value, NULL }, { "flag", 'f', NULL, &flag }, { 0 } };
	char *argv[] = { wrong[_i][0], NULL };
	int argc = 1;

	ck_assert(!cli_args(&cli, &argc, argv, opts));
}
END_TEST

START_TEST(before_the_verb_parsing_stops_at_it)
{
	struct cli cli = { 0 };
	char *argv[] = { "-Hhost", "--user", "anna", "get", "--force", NULL };
	int argc = 5;

	ck_assert(cli_args_before_verb(&cli, &argc, argv, NULL));
	ck_assert_int_eq(argc, 2);
	ck_assert_str_eq(argv[0], "get");
	ck_assert_str_eq(argv[1], "--force");
	ck_assert_str_eq(cli.host, "host");
	ck_assert_str_eq(cli.user, "anna");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cli_users");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, one_line_changes_and_no_other, 0, (int)COUNT(edits));
	tcase_add_test(t, names_that_would_break_the_file_are_refused);
	tcase_add_test(t, the_file_is_made_and_nobody_else_may_read_it);
	tcase_add_test(t, a_file_that_is_none_is_left_alone);
	tcase_add_test(t, a_link_stays_a_link);
	tcase_add_test(t, options_stand_anywhere);
	tcase_add_loop_test(t, options_that_are_none_are_refused, 0, (int)COUNT(wrong));
	tcase_add_test(t, before_the_verb_parsing_stops_at_it);
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
