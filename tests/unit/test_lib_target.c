/* SPDX-License-Identifier: MIT
 * tests/unit/test_lib_target.c: what may be written after -H, and where an agent is looked for.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/lib/lib_target.h"
#include "engine/base/auto.h"
#include "include/dray.h"

static const struct { const char *text, *url; bool cleartext; } good[] = {
	{ "host", "http://host:5985/wsman", true },
	{ "host:80", "http://host:80/wsman", true },
	{ "127.0.0.1", "http://127.0.0.1:5985/wsman", false },
	{ "localhost:5985", "http://localhost:5985/wsman", false },
	{ "[::1]", "http://[::1]:5985/wsman", false },
	{ "[2001:db8::1]:1", "http://[2001:db8::1]:1/wsman", true },
	{ "http://host:5985", "http://host:5985/wsman", true },
	{ "http://host:5985/", "http://host:5985/wsman", true },
	{ "http://host/other", "http://host/other", true },
	{ "HTTPS://host:5986/wsman", "HTTPS://host:5986/wsman", false },
	{ "localhost.example.org", "http://localhost.example.org:5985/wsman", true },
};

START_TEST(a_target_becomes_a_url)
{
	struct lib_target t;

	ck_assert(lib_target_parse(good[_i].text, &t));
	ck_assert_str_eq(t.url, good[_i].url);
	ck_assert_str_eq(t.socket, "");
	ck_assert_int_eq(t.cleartext, good[_i].cleartext);
}
END_TEST

static const char *const bad[] = { "", ":80", "host:", "host:0", "host:65536", "host:8o", "a b", "host/path",
	"user@host", "http://user:word@host/", "[::1", "[::1]x", "host?x", "host#x", "http://", "h\nost" };

START_TEST(what_is_no_target_is_refused)
{
	struct lib_target t;

	ck_assert_msg(!lib_target_parse(bad[_i], &t), "%s became %s", bad[_i], t.url);
}
END_TEST

START_TEST(a_path_is_a_socket)
{
	char longer[200];
	struct lib_target t;

	ck_assert(lib_target_parse("/run/dray/dray.sock", &t));
	ck_assert_str_eq(t.socket, "/run/dray/dray.sock");
	ck_assert(!t.cleartext);
	memset(longer, 'a', sizeof(longer));
	longer[0] = '/';
	longer[199] = '\0';
	ck_assert(!lib_target_parse(longer, &t));
}
END_TEST

/* The rules differ for root. */
static void stop_being_root(void)
{
	ck_assert(geteuid() || !seteuid(64123));
}

static void be_oneself(void)
{
	ck_assert_int_eq(seteuid(getuid()), 0);
	prctl(PR_SET_DUMPABLE, 1);		/* the leak check at the end needs it */
}

START_TEST(the_socket_is_found_by_the_environment)
{
	char path[108], want[108];

	setenv("DRAY_SOCKET", "/x/y", 1);
	ck_assert(dray_default_socket(path, sizeof(path)));
	ck_assert_str_eq(path, "/x/y");
	ck_assert(!dray_default_socket(path, 4));
	unsetenv("DRAY_SOCKET");
	stop_being_root();
	setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
	ck_assert(dray_default_socket(path, sizeof(path)));
	ck_assert_str_eq(path, "/run/user/7/dray.sock");
	setenv("XDG_RUNTIME_DIR", "relative", 1);
	ck_assert(dray_default_socket(path, sizeof(path)));
	snprintf(want, sizeof(want), "/tmp/dray-%u/dray.sock", (unsigned)geteuid());
	ck_assert_str_eq(path, want);
	be_oneself();
}
END_TEST

START_TEST(the_state_directory_is_found_by_the_environment)
{
	char path[108];

	setenv("XDG_STATE_HOME", "/s", 1);
	ck_assert(dray_default_state_dir(path, sizeof(path)));
	ck_assert_str_eq(path, "/s/dray");
	unsetenv("XDG_STATE_HOME");
	setenv("HOME", "/h", 1);
	ck_assert(dray_default_state_dir(path, sizeof(path)));
	ck_assert_str_eq(path, "/h/.local/state/dray");
	unsetenv("HOME");
	ck_assert(!dray_default_state_dir(path, sizeof(path)));
}
END_TEST

START_TEST(a_socket_in_a_directory_of_others_is_not_trusted)
{
	char dir[64];
	struct dray_error e;
	struct dray *d;

	unsetenv("DRAY_SOCKET");
	unsetenv("XDG_RUNTIME_DIR");
	stop_being_root();
	snprintf(dir, sizeof(dir), "/tmp/dray-%u", (unsigned)geteuid());
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	d = dray_open(NULL, NULL, NULL, &e);
	ck_assert_ptr_nonnull(d);
	dray_close(d);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	d = dray_open(NULL, NULL, NULL, &e);
	rmdir(dir);
	be_oneself();
	ck_assert_ptr_null(d);
	ck_assert_uint_eq(e.code, DRAY_E_ACCESS_DENIED);
}
END_TEST

START_TEST(what_cannot_be_opened_says_why)
{
	struct dray_error e;

	ck_assert_ptr_null(dray_open("a b", "u", "p", &e));
	ck_assert_uint_eq(e.code, DRAY_E_INVALID_ARG);
	ck_assert_ptr_nonnull(strstr(e.text, "a b"));
	ck_assert_ptr_null(dray_open("host", "u:v", "p", &e));
	ck_assert_ptr_nonnull(strstr(e.text, "colon"));
	ck_assert_ptr_null(dray_open("host", "u:v", "p", NULL));
	setenv("DRAY_SOCKET", "relative", 1);
	ck_assert_ptr_null(dray_open(NULL, NULL, NULL, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "absolute"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("lib_target");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, a_target_becomes_a_url, 0, (int)COUNT(good));
	tcase_add_loop_test(t, what_is_no_target_is_refused, 0, (int)COUNT(bad));
	tcase_add_test(t, a_path_is_a_socket);
	tcase_add_test(t, the_socket_is_found_by_the_environment);
	tcase_add_test(t, the_state_directory_is_found_by_the_environment);
	tcase_add_test(t, a_socket_in_a_directory_of_others_is_not_trusted);
	tcase_add_test(t, what_cannot_be_opened_says_why);
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
