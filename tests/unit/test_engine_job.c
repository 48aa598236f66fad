/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_job.c: the state table and the property rows, without thread or disk.
 */
#include "tests/unit/test_engine_lone.h"

/* What BITS documents, written down a second time and independently of schemas/states.def: the
 * state after each event, '-' where the call is refused with BG_E_INVALID_STATE.
 * Q queued C connecting T transferring S suspended E error R transient D done (transferred) A K final */
static const char letters[] = "QCTSERDAK";
static const struct { enum job_event ev; const char *after; } expected[] = {
	/*                 QCTSERDAK */
	{ EV_RESUME,      "QCTQQQD--" },	/* D: nothing unfinished, no change */
	{ EV_SUSPEND,     "SSSSESD--" },
	{ EV_CANCEL,      "KKKKKKK--" },
	{ EV_COMPLETE,    "AAAAAAA--" },
	{ EV_ADD_FILE,    "QCTSERD--" },
	{ EV_SET,         "QCTSERD--" },
	{ EV_PICKED,      "C--------" },
	{ EV_ANSWERED,    "-TT------" },
	{ EV_PREEMPTED,   "-QQ------" },
	{ EV_TROUBLE,     "RRR------" },
	{ EV_FAILED,      "EEE--EE--" },
	{ EV_REJECTED,    "EEEEEEE--" },
	{ EV_DELIVERED,   "SSS------" },
	{ EV_RETRY,       "-----Q---" },
	{ EV_LAST_BYTE,   "DDD------" },
	{ EV_RESTARTED,   "QQQ--Q---" },
};

START_TEST(every_state_and_event_pair_ends_where_bits_says)
{
	ck_assert_uint_eq(sizeof(expected) / sizeof(expected[0]), EV__COUNT);
	ck_assert_ptr_nonnull(job_add_file(&eng, job));
	job_edit_file(job, 0)->rec.transferred = 1;
	for (size_t e = 0; e < EV__COUNT; e++)
		for (unsigned from = 0; from < JOB__COUNT; from++) {
			char want = expected[e].after[from];
			enum err err;

			job->rec.state = from;
			err = job_move(&eng, job, expected[e].ev, NULL);
			ck_assert_msg((err == ERR_INVALID_STATE) == (want == '-'), "event %zu from %c: err %d", e,
			    letters[from], err);
			ck_assert_msg(letters[job->rec.state] == (want == '-' ? letters[from] : want),
			    "event %zu from %c ends in %c, not %c", e, letters[from], letters[job->rec.state], want);
		}
}
END_TEST

START_TEST(resume_of_empty_job_is_refused)
{
	ck_assert_int_eq(job_move(&eng, job, EV_RESUME, NULL), ERR_EMPTY);
	ck_assert_uint_eq(job->rec.state, JOB_SUSPENDED);
}
END_TEST

START_TEST(a_transferred_job_with_a_new_file_goes_back_to_the_queue)
{
	ck_assert_ptr_nonnull(job_add_file(&eng, job));
	job->rec.state = JOB_TRANSFERRED;
	ck_assert_int_eq(job_move(&eng, job, EV_RESUME, NULL), ERR_OK);
	ck_assert_uint_eq(job->rec.state, JOB_QUEUED);
}
END_TEST

START_TEST(the_error_lives_until_data_moves_again)
{
	ck_assert_ptr_nonnull(job_add_file(&eng, job));
	job->rec.state = JOB_ERROR;
	job->rec.error_code = 0x80190194;
	job_move(&eng, job, EV_RESUME, NULL);
	job_move(&eng, job, EV_PICKED, NULL);
	ck_assert_uint_eq(job->rec.error_code, 0x80190194);
	job_move(&eng, job, EV_ANSWERED, NULL);
	ck_assert_uint_eq(job->rec.error_code, 0);
}
END_TEST

static const struct { enum job_prop prop; uint64_t num; enum err err; uint64_t becomes; } numbers[] = {
	{ JOB_PROP_Priority, 0, ERR_OK, 0 }, { JOB_PROP_Priority, 3, ERR_OK, 3 },
	{ JOB_PROP_Priority, 4, ERR_NOT_IMPL, 0 }, { JOB_PROP_Priority, 99, ERR_NOT_IMPL, 0 },
	{ JOB_PROP_MinimumRetryDelay, 0, ERR_OK, 5 }, { JOB_PROP_MinimumRetryDelay, 4, ERR_OK, 5 },
	{ JOB_PROP_MinimumRetryDelay, UINT32_MAX, ERR_OK, UINT32_MAX },
	{ JOB_PROP_MinimumRetryDelay, 1ull << 32, ERR_INVALID_ARG, 0 },
	{ JOB_PROP_NoProgressTimeout, 0, ERR_OK, 0 }, { JOB_PROP_NoProgressTimeout, 1ull << 32, ERR_INVALID_ARG, 0 },
	{ JOB_PROP_State, 6, ERR_READ_ONLY, 0 }, { JOB_PROP_BytesTotal, 1, ERR_READ_ONLY, 0 },
	{ JOB_PROP_JobId, 1, ERR_READ_ONLY, 0 },
};

static uint64_t value(enum job_prop prop)
{
	return prop == JOB_PROP_Priority ? job->rec.priority : prop == JOB_PROP_MinimumRetryDelay ?
	    job->rec.minimum_retry_delay_s : job->rec.no_progress_timeout_s;
}

START_TEST(numbers_keep_their_ranges)
{
	struct eng_change c = { .prop = numbers[_i].prop, .num = numbers[_i].num };
	struct errinfo ei = { 0 };

	ck_assert_int_eq(job_props_check(&c, 1, &ei), numbers[_i].err);
	if (numbers[_i].err) {
		ck_assert(ei.text[0]);
		return;
	}
	ck_assert_int_eq(job_props_set(&eng, job, &c, 1, NULL), ERR_OK);
	ck_assert_uint_eq(value(numbers[_i].prop), numbers[_i].becomes);
}
END_TEST

START_TEST(defaults_are_those_of_bits)
{
	ck_assert_uint_eq(job->rec.priority, 2);
	ck_assert_uint_eq(job->rec.minimum_retry_delay_s, 600);
	ck_assert_uint_eq(job->rec.no_progress_timeout_s, 1209600);
}
END_TEST

START_TEST(texts_keep_their_lengths_in_utf16_units)
{
	char name[1200];
	struct eng_change c = { .prop = JOB_PROP_DisplayName, .text = name };

	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	ck_assert_int_eq(job_props_check(&c, 1, NULL), ERR_OK);
	name[256] = 'x';
	name[257] = '\0';
	ck_assert_int_eq(job_props_check(&c, 1, NULL), ERR_INVALID_ARG);
	for (int i = 0; i < 129; i++)
		memcpy(name + 4 * i, "\xf0\x9f\x98\x80", 5);	/* two units each */
	ck_assert_int_eq(job_props_check(&c, 1, NULL), ERR_INVALID_ARG);
	name[4 * 128] = '\0';
	ck_assert_int_eq(job_props_check(&c, 1, NULL), ERR_OK);
	strcpy(name, "\xc3(");
	ck_assert_int_eq(job_props_check(&c, 1, NULL), ERR_INVALID_ARG);
}
END_TEST

START_TEST(one_bad_property_of_several_refuses_all)
{
	struct eng_change c[] = { { JOB_PROP_DisplayName, 0, "new" }, { JOB_PROP_Priority, 99, NULL } };

	ck_assert_int_eq(job_props_check(c, 2, NULL), ERR_NOT_IMPL);
	ck_assert_str_eq(job->rec.display_name, "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_job");
	TCase *t = tcase_create("job");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_state_and_event_pair_ends_where_bits_says);
	tcase_add_test(t, resume_of_empty_job_is_refused);
	tcase_add_test(t, a_transferred_job_with_a_new_file_goes_back_to_the_queue);
	tcase_add_test(t, the_error_lives_until_data_moves_again);
	tcase_add_loop_test(t, numbers_keep_their_ranges, 0, sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(t, defaults_are_those_of_bits);
	tcase_add_test(t, texts_keep_their_lengths_in_utf16_units);
	tcase_add_test(t, one_bad_property_of_several_refuses_all);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
