/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_query.c: enumerations with a filter, columns, times and counts, through wsm_handle().
 */
#include "tests/unit/test_wsm_util.h"

#include <pthread.h>

#include "engine/base/now.h"
#include "wsman/expires.h"

#define STAR "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/print/*"
#define DMTF_STAR "http://schemas.dmtf.org/wbem/wscim/1/*"
#define META "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*"
#define ACT(name) "http://schemas.xmlsoap.org/ws/2004/09/enumeration/" name
#define WQL "http://schemas.microsoft.com/wbem/wsman/1/WQL"
#define ALL "<w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements>"
#define QUERY(text) "<w:Filter Dialect=\"" WQL "\">" text "</w:Filter>"
#define ASK(more) "<n:Enumerate>" more "</n:Enumerate>"

static struct wsm_service *svc;
static char id[100];

static void setup(void)
{
	svc = wsm_service_new(&util_config);
	ck_assert_ptr_nonnull(svc);
	util_printers = 5;
	util_pages = 1;
	util_hold = false;
	util_error = ERR_OK;
	util_text = "a&b <c> \"d\"";
}

static void teardown(void)
{
	wsm_service_free(svc);
}

static void ask(const char *resource, const char *selectors, const char *body, struct util_answer *ret)
{
	util_send(svc, &util_user, &(struct util_req){ ACT_ENUM, resource, selectors, NULL, body }, ret);
	ck_assert_msg(ret->status == 200, "%s", ret->text);
	snprintf(id, sizeof(id), "%s", util_x(ret, "//n:EnumerationContext"));
}

static void go_on(const char *action, const char *element, const char *headers, const char *more,
    struct util_answer *ret)
{
	char body[400];

	snprintf(body, sizeof(body), "<n:%s><n:EnumerationContext>%s</n:EnumerationContext>%s</n:%s>", element, id,
	    more, element);
	util_send(svc, &util_user, &(struct util_req){ action, PRINTER, NULL, headers, body }, ret);
}

static void refused(const char *resource, const char *body, const char *subcode, const char *code)
{
	util_refused(svc, &util_user, &(struct util_req){ ACT_ENUM, resource, NULL, NULL, body }, subcode, "", code);
}

START_TEST(a_query_chooses_the_class_and_the_instances)
{
	static const char *const resources[][2] = { { STAR, NULL }, { PRINTER, NULL }, { TRAY, NULL },
		{ DMTF_STAR, SEL("__cimnamespace", "root/print") }, { DMTF_STAR, NULL },
		{ STAR, SEL("__cimnamespace", "ROOT\\Print") } };
	struct util_answer a;

	for (size_t i = 0; i < COUNT(resources); i++) {
		const struct prov_caller *who = !strcmp(resources[i][0], TRAY) ? &util_admin : &util_user;

		util_send(svc, who, &(struct util_req){ ACT_ENUM, resources[i][0], resources[i][1], NULL,
		    ASK(ALL QUERY("select * from Printer where Count &gt; 3 or Name = 'P1'")) }, &a);
		ck_assert_msg(a.status == 200, "%s", a.text);
		ck_assert_uint_eq(util_count(&a, "//w:Items/*"), 3);
		ck_assert_str_eq(util_x(&a, "//w:Items/*[2]/*[local-name()='Name']"), "p4");
		ck_assert_str_eq(util_x(&a, "namespace-uri(//w:Items/*[1])"), i == 3 || i == 4 ? DMTF_PRINTER : PRINTER);
		ck_assert_uint_eq(util_count(&a, "//w:EndOfSequence"), 1);
		util_forget(&a);
	}
	ask(STAR, NULL, ASK(ALL "<w:EnumerationMode>EnumerateEPR</w:EnumerationMode>"
	    QUERY("select * from Printer where Count=2")), &a);
	ck_assert_str_eq(util_x(&a, "//a:EndpointReference//w:ResourceURI"), PRINTER);
	util_forget(&a);
}
END_TEST

START_TEST(columns_come_as_a_fragment)
{
	struct util_answer a;

	ask(PRINTER, NULL, ASK(ALL QUERY("select Small, Nothing, name from Printer where Count=2")), &a);
	ck_assert_ptr_nonnull(strstr(a.text, "<w:Items><w:XmlFragment "
	    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
	    "xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><Name>p2</Name><Nothing xsi:nil=\"true\"/>"
	    "<Small>65535</Small></w:XmlFragment></w:Items>"));
	util_forget(&a);
	ask(STAR, NULL, ASK(ALL "<w:EnumerationMode>EnumerateObjectAndEPR</w:EnumerationMode>"
	    QUERY("select Pages from Printer where Count=2")), &a);
	ck_assert_uint_eq(util_count(&a, "//w:Items/w:Item[1]/w:XmlFragment/Pages/g:Number"), 1);
	ck_assert_str_eq(util_x(&a, "//w:Items/w:Item[1]/a:EndpointReference//w:Selector"), "p2");
	util_forget(&a);
}
END_TEST

START_TEST(a_filter_is_kept_over_pulls)
{
	struct util_answer a;

	util_printers = 1000;
	ask(PRINTER, NULL, ASK(QUERY("select Name from Printer where Count = 300 or Count = 700 or Count = 701")), &a);
	util_forget(&a);
	for (int i = 0; i < 2; i++) {
		go_on(ACT_PULL, "Pull", NULL, "", &a);
		ck_assert_str_eq(util_x(&a, "//n:Items/w:XmlFragment/Name"), i ? "p700" : "p300");
		ck_assert_uint_eq(util_count(&a, "//n:Items/*"), 1);
		util_forget(&a);
	}
	go_on(ACT_PULL, "Pull", NULL, "<n:MaxElements>5</n:MaxElements>", &a);
	ck_assert_str_eq(util_x(&a, "//n:Items/w:XmlFragment/Name"), "p701");
	ck_assert_uint_eq(util_count(&a, "//n:PullResponse/n:EndOfSequence"), 1);
	util_forget(&a);
}
END_TEST

START_TEST(other_dialects_choose_too)
{
	struct util_answer a;

	ask(PRINTER, NULL, ASK(ALL "<n:Filter>Count=2 or Name='p4'</n:Filter>"), &a);
	ck_assert_uint_eq(util_count(&a, "//w:Items/c:Printer"), 2);
	util_forget(&a);
	ask(PRINTER, NULL, ASK(ALL "<w:Filter Dialect=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter\">"
	    "<w:SelectorSet><w:Selector Name=\"count\">3</w:Selector></w:SelectorSet></w:Filter>"), &a);
	ck_assert_str_eq(util_x(&a, "//w:Items/c:Printer/c:Name"), "p3");
	util_forget(&a);
	ask(STAR, NULL, ASK(ALL "<w:Filter Dialect=\"http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter\">"
	    "<b:AssociatedInstances><b:Object/></b:AssociatedInstances></w:Filter>"), &a);
	ck_assert_uint_eq(util_count(&a, "//w:Items[not(*)]"), 1);
	ck_assert_uint_eq(util_count(&a, "//w:EndOfSequence"), 1);
	util_forget(&a);
}
END_TEST

START_TEST(filters_that_cannot_be_used_are_refused)
{
	struct util_answer a;

	refused(STAR, ASK(""), "n:CannotProcessFilter", "2150858778");
	refused(PRINTER, ASK(QUERY("select * from Printer where")), "n:CannotProcessFilter", "2150858778");
	refused(META, ASK("<w:Filter>x</w:Filter>"), "n:FilteringNotSupported", "2150858776");
	refused(STAR, ASK(QUERY("select * from Tray")), "w:AccessDenied", "5");
	util_refused(svc, &util_admin, &(struct util_req){ ACT_ENUM, STAR, NULL, NULL, ASK(QUERY("select * from Tray")) },
	    "a:ActionNotSupported", "", "2150858771");
	util_send(svc, &util_user, &(struct util_req){ ACT_ENUM, STAR, NULL, NULL,
	    ASK(QUERY("select * from Nobody")) }, &a);
	util_assert_fault(&a, "s:Sender", "n:CannotProcessFilter", "", "2150858778");
	ck_assert_str_eq(util_x(&a, "//f:ProviderFault/f:WSManFault/@Code"), "2150858778");
	ck_assert_str_eq(util_x(&a, "//st:__ExtendedStatus/st:Operation"), "ExecQuery");
	ck_assert_str_eq(util_x(&a, "//st:__ExtendedStatus/st:ParameterInfo"), "select * from Nobody");
	ck_assert_ptr_nonnull(strstr(util_x(&a, "//s:Text"), "Nobody"));
	util_forget(&a);
	util_send(svc, &util_user, &(struct util_req){ ACT_ENUM, PRINTER, NULL, NULL,
	    ASK("<w:Filter Dialect=\"urn:x\">y</w:Filter>") }, &a);
	util_assert_fault(&a, "s:Sender", "n:FilterDialectRequestedUnavailable", "", "2150858777");
	ck_assert_uint_eq(util_count(&a, "//s:Detail/n:SupportedDialect"), 5);
	ck_assert_uint_eq(util_count(&a, "//s:Detail/n:SupportedDialect[.='" WQL "']"), 1);
	util_forget(&a);
}
END_TEST

/* 700 milliseconds of looking at printers of which none fits. */
START_TEST(a_search_that_takes_too_long_goes_on_where_it_was)
{
	struct util_answer a;

	util_printers = 2000000000;
	util_text = "no";
	ask(PRINTER, NULL, ASK(QUERY("select * from Printer where Note = 'here'")), &a);
	util_forget(&a);
	go_on(ACT_PULL, "Pull", NULL, "<n:MaxTime>PT0.5S</n:MaxTime>", &a);
	util_assert_fault(&a, "s:Receiver", "w:TimedOut", "", "2150858793");
	util_forget(&a);
	util_text = "here";
	go_on(ACT_PULL, "Pull", NULL, "", &a);
	ck_assert_uint_gt(strtoul(util_x(&a, "//n:Items/c:Printer/c:Count"), NULL, 10), 64);
	util_forget(&a);
	util_text = "no";
	util_send(svc, &util_user, &(struct util_req){ ACT_ENUM, PRINTER, NULL,
	    "<w:OperationTimeout>PT0.5S</w:OperationTimeout>",
	    ASK(ALL QUERY("select * from Printer where Note = 'here'")) }, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_uint_eq(util_count(&a, "//w:Items[not(*)]"), 1);
	ck_assert_uint_eq(util_count(&a, "//w:EndOfSequence"), 0);
	ck_assert_str_ne(util_x(&a, "//n:EnumerationContext"), "");
	util_forget(&a);
}
END_TEST

START_TEST(a_context_can_be_kept_longer_and_asked_how_long)
{
	struct util_answer a;

	ask(PRINTER, NULL, ASK("<n:Expires>PT30S</n:Expires>"), &a);
	util_forget(&a);
	go_on(ACT("GetStatus"), "GetStatus", NULL, "", &a);
	ck_assert_str_eq(util_x(&a, "//a:Action"), ACT("GetStatusResponse"));
	ck_assert_int_eq(strncmp(util_x(&a, "/s:Envelope/s:Body/n:GetStatusResponse/n:Expires"), "PT29.", 5) &&
	    strcmp(util_x(&a, "/s:Envelope/s:Body/n:GetStatusResponse/n:Expires"), "PT30.000S"), 0);
	util_forget(&a);
	go_on(ACT("Renew"), "Renew", NULL, "<n:Expires>PT100S</n:Expires>", &a);
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Body/n:RenewResponse/n:Expires"), "PT100.000S");
	util_forget(&a);
	go_on(ACT("Renew"), "Renew", NULL, "", &a);
	ck_assert_str_eq(util_x(&a, "//n:RenewResponse/n:Expires"), "PT240.000S");
	util_forget(&a);
	go_on(ACT("Renew"), "Renew", NULL, "<n:Expires>2001-01-01T00:00:00Z</n:Expires>", &a);
	util_assert_fault(&a, "s:Sender", "n:InvalidExpirationTime", "", "2150858774");
	util_forget(&a);
	id[20] ^= 1;
	go_on(ACT("Renew"), "Renew", NULL, "", &a);
	util_assert_fault(&a, "s:Receiver", "n:InvalidEnumerationContext", "", "2150858779");
	util_forget(&a);
	go_on(ACT("GetStatus"), "GetStatus", NULL, "", &a);
	util_assert_fault(&a, "s:Receiver", "n:InvalidEnumerationContext", "", "2150858779");
	util_forget(&a);
}
END_TEST

START_TEST(expires_may_be_a_date)
{
	static const char *const bad[] = { "2001-01-01T00:00:00Z", "2099-02-30T00:00:00Z", "2099-01-01", "tomorrow",
		"2099-01-01T00:00:00+25:00", "-PT5S", "PT0S", "", "2099-01-01T25:00:00Z" };
	struct util_answer a;
	char body[200];

	ask(PRINTER, NULL, ASK("<n:Expires>2099-12-31T23:59:59.5+02:00</n:Expires>"), &a);
	ck_assert_str_eq(util_x(&a, "//n:EnumerateResponse/n:Expires"), "PT240.000S");
	util_forget(&a);
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(body, sizeof(body), ASK("<n:Expires>%s</n:Expires>"), bad[i]);
		refused(PRINTER, body, "n:InvalidExpirationTime", "2150858774");
	}
}
END_TEST

/* 2026-01-01T00:00:00Z as a FILETIME. */
#define NEW_YEAR ((1767225600u + (uint64_t)FT_UNIX) * FT_PER_S)

START_TEST(times_are_read_to_the_second)
{
	static const struct { const char *text; uint64_t ms; } cases[] = {
		{ "2026-01-01T00:00:01Z", 1000 }, { "2026-01-01T00:01:00", 60000 },
		{ "2026-01-01T02:00:00+01:00", 3600000 }, { "2025-12-31T23:00:00-01:30", 1800000 },
		{ "2028-02-29T00:00:00.25Z", 68169600000 }, { "PT1.5S", 1500 },
		{ "2026-01-01T00:00:00Z", 0 }, { "2026-01-01T01:00:00+01:00", 0 }, { "2027-02-29T00:00:00Z", 0 },
		{ "2027-01-32T00:00:00Z", 0 }, { "2027-01-01T24:00:00Z", 0 }, { "2027-01-01T00:60:00Z", 0 },
		{ "2027-01-01T00:00:61Z", 0 }, { "2027-01-01T00:00:00Zx", 0 }, { "2027-1-01T00:00:00Z", 0 },
		{ "2027-01-01T00:00:00+1:00", 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t ms = 0;

		ck_assert_msg(expires_read(cases[i].text, NEW_YEAR, &ms) == (cases[i].ms != 0), "%s", cases[i].text);
		ck_assert_msg(ms == cases[i].ms, "%s is %llu ms", cases[i].text, (unsigned long long)ms);
	}
}
END_TEST

START_TEST(max_characters_counts_characters)
{
	struct util_answer a, b;
	char more[100];
	size_t bytes, chars;

	util_text = "\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80";	/* 5 characters of 13 bytes */
	ask(PRINTER, NULL, ASK(""), &a);
	util_forget(&a);
	go_on(ACT_PULL, "Pull", NULL, "<n:MaxElements>2</n:MaxElements>", &a);
	bytes = (size_t)(strstr(a.text, "</n:Items>") - strstr(a.text, "<n:Items>")) - strlen("<n:Items>");
	chars = bytes - 2 * 8;
	snprintf(more, sizeof(more), "<n:MaxElements>9</n:MaxElements><n:MaxCharacters>%zu</n:MaxCharacters>", chars);
	go_on(ACT_PULL, "Pull", NULL, more, &b);
	ck_assert_uint_eq(util_count(&b, "//n:Items/c:Printer"), 2);
	util_forget(&b);
	ask(PRINTER, NULL, ASK(""), &b);
	util_forget(&b);
	snprintf(more, sizeof(more), "<n:MaxElements>9</n:MaxElements><n:MaxCharacters>%zu</n:MaxCharacters>", chars - 1);
	go_on(ACT_PULL, "Pull", NULL, more, &b);
	ck_assert_uint_eq(util_count(&b, "//n:Items/c:Printer"), 1);
	util_forget(&b);
	util_forget(&a);
}
END_TEST

START_TEST(how_many_there_are_is_told_when_it_is_known)
{
	static const char want[] = "<w:RequestTotalItemsCountEstimate s:mustUnderstand=\"true\"/>";
	struct util_answer a;

	util_send(svc, &util_user, &(struct util_req){ ACT_ENUM, PRINTER, NULL, want, ASK(ALL) }, &a);
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Header/w:TotalItemsCountEstimate"), "5");
	util_forget(&a);
	util_send(svc, &util_user, &(struct util_req){ ACT_ENUM, PRINTER, NULL, want, ASK("") }, &a);
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Header/w:TotalItemsCountEstimate/@xsi:nil"), "true");
	snprintf(id, sizeof(id), "%s", util_x(&a, "//n:EnumerationContext"));
	util_forget(&a);
	go_on(ACT_PULL, "Pull", want, "", &a);
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Header/w:TotalItemsCountEstimate/@xsi:nil"), "true");
	util_forget(&a);
	ask(PRINTER, NULL, ASK(ALL), &a);
	ck_assert_uint_eq(util_count(&a, "//w:TotalItemsCountEstimate"), 0);
	util_forget(&a);
}
END_TEST

static void *walk(void *arg)
{
	ask(PRINTER, NULL, ASK(ALL QUERY("select Name from Printer where Count = 199999")), arg);
	return NULL;
}

/* Three thousand answers at once do not become three thousand times the frames: half a MiB is enough for them. */
START_TEST(a_long_list_is_walked_without_recursion)
{
	struct util_answer a;
	pthread_attr_t small;
	pthread_t thread;

	util_printers = 200000;
	ck_assert_int_eq(pthread_attr_init(&small), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&small, 512 << 10), 0);
	ck_assert_int_eq(pthread_create(&thread, &small, walk, &a), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&small);
	ck_assert_str_eq(util_x(&a, "//w:Items/w:XmlFragment/Name"), "p199999");
	ck_assert_uint_eq(util_count(&a, "//w:EndOfSequence"), 1);
	util_forget(&a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_query");
	TCase *tc = tcase_create("query");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_query_chooses_the_class_and_the_instances);
	tcase_add_test(tc, columns_come_as_a_fragment);
	tcase_add_test(tc, a_filter_is_kept_over_pulls);
	tcase_add_test(tc, other_dialects_choose_too);
	tcase_add_test(tc, filters_that_cannot_be_used_are_refused);
	tcase_add_test(tc, a_search_that_takes_too_long_goes_on_where_it_was);
	tcase_add_test(tc, a_context_can_be_kept_longer_and_asked_how_long);
	tcase_add_test(tc, expires_may_be_a_date);
	tcase_add_test(tc, times_are_read_to_the_second);
	tcase_add_test(tc, max_characters_counts_characters);
	tcase_add_test(tc, how_many_there_are_is_told_when_it_is_known);
	tcase_add_test(tc, a_long_list_is_walked_without_recursion);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
