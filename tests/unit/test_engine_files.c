/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_files.c: a job's files between callers, a real store and a worker the test speaks for:
 * sets, ranges, other addresses while something moves, validation, ownership, pieces, what an answer tells.
 */
#include "tests/peer/script.h"

#define LATE_MS 60u			/* long enough to see that something is not said */

static enum err call_on(const struct guid *id, struct eng_call *call)
{
	call->job = *id;
	begin(call);
	return end(call);
}

static struct job_view *look(const struct guid *id)
{
	struct job_view *view = eng_find(eng, &me, id);

	ck_assert_ptr_nonnull(view);
	return view;
}

static void tell_checked(uint64_t tag, enum err err)
{
	tell(PROTO_CHECKED, tag, (struct proto_msg){ .checked = { .err = err, .text = err ? "Not there." : "" } });
}

static void tell_checkpoint(uint64_t tag, uint64_t file, uint64_t durable)
{
	tell(PROTO_CHECKPOINT, tag, (struct proto_msg){ .checkpoint = { .file = file, .durable = durable } });
}

static void tell_done_with(uint64_t tag, uint64_t file, uint64_t size)
{
	tell(PROTO_DONE, tag, (struct proto_msg){ .done = { .file = file, .size = size } });
}

static void assert_silent(enum proto_type type)
{
	struct proto_msg m;

	ck_assert_msg(!rig_until(&worker, &m, LATE_MS, type, -1), "the engine said %d", type);
}

/* What readers come to see. */
static void wait_bytes(const struct guid *id, uint64_t bytes)
{
	uint64_t now = 0;

	for (uint64_t until = now_ms() + WAIT_MS; now_ms() < until; poll(NULL, 0, 5)) {
		struct job_view *view = look(id);

		now = view->bytes_transferred;
		eng_view_unref(view);
		if (now == bytes)
			return;
	}
	ck_assert_uint_eq(now, bytes);
}

static struct guid make_empty(void)
{
	struct eng_call create = { .verb = ENG_CREATE };

	begin(&create);
	ck_assert_int_eq(end(&create), ERR_OK);
	return create.job;
}

static void set_one(const struct guid *id, enum job_prop prop, uint64_t num, const char *text)
{
	struct eng_change c = { prop, num, text };
	struct eng_call set = { .verb = ENG_SET, .changes = &c, .nchanges = 1 };

	ck_assert_msg(call_on(id, &set) == ERR_OK, "%s", set.ei.text);
}

static void add(const struct guid *id, const struct eng_new_file *files, size_t n)
{
	struct eng_call call = { .verb = ENG_ADD_FILES, .job = *id, .files = files, .nfiles = n };

	begin(&call);
	if (!worker.fd)
		meet_worker();
	for (size_t i = 0; i < n; i++)
		tell_checked(hear(PROTO_CHECK).tag, ERR_OK);
	ck_assert_msg(end(&call) == ERR_OK, "%s", call.ei.text);
}

static uint64_t resume(const struct guid *id)
{
	ck_assert_int_eq(ask(ENG_RESUME, id), ERR_OK);
	return hear(PROTO_START).tag;
}

/* Sets. */

START_TEST(a_set_is_asked_about_at_once_and_added_as_one)
{
	struct eng_new_file files[3] = { one_file, one_file, one_file };
	struct guid id = make_empty();
	struct eng_call call = { .verb = ENG_ADD_FILES, .job = id, .files = files, .nfiles = 3 };
	uint64_t tags[3];
	struct job_view *view;

	begin(&call);
	meet_worker();
	for (int i = 0; i < 3; i++)
		tags[i] = hear(PROTO_CHECK).tag;
	for (int i = 2; i >= 0; i--)		/* in whatever order they are answered */
		tell_checked(tags[i], ERR_OK);
	ck_assert_int_eq(end(&call), ERR_OK);
	ck_assert_uint_eq(call.index, 0);
	view = look(&id);
	ck_assert_uint_eq(view->nfiles, 3);
	eng_view_unref(view);
}
END_TEST

START_TEST(one_bad_file_of_a_set_keeps_out_all)
{
	struct eng_new_file files[3] = { one_file, one_file, one_file };
	struct guid id = make_empty();
	struct eng_call call = { .verb = ENG_ADD_FILES, .job = id, .files = files, .nfiles = 3 };
	struct job_view *view;
	uint64_t tags[3];

	begin(&call);
	meet_worker();
	for (int i = 0; i < 3; i++)
		tags[i] = hear(PROTO_CHECK).tag;
	tell_checked(tags[1], ERR_PATH_NOT_FOUND);
	tell_checked(tags[0], ERR_OK);
	ck_assert_int_eq(sem_trywait(&answered), -1);	/* one is not answered yet */
	tell_checked(tags[2], ERR_FILE_ACCESS);
	ck_assert_int_eq(end(&call), ERR_PATH_NOT_FOUND);
	files[2].url = "gopher://h/f";
	ck_assert_int_eq(call_on(&id, &call), ERR_UNKNOWN_SCHEME);	/* and no worker is asked */
	assert_silent(PROTO_CHECK);
	view = look(&id);
	ck_assert_uint_eq(view->nfiles, 0);
	eng_view_unref(view);
}
END_TEST

START_TEST(a_large_set_does_not_flood_the_worker)
{
	static struct eng_new_file files[200];
	struct guid id = make_empty();
	struct eng_call call = { .verb = ENG_ADD_FILES, .job = id, .files = files, .nfiles = 200 };
	uint64_t tags[64];

	for (int i = 0; i < 200; i++)
		files[i] = one_file;
	begin(&call);
	meet_worker();
	for (int i = 0; i < 64; i++)
		tags[i] = hear(PROTO_CHECK).tag;
	assert_silent(PROTO_CHECK);
	for (int i = 0; i < 64; i++)
		tell_checked(tags[i], ERR_OK);
	for (int i = 64; i < 200; i++)
		tell_checked(hear(PROTO_CHECK).tag, ERR_OK);
	ck_assert_int_eq(end(&call), ERR_OK);
}
END_TEST

START_TEST(a_worker_that_dies_over_a_set_leaves_nothing_open)
{
	struct eng_new_file files[3] = { one_file, one_file, one_file };
	struct guid id = make_empty();
	struct eng_call call = { .verb = ENG_ADD_FILES, .job = id, .files = files, .nfiles = 3 };

	begin(&call);
	meet_worker();
	tell_checked(hear(PROTO_CHECK).tag, ERR_OK);
	shutdown(worker.fd, SHUT_RDWR);
	ck_assert_int_eq(end(&call), ERR_WORKER);
}
END_TEST

START_TEST(limits_hold_for_those_who_are_no_administrators)
{
	static struct eng_new_file files[201];
	struct eng_caller user = { .uid = 4711 };
	struct eng_call create = { .verb = ENG_CREATE, .caller = user, .files = files, .nfiles = 201 };
	struct eng_new_file ranged = { URL, path, "0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20" };
	struct job_view *view;

	for (int i = 0; i < 201; i++)
		files[i] = one_file;
	begin(&create);
	ck_assert_int_eq(end(&create), ERR_TOO_MANY_FILES);
	create.files = &ranged;
	create.nfiles = 1;
	begin(&create);
	ck_assert_int_eq(end(&create), ERR_TOO_MANY_RANGES);
	create.caller = me;
	begin(&create);
	meet_worker();
	tell_checked(hear(PROTO_CHECK).tag, ERR_PATH_NOT_FOUND);
	ck_assert_int_eq(end(&create), ERR_PATH_NOT_FOUND);
	view = eng_next(eng, &me, 0);
	ck_assert_ptr_null(view);			/* what was refused has stored nothing */
}
END_TEST

START_TEST(an_owners_jobs_are_counted_as_they_come_and_go)
{
	struct eng_call make = { .verb = ENG_CREATE, .caller = { .uid = 4711 } };
	struct guid last = { 0 };

	for (int round = 0; round < 3; round++) {
		for (int i = round ? 4 : 0; i < 5; i++) {
			begin(&make);
			ck_assert_int_eq(end(&make), ERR_OK);
			last = make.job;
		}
		begin(&make);
		ck_assert_int_eq(end(&make), ERR_TOO_MANY_JOBS_USER);
		ck_assert_int_eq(ask(ENG_CANCEL, &last), ERR_OK);
		if (round == 1) {			/* and are counted after a start */
			eng_close(eng);
			open_engine();
		}
	}
}
END_TEST

/* Ranges. */

START_TEST(a_file_with_ranges_counts_the_bytes_that_were_asked_for)
{
	struct eng_new_file ranged = { URL, path, "100-199,900-999,400-499" };
	struct eng_call complete = { .verb = ENG_COMPLETE };
	struct guid id = make_empty();
	struct job_view *view;
	struct proto_msg m;
	uint64_t tag;

	add(&id, &ranged, 1);
	view = look(&id);
	ck_assert_uint_eq(view->bytes_total, 300);
	eng_view_unref(view);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	m = hear(PROTO_START);
	tag = m.tag;
	ck_assert_str_eq(m.start.ranges, "100-199,900-999,400-499");
	tell_answered(tag, 0, 3);
	tell_checkpoint(tag, 0, 150);
	wait_bytes(&id, 150);
	tell_done_with(tag, 0, 300);
	wait_state(&id, JOB_TRANSFERRED);
	view = look(&id);
	ck_assert_uint_eq(view->bytes_total, 300);
	ck_assert_uint_eq(view->bytes_transferred, 300);
	ck_assert_uint_eq(view->files[0]->wanted, 300);
	ck_assert_uint_eq(view->files[0]->rec.size, SIZE);	/* of the file on the server */
	eng_view_unref(view);
	complete.job = id;
	begin(&complete);
	m = hear(PROTO_PUBLISH);
	ck_assert_uint_eq(m.publish.size, 300);
	tell_published(m.tag, ERR_OK);
	ck_assert_int_eq(end(&complete), ERR_OK);
}
END_TEST

START_TEST(the_total_is_unknown_while_an_end_is)
{
	struct eng_new_file ranged = { URL, path, "0-9,900-" };
	struct guid id = make_empty();
	struct job_view *view;

	add(&id, &ranged, 1);
	view = look(&id);
	ck_assert_uint_eq(view->bytes_total, ENG_SIZE_UNKNOWN);
	eng_view_unref(view);
	tell_answered(resume(&id), 0, 3);
	wait_state(&id, JOB_TRANSFERRING);
	view = look(&id);
	ck_assert_uint_eq(view->bytes_total, 110);
	eng_view_unref(view);
}
END_TEST

START_TEST(ranges_and_content_made_on_the_fly_exclude_each_other)
{
	struct eng_new_file ranged = { URL, path, "0-9" };
	struct guid id = make_empty();
	struct eng_call call = { .verb = ENG_ADD_FILES, .job = id, .files = &ranged, .nfiles = 1 };
	struct job_view *view;

	set_one(&id, JOB_PROP_DynamicContent, 1, NULL);
	begin(&call);
	meet_worker();
	tell_checked(hear(PROTO_CHECK).tag, ERR_OK);
	ck_assert_int_eq(end(&call), ERR_UNSUPPORTED_CONFIG);
	view = look(&id);
	ck_assert_uint_eq(view->nfiles, 0);
	eng_view_unref(view);
}
END_TEST

/* Other addresses. */

START_TEST(a_running_file_goes_on_at_its_new_address)
{
	struct eng_call move = { .verb = ENG_SET_URL, .url = "http://127.0.0.2:9/g" };
	struct guid id = make_job(1);
	struct job_view *view;
	struct proto_msg m;
	uint64_t tag = resume(&id);

	tell_answered(tag, 0, 3);
	tell_checkpoint(tag, 0, 400);
	wait_bytes(&id, 400);
	ck_assert_int_eq(call_on(&id, &move), ERR_OK);
	m = hear(PROTO_STOP);
	ck_assert_uint_eq(m.tag, tag);
	m = hear(PROTO_START);
	ck_assert_str_eq(m.start.url, "http://127.0.0.2:9/g");
	ck_assert_uint_eq(m.start.offset, 400);
	ck_assert_uint_eq(m.start.size, SIZE);
	ck_assert_uint_eq(m.start.ino, 3);
	ck_assert_str_eq(m.start.etag, "");			/* size and time decide */
	tell_answered(tag, 0, 66);				/* of the old run: not heard any more */
	tell_done(tag, 0);
	tell_checkpoint(m.tag, 0, 500);
	wait_bytes(&id, 500);
	view = look(&id);
	ck_assert_uint_eq(view->rec.state, JOB_TRANSFERRING);
	ck_assert_uint_eq(view->files[0]->rec.ino, 3);
	eng_view_unref(view);
}
END_TEST

START_TEST(an_address_that_could_not_be_kept_is_the_old_one)
{
	struct eng_call move = { .verb = ENG_SET_URL, .url = "http://127.0.0.2:9/g" };
	struct eng_call prefix = { .verb = ENG_REPLACE_PREFIX, .text = "http:", .url = "https:" };
	struct guid id = make_job(1);
	struct job_view *view;

	hold_store();
	ck_assert_int_eq(call_on(&id, &move), ERR_STORE);
	ck_assert_int_eq(call_on(&id, &prefix), ERR_STORE);
	release_store();
	view = look(&id);
	ck_assert_str_eq(view->files[0]->rec.url, URL);
	eng_view_unref(view);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	ck_assert_str_eq(hear(PROTO_START).start.url, URL);
}
END_TEST

START_TEST(settings_that_could_not_be_kept_are_the_old_ones)
{
	struct eng_change c[] = { { JOB_PROP_CustomHeaders, 0, "A: new\r\n" }, { JOB_PROP_RateLimit, 7, NULL },
	    { JOB_PROP_DisplayName, 0, "new" } };
	struct guid id = make_job(1);
	struct eng_call set = { .verb = ENG_SET, .changes = c, .nchanges = 3 };
	struct eng_call cred = { .verb = ENG_CREDENTIAL, .cred = { 1, 1, "u", "p", false } };
	struct proto_msg m;

	set_one(&id, JOB_PROP_CustomHeaders, 0, "A: old\r\n");
	hold_store();
	ck_assert_int_eq(call_on(&id, &set), ERR_STORE);
	ck_assert_int_eq(call_on(&id, &cred), ERR_STORE);
	release_store();
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	m = hear(PROTO_START);
	ck_assert_str_eq(m.start.headers, "A: old\r\n");
	ck_assert_str_eq(m.start.credentials, "");
	ck_assert_uint_eq(m.start.limit, 0);
}
END_TEST

START_TEST(a_flag_for_secure_connections_holds_for_the_run_under_way)
{
	struct guid id = make_job(1);
	struct proto_msg m;

	tell_answered(resume(&id), 0, 3);
	wait_state(&id, JOB_TRANSFERRING);
	set_one(&id, JOB_PROP_DisplayName, 0, "no reason to stop");
	set_one(&id, JOB_PROP_SecurityFlags, 1, NULL);
	m = hear(PROTO_START);
	ck_assert_uint_eq(m.start.security, 1);
}
END_TEST

START_TEST(what_requests_carry_counts_for_files_that_wait_at_the_worker)
{
	struct eng_call login = { .verb = ENG_CREDENTIAL, .cred = { 1, 1, "u", "p", false } };
	struct guid id = make_job(2);
	struct proto_msg m;

	tell_answered(resume(&id), 0, 3);
	wait_state(&id, JOB_TRANSFERRING);
	m = hear(PROTO_START);
	ck_assert_uint_eq(m.start.file, 1);		/* sent ahead */
	set_one(&id, JOB_PROP_CustomHeaders, 0, "X-New: yes\r\n");
	for (unsigned i = 0; i < 2; i++) {
		m = hear(PROTO_START);
		ck_assert_uint_eq(m.start.file, i);
		ck_assert_str_eq(m.start.headers, "X-New: yes\r\n");
	}
	ck_assert_int_eq(call_on(&id, &login), ERR_OK);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_str_ne(hear(PROTO_START).start.credentials, "");
}
END_TEST

/* What came of it. */

START_TEST(a_file_that_is_not_accepted_is_fetched_again_after_resume)
{
	struct guid id = make_transferred(2);
	struct eng_call reject = { .verb = ENG_VALIDATE, .index = 1, .num = 0 };
	struct job_view *view;
	struct proto_msg m;

	ck_assert_int_eq(call_on(&id, &reject), ERR_OK);
	view = look(&id);
	ck_assert_uint_eq(view->rec.state, JOB_ERROR);
	ck_assert_uint_eq(view->rec.error_code, 0x80200053);
	ck_assert_uint_eq(view->rec.error_context, 5);
	ck_assert_uint_eq(view->rec.error_file, 1);
	ck_assert_uint_eq(view->bytes_transferred, SIZE);
	ck_assert_uint_eq(view->files_transferred, 1);
	eng_view_unref(view);
	assert_silent(PROTO_START);			/* not by itself */
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	m = hear(PROTO_START);
	ck_assert_uint_eq(m.start.file, 1);
	ck_assert_uint_eq(m.start.offset, 0);
	ck_assert_uint_eq(m.start.ino, 0);
	ck_assert_str_eq(m.start.etag, "");
	tell_answered(m.tag, 1, 9);
	tell_done(m.tag, 1);
	wait_state(&id, JOB_TRANSFERRED);
	view = look(&id);
	ck_assert(!view->files[1]->rec.rejected);
	eng_view_unref(view);
}
END_TEST

START_TEST(a_finished_file_may_be_refused_while_the_next_one_moves)
{
	struct guid id = make_job(2);
	struct eng_call reject = { .verb = ENG_VALIDATE, .index = 0, .num = 0 };
	uint64_t tag = resume(&id);

	tell_answered(tag, 0, 3);
	tell_done(tag, 0);
	tell_answered(tag, 1, 4);
	tell_checkpoint(tag, 1, 100);
	wait_bytes(&id, SIZE + 100);
	ck_assert_int_eq(call_on(&id, &reject), ERR_OK);
	hear(PROTO_STOP);
	sees(&id, JOB_ERROR);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	ck_assert_uint_eq(hear(PROTO_START).start.file, 0);
}
END_TEST

START_TEST(an_answer_leaves_its_headers_and_the_address_it_came_from)
{
	static char headers[40000];
	struct guid id = make_job(1);
	struct job_view *view;
	uint64_t tag = resume(&id);

	strcpy(headers, "HTTP/1.1 200 OK\r\n");
	for (size_t len = strlen(headers); len < sizeof(headers) - 100; len = strlen(headers))
		sprintf(headers + len, "X-%zu: yes\r\n", len);
	tell(PROTO_ANSWERED, tag, (struct proto_msg){ .answered = { .size = SIZE, .ino = 3, .headers = headers,
	    .url = "https://mirror.example/f" } });
	wait_state(&id, JOB_TRANSFERRING);
	view = look(&id);
	ck_assert_str_eq(view->files[0]->rec.url, "https://mirror.example/f");
	ck_assert(!strncmp(view->files[0]->rec.headers, headers, 16000));
	ck_assert_uint_le(strlen(view->files[0]->rec.headers), 16384);
	ck_assert(view->files[0]->rec.headers[strlen(view->files[0]->rec.headers) - 1] == '\n');
	eng_view_unref(view);
}
END_TEST

START_TEST(a_worker_cannot_give_a_file_an_address_nobody_could)
{
	struct guid id = make_job(1);
	struct job_view *view;

	tell(PROTO_ANSWERED, resume(&id), (struct proto_msg){ .answered = { .size = SIZE, .ino = 3, .headers = "",
	    .url = "file:///etc/shadow" } });
	wait_state(&id, JOB_TRANSFERRING);
	view = look(&id);
	ck_assert_str_eq(view->files[0]->rec.url, URL);
	eng_view_unref(view);
}
END_TEST

START_TEST(a_redirect_that_is_refused_says_where_it_led)
{
	struct guid id = make_job(1);
	struct job_view *view;

	tell(PROTO_FAILED, resume(&id), (struct proto_msg){ .failed = { .hresult = 0x8019012e, .context = 5,
	    .text = "Moved.", .url = "http://127.0.0.3:9/moved" } });
	wait_state(&id, JOB_ERROR);
	view = look(&id);
	ck_assert_str_eq(view->files[0]->rec.url, "http://127.0.0.3:9/moved");
	eng_view_unref(view);
}
END_TEST

/* Kinds of jobs. */

START_TEST(what_is_written_in_place_is_neither_moved_nor_removed)
{
	struct guid id = make_empty();
	struct eng_new_file files[2] = { one_file, one_file };
	struct eng_call complete = { .verb = ENG_COMPLETE };
	struct proto_msg m;

	set_one(&id, JOB_PROP_HighPerformance, 1, NULL);
	add(&id, files, 2);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	m = hear(PROTO_START);
	ck_assert_uint_eq(m.start.direct, 1);
	tell_answered(m.tag, 0, 3);
	tell_done(m.tag, 0);
	wait_bytes(&id, SIZE);
	ck_assert_int_eq(ask(ENG_SUSPEND, &id), ERR_OK);
	m = hear(PROTO_STOP);
	tell(PROTO_STOPPED, m.tag, (struct proto_msg){ .stopped = { .file = 1 } });
	ck_assert_int_eq(call_on(&id, &complete), ERR_PARTIAL);	/* no worker is asked for anything */
	assert_silent(PROTO_PUBLISH);
}
END_TEST

START_TEST(what_cannot_be_continued_is_begun_at_its_beginning)
{
	struct guid id = make_job(1);
	struct proto_msg m;
	uint64_t tag;

	set_one(&id, JOB_PROP_HttpMethod, 0, "POST");
	tag = resume(&id);
	tell_answered(tag, 0, 3);
	tell_checkpoint(tag, 0, 400);
	wait_bytes(&id, 400);
	ck_assert_int_eq(ask(ENG_SUSPEND, &id), ERR_OK);
	tell(PROTO_STOPPED, hear(PROTO_STOP).tag, (struct proto_msg){ .stopped = { .durable = 400 } });
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	m = hear(PROTO_START);
	ck_assert_str_eq(m.start.method, "POST");
	ck_assert_uint_eq(m.start.offset, 0);
}
END_TEST

START_TEST(a_method_of_the_jobs_own_is_said_again_by_a_person_only)
{
	struct guid id = make_job(1);
	char copy[400], command[900];
	struct job_view *view;

	set_one(&id, JOB_PROP_HttpMethod, 0, "POST");
	tell_answered(resume(&id), 0, 3);
	wait_state(&id, JOB_TRANSFERRING);
	snprintf(copy, sizeof(copy), "%s/copy", dir);	/* what a power cut would leave */
	snprintf(command, sizeof(command), "cp -r %s %s", state, copy);
	ck_assert_int_eq(system(command), 0);
	shutdown(worker.fd, SHUT_RDWR);			/* the worker dies */
	wait_state(&id, JOB_ERROR);
	eng_close(eng);
	strcpy(state, copy);
	open_engine();
	wait_state(&id, JOB_ERROR);
	view = look(&id);
	ck_assert_uint_eq(view->rec.error_code, 0x8007045b);
	eng_view_unref(view);
}
END_TEST

START_TEST(a_job_may_fetch_no_more_than_its_maximum)
{
	struct guid id = make_job(2);
	struct proto_msg m;

	set_one(&id, JOB_PROP_MaximumDownloadSize, 1500, NULL);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	m = hear(PROTO_START);
	ck_assert_uint_eq(m.start.may_fetch, 1500);
	tell_answered(m.tag, 0, 3);
	tell_done(m.tag, 0);
	m = hear(PROTO_START);
	ck_assert_uint_eq(m.start.file, 1);
	ck_assert_uint_eq(m.start.may_fetch, 500);
}
END_TEST

START_TEST(pieces_are_moved_as_they_are_asked_for_and_the_whole_ends_the_job)
{
	struct eng_call want = { .verb = ENG_WANT, .text = "100-199" }, rest = { .verb = ENG_WANT, .text = "0-" };
	struct guid id = make_empty();
	struct job_view *view;
	struct proto_msg m;

	set_one(&id, JOB_PROP_OnDemand, 1, NULL);
	add(&id, &one_file, 1);
	ck_assert_int_eq(call_on(&id, &want), ERR_OK);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	m = hear(PROTO_START);
	ck_assert_uint_eq(m.start.sparse, 1);
	ck_assert_str_eq(m.start.ranges, "100-199");
	tell_answered(m.tag, 0, 3);
	tell_done_with(m.tag, 0, 100);
	wait_state(&id, JOB_SUSPENDED);
	view = look(&id);
	ck_assert_str_eq(view->files[0]->rec.filled, "100-199");
	ck_assert_uint_eq(view->bytes_transferred, 100);
	ck_assert_uint_eq(view->bytes_total, SIZE);
	eng_view_unref(view);
	ck_assert_int_eq(call_on(&id, &rest), ERR_OK);
	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	m = hear(PROTO_START);
	ck_assert_str_eq(m.start.ranges, "100-199,0-99,200-999");	/* what is here comes first, and is passed over */
	ck_assert_uint_eq(m.start.offset, 100);
	ck_assert_uint_eq(m.start.ino, 3);
	tell(PROTO_ANSWERED, m.tag, (struct proto_msg){ .answered = { .size = SIZE, .ino = 3, .offset = 100 } });
	tell_checkpoint(m.tag, 0, 250);
	wait_bytes(&id, 250);
	view = look(&id);
	ck_assert_str_eq(view->files[0]->rec.filled, "0-249");
	eng_view_unref(view);
	tell_done_with(m.tag, 0, SIZE);
	wait_state(&id, JOB_TRANSFERRED);
	view = look(&id);
	ck_assert_str_eq(view->files[0]->rec.filled, "0-999");
	ck_assert_uint_eq(view->bytes_transferred, SIZE);
	eng_view_unref(view);
}
END_TEST

START_TEST(a_new_position_turns_the_run_under_way)
{
	struct eng_call want = { .verb = ENG_WANT, .text = "0-499" }, seek = { .verb = ENG_SEEK, .num = 600 };
	struct guid id = make_empty();
	struct job_view *view;
	struct proto_msg m;
	uint64_t tag;

	set_one(&id, JOB_PROP_OnDemand, 1, NULL);
	add(&id, &one_file, 1);
	ck_assert_int_eq(call_on(&id, &want), ERR_OK);
	tag = resume(&id);
	tell_answered(tag, 0, 3);
	tell_checkpoint(tag, 0, 100);
	wait_bytes(&id, 100);
	ck_assert_int_eq(call_on(&id, &seek), ERR_OK);
	ck_assert_uint_eq(hear(PROTO_STOP).tag, tag);
	m = hear(PROTO_START);
	ck_assert_str_eq(m.start.ranges, "0-99,600-999,100-499");
	ck_assert_uint_eq(m.start.offset, 100);
	hold_store();				/* and is turned back when that cannot be kept */
	seek.num = 300;
	ck_assert_int_eq(call_on(&id, &seek), ERR_STORE);
	release_store();
	m = hear(PROTO_START);
	ck_assert_str_eq(m.start.ranges, "0-99,600-999,100-499");
	view = look(&id);
	ck_assert_uint_eq(view->bytes_transferred, 100);
	eng_view_unref(view);
}
END_TEST

START_TEST(pieces_of_another_version_are_fetched_again)
{
	struct eng_call want = { .verb = ENG_WANT, .text = "0-99" }, more = { .verb = ENG_WANT, .text = "200-299" };
	struct guid id = make_empty();
	struct job_view *view;
	uint64_t tag;

	set_one(&id, JOB_PROP_OnDemand, 1, NULL);
	add(&id, &one_file, 1);
	ck_assert_int_eq(call_on(&id, &want), ERR_OK);
	tag = resume(&id);
	tell_answered(tag, 0, 3);
	tell_done_with(tag, 0, 100);
	wait_state(&id, JOB_SUSPENDED);
	ck_assert_int_eq(call_on(&id, &more), ERR_OK);
	tag = resume(&id);
	tell(PROTO_ANSWERED, tag, (struct proto_msg){ .answered = { .size = SIZE, .ino = 4, .restarted = 1 } });
	wait_bytes(&id, 0);
	view = look(&id);
	ck_assert_str_eq(view->files[0]->rec.filled, "");
	eng_view_unref(view);
	tell_done_with(tag, 0, 200);
	wait_state(&id, JOB_SUSPENDED);
	view = look(&id);
	ck_assert_str_eq(view->files[0]->rec.filled, "0-99,200-299");
	eng_view_unref(view);
}
END_TEST

/* Ownership. */

static struct guid make_entrusted(uint64_t *ret_tag)
{
	struct eng_call cred = { .verb = ENG_CREDENTIAL, .cred = { 1, 1, "u", "p", false } };
	struct guid id = make_job(2);

	set_one(&id, JOB_PROP_CustomHeaders, 0, "A: b\r\n");
	set_one(&id, JOB_PROP_RateLimit, 1u << 30, NULL);
	ck_assert_int_eq(call_on(&id, &cred), ERR_OK);
	*ret_tag = resume(&id);
	tell_answered(*ret_tag, 0, 3);
	tell_checkpoint(*ret_tag, 0, 400);
	wait_bytes(&id, 400);
	return id;
}

static void stop_for(uint64_t tag)
{
	ck_assert_uint_eq(hear(PROTO_STOP).tag, tag);
	tell(PROTO_STOPPED, tag, (struct proto_msg){ .stopped = { .durable = 400 } });
}

static struct proto_msg hear_from(struct rig *rig, enum proto_type type)
{
	struct proto_msg m = { 0 };

	ck_assert_msg(rig_until(rig, &m, WAIT_MS, type, -1), "the engine did not say %d", type);
	return m;
}

static void answer_check(struct rig *rig, enum err err, uint64_t take, uint64_t ino)
{
	struct proto_msg m = hear_from(rig, PROTO_CHECK), a = { .type = PROTO_CHECKED };

	ck_assert_uint_eq(m.check.take, take);
	ck_assert_uint_eq(m.check.ino, ino);
	a.tag = m.tag;
	a.checked.err = err;
	a.checked.text = err ? "Not yours." : "";
	rig_send(rig, &a);
}

START_TEST(a_new_owner_goes_on_without_what_was_entrusted_to_the_old_one)
{
	struct eng_call take = { .verb = ENG_TAKE, .owner = "root", .owner_uid = 5 };
	struct rig other_worker = { 0 };
	struct job_view *view;
	struct proto_msg m;
	uint64_t tag;
	struct guid id = make_entrusted(&tag);

	take.job = id;
	begin(&take);
	stop_for(tag);
	meet_other(&other_worker);
	ck_assert_int_eq(ask(ENG_SUSPEND, &id), ERR_INVALID_STATE);	/* nobody else's until it ends */
	answer_check(&other_worker, ERR_OK, 0, 3);
	answer_check(&other_worker, ERR_OK, 0, 0);
	answer_check(&other_worker, ERR_OK, 1, 3);
	ck_assert_int_eq(end(&take), ERR_OK);
	m = hear_from(&other_worker, PROTO_START);
	ck_assert_uint_eq(m.start.offset, 400);
	ck_assert_str_eq(m.start.credentials, "");
	ck_assert_str_eq(m.start.headers, "");
	ck_assert_uint_eq(m.start.limit, 1u << 30);			/* nothing that was entrusted */
	view = look(&id);
	ck_assert_uint_eq(view->rec.uid, 5);
	ck_assert_str_eq(view->rec.owner, "root");
	eng_view_unref(view);
	close(other_worker.fd);
}
END_TEST

START_TEST(who_cannot_use_the_files_does_not_get_the_job)
{
	struct eng_call take = { .verb = ENG_TAKE, .owner = "other", .owner_uid = 5 };
	struct rig other_worker = { 0 };
	struct job_view *view;
	struct proto_msg m;
	uint64_t tag;
	struct guid id = make_entrusted(&tag);

	take.job = id;
	begin(&take);
	stop_for(tag);
	meet_other(&other_worker);
	answer_check(&other_worker, ERR_FILE_ACCESS, 0, 3);
	answer_check(&other_worker, ERR_OK, 0, 0);
	ck_assert_int_eq(end(&take), ERR_NEW_OWNER_ACCESS);
	m = hear(PROTO_START);					/* the old owner's goes on as it was */
	ck_assert_uint_eq(m.start.offset, 400);
	ck_assert_str_eq(m.start.headers, "A: b\r\n");
	view = look(&id);
	ck_assert_uint_eq(view->rec.uid, 4711);
	eng_view_unref(view);
	close(other_worker.fd);
}
END_TEST

START_TEST(a_new_owner_who_could_not_be_kept_is_none)
{
	struct eng_call take = { .verb = ENG_TAKE, .owner = "root", .owner_uid = 5 };
	struct rig other_worker = { 0 };
	struct proto_msg m;
	uint64_t tag;
	struct guid id = make_entrusted(&tag);

	take.job = id;
	begin(&take);
	stop_for(tag);
	meet_other(&other_worker);
	answer_check(&other_worker, ERR_OK, 0, 3);
	answer_check(&other_worker, ERR_OK, 0, 0);
	hold_store();
	answer_check(&other_worker, ERR_OK, 1, 3);
	ck_assert_int_eq(end(&take), ERR_STORE);
	release_store();
	m = hear(PROTO_START);
	ck_assert_str_eq(m.start.headers, "A: b\r\n");
	ck_assert_ptr_nonnull(strstr(m.start.credentials, "u\tp"));
	close(other_worker.fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_files");
	TCase *t = tcase_create("files");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_set_is_asked_about_at_once_and_added_as_one);
	tcase_add_test(t, one_bad_file_of_a_set_keeps_out_all);
	tcase_add_test(t, a_large_set_does_not_flood_the_worker);
	tcase_add_test(t, a_worker_that_dies_over_a_set_leaves_nothing_open);
	tcase_add_test(t, limits_hold_for_those_who_are_no_administrators);
	tcase_add_test(t, an_owners_jobs_are_counted_as_they_come_and_go);
	tcase_add_test(t, a_file_with_ranges_counts_the_bytes_that_were_asked_for);
	tcase_add_test(t, the_total_is_unknown_while_an_end_is);
	tcase_add_test(t, ranges_and_content_made_on_the_fly_exclude_each_other);
	tcase_add_test(t, a_running_file_goes_on_at_its_new_address);
	tcase_add_test(t, an_address_that_could_not_be_kept_is_the_old_one);
	tcase_add_test(t, settings_that_could_not_be_kept_are_the_old_ones);
	tcase_add_test(t, a_flag_for_secure_connections_holds_for_the_run_under_way);
	tcase_add_test(t, what_requests_carry_counts_for_files_that_wait_at_the_worker);
	tcase_add_test(t, a_file_that_is_not_accepted_is_fetched_again_after_resume);
	tcase_add_test(t, a_finished_file_may_be_refused_while_the_next_one_moves);
	tcase_add_test(t, an_answer_leaves_its_headers_and_the_address_it_came_from);
	tcase_add_test(t, a_worker_cannot_give_a_file_an_address_nobody_could);
	tcase_add_test(t, a_redirect_that_is_refused_says_where_it_led);
	tcase_add_test(t, what_is_written_in_place_is_neither_moved_nor_removed);
	tcase_add_test(t, what_cannot_be_continued_is_begun_at_its_beginning);
	tcase_add_test(t, a_method_of_the_jobs_own_is_said_again_by_a_person_only);
	tcase_add_test(t, a_job_may_fetch_no_more_than_its_maximum);
	tcase_add_test(t, pieces_are_moved_as_they_are_asked_for_and_the_whole_ends_the_job);
	tcase_add_test(t, a_new_position_turns_the_run_under_way);
	tcase_add_test(t, pieces_of_another_version_are_fetched_again);
	tcase_add_test(t, a_new_owner_goes_on_without_what_was_entrusted_to_the_old_one);
	tcase_add_test(t, who_cannot_use_the_files_does_not_get_the_job);
	tcase_add_test(t, a_new_owner_who_could_not_be_kept_is_none);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
