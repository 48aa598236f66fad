/* SPDX-License-Identifier: MIT
 * tests/unit/test_lib_settings.c: what libdray asks about files, credentials, tries and policies, and what it
 * makes of the answers.
 */
#include <check.h>

#include "agent/lib/lib_call.h"
#include "include/dray.h"
#include "tests/peer/fake_agent.h"

#define ID "{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B00}"
#define CLASSES "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/dray/"
#define OUTPUT(method, leaves) FAKE_ENVELOPE(FAKE_CLASS "/" method "Response", FAKE_OUTPUT(method, leaves))
#define OK(method) OUTPUT(method, "<p:ReturnValue>0</p:ReturnValue>")
#define UNCHANGED(method) OUTPUT(method, "<p:ReturnValue>1</p:ReturnValue>")
#define RECORD(cls, leaves) FAKE_ENVELOPE("GetResponse", "<p:" cls " xmlns:p=\"" CLASSES cls "\">" leaves "</p:" cls ">")
#define ANSWERS(...) (const struct fake_answer[]){ __VA_ARGS__ }, \
	(int)(sizeof((struct fake_answer[]){ __VA_ARGS__ }) / sizeof(struct fake_answer))

static struct fake_agent fake;
static struct dray *d;

static void begin(const struct fake_answer *answers, int n)
{
	fake_start(&fake, false, answers, n);
	d = dray_open(fake.target, NULL, NULL, NULL);
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

START_TEST(a_set_of_files_is_one_call)
{
	const struct dray_new_file files[] = { { "http://h/a", "/d/a" }, { "http://h/b", "/d/b" } };
	uint32_t first = 0;

	begin(ANSWERS({ 200, OUTPUT("AddFileSet", "<p:Index>5</p:Index><p:ReturnValue>0</p:ReturnValue>"), 0 }));
	ck_assert_uint_eq(dray_job_add_files(d, ID, files, 2, &first), DRAY_OK);
	ck_assert_uint_eq(first, 5);
	ck_assert(asked(0, "<p:RemoteUrl>http://h/a</p:RemoteUrl><p:LocalFile>/d/a</p:LocalFile>"
	    "<p:RemoteUrl>http://h/b</p:RemoteUrl><p:LocalFile>/d/b</p:LocalFile>"));
	end();
}
END_TEST

START_TEST(ranges_go_with_their_file)
{
	begin(ANSWERS({ 200, OUTPUT("AddFileWithRanges", "<p:Index>0</p:Index><p:ReturnValue>0</p:ReturnValue>"), 0 }));
	ck_assert_uint_eq(dray_job_add_file_ranges(d, ID, "http://h/a", "/d/a", "0-9,20-", NULL), DRAY_OK);
	ck_assert(asked(0, "<p:Ranges>0-9,20-</p:Ranges>"));
	end();
}
END_TEST

START_TEST(calls_on_a_file_name_it_by_its_index)
{
	begin(ANSWERS({ 200, OK("SetRemoteName"), 0 }, { 200, OK("SetValidationState"), 0 },
	    { 200, OK("RequestFileRanges"), 0 }, { 200, OK("UpdateDownloadPosition"), 0 }));
	ck_assert_uint_eq(dray_file_set_url(d, ID, 3, "http://h/x"), DRAY_OK);
	ck_assert(asked(0, "<p:Index>3</p:Index><p:RemoteUrl>http://h/x</p:RemoteUrl>"));
	ck_assert_uint_eq(dray_file_validate(d, ID, 4, false), DRAY_OK);
	ck_assert(asked(1, "<p:Index>4</p:Index><p:ValidationState>false</p:ValidationState>"));
	ck_assert_uint_eq(dray_file_want(d, ID, 5, "0-9"), DRAY_OK);
	ck_assert(asked(2, "<p:Index>5</p:Index><p:Ranges>0-9</p:Ranges>"));
	ck_assert_uint_eq(dray_file_seek(d, ID, 6, UINT64_C(1) << 40), DRAY_OK);
	ck_assert(asked(3, "<p:Index>6</p:Index><p:Offset>1099511627776</p:Offset>"));
	end();
}
END_TEST

START_TEST(nothing_to_change_is_a_success_of_its_own)
{
	begin(ANSWERS({ 200, UNCHANGED("ReplaceRemotePrefix"), 0 }, { 200, UNCHANGED("RemoveCredentials"), 0 }));
	ck_assert_uint_eq(dray_job_replace_prefix(d, ID, "http://a/", "http://b/"), DRAY_S_UNCHANGED);
	ck_assert_uint_eq(dray_job_remove_credentials(d, ID, DRAY_PROXY, DRAY_NTLM), DRAY_S_UNCHANGED);
	ck_assert(asked(1, "<p:Target>2</p:Target><p:Scheme>3</p:Scheme>"));
	end();
}
END_TEST

START_TEST(a_password_does_not_stay_in_the_handle)
{
	begin(ANSWERS({ 200, OK("SetCredentials"), 0 }));
	ck_assert_uint_eq(dray_job_set_credentials(d, ID, DRAY_SERVER, DRAY_BASIC, "anna", " s3cret & more "), DRAY_OK);
	ck_assert(asked(0, "<p:UserName>anna</p:UserName><p:Password> s3cret &amp; more </p:Password>"));
	ck_assert_ptr_null(memmem(d->request.data, d->request.room, "s3cret", 6));
	end();
}
END_TEST

START_TEST(the_logon_identity_is_no_name_at_all)
{
	begin(ANSWERS({ 200, OK("SetCredentials"), 0 }));
	ck_assert_uint_eq(dray_job_set_credentials(d, ID, DRAY_SERVER, DRAY_NEGOTIATE, NULL, NULL), DRAY_OK);
	ck_assert(!asked(0, "UserName") && !asked(0, "Password"));
	end();
}
END_TEST

static bool count(void *arg, const struct dray_record *attempt)
{
	uint64_t *numbers = arg;

	for (size_t i = 0; i < attempt->nprops; i++)
		if (!strcmp(attempt->props[i].name, "Number"))
			numbers[1 + numbers[0]++] = attempt->props[i].number;
	return true;
}

START_TEST(tries_are_read_one_by_one_and_a_lost_one_is_passed_over)
{
	uint64_t numbers[20] = { 0 };

	begin(ANSWERS({ 200, FAKE_ENVELOPE("GetResponse", FAKE_JOB("<p:Attempts>3</p:Attempts>")), 0 },
	    { 200, RECORD("DRAY_Attempt", "<p:Number>0</p:Number>"), 0 },
	    { 500, FAKE_ENVELOPE("fault", "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>gone"
		"</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f=\"urn:f\" Code=\"2149580801\"/></s:Detail></s:Fault>"), 0 },
	    { 200, RECORD("DRAY_Attempt", "<p:Number>2</p:Number>"), 0 }));
	ck_assert_uint_eq(dray_job_attempts(d, ID, count, numbers), DRAY_OK);
	ck_assert_uint_eq(numbers[0], 2);
	ck_assert_uint_eq(numbers[2], 2);
	ck_assert(asked(1, CLASSES "DRAY_Attempt</w:ResourceURI>"));
	ck_assert(asked(1, "<w:Selector Name=\"Number\">0</w:Selector>"));
	end();
}
END_TEST

START_TEST(policies_are_one_instance_without_a_key)
{
	const struct dray_change good = { "maxfilesperjob", "7" }, bad = { "NoSuchPolicy", "1" };
	struct dray_record *r;

	begin(ANSWERS({ 200, RECORD("DRAY_Policy", "<p:MaxFilesPerJob>7</p:MaxFilesPerJob><p:Metered>auto</p:Metered>"), 0 },
	    { 200, FAKE_ENVELOPE("PutResponse", ""), 0 }));
	ck_assert_uint_eq(dray_policy_get(d, &r), DRAY_OK);
	ck_assert_uint_eq(r->nprops, 2);
	ck_assert_int_eq(r->props[0].kind, DRAY_KIND_NUMBER);
	ck_assert_uint_eq(r->props[0].number, 7);
	ck_assert_str_eq(r->props[1].text, "auto");
	dray_record_free(r);
	ck_assert(!asked(0, "SelectorSet"));
	ck_assert_uint_eq(dray_policy_set(d, &bad, 1), DRAY_E_INVALID_ARG);
	ck_assert_uint_eq(dray_policy_set(d, &good, 1), DRAY_OK);
	ck_assert(asked(1, "<p:MaxFilesPerJob>7</p:MaxFilesPerJob></p:DRAY_Policy>"));
	end();
}
END_TEST

START_TEST(a_code_is_described_without_an_agent)
{
	struct dray_description w;

	ck_assert(dray_describe(DRAY_E_EMPTY, &w));
	ck_assert_str_eq(w.name, "BG_E_EMPTY");
	ck_assert_str_ne(w.text, "");
	ck_assert(!dray_describe(0xDEADBEEF, &w));
	ck_assert_str_ne(w.text, "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lib_settings");
	TCase *t = tcase_create("calls");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_set_of_files_is_one_call);
	tcase_add_test(t, ranges_go_with_their_file);
	tcase_add_test(t, calls_on_a_file_name_it_by_its_index);
	tcase_add_test(t, nothing_to_change_is_a_success_of_its_own);
	tcase_add_test(t, a_password_does_not_stay_in_the_handle);
	tcase_add_test(t, the_logon_identity_is_no_name_at_all);
	tcase_add_test(t, tries_are_read_one_by_one_and_a_lost_one_is_passed_over);
	tcase_add_test(t, policies_are_one_instance_without_a_key);
	tcase_add_test(t, a_code_is_described_without_an_agent);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
