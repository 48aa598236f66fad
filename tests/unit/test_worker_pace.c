/* SPDX-License-Identifier: MIT
 * engine/worker/pace.c: buckets to the byte, and the yielding rule against a link that is simulated.
 */
#include <check.h>
#include <stdlib.h>

#include "engine/worker/pace.h"

/* The bucket. */

static uint64_t read_through(struct pace_bucket *b, uint64_t ms, uint64_t step_ms, uint64_t chunk)
{
	uint64_t got = 0;

	for (uint64_t t = 0; t < ms; t += step_ms) {
		pace_bucket_fill(b, step_ms);
		while (pace_bucket_open(b)) {
			pace_bucket_spend(b, chunk);
			got += chunk;
		}
	}
	return got;
}

START_TEST(a_limit_is_kept_within_a_hundredth)
{
	static const uint64_t rates[] = { 1000, 1234567, 10000000, 100000000 };

	for (size_t i = 0; i < 4; i++) {
		struct pace_bucket b = { .rate = PACE_ANY };
		uint64_t got;

		pace_bucket_set(&b, rates[i]);
		got = read_through(&b, 20000, 5, rates[i] / 100);
		ck_assert_uint_ge(got, rates[i] * 20 * 99 / 100);
		ck_assert_uint_le(got, rates[i] * 20 * 101 / 100);
	}
}
END_TEST

START_TEST(no_second_has_more_than_its_share_after_a_pause)
{
	struct pace_bucket b = { .rate = PACE_ANY };

	pace_bucket_set(&b, 1000000);
	pace_bucket_fill(&b, 9000);
	ck_assert_uint_le(read_through(&b, 1000, 5, 1000), 1100000);
}
END_TEST

START_TEST(small_rates_lose_no_fractions)
{
	struct pace_bucket b = { .rate = PACE_ANY };

	pace_bucket_set(&b, 250);	/* 2 kbit/s */
	ck_assert_uint_ge(read_through(&b, 60000, 5, 1), 250 * 60 - 1);
}
END_TEST

START_TEST(debt_is_paid_but_not_for_ever)
{
	struct pace_bucket b = { .rate = PACE_ANY };

	pace_bucket_set(&b, 1000000);
	pace_bucket_spend(&b, 100000);
	pace_bucket_fill(&b, 90);
	ck_assert(!pace_bucket_open(&b));
	pace_bucket_fill(&b, 20);
	ck_assert(pace_bucket_open(&b));
	pace_bucket_spend(&b, 1000000);
	pace_bucket_set(&b, 1000);
	pace_bucket_fill(&b, 201);
	ck_assert(pace_bucket_open(&b));
}
END_TEST

/* A link of `rate`, a queue before it, somebody who wants `others` of it, and us. */
struct sim { struct pace pace; struct pace_out out; double rate, queue; uint64_t ours; };

/* One millisecond of it; gives the payload that came for us, in `others` what the link carried beside. */
static double sim_step(struct sim *s, double *others)
{
	double wait = s->queue / s->rate, mine = (double)s->out.window / (0.01 + wait), total;

	if (s->out.rate != PACE_ANY && mine > (double)s->out.rate)
		mine = (double)s->out.rate;
	total = mine + *others;
	s->queue += (total - s->rate) / 1e3;
	if (s->queue > s->rate * 0.1)
		s->queue = s->rate * 0.1;
	if (s->queue < 0)
		s->queue = 0;
	if (total > s->rate) {		/* who wants more gets more */
		mine *= s->rate / total;
		*others *= s->rate / total;
	}
	return mine / 1.05 / 1e3;
}

static void sim_run(struct sim *s, unsigned ms, double others)
{
	for (unsigned t = 0; t < ms; t += PACE_TICK_MS) {
		struct pace_in in = { .ms = PACE_TICK_MS, .min_rtt_us = 10000 };
		double ours = 0, all = 0;

		for (unsigned i = 0; i < PACE_TICK_MS; i++) {
			double beside = others, mine = sim_step(s, &beside);

			ours += mine;
			all += mine * 1.05 + beside / 1e3;
		}
		in.iface_bytes = (uint64_t)all;
		in.our_bytes = (uint64_t)ours;
		in.rtt_us = (uint32_t)(1e6 * (0.01 + s->queue / s->rate));
		s->out = pace_tick(&s->pace, &in);
		s->ours += in.our_bytes;
	}
}

static double share(struct sim *s, unsigned ms, double others)
{
	s->ours = 0;
	sim_run(s, ms, others);
	return (double)s->ours * 1000 / ms / s->rate;
}

static void sim_init(struct sim *s, double rate)
{
	*s = (struct sim){ .rate = rate };
	pace_init(&s->pace);
	s->out = (struct pace_out){ PACE_ANY, (uint64_t)s->pace.window };
}

START_TEST(alone_it_takes_the_link_and_keeps_the_queue_short)
{
	static const double rates[] = { 1e6, 6.25e6, 30e6, 100e6 };

	for (size_t i = 0; i < 4; i++) {
		struct sim s;

		sim_init(&s, rates[i]);
		sim_run(&s, 5000, 0);
		ck_assert_double_ge(share(&s, 5000, 0), 0.85);
		ck_assert_double_le(s.queue / s.rate, 0.06);
	}
}
END_TEST

START_TEST(it_leaves_the_link_to_others_within_half_a_second_and_keeps_a_trickle)
{
	struct sim s;

	sim_init(&s, 6.25e6);
	sim_run(&s, 5000, 0);
	sim_run(&s, 500, 50e6);
	ck_assert_uint_le(s.out.rate, 2 * PACE_TRICKLE);
	ck_assert_double_le(share(&s, 5000, 50e6), 0.01);
	ck_assert_uint_ge(s.out.rate, PACE_TRICKLE);
	ck_assert_uint_ge(s.out.window, PACE_WINDOW_MIN);
}
END_TEST

START_TEST(it_is_back_within_five_seconds)
{
	struct sim s;

	sim_init(&s, 6.25e6);
	sim_run(&s, 3000, 0);
	sim_run(&s, 10000, 50e6);
	sim_run(&s, 4000, 0);
	ck_assert_double_ge(share(&s, 1000, 0), 0.8);
}
END_TEST

START_TEST(what_a_modest_neighbour_leaves_over_is_used)
{
	struct sim s;
	double got;

	sim_init(&s, 6.25e6);
	sim_run(&s, 3000, 0);
	sim_run(&s, 6000, 1.25e6);
	got = share(&s, 5000, 1.25e6);
	ck_assert_double_ge(got, 0.4);
	ck_assert_double_le(got, 0.8);
}
END_TEST

START_TEST(name_lookups_of_others_do_not_count)
{
	struct sim s;

	sim_init(&s, 6.25e6);
	sim_run(&s, 5000, 20e3);
	ck_assert_uint_eq(s.out.rate, PACE_ANY);
}
END_TEST

/* Behind the same router, but not on this machine: only the queue shows them. */
START_TEST(a_neighbour_the_interface_does_not_show_is_felt)
{
	struct sim s;
	struct pace_in in = { .ms = PACE_TICK_MS, .min_rtt_us = 10000 };

	sim_init(&s, 6.25e6);
	sim_run(&s, 3000, 0);
	for (unsigned t = 0; t < 3000; t += PACE_TICK_MS) {
		in.rtt_us = 110000;
		in.our_bytes = (uint64_t)((double)s.out.window / 0.11 * PACE_TICK_MS / 1e3);
		in.iface_bytes = in.our_bytes * 105 / 100;
		s.out = pace_tick(&s.pace, &in);
	}
	ck_assert_uint_le(s.out.window, 2 * PACE_WINDOW_MIN);
}
END_TEST

START_TEST(a_server_that_sends_little_is_not_taken_for_a_queue)
{
	struct sim s;
	struct pace_in in = { .ms = PACE_TICK_MS, .min_rtt_us = 10000, .rtt_us = 200000 };
	uint64_t before;

	sim_init(&s, 6.25e6);
	sim_run(&s, 3000, 0);
	before = s.out.window;
	in.our_bytes = 10000 * PACE_TICK_MS / 1000;
	in.iface_bytes = in.our_bytes * 105 / 100;
	for (unsigned t = 0; t < 5000; t += PACE_TICK_MS)
		s.out = pace_tick(&s.pace, &in);
	ck_assert_uint_ge(s.out.window, before);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("worker_pace");
	TCase *t = tcase_create("pace");

	tcase_add_test(t, a_limit_is_kept_within_a_hundredth);
	tcase_add_test(t, no_second_has_more_than_its_share_after_a_pause);
	tcase_add_test(t, small_rates_lose_no_fractions);
	tcase_add_test(t, debt_is_paid_but_not_for_ever);
	tcase_add_test(t, alone_it_takes_the_link_and_keeps_the_queue_short);
	tcase_add_test(t, it_leaves_the_link_to_others_within_half_a_second_and_keeps_a_trickle);
	tcase_add_test(t, it_is_back_within_five_seconds);
	tcase_add_test(t, what_a_modest_neighbour_leaves_over_is_used);
	tcase_add_test(t, name_lookups_of_others_do_not_count);
	tcase_add_test(t, a_neighbour_the_interface_does_not_show_is_felt);
	tcase_add_test(t, a_server_that_sends_little_is_not_taken_for_a_queue);
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
