/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_runs.c: many files of one job in one run: what is told, and in which order, by a real worker
 * that fetches from a real nginx.
 */
#include <check.h>

#include "engine/base/auto.h"
#include "engine/worker/runs.h"
#include "tests/peer/origin.h"
#include "tests/peer/rig.h"
#include "tests/peer/box.h"

#define LONG 20000
#define SMALL 3000u
#define LARGE (RUNS_SMALL + 100000u)
#define FILES 40u

static char box[BOX_ROOM], out[100];
static struct origin origin;
static struct rig rig;
static struct proto_msg in;
static struct { uint64_t dev, ino; } told[PROTO_AHEAD];

static void set_up(void)
{
	box_make(box, sizeof(box), "runs");
	snprintf(out, sizeof(out), "%s/out", box);
	mkdir(out, 0755);
	ck_assert(geteuid() || !chown(out, RIG_UID, RIG_UID));
	ck_assert(origin_init(&origin, box, ""));
	rig_start(&rig);
}

static void tear_down(void)
{
	ck_assert_int_eq(rig_end(&rig), 0);
	origin_stop(&origin);
	box_remove(box);
}

/* Content depends on the number, so that no file can pass for another. */
static size_t size_of(unsigned n)
{
	return SMALL + n;
}

static void put(unsigned n, size_t size)
{
	char name[20];

	snprintf(name, sizeof(name), "f%u", n);
	origin_put(&origin, name, size, n + 1, 1000000000);
}

static void start(uint64_t tag, unsigned n)
{
	struct proto_msg m = { .type = PROTO_START, .tag = tag };
	char url[200], path[160], temp[20];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/f%u", origin.port, n);
	snprintf(path, sizeof(path), "%s/f%u", out, n);
	snprintf(temp, sizeof(temp), ".t%u", n);
	m.start = (struct proto_start){ .file = n, .url = url, .path = path, .root = "", .temp = temp,
	    .size = UINT64_MAX, .etag = "", .modified = "", .loopback = 1, .may_fetch = UINT64_MAX };
	rig_send(&rig, &m);
}

/* Hears of file n, and of no other, until it is done. */
static void hear_done(unsigned n, size_t size)
{
	bool answered = false;

	do {
		ck_assert_msg(rig_next(&rig, &in, LONG), "nothing more was said before file %u was done", n);
		ck_assert_msg(in.type != PROTO_FAILED, "file %u: %s", n, in.failed.text);
		ck_assert(in.type == PROTO_ANSWERED || in.type == PROTO_PROGRESS || in.type == PROTO_CHECKPOINT ||
		    in.type == PROTO_DONE);
		ck_assert_uint_eq(in.answered.file, n);		/* the first member of all of them */
		if (in.type == PROTO_ANSWERED) {
			answered = true;
			told[n].dev = in.answered.dev;
			told[n].ino = in.answered.ino;
		}
		ck_assert(answered);
	} while (in.type != PROTO_DONE);
	ck_assert_uint_eq(in.done.size, size);
}

static void assert_same(unsigned n, const char *local)
{
	char cmd[400];

	snprintf(cmd, sizeof(cmd), "cmp -s '%s/www/f%u' '%s/%s'", box, n, out, local);
	ck_assert_msg(system(cmd) == 0, "file %u is not what the server has", n);
}

static void assert_quiet(void)
{
	ck_assert_msg(!rig_next(&rig, &in, 300), "message %d of file %u after the end", in.type,
	    (unsigned)in.answered.file);
}

START_TEST(files_of_a_run_are_told_one_after_the_other)
{
	char temp[20];

	for (unsigned n = 0; n < FILES; n++)
		put(n, size_of(n));
	for (unsigned n = 0; n < FILES; n++)
		start(1, n);
	for (unsigned n = 0; n < FILES; n++)
		hear_done(n, size_of(n));
	assert_quiet();
	for (unsigned n = 0; n < FILES; n++) {
		snprintf(temp, sizeof(temp), ".t%u", n);
		assert_same(n, temp);
	}
}
END_TEST

/* As the kernel sees them from the server's side. */
static unsigned connections(void)
{
	unsigned local, state, n = 0;
	char line[300];
	FILE *f = fopen("/proc/net/tcp", "r");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		n += sscanf(line, "%*d: %*x:%x %*x:%*x %x", &local, &state) == 2 && local == (unsigned)origin.port &&
		    state == 1;
	fclose(f);
	return n;
}

#define RUNS 20u

START_TEST(many_runs_share_the_connections_they_open_ahead)
{
	origin_stop(&origin);
	strcpy(origin.extra, "limit_rate 100;");
	ck_assert(origin_start(&origin));
	for (unsigned n = 0; n < RUNS * RUNS; n++) {
		put(n, SMALL);
		start(1 + n / RUNS, n);
	}
	for (unsigned n = 0; n < RUNS; n++)
		ck_assert(rig_until(&rig, &in, LONG, PROTO_ANSWERED, -1));
	ck_assert_uint_ge(connections(), RUNS);
	ck_assert_uint_le(connections(), RUNS_AHEAD_ALL + RUNS);
	for (unsigned n = 0; n < RUNS; n++) {
		struct proto_msg m = { .type = PROTO_STOP, .tag = 1 + n };

		rig_send(&rig, &m);
		ck_assert(rig_until(&rig, &in, LONG, PROTO_STOPPED, -1));
	}
}
END_TEST

START_TEST(a_fatal_error_ends_the_run_and_says_nothing_of_later_files)
{
	for (unsigned n = 0; n < 10; n++)
		if (n != 3)
			put(n, size_of(n));
	for (unsigned n = 0; n < 10; n++)
		start(1, n);
	for (unsigned n = 0; n < 3; n++)
		hear_done(n, size_of(n));
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_uint_eq(in.failed.file, 3);
	ck_assert_uint_eq(in.failed.hresult, 0x80190194);
	start(1, 10);			/* was on its way when the run failed */
	assert_quiet();
	put(3, size_of(3));
	for (unsigned n = 3; n < 10; n++)
		start(2, n);
	for (unsigned n = 3; n < 10; n++)
		hear_done(n, size_of(n));
}
END_TEST

START_TEST(a_server_that_wants_one_connection_gets_one)
{
	origin_stop(&origin);
	snprintf(origin.extra, sizeof(origin.extra), "limit_conn all 1; limit_rate 16k;");
	ck_assert(origin_start(&origin));
	for (unsigned n = 0; n < 4; n++)
		put(n, 18000 + n);
	for (unsigned n = 0; n < 4; n++)
		start(1, n);
	for (unsigned n = 0; n < 4; n++)
		hear_done(n, 18000 + n);
	ck_assert_int_gt(origin_requests(&origin, " 503 "), 0);	/* it did refuse some */
}
END_TEST

START_TEST(a_large_file_among_small_ones_moves_alone)
{
	for (unsigned n = 0; n < 6; n++)
		put(n, n == 3 ? LARGE : size_of(n));
	for (unsigned n = 0; n < 6; n++)
		start(1, n);
	for (unsigned n = 0; n < 6; n++)
		hear_done(n, n == 3 ? LARGE : size_of(n));
	assert_same(3, ".t3");
	assert_same(5, ".t5");
}
END_TEST

START_TEST(a_stopped_run_speaks_of_the_file_in_front_only)
{
	unsigned done = 0;

	for (unsigned n = 0; n < FILES; n++)
		put(n, size_of(n));
	for (unsigned n = 0; n < FILES; n++)
		start(1, n);
	hear_done(0, size_of(0));
	rig_send(&rig, &(struct proto_msg){ .type = PROTO_STOP, .tag = 1 });
	for (done = 1; rig_next(&rig, &in, LONG) && in.type != PROTO_STOPPED;) {
		ck_assert_uint_eq(in.answered.file, done);
		done += in.type == PROTO_DONE;
	}
	ck_assert_int_eq(in.type, PROTO_STOPPED);
	if (in.stopped.durable != UINT64_MAX)
		ck_assert_uint_eq(in.stopped.file, done);
	assert_quiet();
	for (unsigned n = done; n < FILES; n++)
		start(2, n);
	for (unsigned n = done; n < FILES; n++)
		hear_done(n, size_of(n));
}
END_TEST

START_TEST(files_that_are_published_together_are_each_answered)
{
	char path[160], temp[20], name[20];
	struct proto_msg m = { .type = PROTO_PUBLISH };

	for (unsigned n = 0; n < FILES; n++) {
		put(n, size_of(n));
		start(1, n);
	}
	for (unsigned n = 0; n < FILES; n++)
		hear_done(n, size_of(n));
	for (unsigned n = 0; n < FILES; n++) {
		snprintf(path, sizeof(path), "%s/f%u", out, n);
		snprintf(temp, sizeof(temp), ".t%u", n);
		m.tag = 100 + n;
		m.publish = (struct proto_publish){ .path = path, .root = "", .temp = temp, .size = size_of(n),
		    .dev = told[n].dev, .ino = told[n].ino + (n == 7), .modified = "" };
		rig_send(&rig, &m);
	}
	for (unsigned n = 0; n < FILES; n++) {
		ck_assert(rig_next(&rig, &in, LONG));
		ck_assert_int_eq(in.type, PROTO_PUBLISHED);
		ck_assert_uint_eq(in.tag, 100 + n);
		ck_assert_msg((in.published.err != 0) == (n == 7), "file %u: %s", n, in.published.text);
		snprintf(name, sizeof(name), n == 7 ? ".t%u" : "f%u", n);
		assert_same(n, name);
	}
}
END_TEST

static const struct { unsigned moving, most; uint64_t bytes, size; bool may; } rules[] = {
	{ 1, 16, 4096, 4096, true },
	{ 16, 16, 4096, 4096, false },			/* as many as may be */
	{ 1, 1, 4096, 4096, false },			/* the server does not like more */
	{ 1, 16, 4096, RUNS_SMALL + 1, false },
	{ 1, 16, 4096, UINT64_MAX, false },		/* nothing is known yet */
	{ 9, 16, 9 * (uint64_t)RUNS_SMALL, RUNS_SMALL, false },	/* enough bytes are on their way */
};

START_TEST(what_may_be_begun_ahead)
{
	ck_assert_int_eq(runs_may_begin(rules[_i].moving, rules[_i].bytes, rules[_i].size, rules[_i].most),
	    rules[_i].may);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worker_runs");
	TCase *t = tcase_create("runs"), *pure = tcase_create("rules");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	suite_add_tcase(s, pure);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, files_of_a_run_are_told_one_after_the_other);
	tcase_add_test(t, a_fatal_error_ends_the_run_and_says_nothing_of_later_files);
	tcase_add_test(t, a_server_that_wants_one_connection_gets_one);
	tcase_add_test(t, a_large_file_among_small_ones_moves_alone);
	tcase_add_test(t, many_runs_share_the_connections_they_open_ahead);
	tcase_add_test(t, a_stopped_run_speaks_of_the_file_in_front_only);
	tcase_add_test(t, files_that_are_published_together_are_each_answered);
	tcase_add_loop_test(pure, what_may_be_begun_ahead, 0, (int)COUNT(rules));
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
