/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_schedule.c: who runs when. Single rules first, then 1,000 jobs of random
 * priority, size and owner in virtual time, with the rules of BITS checked at every step.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/auto.h"
#include "engine/schedule.h"

#define SLICE 300000u
/* Check writes a record for every assertion that holds; a million of them is too many. */
#define must(cond, ...) do { if (!(cond)) ck_abort_msg(__VA_ARGS__); } while (0)

static struct schedule s;
static struct schedule_item item[SCHEDULE_FOREGROUND_ALL + 600];
static uint64_t now = 1;

static void setup(void)
{
	memset(item, 0, sizeof(item));
	schedule_init(&s, 1);
	now = 1;
}

static void teardown(void)
{
	schedule_done(&s);
}

static void put(unsigned i, uint32_t uid, unsigned level, enum schedule_state state)
{
	must(schedule_put(&s, &item[i], uid, level, state, now), "no memory");
}

/* What is decided, as if everybody obeyed at once; the number of the item that started last, -1: none. */
static int settle(void)
{
	struct schedule_decision d;
	int started = -1;

	while ((d = schedule_next(&s, now, SLICE)).what != SCHEDULE_NOTHING) {
		uint32_t uid = *(uint32_t *)d.item->owner;	/* its first member */

		if (d.what == SCHEDULE_START)
			started = (int)(d.item - item);
		must(schedule_put(&s, d.item, uid, d.item->level, d.what == SCHEDULE_START ?
		    SCHEDULE_RUNS : SCHEDULE_WAITS, now), "no memory");
	}
	return started;
}

START_TEST(all_foreground_jobs_start_at_once_beside_a_background_one)
{
	put(0, 1, 2, SCHEDULE_WAITS);
	settle();
	for (unsigned i = 1; i < 5; i++)
		put(i, i, 0, SCHEDULE_WAITS);
	settle();
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(item[i].state, SCHEDULE_RUNS);
}
END_TEST

START_TEST(foreground_jobs_end_at_the_caps_and_go_on_below_them)
{
	for (unsigned i = 0; i < COUNT(item); i++)
		put(i, i % 5, 0, SCHEDULE_WAITS);
	settle();
	ck_assert_uint_eq(s.nforeground, SCHEDULE_FOREGROUND_ALL);
	teardown();
	setup();
	for (unsigned i = 0; i < SCHEDULE_FOREGROUND_OWNER + 10; i++)
		put(i, 7, 0, SCHEDULE_WAITS);
	put(2000, 8, 0, SCHEDULE_WAITS);
	settle();
	ck_assert_uint_eq(s.nforeground, SCHEDULE_FOREGROUND_OWNER + 1);
	ck_assert_int_eq(item[2000].state, SCHEDULE_RUNS);
	put(3, 7, 0, SCHEDULE_OUT);
	ck_assert_int_eq(settle(), SCHEDULE_FOREGROUND_OWNER);
}
END_TEST

START_TEST(one_background_job_runs_and_the_first_in_the_queue_is_it)
{
	put(5, 1, 2, SCHEDULE_WAITS);
	put(3, 1, 2, SCHEDULE_WAITS);
	ck_assert_int_eq(settle(), 5);
	ck_assert_int_eq(item[3].state, SCHEDULE_WAITS);
}
END_TEST

START_TEST(a_higher_priority_preempts_a_lower_one_never_the_other_way_round)
{
	put(0, 1, 2, SCHEDULE_WAITS);
	settle();
	put(1, 2, 3, SCHEDULE_WAITS);
	now += 10 * SLICE;
	ck_assert_int_eq(settle(), -1);
	put(2, 2, 1, SCHEDULE_WAITS);
	ck_assert_int_eq(settle(), 2);
	ck_assert_int_eq(item[0].state, SCHEDULE_WAITS);
	put(2, 2, 1, SCHEDULE_OUT);
	ck_assert_int_eq(settle(), 0);
}
END_TEST

START_TEST(within_a_level_the_slice_decides)
{
	put(0, 1, 2, SCHEDULE_WAITS);
	settle();
	ck_assert_uint_eq(schedule_wait_ms(&s, now, SLICE), UINT64_MAX);
	put(1, 1, 2, SCHEDULE_WAITS);
	now += SLICE - 7;
	ck_assert_uint_eq(schedule_wait_ms(&s, now, SLICE), 7);
	ck_assert_int_eq(settle(), -1);
	now += 7;
	ck_assert_int_eq(settle(), 1);
}
END_TEST

START_TEST(a_job_that_is_stopping_still_holds_the_place)
{
	put(0, 1, 2, SCHEDULE_WAITS);
	settle();
	put(0, 1, 2, SCHEDULE_STOPS);
	put(1, 2, 1, SCHEDULE_WAITS);
	ck_assert_int_eq(schedule_next(&s, now, SLICE).what, SCHEDULE_NOTHING);
	put(0, 1, 2, SCHEDULE_WAITS);
	ck_assert_int_eq(settle(), 1);
}
END_TEST

START_TEST(a_priority_changed_while_running_counts_at_once)
{
	for (unsigned i = 0; i < 3; i++)
		put(i, 1, 0, SCHEDULE_WAITS);
	settle();
	put(0, 1, 2, SCHEDULE_RUNS);		/* foreground jobs that become background ones: one may stay */
	put(1, 1, 3, SCHEDULE_RUNS);
	settle();
	ck_assert_int_eq(item[0].state, SCHEDULE_RUNS);
	ck_assert_int_eq(item[1].state, SCHEDULE_WAITS);
	ck_assert_int_eq(item[2].state, SCHEDULE_RUNS);
	put(1, 1, 1, SCHEDULE_WAITS);		/* and one that waits overtakes */
	ck_assert_int_eq(settle(), 1);
	ck_assert_int_eq(item[0].state, SCHEDULE_WAITS);
	put(0, 1, 0, SCHEDULE_WAITS);
	ck_assert_int_eq(settle(), 0);
}
END_TEST

START_TEST(somebody_with_60_jobs_holds_up_a_single_one_by_a_slice_at_most)
{
	for (unsigned i = 0; i < 60; i++)
		put(i, 1000, 2, SCHEDULE_WAITS);
	for (unsigned turn = 0; turn < 7; turn++, now += SLICE)
		settle();
	now -= SLICE / 3;
	put(100, 1001, 2, SCHEDULE_WAITS);
	ck_assert_int_eq(settle(), -1);
	now += SLICE / 3;
	ck_assert_int_eq(settle(), 100);
}
END_TEST

START_TEST(coming_again_and_again_with_a_new_job_takes_no_turns_from_others)
{
	for (unsigned i = 0; i < 10; i++)
		put(i, 1000, 2, SCHEDULE_WAITS);
	settle();
	for (unsigned i = 0; i < 40; i++, now += SLICE) {
		int got;

		put(100 + i, 1001, 2, SCHEDULE_WAITS);
		now += SLICE;
		got = settle();
		ck_assert_int_ge(got, 0);
		if (got >= 100)
			put((unsigned)got, 1001, 2, SCHEDULE_OUT);	/* done in no time */
		settle();
	}
	for (unsigned i = 0; i < 10; i++)
		ck_assert_uint_gt(item[i].since_ms, 1);		/* every one had its turns meanwhile */
}
END_TEST

/* The simulation. */

#define JOBS 1000u
#define OWNERS 12u

static struct job {
	uint32_t uid;
	unsigned level;
	uint64_t left;			/* ms of work */
	uint64_t back_ms;		/* in error until then; 0: not */
	bool here, done;
} jobs[JOBS];

static uint64_t rnd_state;

static unsigned rnd(unsigned n)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return (unsigned)(rnd_state % n);
}

static void tell(unsigned i, enum schedule_state state)
{
	put(i, jobs[i].uid, jobs[i].level, state);
}

static bool waits(unsigned i) { return item[i].state == SCHEDULE_WAITS; }
static bool runs(unsigned i) { return item[i].state == SCHEDULE_RUNS || item[i].state == SCHEDULE_STOPS; }

/* The rules of BITS, read off what is the case, not off what the scheduler thinks. */
static void check_rules(void)
{
	unsigned background = 0, running = 4, waiting = 4;

	for (unsigned i = 0; i < JOBS; i++) {
		if (jobs[i].level == 0)
			must(!waits(i), "foreground job %u waits at %llu", i, (unsigned long long)now);
		if (jobs[i].level && runs(i)) {
			background++;
			running = jobs[i].level;
		}
		if (jobs[i].level && waits(i) && jobs[i].level < waiting)
			waiting = jobs[i].level;
		if (item[i].state == SCHEDULE_RUNS && jobs[i].level)
			must(now - item[i].since_ms < SLICE || schedule_next(&s, now, SLICE).what ==
			    SCHEDULE_NOTHING, "job %u runs beyond its slice", i);
	}
	must(background <= 1, "%u background jobs run", background);
	must(running <= waiting || waiting == 4, "level %u runs while %u waits", running, waiting);
	must(background || waiting == 4, "nothing runs while level %u waits", waiting);
}

/* While an owner waits at a level, every other one has at most one turn there before his. */
static unsigned turns[SCHEDULE_LEVELS][OWNERS][OWNERS];

static bool owner_waits(uint32_t uid, unsigned level)
{
	for (unsigned i = 0; i < JOBS; i++)
		if (waits(i) && jobs[i].uid == uid && jobs[i].level == level)
			return true;
	return false;
}

static void check_fair(uint32_t uid, unsigned level)
{
	for (uint32_t o = 0; o < OWNERS; o++) {
		if (o == uid || !owner_waits(o, level))
			memset(turns[level][o], 0, sizeof(turns[level][o]));
		else
			must(++turns[level][o][uid] <= 1, "owner %u waits at level %u, owner %u has "
			    "another turn", o, level, uid);
	}
}

static void come(unsigned i)
{
	jobs[i] = (struct job){ .uid = rnd(3) ? rnd(OWNERS) : 0, .level = rnd(4), .here = true,
	    .left = rnd(20) ? 1000 + rnd(400000) : 1000000 + rnd(4000000) };
	tell(i, SCHEDULE_WAITS);
}

static void obey(void)
{
	struct schedule_decision d;

	while ((d = schedule_next(&s, now, SLICE)).what != SCHEDULE_NOTHING) {
		unsigned i = (unsigned)(d.item - item);

		if (d.what == SCHEDULE_START) {
			must(waits(i), "job %u started, but did not wait", i);
			if (jobs[i].level)
				check_fair(jobs[i].uid, jobs[i].level);
			tell(i, SCHEDULE_RUNS);
		} else {
			must(item[i].state == SCHEDULE_RUNS, "job %u preempted, but did not run", i);
			tell(i, rnd(2) ? SCHEDULE_STOPS : SCHEDULE_WAITS);
			if (item[i].state == SCHEDULE_STOPS)
				return;		/* its worker takes a moment */
		}
	}
}

/* Moves time and what runs on by ms. */
static void pass(uint64_t ms)
{
	now += ms;
	for (unsigned i = 0; i < JOBS; i++) {
		if (item[i].state == SCHEDULE_STOPS) {
			tell(i, SCHEDULE_WAITS);
		} else if (runs(i)) {
			jobs[i].left -= ms < jobs[i].left ? ms : jobs[i].left;
			jobs[i].done = !jobs[i].left;
			if (jobs[i].done) {
				tell(i, SCHEDULE_OUT);
			} else if (!rnd(40)) {
				jobs[i].back_ms = now + 600000;
				tell(i, SCHEDULE_OUT);
			}
		} else if (jobs[i].back_ms && jobs[i].back_ms <= now) {
			jobs[i].back_ms = 0;
			tell(i, SCHEDULE_WAITS);
		}
	}
}

static bool stopping(void)
{
	return s.nstopping != 0;
}

START_TEST(a_thousand_random_jobs_keep_every_rule_at_every_step)
{
	const char *given = getenv("DRAY_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	unsigned came = 0, ended, steps = 0;

	rnd_state = seed * 0x9e3779b97f4a7c15u | 1;
	printf("schedule: DRAY_SEED=%llu\n", (unsigned long long)seed);
	fflush(stdout);
	do {
		uint64_t step = 1 + rnd(60000);

		for (unsigned n = rnd(4); n && came < JOBS; n--)
			come(came++);
		if (came && !rnd(5)) {
			unsigned i = rnd(came);

			if (waits(i) || item[i].state == SCHEDULE_RUNS) {
				jobs[i].level = rnd(4);
				tell(i, (enum schedule_state)item[i].state);
			}
		}
		obey();
		if (!stopping())
			check_rules();
		if (schedule_wait_ms(&s, now, SLICE) < step)
			step = schedule_wait_ms(&s, now, SLICE);
		pass(step ? step : 1);
		ended = 0;
		for (unsigned i = 0; i < came; i++)
			ended += jobs[i].done;
		must(++steps < 200000, "%u of %u jobs ended in 200000 steps", ended, came);
	} while (ended < JOBS);
	ck_assert_uint_eq(s.nbackground + s.nforeground + s.nstopping, 0);
	for (unsigned l = 0; l < SCHEDULE_LEVELS; l++)
		ck_assert_ptr_null(s.waiting[l]);
}
END_TEST

START_TEST(a_hundred_thousand_waiting_jobs_make_a_decision_no_dearer)
{
	struct schedule_item *many = calloc(100000, sizeof(*many));
	clock_t begin;

	for (unsigned i = 0; i < 100000; i++)
		must(schedule_put(&s, &many[i], i % 50, 1 + i % 3, SCHEDULE_WAITS, now), "no memory");
	begin = clock();
	for (unsigned i = 0; i < 100000; i++) {
		struct schedule_decision d = schedule_next(&s, now, SLICE);

		must(d.what == SCHEDULE_START, "nothing starts");
		schedule_put(&s, d.item, *(uint32_t *)d.item->owner, d.item->level, SCHEDULE_RUNS, now);
		schedule_put(&s, d.item, 0, 0, SCHEDULE_OUT, now);
	}
	must(clock() - begin < 2 * CLOCKS_PER_SEC, "100000 turns took %ld ms",
	    (long)((clock() - begin) * 1000 / CLOCKS_PER_SEC));
	free(many);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine_schedule");
	TCase *t = tcase_create("schedule");
	SRunner *r = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, all_foreground_jobs_start_at_once_beside_a_background_one);
	tcase_add_test(t, foreground_jobs_end_at_the_caps_and_go_on_below_them);
	tcase_add_test(t, one_background_job_runs_and_the_first_in_the_queue_is_it);
	tcase_add_test(t, a_higher_priority_preempts_a_lower_one_never_the_other_way_round);
	tcase_add_test(t, within_a_level_the_slice_decides);
	tcase_add_test(t, a_job_that_is_stopping_still_holds_the_place);
	tcase_add_test(t, a_priority_changed_while_running_counts_at_once);
	tcase_add_test(t, somebody_with_60_jobs_holds_up_a_single_one_by_a_slice_at_most);
	tcase_add_test(t, coming_again_and_again_with_a_new_job_takes_no_turns_from_others);
	tcase_add_test(t, a_thousand_random_jobs_keep_every_rule_at_every_step);
	tcase_add_test(t, a_hundred_thousand_waiting_jobs_make_a_decision_no_dearer);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
