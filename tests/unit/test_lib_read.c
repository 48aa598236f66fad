/* SPDX-License-Identifier: MIT
 * tests/unit/test_lib_read.c: reading answers: XML that is refused, faults, instances.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/lib/lib_fault.h"
#include "agent/lib/lib_instance.h"
#include "agent/lib/lib_xml.h"
#include "engine/base/auto.h"
#include "engine/base/buf.h"

#define S "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
#define F "xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\""
#define XSI "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""

static struct lib_xml *parse(const char *text)
{
	return lib_xml_parse(text, strlen(text));
}

static const char *const refused[] = { "", " ", "x", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "<!DOCTYPE a><a/>",
	"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", "<a>&e;</a>", "<a b='1' b='2'/>",
	"<a>\x01</a>", "<a>\xff</a>", "<a b=\"<\"/>" };

START_TEST(what_is_not_well_formed_is_refused)
{
	ck_assert_ptr_null(parse(refused[_i]));
}
END_TEST

START_TEST(crowds_and_towers_are_refused)
{
	struct buf b;

	ck_assert_ptr_null(lib_xml_parse("<a>\0</a>", 8));
	buf_init(&b, 1 << 20);
	buf_adds(&b, "<a");
	for (int i = 0; i < 65; i++)
		buf_addf(&b, " a%d=\"x\"", i);
	buf_adds(&b, "/>");
	ck_assert_ptr_null(parse(b.data));
	buf_reset(&b);
	for (int i = 0; i < 70; i++)
		buf_adds(&b, "<a>");
	for (int i = 0; i < 70; i++)
		buf_adds(&b, "</a>");
	ck_assert_ptr_null(parse(b.data));
	buf_done(&b);
}
END_TEST

START_TEST(equal_signs_in_text_and_values_are_no_attributes)
{
	struct buf b;
	struct lib_xml *doc;

	buf_init(&b, 1 << 20);
	buf_adds(&b, "<a b=\"");
	for (int i = 0; i < 100; i++)
		buf_adds(&b, "=");
	buf_adds(&b, "\">");
	for (int i = 0; i < 100; i++)
		buf_adds(&b, "=");
	buf_adds(&b, "</a>");
	doc = parse(b.data);
	ck_assert_ptr_nonnull(doc);
	lib_xml_free(doc);
	buf_done(&b);
}
END_TEST

static dray_result fault(const char *inside, struct dray_error *e)
{
	AUTO_FREE char *text = NULL;
	struct lib_xml *doc;
	dray_result r;

	ck_assert_int_gt(asprintf(&text, "<s:Fault " S " " F ">%s</s:Fault>", inside), 0);
	doc = parse(text);
	ck_assert_ptr_nonnull(doc);
	r = lib_fault(lib_xml_root(doc), e);
	lib_xml_free(doc);
	return r;
}

#define CODE(who, sub) "<s:Code><s:Value>s:" who "</s:Value><s:Subcode><s:Value>" sub \
	"</s:Value></s:Subcode></s:Code>"
#define REASON(text) "<s:Reason><s:Text xml:lang=\"en-US\">" text "</s:Text></s:Reason>"

START_TEST(the_innermost_code_of_a_fault_counts)
{
	struct dray_error e;

	ck_assert_uint_eq(fault(CODE("Sender", "a:DestinationUnreachable") REASON(" no such job (0x80200001) ")
	    "<s:Detail><f:WSManFault Code=\"2150858752\" Machine=\"h\"><f:Message>"
	    "<f:ProviderFault provider=\"p\"><f:WSManFault Code=\"2149580801\" Machine=\"h\">"
	    "<f:Message>inner</f:Message></f:WSManFault></f:ProviderFault></f:Message></f:WSManFault>"
	    "</s:Detail>", &e), DRAY_E_NOT_FOUND);
	ck_assert_str_eq(e.subcode, "a:DestinationUnreachable");
	ck_assert_str_eq(e.text, "no such job (0x80200001)");
	ck_assert_uint_eq(e.code, DRAY_E_NOT_FOUND);
}
END_TEST

START_TEST(access_denied_has_one_code_however_it_is_said)
{
	struct dray_error e;

	ck_assert_uint_eq(fault(CODE("Sender", "w:AccessDenied") REASON("no")
	    "<s:Detail><f:WSManFault Code=\"5\"/></s:Detail>", &e), DRAY_E_ACCESS_DENIED);
	ck_assert_uint_eq(fault(CODE("Sender", "w:AccessDenied") REASON("no"), &e), DRAY_E_ACCESS_DENIED);
}
END_TEST

START_TEST(a_fault_that_says_little_is_still_a_failure)
{
	struct dray_error e;

	ck_assert(dray_failed(fault("", &e)));
	ck_assert_str_ne(e.text, "");
	ck_assert(dray_failed(fault(CODE("Receiver", "w:InternalError") REASON("")
	    "<s:Detail><f:WSManFault Code=\"0\"><f:Message>from inside</f:Message></f:WSManFault>"
	    "</s:Detail>", &e)));
	ck_assert(dray_failed(fault(CODE("Receiver", "w:InternalError") REASON("x")
	    "<s:Detail><f:WSManFault Code=\"99999999999\"/></s:Detail>", &e)));
	ck_assert_str_eq(e.text, "x");
	ck_assert(dray_failed(fault(CODE("Receiver", "w:InternalError") REASON("y"), NULL)));
}
END_TEST

static const char whole[] = "<p:DRAY_Job xmlns:p=\"urn:j\" xmlns:p1=\"urn:f\" " XSI ">"
	"<p:BytesTotal>18446744073709551615</p:BytesTotal><p:BytesTransferred>7</p:BytesTransferred>"
	"<p:Color>blue</p:Color><p:Description xsi:nil=\"true\"/><p:DisplayName>a&amp;b</p:DisplayName>"
	"<p:ErrorCode>2149122452</p:ErrorCode><p:Files><p1:BytesTotal>10</p1:BytesTotal><p1:BytesTransferred>10"
	"</p1:BytesTransferred><p1:Completed>true</p1:Completed><p1:LocalFile>/d/f</p1:LocalFile>"
	"<p1:RemoteUrl>http://h/f</p1:RemoteUrl></p:Files>"
	"<p:Files><p1:Index>1</p1:Index><p1:LocalFile>/d/g</p1:LocalFile></p:Files>"
	"<p:FilesTotal>2</p:FilesTotal><p:JobId>{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B00}</p:JobId>"
	"<p:Priority>1</p:Priority><p:State>6</p:State></p:DRAY_Job>";

START_TEST(an_instance_fills_the_members_and_keeps_everything)
{
	struct lib_xml *doc = parse(whole);
	const char *why;
	struct dray_job *job = lib_instance_job(lib_xml_root(doc), &why);

	lib_xml_free(doc);		/* the job does not borrow from it */
	ck_assert_ptr_nonnull(job);
	ck_assert_uint_eq(job->size, sizeof(*job));
	ck_assert_uint_eq(job->bytes_total, DRAY_SIZE_UNKNOWN);
	ck_assert_uint_eq(job->bytes_transferred, 7);
	ck_assert_str_eq(job->name, "a&b");
	ck_assert_str_eq(job->description, "");
	ck_assert_uint_eq(job->error_code, 0x80190194);
	ck_assert_uint_eq(job->state, DRAY_TRANSFERRED);
	ck_assert_uint_eq(job->priority, DRAY_HIGH);
	ck_assert_uint_eq(job->nfiles, 2);
	ck_assert_str_eq(job->files[0].path, "/d/f");
	ck_assert_str_eq(job->files[0].url, "http://h/f");
	ck_assert(job->files[0].completed);
	ck_assert_uint_eq(job->files[1].index, 1);
	ck_assert_uint_eq(job->files[1].bytes_total, DRAY_SIZE_UNKNOWN);
	ck_assert_uint_eq(job->nprops, 10);
	ck_assert_str_eq(job->props[2].name, "Color");
	ck_assert_int_eq(job->props[2].kind, DRAY_KIND_TEXT);
	ck_assert_ptr_null(job->props[3].text);
	ck_assert_int_eq(job->props[0].kind, DRAY_KIND_NUMBER);
	dray_job_free(job);
}
END_TEST

static const char *const bad[] = { "<j><State>65536</State></j>", "<j><State>-1</State></j>",
	"<j><State></State></j>", "<j><BytesTotal>18446744073709551616</BytesTotal></j>",
	"<j><Files><Completed>maybe</Completed></Files></j>", "<j><Priority> 1</Priority></j>" };

START_TEST(a_value_that_is_not_of_its_type_is_refused)
{
	struct lib_xml *doc = parse(bad[_i]);
	const char *why = NULL;

	ck_assert_ptr_nonnull(doc);
	ck_assert_ptr_null(lib_instance_job(lib_xml_root(doc), &why));
	ck_assert_ptr_nonnull(why);
	lib_xml_free(doc);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("lib_read");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, what_is_not_well_formed_is_refused, 0, (int)COUNT(refused));
	tcase_add_test(t, crowds_and_towers_are_refused);
	tcase_add_test(t, equal_signs_in_text_and_values_are_no_attributes);
	tcase_add_test(t, the_innermost_code_of_a_fault_counts);
	tcase_add_test(t, access_denied_has_one_code_however_it_is_said);
	tcase_add_test(t, a_fault_that_says_little_is_still_a_failure);
	tcase_add_test(t, an_instance_fills_the_members_and_keeps_everything);
	tcase_add_loop_test(t, a_value_that_is_not_of_its_type_is_refused, 0, (int)COUNT(bad));
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
