/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_script.c: a whole engine with a real store, and a worker that says what the
 * test wants said, when it wants. What a failed commit, a lost file or a dead worker must not do.
 */
#include "tests/peer/script.h"

START_TEST(what_a_worker_told_is_told_anew_when_it_could_not_be_kept)
{
	struct guid id = make_job(1);
	struct eng_call complete = { .verb = ENG_COMPLETE, .job = id };
	struct proto_msg m;
	uint64_t tag;

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	tag = hear(PROTO_START).tag;
	hold_store();
	tell_answered(tag, 0, 77);
	m = hear(PROTO_STOP);
	ck_assert_uint_eq(m.tag, tag);
	release_store();
	tell_done(tag, 0);			/* crossed the STOP; belongs to facts nobody has */
	m = hear(PROTO_START);
	ck_assert_uint_ne(m.tag, tag);
	ck_assert_uint_eq(m.start.ino, 0);
	tell_answered(m.tag, 0, 88);
	tell_done(m.tag, 0);
	wait_state(&id, JOB_TRANSFERRED);
	begin(&complete);
	m = hear(PROTO_PUBLISH);
	ck_assert_uint_eq(m.publish.ino, 88);
	ck_assert_uint_eq(m.publish.size, SIZE);
	tell_published(m.tag, ERR_OK);
	ck_assert_int_eq(end(&complete), ERR_OK);
}
END_TEST

START_TEST(a_complete_during_which_the_store_failed_is_not_called_partial)
{
	struct guid id = make_transferred(2);
	struct eng_call first = { .verb = ENG_COMPLETE, .job = id }, again = first;
	uint64_t tags[2];

	begin(&first);
	tags[0] = hear(PROTO_PUBLISH).tag;
	tags[1] = hear(PROTO_PUBLISH).tag;
	hold_store();
	tell_published(tags[0], ERR_OK);
	/* A change that is refused says that the turn with the answer is over, or that it comes now. */
	while (ask(ENG_SUSPEND, &id) != ERR_INVALID_STATE)
		;
	poll(NULL, 0, 50);
	release_store();
	tell_published(tags[1], ERR_OK);
	ck_assert_int_eq(end(&first), ERR_STORE);
	sees(&id, JOB_TRANSFERRED);
	begin(&again);
	tell_published(hear(PROTO_PUBLISH).tag, ERR_OK);
	ck_assert_int_eq(end(&again), ERR_OK);
	ck_assert_ptr_null(eng_find(eng, &me, &id));
}
END_TEST

START_TEST(a_received_file_that_is_gone_can_be_fetched_again)
{
	struct guid id = make_transferred(1);
	struct eng_call complete = { .verb = ENG_COMPLETE, .job = id }, again = complete;
	struct job_view *view;
	uint64_t tag;

	begin(&complete);
	tell_published(hear(PROTO_PUBLISH).tag, ERR_FILE_NOT_FOUND);
	ck_assert_int_eq(end(&complete), ERR_FILE_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(complete.ei.text, "Resume"));
	view = eng_find(eng, &me, &id);
	ck_assert_uint_eq(view->rec.state, JOB_ERROR);
	ck_assert_uint_eq(view->rec.error_code, 0x80070002);
	ck_assert_uint_eq(view->rec.transferred_ft, 0);
	eng_view_unref(view);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	tag = hear(PROTO_START).tag;
	tell_answered(tag, 0, 99);
	tell_done(tag, 0);
	wait_state(&id, JOB_TRANSFERRED);
	begin(&again);
	tell_published(hear(PROTO_PUBLISH).tag, ERR_OK);
	ck_assert_int_eq(end(&again), ERR_OK);
}
END_TEST

START_TEST(a_worker_that_never_answers_is_given_up)
{
	struct guid id = make_job(1);
	struct eng_call cancel = { .verb = ENG_CANCEL, .job = id }, again = cancel;

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	tell_answered(hear(PROTO_START).tag, 0, 1);
	wait_state(&id, JOB_TRANSFERRING);
	begin(&cancel);
	hear(PROTO_STOP);
	ck_assert_int_eq(end(&cancel), ERR_WORKER);
	meet_worker();			/* a new one goes on with the job, which was not cancelled */
	hear(PROTO_START);
	begin(&again);
	tell(PROTO_STOPPED, hear(PROTO_STOP).tag, (struct proto_msg){ .stopped = { .durable = 0 } });
	tell(PROTO_DISCARDED, hear(PROTO_DISCARD).tag, (struct proto_msg){ .discarded = { .text = "" } });
	ck_assert_int_eq(end(&again), ERR_OK);
}
END_TEST

static void kill_worker(void)
{
	shutdown(worker.fd, SHUT_RDWR);
	meet_worker();
}

START_TEST(what_a_dead_worker_did_not_publish_is_asked_of_a_new_one)
{
	struct guid id = make_transferred(3);
	struct eng_call complete = { .verb = ENG_COMPLETE, .job = id };

	begin(&complete);
	tell_published(hear(PROTO_PUBLISH).tag, ERR_OK);
	hear(PROTO_PUBLISH);
	hear(PROTO_PUBLISH);
	kill_worker();
	for (int i = 0; i < 2; i++) {		/* the first is published, and that is known */
		struct proto_msg m = hear(PROTO_PUBLISH);

		ck_assert_uint_ne(m.publish.ino, 10);
		tell_published(m.tag, ERR_OK);
	}
	ck_assert_int_eq(end(&complete), ERR_OK);
	ck_assert_ptr_null(eng_find(eng, &me, &id));
}
END_TEST

START_TEST(a_complete_over_which_two_workers_die_fails_and_can_be_said_again)
{
	struct guid id = make_transferred(1);
	struct eng_call complete = { .verb = ENG_COMPLETE, .job = id }, again = complete;

	begin(&complete);
	for (int i = 0; i < 2; i++) {
		hear(PROTO_PUBLISH);
		shutdown(worker.fd, SHUT_RDWR);
		if (!i)
			meet_worker();
	}
	ck_assert_int_eq(end(&complete), ERR_WORKER);
	sees(&id, JOB_TRANSFERRED);
	begin(&again);
	meet_worker();
	tell_published(hear(PROTO_PUBLISH).tag, ERR_OK);
	ck_assert_int_eq(end(&again), ERR_OK);
}
END_TEST

START_TEST(a_cancel_whose_worker_dies_over_the_stop_goes_on_with_a_new_one)
{
	struct guid id = make_job(1);
	struct eng_call cancel = { .verb = ENG_CANCEL, .job = id };

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	hear(PROTO_START);
	begin(&cancel);
	hear(PROTO_STOP);
	kill_worker();
	tell(PROTO_DISCARDED, hear(PROTO_DISCARD).tag, (struct proto_msg){ .discarded = { .text = "" } });
	ck_assert_int_eq(end(&cancel), ERR_OK);
}
END_TEST

START_TEST(files_a_dead_worker_was_asked_about_are_asked_of_a_new_one_once)
{
	struct guid id = make_job(1);
	struct eng_new_file files[2] = { one_file, one_file };
	struct eng_call add = { .verb = ENG_ADD_FILES, .job = id, .files = files, .nfiles = 2 }, again = add;

	begin(&add);
	tell(PROTO_CHECKED, hear(PROTO_CHECK).tag, (struct proto_msg){ .checked = { .text = "" } });
	hear(PROTO_CHECK);
	kill_worker();
	for (int i = 0; i < 2; i++)
		tell(PROTO_CHECKED, hear(PROTO_CHECK).tag, (struct proto_msg){ .checked = { .text = "" } });
	ck_assert_int_eq(end(&add), ERR_OK);
	begin(&again);
	hear(PROTO_CHECK);
	kill_worker();
	hear(PROTO_CHECK);
	shutdown(worker.fd, SHUT_RDWR);
	ck_assert_int_eq(end(&again), ERR_WORKER);
}
END_TEST

START_TEST(jobs_that_are_made_at_the_same_time_keep_to_the_limit)
{
	struct eng_call calls[20];
	unsigned good = 0;

	for (unsigned i = 0; i < COUNT(calls); i++) {
		calls[i] = (struct eng_call){ .verb = ENG_CREATE, .caller = { .uid = 4711 }, .files = &one_file,
		    .nfiles = 1 };
		begin(&calls[i]);
	}
	meet_worker();
	for (unsigned i = 0; i < COUNT(calls); i++)
		tell(PROTO_CHECKED, hear(PROTO_CHECK).tag, (struct proto_msg){ .checked = { .text = "" } });
	for (unsigned i = 0; i < COUNT(calls); i++)
		sem_wait(&answered);
	for (unsigned i = 0; i < COUNT(calls); i++) {
		eng_view_unref(calls[i].view);
		good += calls[i].err == ERR_OK;
		ck_assert(calls[i].err == ERR_OK || calls[i].err == ERR_TOO_MANY_JOBS_USER);
	}
	ck_assert_uint_eq(good, 5);
}
END_TEST

START_TEST(the_time_of_completion_is_there_while_everything_is)
{
	struct guid id = make_transferred(1);
	struct eng_call add = { .verb = ENG_ADD_FILES, .job = id, .files = &one_file, .nfiles = 1 };
	struct job_view *view = eng_find(eng, &me, &id);

	ck_assert_uint_ne(view->rec.transferred_ft, 0);
	eng_view_unref(view);
	begin(&add);
	tell(PROTO_CHECKED, hear(PROTO_CHECK).tag, (struct proto_msg){ .checked = { .text = "" } });
	ck_assert_int_eq(end(&add), ERR_OK);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	view = eng_find(eng, &me, &id);
	ck_assert_uint_eq(view->rec.transferred_ft, 0);
	eng_view_unref(view);
}
END_TEST

START_TEST(a_suspend_that_could_not_be_kept_leaves_the_next_try_at_its_time)
{
	struct eng_change soon = { JOB_PROP_MinimumRetryDelay, 5, NULL };
	struct guid id = make_job(1);
	struct eng_call set = { .verb = ENG_SET, .job = id, .changes = &soon, .nchanges = 1 };
	struct job_view *view;
	uint64_t retry;

	begin(&set);
	ck_assert_int_eq(end(&set), ERR_OK);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	tell(PROTO_FAILED, hear(PROTO_START).tag, (struct proto_msg){ .failed = { .hresult = 0x80072EFD,
	    .context = 5, .transient = 1, .text = "Nobody there." } });
	wait_state(&id, JOB_TRANSIENT_ERROR);
	view = eng_find(eng, &me, &id);
	retry = view->retry_at_ms;
	eng_view_unref(view);
	hold_store();
	ck_assert_int_eq(ask(ENG_SUSPEND, &id), ERR_STORE);
	release_store();
	sees(&id, JOB_TRANSIENT_ERROR);
	hear(PROTO_START);			/* by itself: nobody touches the job any more */
	ck_assert_uint_ge(now_ms(), retry);
}
END_TEST

/* Files of a run: as many as may be are with the worker, of one tag, in order. */
static uint64_t hear_run(unsigned from, unsigned to)
{
	struct proto_msg m;
	uint64_t tag = 0;

	for (unsigned i = from; i < to; i++) {
		m = hear(PROTO_START);
		ck_assert_uint_eq(m.start.file, i);
		ck_assert_uint_eq(m.start.dev, 0);
		ck_assert(i == from || m.tag == tag);
		tag = m.tag;
	}
	return tag;
}

static void wait_transferred(const struct guid *id, unsigned files)
{
	bool there = false;

	for (uint64_t until = now_ms() + WAIT_MS; !there && now_ms() < until; poll(NULL, 0, 5)) {
		struct job_view *view = eng_find(eng, &me, id);

		there = view->files_transferred == files;
		eng_view_unref(view);
	}
	ck_assert_msg(there, "%u files were not transferred in time", files);
}

START_TEST(a_fatal_error_leaves_the_files_behind_it_untouched)
{
	struct guid id = make_job(4);
	struct job_view *view;
	uint64_t tag;

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	tag = hear_run(0, 4);
	tell_answered(tag, 0, 10);
	tell_done(tag, 0);
	tell(PROTO_FAILED, tag, (struct proto_msg){ .failed = { .file = 1, .hresult = 0x80190194, .context = 5,
	    .text = "Not there." } });
	wait_state(&id, JOB_ERROR);
	view = eng_find(eng, &me, &id);
	ck_assert_uint_eq(view->rec.error_file, 1);
	ck_assert_uint_eq(view->files_transferred, 1);
	for (unsigned i = 1; i < 4; i++) {
		ck_assert(!view->files[i]->rec.transferred);
		ck_assert_uint_eq(view->files[i]->rec.ino, 0);
		ck_assert_uint_eq(view->files[i]->received, 0);
	}
	eng_view_unref(view);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	ck_assert_uint_ne(hear_run(1, 4), tag);
}
END_TEST

START_TEST(a_run_the_store_could_not_keep_begins_anew_with_the_file_that_was_not_kept)
{
	struct guid id = make_job(4);
	uint64_t tag, again;

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	tag = hear_run(0, 4);
	tell_answered(tag, 0, 10);
	tell_done(tag, 0);
	wait_transferred(&id, 1);
	hold_store();
	tell_answered(tag, 1, 11);
	tell_done(tag, 1);
	ck_assert_uint_eq(hear(PROTO_STOP).tag, tag);
	release_store();
	tell_done(tag, 2);			/* crossed the STOP */
	again = hear_run(1, 4);
	ck_assert_uint_ne(again, tag);
	for (unsigned i = 1; i < 4; i++) {
		tell_answered(again, i, 20 + i);
		tell_done(again, i);
	}
	wait_state(&id, JOB_TRANSFERRED);
}
END_TEST

START_TEST(a_word_about_a_file_whose_turn_it_is_not_is_not_believed)
{
	struct guid id = make_job(3);
	struct job_view *view;
	uint64_t tag;

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	tag = hear_run(0, 3);
	tell_answered(tag, 2, 12);
	tell_done(tag, 2);
	tell_answered(tag, 0, 10);
	tell_done(tag, 0);
	wait_transferred(&id, 1);
	view = eng_find(eng, &me, &id);
	ck_assert(view->files[0]->rec.transferred && !view->files[2]->rec.transferred);
	ck_assert_uint_eq(view->files[2]->rec.ino, 0);
	eng_view_unref(view);
}
END_TEST

START_TEST(suspending_a_run_keeps_what_was_done_until_it_stopped)
{
	struct guid id = make_job(3);
	uint64_t tag;

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	tag = hear_run(0, 3);
	ck_assert_int_eq(ask(ENG_SUSPEND, &id), ERR_OK);
	hear(PROTO_STOP);
	tell_answered(tag, 0, 10);		/* said before the STOP was heard */
	tell_done(tag, 0);
	tell(PROTO_STOPPED, tag, (struct proto_msg){ .stopped = { .file = 1, .durable = 0 } });
	wait_transferred(&id, 1);
	sees(&id, JOB_SUSPENDED);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	ck_assert_uint_ne(hear_run(1, 3), tag);
}
END_TEST

START_TEST(a_worker_that_dies_in_a_run_leaves_what_was_done)
{
	struct guid id = make_job(3);
	uint64_t tag;

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	tag = hear_run(0, 3);
	tell_answered(tag, 0, 10);
	tell_done(tag, 0);
	wait_transferred(&id, 1);
	shutdown(worker.fd, SHUT_RDWR);
	wait_state(&id, JOB_TRANSIENT_ERROR);
	wait_transferred(&id, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_script");
	TCase *t = tcase_create("script");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, what_a_worker_told_is_told_anew_when_it_could_not_be_kept);
	tcase_add_test(t, a_complete_during_which_the_store_failed_is_not_called_partial);
	tcase_add_test(t, a_received_file_that_is_gone_can_be_fetched_again);
	tcase_add_test(t, a_worker_that_never_answers_is_given_up);
	tcase_add_test(t, what_a_dead_worker_did_not_publish_is_asked_of_a_new_one);
	tcase_add_test(t, a_complete_over_which_two_workers_die_fails_and_can_be_said_again);
	tcase_add_test(t, a_cancel_whose_worker_dies_over_the_stop_goes_on_with_a_new_one);
	tcase_add_test(t, files_a_dead_worker_was_asked_about_are_asked_of_a_new_one_once);
	tcase_add_test(t, jobs_that_are_made_at_the_same_time_keep_to_the_limit);
	tcase_add_test(t, the_time_of_completion_is_there_while_everything_is);
	tcase_add_test(t, a_suspend_that_could_not_be_kept_leaves_the_next_try_at_its_time);
	tcase_add_test(t, a_fatal_error_leaves_the_files_behind_it_untouched);
	tcase_add_test(t, a_run_the_store_could_not_keep_begins_anew_with_the_file_that_was_not_kept);
	tcase_add_test(t, a_word_about_a_file_whose_turn_it_is_not_is_not_believed);
	tcase_add_test(t, suspending_a_run_keeps_what_was_done_until_it_stopped);
	tcase_add_test(t, a_worker_that_dies_in_a_run_leaves_what_was_done);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
