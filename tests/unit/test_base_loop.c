/* SPDX-License-Identifier: MIT
 * tests/unit/test_base_loop.c: who runs a mail, and where; ids that are made ahead.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>

#include "engine/base/auto.h"
#include "engine/base/guid.h"
#include "engine/base/loop.h"
#include "engine/base/mailbox.h"

static struct loop *loop;
static struct mailbox *mailbox;
static int ran;
static pthread_t ran_on;

static void setup(void)
{
	loop = loop_new();
	mailbox = mailbox_new(loop, NULL, NULL);
	ran = 0;
}

static void teardown(void)
{
	mailbox_free(mailbox);
	loop_free(loop);
}

static void on_inner(struct mail *mail)
{
	(void)mail;
	ran++;
	ran_on = pthread_self();
	loop_stop(loop);
}

static struct mail inner = { .run = on_inner };

static void hand_and_look(struct mail *mail)
{
	(void)mail;
	mailbox_hand(mailbox, &inner);
	ck_assert_int_eq(ran, 1);
}

START_TEST(a_mail_handed_over_on_the_loops_thread_runs_at_once)
{
	struct mail outer = { .run = hand_and_look };

	mailbox_post(mailbox, &outer);
	loop_run(loop);
	ck_assert_int_eq(ran, 1);
}
END_TEST

static void *hand_over(void *arg)
{
	(void)arg;
	mailbox_hand(mailbox, &inner);
	ck_assert_int_eq(ran, 0);
	return NULL;
}

START_TEST(a_mail_handed_over_elsewhere_waits_for_the_loop)
{
	pthread_t other;

	ck_assert(!loop_is_here(loop));
	ck_assert_int_eq(pthread_create(&other, NULL, hand_over, NULL), 0);
	pthread_join(other, NULL);
	loop_run(loop);
	ck_assert_int_eq(ran, 1);
	ck_assert(pthread_equal(ran_on, pthread_self()));
	ck_assert(!loop_is_here(loop));
}
END_TEST

START_TEST(ids_made_ahead_are_ids_and_all_differ)
{
	struct guid all[100];

	for (size_t i = 0; i < COUNT(all); i++) {
		ck_assert(guid_new_open(&all[i]));
		ck_assert_int_eq(all[i].b[6] >> 4, 4);
		ck_assert_int_eq(all[i].b[8] >> 6, 2);
		for (size_t j = 0; j < i; j++)
			ck_assert(!guid_eq(&all[i], &all[j]));
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base_loop");
	TCase *t = tcase_create("loop");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_mail_handed_over_on_the_loops_thread_runs_at_once);
	tcase_add_test(t, a_mail_handed_over_elsewhere_waits_for_the_loop);
	tcase_add_test(t, ids_made_ahead_are_ids_and_all_differ);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
