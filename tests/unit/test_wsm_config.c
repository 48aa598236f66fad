/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_config.c: what a client reads about the service itself: winrm/config, listeners, classes.
 */
#include "tests/unit/test_wsm_util.h"

#define CONFIG "http://schemas.microsoft.com/wbem/wsman/1/config"
#define META "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*"
#define NSPACE SEL("__cimnamespace", "root/print")

static const struct wsm_listener listeners[] = { { "0.0.0.0", 5985, false }, { "127.0.0.1", 15986, true } };
static struct wsm_service *svc;

static void setup(void)
{
	struct wsm_config config = util_config;

	config.listeners = listeners;
	config.nlisteners = COUNT(listeners);
	config.basic = config.allow_unencrypted = true;
	svc = wsm_service_new(&config);
	ck_assert_ptr_nonnull(svc);
}

static void teardown(void)
{
	wsm_service_free(svc);
}

/* Sends, and the namespace of the configuration's part is prefix k. */
static void ask(const char *action, const char *uri, const char *selectors, const char *body, const char *ns,
    struct util_answer *ret)
{
	util_send(svc, &util_viewer, &(struct util_req){ action, uri, selectors, NULL, body }, ret);
	ck_assert_msg(ret->status == 200, "%s", ret->text);
	xmlXPathRegisterNs(ret->xpath, (const xmlChar *)"k", (const xmlChar *)ns);
}

START_TEST(the_whole_configuration_is_one_instance)
{
	struct util_answer a;

	ask(ACT_GET, CONFIG, NULL, NULL, CONFIG, &a);
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Body/k:Config/k:MaxEnvelopeSizekb"), "500");
	ck_assert_str_eq(util_x(&a, "//k:Config/k:MaxTimeoutms"), "60000");
	ck_assert_str_eq(util_x(&a, "//k:Config/k:Client/k:Auth/k:Basic"), "true");
	ck_assert_str_eq(util_x(&a, "//k:Config/k:Service/k:DefaultPorts/k:HTTPS"), "5986");
	ck_assert_str_eq(util_x(&a, "//k:Config/k:Service/k:AllowRemoteAccess"), "true");
	ck_assert_str_eq(util_x(&a, "//k:Config/k:Winrs/k:AllowRemoteShellAccess"), "false");
	util_forget(&a);
}
END_TEST

START_TEST(a_section_has_a_namespace_of_its_own)
{
	struct util_answer a;

	ask(ACT_GET, CONFIG "/Service/auth", NULL, NULL, CONFIG "/service/auth", &a);
	ck_assert_str_eq(util_x(&a, "name(/s:Envelope/s:Body/*)"), "cfg:Auth");
	ck_assert_str_eq(util_x(&a, "//k:Auth/k:Basic"), "true");
	ck_assert_str_eq(util_x(&a, "//k:Auth/k:CbtHardeningLevel"), "None");
	ck_assert_uint_eq(util_count(&a, "//k:Digest"), 0);
	util_forget(&a);
}
END_TEST

START_TEST(the_configuration_is_only_read)
{
	util_refused(svc, &util_admin, &(struct util_req){ ACT_PUT, CONFIG "/service", NULL, NULL, "<x/>" },
	    "w:AccessDenied", "", "5");
	util_refused(svc, &util_viewer, &(struct util_req){ ACT_GET, CONFIG "/secrets" },
	    "a:DestinationUnreachable", "InvalidResourceURI", "2150858770");
}
END_TEST

START_TEST(listeners_are_enumerated_and_read_by_their_keys)
{
	struct util_answer a;

	ask(ACT_ENUM, CONFIG "/listener", NULL, "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>9"
	    "</w:MaxElements><w:EnumerationMode>EnumerateObjectAndEPR</w:EnumerationMode></n:Enumerate>",
	    CONFIG "/listener", &a);
	ck_assert_uint_eq(util_count(&a, "//w:Items/w:Item/k:Listener"), 2);
	ck_assert_str_eq(util_x(&a, "//w:Item[1]//w:Selector[@Name='Address']"), "*");
	ck_assert_str_eq(util_x(&a, "//w:Item[2]//k:Transport"), "HTTPS");
	util_forget(&a);
	ask(ACT_GET, CONFIG "/listener", SEL("Address", "IP:127.0.0.1") SEL("Transport", "https"), NULL,
	    CONFIG "/listener", &a);
	ck_assert_str_eq(util_x(&a, "//k:Listener/k:Port"), "15986");
	util_forget(&a);
	util_refused(svc, &util_viewer,
	    &(struct util_req){ ACT_GET, CONFIG "/listener", SEL("Address", "*") SEL("Transport", "HTTPS") },
	    "a:DestinationUnreachable", "InvalidResourceURI", "2150858752");
	util_refused(svc, &util_viewer, &(struct util_req){ ACT_GET, CONFIG "/listener", SEL("Address", "*") },
	    "w:InvalidSelectors", "InsufficientSelectors", "2150858842");
}
END_TEST

START_TEST(a_class_tells_what_it_has)
{
	struct util_answer a;

	util_send(svc, &util_viewer,
	    &(struct util_req){ ACT_GET, META, NSPACE SEL("ClassName", "printer") }, &a);
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(util_x(&a, "/s:Envelope/s:Body/CLASS/@NAME"), "Printer");
	ck_assert_str_eq(util_x(&a, "//PROPERTY[@NAME='Big']/@TYPE"), "uint64");
	ck_assert_str_eq(util_x(&a, "//PROPERTY[@NAME='Name']/QUALIFIER[@NAME='key']/VALUE"), "true");
	ck_assert_str_eq(
	    util_x(&a, "//PROPERTY.ARRAY[@NAME='Pages']/QUALIFIER[@NAME='EmbeddedInstance']/VALUE"), "Page");
	ck_assert_uint_eq(util_count(&a, "//METHOD[@NAME='Print']/PARAMETER"), 6);
	ck_assert_str_eq(util_x(&a, "//PARAMETER[@NAME='Where']/QUALIFIER[1]/@NAME"), "Out");
	util_forget(&a);
	util_refused(svc, &util_viewer,
	    &(struct util_req){ ACT_GET, META, NSPACE SEL("ClassName", "Fax") }, "a:DestinationUnreachable",
	    "InvalidResourceURI", "2150858752");
	util_refused(svc, &util_viewer, &(struct util_req){ ACT_GET, META, NSPACE }, "w:InvalidSelectors",
	    "InsufficientSelectors", "2150858842");
}
END_TEST

START_TEST(all_classes_are_enumerated_embedded_ones_too)
{
	struct util_answer a;

	util_send(svc, &util_viewer, &(struct util_req){ ACT_ENUM, META, NSPACE, NULL,
	    "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>9</w:MaxElements></n:Enumerate>" }, &a);
	ck_assert_msg(a.status == 200, "%s", a.text);
	ck_assert_uint_eq(util_count(&a, "//w:Items/CLASS"), 3);
	ck_assert_uint_eq(util_count(&a, "//w:EndOfSequence"), 1);
	util_forget(&a);
}
END_TEST

START_TEST(nobody_reads_none_of_it)
{
	util_refused(svc, NULL, &(struct util_req){ ACT_GET, CONFIG }, "w:AccessDenied", "", "5");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_config");
	TCase *tc = tcase_create("config");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_whole_configuration_is_one_instance);
	tcase_add_test(tc, a_section_has_a_namespace_of_its_own);
	tcase_add_test(tc, the_configuration_is_only_read);
	tcase_add_test(tc, listeners_are_enumerated_and_read_by_their_keys);
	tcase_add_test(tc, a_class_tells_what_it_has);
	tcase_add_test(tc, all_classes_are_enumerated_embedded_ones_too);
	tcase_add_test(tc, nobody_reads_none_of_it);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
