/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_events.c: what became of jobs is kept: in order, over restarts, with numbers that are never
 * used twice; of a change that was undone nothing is told; and the provider's events of instances made of it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "agent/prov.h"
#include "engine/base/log.h"
#include "engine/core.h"
#include "engine/diary.h"
#include "tests/peer/box.h"

#define UID 4711
#define ALL (WATCH_MADE | WATCH_CHANGED | WATCH_GONE)

static char dir[256], state[300];
static struct engine *eng;
static const struct eng_caller admin = { .uid = 0, .reads_all = true, .writes_all = true };
static unsigned answers;

static int no_worker(void *ctx, uint32_t uid)
{
	(void)ctx;
	(void)uid;
	return -1;
}

static void open_engine(void)
{
	struct eng_config config = { .state_dir = state, .limits = { 60, 300, 200, 500 }, .slice_s = 300 };
	struct eng_host host = { .worker_start = no_worker };
	struct errinfo ei = { 0 };

	eng = engine_new(&config, &host, &ei);
	ck_assert_msg(eng != NULL, "%s", ei.text);
}

static void reopen(void)
{
	eng_close(eng);
	open_engine();
}

static void setup(void)
{
	log_init("engine", LOG_LEVEL_ERROR);
	box_make(dir, sizeof(dir), "events");
	snprintf(state, sizeof(state), "%s/state", dir);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	open_engine();
	answers = 0;
}

static void teardown(void)
{
	eng_close(eng);
	box_remove(dir);
}

static void sql(const char *text)
{
	char *why = NULL, name[400];
	sqlite3 *c;

	snprintf(name, sizeof(name), "%s/jobs.db", state);
	ck_assert_int_eq(sqlite3_open(name, &c), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(c, text, NULL, NULL, &why) == SQLITE_OK, "%s: %s", text, why);
	sqlite3_close(c);
}

static uint64_t ask_sql(const char *text)
{
	sqlite3_stmt *q = NULL;
	char name[400];
	uint64_t n;
	sqlite3 *c;

	snprintf(name, sizeof(name), "%s/jobs.db", state);
	ck_assert_int_eq(sqlite3_open(name, &c), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(c, text, -1, &q, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	n = (uint64_t)sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(c);
	return n;
}

static void on_done(struct eng_call *call, enum err err)
{
	(void)err;
	answers++;
	eng_view_unref(call->view);
}

static enum err ask(struct eng_call *call)
{
	unsigned before = answers;

	if (!call->caller.uid)
		call->caller = admin;
	call->owner_uid = UID;
	call->owner = "me";
	call->done = on_done;
	eng_submit(eng, call);
	for (unsigned i = 0; i < 20 && answers == before; i++)
		engine_step(eng);
	ck_assert_uint_gt(answers, before);
	return call->err;
}

static enum err create(const char *name, struct guid *ret)
{
	struct eng_change c = { JOB_PROP_DisplayName, 0, name };
	struct eng_call call = { .verb = ENG_CREATE, .changes = &c, .nchanges = 1 };
	enum err err = ask(&call);

	*ret = call.job;
	return err;
}

static enum err set_priority(const struct guid *job, uint64_t priority)
{
	struct eng_change c = { JOB_PROP_Priority, priority, NULL };
	struct eng_call call = { .verb = ENG_SET, .job = *job, .changes = &c, .nchanges = 1 };

	return ask(&call);
}

static enum err cancel(const struct guid *job)
{
	return ask(&(struct eng_call){ .verb = ENG_CANCEL, .job = *job });
}

/* What there is behind `after`, without waiting. */
static struct eng_watch look(uint64_t after)
{
	struct eng_watch w = { .after = after, .kinds = ALL };
	struct eng_call call = { .verb = ENG_WATCH, .watch = &w };

	ck_assert_int_eq(ask(&call), ERR_OK);
	return w;
}

static uint64_t now_number(void)
{
	struct eng_watch w = look(UINT64_MAX);

	ck_assert_uint_eq(w.nevents, 0);
	eng_watch_done(&w);
	return w.next;
}

static void expect(const struct eng_watch *w, size_t i, const struct guid *job, uint32_t kind)
{
	ck_assert_uint_lt(i, w->nevents);
	ck_assert_uint_eq(w->events[i].kind, kind);
	ck_assert(guid_eq(&w->events[i].job, job));
	ck_assert(!i || w->events[i].number > w->events[i - 1].number);
}

START_TEST(every_change_is_told_in_order_whatever_notify_flags_say)
{
	uint64_t after = now_number();
	struct eng_watch w;
	struct guid a, b;

	ck_assert_int_eq(create("a", &a), ERR_OK);
	ck_assert_int_eq(create("b", &b), ERR_OK);
	ck_assert_int_eq(set_priority(&a, 1), ERR_OK);
	ck_assert_int_eq(cancel(&a), ERR_OK);
	w = look(after);
	ck_assert(!w.lost);
	ck_assert_uint_eq(w.nevents, 4);
	expect(&w, 0, &a, WATCH_MADE);
	expect(&w, 1, &b, WATCH_MADE);
	expect(&w, 2, &a, WATCH_CHANGED);
	expect(&w, 3, &a, WATCH_GONE);
	ck_assert_uint_eq(w.events[0].was, JOB__COUNT);
	ck_assert_uint_eq(w.events[3].was, JOB_SUSPENDED);
	ck_assert_uint_eq(w.events[3].state, JOB_CANCELLED);
	ck_assert_str_eq(w.events[3].display_name, "a");
	ck_assert_str_eq(w.events[3].owner, "me");
	eng_watch_done(&w);
}
END_TEST

START_TEST(changes_of_one_turn_are_told_in_the_order_they_were_asked_for)
{
	static struct eng_call many[3];
	uint64_t after = now_number();
	struct eng_watch w;

	for (size_t i = 0; i < COUNT(many); i++) {
		many[i] = (struct eng_call){ .verb = ENG_CREATE, .caller = admin, .owner_uid = UID, .owner = "me", .done = on_done };
		eng_submit(eng, &many[i]);
	}
	engine_step(eng);
	w = look(after);
	ck_assert_uint_eq(w.nevents, COUNT(many));
	for (size_t i = 0; i < COUNT(many); i++)
		expect(&w, i, &many[i].job, WATCH_MADE);
	eng_watch_done(&w);
}
END_TEST

START_TEST(a_restart_forgets_no_event_and_uses_no_number_again)
{
	uint64_t after = now_number(), last;
	struct eng_watch w;
	struct guid a, b;

	ck_assert_int_eq(create("a", &a), ERR_OK);
	ck_assert_int_eq(cancel(&a), ERR_OK);
	reopen();
	w = look(after);
	ck_assert_uint_eq(w.nevents, 2);
	expect(&w, 0, &a, WATCH_MADE);
	expect(&w, 1, &a, WATCH_GONE);
	ck_assert_str_eq(w.events[1].display_name, "a");
	last = w.events[1].number;
	ck_assert_uint_eq(w.next, last);
	eng_watch_done(&w);
	ck_assert_int_eq(create("b", &b), ERR_OK);
	w = look(last);
	ck_assert(!w.lost);
	ck_assert_uint_eq(w.nevents, 1);
	ck_assert_uint_gt(w.events[0].number, last);
	eng_watch_done(&w);
}
END_TEST

START_TEST(a_change_that_was_undone_is_no_event_and_its_number_is_gone)
{
	uint64_t after = now_number(), first;
	struct eng_watch w;
	struct guid a, b;

	ck_assert_int_eq(create("a", &a), ERR_OK);
	sql("CREATE TRIGGER no BEFORE INSERT ON job BEGIN SELECT RAISE(ABORT, 'no'); END");
	ck_assert_int_eq(create("b", &b), ERR_STORE);
	ck_assert_int_eq(set_priority(&a, 1), ERR_STORE);
	w = look(after);
	ck_assert_uint_eq(w.nevents, 1);
	first = w.events[0].number;
	eng_watch_done(&w);
	sql("DROP TRIGGER no");
	ck_assert_int_eq(set_priority(&a, 1), ERR_OK);
	w = look(first);
	ck_assert(!w.lost);
	ck_assert_uint_eq(w.nevents, 1);
	expect(&w, 0, &a, WATCH_CHANGED);
	ck_assert_uint_gt(w.events[0].number, first + 2);
	ck_assert_uint_eq(ask_sql("SELECT count(*) FROM event"), 2);
	eng_watch_done(&w);
}
END_TEST

START_TEST(an_event_that_cannot_be_written_undoes_the_change)
{
	struct guid a;

	sql("CREATE TRIGGER no BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no'); END");
	ck_assert_int_eq(create("a", &a), ERR_STORE);
	ck_assert_ptr_null(eng_find(eng, &admin, &a));
	ck_assert_uint_eq(ask_sql("SELECT count(*) FROM job"), 0);
	sql("DROP TRIGGER no");
	ck_assert_int_eq(create("a", &a), ERR_OK);
}
END_TEST

/* Rows 2, 4, 6 ... of a job nobody knows. */
static void write_old_rows(uint64_t upto)
{
	char text[500];

	snprintf(text, sizeof(text), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<%llu) "
	    "INSERT INTO event SELECT i*2,zeroblob(16),'o','n',%u,0,0,0,0,2,1,1 FROM n", (unsigned long long)upto, UID);
	eng_close(eng);
	sql(text);
	open_engine();
}

START_TEST(the_table_is_bounded_and_who_missed_dropped_rows_is_told)
{
	struct eng_watch w;
	struct guid a;

	write_old_rows(66600);
	w = look(2);
	ck_assert(!w.lost);
	ck_assert_uint_eq(w.events[0].number, 4);
	eng_watch_done(&w);
	ck_assert_int_eq(create("a", &a), ERR_OK);
	ck_assert_uint_eq(ask_sql("SELECT count(*) FROM event"), 65536);
	w = look(2);
	ck_assert(w.lost);
	eng_watch_done(&w);
	w = look(w.after);			/* where the answer began is known */
	ck_assert(!w.lost);
	eng_watch_done(&w);
	w = look(2 * (66600 - 65536) + 2);	/* 1065 were dropped, this is the last one */
	ck_assert(!w.lost);
	ck_assert_uint_gt(w.nevents, 0);
	ck_assert_uint_eq(w.events[0].number, 2 * (66600 - 65536) + 4);
	eng_watch_done(&w);
}
END_TEST

START_TEST(who_is_far_behind_is_given_every_row_from_the_store_and_then_from_memory)
{
	uint64_t after = 100, expected = 102, rows = 0;
	struct guid a;

	write_old_rows(10000);
	ck_assert_int_eq(create("a", &a), ERR_OK);
	for (unsigned i = 0; i < 100; i++) {
		struct eng_watch w = look(after);
		size_t n = w.nevents;

		ck_assert(!w.lost);
		for (size_t k = 0; k < n && w.events[k].kind != WATCH_MADE; k++, expected += 2)
			ck_assert_uint_eq(w.events[k].number, expected);
		rows += n;
		after = w.next;
		eng_watch_done(&w);
		if (!n)
			break;
	}
	ck_assert_uint_eq(rows, 10000 - 50 + 1);
}
END_TEST

START_TEST(a_number_nobody_was_given_is_lost)
{
	uint64_t bad[] = { 1, 3, 1000, UINT64_MAX - 1 };

	write_old_rows(10);
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct eng_watch w = look(bad[i]);

		ck_assert_msg(w.lost == (bad[i] != 1), "%llu", (unsigned long long)bad[i]);
		eng_watch_done(&w);
	}
}
END_TEST

START_TEST(a_row_that_makes_no_sense_is_passed_over)
{
	struct eng_watch w;
	struct guid a;

	ck_assert_int_eq(create("a", &a), ERR_OK);
	eng_close(eng);
	sql("INSERT INTO event SELECT number+1,job,owner,display_name,uid,what,file,done_from,done,kind,200,was FROM event");
	open_engine();
	w = look(0);
	ck_assert_uint_eq(w.nevents, 1);
	expect(&w, 0, &a, WATCH_MADE);
	eng_watch_done(&w);
}
END_TEST

START_TEST(a_store_of_the_layout_before_opens_and_keeps_its_jobs)
{
	struct eng_watch w;
	struct guid a;

	ck_assert_int_eq(create("a", &a), ERR_OK);
	eng_close(eng);
	sql("DROP TABLE event; PRAGMA user_version=6");
	open_engine();
	ck_assert_int_eq(set_priority(&a, 1), ERR_OK);
	w = look(0);
	ck_assert_uint_eq(w.nevents, 1);
	expect(&w, 0, &a, WATCH_CHANGED);
	eng_watch_done(&w);
}
END_TEST

START_TEST(other_peoples_jobs_make_no_events)
{
	struct eng_watch w = { .kinds = ALL };
	struct eng_call call = { .verb = ENG_WATCH, .watch = &w, .caller = { .uid = UID + 1 } };
	struct guid a;

	ck_assert_int_eq(create("a", &a), ERR_OK);
	ck_assert_int_eq(ask(&call), ERR_OK);
	ck_assert_uint_eq(w.nevents, 0);
	ck_assert_uint_eq(w.next, now_number());
	eng_watch_done(&w);
	call.caller.uid = UID;
	w = (struct eng_watch){ .kinds = ALL };
	ck_assert_int_eq(ask(&call), ERR_OK);
	ck_assert_uint_eq(w.nevents, 1);
	eng_watch_done(&w);
}
END_TEST

/* Waiting. */

#define PLACES 32

static struct eng_watch watches[PLACES + 1];
static struct eng_call calls[PLACES + 1];

static void wait_in(size_t i)
{
	watches[i] = (struct eng_watch){ .after = UINT64_MAX, .kinds = ALL, .timeout_ms = 30000 };
	calls[i] = (struct eng_call){ .verb = ENG_WATCH, .watch = &watches[i], .caller = admin, .done = on_done,
	    .owner = "" };
	eng_submit(eng, &calls[i]);
	for (unsigned k = 0; k < 3; k++)
		engine_step(eng);
}

START_TEST(who_waits_is_told_at_once_and_in_as_many_places_as_he_may)
{
	struct guid a;

	for (size_t i = 0; i < PLACES; i++)
		wait_in(i);
	ck_assert_uint_eq(answers, 0);
	wait_in(PLACES);
	ck_assert_uint_eq(answers, 1);
	ck_assert_int_eq(calls[PLACES].err, ERR_TOO_MANY_WAITS);
	eng_watch_done(&watches[PLACES]);
	create("a", &a);
	for (unsigned k = 0; k < 3; k++)
		engine_step(eng);
	ck_assert_uint_eq(answers, 2 + PLACES);
	for (size_t i = 0; i < PLACES; i++) {
		expect(&watches[i], 0, &a, WATCH_MADE);
		eng_watch_done(&watches[i]);
	}
}
END_TEST

START_TEST(a_stop_answers_who_waits)
{
	wait_in(0);
	ck_assert_uint_eq(answers, 0);
	eng_close(eng);
	ck_assert_uint_eq(answers, 1);
	ck_assert_int_eq(calls[0].err, ERR_OK);
	ck_assert_uint_eq(watches[0].nevents, 0);
	eng_watch_done(&watches[0]);
	open_engine();
}
END_TEST

/* The provider. */

static enum err prov_err;

static void on_prov(struct prov_call *call, enum err err)
{
	(void)call;
	prov_err = err;
	answers++;
}

static void watch(enum prov_family f, struct prov_call *call)
{
	static const struct prov_caller who = { .uid = 0, .role = ROLE_ADMIN };
	unsigned before = answers;

	call->cls = &prov_job_class[f];
	call->caller = &who;
	call->arena = arena_new(4u << 20);
	call->done = on_prov;
	call->cls->watch(call->cls, call);
	for (unsigned i = 0; i < 20 && answers == before; i++)
		engine_step(eng);
	ck_assert_uint_eq(answers, before + 1);
	ck_assert_int_eq(prov_err, ERR_OK);
}

static const struct prov_value *value(const struct prov_row *row, const char *name)
{
	size_t i = 0;

	while (strcmp(row->cls->props[i].name, name))
		i++;
	return &row->values[i];
}

START_TEST(the_class_says_once_that_rows_are_gone)
{
	static struct prov_world world;
	struct prov_call call = { .after = 2 };
	struct guid a;
	size_t n;

	write_old_rows(66600);
	create("a", &a);
	world.eng = eng;
	prov_classes(&world, &n);
	watch(FAMILY_DRAY, &call);
	ck_assert(call.lost);
	arena_free(call.arena);
	call = (struct prov_call){ .after = call.after };
	watch(FAMILY_DRAY, &call);
	ck_assert(!call.lost);
	ck_assert_uint_gt(call.nevents, 0);
	arena_free(call.arena);
}
END_TEST

START_TEST(the_class_tells_instances_as_they_were_and_before)
{
	static struct prov_world world;
	struct prov_call call = { .after = now_number() };
	struct guid a, b;
	size_t n;

	world.eng = eng;
	prov_classes(&world, &n);
	create("a", &a);
	create("b", &b);
	set_priority(&b, 1);
	cancel(&a);
	watch((enum prov_family)_i, &call);
	ck_assert_uint_eq(call.nevents, 4);
	ck_assert(!call.lost);
	ck_assert_int_eq(call.events[1].kind, PROV_CREATED);
	ck_assert_ptr_null(call.events[1].previous);
	ck_assert_str_eq(value(&call.events[1].row, "DisplayName")->text, "b");
	ck_assert_int_eq(call.events[2].kind, PROV_MODIFIED);
	ck_assert_uint_eq(value(&call.events[2].row, "Priority")->num, 1);
	ck_assert_uint_eq(value(call.events[2].previous, "State")->num, JOB_SUSPENDED);
	ck_assert(!value(call.events[2].previous, "Priority")->set);
	ck_assert_int_eq(call.events[3].kind, PROV_DELETED);
	ck_assert_str_eq(value(&call.events[3].row, "DisplayName")->text, "a");
	ck_assert_str_eq(value(&call.events[3].row, "Owner")->text, "me");
	ck_assert_uint_eq(value(&call.events[3].row, "State")->num, JOB_CANCELLED);
	ck_assert_str_eq(value(&call.events[0].row, "JobId")->text, value(&call.events[3].row, "JobId")->text);
	ck_assert(!value(&call.events[3].row, "Priority")->set);
	ck_assert_uint_eq(call.next, call.events[3].number);
	arena_free(call.arena);
}
END_TEST

START_TEST(an_instance_has_the_state_of_then_and_else_what_it_has_now)
{
	struct prov_call call = { .after = now_number() };
	static struct prov_world world;
	struct guid a;
	size_t n;

	create("a", &a);
	eng_close(eng);
	sql("INSERT INTO event SELECT number+1,job,owner,display_name,uid,0,0,0,0,2,6,2 FROM event");
	open_engine();
	set_priority(&a, 3);
	world.eng = eng;
	prov_classes(&world, &n);
	watch(FAMILY_DRAY, &call);
	ck_assert_uint_eq(call.nevents, 3);
	ck_assert_uint_eq(value(&call.events[0].row, "State")->num, JOB_SUSPENDED);
	ck_assert_uint_eq(value(&call.events[1].row, "State")->num, JOB_TRANSFERRED);
	ck_assert_uint_eq(value(call.events[1].previous, "State")->num, JOB_TRANSFERRING);
	ck_assert_uint_eq(value(&call.events[2].row, "State")->num, JOB_SUSPENDED);
	ck_assert_uint_eq(value(&call.events[1].row, "Priority")->num, 3);
	arena_free(call.arena);
}
END_TEST

START_TEST(no_more_events_than_asked_for_and_the_rest_later)
{
	static struct prov_world world;
	uint64_t after = now_number();
	struct guid id;
	size_t n;

	world.eng = eng;
	prov_classes(&world, &n);
	for (int i = 0; i < 5; i++)
		create("j", &id);
	for (size_t left = 5; left; left -= n) {
		struct prov_call call = { .after = after, .max_rows = 2 };

		watch(FAMILY_DRAY, &call);
		n = left < 2 ? left : 2;
		ck_assert_uint_eq(call.nevents, n);
		after = call.next;
		arena_free(call.arena);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_events");
	TCase *t = tcase_create("events");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, every_change_is_told_in_order_whatever_notify_flags_say);
	tcase_add_test(t, changes_of_one_turn_are_told_in_the_order_they_were_asked_for);
	tcase_add_test(t, a_restart_forgets_no_event_and_uses_no_number_again);
	tcase_add_test(t, a_change_that_was_undone_is_no_event_and_its_number_is_gone);
	tcase_add_test(t, an_event_that_cannot_be_written_undoes_the_change);
	tcase_add_test(t, the_table_is_bounded_and_who_missed_dropped_rows_is_told);
	tcase_add_test(t, who_is_far_behind_is_given_every_row_from_the_store_and_then_from_memory);
	tcase_add_test(t, a_number_nobody_was_given_is_lost);
	tcase_add_test(t, the_class_says_once_that_rows_are_gone);
	tcase_add_test(t, a_row_that_makes_no_sense_is_passed_over);
	tcase_add_test(t, a_store_of_the_layout_before_opens_and_keeps_its_jobs);
	tcase_add_test(t, other_peoples_jobs_make_no_events);
	tcase_add_test(t, who_waits_is_told_at_once_and_in_as_many_places_as_he_may);
	tcase_add_test(t, a_stop_answers_who_waits);
	tcase_add_loop_test(t, the_class_tells_instances_as_they_were_and_before, FAMILY_BITS, FAMILY_DRAY + 1);
	tcase_add_test(t, an_instance_has_the_state_of_then_and_else_what_it_has_now);
	tcase_add_test(t, no_more_events_than_asked_for_and_the_rest_later);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
