/* SPDX-License-Identifier: MIT
 * tests/unit/test_lib_call.c: what libdray asks, and what it makes of answers, good and bad.
 */
#include <check.h>

#include "include/dray.h"
#include "tests/peer/fake_agent.h"

#define ID "{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B00}"
#define JOB(n) FAKE_JOB("<p:DisplayName>job " n "</p:DisplayName>" \
	"<p:JobId>{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B0" n "}</p:JobId><p:State>2</p:State>")
#define OUTPUT(method, leaves) FAKE_ENVELOPE(FAKE_CLASS "/" method "Response", FAKE_OUTPUT(method, leaves))
#define CREATED OUTPUT("CreateJob", "<p:JobId>" ID "</p:JobId><p:ReturnValue>0</p:ReturnValue>")
#define CONTEXT(text) "<n:EnumerationContext>" text "</n:EnumerationContext>"
#define FIRST(inside) FAKE_ENVELOPE("EnumerateResponse", \
	"<n:EnumerateResponse>" inside "</n:EnumerateResponse>")
#define NEXT(inside) FAKE_ENVELOPE("PullResponse", "<n:PullResponse>" inside "</n:PullResponse>")
#define ANSWERS(...) (const struct fake_answer[]){ __VA_ARGS__ }, \
	(int)(sizeof((struct fake_answer[]){ __VA_ARGS__ }) / sizeof(struct fake_answer))

static struct fake_agent fake;
static struct dray *d;

static void begin(bool tcp, const struct fake_answer *answers, int n)
{
	fake_start(&fake, tcp, answers, n);
	d = dray_open(fake.target, tcp ? "anna" : NULL, tcp ? "secret" : NULL, NULL);
	ck_assert_ptr_nonnull(d);
	dray_set_timeout_ms(d, 20000);
}

static void end(void)
{
	dray_close(d);
	fake_stop(&fake);
}

static bool asked(int i, const char *text)
{
	return i < fake.nrequests && strstr(fake.requests[i], text);
}

START_TEST(create_sends_every_parameter_and_gives_the_id)
{
	struct dray_new_job job = { .name = "a&b <c>", .url = "http://h/f?a=1&b=2", .path = "/d/f",
		.has_priority = true, .priority = DRAY_FOREGROUND, .description = "\"x\"" };
	char id[DRAY_ID_SIZE];

	begin(false, ANSWERS({ 200, OUTPUT("CreateJob",
	    "<p:JobId>{3ba55cb4-5ecc-48a6-895f-c7b35ebf8b00}</p:JobId><p:ReturnValue>0</p:ReturnValue>"), 0 }));
	ck_assert_uint_eq(dray_job_create(d, &job, id), DRAY_OK);
	ck_assert_str_eq(id, ID);
	ck_assert(asked(0, "POST /wsman HTTP/1.1"));
	ck_assert(asked(0, "<a:Action s:mustUnderstand=\"true\">" FAKE_CLASS "/CreateJob</a:Action>"));
	ck_assert(asked(0, "<p:DisplayName>a&amp;b &lt;c&gt;</p:DisplayName>"));
	ck_assert(asked(0, "<p:RemoteUrl>http://h/f?a=1&amp;b=2</p:RemoteUrl><p:LocalFile>/d/f</p:LocalFile>"));
	ck_assert(asked(0, "<p:Suspend>false</p:Suspend>"));
	ck_assert(asked(0, "<p:Priority>0</p:Priority>"));
	ck_assert(!asked(0, "SelectorSet"));
	ck_assert(!asked(0, "Authorization"));
	end();
}
END_TEST

START_TEST(an_empty_job_has_no_url_and_normal_priority)
{
	struct dray_new_job job = { .name = "n", .suspended = true };
	char id[DRAY_ID_SIZE];

	begin(false, ANSWERS({ 200, CREATED, 0 }));
	ck_assert_uint_eq(dray_job_create(d, &job, id), DRAY_OK);
	ck_assert(!asked(0, "RemoteUrl"));
	ck_assert(asked(0, "<p:Priority>2</p:Priority>"));
	ck_assert(asked(0, "<p:Suspend>true</p:Suspend>"));
	end();
}
END_TEST

START_TEST(a_host_is_told_who_asks)
{
	struct dray_job *job;

	begin(true, ANSWERS({ 200, FAKE_ENVELOPE("GetResponse", JOB("0")), 0 }));
	ck_assert_uint_eq(dray_job_get(d, "3ba55cb4-5ecc-48a6-895f-c7b35ebf8b00", &job), DRAY_OK);
	ck_assert_str_eq(job->name, "job 0");
	ck_assert(asked(0, "Authorization: Basic YW5uYTpzZWNyZXQ="));
	ck_assert(asked(0, "<w:Selector Name=\"JobId\">" ID "</w:Selector>"));
	dray_job_free(job);
	end();
}
END_TEST

START_TEST(a_bad_id_asks_nobody)
{
	struct dray_job *job;

	begin(false, ANSWERS({ 200, "", 0 }));
	ck_assert_uint_eq(dray_job_get(d, "3BA5", &job), DRAY_E_INVALID_ARG);
	ck_assert_uint_eq(dray_job_cancel(d, NULL), DRAY_E_INVALID_ARG);
	ck_assert_int_eq(fake.nrequests, 0);
	end();
}
END_TEST

struct tally { int n, stop_at; char names[512]; };

static bool on_job(void *arg, const struct dray_job *job)
{
	struct tally *t = arg;

	t->n++;
	strcat(strcat(t->names, job->name), ",");
	return t->n != t->stop_at;
}

START_TEST(a_list_is_pulled_to_its_end_with_the_newest_context)
{
	struct tally t = { 0 };

	begin(false, ANSWERS(
	    { 200, FIRST(CONTEXT("uuid:A") "<w:Items>" JOB("1") JOB("2") "</w:Items>"), 0 },
	    { 200, NEXT(CONTEXT("uuid:B") "<n:Items>" JOB("3") "</n:Items>"), 0 },
	    { 200, NEXT("<n:Items>" JOB("4") "</n:Items><n:EndOfSequence/>"), 0 }));
	ck_assert_uint_eq(dray_job_list(d, on_job, &t), DRAY_OK);
	ck_assert_str_eq(t.names, "job 1,job 2,job 3,job 4,");
	ck_assert(asked(0, "<w:OptimizeEnumeration/>"));
	ck_assert(asked(1, "<n:EnumerationContext>uuid:A</n:EnumerationContext>"));
	ck_assert(asked(2, "<n:EnumerationContext>uuid:B</n:EnumerationContext>"));
	ck_assert_int_eq(fake.nrequests, 3);
	end();
}
END_TEST

START_TEST(a_list_that_is_stopped_is_released)
{
	struct tally t = { .stop_at = 1 };

	begin(false, ANSWERS(
	    { 200, FIRST(CONTEXT("uuid:A") "<w:Items>" JOB("1") JOB("2") "</w:Items>"), 0 },
	    { 200, FAKE_ENVELOPE("ReleaseResponse", ""), 0 }));
	ck_assert_uint_eq(dray_job_list(d, on_job, &t), DRAY_OK);
	ck_assert_int_eq(t.n, 1);
	ck_assert(asked(1, "enumeration/Release"));
	ck_assert(asked(1, "uuid:A"));
	end();
}
END_TEST

START_TEST(an_empty_list_is_no_error)
{
	struct tally t = { 0 };

	begin(false, ANSWERS({ 200, FIRST(CONTEXT("") "<w:Items></w:Items><w:EndOfSequence/>"), 0 }));
	ck_assert_uint_eq(dray_job_list(d, on_job, &t), DRAY_OK);
	ck_assert_int_eq(t.n, 0);
	end();
}
END_TEST

START_TEST(set_sends_only_what_changes_and_refuses_what_cannot)
{
	struct dray_change good[] = { { "priority", "0" }, { "DESCRIPTION", "a<b" } };
	struct dray_change read_only = { "State", "1" }, unknown = { "Color", "red" };

	begin(false, ANSWERS({ 200, FAKE_ENVELOPE("PutResponse", JOB("0")), 0 }));
	ck_assert_uint_eq(dray_job_set(d, ID, &read_only, 1), DRAY_E_INVALID_ARG);
	ck_assert_ptr_nonnull(strstr(dray_last_error(d)->text, "State"));
	ck_assert_uint_eq(dray_job_set(d, ID, &unknown, 1), DRAY_E_INVALID_ARG);
	ck_assert_int_eq(fake.nrequests, 0);
	ck_assert_uint_eq(dray_job_set(d, ID, good, 2), DRAY_OK);
	ck_assert(asked(0, "<p:DRAY_Job xmlns:p=\"" FAKE_CLASS "\"><p:Priority>0</p:Priority>"
	    "<p:Description>a&lt;b</p:Description></p:DRAY_Job>"));
	end();
}
END_TEST

START_TEST(states_have_the_numbers_of_the_protocol)
{
	const struct fake_answer done = { 200, OUTPUT("SetJobState", "<p:ReturnValue>0</p:ReturnValue>"), 0 },
	    partial = { 200, OUTPUT("SetJobState", "<p:ReturnValue>2097175</p:ReturnValue>"), 0 };

	begin(false, ANSWERS(done, partial, done, done));
	ck_assert_uint_eq(dray_job_cancel(d, ID), DRAY_OK);
	ck_assert_uint_eq(dray_job_complete(d, ID), DRAY_S_PARTIAL);
	ck_assert_uint_eq(dray_job_resume(d, ID), DRAY_OK);
	ck_assert_uint_eq(dray_job_suspend(d, ID), DRAY_OK);
	for (int i = 0; i < 4; i++) {
		char want[40];
		snprintf(want, sizeof(want), "<p:JobState>%d</p:JobState>", i);
		ck_assert_msg(asked(i, want), "%s", fake.requests[i]);
	}
	end();
}
END_TEST

START_TEST(an_error_report_is_read_whole)
{
	struct dray_job_error e;

	begin(false, ANSWERS({ 200, OUTPUT("GetError", "<p:ContextDescription>remote</p:ContextDescription>"
	    "<p:ErrorCode>2149122452</p:ErrorCode><p:ErrorContext>5</p:ErrorContext>"
	    "<p:ErrorDescription>gone</p:ErrorDescription><p:ReturnValue>0</p:ReturnValue>"), 0 }));
	ck_assert_uint_eq(dray_job_error(d, ID, &e), DRAY_OK);
	ck_assert_uint_eq(e.code, 0x80190194);
	ck_assert_uint_eq(e.context, 5);
	ck_assert_str_eq(e.context_text, "remote");
	ck_assert_str_eq(e.text, "gone");
	end();
}
END_TEST

/* What a person would be told about each of these instead of a job. */
static const struct {
	struct fake_answer answer;
	dray_result code;
	const char *word;
} bad[] = {
	{ { 401, "", 0 }, DRAY_E_ACCESS_DENIED, "password" },
	{ { 403, "no", 0 }, DRAY_E_ACCESS_DENIED, "refuses" },
	{ { 404, "<html>", 0 }, DRAY_E_BAD_REPLY, "404" },
	{ { 413, "", 0 }, DRAY_E_TOO_BIG, "too large" },
	{ { 503, "", 0 }, DRAY_E_BUSY, "try again" },
	{ { 301, "", 0 }, DRAY_E_BAD_REPLY, "301" },
	{ { 200, "", 0 }, DRAY_E_BAD_REPLY, "SOAP" },
	{ { 200, "hello", 0 }, DRAY_E_BAD_REPLY, "SOAP" },
	{ { 500, "<html/>", 0 }, DRAY_E_BAD_REPLY, "SOAP" },
	{ { 200, "<!DOCTYPE x []>" FAKE_ENVELOPE("GetResponse", JOB("0")), 0 }, DRAY_E_BAD_REPLY, "SOAP" },
	{ { 200, FAKE_ENVELOPE("GetResponse", ""), 0 }, DRAY_E_BAD_REPLY, "DRAY_Job" },
	{ { 200, FAKE_ENVELOPE("GetResponse", FAKE_JOB("<p:State>many</p:State>")), 0 }, DRAY_E_BAD_REPLY,
		"number" },
	{ { 200, "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Header/><s:Body>" JOB("0")
		"</s:Body></s:Envelope>", 0 }, DRAY_E_BAD_REPLY, "another question" },
	{ { 200, FAKE_ENVELOPE("GetResponse", JOB("0")), 5 << 20 }, DRAY_E_TOO_BIG, "large" },
	{ { FAKE_CLOSE, NULL, 0 }, DRAY_E_LOST, "closed without an answer" },
};

START_TEST(what_is_no_answer_is_told_as_what_it_is)
{
	struct dray_job *job = NULL;

	begin(true, ANSWERS(bad[_i].answer, bad[_i].answer));
	ck_assert_uint_eq(dray_job_get(d, ID, &job), bad[_i].code);
	ck_assert_uint_eq(dray_last_error(d)->code, bad[_i].code);
	ck_assert_msg(strstr(dray_last_error(d)->text, bad[_i].word), "%s", dray_last_error(d)->text);
	ck_assert_ptr_null(job);
	end();
}
END_TEST

START_TEST(a_call_that_nobody_answers_ends_in_time)
{
	begin(false, ANSWERS({ FAKE_HANG, NULL, 0 }));
	dray_set_timeout_ms(d, 100);
	ck_assert_uint_eq(dray_job_resume(d, ID), DRAY_E_TIMEOUT);
	end();
}
END_TEST

static bool stop_at_once(void *arg)
{
	++*(int *)arg;
	return true;
}

START_TEST(a_waiting_call_can_be_interrupted)
{
	int times = 0;

	begin(false, ANSWERS({ FAKE_HANG, NULL, 0 }));
	dray_set_interrupt(d, stop_at_once, &times);
	ck_assert_uint_eq(dray_job_resume(d, ID), DRAY_E_INTERRUPTED);
	ck_assert_int_gt(times, 0);
	end();
}
END_TEST

START_TEST(nobody_there_is_unreachable)
{
	struct dray *none = dray_open("/tmp/dray-no-such-socket", NULL, NULL, NULL);

	ck_assert_uint_eq(dray_job_resume(none, ID), DRAY_E_UNREACHABLE);
	ck_assert_ptr_nonnull(strstr(dray_last_error(none)->text, "/tmp/dray-no-such-socket"));
	dray_close(none);
}
END_TEST

START_TEST(a_request_too_large_is_not_sent)
{
	char *text = malloc(600 << 10), id[DRAY_ID_SIZE];
	struct dray_new_job job = { .name = text };

	memset(text, 'x', 600 << 10);
	text[(600 << 10) - 1] = '\0';
	begin(false, ANSWERS({ 200, CREATED, 0 }));
	ck_assert_uint_eq(dray_job_create(d, &job, id), DRAY_E_TOO_BIG);
	ck_assert_int_eq(fake.nrequests, 0);
	job.name = "short";
	ck_assert_uint_eq(dray_job_create(d, &job, id), DRAY_OK);	/* the handle is as good as before */
	free(text);
	end();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("lib_call");
	TCase *t = tcase_create("exchange");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, create_sends_every_parameter_and_gives_the_id);
	tcase_add_test(t, an_empty_job_has_no_url_and_normal_priority);
	tcase_add_test(t, a_host_is_told_who_asks);
	tcase_add_test(t, a_bad_id_asks_nobody);
	tcase_add_test(t, a_list_is_pulled_to_its_end_with_the_newest_context);
	tcase_add_test(t, a_list_that_is_stopped_is_released);
	tcase_add_test(t, an_empty_list_is_no_error);
	tcase_add_test(t, set_sends_only_what_changes_and_refuses_what_cannot);
	tcase_add_test(t, states_have_the_numbers_of_the_protocol);
	tcase_add_test(t, an_error_report_is_read_whole);
	tcase_add_loop_test(t, what_is_no_answer_is_told_as_what_it_is, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(t, a_call_that_nobody_answers_ends_in_time);
	tcase_add_test(t, a_waiting_call_can_be_interrupted);
	tcase_add_test(t, nobody_there_is_unreachable);
	tcase_add_test(t, a_request_too_large_is_not_sent);
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
