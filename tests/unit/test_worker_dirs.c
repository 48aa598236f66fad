/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_dirs.c: directories are opened once for transfers that begin together, and never
 * shared further than that.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/worker/dirs.h"
#include "tests/peer/box.h"

#define NOW 1000000u

static char box[BOX_ROOM], out[100];
static struct dirs *dirs;
static struct errinfo ei;

static void set_up(void)
{
	box_make(box, sizeof(box), "dirs");
	snprintf(out, sizeof(out), "%s/out", box);
	ck_assert(!mkdir(out, 0755));
	dirs = dirs_new();
	ck_assert_ptr_nonnull(dirs);
}

static void tear_down(void)
{
	dirs_free(dirs);
	box_remove(box);
}

static struct dirs_dir *open_dir(const char *name, const char *roots, uint64_t now_ms, struct fsx_place *place)
{
	struct dirs_dir *dir = NULL;
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", out, name);
	ck_assert_int_eq(dirs_open(dirs, path, roots, now_ms, place, &dir, &ei), ERR_OK);
	return dir;
}

START_TEST(two_that_begin_together_share_a_directory_and_the_last_closes_it)
{
	struct fsx_place a, b;
	struct dirs_dir *one = open_dir("a", "", NOW, &a), *two = open_dir("b", "", NOW + 999, &b);
	struct stat st;

	ck_assert_ptr_eq(one, two);
	ck_assert_int_eq(a.dir, b.dir);
	ck_assert_str_eq(a.name, "a");
	ck_assert_str_eq(b.name, "b");
	dirs_put(one);
	ck_assert(!fstat(b.dir, &st));
	dirs_put(two);
	ck_assert(fstat(b.dir, &st) < 0);
}
END_TEST

START_TEST(after_a_second_a_directory_is_opened_anew)
{
	struct fsx_place a, b;
	struct dirs_dir *one = open_dir("a", "", NOW, &a), *two;
	char aside[120];
	struct stat old, fresh;

	snprintf(aside, sizeof(aside), "%s.aside", out);
	ck_assert(!rename(out, aside) && !mkdir(out, 0755));
	two = open_dir("b", "", NOW + 1000, &b);
	ck_assert(!fstat(a.dir, &old) && !fstat(b.dir, &fresh));
	ck_assert_uint_ne(old.st_ino, fresh.st_ino);
	dirs_put(one);
	dirs_put(two);
}
END_TEST

START_TEST(who_is_confined_does_not_get_the_directory_of_one_who_is_not)
{
	struct fsx_place a, b;
	struct dirs_dir *one = open_dir("a", "", NOW, &a), *two = open_dir("b", out, NOW, &b), *none = NULL;
	char path[200];

	ck_assert_ptr_ne(one, two);
	snprintf(path, sizeof(path), "%s/c", out);
	ck_assert_int_eq(dirs_open(dirs, path, "/nowhere", NOW, &b, &none, &ei), ERR_ACCESS_DENIED);
	ck_assert_ptr_null(none);
	dirs_put(one);
	dirs_put(two);
}
END_TEST

START_TEST(a_bad_name_in_an_open_directory_is_refused)
{
	struct fsx_place a, b;
	struct dirs_dir *one = open_dir("a", "", NOW, &a), *none = NULL;
	char path[500];

	snprintf(path, sizeof(path), "%s/", out);
	ck_assert_int_eq(dirs_open(dirs, path, "", NOW, &b, &none, &ei), ERR_INVALID_ARG);
	snprintf(path, sizeof(path), "%s/%0256d", out, 1);
	ck_assert_int_eq(dirs_open(dirs, path, "", NOW, &b, &none, &ei), ERR_INVALID_ARG);
	ck_assert_ptr_null(none);
	dirs_put(one);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker_dirs");
	TCase *t = tcase_create("dirs");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, two_that_begin_together_share_a_directory_and_the_last_closes_it);
	tcase_add_test(t, after_a_second_a_directory_is_opened_anew);
	tcase_add_test(t, who_is_confined_does_not_get_the_directory_of_one_who_is_not);
	tcase_add_test(t, a_bad_name_in_an_open_directory_is_refused);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
