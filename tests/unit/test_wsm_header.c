/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_header.c: the SOAP headers, one refusal after the other, and every fault.
 */
#include "tests/unit/test_wsm_util.h"

#include "wsman/fault.h"
#include "wsman/http.h"
#include "wsman/reply.h"

static struct wsm_service *svc;

static void setup(void)
{
	svc = wsm_service_new(&util_config);
	util_printers = 3;
	util_hold = false;
	util_error = ERR_OK;
}

static void teardown(void)
{
	wsm_service_free(svc);
}

/* A Get with these headers added is answered. */
static void accepted(const char *headers)
{
	struct util_answer a;

	util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"), headers }, &a);
	ck_assert_msg(a.status == 200, "%s: %s", headers, a.text);
	util_forget(&a);
}

static void refused(const char *headers, const char *subcode, const char *detail, const char *code)
{
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"), headers },
	    subcode, detail, code);
}

START_TEST(headers_that_are_known_or_harmless_pass)
{
	accepted("<w:Locale xml:lang=\"en_US\" s:mustUnderstand=\"false\"/><p:DataLocale xml:lang=\"xx\"/>");
	accepted("<w:Locale xml:lang=\"en-US\" mustUnderstand=\"true\"/>"); /* unqualified: as if it were not
									       there */
	accepted("<p:SessionId s:mustUnderstand=\"true\">uuid:1</p:SessionId><p:OperationID "
		 "s:mustUnderstand=\"true\">"
		 "uuid:2</p:OperationID><p:SequenceId>1</p:SequenceId><p:ActivityId>x</p:ActivityId>");
	accepted("<w:OptionSet s:mustUnderstand=\"true\"><w:Option Name=\"x\" "
		 "MustComply=\"true\">y</w:Option></w:OptionSet>");
	accepted("<w:RequestTotalItemsCountEstimate s:mustUnderstand=\"true\"/><w:RequestEPR/>");
	accepted("<q:Unknown xmlns:q=\"urn:q\" s:mustUnderstand=\"false\"/><Plain s:mustUnderstand=\"0\"/>");
	accepted("<q:Unknown xmlns:q=\"urn:q\" mustUnderstand=\"true\"/>");
	accepted("<q:Unknown xmlns:q=\"urn:q\" s:mustUnderstand=\"true\" "
		 "s:role=\"http://www.w3.org/2003/05/soap-envelope/role/none\"/>");
	accepted("<a:From><a:Address>http://x</a:Address></a:From>");
	accepted("<a:FaultTo><a:Address>" ANON "/</a:Address></a:FaultTo>");
}
END_TEST

START_TEST(a_header_nobody_understands_is_named)
{
	struct util_answer a;

	for (int i = 0; i < 2; i++) {	/* "ultimateReceiver" is what no role means */
		util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"), i ?
		    "<q:Odd xmlns:q=\"urn:q\" s:mustUnderstand=\"1\""
		    " s:role=\"http://www.w3.org/2003/05/soap-envelope/role/next\"/>" :
		    "<q:Odd xmlns:q=\"urn:q\" s:mustUnderstand=\"1\""
		    " s:role=\"http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver\"/>" }, &a);
		ck_assert_str_eq(util_x(&a, "//s:Fault/s:Code/s:Value"), "s:MustUnderstand");
		util_forget(&a);
	}
	util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"),
	    "<q:Odd xmlns:q=\"urn:q?{1}\" s:mustUnderstand=\" 1 \"/>" }, &a);
	ck_assert_int_eq(a.status, 500);
	ck_assert_str_eq(util_x(&a, "//s:Fault/s:Code/s:Value"), "s:MustUnderstand");
	ck_assert_uint_eq(util_count(&a, "//s:Subcode"), 0);
	ck_assert_str_eq(util_x(&a, "//f:WSManFault/@Code"), "2150858768");
	ck_assert_str_eq(util_x(&a, "substring-after(/s:Envelope/s:Header/s:NotUnderstood/@qname,':')"), "Odd");
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Header/s:NotUnderstood/namespace::nu"), "urn:q?{1}");
	ck_assert_str_eq(util_x(&a, "//a:Action"), "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault");
	util_forget(&a);
}
END_TEST

START_TEST(addressing_headers_are_required_once_and_anonymous)
{
	util_refused(svc, &util_user, &(struct util_req){ NULL, PRINTER, SEL("Name", "p1") },
	    "a:MessageInformationHeaderRequired", "", "2150858769");
	util_refused(svc, &util_user, &(struct util_req){ "  ", PRINTER, SEL("Name", "p1") },
	    "a:MessageInformationHeaderRequired", "", "2150858769");
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"), .no_id = true },
	    "a:InvalidMessageInformationHeader", "", "2150858767");
	util_refused(svc, &util_user,
	    &(struct util_req){
		ACT_GET, PRINTER, SEL("Name", "p1"), "<a:MessageID> </a:MessageID>", .no_id = true },
	    "a:InvalidMessageInformationHeader", "", "2150858767");
	util_refused(svc, &util_user,
	    &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"), .no_reply_to = true },
	    "a:MessageInformationHeaderRequired", "", "2150858769");
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"),
	    "<a:ReplyTo><a:Address>http://evil.test/</a:Address></a:ReplyTo>", .no_reply_to = true },
	    "w:UnsupportedFeature", "AddressingMode", "2150858870");
	refused("<a:FaultTo><a:Address>http://169.254.169.254/</a:Address></a:FaultTo>", "w:UnsupportedFeature",
	    "AddressingMode", "2150858870");
	refused("<a:MessageID>two</a:MessageID>", "a:InvalidMessageInformationHeader", "", "2150858767");
	refused("<a:Action>" ACT_PUT "</a:Action>", "a:InvalidMessageInformationHeader", "", "2150858767");
	refused("<a:ReplyTo><a:Address>x</a:Address></a:ReplyTo>", "a:InvalidMessageInformationHeader", "",
	    "2150858767");
	refused(
	    "<w:ResourceURI>" TRAY "</w:ResourceURI>", "a:InvalidMessageInformationHeader", "", "2150858767");
	refused("<w:SelectorSet/>", "a:InvalidMessageInformationHeader", "", "2150858767");
}
END_TEST

START_TEST(long_texts_in_headers_are_refused)
{
	char *id = malloc(3000);

	memset(id, 'x', 2999);
	id[2999] = '\0';
	memcpy(id, "<a:MessageID>", 13);
	memcpy(id + 2980, "</a:MessageID>", 15);
	util_refused(svc, &util_user,
	    &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"), id, .no_id = true },
	    "a:InvalidMessageInformationHeader", "", "2150858767");
	memset(id, 'x', 2999);
	memcpy(id, "<p:ActivityId>", 14);
	memcpy(id + 2980, "</p:ActivityId>", 16);
	refused(id, "a:InvalidMessageInformationHeader", "", "2150858767");
	memset(id, 'x', 2999);
	id[2999] = '\0';
	memcpy(id, PRINTER, strlen(PRINTER));
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET, id, SEL("Name", "p1") }, "w:EncodingLimit",
	    "URILimitExceeded", "2150858797");
	free(id);
}
END_TEST

START_TEST(locales_that_must_be_understood_are_not)
{
	refused("<w:Locale xml:lang=\"de\" s:mustUnderstand=\"true\"/>", "w:UnsupportedFeature", "Locale",
	    "2150858887");
	refused("<p:DataLocale xml:lang=\"de\" s:mustUnderstand=\"1\"/>", "w:UnsupportedFeature", "DataLocale",
	    "2150858887");
}
END_TEST

static uint64_t timeout_of(const char *duration)
{
	struct util_answer a;
	char text[200];
	uint64_t ms;

	snprintf(text, sizeof(text), "<w:OperationTimeout>%s</w:OperationTimeout>", duration);
	util_hold = true;
	util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"), text }, &a);
	ms = wsm_timeout_ms(&a.req);
	util_hold = false;
	prov_done(util_held, ERR_OK);
	ck_assert_int_eq(a.status, 200);
	util_forget(&a);
	return ms;
}

START_TEST(the_operation_timeout_is_read_and_bounded)
{
	static const char *const bad[] = { "PT-1S", "PT0S", "-PT5S", "5", "2020-01-01T00:00:00Z", "soon", "" };
	char text[200];

	ck_assert_uint_eq(timeout_of("PT20S"), 20000);
	ck_assert_uint_eq(timeout_of(" P0DT0H0M1.5S\n"), 1500);
	ck_assert_uint_eq(timeout_of("P1W"), 60000);
	ck_assert_uint_eq(timeout_of("PT0.001S"), 500);
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(text, sizeof(text), "<w:OperationTimeout>%s</w:OperationTimeout>", bad[i]);
		if (*bad[i])
			refused(text, "a:InvalidMessageInformationHeader", "", "2150858767");
	}
}
END_TEST

START_TEST(the_envelope_size_has_a_least_value)
{
	accepted("<w:MaxEnvelopeSize s:mustUnderstand=\"true\"> 8192 </w:MaxEnvelopeSize>");
	accepted("<w:MaxEnvelopeSize>4294967295</w:MaxEnvelopeSize>");
	refused("<w:MaxEnvelopeSize>8191</w:MaxEnvelopeSize>", "w:EncodingLimit", "MinimumEnvelopeLimit",
	    "2150858878");
	refused("<w:MaxEnvelopeSize>0</w:MaxEnvelopeSize>", "w:EncodingLimit", "MinimumEnvelopeLimit",
	    "2150858878");
	refused(
	    "<w:MaxEnvelopeSize>-1</w:MaxEnvelopeSize>", "a:InvalidMessageInformationHeader", "", "2150858767");
	refused("<w:MaxEnvelopeSize>abc</w:MaxEnvelopeSize>", "a:InvalidMessageInformationHeader", "",
	    "2150858767");
}
END_TEST

START_TEST(too_many_options_are_refused)
{
	char text[8000] = "<w:OptionSet>";

	for (int i = 0; i < 65; i++)
		sprintf(text + strlen(text), "<w:Option Name=\"o%d\"/>", i);
	strcat(text, "</w:OptionSet>");
	refused(text, "w:EncodingLimit", "OptionLimit", "2150858827");
}
END_TEST

/* ---- every fault there is ---- */

static const struct { const char *name, *who, *subcode, *detail; uint32_t code; } rows[] = {
#define FAULT(name, who, subcode, detail, code, text) { #name, #who, subcode, detail, code },
#include "schemas/faults.def"
#undef FAULT
};

static void check_row(int id, const struct fault *f)
{
	struct util_answer a = { .status = 500 };
	char who[40], code[16];
	struct buf out;

	buf_init(&out, 65536);
	reply_fault(&out, f, "uuid:<&>\"");
	ck_assert(!buf_bad(&out));
	util_parse(&a, out.data, out.len);
	snprintf(who, sizeof(who), "s:%s", rows[id].who);
	snprintf(code, sizeof(code), "%u", rows[id].code ? rows[id].code : f->hresult);
	util_assert_fault(&a, who, rows[id].subcode, rows[id].detail, code);
	ck_assert_str_eq(util_x(&a, "//a:RelatesTo"), "uuid:<&>\"");
	if (rows[id].subcode[0]) {		/* its prefix is declared as we mean it */
		char expr[100], prefix[8] = "";

		snprintf(prefix, sizeof(prefix), "%.*s", (int)strcspn(rows[id].subcode, ":"), rows[id].subcode);
		snprintf(expr, sizeof(expr), "//s:Subcode/s:Value/namespace::%s", prefix);
		for (int i = 0; i < NS__COUNT; i++)
			if (!strcmp(uri_prefix[i], prefix))
				ck_assert_str_eq(util_x(&a, expr), uri_ns[i]);
	}
	util_forget(&a);
	buf_done(&out);
}

START_TEST(every_row_of_the_fault_table_is_a_good_envelope)
{
	struct fault f = { .hresult = 0x80070057u,
		.provider = "A <p> \"&\"",
		.operation = "ExecMethod",
		.object = "C.K=\"<&>\"" };

	fault_set(&f, (enum fault_id)_i, NULL);
	check_row(_i, &f);
	fault_set(&f, (enum fault_id)_i, "%s", "<b>&amp;\x01 \"'");
	check_row(_i, &f);
	f.hresult = rows[_i].code ? 0 : 1;
	check_row(_i, &f);
}
END_TEST

START_TEST(every_error_of_a_provider_is_a_good_fault)
{
	struct errinfo ei = { 0 };
	struct fault f = { .provider = "P" };

	err_set(&ei, (enum err)_i, "It <broke>: %s", err_name((enum err)_i));
	for (int put = 0; !err_is_good((enum err)_i) && put < 2; put++) {
		fault_from_err(&f, (enum err)_i, &ei, put);
		ck_assert_int_ne(f.id, FAULT_NONE);
		ck_assert_ptr_nonnull(strstr(f.text, "(0x"));
		check_row(f.id, &f);
	}
}
END_TEST

START_TEST(long_texts_are_cut_between_characters)
{
	struct fault f = { 0 };
	char text[900];

	for (int i = 0; i < 299; i++)
		memcpy(text + 3 * i, "\xe2\x82\xac", 4);
	for (int shift = 0; shift < 3; shift++) {
		fault_set(&f, FAULT_INTERNAL, "%.*s%s", shift, "xx", text);
		ck_assert(text_utf8_ok(f.text));
		check_row(FAULT_INTERNAL, &f);
	}
}
END_TEST

START_TEST(charsets_are_read_from_content_types)
{
	static const struct { const char *type, *charset; bool soap; } cases[] = {
		{ "application/soap+xml", "", true }, { "application/soap+xml;charset=UTF-8", "UTF-8", true },
		{ "Application/Soap+XML ; action=\"x\"; Charset=\"utf-16\"", "utf-16", true },
		{ "application/soap+xml;action=\"a;charset=x\"", "x\"", true },
		{ "application/soap+xmlx", "", false }, { "", "", false }, { ";charset=", "", false },
	};
	char charset[8];

	for (size_t i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(http_type_is(cases[i].type, "application/soap+xml"), cases[i].soap);
		http_charset(cases[i].type, charset, sizeof(charset));
		if (i != 3)
			ck_assert_str_eq(charset, cases[i].charset);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_header");
	TCase *tc = tcase_create("header");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, headers_that_are_known_or_harmless_pass);
	tcase_add_test(tc, a_header_nobody_understands_is_named);
	tcase_add_test(tc, addressing_headers_are_required_once_and_anonymous);
	tcase_add_test(tc, long_texts_in_headers_are_refused);
	tcase_add_test(tc, locales_that_must_be_understood_are_not);
	tcase_add_test(tc, the_operation_timeout_is_read_and_bounded);
	tcase_add_test(tc, the_envelope_size_has_a_least_value);
	tcase_add_test(tc, too_many_options_are_refused);
	tcase_add_loop_test(tc, every_row_of_the_fault_table_is_a_good_envelope, 1, COUNT(rows));
	tcase_add_loop_test(tc, every_error_of_a_provider_is_a_good_fault, ERR_OK, ERR__COUNT);
	tcase_add_test(tc, long_texts_are_cut_between_characters);
	tcase_add_test(tc, charsets_are_read_from_content_types);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
