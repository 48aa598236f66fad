/* SPDX-License-Identifier: MIT
 * tests/unit/test_agent_own_files.c: however a path is written, the agent's own files are known by it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/own_files.h"
#include "engine/base/auto.h"

static char top[200];
static char state[300], users[300], sock[300], file[300], root[300];
static struct config config;

static void make(const char *name, bool dir, char out[300])
{
	FILE *f;

	snprintf(out, 300, "%s/%s", top, name);
	if (dir) {
		ck_assert_int_eq(mkdir(out, 0700), 0);
		return;
	}
	f = fopen(out, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
}

static void setup(void)
{
	const char *tmp = getenv("TMPDIR");
	char scratch[300];

	snprintf(top, sizeof(top), "%s/dray-own-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(top));
	make("state", true, state);
	make("state/deep", true, scratch);
	make("users", false, users);
	make("dray.sock", false, sock);
	make("dray.conf", false, file);
	make("files", true, root);
	snprintf(scratch, sizeof(scratch), "%s/alias", top);
	ck_assert_int_eq(symlink(top, scratch), 0);
	config = (struct config){ .state_dir = state, .users_file = users, .socket = sock, .file = file,
	    .roots = { top }, .nroots = 1 };
}

static void teardown(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf -- '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

static bool has(const struct own_files *k, const char *rest)
{
	char path[600];

	snprintf(path, sizeof(path), "%s%s", top, rest);
	return own_files_has(k, path);
}

START_TEST(what_is_the_agents_is_known_however_it_is_written)
{
	static const char *const ours[] = { "/users", "//users", "/./users", "/alias/users", "/dray.conf", "/state/x",
	    "/state/deep/x", "/dray.sock", "/state//x", "/./state/./x", "/alias/alias/state/x", "/dray.conf.d/x.conf", "/state" };
	static const char *const others[] = { "/files/x", "/usersx", "/user", "/files/users", "/alias/files/x",
	    "/statex/x", "/dray.conf.bak" };
	struct own_files *k = own_files_new(&config);

	for (size_t i = 0; i < COUNT(ours); i++)
		ck_assert_msg(has(k, ours[i]), "%s", ours[i]);
	for (size_t i = 0; i < COUNT(others); i++)
		ck_assert_msg(!has(k, others[i]), "%s", others[i]);
	own_files_free(k);
}
END_TEST

START_TEST(a_root_inside_the_state_directory_is_the_agents_too)
{
	struct own_files *k;

	config.roots[0] = state;
	k = own_files_new(&config);
	ck_assert(has(k, "/state/x"));
	own_files_free(k);
}
END_TEST

START_TEST(roots_elsewhere_ask_nothing_of_the_disk)
{
	struct own_files *k;

	config.roots[0] = root;
	k = own_files_new(&config);
	ck_assert(!has(k, "/users"));	/* no root leads there: the engine refuses it */
	own_files_free(k);
}
END_TEST

START_TEST(a_users_file_that_is_a_link_is_kept_at_both_ends)
{
	char link[300];
	struct own_files *k;

	snprintf(link, sizeof(link), "%s/files/link", top);
	ck_assert_int_eq(symlink(users, link), 0);
	config.users_file = link;
	k = own_files_new(&config);
	ck_assert(has(k, "/files/link"));
	ck_assert(has(k, "/users"));
	own_files_free(k);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("agent_own_files");
	TCase *t = tcase_create("own_files");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_the_agents_is_known_however_it_is_written);
	tcase_add_test(t, a_root_inside_the_state_directory_is_the_agents_too);
	tcase_add_test(t, roots_elsewhere_ask_nothing_of_the_disk);
	tcase_add_test(t, a_users_file_that_is_a_link_is_kept_at_both_ends);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
