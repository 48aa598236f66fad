/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_enum.c: Enumerate, Pull and Release through wsm_handle(), in memory.
 */
#include "tests/unit/test_wsm_util.h"

#include "wsman/enum_ctx.h"

static struct wsm_service *svc;
static char id[100];		/* the context of the last answer */

static void setup(void)
{
	svc = wsm_service_new(&util_config);
	ck_assert_ptr_nonnull(svc);
	util_printers = 3;
	util_pages = 1;
	util_hold = false;
	util_error = ERR_OK;
}

static void teardown(void)
{
	wsm_service_free(svc);
}

static void keep_id(struct util_answer *a)
{
	snprintf(id, sizeof(id), "%s", util_x(a, "//n:EnumerationContext"));
}

static void enumerate(const char *body, struct util_answer *ret)
{
	util_send(svc, &util_user, &(struct util_req){ ACT_ENUM, PRINTER, NULL, NULL, body }, ret);
	ck_assert_msg(ret->status == 200, "%s", ret->text);
	ck_assert_str_eq(util_x(ret, "//a:Action"), ACT_ENUM "Response");
	ck_assert_uint_eq(util_count(ret, "/s:Envelope/s:Body/n:EnumerateResponse/n:EnumerationContext"), 1);
	keep_id(ret);
}

static void write_pull(char *out, size_t room, const char *more)
{
	snprintf(out, room, "<n:Pull><n:EnumerationContext>%s</n:EnumerationContext>%s</n:Pull>", id, more);
}

static void pull(const char *more, struct util_answer *ret)
{
	char body[600];

	write_pull(body, sizeof(body), more);
	util_send(svc, &util_user, &(struct util_req){ ACT_PULL, PRINTER, NULL, NULL, body }, ret);
	ck_assert_msg(ret->status == 200, "%s", ret->text);
	ck_assert_str_eq(util_x(ret, "//a:Action"), ACT_PULL "Response");
	if (!util_count(ret, "//n:EndOfSequence"))
		keep_id(ret);
}

static void pull_refused(
    const struct prov_caller *caller, const char *more, const char *subcode, const char *code)
{
	char body[600];

	write_pull(body, sizeof(body), more);
	util_refused(svc, caller, &(struct util_req){ ACT_PULL, PRINTER, NULL, NULL, body }, subcode, "", code);
}

START_TEST(a_plain_enumerate_gives_a_context_only)
{
	struct util_answer a;

	enumerate("<n:Enumerate/>", &a);
	ck_assert_int_eq(strncmp(id, "uuid:", 5), 0);
	ck_assert_uint_eq(strlen(id), 41);
	ck_assert_uint_eq(util_count(&a, "//w:Items"), 0);
	ck_assert_uint_eq(util_count(&a, "//w:EndOfSequence"), 0);
	util_forget(&a);
	pull("", &a);		/* without MaxElements: one */
	ck_assert_uint_eq(util_count(&a, "/s:Envelope/s:Body/n:PullResponse/n:Items/c:Printer"), 1);
	ck_assert_uint_eq(util_count(&a, "//n:EndOfSequence"), 0);
	util_forget(&a);
	pull("<n:MaxElements>100</n:MaxElements><n:MaxTime>PT30S</n:MaxTime><n:MaxCharacters>99999</"
	     "n:MaxCharacters>",
	    &a);
	ck_assert_uint_eq(util_count(&a, "//n:PullResponse/n:Items/c:Printer"), 2);
	ck_assert_str_eq(util_x(&a, "//n:Items/c:Printer[2]/c:Name"), "p3");
	ck_assert_uint_eq(util_count(&a, "//n:PullResponse/n:EndOfSequence"), 1);
	ck_assert_uint_eq(util_count(&a, "//n:PullResponse/n:EnumerationContext"), 0);
	util_forget(&a);
	pull_refused(&util_user, "", "n:InvalidEnumerationContext", "2150858779");
}
END_TEST

START_TEST(an_optimized_enumerate_that_fits_is_finished_at_once)
{
	struct util_answer a;

	enumerate(
	    "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements></n:Enumerate>", &a);
	ck_assert_str_eq(id, "");
	ck_assert_uint_eq(util_count(&a, "//n:EnumerateResponse/w:Items/c:Printer"), 3);
	ck_assert_uint_eq(util_count(&a, "//n:EnumerateResponse/w:EndOfSequence"), 1);
	ck_assert_str_eq(util_x(&a, "name(//n:EnumerateResponse/*[1])"), "n:EnumerationContext");
	util_forget(&a);
	enumerate("<n:Enumerate><w:OptimizeEnumeration>true</w:OptimizeEnumeration></n:Enumerate>", &a);
	ck_assert_uint_eq(util_count(&a, "//w:Items/c:Printer"), 1);
	ck_assert_uint_eq(util_count(&a, "//w:EndOfSequence"), 0);
	ck_assert_str_ne(id, "");
	util_forget(&a);
	util_printers = 0;
	enumerate("<n:Enumerate><w:OptimizeEnumeration/></n:Enumerate>", &a);
	ck_assert_uint_eq(util_count(&a, "//n:EnumerateResponse/w:Items"), 1);
	ck_assert_uint_eq(util_count(&a, "//n:EnumerateResponse/w:EndOfSequence"), 1);
	util_forget(&a);
}
END_TEST

START_TEST(sixty_rows_by_seven_come_each_once)
{
	struct util_answer a;
	unsigned seen = 0, left;
	char want[16];

	util_printers = 60;
	enumerate("<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>7</w:MaxElements></n:Enumerate>", &a);
	for (;;) {
		left = util_count(&a, "//c:Printer");
		ck_assert_uint_le(left, 7);
		for (unsigned i = 1; i <= left; i++) {
			char expr[100];

			snprintf(expr, sizeof(expr), "//c:Printer[%u]/c:Name", i);
			snprintf(want, sizeof(want), "p%u", ++seen);
			ck_assert_str_eq(util_x(&a, expr), want);
		}
		if (util_count(&a, "//n:EndOfSequence|//w:EndOfSequence"))
			break;
		util_forget(&a);
		pull("<n:MaxElements>7</n:MaxElements>", &a);
	}
	ck_assert_uint_eq(seen, 60);
	util_forget(&a);
}
END_TEST

START_TEST(batches_fill_the_envelope_but_never_more)
{
	struct util_answer a;
	unsigned seen = 0, batches = 0;

	util_printers = 200;	/* more than the rows asked for at once */
	util_send(svc, &util_user, &(struct util_req){ ACT_ENUM, PRINTER, NULL,
	    "<w:MaxEnvelopeSize>10000</w:MaxEnvelopeSize>", "<n:Enumerate><w:OptimizeEnumeration/>"
	    "<w:MaxElements>32000</w:MaxElements></n:Enumerate>" }, &a);
	for (;;) {
		char body[400];

		ck_assert_msg(a.status == 200, "%s", a.text);
		ck_assert_uint_le(a.len, 10000);
		ck_assert_uint_gt(util_count(&a, "//c:Printer"), 0);
		seen += util_count(&a, "//c:Printer");
		batches++;
		if (util_count(&a, "//n:EndOfSequence"))
			break;
		ck_assert_uint_gt(a.len, 7000);	/* one more would not have fitted */
		keep_id(&a);
		util_forget(&a);
		write_pull(body, sizeof(body), "<n:MaxElements>32000</n:MaxElements>");
		util_send(svc, &util_user, &(struct util_req){ ACT_PULL, PRINTER, NULL,
		    "<w:MaxEnvelopeSize>10000</w:MaxEnvelopeSize>", body }, &a);
	}
	ck_assert_uint_eq(seen, 200);
	ck_assert_uint_gt(batches, 10);
	util_forget(&a);
	enumerate(
	    "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements></n:Enumerate>", &a);
	ck_assert_uint_eq(util_count(&a, "//c:Printer"), 200);
	util_forget(&a);
}
END_TEST

START_TEST(a_large_item_goes_without_its_embedded_instances_and_hides_nobody)
{
	struct util_answer a;

	util_pages = 200;
	util_send(svc, &util_user,
	    &(struct util_req){ ACT_ENUM, PRINTER, NULL, "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>",
		"<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>9</w:MaxElements></n:Enumerate>" },
	    &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Name"), "p1");
	ck_assert_str_eq(util_x(&a, "count(//c:Pages)"), "0");
	keep_id(&a);
	util_forget(&a);
	util_pages = 1;
	pull("", &a);
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Name"), "p2");
	ck_assert_str_eq(util_x(&a, "count(//c:Pages)"), "1");
	util_forget(&a);
}
END_TEST

START_TEST(an_item_that_never_fits_is_told)
{
	struct util_answer a;
	char body[600];

	enumerate("<n:Enumerate/>", &a);
	util_forget(&a);
	write_pull(body, sizeof(body), "<n:MaxCharacters>10</n:MaxCharacters>");
	util_send(svc, &util_user, &(struct util_req){ ACT_PULL, PRINTER, NULL, NULL, body }, &a);
	util_assert_fault(&a, "s:Sender", "w:EncodingLimit", "MaxEnvelopeSizeExceeded", "2150858824");
	util_forget(&a);
	pull("", &a);		/* the context is still good */
	ck_assert_str_eq(util_x(&a, "//c:Name"), "p1");
	util_forget(&a);
}
END_TEST

START_TEST(the_modes_give_instances_references_or_both)
{
	struct util_answer a, b;

	enumerate("<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>9</w:MaxElements>"
	    "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode></n:Enumerate>", &a);
	ck_assert_uint_eq(util_count(&a, "//w:Items/a:EndpointReference"), 3);
	ck_assert_uint_eq(util_count(&a, "//w:Items/*"), 3);
	ck_assert_str_eq(util_x(&a, "//a:EndpointReference[2]/a:Address"), ANON);
	ck_assert_str_eq(util_x(&a, "//a:EndpointReference[2]/a:ReferenceParameters/w:ResourceURI"), PRINTER);
	ck_assert_str_eq(util_x(&a, "//a:EndpointReference[2]//w:SelectorSet/w:Selector[@Name='Name']"), "p2");
	util_forget(&a);
	enumerate(
	    "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>9</w:MaxElements><b:PolymorphismMode>None"
	    "</b:PolymorphismMode><w:EnumerationMode> enumerateobjectandepr </w:EnumerationMode></n:Enumerate>",
	    &a);
	ck_assert_uint_eq(util_count(&a, "//w:Items/w:Item[c:Printer][a:EndpointReference]"), 3);
	util_forget(&a);
	util_send(svc, &util_user,
	    &(struct util_req){ ACT_ENUM, DMTF_PRINTER, SEL("__cimnamespace", "root/print"), NULL,
		"<n:Enumerate><w:OptimizeEnumeration/><w:EnumerationMode>EnumerateObjectAndEPR</"
		"w:EnumerationMode>"
		"</n:Enumerate>" },
	    &a);
	ck_assert_uint_eq(util_count(&a, "//w:Item/d:Printer"), 1);
	ck_assert_str_eq(util_x(&a, "//w:Item//w:ResourceURI"), DMTF_PRINTER);
	ck_assert_str_eq(util_x(&a, "//w:Item//w:Selector[@Name='__cimnamespace']"), "root/print");
	util_send(svc, &util_user, &(struct util_req){ ACT_GET, util_x(&a, "//w:Item//w:ResourceURI"),
	    SEL("__cimnamespace", "root/print") SEL("Name", "p1") }, &b);
	ck_assert_int_eq(b.status, 200);	/* what a reference names can be got */
	util_forget(&b);
	util_forget(&a);
}
END_TEST

START_TEST(a_body_that_makes_no_sense_is_refused)
{
	static const struct { const char *body, *subcode, *detail, *code;
	} cases[] = {
		{ "", "w:SchemaValidationError", "", "2150858817" },
		{ "<n:Pull/>", "w:SchemaValidationError", "", "2150858817" },
		{ "<n:Enumerate><w:MaxElements>0</w:MaxElements></n:Enumerate>", "w:SchemaValidationError", "",
		    "2150858817" },
		{ "<n:Enumerate><w:MaxElements>-1</w:MaxElements></n:Enumerate>", "w:SchemaValidationError", "",
		    "2150858817" },
		{ "<n:Enumerate><w:MaxElements>x</w:MaxElements></n:Enumerate>", "w:SchemaValidationError", "",
		    "2150858817" },
		{ "<n:Enumerate><w:EnumerationMode>All</w:EnumerationMode></n:Enumerate>",
		    "w:UnsupportedFeature", "EnumerationMode", "2150858886" },
		{ "<n:Enumerate><b:PolymorphismMode>Deep</b:PolymorphismMode></n:Enumerate>",
		    "b:PolymorphismModeNotSupported", "", "2150859063" },
		{ "<n:Enumerate><n:EndTo/></n:Enumerate>", "w:UnsupportedFeature", "AddressingMode",
		    "2150858870" },
		{ "<n:Enumerate><n:Expires>PT0S</n:Expires></n:Enumerate>", "n:InvalidExpirationTime", "",
		    "2150858774" },
		{ "<n:Enumerate><w:Filter Dialect=\"urn:x\">y</w:Filter></n:Enumerate>",
		    "n:FilterDialectRequestedUnavailable", "", "2150858777" },
		{ "<n:Enumerate><w:Filter>y</w:Filter><n:Filter>z</n:Filter></n:Enumerate>",
		    "n:CannotProcessFilter", "", "2150858778" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		util_refused(svc, &util_user,
		    &(struct util_req){ ACT_ENUM, PRINTER, NULL, NULL, cases[i].body }, cases[i].subcode,
		    cases[i].detail, cases[i].code);
	util_refused(svc, &util_user,
	    &(struct util_req){ ACT_ENUM, PRINTER, SEL("Name", "p1"), NULL, "<n:Enumerate/>" },
	    "w:InvalidSelectors", "UnexpectedSelectors", "2150858843");
	util_refused(svc, &util_user,
	    &(struct util_req){ ACT_ENUM, "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/print/*", NULL,
		NULL, "<n:Enumerate><w:Filter/></n:Enumerate>" },
	    "n:CannotProcessFilter", "", "2150858778");
	util_refused(svc, &util_admin, &(struct util_req){ ACT_ENUM, TRAY, NULL, NULL, "<n:Enumerate/>" },
	    "a:ActionNotSupported", "", "2150858771");
	util_refused(svc, &util_user, &(struct util_req){ ACT_PULL, PRINTER, NULL, NULL, "<n:Pull/>" },
	    "w:SchemaValidationError", "", "2150858817");
}
END_TEST

START_TEST(unknown_children_of_a_body_are_passed_over)
{
	struct util_answer a;

	enumerate(
	    "<n:Enumerate><p:SessionId>uuid:1</p:SessionId><w:MaxElements>2</w:MaxElements><zz/></n:Enumerate>",
	    &a);
	util_forget(&a);
	pull("<w:OptimizeEnumeration/><w:MaxElements>2</w:MaxElements>", &a);
	ck_assert_uint_eq(util_count(&a, "//n:Items/c:Printer"), 2);
	util_forget(&a);
}
END_TEST

START_TEST(a_context_belongs_to_its_caller)
{
	struct prov_caller namesake = util_user, renamed = util_user;
	struct util_answer a;

	namesake.uid = 4711;
	snprintf(renamed.name, sizeof(renamed.name), "eve");
	enumerate("<n:Enumerate/>", &a);
	util_forget(&a);
	pull_refused(&util_admin, "", "n:InvalidEnumerationContext", "2150858779");
	pull_refused(&namesake, "", "n:InvalidEnumerationContext", "2150858779");
	pull_refused(&renamed, "", "n:InvalidEnumerationContext", "2150858779");
	id[20] ^= 1;
	pull_refused(&util_user, "", "n:InvalidEnumerationContext", "2150858779");
	id[20] ^= 1;
	pull("", &a);
	util_forget(&a);
}
END_TEST

START_TEST(release_ends_a_context)
{
	struct util_answer a;
	char body[300];

	enumerate("<n:Enumerate/>", &a);
	util_forget(&a);
	snprintf(
	    body, sizeof(body), "<n:Release><n:EnumerationContext>%s</n:EnumerationContext></n:Release>", id);
	util_send(svc, &util_user, &(struct util_req){ ACT_RELEASE, PRINTER, NULL, NULL, body }, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(util_x(&a, "//a:Action"), ACT_RELEASE "Response");
	ck_assert_uint_eq(util_count(&a, "/s:Envelope/s:Body/*"), 0);
	util_forget(&a);
	util_refused(svc, &util_user, &(struct util_req){ ACT_RELEASE, PRINTER, NULL, NULL, body },
	    "n:InvalidEnumerationContext", "", "2150858779");
	pull_refused(&util_user, "", "n:InvalidEnumerationContext", "2150858779");
}
END_TEST

START_TEST(one_pull_at_a_time_and_a_lost_one_gives_the_context_back)
{
	struct util_answer a, b;
	char body[300];

	enumerate("<n:Enumerate/>", &a);
	util_forget(&a);
	write_pull(body, sizeof(body), "");
	util_hold = true;
	util_send(svc, &util_user, &(struct util_req){ ACT_PULL, PRINTER, NULL, NULL, body }, &a);
	ck_assert_uint_eq(a.count, 0);
	pull_refused(&util_user, "", "a:EndpointUnavailable", "2150858772");
	wsm_give_up(&a.req);
	util_assert_fault(&a, "s:Receiver", "w:TimedOut", "", "2150858793");
	util_forget(&a);
	util_hold = false;
	prov_done(util_held, ERR_OK);
	pull("", &b);
	ck_assert_str_eq(util_x(&b, "//c:Name"), "p1");
	util_forget(&b);
	util_error = ERR_INTERNAL;		/* a failed Pull loses nothing either */
	util_send(svc, &util_user, &(struct util_req){ ACT_PULL, PRINTER, NULL, NULL, body }, &b);
	ck_assert_int_eq(b.status, 500);
	util_forget(&b);
	util_error = ERR_OK;
	pull("", &b);
	ck_assert_str_eq(util_x(&b, "//c:Name"), "p2");
	util_forget(&b);
}
END_TEST

START_TEST(a_hundred_contexts_are_enough_for_one_caller)
{
	struct util_answer a;

	for (int i = 0; i < ENUM_PER_CALLER; i++) {
		enumerate("<n:Enumerate/>", &a);
		util_forget(&a);
	}
	util_refused(svc, &util_user, &(struct util_req){ ACT_ENUM, PRINTER, NULL, NULL, "<n:Enumerate/>" },
	    "w:InternalError", "", "2150859174");
	util_send(svc, &util_admin, &(struct util_req){ ACT_ENUM, PRINTER, NULL, NULL, "<n:Enumerate/>" }, &a);
	ck_assert_int_eq(a.status, 200);
	util_forget(&a);
}
END_TEST

START_TEST(an_idle_context_is_forgotten_and_a_pull_keeps_it)
{
	struct enum_table *t = enum_table_new();
	struct enum_spec spec = { .cls = &util_printer, .idle_ms = ENUM_IDLE_MS }, got;
	char name[ENUM_ID];

	ck_assert_int_eq(enum_ctx_open(t, &util_user, &spec, 1000, name), ENUM_OK);
	ck_assert_int_eq(enum_ctx_take(t, &util_user, name, 1000 + ENUM_IDLE_MS - 1, &got), ENUM_OK);
	ck_assert_int_eq(
	    enum_ctx_take(t, &util_user, name, 10 * ENUM_IDLE_MS, &got), ENUM_BUSY); /* never while in use */
	enum_ctx_give_back(t, name, 42, 10 * ENUM_IDLE_MS);
	ck_assert_int_eq(enum_ctx_take(t, &util_user, name, 11 * ENUM_IDLE_MS - 1, &got), ENUM_OK);
	ck_assert_uint_eq(got.after, 42);
	enum_ctx_give_back(t, name, 42, 11 * ENUM_IDLE_MS);
	ck_assert_int_eq(enum_ctx_take(t, &util_user, name, 12 * ENUM_IDLE_MS, &got), ENUM_UNKNOWN);
	ck_assert_int_eq(enum_ctx_close(t, &util_user, name, 12 * ENUM_IDLE_MS), ENUM_UNKNOWN);
	enum_table_free(t);
}
END_TEST

START_TEST(expires_is_answered_with_what_is_kept)
{
	struct util_answer a;

	enumerate("<n:Enumerate><n:Expires>PT60S</n:Expires></n:Enumerate>", &a);
	ck_assert_str_eq(util_x(&a, "//n:EnumerateResponse/n:Expires"), "PT60.000S");
	util_forget(&a);
	enumerate("<n:Enumerate><n:Expires>P1D</n:Expires></n:Enumerate>", &a);
	ck_assert_str_eq(util_x(&a, "//n:EnumerateResponse/n:Expires"), "PT240.000S");
	util_forget(&a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_enum");
	TCase *tc = tcase_create("enum");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_plain_enumerate_gives_a_context_only);
	tcase_add_test(tc, an_optimized_enumerate_that_fits_is_finished_at_once);
	tcase_add_test(tc, sixty_rows_by_seven_come_each_once);
	tcase_add_test(tc, batches_fill_the_envelope_but_never_more);
	tcase_add_test(tc, a_large_item_goes_without_its_embedded_instances_and_hides_nobody);
	tcase_add_test(tc, an_item_that_never_fits_is_told);
	tcase_add_test(tc, the_modes_give_instances_references_or_both);
	tcase_add_test(tc, a_body_that_makes_no_sense_is_refused);
	tcase_add_test(tc, unknown_children_of_a_body_are_passed_over);
	tcase_add_test(tc, a_context_belongs_to_its_caller);
	tcase_add_test(tc, release_ends_a_context);
	tcase_add_test(tc, one_pull_at_a_time_and_a_lost_one_gives_the_context_back);
	tcase_add_test(tc, a_hundred_contexts_are_enough_for_one_caller);
	tcase_add_test(tc, an_idle_context_is_forgotten_and_a_pull_keeps_it);
	tcase_add_test(tc, expires_is_answered_with_what_is_kept);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
