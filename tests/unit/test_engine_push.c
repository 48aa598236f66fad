/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_push.c: eng_push(): a few of a user at a time, the others in a line that has an end; whoever
 * asked is answered once, whatever becomes of the worker. The worker is the test.
 */
#include <check.h>

#include "engine/core.h"
#include "tests/peer/box.h"
#include "tests/peer/rig.h"

#define MANY 300

static char dir[256], state[300];
static struct engine *eng;
static struct rig worker[2];		/* of uid 1, of uid 2 */
static struct eng_push pushes[MANY];
static enum err ends[MANY];
static unsigned over;

static int start_worker(void *ctx, uint32_t uid)
{
	int fds[2];

	(void)ctx;
	if (uid < 1 || uid > 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -1;
	worker[uid - 1].fd = fds[1];
	return fds[0];
}

static void setup(void)
{
	struct eng_config config = { .state_dir = state, .limits = { 60, 300, 200, 500 }, .slice_s = 300 };
	struct eng_host host = { .worker_start = start_worker };
	struct errinfo ei = { 0 };

	log_init("push", LOG_LEVEL_ERROR);
	box_make(dir, sizeof(dir), "push");
	snprintf(state, sizeof(state), "%s/state", dir);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	memset(worker, 0, sizeof(worker));
	worker[0].arena = worker[1].arena = arena_new(16u << 20);
	over = 0;
	eng = engine_new(&config, &host, &ei);
	ck_assert_msg(eng != NULL, "%s", ei.text);
}

static void teardown(void)
{
	eng_close(eng);
	for (unsigned i = 0; i < 2; i++)
		if (worker[i].fd > 0)
			close(worker[i].fd);
	for (unsigned i = 0; i < MANY; i++)
		buf_done(&pushes[i].reply);
	arena_free(worker[0].arena);
	box_remove(dir);
}

static void on_done(struct eng_push *push, enum err err)
{
	ends[push - pushes] = err;
	over++;
}

static void push_to(unsigned i, int64_t uid, const char *url)
{
	buf_done(&pushes[i].reply);
	pushes[i] = (struct eng_push){ .uid = uid, .url = url, .content_type = "t", .body = "a\0b", .len = 3,
	    .nets = "10.0.0.0/8", .timeout_ms = 1000000, .done = on_done };
	buf_init(&pushes[i].reply, ENG_PUSH_REPLY);
	eng_push(eng, &pushes[i]);
}

static void settle(void)
{
	for (unsigned i = 0; i < 4; i++)
		engine_step(eng);
}

static void push(unsigned i, int64_t uid)
{
	push_to(i, uid, i % 2 ? "http://i/" : "http://h/");
}

/* Orders of that worker which are there, the last in *ret. */
static unsigned orders(struct rig *w, struct proto_msg *ret)
{
	unsigned n = 0;

	while (w->fd > 0 && poll(&(struct pollfd){ w->fd, POLLIN, 0 }, 1, 0) > 0 && rig_next(w, ret, 1000)) {
		ck_assert_int_eq(ret->type, PROTO_PUSH);
		n++;
	}
	return n;
}

static void answer(struct rig *w, uint64_t tag, uint64_t status)
{
	struct proto_msg m = { .type = PROTO_PUSHED, .tag = tag, .pushed = { .status = status, .text = "It said no.",
	    .body = { "r\0s", 3 } } };

	rig_send(w, &m);
	settle();
}

START_TEST(an_answer_is_handed_back_whole)
{
	struct proto_msg m;

	push(0, 1);
	settle();
	ck_assert_uint_eq(orders(&worker[0], &m), 1);
	ck_assert_str_eq(m.push.url, "http://h/");
	ck_assert_str_eq(m.push.nets, "10.0.0.0/8");
	ck_assert_uint_eq(m.push.timeout_ms, ENG_PUSH_MS);
	ck_assert_uint_eq(m.push.body.len, 3);
	answer(&worker[0], m.tag, 503);
	ck_assert_uint_eq(over, 1);
	ck_assert_int_eq(ends[0], ERR_OK);
	ck_assert_int_eq(pushes[0].status, 503);
	ck_assert_uint_eq(pushes[0].reply.len, 3);
	push(1, 1);
	settle();
	ck_assert_uint_eq(orders(&worker[0], &m), 1);
	answer(&worker[0], m.tag, 0);
	ck_assert_int_eq(ends[1], ERR_UNREACHABLE);
	ck_assert_str_eq(pushes[1].ei.text, "It said no.");
	ck_assert_int_eq(pushes[1].status, 0);
}
END_TEST

START_TEST(the_line_of_a_user_has_an_end_and_is_nobody_elses)
{
	unsigned room = PROTO_PUSHES + 256;
	struct proto_msg m;

	for (unsigned i = 0; i < room; i++)
		push(i, 1);
	settle();
	ck_assert_uint_eq(orders(&worker[0], &m), PROTO_PUSHES);
	ck_assert_uint_eq(over, 0);
	push(room, 1);
	settle();
	ck_assert_uint_eq(over, 1);
	ck_assert_int_eq(ends[room], ERR_TOO_MANY_WAITS);
	push(room + 1, 2);
	settle();
	ck_assert_uint_eq(orders(&worker[1], &m), 1);
	answer(&worker[1], m.tag, 200);
	ck_assert_int_eq(ends[room + 1], ERR_OK);
	for (unsigned i = 1; i <= PROTO_PUSHES; i++)
		answer(&worker[0], (uint64_t)i, 200);		/* the first tags there are */
	ck_assert_uint_eq(over, 2 + PROTO_PUSHES);
	ck_assert_uint_eq(orders(&worker[0], &m), PROTO_PUSHES);
}
END_TEST

/* 1, 2, 3 ...: the first tags there are. */
START_TEST(a_server_that_hangs_leaves_room_for_others)
{
	struct proto_msg m;

	for (unsigned i = 0; i < 2 * PROTO_PUSHES; i++)
		push_to(i, 1, i % 2 ? "http://ill:1/a" : "HTTP://ILL:1?b");
	settle();
	ck_assert_uint_eq(orders(&worker[0], &m), PROTO_PUSHES / 2);
	push_to(50, 1, "http://ill:12/");
	push_to(51, 1, "https://ill:1/");
	settle();
	ck_assert_uint_eq(orders(&worker[0], &m), 2);
	answer(&worker[0], m.tag, 200);
	ck_assert_int_eq(ends[51], ERR_OK);
	ck_assert_uint_eq(over, 1);
	ck_assert_uint_eq(orders(&worker[0], &m), 0);
	answer(&worker[0], 1, 200);
	ck_assert_uint_eq(orders(&worker[0], &m), 1);
	ck_assert_str_eq(m.push.url, "HTTP://ILL:1?b");
}
END_TEST

START_TEST(a_worker_that_dies_fails_what_it_had_and_the_next_gets_the_rest)
{
	struct proto_msg m;

	for (unsigned i = 0; i < PROTO_PUSHES + 1; i++)
		push(i, 1);
	settle();
	ck_assert_uint_eq(orders(&worker[0], &m), PROTO_PUSHES);
	close(worker[0].fd);
	worker[0].fd = 0;
	settle();
	ck_assert_uint_eq(over, PROTO_PUSHES);
	ck_assert_int_eq(ends[0], ERR_WORKER);
	ck_assert_uint_eq(orders(&worker[0], &m), 1);
	answer(&worker[0], m.tag, 200);
	ck_assert_int_eq(ends[PROTO_PUSHES], ERR_OK);
}
END_TEST

START_TEST(nobodys_and_oversized_ones_are_refused)
{
	static char big[PROTO_BYTES_MAX + 1], url[ENG_PUSH_URL + 2];

	push(0, -1);
	push(1, 3);			/* no worker to be had */
	push(2, 1);
	pushes[2].body = big;
	pushes[2].len = sizeof(big);
	memset(url, 'u', sizeof(url) - 1);
	push(3, 1);
	pushes[3].url = url;
	settle();
	ck_assert_uint_eq(over, 4);
	ck_assert_int_eq(ends[0], ERR_ACCESS_DENIED);
	ck_assert_int_eq(ends[1], ERR_WORKER);
	ck_assert_int_eq(ends[2], ERR_TOO_BIG);
	ck_assert_int_eq(ends[3], ERR_TOO_BIG);
}
END_TEST

START_TEST(a_stop_answers_everybody)
{
	struct errinfo ei = { 0 };
	struct eng_config config = { .state_dir = state, .limits = { 60, 300, 200, 500 }, .slice_s = 300 };
	struct eng_host host = { .worker_start = start_worker };

	for (unsigned i = 0; i < 20; i++)
		push(i, 1);
	settle();
	eng_close(eng);
	ck_assert_uint_eq(over, 20);
	for (unsigned i = 0; i < 20; i++)
		ck_assert_int_eq(ends[i], ERR_STOPPING);
	eng = engine_new(&config, &host, &ei);
	ck_assert_ptr_nonnull(eng);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_push");
	TCase *t = tcase_create("push");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_answer_is_handed_back_whole);
	tcase_add_test(t, the_line_of_a_user_has_an_end_and_is_nobody_elses);
	tcase_add_test(t, a_server_that_hangs_leaves_room_for_others);
	tcase_add_test(t, a_worker_that_dies_fails_what_it_had_and_the_next_gets_the_rest);
	tcase_add_test(t, nobodys_and_oversized_ones_are_refused);
	tcase_add_test(t, a_stop_answers_everybody);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
