/* SPDX-License-Identifier: MIT
 * tests/unit/test_agent_auth.c: passwords, roles, and how many are checked at once.
 */
#include <check.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <crypt.h>

#include "agent/auth.h"
#include "agent/users.h"
#include "engine/base/loop.h"
#include "engine/base/now.h"

static char file[300];

static void write_users(const char *password, const char *role)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *data = calloc(1, sizeof(*data));
	FILE *f = fopen(file, "w");

	ck_assert(data && f);
	ck_assert_ptr_nonnull(crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting)));
	fprintf(f, "# users\nother:viewer:x\nann:%s:%s\n", role, crypt_rn(password, setting, data, sizeof(*data)));
	fclose(f);
	free(data);
}

static void setup(void)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	snprintf(file, sizeof(file), "%s/dray-users-XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(file);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void teardown(void)
{
	unlink(file);
}

START_TEST(the_right_password_gives_the_role_and_nothing_else_does)
{
	struct users *u = users_new(file);

	write_users("right horse", "user");
	ck_assert_int_eq(users_check(u, "ann", "right horse"), ROLE_USER);
	ck_assert_int_eq(users_check(u, "ann", "right horsf"), ROLE_NONE);
	ck_assert_int_eq(users_check(u, "ann", ""), ROLE_NONE);
	ck_assert_int_eq(users_check(u, "bob", "right horse"), ROLE_NONE);
	ck_assert_int_eq(users_check(u, "other", "x"), ROLE_NONE);
	ck_assert_int_eq(users_check(u, "", ""), ROLE_NONE);
	users_free(u);
}
END_TEST

static double cpu_ms(struct users *u, const char *name)
{
	struct timespec a, b;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	users_check(u, name, "wrong");
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	return (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
}

START_TEST(an_unknown_name_costs_as_much_as_a_wrong_password)
{
	struct users *u = users_new(file);
	double known, unknown;

	write_users("pw", "admin");
	cpu_ms(u, "ann");
	known = cpu_ms(u, "ann");
	unknown = cpu_ms(u, "nobody-of-that-name");
	ck_assert_msg(unknown > known * 0.5 && known > unknown * 0.5, "known %.1f ms, unknown %.1f ms", known, unknown);
	users_free(u);
}
END_TEST

static unsigned answers[3];
static struct loop *loop;
static unsigned wanted;

static void on_login(struct wsm_login *login)
{
	answers[login->result]++;
	if (answers[0] + answers[1] + answers[2] == wanted)
		loop_stop(loop);
}

static void logins(struct wsm_auth *face, struct wsm_login *l, unsigned n, const char *password)
{
	memset(answers, 0, sizeof(answers));
	wanted = n;
	for (unsigned i = 0; i < n; i++) {
		l[i].user = "BOX\\ann";
		l[i].password = password;
		l[i].done = on_login;
		face->basic(face->ctx, &l[i]);
	}
	loop_run(loop);
}

START_TEST(a_remembered_password_is_fast_and_a_changed_file_forgets_it)
{
	struct config c = { .user_mode = true, .basic = true, .allow_unencrypted = true, .users_file = file };
	static struct wsm_login l[200];
	struct mailbox *home;
	struct wsm_auth face;
	struct auth *auth;
	uint64_t start;

	loop = loop_new();
	home = mailbox_new(loop, NULL, NULL);
	for (int i = 0; i < 200; i++)
		l[i].home = home;
	write_users("first", "admin");
	auth = auth_new(&c);
	auth_face(auth, &face);
	logins(&face, l, 1, "first");
	ck_assert_uint_eq(answers[LOGIN_OK], 1);
	ck_assert_int_eq(l[0].caller.role, ROLE_ADMIN);
	ck_assert_int_eq(l[0].caller.uid, geteuid());
	ck_assert(l[0].caller.remote);
	ck_assert_str_eq(l[0].caller.name, "ann");
	start = now_ms();
	logins(&face, l, 200, "first");
	ck_assert_uint_eq(answers[LOGIN_OK], 200);
	ck_assert_uint_lt(now_ms() - start, 1000);
	unlink(file);
	write_users("second", "viewer");
	logins(&face, l, 1, "first");
	ck_assert_uint_eq(answers[LOGIN_DENIED], 1);
	logins(&face, l, 1, "second");
	ck_assert_int_eq(l[0].caller.role, ROLE_VIEWER);
	auth_free(auth);
	mailbox_free(home);
	loop_free(loop);
}
END_TEST

/* An auth and a loop to be told on. */
struct ground { struct config c; struct auth *auth; struct mailbox *home; struct wsm_auth face; };

static void ground_new(struct ground *g)
{
	g->c = (struct config){ .user_mode = true, .basic = true, .allow_unencrypted = true, .users_file = file };
	loop = loop_new();
	g->home = mailbox_new(loop, NULL, NULL);
	g->auth = auth_new(&g->c);
	auth_face(g->auth, &g->face);
	memset(answers, 0, sizeof(answers));
	wanted = 0;
}

static void ground_done(struct ground *g)
{
	auth_free(g->auth);
	mailbox_free(g->home);
	loop_free(loop);
}

static void ask(struct ground *g, struct wsm_login *l, const char *password, const char *peer)
{
	*l = (struct wsm_login){ .user = "ann", .password = password, .home = g->home, .done = on_login };
	snprintf(l->peer, sizeof(l->peer), "%s", peer);
	wanted++;
	g->face.basic(g->face.ctx, l);
}

START_TEST(a_flood_of_guesses_from_one_address_keeps_no_other_address_out)
{
	static struct wsm_login l[90];
	static char guesses[90][16];
	struct ground g;
	int honest = 89;

	write_users("pw", "admin");
	ground_new(&g);
	for (int i = 0; i < honest; i++) {
		snprintf(guesses[i], sizeof(guesses[i]), "no%d", i);
		ask(&g, &l[i], guesses[i], i % 2 ? "192.0.2.7:1000" : "192.0.2.7:2000");
	}
	ask(&g, &l[honest], "pw", "192.0.2.70:1000");
	loop_run(loop);
	ck_assert_uint_eq(answers[LOGIN_OK], 1);
	ck_assert_int_eq(l[honest].result, LOGIN_OK);
	ck_assert_uint_gt(answers[LOGIN_BUSY], 60);
	ck_assert_uint_ge(answers[LOGIN_DENIED], 16);
	ground_done(&g);
}
END_TEST

START_TEST(the_same_guess_is_checked_once)
{
	static struct wsm_login l[400];
	struct ground g;
	uint64_t start = now_ms();

	write_users("pw", "admin");
	ground_new(&g);
	for (int i = 0; i < 400; i++)
		ask(&g, &l[i], i % 2 ? "pw" : "wrong", "192.0.2.7:1000");
	loop_run(loop);
	ck_assert_uint_eq(answers[LOGIN_OK], 200);
	ck_assert_uint_eq(answers[LOGIN_DENIED], 200);
	ck_assert_uint_lt(now_ms() - start, 5000);	/* 400 checks are 24 s of work */
	ck_assert_uint_ne(l[1].caller.session, l[3].caller.session);
	ground_done(&g);
}
END_TEST

START_TEST(wrong_passwords_do_not_forget_the_right_one)
{
	static struct wsm_login l[40];
	static char guesses[40][16];
	struct ground g;

	write_users("pw", "admin");
	ground_new(&g);
	ask(&g, &l[0], "pw", "192.0.2.7:1000");
	loop_run(loop);
	for (int i = 1; i < 40; i++) {
		snprintf(guesses[i], sizeof(guesses[i]), "no%d", i);
		ask(&g, &l[i], guesses[i], "192.0.2.7:1000");
	}
	ask(&g, &l[0], "pw", "192.0.2.7:1000");
	loop_run(loop);
	ck_assert_uint_eq(answers[LOGIN_OK], 2);
	ground_done(&g);
}
END_TEST

START_TEST(who_waits_when_the_agent_stops_is_told_to_come_back)
{
	static struct wsm_login l[12];
	static char guesses[12][16];
	struct ground g;

	write_users("pw", "admin");
	ground_new(&g);
	for (int i = 0; i < 12; i++) {
		snprintf(guesses[i], sizeof(guesses[i]), "no%d", i);
		ask(&g, &l[i], guesses[i], "192.0.2.7:1000");
	}
	auth_stop(g.auth);
	loop_run(loop);
	ck_assert_uint_ge(answers[LOGIN_BUSY], 8);
	ask(&g, &l[0], "pw", "192.0.2.7:1000");
	loop_run(loop);
	ck_assert_int_eq(l[0].result, LOGIN_BUSY);
	ground_done(&g);
}
END_TEST

START_TEST(a_users_file_of_any_shape_is_read_or_refused_but_never_waited_for)
{
	struct users *u = users_new(file);
	FILE *f;

	write_users("pw", "admin");
	f = fopen(file, "r+");		/* rubbish in front, with all that can confuse a reader of lines */
	ck_assert(f);
	fseek(f, 0, SEEK_END);
	fprintf(f, "\n:::\nann\n::admin:x\n");
	for (int i = 0; i < 3000; i++)
		fputc('x', f);
	fprintf(f, "ann2:admin:*\n");
	fwrite("nul\0:a:b\n", 1, 9, f);
	fclose(f);
	ck_assert_int_eq(users_check(u, "ann", "pw"), ROLE_ADMIN);
	ck_assert_int_eq(users_check(u, "ann2", "*"), ROLE_NONE);
	unlink(file);
	ck_assert_int_eq(users_check(u, "ann", "pw"), ROLE_NONE);
	ck_assert_int_eq(mkfifo(file, 0600), 0);
	ck_assert_int_eq(users_check(u, "ann", "pw"), ROLE_NONE);
	unlink(file);
	ck_assert_int_eq(mkdir(file, 0700), 0);
	ck_assert_int_eq(users_check(u, "ann", "pw"), ROLE_NONE);
	rmdir(file);
	users_free(u);
}
END_TEST

START_TEST(peers_of_the_unix_socket_are_the_user_himself)
{
	struct config c = { .user_mode = true, .users_file = file };
	struct prov_caller who;
	struct wsm_auth face;
	struct auth *auth = auth_new(&c);

	auth_face(auth, &face);
	ck_assert_ptr_null(face.basic);
	ck_assert(face.peer(face.ctx, geteuid(), 1, &who));
	ck_assert(!who.remote && who.role == ROLE_ADMIN && who.uid == (int64_t)geteuid());
	ck_assert(!face.peer(face.ctx, geteuid() + 1, 1, &who));
	c.user_mode = false;
	ck_assert(face.peer(face.ctx, 4711, 1, &who));
	ck_assert(who.role == ROLE_USER && who.uid == 4711);
	auth_free(auth);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("agent_auth");
	TCase *t = tcase_create("auth");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 110);
	tcase_add_test(t, the_right_password_gives_the_role_and_nothing_else_does);
	tcase_add_test(t, an_unknown_name_costs_as_much_as_a_wrong_password);
	tcase_add_test(t, a_remembered_password_is_fast_and_a_changed_file_forgets_it);
	tcase_add_test(t, a_flood_of_guesses_from_one_address_keeps_no_other_address_out);
	tcase_add_test(t, the_same_guess_is_checked_once);
	tcase_add_test(t, wrong_passwords_do_not_forget_the_right_one);
	tcase_add_test(t, who_waits_when_the_agent_stops_is_told_to_come_back);
	tcase_add_test(t, a_users_file_of_any_shape_is_read_or_refused_but_never_waited_for);
	tcase_add_test(t, peers_of_the_unix_socket_are_the_user_himself);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
