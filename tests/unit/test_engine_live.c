/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_live.c: a whole engine with a real store and real worker processes; no
 * network is needed. What must be on the disk before it is told, and what comes back.
 */
#include <check.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "agent/spawner.h"
#include "engine/base/auto.h"
#include "engine/store.h"
#include "include/engine.h"
#include "tests/peer/box.h"

static char dir[256], state[300];
static int spawner;
static struct engine *eng;
static const struct eng_caller me = { .uid = 0, .writes_all = true, .reads_all = true };
static sem_t answered;

static int start_worker(void *ctx, uint32_t uid)
{
	(void)ctx;
	return spawner_ask(spawner, uid);
}

static struct engine *open_engine(struct errinfo *ei)
{
	struct eng_config config = { .state_dir = state, .limits = { 60, 300, 200 }, .slice_s = 300 };
	struct eng_host host = { .worker_start = start_worker };

	return eng_open(&config, &host, ei);
}

static void setup(void)
{
	struct spawner_policy policy = { .only_self = true };
	struct errinfo ei = { 0 };

	spawner = spawner_start(&policy);
	ck_assert_int_ge(spawner, 0);
	box_make(dir, sizeof(dir), "engine");
	snprintf(state, sizeof(state), "%s/state", dir);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	sem_init(&answered, 0, 0);
	eng = open_engine(&ei);
	ck_assert_msg(eng != NULL, "%s", ei.text);
}

static void teardown(void)
{
	eng_close(eng);
	close(spawner);
	box_remove(dir);
}

static void on_done(struct eng_call *call, enum err err)
{
	(void)err;
	(void)call;
	sem_post(&answered);
}

static enum err ask(struct eng_call *call)
{
	enum err err;

	call->caller = me;
	call->owner_uid = geteuid();
	call->owner = "me";
	call->done = on_done;
	eng_submit(eng, call);
	sem_wait(&answered);
	err = call->err;
	eng_view_unref(call->view);
	return err;
}

static enum err create(struct guid *ret, const char *path)
{
	struct eng_change name = { JOB_PROP_DisplayName, 0, "a job" };
	struct eng_new_file file = { .url = "http://127.0.0.1:9/f", .path = path };
	struct eng_call call = { .verb = ENG_CREATE, .changes = &name, .nchanges = 1, .files = &file,
	    .nfiles = path != NULL };
	enum err err = ask(&call);

	*ret = call.job;
	return err;
}

static enum err on_job(enum eng_verb verb, const struct guid *id, const char *path)
{
	struct eng_new_file file = { .url = "http://127.0.0.1:9/f", .path = path };
	struct eng_call call = { .verb = verb, .job = *id, .files = &file, .nfiles = 1 };

	return ask(&call);
}

static unsigned count_jobs(void)
{
	struct job_view *view;
	uint64_t after = 0;
	unsigned n = 0;

	for (; (view = eng_next(eng, &me, after)); eng_view_unref(view), n++)
		after = view->rec.seq;
	return n;
}

static void reopen(void)
{
	struct errinfo ei = { 0 };

	eng_close(eng);
	eng = open_engine(&ei);
	ck_assert_msg(eng != NULL, "%s", ei.text);
}

START_TEST(what_was_answered_is_there_after_a_restart)
{
	struct job_view *view;
	struct guid id;
	char path[400];

	snprintf(path, sizeof(path), "%s/f", dir);
	ck_assert_int_eq(create(&id, path), ERR_OK);
	ck_assert_int_eq(on_job(ENG_ADD_FILES, &id, path), ERR_OK);
	reopen();
	view = eng_find(eng, &me, &id);
	ck_assert_ptr_nonnull(view);
	ck_assert_str_eq(view->rec.display_name, "a job");
	ck_assert_uint_eq(view->nfiles, 2);
	ck_assert_str_eq(view->files[1]->rec.path, path);
	ck_assert_uint_eq(view->rec.state, JOB_SUSPENDED);
	eng_view_unref(view);
}
END_TEST

START_TEST(a_missing_directory_is_refused_and_nothing_is_stored)
{
	struct guid id;
	char path[400];

	snprintf(path, sizeof(path), "%s/none/f", dir);
	ck_assert_int_eq(create(&id, path), ERR_PATH_NOT_FOUND);
	ck_assert_uint_eq(count_jobs(), 0);
	ck_assert_int_eq(create(&id, NULL), ERR_OK);
	ck_assert_int_eq(on_job(ENG_ADD_FILES, &id, path), ERR_PATH_NOT_FOUND);
	ck_assert_int_eq(on_job(ENG_RESUME, &id, NULL), ERR_EMPTY);
}
END_TEST

START_TEST(a_commit_that_fails_undoes_the_change_and_says_so)
{
	struct eng_change low = { JOB_PROP_Priority, 3, NULL };
	struct eng_call set = { .verb = ENG_SET, .changes = &low, .nchanges = 1 };
	struct job_view *view;
	struct guid id, second;
	char db[400];
	sqlite3 *other;

	ck_assert_int_eq(create(&id, NULL), ERR_OK);
	snprintf(db, sizeof(db), "%s/jobs.db", state);
	ck_assert_int_eq(sqlite3_open(db, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(create(&second, NULL), ERR_STORE);
	set.job = id;
	ck_assert_int_eq(ask(&set), ERR_STORE);
	ck_assert_int_eq(on_job(ENG_CANCEL, &id, NULL), ERR_STORE);
	ck_assert_uint_eq(count_jobs(), 1);
	view = eng_find(eng, &me, &id);
	ck_assert_uint_eq(view->rec.priority, 2);
	eng_view_unref(view);
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	ck_assert_int_eq(ask(&set), ERR_OK);
	reopen();
	view = eng_find(eng, &me, &id);
	ck_assert_uint_eq(view->rec.priority, 3);
	eng_view_unref(view);
}
END_TEST

START_TEST(other_peoples_jobs_do_not_exist)
{
	struct eng_caller other = { .uid = 12345 };
	struct eng_call call = { .verb = ENG_CANCEL };
	struct guid id;

	ck_assert_int_eq(create(&id, NULL), ERR_OK);
	ck_assert_ptr_null(eng_find(eng, &other, &id));
	ck_assert_ptr_null(eng_next(eng, &other, 0));
	call.job = id;
	call.caller = other;
	call.done = on_done;
	eng_submit(eng, &call);
	sem_wait(&answered);
	ck_assert_int_eq(call.err, ERR_NOT_FOUND);
	ck_assert_uint_eq(count_jobs(), 1);
}
END_TEST

START_TEST(the_61st_job_of_a_user_is_refused)
{
	struct eng_caller user = { .uid = 777 };
	struct eng_call call = { .verb = ENG_CREATE, .owner_uid = 777, .owner = "u" };

	for (int i = 0; i < 61; i++) {
		call.caller = user;
		call.done = on_done;
		eng_submit(eng, &call);
		sem_wait(&answered);
		eng_view_unref(call.view);
		ck_assert_int_eq(call.err, i < 60 ? ERR_OK : ERR_TOO_MANY_JOBS_USER);
	}
}
END_TEST

START_TEST(cancel_and_complete_take_the_job_away_for_good)
{
	struct guid a, b;

	ck_assert_int_eq(create(&a, NULL), ERR_OK);
	ck_assert_int_eq(create(&b, NULL), ERR_OK);
	ck_assert_int_eq(on_job(ENG_CANCEL, &a, NULL), ERR_OK);
	ck_assert_int_eq(on_job(ENG_COMPLETE, &b, NULL), ERR_OK);
	ck_assert_int_eq(on_job(ENG_RESUME, &a, NULL), ERR_NOT_FOUND);
	reopen();
	ck_assert_uint_eq(count_jobs(), 0);
}
END_TEST

START_TEST(one_state_directory_has_one_agent)
{
	struct errinfo ei = { 0 };

	ck_assert_ptr_null(open_engine(&ei));
	ck_assert_ptr_nonnull(strstr(ei.text, "running agent"));
}
END_TEST

static int user_version(sqlite3 *db)
{
	sqlite3_stmt *q;
	int version;

	ck_assert_int_eq(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &q, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	version = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return version;
}

START_TEST(a_store_of_a_newer_version_is_left_alone)
{
	struct errinfo ei = { 0 };
	char db[400], sql[60];
	sqlite3 *other;
	int version;

	eng_close(eng);
	snprintf(db, sizeof(db), "%s/jobs.db", state);
	ck_assert_int_eq(sqlite3_open(db, &other), SQLITE_OK);
	version = user_version(other);
	ck_assert_int_eq(sqlite3_exec(other, "PRAGMA user_version=999", NULL, NULL, NULL), SQLITE_OK);
	eng = open_engine(&ei);
	ck_assert_ptr_null(eng);
	ck_assert_ptr_nonnull(strstr(ei.text, "newer"));
	snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", version);
	ck_assert_int_eq(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	eng = open_engine(&ei);
	ck_assert_ptr_nonnull(eng);
}
END_TEST

/* A model beside the engine: which jobs exist and how many files they have. */
struct known { struct guid id; unsigned files; };

static void compare(const struct known *k, unsigned n)
{
	ck_assert_uint_eq(count_jobs(), n);
	for (unsigned i = 0; i < n; i++) {
		struct job_view *view = eng_find(eng, &me, &k[i].id);

		ck_assert_ptr_nonnull(view);
		ck_assert_uint_eq(view->nfiles, k[i].files);
		ck_assert_uint_lt(view->rec.state, JOB_ACKNOWLEDGED);
		ck_assert(view->rec.state != JOB_TRANSFERRED);
		eng_view_unref(view);
	}
}

/* Nothing answers at port 9, so jobs go through CONNECTING and TRANSIENT_ERROR all the time while
 * they are created, changed, cancelled, completed, and the engine is closed and opened. */
START_TEST(any_order_of_calls_and_restarts_keeps_what_was_answered)
{
	static const enum eng_verb verbs[] = { ENG_RESUME, ENG_SUSPEND, ENG_SET, ENG_ADD_FILES, ENG_CANCEL, ENG_COMPLETE };
	struct known k[30];
	unsigned n = 0, seed = (unsigned)getpid() * 2654435761u;
	char path[400];

	printf("seed %u\n", seed);
	snprintf(path, sizeof(path), "%s/f", dir);
	for (int step = 0; step < 1500; step++) {
		unsigned r = (unsigned)rand_r(&seed) >> 4, i = n ? r / 64 % n : 0;
		enum eng_verb verb = verbs[r % COUNT(verbs)];
		struct eng_change prio = { JOB_PROP_Priority, r / 4096 % 4, NULL };
		struct eng_new_file file = { .url = "http://127.0.0.1:9/f", .path = path };
		struct eng_call call = { .verb = verb, .files = &file, .nfiles = 1, .changes = &prio,
		    .nchanges = verb == ENG_SET };
		enum err err;

		if (step % 300 == 299)
			reopen();
		if (n < 5 || (r % 7 == 0 && n < 30)) {
			ck_assert_int_eq(create(&k[n].id, r % 2 ? path : NULL), ERR_OK);
			k[n++].files = r % 2;
			continue;
		}
		call.job = k[i].id;
		err = ask(&call);
		if (verb == ENG_RESUME && !k[i].files)
			ck_assert_int_eq(err, ERR_EMPTY);
		else if (verb == ENG_COMPLETE && k[i].files)
			ck_assert_int_eq(err, ERR_PARTIAL);
		else
			ck_assert_msg(err == ERR_OK, "verb %d: %s", verb, call.ei.text);
		k[i].files += verb == ENG_ADD_FILES;
		if (verb == ENG_CANCEL || verb == ENG_COMPLETE)
			k[i] = k[--n];
		if (step % 50 == 0)
			compare(k, n);
	}
	compare(k, n);
	reopen();
	compare(k, n);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_live");
	TCase *t = tcase_create("live");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_was_answered_is_there_after_a_restart);
	tcase_add_test(t, a_missing_directory_is_refused_and_nothing_is_stored);
	tcase_add_test(t, a_commit_that_fails_undoes_the_change_and_says_so);
	tcase_add_test(t, other_peoples_jobs_do_not_exist);
	tcase_add_test(t, the_61st_job_of_a_user_is_refused);
	tcase_add_test(t, cancel_and_complete_take_the_job_away_for_good);
	tcase_add_test(t, one_state_directory_has_one_agent);
	tcase_add_test(t, a_store_of_a_newer_version_is_left_alone);
	tcase_add_test(t, any_order_of_calls_and_restarts_keeps_what_was_answered);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
