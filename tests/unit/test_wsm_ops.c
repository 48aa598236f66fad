/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_ops.c: Identify, Get, Put and methods through wsm_handle(), in memory.
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
	util_calls = 0;
	util_text = "a&b <c> \"d\"";
	ck_assert_ptr_nonnull(svc);
}

static void teardown(void)
{
	wsm_service_free(svc);
}

#define IDENTIFY                                                                                               \
	"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""                                      \
	" xmlns:i=\"http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd\"><s:Header/"              \
	"><s:Body><i:Identify/>"                                                                               \
	"</s:Body></s:Envelope>"

START_TEST(identify_of_a_known_caller_tells_all)
{
	struct util_answer a;

	util_send_bytes(svc, &util_viewer, IDENTIFY, strlen(IDENTIFY), &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(util_x(&a, "//wsmid:IdentifyResponse/wsmid:ProtocolVersion"), uri_ns[NS_w]);
	ck_assert_str_eq(util_x(&a, "//wsmid:ProductVendor"), "Print & Co");
	ck_assert_str_eq(util_x(&a, "//wsmid:ProductVersion"), "OS: 1.2.3 SP: 0.0 Stack: 3.0");
	ck_assert_str_eq(util_x(&a, "//wsmid:SecurityProfiles/wsmid:SecurityProfileName"),
	    "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/http/basic");
	util_forget(&a);
}
END_TEST

START_TEST(identify_of_nobody_tells_little)
{
	struct util_answer a;

	util_send_bytes(svc, NULL, IDENTIFY, strlen(IDENTIFY), &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(util_x(&a, "//wsmid:ProductVersion"), "OS: 0.0.0 SP: 0.0 Stack: 3.0");
	ck_assert_uint_eq(util_count(&a, "//wsmid:SecurityProfiles"), 0);
	util_forget(&a);
}
END_TEST

START_TEST(nobody_gets_nothing_but_identify)
{
	util_refused(
	    svc, NULL, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1") }, "w:AccessDenied", "", "5");
}
END_TEST

START_TEST(get_writes_every_member_as_windows_does)
{
	struct util_answer a;

	util_send(svc, &util_viewer, &(struct util_req){ ACT_GET, PRINTER, SEL("name", " P2 ") }, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(util_x(&a, "//a:Action"), ACT_GET "Response");
	ck_assert_str_eq(util_x(&a, "//a:RelatesTo"), "uuid:Req&1");
	ck_assert_str_eq(util_x(&a, "//a:To"), ANON);
	ck_assert_uint_eq(util_count(&a, "/s:Envelope/s:Body/*"), 1);
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Body/c:Printer/@xsi:type"), "p:Printer_Type");
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Active"), "true");
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Big"), "18446744073709551615");
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Count"), "2");
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Name"), "p2");
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Note"), util_text);
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Nothing/@xsi:nil"), "true");
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Small"), "65535");
	ck_assert_uint_eq(util_count(&a, "//c:Printer/c:Pages[@xsi:type='p1:Page_Type']"), 2);
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Pages[2]/g:Number"), "1");
	ck_assert_str_eq(util_x(&a, "//c:Printer/c:Pages[2]/g:Done"), "false");
	ck_assert_uint_eq(util_count(&a, "//c:Printer/c:Pages[2]/*"), 3);
	ck_assert_uint_eq(util_count(&a, "//c:Printer/*[not(*)]/@*[local-name()!='nil']"), 0);
	ck_assert_str_eq(util_x(&a, "name(/*)"), "s:Envelope");
	ck_assert_str_eq(util_x(&a, "name(//c:Printer)"), "p:Printer");
	util_forget(&a);
}
END_TEST

START_TEST(the_text_of_an_answer_is_the_captured_one)
{
	static const char head[] =
	    "<s:Envelope xml:lang=\"en-US\" xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
	    " xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
	    " xmlns:x=\"http://schemas.xmlsoap.org/ws/2004/09/transfer\""
	    " xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\""
	    " xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\"><s:Header>"
	    "<a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse</a:Action><a:MessageID>uuid:";
	static const char body[] = "<s:Body><p:Printer xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
	    " xmlns:p=\"" PRINTER "\" xmlns:cim=\"http://schemas.dmtf.org/wbem/wscim/1/common\""
	    " xsi:type=\"p:Printer_Type\"><p:Active>true</p:Active>";
	struct util_answer a;

	util_send(svc, &util_viewer, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1") }, &a);
	ck_assert_int_eq(strncmp(a.text, head, strlen(head)), 0);
	ck_assert_ptr_nonnull(strstr(a.text, body));
	util_forget(&a);
}
END_TEST

START_TEST(every_family_of_uris_reaches_the_class)
{
	static const char *const uris[] = {
		"http://schemas.microsoft.com/wbem/wsman/1/WMI/Root/PRINT/printer",
		"wmi/root/print/Printer",
		PRINTER "/",
		"\n   " PRINTER "\n",
		"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/print/%50rinter",
		"http://schemas.microsoft.com/wbem/wscim/1/cim-schema/2/Printer",
		DMTF_PRINTER,
	};
	struct util_answer a;

	for (size_t i = 0; i < COUNT(uris); i++) {
		util_send(svc, &util_viewer, &(struct util_req){ ACT_GET, uris[i], SEL("Name", "p1") }, &a);
		ck_assert_msg(a.status == 200, "%s: %s", uris[i], a.text);
		util_forget(&a);
	}
	util_send(svc, &util_viewer, &(struct util_req){ ACT_GET, PRINTER "?Name=p3" }, &a);
	ck_assert_str_eq(util_x(&a, "//c:Count"), "3");
	util_forget(&a);
	util_send(svc, &util_viewer, &(struct util_req){ ACT_GET, DMTF_PRINTER,
	    SEL("Name", "p1") SEL("__cimnamespace", "root\\Print") }, &a);
	ck_assert_str_eq(util_x(&a, "//d:Printer/d:Count"), "1");
	util_forget(&a);
}
END_TEST

START_TEST(resources_that_are_not_there_are_named)
{
	const struct util_req none = { .action = ACT_GET, .selectors = SEL("Name", "p1") };
	const char *shell = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd";

	util_refused(svc, &util_user, &none, "a:DestinationUnreachable", "InvalidResourceURI", "2150858770");
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET, shell }, "a:DestinationUnreachable",
	    "InvalidResourceURI", "2150858770");
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER "s" }, "a:DestinationUnreachable",
	    "InvalidResourceURI", "2150858752");
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET,
	    "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/nowhere/Printer" }, "a:DestinationUnreachable",
	    "InvalidResourceURI", "2150858752");
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET,	/* embedded only */
	    "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/print/Page" }, "a:DestinationUnreachable",
	    "InvalidResourceURI", "2150858752");
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER,
	    SEL("Name", "p1") SEL("__cimnamespace", "root/other") }, "w:InternalError", "", "2150859067");
}
END_TEST

START_TEST(selectors_are_checked_one_by_one)
{
	static const struct { const char *set, *detail, *code;
	} cases[] = {
		{ NULL, "InsufficientSelectors", "2150858842" },
		{ SEL("Name", "p1") SEL("Other", "x"), "UnexpectedSelectors", "2150858843" },
		{ SEL("Name", "p1") SEL("NAME", "p1"), "DuplicateSelectors", "2150858847" },
		{ "<w:Selector>p1</w:Selector>", "UnexpectedSelectors", "2150858843" },
		{ "<w:Selector Name=\"Name\"><a:EndpointReference/></w:Selector>", "TypeMismatch",
		    "2150858844" },
	};
	char many[4096] = "", *big;

	for (size_t i = 0; i < COUNT(cases); i++)
		util_refused(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, cases[i].set },
		    "w:InvalidSelectors", cases[i].detail, cases[i].code);
	util_refused(svc, &util_admin,
	    &(struct util_req){ ACT_GET, TRAY, SEL("Name", "p1") SEL("Index", "-1") }, "w:InvalidSelectors",
	    "TypeMismatch", "2150858844");
	for (int i = 0; i < 33; i++)
		sprintf(many + strlen(many), "<w:Selector Name=\"k%d\">v</w:Selector>", i);
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, many }, "w:EncodingLimit",
	    "SelectorLimit", "2150858826");
	ck_assert_int_gt(asprintf(&big, "<w:Selector Name=\"Name\">%5000d</w:Selector>", 1), 0);
	for (char *p = strchr(big, '>') + 1; *p == ' '; p++)
		*p = 'x';
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, big }, "w:EncodingLimit",
	    "SelectorLimit", "2150858826");
	free(big);
}
END_TEST

START_TEST(an_instance_that_is_not_there_is_a_provider_fault_with_status)
{
	struct util_answer a;

	util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p99&quot;") }, &a);
	util_assert_fault(&a, "s:Sender", "a:DestinationUnreachable", "InvalidResourceURI", "2150858752");
	ck_assert_str_eq(util_x(&a, "//a:Action"), "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault");
	ck_assert_str_eq(util_x(&a, "//f:ProviderFault/@provider"), "Paper");
	ck_assert_str_eq(util_x(&a, "//f:ProviderFault/f:WSManFault/@Code"), "2149580801");
	ck_assert_str_eq(util_x(&a, "//f:ExtendedError/st:__ExtendedStatus/st:Operation"), "GetObject");
	ck_assert_str_eq(
	    util_x(&a, "//f:ExtendedError/st:__ExtendedStatus/st:ParameterInfo"), "Printer.Name=\"p99\"\"");
	ck_assert_str_eq(util_x(&a, "//f:ExtendedError/st:__ExtendedStatus/st:ProviderName"), "Paper");
	ck_assert_ptr_nonnull(strstr(util_x(&a, "//s:Reason/s:Text"), "(0x80200001)"));
	util_forget(&a);
}
END_TEST

START_TEST(a_provider_error_carries_its_hresult_and_text)
{
	struct util_answer a;

	util_error = ERR_INVALID_STATE;
	util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1") }, &a);
	util_assert_fault(&a, "s:Receiver", "w:InternalError", "", "2149580802");
	ck_assert_str_eq(util_x(&a, "//s:Reason/s:Text"), "The printer says: <INVALID_STATE>. (0x80200002)");
	ck_assert_str_eq(util_x(&a, "//f:ProviderFault/f:WSManFault[@Code='2149580802']/f:Message"),
	    "The printer says: <INVALID_STATE>. (0x80200002)");
	util_forget(&a);
	util_error = ERR_INVALID_ARG;		/* the same error on Put is about the representation */
	util_send(svc, &util_user, &(struct util_req){ ACT_PUT, PRINTER, SEL("Name", "p1"), NULL,
	    "<Printer><Small>1</Small></Printer>" }, &a);
	util_assert_fault(&a, "s:Sender", "x:InvalidRepresentation", "InvalidValues", "2150858838");
	ck_assert_str_eq(util_x(&a, "//f:ProviderFault/f:WSManFault/@Code"), "2147942487");
	util_forget(&a);
}
END_TEST

#define MI_OPTION "<w:OptionSet s:mustUnderstand=\"true\"><w:Option Name=\"x\"/><w:Option Name=\"wmiarray:" \
	"__MI_OPERATIONOPTIONS_CHANNELVALUE\">0</w:Option></w:OptionSet>"

START_TEST(an_mi_client_gets_errors_of_a_provider_as_instances)
{
	struct util_req r = { ACT_GET, DMTF_PRINTER, SEL("Name", "p99"), MI_OPTION };
	struct util_answer a;

	util_send(svc, &util_user, &r, &a);
	ck_assert_int_eq(a.status, 500);
	ck_assert_str_eq(util_x(&a, "//s:Fault/s:Code/s:Subcode/s:Value"), "a:DestinationUnreachable");
	ck_assert_uint_eq(util_count(&a, "//s:Detail/*"), 1);
	xmlXPathRegisterNs(a.xpath, (const xmlChar *)"e",
	    (const xmlChar *)"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError");
	ck_assert_str_eq(util_x(&a, "//s:Detail/e:MSFT_WmiError/@b:IsCIM_Error"), "true");
	ck_assert_str_eq(util_x(&a, "//e:MSFT_WmiError/@xsi:type"), "p:MSFT_WmiError_Type");
	ck_assert_str_eq(util_x(&a, "//e:CIMStatusCode[@xsi:type='cim:cimUnsignedInt']"), "6");
	ck_assert_str_eq(util_x(&a, "//e:error_Code"), "2149580801");
	ck_assert_str_eq(util_x(&a, "//e:error_Type"), "HRESULT");
	ck_assert_str_eq(util_x(&a, "//e:MessageID"), "HRESULT 0x80200001");
	ck_assert_str_eq(util_x(&a, "//e:Message"), util_x(&a, "//s:Reason/s:Text"));
	ck_assert_uint_eq(util_count(&a, "//e:MSFT_WmiError/e:*"), 17);
	ck_assert_str_eq(util_x(&a, "//e:ErrorSource"), "Printer.Name=\"p99\"");
	util_forget(&a);
	util_error = ERR_INVALID_STATE;
	util_send(svc, &util_user, &r, &a);
	ck_assert_str_eq(util_x(&a, "//*[local-name()='CIMStatusCode']"), "1");
	util_forget(&a);
}
END_TEST

START_TEST(everybody_else_and_everything_else_gets_the_usual_fault)
{
	const struct util_req usual[] = {
		{ ACT_GET, DMTF_PRINTER, SEL("Name", "p99") },
		{ ACT_GET, PRINTER, SEL("Name", "p99"), MI_OPTION },
	};
	struct util_answer a;

	for (size_t i = 0; i < COUNT(usual); i++) {
		util_send(svc, &util_user, &usual[i], &a);
		util_assert_fault(&a, "s:Sender", "a:DestinationUnreachable", "InvalidResourceURI", "2150858752");
		util_forget(&a);
	}
	util_refused(svc, &util_user, &(struct util_req){ ACT_GET, DMTF_PRINTER, SEL("X", "p1"), MI_OPTION },
	    "w:InvalidSelectors", "UnexpectedSelectors", "2150858843");
}
END_TEST

START_TEST(roles_are_kept_for_read_write_and_methods)
{
	util_refused(
	    svc, &util_user, &(struct util_req){ ACT_GET, TRAY, SEL("Name", "p1") }, "w:AccessDenied", "", "5");
	util_refused(svc, &util_viewer, &(struct util_req){ ACT_PUT, PRINTER, SEL("Name", "p1"), NULL, "<p/>" },
	    "w:AccessDenied", "", "5");
	util_refused(
	    svc, &util_viewer, &(struct util_req){ PRINTER "/Reset", PRINTER }, "w:AccessDenied", "", "5");
}
END_TEST

#define PUT(body) (struct util_req){ ACT_PUT, PRINTER, SEL("Name", "P1"), NULL, body }

START_TEST(put_takes_what_can_be_written_and_passes_over_the_rest)
{
	struct util_answer a;

	util_send(svc, &util_user,
	    &PUT("<q:Any xmlns:q=\"urn:q\" xsi:type=\"q:T\"><q:active xsi:type=\"cim:b\">\n FALSE </q:active>"
		 "<q:BIG>1</q:BIG><q:Unknown><q:x/></q:Unknown><q:Name>p1</q:Name><Note>&lt;x> é\n</Note>"
		 "<Nothing xsi:nil=\"true\"/><Pages><Number>1</Number></Pages><Count>16</Count></q:Any>"),
	    &a);
	ck_assert_msg(a.status == 200, "%s", a.text);
	ck_assert_str_eq(util_x(&a, "//a:Action"), ACT_PUT "Response");
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Body/c:Printer/c:Name"), "p1");
	ck_assert_uint_eq(util_nchanges, 3);
	ck_assert_uint_eq(util_change[0].prop, P_ACTIVE);
	ck_assert_uint_eq(util_change[0].value.num, 0);
	ck_assert_uint_eq(util_change[1].prop, P_NOTE);
	ck_assert_str_eq(util_note, "<x> é");
	ck_assert_uint_eq(util_change[2].prop, P_COUNT);
	ck_assert_uint_eq(util_change[2].value.num, 16);
	util_forget(&a);
}
END_TEST

START_TEST(put_of_an_unchanged_get_changes_nothing_wrongly)
{
	struct util_answer a, b;
	const char *from, *to;
	char *body;

	util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1") }, &a);
	from = strstr(a.text, "<p:Printer");
	to = strstr(a.text, "</s:Body>");
	body = strndup(from, (size_t)(to - from));
	util_send(svc, &util_user, &PUT(body), &b);
	ck_assert_int_eq(b.status, 200);
	ck_assert_uint_eq(util_nchanges, 4);	/* Active, Count, Note, Small */
	ck_assert_str_eq(util_note, util_text);
	free(body);
	util_forget(&a);
	util_forget(&b);
}
END_TEST

START_TEST(put_refuses_wrong_types_and_another_key)
{
	static const char *const bad[] = { "<P><Small>65536</Small></P>", "<P><Small>-1</Small></P>",
		"<P><Small/></P>", "<P><Active>maybe</Active></P>", "<P><Count>1.5</Count></P>",
		"<P><Note><b>x</b></Note></P>", "<P><Small>1</Small><small>2</small></P>" };

	for (size_t i = 0; i < COUNT(bad); i++)
		util_refused(
		    svc, &util_user, &PUT(bad[i]), "x:InvalidRepresentation", "InvalidValues", "2150858838");
	util_refused(svc, &util_user, &PUT("<P><Name>p2</Name></P>"), "x:InvalidRepresentation",
	    "InvalidValues", "2150858989");
	util_refused(svc, &util_user, &PUT(""), "w:SchemaValidationError", "", "2150858817");
	util_refused(svc, &util_admin,
	    &(struct util_req){ ACT_PUT, TRAY, SEL("Name", "p1") SEL("Index", "1"), NULL, "<T/>" },
	    "a:ActionNotSupported", "", "2150858771");
}
END_TEST

START_TEST(put_applies_only_the_members_the_options_list)
{
	struct util_answer a;

	util_send(svc, &util_user,
	    &(struct util_req){ ACT_PUT, PRINTER, SEL("Name", "p1"),
		"<w:OptionSet s:mustUnderstand=\"true\"><w:Option "
		"Name=\"wmiarray:__MIInstanceModifiedPropertiesList\">small"
		"</w:Option></w:OptionSet>",
		"<P><Small>1</Small><Count>2</Count></P>" },
	    &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_eq(util_nchanges, 1);
	ck_assert_uint_eq(util_change[0].prop, P_SMALL);
	util_forget(&a);
}
END_TEST

START_TEST(create_and_delete_are_offered_by_the_classes_that_have_them)
{
	util_refused(svc, &util_admin, &(struct util_req){ ACT_CREATE, TRAY, NULL, NULL, "<P/>" },
	    "a:ActionNotSupported", "", "2150858771");
	util_refused(svc, &util_admin,
	    &(struct util_req){ ACT_DELETE, TRAY, SEL("Name", "p1") SEL("Index", "1") },
	    "a:ActionNotSupported", "", "2150858771");
}
END_TEST

#define PAGE(inner) "<Pages>" inner "</Pages>"

START_TEST(create_answers_where_the_new_instance_is)
{
	static const char body[] = "<p:Printer xmlns:p=\"" PRINTER "\"><p:small>7</p:small><p:Big>1</p:Big>"
	    "<p:Other>x</p:Other><p:Nothing xsi:nil=\"true\"/>" PAGE("<number>3</number><Text>a</Text><x/>")
	    PAGE("<Done>true</Done><Text xsi:nil=\"1\"/>") "</p:Printer>";
	struct util_answer a;

	util_send(svc, &util_user, &(struct util_req){ ACT_CREATE, PRINTER, NULL, NULL, body }, &a);
	ck_assert_msg(a.status == 200, "%s", a.text);
	ck_assert_str_eq(util_note, "");
	ck_assert_uint_eq(util_nchanges, 2);	/* what is read only, unknown or NULL is passed over */
	ck_assert_uint_eq(util_change[0].prop, P_SMALL);
	ck_assert_uint_eq(util_change[0].value.num, 7);
	ck_assert_uint_eq(util_change[1].prop, P_PAGES);
	ck_assert_uint_eq(util_change[1].value.nrows, 2);
	ck_assert_str_eq(util_x(&a, "//a:Action"), ACT_CREATE "Response");
	ck_assert_uint_eq(util_count(&a, "/s:Envelope/s:Body/*"), 1);
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Body/x:ResourceCreated/a:Address"), ANON);
	ck_assert_str_eq(util_x(&a, "//x:ResourceCreated/a:ReferenceParameters/w:ResourceURI"), PRINTER);
	ck_assert_uint_eq(util_count(&a, "//w:SelectorSet/w:Selector"), 1);
	ck_assert_str_eq(util_x(&a, "//w:Selector[@Name='Name']"), "p4");
	util_forget(&a);
}
END_TEST

START_TEST(the_new_instance_is_at_the_address_the_client_has_for_us)
{
	char *text = util_write(&(struct util_req){ ACT_CREATE, DMTF_PRINTER, NULL, NULL, "<Printer/>" });
	struct util_answer a = { .req = { .body = text, .len = strlen(text), .caller = &util_user,
	    .host = "db7:5985", .done = util_done } };

	wsm_handle(svc, &a.req);
	ck_assert_str_eq(util_x(&a, "//x:ResourceCreated/a:Address"), "http://db7:5985/wsman");
	ck_assert_str_eq(util_x(&a, "//w:ResourceURI"), DMTF_PRINTER);
	ck_assert_str_eq(util_x(&a, "//w:Selector[@Name='__cimnamespace']"), "root/print");
	util_forget(&a);
	free(text);
}
END_TEST

START_TEST(a_new_instance_may_be_named_by_selectors_or_in_the_body_but_once)
{
	static const struct { const char *selectors, *body, *name; } good[] = {
		{ SEL("Name", "p9"), "<Printer/>", "p9" },
		{ NULL, "<Printer><Name>p8</Name></Printer>", "p8" },
		{ SEL("Name", "p9"), "<Printer><Name>P9</Name></Printer>", "p9" },
	};
	struct util_answer a;

	for (size_t i = 0; i < COUNT(good); i++) {
		util_send(svc, &util_user,
		    &(struct util_req){ ACT_CREATE, PRINTER, good[i].selectors, NULL, good[i].body }, &a);
		ck_assert_msg(a.status == 200, "%s", a.text);
		ck_assert_str_eq(util_note, good[i].name);
		util_forget(&a);
	}
	util_refused(svc, &util_user, &(struct util_req){ ACT_CREATE, PRINTER, SEL("Name", "p9"), NULL,
	    "<Printer><Name>p8</Name></Printer>" }, "x:InvalidRepresentation", "InvalidValues", "2150858989");
	util_refused(svc, &util_user, &(struct util_req){ ACT_CREATE, PRINTER, SEL("Size", "p9"), NULL,
	    "<Printer/>" }, "w:InvalidSelectors", "UnexpectedSelectors", "2150858843");
}
END_TEST

START_TEST(a_new_instance_is_checked_like_one_that_is_put)
{
	static const char *const bodies[] = { "<P><Small>65536</Small></P>", "<P><Small>1</Small><small>2</small></P>",
		"<P>" PAGE("<Number>-1</Number>") "</P>", "<P>" PAGE("<Text><x/></Text>") "</P>" };

	for (size_t i = 0; i < COUNT(bodies); i++)
		util_refused(svc, &util_user, &(struct util_req){ ACT_CREATE, PRINTER, NULL, NULL, bodies[i] },
		    "x:InvalidRepresentation", "InvalidValues", "2150858838");
	util_refused(svc, &util_user, &(struct util_req){ ACT_CREATE, PRINTER }, "w:SchemaValidationError", "",
	    "2150858817");
	util_refused(svc, &util_viewer, &(struct util_req){ ACT_CREATE, PRINTER, NULL, NULL, "<P/>" },
	    "w:AccessDenied", "", "5");
}
END_TEST

START_TEST(delete_answers_with_nothing_and_a_second_one_finds_nothing)
{
	struct util_req r = { ACT_DELETE, PRINTER, SEL("Name", "p3") };
	struct util_answer a;

	util_send(svc, &util_user, &r, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(util_x(&a, "//a:Action"), ACT_DELETE "Response");
	ck_assert_uint_eq(util_count(&a, "/s:Envelope/s:Body"), 1);
	ck_assert_uint_eq(util_count(&a, "/s:Envelope/s:Body/node()"), 0);
	util_forget(&a);
	util_printers--;
	util_send(svc, &util_user, &r, &a);
	util_assert_fault(&a, "s:Sender", "a:DestinationUnreachable", "InvalidResourceURI", "2150858752");
	util_forget(&a);
	r.selectors = NULL;
	util_refused(svc, &util_user, &r, "w:InvalidSelectors", "InsufficientSelectors", "2150858842");
	r.selectors = SEL("Name", "p1");
	util_refused(svc, &util_viewer, &r, "w:AccessDenied", "", "5");
}
END_TEST

#define PRINT(body) (struct util_req){ PRINTER "/Print", PRINTER, SEL("Name", "p1"), NULL, body }

START_TEST(a_method_takes_parameters_in_any_order_and_case)
{
	struct util_answer a;

	util_send(svc, &util_user,
	    &PRINT("<p:Print_INPUT xmlns:p=\"wmi/root/print/Printer\"><p:QUIET>True</p:QUIET>"
		   "<p:Copies> 3 </p:Copies><text>a &amp; b</text></p:Print_INPUT>"),
	    &a);
	ck_assert_msg(a.status == 200, "%s", a.text);
	ck_assert_str_eq(util_in, "a & b|1:3|1:1");
	ck_assert_str_eq(util_x(&a, "//a:Action"), PRINTER "/PrintResponse");
	ck_assert_str_eq(util_x(&a, "name(/s:Envelope/s:Body/*)"), "p:Print_OUTPUT");
	ck_assert_str_eq(util_x(&a, "name(//c:Print_OUTPUT/*[1])"), "p:Id");
	ck_assert_str_eq(util_x(&a, "//c:Print_OUTPUT/c:Id"), "18446744073709551615");
	ck_assert_str_eq(util_x(&a, "name(//c:Print_OUTPUT/*[2])"), "p:ReturnValue");
	ck_assert_str_eq(util_x(&a, "//c:Print_OUTPUT/c:ReturnValue"), "7");
	ck_assert_str_eq(util_x(&a, "//c:Print_OUTPUT/c:Where"), "tray <1>");
	ck_assert_str_eq(util_x(&a, "//c:Print_OUTPUT/c:zone/@xsi:nil"), "true");
	ck_assert_uint_eq(util_count(&a, "//c:Print_OUTPUT/*"), 4);
	util_forget(&a);
}
END_TEST

START_TEST(optional_parameters_stay_unset)
{
	struct util_answer a;

	util_send(svc, &util_user, &PRINT("<I><Text>t</Text><copies xsi:nil=\"true\"/></I>"), &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(util_in, "t|0:0|0:0");
	util_forget(&a);
}
END_TEST

START_TEST(parameters_are_checked_one_by_one)
{
	static const struct { const char *body, *detail, *code; } cases[] = {
		{ "<I><copies>1</copies></I>", "", "2150858810" },
		{ "", "", "2150858810" },
		{ "<I><Text xsi:nil=\"1\"/></I>", "", "2150858810" },
		{ "<I><Text>t</Text><Other>1</Other></I>", "InvalidName", "2150858837" },
		{ "<I><Text>t</Text><TEXT>u</TEXT></I>", "InvalidName", "2150858837" },
		{ "<I><Text>t</Text><copies>70000</copies></I>", "TypeMismatch", "2150858836" },
		{ "<I><Text>t</Text><Quiet>2</Quiet></I>", "TypeMismatch", "2150858836" },
		{ "<I><Text><b/></Text></I>", "TypeMismatch", "2150858836" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		util_refused(svc, &util_user, &PRINT(cases[i].body), "w:InvalidParameter", cases[i].detail,
		    cases[i].code);
	util_refused(svc, &util_user,
	    &(struct util_req){ PRINTER "/Print", PRINTER, NULL, NULL, "<I><Text>t</Text></I>" },
	    "w:InvalidSelectors", "InsufficientSelectors", "2150858842");
}
END_TEST

START_TEST(a_static_method_needs_neither_body_nor_selectors)
{
	static const char *const actions[] = { PRINTER "/Reset", "Reset", "reset", PRINTER "/RESET",
		DMTF_PRINTER "/Reset", "http://schemas.microsoft.com/wbem/wscim/1/cim-schema/2/Printer/Reset" };
	struct util_answer a;

	for (size_t i = 0; i < COUNT(actions); i++) {
		util_send(svc, &util_user, &(struct util_req){ actions[i], PRINTER, SEL("Name", "p1") }, &a);
		ck_assert_msg(a.status == 200, "%s: %s", actions[i], a.text);
		ck_assert_str_eq(util_in, "reset");
		ck_assert_str_eq(util_x(&a, "//c:Reset_OUTPUT/c:ReturnValue"), "7");
		util_forget(&a);
	}
	util_send(svc, &util_user, &(struct util_req){ "Reset", PRINTER }, &a);
	ck_assert_str_eq(util_x(&a, "//a:Action"), PRINTER "/ResetResponse");
	util_forget(&a);
}
END_TEST

START_TEST(unknown_methods_and_other_classes_are_refused)
{
	util_refused(svc, &util_user, &(struct util_req){ PRINTER "/Burn", PRINTER }, "a:ActionNotSupported",
	    "", "2150858771");
	util_refused(svc, &util_user, &(struct util_req){ TRAY "/Reset", PRINTER }, "a:ActionNotSupported",
	    "ActionMismatch", "2150858801");
	util_refused(svc, &util_user, &(struct util_req){ "urn:x/Reset", PRINTER }, "a:ActionNotSupported", "",
	    "2150858771");
}
END_TEST

START_TEST(an_answer_that_does_not_fit_says_so)
{
	struct util_answer a;

	util_pages = 200;
	util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"),
	    "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>" }, &a);
	util_assert_fault(&a, "s:Sender", "w:EncodingLimit", "MaxEnvelopeSizeExceeded", "2150858824");
	util_forget(&a);
}
END_TEST

START_TEST(an_instance_no_answer_could_hold_goes_without_its_embedded_instances)
{
	struct util_answer a;

	util_pages = 20000;
	util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1") }, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(util_x(&a, "//c:Name"), "p1");
	ck_assert_str_eq(util_x(&a, "count(//c:Pages)"), "0");
	util_forget(&a);
}
END_TEST

START_TEST(control_characters_in_values_do_not_break_an_answer)
{
	struct util_answer a;

	util_text = "a\001b]]>\xf0\x9f\x98\x80";
	util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1") }, &a);
	ck_assert_str_eq(util_x(&a, "//c:Note"), "a?b]]>\xf0\x9f\x98\x80");
	util_forget(&a);
}
END_TEST

START_TEST(a_call_that_was_given_up_ends_later_without_harm)
{
	struct util_answer a;

	util_hold = true;
	util_send(svc, &util_user, &(struct util_req){ ACT_GET, PRINTER, SEL("Name", "p1"),
	    "<w:OperationTimeout>PT2S</w:OperationTimeout>" }, &a);
	ck_assert_uint_eq(a.count, 0);
	ck_assert_uint_eq(wsm_timeout_ms(&a.req), 2000);
	wsm_give_up(&a.req);
	ck_assert_uint_eq(a.count, 1);
	util_assert_fault(&a, "s:Receiver", "w:TimedOut", "", "2150858793");
	ck_assert_str_eq(util_x(&a, "//a:RelatesTo"), "uuid:Req&1");
	util_forget(&a);
	ck_assert_ptr_nonnull(util_held);
	ck_assert_str_eq(util_held->caller->name, "ann");	/* its memory is still there */
	prov_done(util_held, ERR_OK);
	ck_assert_uint_eq(a.count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_ops");
	TCase *tc = tcase_create("ops");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, identify_of_a_known_caller_tells_all);
	tcase_add_test(tc, identify_of_nobody_tells_little);
	tcase_add_test(tc, nobody_gets_nothing_but_identify);
	tcase_add_test(tc, get_writes_every_member_as_windows_does);
	tcase_add_test(tc, the_text_of_an_answer_is_the_captured_one);
	tcase_add_test(tc, every_family_of_uris_reaches_the_class);
	tcase_add_test(tc, resources_that_are_not_there_are_named);
	tcase_add_test(tc, selectors_are_checked_one_by_one);
	tcase_add_test(tc, an_instance_that_is_not_there_is_a_provider_fault_with_status);
	tcase_add_test(tc, a_provider_error_carries_its_hresult_and_text);
	tcase_add_test(tc, an_mi_client_gets_errors_of_a_provider_as_instances);
	tcase_add_test(tc, everybody_else_and_everything_else_gets_the_usual_fault);
	tcase_add_test(tc, roles_are_kept_for_read_write_and_methods);
	tcase_add_test(tc, put_takes_what_can_be_written_and_passes_over_the_rest);
	tcase_add_test(tc, put_of_an_unchanged_get_changes_nothing_wrongly);
	tcase_add_test(tc, put_refuses_wrong_types_and_another_key);
	tcase_add_test(tc, put_applies_only_the_members_the_options_list);
	tcase_add_test(tc, create_and_delete_are_offered_by_the_classes_that_have_them);
	tcase_add_test(tc, create_answers_where_the_new_instance_is);
	tcase_add_test(tc, the_new_instance_is_at_the_address_the_client_has_for_us);
	tcase_add_test(tc, a_new_instance_may_be_named_by_selectors_or_in_the_body_but_once);
	tcase_add_test(tc, a_new_instance_is_checked_like_one_that_is_put);
	tcase_add_test(tc, delete_answers_with_nothing_and_a_second_one_finds_nothing);
	tcase_add_test(tc, a_method_takes_parameters_in_any_order_and_case);
	tcase_add_test(tc, optional_parameters_stay_unset);
	tcase_add_test(tc, parameters_are_checked_one_by_one);
	tcase_add_test(tc, a_static_method_needs_neither_body_nor_selectors);
	tcase_add_test(tc, unknown_methods_and_other_classes_are_refused);
	tcase_add_test(tc, an_answer_that_does_not_fit_says_so);
	tcase_add_test(tc, an_instance_no_answer_could_hold_goes_without_its_embedded_instances);
	tcase_add_test(tc, control_characters_in_values_do_not_break_an_answer);
	tcase_add_test(tc, a_call_that_was_given_up_ends_later_without_harm);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
