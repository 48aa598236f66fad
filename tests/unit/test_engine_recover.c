/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_recover.c: what a start makes of every state of the store docs/INTERNALS.md lists,
 * and what people are told about jobs that do not move (why).
 */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>

#include <sqlite3.h>

#include "engine/core.h"
#include "engine/why.h"
#include "tests/peer/rig.h"
#include "tests/peer/box.h"

static char dir[256], state[300], path[300];
static struct engine *eng;
static struct rig worker;
static const struct eng_new_file one_file = { .url = "http://127.0.0.1:9/f", .path = path };
static const struct eng_caller me = { .uid = 4711, .reads_all = true, .writes_all = true };

static int start_worker(void *ctx, uint32_t uid)
{
	int fds[2];

	(void)ctx;
	(void)uid;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -1;
	if (worker.fd > 0)
		close(worker.fd);
	worker.fd = fds[1];
	return fds[0];
}

static struct engine *try_open(struct errinfo *ei)
{
	struct eng_config config = { .state_dir = state, .limits = { 60, 300, 200, 500 }, .slice_s = 300 };
	struct eng_host host = { .worker_start = start_worker };

	return engine_new(&config, &host, ei);
}

static void open_engine(void)
{
	struct errinfo ei = { 0 };

	eng = try_open(&ei);
	ck_assert_msg(eng != NULL, "%s", ei.text);
}

static void setup(void)
{
	log_init("engine", LOG_LEVEL_ERROR);
	box_make(dir, sizeof(dir), "recover");
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(path, sizeof(path), "%s/f", dir);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	worker = (struct rig){ .arena = arena_new(1u << 20) };
	open_engine();
}

static void teardown(void)
{
	eng_close(eng);
	if (worker.fd > 0)
		close(worker.fd);
	arena_free(worker.arena);
	box_remove(dir);
}

static bool over;

static void on_done(struct eng_call *call, enum err err)
{
	(void)call;
	(void)err;
	over = true;
}

static enum err ask(struct eng_call *call)
{
	struct proto_msg m;

	call->caller = me;
	call->owner_uid = 4711;
	call->owner = "me";
	call->done = on_done;
	over = false;
	eng_submit(eng, call);
	for (unsigned i = 0; i < 50 && !over; i++) {
		engine_step(eng);
		while (worker.fd > 0 && poll(&(struct pollfd){ worker.fd, POLLIN, 0 }, 1, 0) > 0 &&
		    rig_next(&worker, &m, 1000))
			if (m.type == PROTO_CHECK) {
				m = (struct proto_msg){ .type = PROTO_CHECKED, .tag = m.tag,
				    .checked = { .text = "" } };
				rig_send(&worker, &m);
			}
	}
	ck_assert(over);
	eng_view_unref(call->view);
	return call->err;
}

static struct guid make_job(void)
{
	struct eng_call call = { .verb = ENG_CREATE, .files = &one_file, .nfiles = 1 };

	ck_assert_int_eq(ask(&call), ERR_OK);
	return call.job;
}

static const char *db(const char *end)
{
	static char name[400];

	snprintf(name, sizeof(name), "%s/jobs.db%s", state, end);
	return name;
}

static void sql(const char *text)
{
	char *why = NULL;
	sqlite3 *c;

	ck_assert_int_eq(sqlite3_open(db(""), &c), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(c, text, NULL, NULL, &why) == SQLITE_OK, "%s: %s", text, why);
	sqlite3_close(c);
}

/* Names in the state directory that begin so. */
static unsigned count(const char *begin)
{
	DIR *d = opendir(state);
	struct dirent *e;
	unsigned n = 0;

	while ((e = readdir(d)))
		n += !strncmp(e->d_name, begin, strlen(begin));
	closedir(d);
	return n;
}

static void close_engine(void)
{
	if (worker.fd > 0)
		shutdown(worker.fd, SHUT_RDWR);
	eng_close(eng);
	eng = NULL;
}

static const struct { const char *change; enum job_state before, after; uint32_t error; } rows[] = {
	{ "", JOB_SUSPENDED, JOB_SUSPENDED, 0 }, { "", JOB_QUEUED, JOB_QUEUED, 0 },
	{ "", JOB_CONNECTING, JOB_QUEUED, 0 }, { "", JOB_TRANSFERRING, JOB_QUEUED, 0 },
	{ ",error_code=5,stalled_ms=7000", JOB_TRANSIENT_ERROR, JOB_QUEUED, 5 },
	{ ",error_code=5", JOB_ERROR, JOB_ERROR, 5 }, { "", JOB_TRANSFERRED, JOB_TRANSFERRED, 0 },
};

START_TEST(every_state_of_a_row_has_one_way_on)
{
	struct guid id = make_job();
	char change[200];
	struct job *job;

	close_engine();
	snprintf(change, sizeof(change), "UPDATE job SET state=%d%s", rows[_i].before, rows[_i].change);
	sql(change);
	open_engine();
	job = job_by_id(eng, &id);
	ck_assert_ptr_nonnull(job);
	ck_assert_str_eq(job_state_text((enum job_state)job->rec.state), job_state_text(rows[_i].after));
	ck_assert_uint_eq(job->rec.error_code, rows[_i].error);
	ck_assert_uint_eq(job->stall_since_ms != 0, rows[_i].before == JOB_TRANSIENT_ERROR);
	ck_assert_str_eq(eng_trouble(eng), "");
	ck_assert_uint_eq(count("jobs.db.damaged"), 0);
}
END_TEST

static const char *const nonsense[] = {
	"UPDATE job SET state=99", "UPDATE job SET state=7", "UPDATE job SET id=x'00'", "UPDATE job SET priority=9",
	"UPDATE job SET seq=-1", "UPDATE job SET uid=-1", "UPDATE file SET number=3", "DROP TABLE file",
	"PRAGMA foreign_keys=OFF; UPDATE file SET job=77",
	"INSERT INTO attempt VALUES((SELECT seq FROM job),3,5,0,0,0,0,0,0,'')",
};

START_TEST(rows_that_make_no_sense_set_the_store_aside_and_the_agent_begins_anew)
{
	struct job_view *view;

	make_job();
	close_engine();
	sql(nonsense[_i]);
	open_engine();
	view = eng_next(eng, &me, 0);
	ck_assert_ptr_null(view);
	ck_assert_uint_eq(count("jobs.db.damaged-"), 1);
	ck_assert_ptr_nonnull(strstr(eng_trouble(eng), "jobs.db.damaged-"));
	make_job();
	close_engine();
	open_engine();
	view = eng_next(eng, &me, 0);
	ck_assert_ptr_nonnull(view);
	eng_view_unref(view);
	ck_assert_str_eq(eng_trouble(eng), "");		/* told once, at the start it happened */
}
END_TEST

START_TEST(a_damaged_file_is_set_aside_with_its_log_and_kept_as_it_was)
{
	static const char *const bytes[] = { "not a database, but a text of some length\n", "\0\0\0\0", "SQLite format 3" };
	char name[600] = "", line[64] = "";
	DIR *d;
	FILE *f;

	make_job();
	close_engine();
	f = fopen(db(""), "w");
	for (int i = 0; i < 500; i++)
		fwrite(bytes[_i], 1, _i == 1 ? 4 : strlen(bytes[_i]), f);
	fclose(f);
	f = fopen(db("-wal"), "w");
	fputs("its log", f);
	fclose(f);
	open_engine();
	ck_assert_ptr_nonnull(strstr(eng_trouble(eng), "damaged"));
	if (_i == 0) {			/* and again in the same second: nothing is written over */
		unsigned before = count("jobs.db.damaged-");

		close_engine();
		f = fopen(db(""), "w");
		fputs("damaged, too, and longer than the head of a database is: a hundred bytes and some more of them......", f);
		fclose(f);
		open_engine();
		ck_assert_uint_gt(count("jobs.db.damaged-"), before);
	}
	d = opendir(state);
	for (struct dirent *e; (e = readdir(d));)
		if (!strncmp(e->d_name, "jobs.db.damaged-", 16) && !strchr(e->d_name + 16, '-') &&
		    (!*name || strcmp(e->d_name, strrchr(name, '/') + 1) < 0))		/* the first */
			snprintf(name, sizeof(name), "%s/%s", state, e->d_name);
	closedir(d);
	f = fopen(name, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert(fread(line, 1, 15, f) == 15);
	fclose(f);
	ck_assert_int_eq(memcmp(line, bytes[_i], _i == 1 ? 4 : 15), 0);
	make_job();
}
END_TEST

START_TEST(a_newer_store_and_somebody_elses_database_are_refused_and_left_alone)
{
	struct errinfo ei = { 0 };
	struct engine *none;

	make_job();
	close_engine();
	sql(_i ? "DROP TABLE attempt; PRAGMA user_version=0" : "PRAGMA user_version=999");
	none = try_open(&ei);
	ck_assert_ptr_null(none);
	ck_assert_msg(strstr(ei.text, _i ? "somebody else's" : "newer") != NULL, "%s", ei.text);
	ck_assert_uint_eq(count("jobs.db.damaged"), 0);
	ck_assert_int_eq(unlink(db("")), 0);
	open_engine();
}
END_TEST

START_TEST(a_lost_key_costs_the_secrets_not_the_job)
{
	struct guid id = make_job(), quiet = make_job();
	struct eng_change header = { JOB_PROP_CustomHeaders, 0, "X-Token: 1\r\n" };
	struct eng_call set = { .verb = ENG_SET, .job = id, .changes = &header, .nchanges = 1 }, other = set;
	struct job *job;
	char key[400];

	ck_assert_int_eq(ask(&set), ERR_OK);
	other.job = quiet;
	ck_assert_int_eq(ask(&other), ERR_OK);
	close_engine();
	snprintf(key, sizeof(key), "%s/key", state);
	ck_assert_int_eq(unlink(key), 0);
	sql("UPDATE job SET state=0 WHERE seq=1");
	for (int again = 0; again < 2; again++) {
		open_engine();
		job = job_by_id(eng, &id);
		ck_assert_int_eq((int)job->rec.state, JOB_ERROR);
		ck_assert_uint_eq(job->rec.error_code, 0x80090016);
		ck_assert_str_eq(job->opt->headers, "");
		ck_assert_int_eq((int)job_by_id(eng, &quiet)->rec.state, JOB_SUSPENDED);
		ck_assert_ptr_nonnull(strstr(job_by_id(eng, &quiet)->rec.note, "key"));
		engine_step(eng);
		close_engine();
	}
	open_engine();
}
END_TEST

/* Why. */

static const struct guid others = { { 1, 2, 3 } };

static const struct why { enum job_state state; unsigned priority, front; enum wait_for waits; size_t nfiles;
    bool closing; const char *says; } whys[] = {
	{ JOB_SUSPENDED, 2, 0, 0, 1, false, "waits for Resume" }, { JOB_SUSPENDED, 2, 0, 0, 0, false, "no file" },
	{ JOB_QUEUED, 2, 1, 0, 1, false, "higher priority runs: {" },
	{ JOB_QUEUED, 2, 2, 0, 1, false, "time slice: {" }, { JOB_QUEUED, 1, 3, 0, 1, false, "being stopped for it: {" },
	{ JOB_QUEUED, 2, 0, 0, 1, false, "next turn" }, { JOB_QUEUED, 0, 2, 0, 1, false, "at once" },
	{ JOB_TRANSIENT_ERROR, 2, 0, WAITS_TIME, 1, false, "again in 90 s" },
	{ JOB_TRANSIENT_ERROR, 2, 0, WAITS_NETWORK, 1, false, "network" },
	{ JOB_TRANSIENT_ERROR, 2, 0, WAITS_POLICY, 1, false, "policy" },
	{ JOB_TRANSIENT_ERROR, 2, 0, WAITS_COST, 1, false, "cost" },
	{ JOB_ERROR, 2, 0, 0, 1, false, "It is broken." }, { JOB_TRANSFERRED, 2, 0, 0, 1, false, "Complete" },
	{ JOB_TRANSFERRED, 2, 0, 0, 1, true, "just being" }, { JOB_CONNECTING, 2, 0, 0, 1, false, NULL },
	{ JOB_TRANSFERRING, 2, 2, 0, 1, false, NULL },
};

START_TEST(why_says_what_is_in_the_way)
{
	const struct why *w = &whys[_i];
	struct why_now now = { .now_ms = 1000, .runs = w->front != 0, .front = others, .front_priority = w->front };
	struct job_view v = { .rec = { .state = w->state, .priority = w->priority, .error_text = "It is broken." },
	    .nfiles = w->nfiles, .waits = w->waits, .closing = w->closing, .retry_at_ms = 90500 };
	char text[600], small[20];

	why_text(&v, &now, text, sizeof(text));
	if (w->says)
		ck_assert_msg(strstr(text, w->says) != NULL, "%s", text);
	else
		ck_assert_str_eq(text, "");
	why_text(&v, &now, small, sizeof(small));
	ck_assert_uint_lt(strlen(small), sizeof(small));
}
END_TEST

START_TEST(eng_why_names_the_job_that_runs)
{
	struct guid first = make_job(), second = make_job();
	struct job_view *view;
	char text[600], id[GUID_TEXT];

	ck_assert_int_eq(ask(&(struct eng_call){ .verb = ENG_RESUME, .job = first }), ERR_OK);
	ck_assert_int_eq(ask(&(struct eng_call){ .verb = ENG_RESUME, .job = second }), ERR_OK);
	engine_step(eng);
	view = eng_find(eng, &me, &second);
	ck_assert_ptr_nonnull(strstr(eng_why(eng, view, text, sizeof(text)), guid_text(&first, id)));
	eng_view_unref(view);
	shutdown(worker.fd, SHUT_RDWR);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_recover");
	TCase *t = tcase_create("recover");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_loop_test(t, every_state_of_a_row_has_one_way_on, 0, COUNT(rows));
	tcase_add_loop_test(t, rows_that_make_no_sense_set_the_store_aside_and_the_agent_begins_anew, 0, COUNT(nonsense));
	tcase_add_loop_test(t, a_damaged_file_is_set_aside_with_its_log_and_kept_as_it_was, 0, 3);
	tcase_add_loop_test(t, a_newer_store_and_somebody_elses_database_are_refused_and_left_alone, 0, 2);
	tcase_add_test(t, a_lost_key_costs_the_secrets_not_the_job);
	tcase_add_loop_test(t, why_says_what_is_in_the_way, 0, COUNT(whys));
	tcase_add_test(t, eng_why_names_the_job_that_runs);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
