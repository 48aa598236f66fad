/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_calls.c: what may be asked of a job in which state; other addresses, validation,
 * credentials, pieces. Without thread, disk or worker: see test_engine_files.c for what workers have to do with it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/core.h"
#include "engine/shelf.h"
#include "engine/owners.h"

static struct engine eng;
static struct job *job;
static struct eng_call call;		/* the last one */

/* Nobody to work: calls that need a worker end with that. */
static int no_worker(void *ctx, uint32_t uid)
{
	(void)ctx;
	(void)uid;
	return -1;
}

static void make(void)
{
	struct guid id;

	ck_assert(guid_new(&id));
	eng.touched = NULL;		/* no turn ends here, and the job before may be gone */
	job = job_new(&eng, &id);
	ck_assert_ptr_nonnull(job);
	job->rec.uid = 4711;
	ck_assert(owners_count(&eng, job));
	job_props_default(job);
}

static struct file *add(const char *url)
{
	struct file *file = job_add_file(&eng, job);

	ck_assert_ptr_nonnull(file);
	ck_assert(rec_text(&file->rec.url, url) && rec_text(&file->rec.path, "/d/f") &&
	    rec_text(&file->rec.etag, "\"e\""));
	return file;
}

static void setup(void)
{
	memset(&eng, 0, sizeof(eng));
	eng.settling = true;
	eng.shelf = shelf_new();
	ck_assert_ptr_nonnull(eng.shelf);
	eng.answers_end = &eng.answers;
	eng.host.worker_start = no_worker;
	eng.config.limits = (struct eng_limits){ 5, 300, 200, 4 };
	make();
}

static void teardown(void)
{
	job_free(&eng, job);
	ck_assert_ptr_null(eng.owners);
	free(eng.due);
	shelf_free(eng.shelf);
}

/* Makes `call` and gives its answer. */
static enum err ask(enum eng_verb verb)
{
	call.verb = verb;
	call.job = job->rec.id;
	if (!call.caller.uid)
		call.caller = (struct eng_caller){ .uid = 4711 };
	call.ei.text[0] = '\0';
	call.err = ERR__COUNT;
	eng.answers = NULL;
	eng.answers_end = &eng.answers;
	calls_handle(&eng, &call);
	ck_assert(eng.answers == &call);
	free(call.roots);
	call.roots = NULL;
	ck_assert(err_is_good(call.err) || call.ei.text[0]);
	return call.err;
}

static enum err ask_url(uint32_t index, const char *url)
{
	call = (struct eng_call){ .index = index, .url = url };
	return ask(ENG_SET_URL);
}

static enum err ask_prefix(const char *from, const char *to)
{
	call = (struct eng_call){ .text = from, .url = to };
	return ask(ENG_REPLACE_PREFIX);
}

static enum err ask_valid(uint32_t index, uint64_t num)
{
	call = (struct eng_call){ .index = index, .num = num };
	return ask(ENG_VALIDATE);
}

static enum err ask_cred(struct eng_credential cred)
{
	call = (struct eng_call){ .cred = cred };
	return ask(ENG_CREDENTIAL);
}

static enum err ask_want(const char *text)
{
	call = (struct eng_call){ .text = text };
	return ask(ENG_WANT);
}

/* What BITS documents (IBackgroundCopyJob*, IBackgroundCopyFile*), a second time: + the call is taken (whatever
 * else it may have to say), - it is refused with BG_E_INVALID_STATE.
 * Q queued C connecting T transferring S suspended E error R transient D done (transferred) A K final */
static const struct eng_change name = { JOB_PROP_DisplayName, 0, "n" }, acl = { JOB_PROP_FileACLFlags, 1, NULL };
static const struct eng_new_file one = { .url = "http://h/f", .path = "/d/f" };
static const struct eng_new_file ranged = { .url = "http://h/f", .path = "/d/f", .ranges = "0-9" };
static const struct { const char *taken; struct eng_call call; } expected[] = {
	/* QCTSERDAK */
	{ "+++++++--", { .verb = ENG_ADD_FILES, .files = &one, .nfiles = 1 } },
	{ "+++++++--", { .verb = ENG_ADD_FILES, .files = &ranged, .nfiles = 1 } },
	{ "+++++++--", { .verb = ENG_RESUME } },
	{ "+++++++--", { .verb = ENG_SUSPEND } },
	{ "+++++++--", { .verb = ENG_CANCEL } },
	{ "+++++++--", { .verb = ENG_COMPLETE } },
	{ "+++++++--", { .verb = ENG_SET, .changes = &name, .nchanges = 1 } },
	{ "++++++---", { .verb = ENG_SET, .changes = &acl, .nchanges = 1 } },
	{ "+++++++--", { .verb = ENG_SET_URL, .url = "http://other/f" } },
	{ "+++++++--", { .verb = ENG_REPLACE_PREFIX, .text = "http://h/", .url = "http://o/" } },
	{ "+++++++--", { .verb = ENG_VALIDATE, .num = 1 } },
	{ "+++++++--", { .verb = ENG_CREDENTIAL, .cred = { 1, 1, "u", "p", false } } },
	{ "+++++++--", { .verb = ENG_TAKE, .owner_uid = 9, .owner = "n",
	    .caller = { .uid = 9, .writes_all = true, .reads_all = true } } },
	{ "+++++++--", { .verb = ENG_WANT, .text = "0-1" } },
	{ "+++++++--", { .verb = ENG_SEEK } },
};

START_TEST(every_call_is_taken_in_the_states_bits_says)
{
	static const char letters[] = "QCTSERDAK";

	for (unsigned state = 0; state < JOB__COUNT; state++) {
		enum err err;

		add("http://h/f")->rec.transferred = true;
		job->rec.state = state;
		call = expected[_i].call;
		err = ask(call.verb);
		ck_assert_msg((err == ERR_INVALID_STATE) == (expected[_i].taken[state] == '-'), "call %d in %c: %s", _i,
		    letters[state], err_name(err));
		if (expected[_i].taken[state] == '-')
			ck_assert_uint_eq(job->rec.state, state);
		job_free(&eng, job);
		make();
	}
}
END_TEST

START_TEST(nobody_else_may_even_learn_that_a_job_is_there)
{
	add("http://h/f");
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		call = expected[i].call;
		if (call.verb == ENG_TAKE)
			continue;
		call.caller = (struct eng_caller){ .uid = 4712 };
		ck_assert_int_eq(ask(call.verb), ERR_NOT_FOUND);
		call = expected[i].call;
		call.caller = (struct eng_caller){ .uid = 4712, .reads_all = true };
		ck_assert_int_eq(ask(call.verb), ERR_ACCESS_DENIED);
	}
	call = (struct eng_call){ .owner_uid = 4711, .owner = "me" };
	ck_assert_int_eq(ask(ENG_TAKE), ERR_ACCESS_DENIED);		/* his own, but he is no administrator */
}
END_TEST

START_TEST(a_file_goes_on_at_another_address_by_size_and_time)
{
	struct file *file = add("http://h/f");

	ck_assert(rec_text(&file->rec.modified, "yesterday"));
	file->rec.durable = 50;
	file->rec.size = 100;
	file->rec.single = true;
	ck_assert_int_eq(ask_url(0, "http://o/g"), ERR_OK);
	ck_assert_str_eq(file->rec.url, "http://o/g");
	ck_assert_str_eq(file->rec.etag, "");		/* another server writes another one for the same bytes */
	ck_assert_str_eq(file->rec.modified, "yesterday");
	ck_assert_uint_eq(file->rec.size, 100);
	ck_assert_uint_eq(file->rec.durable, 50);
	ck_assert(!file->rec.single);
}
END_TEST

START_TEST(an_address_that_is_none_is_refused_and_the_old_one_stays)
{
	static const char *const bad[] = { "", "f", "ftp://h/f", "http://", "http://u:p@h/f", "http://h/a b" };
	struct file *file = add("http://h/f");
	char longest[2300] = "http://h/";

	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_int_ne(ask_url(0, bad[i]), ERR_OK);
	memset(longest + 9, 'x', sizeof(longest) - 10);
	ck_assert_int_eq(ask_url(0, longest), ERR_INVALID_ARG);
	ck_assert_int_eq(ask_url(0, NULL), ERR_INVALID_URL);
	ck_assert_int_eq(ask_url(1, "http://o/g"), ERR_NO_SUCH_FILE);
	ck_assert_str_eq(file->rec.url, "http://h/f");
	ck_assert_str_eq(file->rec.etag, "\"e\"");
}
END_TEST

START_TEST(a_remote_caller_cannot_point_a_file_at_this_host)
{
	struct file *file = add("http://h/f");

	file->rec.loopback = true;
	call = (struct eng_call){ .url = "http://127.0.0.1/secret", .caller = { .uid = 4711, .remote = true } };
	ck_assert_int_eq(ask(ENG_SET_URL), ERR_OK);
	ck_assert(!file->rec.loopback);			/* so the worker will refuse to go there */
	ck_assert_int_eq(ask_url(0, "http://127.0.0.1/mine"), ERR_OK);
	ck_assert(file->rec.loopback);
}
END_TEST

START_TEST(a_proxy_named_from_afar_does_not_lead_to_this_host)
{
	struct eng_change proxy[] = { { JOB_PROP_ProxyUsage, 2, NULL }, { JOB_PROP_ProxyList, 0, "p:1" } };

	add("http://h/f")->rec.loopback = true;
	call = (struct eng_call){ .changes = proxy, .nchanges = 2 };
	ck_assert_int_eq(ask(ENG_SET), ERR_OK);
	ck_assert(job->files[0]->rec.loopback);		/* the owner himself, here */
	proxy[1].text = "127.0.0.1:8080";
	call = (struct eng_call){ .changes = proxy, .nchanges = 2, .caller = { .uid = 4711, .remote = true } };
	ck_assert_int_eq(ask(ENG_SET), ERR_OK);
	ck_assert(!job->files[0]->rec.loopback);
	call = (struct eng_call){ .index = 0, .url = "http://127.0.0.1/f" };
	ck_assert_int_eq(ask(ENG_SET_URL), ERR_OK);
	ck_assert(!job->files[0]->rec.loopback);	/* nor does a file its owner names later */
	proxy[1].text = "p:1";
	call = (struct eng_call){ .changes = proxy, .nchanges = 2 };
	ck_assert_int_eq(ask(ENG_SET), ERR_OK);
	call = (struct eng_call){ .index = 0, .url = "http://127.0.0.1/g" };
	ck_assert_int_eq(ask(ENG_SET_URL), ERR_OK);
	ck_assert(job->files[0]->rec.loopback);		/* with a proxy of his own it may */
}
END_TEST

START_TEST(a_prefix_is_replaced_in_all_names_or_in_none)
{
	char longest[2200] = "http://a/";
	struct file *one_more;

	add("http://a/x");
	add("http://b/y");
	memset(longest + 9, 'x', 2180);
	one_more = add(longest);
	ck_assert_int_eq(ask_prefix("http://c/", "http://d/"), ERR_UNCHANGED);
	ck_assert_int_eq(ask_prefix("HTTP://a/", "http://d/"), ERR_UNCHANGED);
	ck_assert_int_eq(ask_prefix("", "http://d/"), ERR_INVALID_ARG);
	ck_assert_int_eq(ask_prefix("http://a/", ""), ERR_INVALID_ARG);
	ck_assert_int_eq(ask_prefix("http://a/", "nothing"), ERR_INVALID_URL);
	ck_assert_int_eq(ask_prefix("http://a/", "http://a/and/so/on/and/on/and/on/"), ERR_INVALID_ARG);
	ck_assert_str_eq(job->files[0]->rec.url, "http://a/x");
	ck_assert_int_eq(ask_prefix("http://a/", "https://d/"), ERR_OK);
	ck_assert_str_eq(job->files[0]->rec.url, "https://d/x");
	ck_assert_str_eq(job->files[1]->rec.url, "http://b/y");
	ck_assert_str_eq(job->files[1]->rec.etag, "\"e\"");
	ck_assert(!strncmp(one_more->rec.url, "https://d/xxx", 13));
}
END_TEST

START_TEST(a_file_is_judged_when_it_is_finished)
{
	struct file *file = add("http://h/f");

	ck_assert_int_eq(ask_valid(0, 0), ERR_FILE_PENDING);
	ck_assert_int_eq(ask_valid(0, 1), ERR_FILE_PENDING);
	ck_assert_int_eq(ask_valid(7, 1), ERR_NO_SUCH_FILE);
	file->rec.transferred = true;
	file->rec.durable = file->received = file->rec.size = 100;
	file->rec.dev = file->rec.ino = 3;
	job->rec.state = JOB_TRANSFERRED;
	ck_assert_int_eq(ask_valid(0, 2), ERR_INVALID_ARG);
	ck_assert_int_eq(ask_valid(0, 1), ERR_OK);
	ck_assert(file->rec.validated && file->rec.transferred);
	ck_assert_uint_eq(job->rec.state, JOB_TRANSFERRED);
	ck_assert_int_eq(ask_valid(0, 0), ERR_OK);
	ck_assert_uint_eq(job->rec.state, JOB_ERROR);
	ck_assert_uint_eq(job->rec.error_code, 0x80200053);
	ck_assert_uint_eq(job->rec.error_context, 5);
	ck_assert_uint_eq(job->rec.error_file, 0);
	ck_assert(file->rec.rejected && !file->rec.validated && !file->rec.transferred);
	ck_assert_uint_eq(file->rec.durable, 0);
	ck_assert_uint_eq(file->received, 0);
	ck_assert_uint_eq(file->rec.ino, 0);
	ck_assert_str_eq(file->rec.etag, "");
	ck_assert_int_eq(ask(ENG_RESUME), ERR_OK);
	ck_assert_uint_eq(job->rec.state, JOB_QUEUED);
	ck_assert_uint_eq(job_next_file(job), 0);
}
END_TEST

static const struct { struct eng_credential cred; enum err want; } creds[] = {
	{ { 1, 1, "u", "p", false }, ERR_OK }, { { 2, 2, "u", "", false }, ERR_OK },
	{ { 1, 3, NULL, NULL, false }, ERR_OK }, { { 2, 4, NULL, NULL, false }, ERR_OK },
	{ { 1, 5, "u", "p", false }, ERR_OK },			/* Passport: accepted, never used */
	{ { 1, 1, NULL, NULL, false }, ERR_INVALID_ARG }, { { 1, 2, NULL, NULL, false }, ERR_INVALID_ARG },
	{ { 1, 3, "u", NULL, false }, ERR_INVALID_ARG }, { { 1, 4, NULL, "p", false }, ERR_INVALID_ARG },
	{ { 0, 1, "u", "p", false }, ERR_INVALID_AUTH_TARGET }, { { 3, 1, "u", "p", false }, ERR_INVALID_AUTH_TARGET },
	{ { 1, 0, "u", "p", false }, ERR_INVALID_AUTH_SCHEME }, { { 1, 6, "u", "p", false }, ERR_INVALID_AUTH_SCHEME },
	{ { 1, 1, "a:b", "p", false }, ERR_INVALID_ARG }, { { 1, 2, "a\nb", "p", false }, ERR_INVALID_ARG },
	{ { 1, 1, "u", "p\r\nX: y", false }, ERR_INVALID_ARG },
	{ { 1, 1, NULL, NULL, true }, ERR_UNCHANGED }, { { 9, 1, NULL, NULL, true }, ERR_INVALID_AUTH_TARGET },
};

START_TEST(credentials_are_taken_by_target_and_scheme)
{
	enum err err = ask_cred(creds[_i].cred);

	ck_assert_msg(err == creds[_i].want, "row %d: %s", _i, err_name(err));
	ck_assert((*job->opt->credentials != '\0') == (err == ERR_OK));
}
END_TEST

START_TEST(one_slot_is_replaced_and_removed_without_the_others)
{
	ck_assert_int_eq(ask_cred((struct eng_credential){ 1, 1, "u", "p", false }), ERR_OK);
	ck_assert_int_eq(ask_cred((struct eng_credential){ 2, 1, "proxy", "q", false }), ERR_OK);
	ck_assert_int_eq(ask_cred((struct eng_credential){ 1, 1, "v", "r", false }), ERR_OK);
	ck_assert_ptr_null(strstr(job->opt->credentials, "u\tp"));
	ck_assert_ptr_nonnull(strstr(job->opt->credentials, "v\tr"));
	ck_assert_int_eq(ask_cred((struct eng_credential){ 1, 1, NULL, NULL, true }), ERR_OK);
	ck_assert_str_eq(job->opt->credentials, "2\t1\tproxy\tq\n");
	ck_assert_int_eq(ask_cred((struct eng_credential){ 1, 1, NULL, NULL, true }), ERR_UNCHANGED);
}
END_TEST

START_TEST(names_and_passwords_have_their_lengths)
{
	static char longest[65538];
	struct eng_credential c = { 1, 2, longest, "p", false };

	memset(longest, 'x', 65537);
	ck_assert_int_eq(ask_cred(c), ERR_USERNAME_TOO_LARGE);
	c.user = longest + 65537 - 300;
	ck_assert_int_eq(ask_cred(c), ERR_OK);
	c.user = longest + 65537 - 301;
	ck_assert_int_eq(ask_cred(c), ERR_USERNAME_TOO_LARGE);
	c.user = "u";
	c.password = longest;
	ck_assert_int_eq(ask_cred(c), ERR_PASSWORD_TOO_LARGE);
	c.password = longest + 1;
	for (c.scheme = 1; c.scheme < 4; c.scheme++)
		ck_assert_int_eq(ask_cred(c), ERR_OK);
	ck_assert_int_eq(ask_cred(c), ERR_TOO_BIG);		/* what no message has room for */
}
END_TEST

/* Pieces. */

static struct file *on_demand(uint64_t size)
{
	struct file *file;

	job_opt_edit(&eng, job)->on_demand = true;
	file = add("http://h/f");
	file->rec.size = size;
	return file;
}

START_TEST(only_an_on_demand_job_is_asked_for_pieces)
{
	add("http://h/f");
	ck_assert_int_eq(ask_want("0-9"), ERR_RANDOM_ACCESS);
	call = (struct eng_call){ .num = 5 };
	ck_assert_int_eq(ask(ENG_SEEK), ERR_RANDOM_ACCESS);
}
END_TEST

START_TEST(an_on_demand_file_moves_nothing_until_it_is_asked_for)
{
	struct file *file = on_demand(100);

	ck_assert_uint_eq(job_next_file(job), 1);
	ck_assert_int_eq(ask_want("10-19,0-4"), ERR_OK);
	ck_assert_str_eq(file->rec.ranges, "10-19,0-4");
	ck_assert_uint_eq(job_next_file(job), 0);
}
END_TEST

START_TEST(pieces_that_are_here_or_asked_for_are_not_asked_for_again)
{
	struct file *file = on_demand(100);

	ck_assert(rec_text(&file->rec.ranges, "20-29"));
	file->rec.durable = file->received = 10;
	ck_assert_uint_eq(job_next_file(job), 1);
	ck_assert_int_eq(ask_want("50-59"), ERR_OK);
	ck_assert_uint_eq(job_next_file(job), 0);
	file->rec.durable = file->received = 13;		/* 50, 51, 52, too */
	ck_assert_int_eq(ask_want("90-,15-34,55-61"), ERR_OK);
	ck_assert_str_eq(file->rec.filled, "20-29,50-52");
	ck_assert_str_eq(file->rec.ranges, "20-29,50-52,53-59,90-99,15-19,30-34,60-61");
	ck_assert_uint_eq(file->rec.durable, 13);
	ck_assert_int_eq(ask_want("0-5,3-9"), ERR_OK);		/* they may overlap each other, too */
	ck_assert_str_eq(file->rec.ranges, "20-29,50-52,53-59,90-99,15-19,30-34,60-61,0-9");
}
END_TEST

START_TEST(pieces_past_the_end_or_too_many_are_refused)
{
	struct file *file = on_demand(100);

	ck_assert_int_eq(ask_want("0-100"), ERR_INVALID_RANGE);
	ck_assert_int_eq(ask_want("100-"), ERR_INVALID_RANGE);
	ck_assert_int_eq(ask_want("x"), ERR_INVALID_RANGE);
	ck_assert_int_eq(ask_want(NULL), ERR_INVALID_RANGE);
	ck_assert_int_eq(ask_want("1-1,3-3,5-5,7-7,9-9"), ERR_TOO_MANY_RANGES);
	ck_assert_str_eq(file->rec.ranges, "");
	call = (struct eng_call){ .num = 100 };
	ck_assert_int_eq(ask(ENG_SEEK), ERR_INVALID_RANGE);
}
END_TEST

START_TEST(a_new_position_comes_first_and_what_was_wanted_after)
{
	struct file *file = on_demand(100);

	ck_assert(rec_text(&file->rec.ranges, "60-69,10-19,55-59,70-79"));
	file->rec.durable = file->received = 10;
	call = (struct eng_call){ .num = 50 };
	ck_assert_int_eq(ask(ENG_SEEK), ERR_OK);
	ck_assert_str_eq(file->rec.ranges, "60-69,50-59,70-99,10-19");
}
END_TEST

START_TEST(what_came_as_a_whole_is_a_piece_once_the_job_is_on_demand)
{
	struct file *file = add("http://h/f");
	struct eng_change on = { JOB_PROP_OnDemand, 1, NULL };

	file->rec.durable = file->received = 40;
	file->rec.size = 100;
	call = (struct eng_call){ .changes = &on, .nchanges = 1 };
	ck_assert_int_eq(ask(ENG_SET), ERR_OK);
	ck_assert_str_eq(file->rec.filled, "0-39");
	ck_assert_str_eq(file->rec.ranges, "0-39");
	ck_assert_uint_eq(file->rec.durable, 40);
	ck_assert_uint_eq(job_next_file(job), 1);
}
END_TEST

START_TEST(dynamic_content_is_resumed_in_the_foreground_only)
{
	struct eng_change dynamic = { JOB_PROP_DynamicContent, 1, NULL }, low = { JOB_PROP_Priority, 3, NULL };

	add("http://h/f");
	call = (struct eng_call){ .changes = &dynamic, .nchanges = 1 };
	ck_assert_int_eq(ask(ENG_SET), ERR_OK);
	ck_assert_int_eq(ask(ENG_RESUME), ERR_UNSUPPORTED_CONFIG);
	ck_assert(!job->rec.resumed);
	job->rec.priority = 0;
	ck_assert_int_eq(ask(ENG_RESUME), ERR_OK);
	ck_assert(job->rec.resumed);
	call = (struct eng_call){ .changes = &low, .nchanges = 1 };
	ck_assert_int_eq(ask(ENG_SET), ERR_UNSUPPORTED_CONFIG);
}
END_TEST

START_TEST(a_resume_that_was_refused_is_not_the_first)
{
	ck_assert_int_eq(ask(ENG_RESUME), ERR_EMPTY);
	ck_assert(!job->rec.resumed);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_calls");
	TCase *t = tcase_create("calls");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, every_call_is_taken_in_the_states_bits_says, 0, COUNT(expected));
	tcase_add_test(t, nobody_else_may_even_learn_that_a_job_is_there);
	tcase_add_test(t, a_file_goes_on_at_another_address_by_size_and_time);
	tcase_add_test(t, an_address_that_is_none_is_refused_and_the_old_one_stays);
	tcase_add_test(t, a_remote_caller_cannot_point_a_file_at_this_host);
	tcase_add_test(t, a_proxy_named_from_afar_does_not_lead_to_this_host);
	tcase_add_test(t, a_prefix_is_replaced_in_all_names_or_in_none);
	tcase_add_test(t, a_file_is_judged_when_it_is_finished);
	tcase_add_loop_test(t, credentials_are_taken_by_target_and_scheme, 0, COUNT(creds));
	tcase_add_test(t, one_slot_is_replaced_and_removed_without_the_others);
	tcase_add_test(t, names_and_passwords_have_their_lengths);
	tcase_add_test(t, only_an_on_demand_job_is_asked_for_pieces);
	tcase_add_test(t, an_on_demand_file_moves_nothing_until_it_is_asked_for);
	tcase_add_test(t, pieces_that_are_here_or_asked_for_are_not_asked_for_again);
	tcase_add_test(t, pieces_past_the_end_or_too_many_are_refused);
	tcase_add_test(t, a_new_position_comes_first_and_what_was_wanted_after);
	tcase_add_test(t, what_came_as_a_whole_is_a_piece_once_the_job_is_on_demand);
	tcase_add_test(t, dynamic_content_is_resumed_in_the_foreground_only);
	tcase_add_test(t, a_resume_that_was_refused_is_not_the_first);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
