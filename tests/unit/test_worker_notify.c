/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_notify.c: an owner's command: its words, its surroundings, its end.
 */
#include <check.h>
#include <fcntl.h>

#include "engine/base/auto.h"
#include "engine/base/loop.h"
#include "engine/worker/command.h"
#include "engine/worker/notify_args.h"
#include "tests/peer/box.h"
#include "tests/peer/rig.h"

static char dir[256];

static void setup(void)
{
	log_init("notify", LOG_LEVEL_ERROR);
	box_make(dir, sizeof(dir), "notify");
	ck_assert_int_eq(chmod(dir, 0777), 0);		/* the worker is somebody else */
}

static void teardown(void)
{
	box_remove(dir);
}

/* Words. */

static const struct { const char *text, *words[6]; } splits[] = {
	{ "", { "/p" } }, { "   \t ", { "/p" } }, { "p a b", { "p", "a", "b" } },
	{ "  p\ta  ", { "p", "a" } }, { "p \"a b\" 'c d'", { "p", "a b", "c d" } },
	{ "p a\" \"b''c", { "p", "a bc" } }, { "p \"\" ''", { "p", "", "" } },
	{ "p \"a\\\"b\\\\c\\d\"", { "p", "a\"b\\c\\d" } }, { "p 'a\\' \\ b", { "p", "a\\", "\\", "b" } },
	{ "p $HOME ~ `id` *", { "p", "$HOME", "~", "`id`", "*" } },
	{ "p a;b|c >d &", { "p", "a;b|c", ">d", "&" } }, { "p \"it's\" 'say \"x\"'", { "p", "it's", "say \"x\"" } },
};

START_TEST(words_are_split_by_the_rule_and_nothing_is_expanded)
{
	struct arena *arena = arena_new(1u << 20);
	const char *why;
	char **argv = notify_args(arena, "/p", splits[_i].text, &why);
	unsigned n = 0;

	ck_assert_ptr_nonnull(argv);
	for (; splits[_i].words[n]; n++)
		ck_assert_str_eq(argv[n], splits[_i].words[n]);
	ck_assert_ptr_null(argv[n]);
	arena_free(arena);
}
END_TEST

START_TEST(an_open_quote_or_too_many_words_are_refused)
{
	struct arena *arena = arena_new(1u << 20);
	char many[2 * NOTIFY_ARGS_MAX + 4] = "";
	const char *why;

	ck_assert_ptr_null(notify_args(arena, "/p", "p \"a", &why));
	ck_assert_ptr_nonnull(strstr(why, "quote"));
	ck_assert_ptr_null(notify_args(arena, "/p", "p 'a\"", &why));
	for (int i = 0; i < NOTIFY_ARGS_MAX; i++)
		strcat(many, "a ");
	ck_assert_ptr_nonnull(notify_args(arena, "/p", many, &why));
	strcat(many, "a");
	ck_assert_ptr_null(notify_args(arena, "/p", many, &why));
	arena_free(arena);
}
END_TEST

/* Commands, on a loop of the test's own. */

static struct loop *loop;
static uint64_t status;
static char text[400];

static void on_answer(void *arg, const struct proto_msg *msg)
{
	(void)arg;
	status = msg->notified.status;
	snprintf(text, sizeof(text), "%s", msg->notified.text);
	loop_stop(loop);
}

static const char *in_dir(const char *name)
{
	static char path[4][400];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

static const char *script(const char *name, const char *lines, mode_t mode)
{
	const char *path = in_dir(name);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\ncd %s\n%s\n", dir, lines);
	fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

static struct proto_msg order(const char *program, const char *parameters)
{
	return (struct proto_msg){ .type = PROTO_NOTIFY, .tag = 5, .notify = { .program = program,
	    .parameters = parameters, .job = "{A}", .name = "a; touch pwned", .state = "ERROR", .error = 0x80190194 } };
}

static uint64_t run(const char *program, const char *parameters, unsigned limit_s)
{
	struct proto_msg m = order(program, parameters);
	struct notifies *all;

	loop = loop_new();
	all = notifies_new(loop, limit_s, on_answer, NULL);
	status = 9999;
	notifies_run(all, &m);
	if (status == 9999)
		loop_run(loop);
	notifies_free(all);
	loop_free(loop);
	return status;
}

static const char *content(const char *name)
{
	static char bytes[4096];
	FILE *f = fopen(in_dir(name), "r");
	size_t n = f ? fread(bytes, 1, sizeof(bytes) - 1, f) : 0;

	bytes[n] = '\0';
	if (f)
		fclose(f);
	return bytes;
}

static bool exists(const char *name)
{
	struct stat st;

	return !stat(in_dir(name), &st);
}

START_TEST(a_command_gets_its_words_its_variables_and_nothing_else)
{
	const char *p = script("cmd", "printf '[%s]' \"$@\" >args\n"
	    "tr '\\0' '\\n' </proc/$$/environ >env\n"
	    "for f in /proc/$$/fd/*; do readlink $f; done >fds\n"
	    "grep NoNewPrivs /proc/$$/status >privs\numask >umask", 0755);

	setenv("SECRET", "of the agent", 1);
	ck_assert_uint_eq(run(p, "cmd \"a b\" $HOME '*' ;touch pwned", 20), 0);
	ck_assert_str_eq(content("args"), "[a b][$HOME][*][;touch][pwned]");
	ck_assert_str_eq(content("env"), "DRAY_JOB={A}\nDRAY_NAME=a; touch pwned\nDRAY_STATE=ERROR\n"
	    "DRAY_ERROR=0x80190194\n");
	ck_assert_ptr_nonnull(strstr(content("privs"), "1"));
	ck_assert_str_eq(content("umask"), "0077\n");
	ck_assert(!exists("pwned"));
	ck_assert_ptr_null(strstr(content("fds"), "socket"));
	ck_assert_ptr_null(strstr(content("fds"), "pipe"));
	ck_assert_ptr_nonnull(strstr(content("fds"), "/dev/null"));
}
END_TEST

START_TEST(how_it_ended_is_told)
{
	ck_assert_uint_eq(run(script("three", "exit 3", 0755), "", 20), 3);
	ck_assert_ptr_nonnull(strstr(text, "status 3"));
	ck_assert_uint_eq(run(script("term", "kill -TERM $$", 0755), "", 20), 256 + 15);
	ck_assert_uint_eq(run("/bin/true", "true", 20), 0);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(what_cannot_or_must_not_be_run_is_not)
{
	script("open", "touch pwned", 0777);
	script("plain", "touch pwned", 0644);
	ck_assert_uint_eq(run(in_dir("missing"), "", 20), 512);
	ck_assert_ptr_nonnull(strstr(text, "No such file"));
	ck_assert_uint_eq(run("sh", "sh", 20), 512);
	ck_assert_uint_eq(run("", "", 20), 512);
	ck_assert_uint_eq(run(dir, "", 20), 512);
	ck_assert_uint_eq(run(in_dir("open"), "", 20), 512);
	ck_assert_ptr_nonnull(strstr(text, "written by everybody"));
	ck_assert_uint_eq(run(in_dir("plain"), "", 20), 512);
	ck_assert_uint_eq(run("/bin/true", "true \"", 20), 512);
	ck_assert(!exists("pwned"));
}
END_TEST

START_TEST(one_that_does_not_end_is_killed_with_all_it_began)
{
	uint64_t began = now_ms();

	ck_assert_uint_eq(run(script("stubborn", "trap '' TERM HUP INT\n(trap '' TERM; sleep 3; touch late) &\n"
	    "while :; do sleep 1; done", 0755), "", 1), 256 + 9);
	ck_assert_ptr_nonnull(strstr(text, "longer than 1 seconds"));
	ck_assert_uint_lt(now_ms() - began, 3000);
	poll(NULL, 0, 2500);
	ck_assert(!exists("late"));
}
END_TEST

START_TEST(a_worker_runs_it_as_the_owner)
{
	const char *p = script("who", "id -u >uid", 0755);
	struct proto_msg m = order(p, ""), got = { 0 };
	struct rig r = { 0 };
	char want[20];

	rig_start(&r);
	rig_send(&r, &m);
	ck_assert(rig_until(&r, &got, 10000, PROTO_NOTIFIED, -1));
	ck_assert_msg(got.notified.status == 0, "%s", got.notified.text);
	ck_assert_uint_eq(got.tag, 5);
	snprintf(want, sizeof(want), "%u\n", geteuid() ? geteuid() : RIG_UID);
	ck_assert_str_eq(content("uid"), want);
	ck_assert_int_eq(rig_end(&r), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker_notify");
	TCase *t = tcase_create("notify");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, words_are_split_by_the_rule_and_nothing_is_expanded, 0, COUNT(splits));
	tcase_add_test(t, an_open_quote_or_too_many_words_are_refused);
	tcase_add_test(t, a_command_gets_its_words_its_variables_and_nothing_else);
	tcase_add_test(t, how_it_ended_is_told);
	tcase_add_test(t, what_cannot_or_must_not_be_run_is_not);
	tcase_add_test(t, one_that_does_not_end_is_killed_with_all_it_began);
	tcase_add_test(t, a_worker_runs_it_as_the_owner);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
