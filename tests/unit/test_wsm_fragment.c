/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_fragment.c: Get and Put of one member of an instance, through wsm_handle().
 */
#include "tests/unit/test_wsm_util.h"

static struct wsm_service *svc;

static void setup(void)
{
	svc = wsm_service_new(&util_config);
	util_printers = 3;
	util_pages = 2;
	util_hold = false;
	util_error = ERR_OK;
	util_text = "a&b <c> \"d\"";
	util_nchanges = 0;
	ck_assert_ptr_nonnull(svc);
}

static void teardown(void)
{
	wsm_service_free(svc);
}

#define FRAGMENT(path) "<w:FragmentTransfer s:mustUnderstand=\"true\">" path "</w:FragmentTransfer>"
#define XPATH "http://www.w3.org/TR/1999/REC-xpath-19991116"
#define WRAP(inner) "<w:XmlFragment>" inner "</w:XmlFragment>"

static struct util_req fragment_request(const char *action, const char *header, const char *body)
{
	return (struct util_req){ action, PRINTER, SEL("Name", "p2"), header, body };
}

/* What is asked for and what comes, as text: what stands in the wrapper of the answer. */
static const char *get(const char *path)
{
	static char inner[8192];
	struct util_answer a;
	const char *from, *to;
	char *header;

	ck_assert_int_gt(asprintf(&header,
	    "<w:FragmentTransfer s:mustUnderstand=\"1\" Dialect=\"" XPATH "\">%s</w:FragmentTransfer>", path), 0);
	util_send(svc, &util_viewer, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p2"), header }, &a);
	free(header);
	ck_assert_msg(a.status == 200, "%s: %s", path, a.text);
	ck_assert_str_eq(util_x(&a, "//a:Action"), ACT_GET "Response");
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Header/w:FragmentTransfer[not(@s:mustUnderstand)]"), path);
	ck_assert_str_eq(util_x(&a, "//w:FragmentTransfer/@Dialect"), XPATH);
	ck_assert_uint_eq(util_count(&a, "/s:Envelope/s:Body/*"), 1);
	ck_assert_uint_eq(util_count(&a, "/s:Envelope/s:Body/w:XmlFragment"), 1);
	from = strstr(a.text, "<w:XmlFragment");
	to = strstr(a.text, "</w:XmlFragment>");
	from = strchr(from, '>') + 1;
	snprintf(inner, sizeof(inner), "%s%.*s", *util_x(&a, "//w:XmlFragment/@xsi:nil") ? "nil" : "",
	    (int)(to - from), from);
	util_forget(&a);
	return inner;
}

START_TEST(a_path_gets_what_stands_there)
{
	static const char *const cases[][2] = {
		{ "Count", "<Count>2</Count>" },
		{ "Count/text()", "2" },
		{ "Active", "<Active>true</Active>" },
		{ "Active/text()", "true" },
		{ "Big/text()", "18446744073709551615" },
		{ "Note", "<Note>a&amp;b &lt;c&gt; &quot;d&quot;</Note>" },
		{ "Note/text()", "a&amp;b &lt;c&gt; &quot;d&quot;" },
		{ "/Printer/Name", "<Name>p2</Name>" },
		{ "./Name", "<Name>p2</Name>" },
		{ "Name[1]/text()", "p2" },
		{ "Name[2]", "nil" },
		{ "Name[2]/text()", "nil" },
		{ "Nothing", "<Nothing xsi:nil=\"true\"/>" },
		{ "Nothing/text()", "nil" },
		{ "Pages[1]/Number", "<Number>0</Number>" },
		{ "Pages[2]/Number/text()", "1" },
		{ "Pages/Number", "<Number>0</Number><Number>1</Number>" },
		{ "Pages[2]/Text/text()", "" },
		{ "Pages[3]/Number", "nil" },
		{ "Pages[3]", "nil" },
		{ "Pages[2]/Number[2]/text()", "nil" },
		{ "pages[2]/NUMBER", "<Number>1</Number>" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *have = get(cases[i][0]);

		ck_assert_msg(!strcmp(have, cases[i][1]), "%s: %s", cases[i][0], have);
	}
}
END_TEST

START_TEST(embedded_instances_keep_their_class)
{
	static const char one[] = "<Pages xmlns:p1=\"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/print/Page\""
	    " xsi:type=\"p1:Page_Type\"><p1:Done>false</p1:Done><p1:Number>1</p1:Number><p1:Text></p1:Text></Pages>";
	const char *all = get("Pages");

	ck_assert_ptr_nonnull(strstr(all, "<p1:Number>0</p1:Number>"));
	ck_assert_str_eq(strstr(all + 1, "<Pages"), one);
	ck_assert_str_eq(get("Pages[2]"), one);
	util_pages = 0;
	ck_assert_str_eq(get("Pages"), "nil");
	ck_assert_str_eq(get("Pages/Number"), "nil");
}
END_TEST

START_TEST(a_fragment_that_does_not_fit_says_so)
{
	char *header;

	util_pages = 200;
	ck_assert_int_gt(asprintf(&header, "%s<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>", FRAGMENT("Pages")), 0);
	struct util_req r = fragment_request(ACT_GET, header, NULL);
	struct util_answer a;

	util_send(svc, &util_viewer, &r, &a);
	util_assert_fault(&a, "s:Sender", "w:EncodingLimit", "MaxEnvelopeSizeExceeded", "2150858824");
	util_forget(&a);
	free(header);
}
END_TEST

START_TEST(paths_and_dialects_are_checked)
{
	static const struct { const char *header, *subcode, *detail, *code; } cases[] = {
		{ "<w:FragmentTransfer>Count</w:FragmentTransfer>", "a:InvalidMessageInformationHeader", "",
		    "2150858767" },
		{ "<w:FragmentTransfer s:mustUnderstand=\"0\">Count</w:FragmentTransfer>",
		    "a:InvalidMessageInformationHeader", "", "2150858767" },
		{ "<w:FragmentTransfer s:mustUnderstand=\"true\" Dialect=\"http://x/\">Count</w:FragmentTransfer>",
		    "w:FragmentDialectNotSupported", "", "2150858896" },
		{ FRAGMENT(""), "x:InvalidRepresentation", "InvalidFragment", "2150859017" },
		{ FRAGMENT(" \n "), "x:InvalidRepresentation", "InvalidFragment", "2150859017" },
		{ FRAGMENT("Other"), "w:CannotProcessFilter", "", "2150859042" },
		{ FRAGMENT("Count/Other"), "w:CannotProcessFilter", "", "2150859042" },
		{ FRAGMENT("Pages[1]/Other"), "w:CannotProcessFilter", "", "2150859042" },
		{ FRAGMENT("Pages[1]/text()"), "w:CannotProcessFilter", "", "2150859042" },
		{ FRAGMENT("Pages/Number/text()"), "w:CannotProcessFilter", "", "2150859042" },
		{ FRAGMENT("//Count"), "w:CannotProcessFilter", "", "2150859042" },
		{ FRAGMENT("Count | Note"), "w:CannotProcessFilter", "", "2150859042" },
		{ FRAGMENT("Count[0]"), "w:CannotProcessFilter", "", "2150859042" },
		{ FRAGMENT("document('/etc/passwd')"), "w:CannotProcessFilter", "", "2150859042" },
		{ FRAGMENT("Count") FRAGMENT("Count"), "a:InvalidMessageInformationHeader", "", "2150858767" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct util_req r = fragment_request(ACT_GET, cases[i].header, WRAP("<Count>5</Count>"));

		util_refused(svc, &util_user, &r, cases[i].subcode, cases[i].detail, cases[i].code);
		r.action = ACT_PUT;
		util_refused(svc, &util_user, &r, cases[i].subcode, cases[i].detail, cases[i].code);
	}
}
END_TEST

START_TEST(fragments_belong_to_get_and_put_of_instances)
{
	const char *unmarked = "<w:FragmentTransfer>Count</w:FragmentTransfer>";
	struct util_answer a;

	util_refused(svc, &util_user,
	    &(struct util_req){ ACT_ENUM, PRINTER, NULL, FRAGMENT("Count"), "<n:Enumerate/>" },
	    "w:UnsupportedFeature", "FragmentLevelAccess", "2150858871");
	util_refused(svc, &util_user,
	    &(struct util_req){ ACT_GET, "http://schemas.microsoft.com/wbem/wsman/1/config", NULL,
	    FRAGMENT("MaxTimeoutms") }, "w:UnsupportedFeature", "FragmentLevelAccess", "2150858871");
	util_send(svc, &util_user, &(struct util_req){ PRINTER "/Reset", PRINTER, NULL, unmarked }, &a);
	ck_assert_int_eq(a.status, 200);
	util_forget(&a);
}
END_TEST

START_TEST(a_put_changes_one_member_and_answers_with_it)
{
	static const struct { const char *path, *body; unsigned prop, num; const char *have; } cases[] = {
		{ FRAGMENT("Small"), WRAP("<Small>7</Small>"), P_SMALL, 7, "65535" },
		{ FRAGMENT("Small"), WRAP("\n <p:small xsi:type=\"cim:uint16\"> 8 </p:small>\n"), P_SMALL, 8,
		    "65535" },
		{ FRAGMENT("small"), "<XmlFragment>9</XmlFragment>", P_SMALL, 9, "65535" },
		{ FRAGMENT("Small/text()"), WRAP("10"), P_SMALL, 10, "65535" },
		{ FRAGMENT("/Printer/Small[1]/text()"), WRAP("<Small>11</Small>"), P_SMALL, 11, "65535" },
		{ FRAGMENT("Active"), WRAP("<Active>FALSE</Active>"), P_ACTIVE, 0, "true" },
	};
	struct util_answer a;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct util_req r = fragment_request(ACT_PUT, cases[i].path, cases[i].body);

		util_send(svc, &util_user, &r, &a);
		ck_assert_msg(a.status == 200, "%zu: %s", i, a.text);
		ck_assert_uint_eq(util_nchanges, 1);
		ck_assert_uint_eq(util_change[0].prop, cases[i].prop);
		ck_assert_uint_eq(util_change[0].value.num, cases[i].num);
		ck_assert_str_eq(util_x(&a, "//a:Action"), ACT_PUT "Response");
		ck_assert_uint_eq(util_count(&a, "//s:Header/w:FragmentTransfer"), 1);
		ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Body/w:XmlFragment"), cases[i].have);
		util_forget(&a);
	}
}
END_TEST

START_TEST(an_empty_text_is_not_no_text)
{
	static const struct { const char *path, *body; } empty[] = {
		{ FRAGMENT("Note"), WRAP("<Note/>") },
		{ FRAGMENT("Note/text()"), WRAP("") },
	}, none[] = {
		{ FRAGMENT("Note"), WRAP("") },
		{ FRAGMENT("Note"), WRAP("<Note xsi:nil=\"true\"/>") },
		{ FRAGMENT("Note/text()"), "<w:XmlFragment xsi:nil=\"1\"/>" },
	};
	struct util_answer a;

	for (size_t i = 0; i < COUNT(empty); i++) {
		struct util_req r = fragment_request(ACT_PUT, empty[i].path, empty[i].body);

		snprintf(util_note, sizeof(util_note), "unchanged");
		util_send(svc, &util_user, &r, &a);
		ck_assert_msg(a.status == 200, "%s", a.text);
		ck_assert_str_eq(util_note, "");
		util_forget(&a);
	}
	for (size_t i = 0; i < COUNT(none); i++) {
		struct util_req r = fragment_request(ACT_PUT, none[i].path, none[i].body);

		util_refused(svc, &util_user, &r, "w:UnsupportedFeature", "FragmentLevelAccess", "2150858871");
	}
}
END_TEST

START_TEST(a_put_of_what_cannot_be_put_is_refused)
{
	static const struct { const char *path, *body, *subcode, *detail, *code; } cases[] = {
		{ FRAGMENT("Small"), NULL, "x:InvalidRepresentation", "InvalidFragment", "2150858841" },
		{ FRAGMENT("Small"), "<Small>1</Small>", "x:InvalidRepresentation", "InvalidFragment", "2150858841" },
		{ FRAGMENT("Small"), WRAP("<Count>1</Count>"), "x:InvalidRepresentation", "InvalidFragment",
		    "2150858841" },
		{ FRAGMENT("Small"), WRAP("<Small>1</Small><Small>2</Small>"), "x:InvalidRepresentation",
		    "InvalidFragment", "2150858841" },
		{ FRAGMENT("Small"), WRAP("<Small><x/></Small>"), "x:InvalidRepresentation", "InvalidFragment",
		    "2150858841" },
		{ FRAGMENT("Small"), WRAP("<Small>65536</Small>"), "x:InvalidRepresentation", "InvalidValues",
		    "2150858838" },
		{ FRAGMENT("Small/text()"), WRAP(""), "x:InvalidRepresentation", "InvalidValues", "2150858838" },
		{ FRAGMENT("Big"), WRAP("<Big>1</Big>"), "x:InvalidRepresentation", "InvalidValues", "2150858838" },
		{ FRAGMENT("Name"), WRAP("<Name>p3</Name>"), "x:InvalidRepresentation", "InvalidValues",
		    "2150858989" },
		{ FRAGMENT("Small[2]"), WRAP("<Small>1</Small>"), "w:CannotProcessFilter", "", "2150859042" },
		{ FRAGMENT("Pages[1]/Number"), WRAP("<Number>1</Number>"), "w:UnsupportedFeature",
		    "FragmentLevelAccess", "2150858871" },
		{ FRAGMENT("Pages"), WRAP("<Pages/>"), "w:UnsupportedFeature", "FragmentLevelAccess",
		    "2150858871" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct util_req r = fragment_request(ACT_PUT, cases[i].path, cases[i].body);

		util_refused(svc, &util_user, &r, cases[i].subcode, cases[i].detail, cases[i].code);
	}
}
END_TEST

START_TEST(an_instance_that_is_not_there_has_no_fragments)
{
	struct util_req r = { ACT_GET, PRINTER, SEL("Name", "p9"), FRAGMENT("Count") };
	struct util_answer a;

	util_send(svc, &util_viewer, &r, &a);
	util_assert_fault(&a, "s:Sender", "a:DestinationUnreachable", "InvalidResourceURI", "2150858752");
	util_forget(&a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_fragment");
	TCase *tc = tcase_create("fragment");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_path_gets_what_stands_there);
	tcase_add_test(tc, embedded_instances_keep_their_class);
	tcase_add_test(tc, a_fragment_that_does_not_fit_says_so);
	tcase_add_test(tc, paths_and_dialects_are_checked);
	tcase_add_test(tc, fragments_belong_to_get_and_put_of_instances);
	tcase_add_test(tc, a_put_changes_one_member_and_answers_with_it);
	tcase_add_test(tc, an_empty_text_is_not_no_text);
	tcase_add_test(tc, a_put_of_what_cannot_be_put_is_refused);
	tcase_add_test(tc, an_instance_that_is_not_there_has_no_fragments);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
