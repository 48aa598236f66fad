/* SPDX-License-Identifier: MIT
 * tests/unit/test_worker_move.c: a real worker process moves real files from a real nginx, as the
 * engine would have it done.
 */
#include <check.h>
#include <dirent.h>

#include "engine/base/err.h"
#include "tests/peer/origin.h"
#include "tests/peer/rig.h"
#include "tests/peer/box.h"

#define LONG 20000
#define MIB (1u << 20)

static char box[BOX_ROOM];		/* this test's folder: origin in it, destination in box/out */
static char path[128];		/* where the file goes */
static struct origin origin;
static struct rig rig;
static struct proto_msg in;

static void set_up(void)
{
	char out[100];

	box_make(box, sizeof(box), "worker");
	snprintf(out, sizeof(out), "%s/out", box);
	mkdir(out, 0755);
	ck_assert(geteuid() || !chown(out, RIG_UID, RIG_UID));
	snprintf(path, sizeof(path), "%s/out/file.bin", box);
	ck_assert(origin_init(&origin, box, ""));
	rig_start(&rig);
}

static void tear_down(void)
{
	ck_assert_int_eq(rig_end(&rig), 0);
	origin_stop(&origin);
	box_remove(box);
}

static void set_origin(const char *extra)
{
	origin_stop(&origin);
	snprintf(origin.extra, sizeof(origin.extra), "%s", extra);
	ck_assert(origin_start(&origin));
}

static struct proto_msg order(uint64_t tag, const char *name)
{
	static char url[200];
	struct proto_msg m = { .type = PROTO_START, .tag = tag };

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/%s", origin.port, name);
	m.start = (struct proto_start){ .url = url, .path = path, .root = "", .temp = ".file.bin.tmp",
		.size = UINT64_MAX, .etag = "", .modified = "", .loopback = 1,
		.may_fetch = UINT64_MAX };
	return m;
}

static bool is_same_file(const char *a, const char *b)
{
	char cmd[600];

	snprintf(cmd, sizeof(cmd), "test \"$(sha256sum <'%s')\" = \"$(sha256sum <'%s')\"", a, b);
	return system(cmd) == 0;
}

static const char *temp(void)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s/out/.file.bin.tmp", box);
	return text;
}

static const char *source(const char *name)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s/www/%s", box, name);
	return text;
}

/* What the engine would send next, knowing what the worker said. */
static struct proto_msg resume_of(const struct proto_msg *start, const struct proto_answered *a,
    uint64_t durable)
{
	struct proto_msg m = *start;

	m.start.offset = durable;
	m.start.size = a->size;
	m.start.etag = a->etag;
	m.start.modified = a->modified;
	m.start.dev = a->dev;
	m.start.ino = a->ino;
	m.start.single = a->single;
	return m;
}

static void publish(const struct proto_answered *a, uint64_t size)
{
	struct proto_msg m = { .type = PROTO_PUBLISH, .tag = 77, .publish = { .path = path, .root = "",
		.temp = ".file.bin.tmp", .size = size, .dev = a->dev, .ino = a->ino,
		.modified = a->modified } };

	rig_send(&rig, &m);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_PUBLISHED, -1));
}

START_TEST(a_whole_file_arrives_and_is_published_with_mode_and_time)
{
	struct proto_msg start = order(1, "a");
	struct proto_answered a;
	struct stat st;

	origin_put(&origin, "a", 20 * MIB + 17, 1, 1000000000);
	rig_send(&rig, &start);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.type, PROTO_ANSWERED);
	ck_assert_uint_eq(in.tag, 1);
	a = in.answered;
	ck_assert_uint_eq(a.size, 20 * MIB + 17);
	ck_assert_uint_eq(a.offset, 0);
	ck_assert(!stat(temp(), &st) && (st.st_size == 20 * MIB + 17 || (st.st_mode & 0777) == 0600));
	ck_assert_uint_eq(a.restarted, 0);
	ck_assert_uint_eq(a.single, 0);
	ck_assert_str_eq(a.modified, "Sun, 09 Sep 2001 01:46:40 GMT");
	ck_assert(a.etag[0] == '"');
	ck_assert(rig_until(&rig, &in, LONG, PROTO_DONE, PROTO_FAILED, -1));
	ck_assert_int_eq(in.type, PROTO_DONE);
	ck_assert_uint_eq(in.done.size, 20 * MIB + 17);
	ck_assert(!stat(temp(), &st));
	ck_assert_uint_eq(st.st_ino, a.ino);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	ck_assert_int_eq(st.st_mtime, 1000000000);
	publish(&a, 20 * MIB + 17);
	ck_assert_int_eq(in.published.err, ERR_OK);
	ck_assert(is_same_file(source("a"), path));
	ck_assert(!stat(path, &st));
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	ck_assert_int_eq(st.st_mtime, 1000000000);
	ck_assert(access(temp(), F_OK) < 0);
}
END_TEST

START_TEST(a_whole_file_that_was_touched_is_dressed_again_when_it_is_published)
{
	struct proto_msg start = order(1, "a");
	struct proto_answered a;
	struct stat st;

	origin_put(&origin, "a", 5000, 1, 1000000000);
	rig_send(&rig, &start);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_ANSWERED, -1));
	a = in.answered;
	ck_assert(rig_until(&rig, &in, LONG, PROTO_DONE, -1));
	ck_assert(!chmod(temp(), 0600) && !utimensat(AT_FDCWD, temp(), NULL, 0));
	publish(&a, 5000);
	ck_assert_int_eq(in.published.err, ERR_OK);
	ck_assert(!stat(path, &st));
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	ck_assert_int_eq(st.st_mtime, 1000000000);
}
END_TEST

START_TEST(an_empty_file_arrives)
{
	struct proto_msg start = order(1, "empty");
	struct proto_answered a;

	origin_put(&origin, "empty", 0, 1, 1000000000);
	rig_send(&rig, &start);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_ANSWERED, -1));
	a = in.answered;
	ck_assert_uint_eq(a.size, 0);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_DONE, PROTO_FAILED, -1));
	ck_assert_int_eq(in.type, PROTO_DONE);
	publish(&a, 0);
	ck_assert_int_eq(in.published.err, ERR_OK);
	ck_assert(is_same_file(source("empty"), path));
}
END_TEST

/* Starts `start` and waits until at least 1 MiB is durable; the answer comes back. */
static struct proto_answered run_to_checkpoint(struct proto_msg *start, uint64_t *ret_durable)
{
	struct proto_answered a;

	rig_send(&rig, start);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_ANSWERED, PROTO_FAILED, -1));
	ck_assert_int_eq(in.type, PROTO_ANSWERED);
	a = in.answered;
	do {
		ck_assert(rig_until(&rig, &in, LONG, PROTO_CHECKPOINT, PROTO_DONE, PROTO_FAILED, -1));
		ck_assert_int_eq(in.type, PROTO_CHECKPOINT);
	} while (in.checkpoint.durable < MIB);
	*ret_durable = in.checkpoint.durable;
	return a;
}

static struct proto_answered run_and_stop(struct proto_msg *start, uint64_t *ret_durable)
{
	struct proto_answered a = run_to_checkpoint(start, ret_durable);

	rig_send(&rig, &(struct proto_msg){ .type = PROTO_STOP, .tag = start->tag });
	ck_assert(rig_until(&rig, &in, LONG, PROTO_STOPPED, -1));
	ck_assert_uint_ge(in.stopped.durable, *ret_durable);
	*ret_durable = in.stopped.durable;
	return a;
}

/* Sends start, expects it to go on at offset and to end as a copy of the source. */
static struct proto_answered run_to_end(struct proto_msg *start, uint64_t offset, const char *name)
{
	struct proto_answered a;
	struct stat st;

	start->tag += 1000;		/* a run that has failed is over: the next try is another one */
	rig_send(&rig, start);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_ANSWERED, PROTO_FAILED, -1));
	ck_assert_msg(in.type == PROTO_ANSWERED, "%s", in.failed.text);
	a = in.answered;
	ck_assert_uint_eq(a.offset, offset);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_DONE, PROTO_FAILED, -1));
	ck_assert_msg(in.type == PROTO_DONE, "%s", in.failed.text);
	ck_assert(!stat(source(name), &st));
	ck_assert_uint_eq(in.done.size, (uint64_t)st.st_size);
	ck_assert(is_same_file(source(name), temp()));
	return a;
}

START_TEST(a_stopped_transfer_continues_where_it_was_durable)
{
	struct proto_msg start = order(1, "a"), again;
	struct proto_answered a, b;
	uint64_t durable;

	set_origin("limit_rate 8m;");
	origin_put(&origin, "a", 12 * MIB, 1, 1000000000);
	a = run_and_stop(&start, &durable);
	set_origin("");
	again = resume_of(&start, &a, durable);
	b = run_to_end(&again, durable, "a");
	ck_assert_uint_eq(b.ino, a.ino);
	ck_assert_uint_eq(b.restarted, 0);
	ck_assert_uint_eq(b.single, 0);
	ck_assert_int_eq(origin_requests(&origin, "\" 206 "), 1);
	ck_assert_int_eq(origin_requests_at_last(&origin, NULL, 2), 2);
}
END_TEST

START_TEST(after_a_killed_worker_the_last_checkpoint_counts)
{
	struct proto_msg start = order(1, "a"), again;
	struct proto_answered a, b;
	uint64_t durable;

	set_origin("limit_rate 8m;");
	origin_put(&origin, "a", 12 * MIB, 1, 1000000000);
	a = run_to_checkpoint(&start, &durable);
	kill(rig.pid, SIGKILL);
	ck_assert_int_eq(rig_end(&rig), -1);
	set_origin("");
	rig_start(&rig);
	again = resume_of(&start, &a, durable);
	b = run_to_end(&again, durable, "a");
	ck_assert_uint_eq(b.ino, a.ino);
}
END_TEST

START_TEST(a_new_worker_waits_for_the_lock_of_the_one_before)
{
	struct proto_msg start = order(1, "a"), again;
	struct proto_answered a;
	struct rig before;
	uint64_t durable;

	set_origin("limit_rate 4m;");
	origin_put(&origin, "a", 6 * MIB, 1, 1000000000);
	a = run_to_checkpoint(&start, &durable);
	before = rig;
	rig_start(&rig);
	again = resume_of(&start, &a, durable);
	rig_send(&rig, &again);
	ck_assert(!rig_next(&rig, &in, 500));	/* the other still writes */
	ck_assert_int_eq(rig_end(&before), 0);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_ANSWERED, PROTO_FAILED, -1));
	ck_assert_int_eq(in.type, PROTO_ANSWERED);
	ck_assert_uint_eq(in.answered.offset, durable);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_DONE, PROTO_FAILED, -1));
	ck_assert(is_same_file(source("a"), temp()));
}
END_TEST

START_TEST(a_lock_that_is_never_given_up_is_a_transient_failure)
{
	struct proto_msg start = order(1, "a"), again;
	struct proto_answered a;
	struct rig before;
	uint64_t durable;

	set_origin("limit_rate 1m;");
	origin_put(&origin, "a", 64 * MIB, 1, 1000000000);
	a = run_to_checkpoint(&start, &durable);
	before = rig;
	rig_start(&rig);
	again = resume_of(&start, &a, durable);
	rig_send(&rig, &again);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_uint_eq(in.failed.transient, 1);
	ck_assert_uint_eq(in.failed.context, 4);
	ck_assert_uint_eq(in.failed.durable, durable);
	ck_assert_int_eq(rig_end(&before), 0);
}
END_TEST

START_TEST(what_is_complete_already_is_not_asked_for_again)
{
	struct proto_msg start = order(1, "a"), again;
	struct proto_answered a;

	origin_put(&origin, "a", 3 * MIB, 1, 1000000000);
	a = run_to_end(&start, 0, "a");
	origin_stop(&origin);
	again = resume_of(&start, &a, 3 * MIB);
	run_to_end(&again, 3 * MIB, "a");
}
END_TEST

START_TEST(a_file_replaced_between_two_requests_is_begun_again)
{
	struct proto_msg start = order(1, "a"), again;
	struct proto_answered a, b;
	uint64_t durable;

	set_origin("limit_rate 8m;");
	origin_put(&origin, "a", 12 * MIB, 1, 1000000000);
	a = run_and_stop(&start, &durable);
	set_origin("");
	origin_put(&origin, "a", 12 * MIB, 2, 1000000100);
	again = resume_of(&start, &a, durable);
	b = run_to_end(&again, 0, "a");
	ck_assert_uint_eq(b.restarted, 1);
	ck_assert_uint_eq(b.single, 0);
	ck_assert_uint_ne(b.ino, a.ino);	/* a number on record never names bytes of another version */
	ck_assert_str_ne(b.modified, a.modified);
}
END_TEST

START_TEST(a_file_replaced_during_a_response_stays_the_old_one)
{
	struct proto_msg start = order(1, "a");
	uint64_t durable;

	set_origin("limit_rate 8m;");
	origin_put(&origin, "a", 12 * MIB, 1, 1000000000);
	ck_assert(!link(source("a"), strcat(strcpy((char[200]){ 0 }, source("a")), ".old")));
	run_to_checkpoint(&start, &durable);
	origin_put(&origin, "a", 5 * MIB, 2, 1000000100);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_DONE, PROTO_FAILED, -1));
	ck_assert_int_eq(in.type, PROTO_DONE);
	ck_assert(is_same_file(source("a.old"), temp()));
}
END_TEST

START_TEST(a_server_without_ranges_is_told_from_a_changed_file)
{
	struct proto_msg start = order(1, "a"), again;
	struct proto_answered a, b;
	uint64_t durable;

	set_origin("limit_rate 8m; max_ranges 0;");
	origin_put(&origin, "a", 12 * MIB, 1, 1000000000);
	a = run_and_stop(&start, &durable);
	set_origin("max_ranges 0;");
	again = resume_of(&start, &a, durable);
	b = run_to_end(&again, 0, "a");
	ck_assert_uint_eq(b.restarted, 0);
	ck_assert_uint_eq(b.single, 1);
}
END_TEST

START_TEST(a_missing_file_is_fatal_and_leaves_nothing_behind)
{
	struct proto_msg start = order(1, "nothing?secret=1");
	char want[200];

	rig_send(&rig, &start);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_uint_eq(in.failed.hresult, 0x80190194);
	ck_assert_uint_eq(in.failed.context, 5);
	ck_assert_uint_eq(in.failed.transient, 0);
	ck_assert_uint_eq(in.failed.durable, 0);
	snprintf(want, sizeof(want), "The server answered 404 Not Found for http://127.0.0.1:%d/nothing.",
	    origin.port);
	ck_assert_ptr_eq(strstr(in.failed.text, want), in.failed.text);
	ck_assert(access(temp(), F_OK) < 0);
}
END_TEST

START_TEST(a_server_that_is_down_is_transient)
{
	struct proto_msg start = order(1, "a");
	char host[40];

	origin_stop(&origin);
	rig_send(&rig, &start);
	ck_assert(rig_next(&rig, &in, LONG));
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_uint_eq(in.failed.hresult, 0x80072EFD);
	ck_assert_uint_eq(in.failed.transient, 1);
	snprintf(host, sizeof(host), "127.0.0.1:%d", origin.port);
	ck_assert_ptr_nonnull(strstr(in.failed.text, host));
	ck_assert_msg(strstr(in.failed.text, "refused") != NULL, "%s", in.failed.text);
}
END_TEST

START_TEST(a_server_that_dies_midway_costs_no_byte)
{
	struct proto_msg start = order(1, "a"), again;
	struct proto_answered a;
	uint64_t durable;

	set_origin("limit_rate 8m;");
	origin_put(&origin, "a", 12 * MIB, 1, 1000000000);
	a = run_to_checkpoint(&start, &durable);
	origin_stop(&origin);
	ck_assert(rig_until(&rig, &in, LONG, PROTO_DONE, PROTO_FAILED, -1));
	ck_assert_int_eq(in.type, PROTO_FAILED);
	ck_assert_uint_eq(in.failed.hresult, 0x80072EFE);
	ck_assert_uint_eq(in.failed.transient, 1);
	ck_assert_uint_ge(in.failed.durable, durable);
	durable = in.failed.durable;
	set_origin("");
	again = resume_of(&start, &a, durable);
	run_to_end(&again, durable, "a");
}
END_TEST

START_TEST(many_transfers_run_at_once)
{
	char names[30][40];
	int done = 0;

	origin_put(&origin, "a", MIB, 1, 1000000000);
	for (int i = 0; i < 30; i++) {
		struct proto_msg start = order((uint64_t)i + 1, "a");

		snprintf(names[i], sizeof(names[i]), ".many%d", i);
		start.start.temp = names[i];
		rig_send(&rig, &start);
	}
	while (done < 30) {
		ck_assert(rig_until(&rig, &in, LONG, PROTO_DONE, PROTO_FAILED, -1));
		ck_assert_int_eq(in.type, PROTO_DONE);
		done++;
	}
	for (int i = 0; i < 30; i++) {
		char file[128];

		snprintf(file, sizeof(file), "%s/out/.many%d", box, i);
		ck_assert(is_same_file(source("a"), file));
	}
}
END_TEST

START_TEST(progress_and_checkpoints_only_grow_and_stay_within_the_file)
{
	struct proto_msg start = order(1, "a");
	uint64_t received = 0, durable = 0;
	unsigned progresses = 0;

	set_origin("limit_rate 8m;");
	origin_put(&origin, "a", 12 * MIB, 1, 1000000000);
	rig_send(&rig, &start);
	do {
		ck_assert(rig_next(&rig, &in, LONG));
		if (in.type == PROTO_PROGRESS) {
			ck_assert_uint_gt(in.progress.received, received);
			received = in.progress.received;
			progresses++;
		}
		if (in.type == PROTO_CHECKPOINT) {
			ck_assert_uint_gt(in.checkpoint.durable, durable);
			durable = in.checkpoint.durable;
		}
	} while (in.type != PROTO_DONE);
	ck_assert_uint_le(received, 12 * MIB);
	ck_assert_uint_le(durable, 12 * MIB);
	ck_assert_uint_ge(progresses, 3);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_move");
	TCase *t = tcase_create("moves");

	tcase_set_timeout(t, 100);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_whole_file_arrives_and_is_published_with_mode_and_time);
	tcase_add_test(t, a_whole_file_that_was_touched_is_dressed_again_when_it_is_published);
	tcase_add_test(t, an_empty_file_arrives);
	tcase_add_test(t, a_stopped_transfer_continues_where_it_was_durable);
	tcase_add_test(t, after_a_killed_worker_the_last_checkpoint_counts);
	tcase_add_test(t, a_new_worker_waits_for_the_lock_of_the_one_before);
	tcase_add_test(t, a_lock_that_is_never_given_up_is_a_transient_failure);
	tcase_add_test(t, what_is_complete_already_is_not_asked_for_again);
	tcase_add_test(t, a_file_replaced_between_two_requests_is_begun_again);
	tcase_add_test(t, a_file_replaced_during_a_response_stays_the_old_one);
	tcase_add_test(t, a_server_without_ranges_is_told_from_a_changed_file);
	tcase_add_test(t, a_missing_file_is_fatal_and_leaves_nothing_behind);
	tcase_add_test(t, a_server_that_is_down_is_transient);
	tcase_add_test(t, a_server_that_dies_midway_costs_no_byte);
	tcase_add_test(t, many_transfers_run_at_once);
	tcase_add_test(t, progress_and_checkpoints_only_grow_and_stay_within_the_file);
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
