/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_gate.c: what reaches the codec, and what never does.
 */
#include "tests/unit/test_wsm_util.h"

#include <time.h>

#include "wsman/gate.h"

#define OPEN "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>"
#define CLOSE "</s:Body></s:Envelope>"

static struct wsm_service *svc;

static void setup(void)
{
	svc = wsm_service_new(&util_config);
	util_printers = 3;
	util_pages = 2;
	util_hold = false;
	util_error = ERR_OK;
}

static void teardown(void)
{
	wsm_service_free(svc);
}

/* A text that grows. */
static struct buf text;

static void begin(void)
{
	buf_done(&text);
	buf_init(&text, 4u << 20);
}

static double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1000 + (double)ts.tv_nsec / 1e6;
}

static void assert_gate(const char *bytes, size_t len, enum fault_id want)
{
	struct fault f = { 0 };
	bool ok = gate_check(bytes, len, &f);

	ck_assert_msg(f.id == want && ok == (want == FAULT_NONE), "%.200s: %d %s", bytes, f.id, f.text);
	ck_assert(want == FAULT_NONE || f.text[0]);
	ck_assert(text_utf8_ok(f.text));
}

static void gate(const char *bytes, enum fault_id want)
{
	assert_gate(bytes, strlen(bytes), want);
}

START_TEST(good_envelopes_pass)
{
	gate(OPEN CLOSE, FAULT_NONE);
	gate("\xef\xbb\xbf" OPEN CLOSE, FAULT_NONE);
	gate("  \r\n\t" OPEN CLOSE "\n", FAULT_NONE);
	gate("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- c -->" OPEN CLOSE, FAULT_NONE);
	gate("<?xml version='1.0' encoding='UTF-8' standalone='yes'?>" OPEN CLOSE, FAULT_NONE);
	gate("<?xml version=\"1.0\"?>" OPEN CLOSE, FAULT_NONE);
	gate("<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Header/><Body/></Envelope>",
	    FAULT_NONE);
	gate(OPEN "<x a='>' b=\"=====\"/><![CDATA[ <!DOCTYPE <?x ]]><!-- <!DOCTYPE -->" CLOSE, FAULT_NONE);
	gate(OPEN "<p:x xmlns:p='wmi/root'/>" CLOSE, FAULT_NONE); /* PowerShell sends aliases as namespaces */
	gate(OPEN "<x xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='cim:undeclared'/>" CLOSE,
	    FAULT_NONE);
}
END_TEST

START_TEST(what_is_no_soap_is_named)
{
	static const struct { const char *text; enum fault_id want;
	} cases[] = {
		{ "", FAULT_NOT_XML },
		{ "  \n ", FAULT_NOT_XML },
		{ "hello", FAULT_NOT_XML },
		{ "{\"a\":1}", FAULT_NOT_XML },
		{ "--boundary\r\n\r\n" OPEN CLOSE, FAULT_NOT_XML },
		{ "<x/>", FAULT_NOT_XML },
		{ OPEN, FAULT_NOT_XML },
		{ OPEN CLOSE "junk", FAULT_NOT_XML },
		{ OPEN CLOSE "<x/>", FAULT_NOT_XML },
		{ OPEN CLOSE OPEN CLOSE, FAULT_NOT_XML },
		{ "<!DOCTYPE x>" OPEN CLOSE, FAULT_NOT_XML },
		{ "<!-- c --><!DOCTYPE x [<!ENTITY e 'v'>]>" OPEN "&e;" CLOSE, FAULT_NOT_XML },
		{ "<!doctype x>" OPEN CLOSE, FAULT_NOT_XML },
		{ "<?xml-stylesheet href='x'?>" OPEN CLOSE, FAULT_NOT_XML },
		{ OPEN "<?x y?>" CLOSE, FAULT_NOT_XML },
		{ OPEN "<?xml version='1.0'?>" CLOSE, FAULT_NOT_XML },
		{ OPEN "&nbsp;" CLOSE, FAULT_NOT_XML },
		{ OPEN "a & b" CLOSE, FAULT_NOT_XML },
		{ OPEN "&#0;" CLOSE, FAULT_NOT_XML },
		{ OPEN "&#xD800;" CLOSE, FAULT_NOT_XML },
		{ OPEN "&#x110000;" CLOSE, FAULT_NOT_XML },
		{ OPEN "&#1;" CLOSE, FAULT_NOT_XML },
		{ OPEN "\x01" CLOSE, FAULT_NOT_XML },
		{ OPEN "\xc0\xaf" CLOSE, FAULT_NOT_XML },
		{ OPEN "\xed\xa0\x80" CLOSE, FAULT_NOT_XML },
		{ OPEN "\xff\xfe" CLOSE, FAULT_NOT_XML },
		{ OPEN "\xe2\x82" CLOSE, FAULT_NOT_XML },
		{ OPEN "<x></y>" CLOSE, FAULT_NOT_XML },
		{ OPEN "<x a='1' a='2'/>" CLOSE, FAULT_NOT_XML },
		{ OPEN "<q:x/>" CLOSE, FAULT_NOT_XML },
		{ OPEN "<x q:a='1'/>" CLOSE, FAULT_NOT_XML },
		{ OPEN "<x xmlns:a='u' xmlns:b='u' a:z='1' b:z='2'/>" CLOSE, FAULT_NOT_XML },
		{ OPEN "<x xmlns:a=''/>" CLOSE, FAULT_NOT_XML },
		{ OPEN "<x a=1/>" CLOSE, FAULT_NOT_XML },
		{ OPEN "<x a='<'/>" CLOSE, FAULT_NOT_XML },
		{ OPEN "<!-- -- -->" CLOSE, FAULT_NOT_XML },
		{ OPEN "<!-- " CLOSE, FAULT_NOT_XML },
		{ OPEN "<![CDATA[ " CLOSE, FAULT_NOT_XML },
		{ OPEN "]]>" CLOSE, FAULT_NOT_XML },
		{ OPEN "<x a='" CLOSE, FAULT_NOT_XML },
		{ "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/></s:Envelope>",
		    FAULT_VERSION_MISMATCH },
		{ "<Envelope><Body/></Envelope>", FAULT_VERSION_MISMATCH },
		{ "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'/>", FAULT_BAD_BODY },
		{ "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header/></s:Envelope>",
		    FAULT_BAD_BODY },
		{ "<s:Envelope "
		  "xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body/><s:Header/></s:Envelope>",
		    FAULT_BAD_BODY },
		{ "<s:Envelope "
		  "xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body/><s:Body/></s:Envelope>",
		    FAULT_BAD_BODY },
		{ "<s:Envelope "
		  "xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header/><s:Header/><s:Body/></"
		  "s:Envelope>",
		    FAULT_BAD_BODY },
		{ "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><x/><s:Body/></s:Envelope>",
		    FAULT_BAD_BODY },
		{ "<?xml version='1.0' encoding='latin1'?>" OPEN CLOSE, FAULT_CHARSET },
		{ "<?xml version='1.0' encoding='utf-16'?>" OPEN CLOSE, FAULT_CHARSET },
		{ "<?xml version='1.0' encoding='utf-7'?>" OPEN CLOSE, FAULT_CHARSET },
		{ "<?xml version='1.0' encoding=utf-8?>" OPEN CLOSE, FAULT_NOT_XML },
		{ "<?xml version='1.0' encoding", FAULT_NOT_XML },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		gate(cases[i].text, cases[i].want);
	assert_gate("\xff\xfe<\0s\0", 6, FAULT_CHARSET);
	assert_gate("\xfe\xff\0<\0s", 6, FAULT_CHARSET);
	assert_gate("<\0s\0:\0", 6, FAULT_CHARSET);
	assert_gate("\0<\0s", 4, FAULT_CHARSET);
	assert_gate(OPEN "\0" CLOSE, sizeof(OPEN "\0" CLOSE) - 1, FAULT_NOT_XML);
}
END_TEST

START_TEST(forty_thousand_attributes_cost_nothing)
{
	struct fault f = { 0 };
	double start;

	begin();
	buf_adds(&text, OPEN "<x");
	for (int i = 0; i < 40000; i++)
		buf_addf(&text, " a%d=\"v\"", i);
	buf_adds(&text, "/>" CLOSE);
	start = cpu_ms();
	ck_assert(!gate_check(text.data, text.len, &f));
	ck_assert_int_eq(f.id, FAULT_NOT_XML);
	ck_assert_msg(cpu_ms() - start < 20, "%f ms", cpu_ms() - start);
	buf_done(&text);
}
END_TEST

/* One start tag with n attributes, spread over what a scanner could be confused by. */
static void tag_with(int n)
{
	begin();
	buf_adds(&text, OPEN "<!-- '\" <x a=1 --><![CDATA[ <x a='1' \" ]]><x\n");
	for (int i = 0; i < n; i++)
		buf_addf(&text, "%sa%d\t=%s", i % 3 ? " " : "\r\n", i, i % 2 ? "'>\"/=<!--'" : "\"'>=\"");
	for (char *p = text.data; (p = strstr(p, "<!--'")); p++)
		memcpy(p, "&lt;'", 5);
	buf_adds(&text, ">= = = = <!-- a=b a=b ' --></x>" CLOSE);
}

START_TEST(attributes_are_counted_right)
{
	tag_with(64);
	assert_gate(text.data, text.len, FAULT_NONE);
	tag_with(65);
	assert_gate(text.data, text.len, FAULT_NOT_XML);
	begin();		/* 2000 in all with the envelope's own, none over 64 */
	buf_adds(&text, OPEN);
	for (int i = 0; i < 40; i++)
		buf_addf(&text,
		    "<x%d a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' k='' l='' m='' n='' o='' p='' q='' "
		    "r=''"
		    " s='' t='' u='' v='' w='' x='' y='' z='' A='' B='' C='' D='' E='' F='' G='' H='' I='' "
		    "J='' K='' L='' M=''"
		    " N='' O='' P='' Q='' R='' S='' T='' U='' V='' W=''%s/>",
		    i, i ? " X=''" : "");
	buf_adds(&text, CLOSE);
	assert_gate(text.data, text.len, FAULT_NONE);
	text.len -= strlen(CLOSE);
	buf_adds(&text, "<y a=''/>" CLOSE);
	assert_gate(text.data, text.len, FAULT_NOT_XML);
	buf_done(&text);
}
END_TEST

static void nested(int depth)
{
	begin();
	buf_adds(&text, OPEN);
	for (int i = 0; i < depth; i++)
		buf_adds(&text, "<x>");
	for (int i = 0; i < depth; i++)
		buf_adds(&text, "</x>");
	buf_adds(&text, CLOSE);
}

START_TEST(depth_elements_and_names_have_limits)
{
	char name[GATE_NAME + 2];

	nested(GATE_DEPTH - 2);
	assert_gate(text.data, text.len, FAULT_NONE);
	nested(GATE_DEPTH - 1);
	assert_gate(text.data, text.len, FAULT_NOT_XML);
	nested(60000);
	assert_gate(text.data, text.len, FAULT_NOT_XML);
	begin();
	buf_adds(&text, OPEN);
	for (int i = 0; i < GATE_ELEMENTS - 2; i++)
		buf_adds(&text, "<x/>");
	buf_adds(&text, CLOSE);
	assert_gate(text.data, text.len, FAULT_NONE);
	text.len -= strlen(CLOSE);
	buf_adds(&text, "<x/>" CLOSE);
	assert_gate(text.data, text.len, FAULT_NOT_XML);
	memset(name, 'n', sizeof(name));
	name[GATE_NAME] = '\0';
	begin();
	buf_addf(&text, OPEN "<%s %s='1'/>" CLOSE, name, name);
	assert_gate(text.data, text.len, FAULT_NONE);
	begin();
	buf_addf(&text, OPEN "<%sx/>" CLOSE, name);
	assert_gate(text.data, text.len, FAULT_NOT_XML);
	begin();
	buf_addf(&text, OPEN "<x %sx='1'/>" CLOSE, name);
	assert_gate(text.data, text.len, FAULT_NOT_XML);
	buf_done(&text);
}
END_TEST

START_TEST(hostile_but_allowed_messages_stay_cheap)
{
	struct util_answer a;
	double start;

	begin(); /* all the attributes there may be, each with a name of its own, and many elements */
	buf_adds(&text, OPEN);
	for (int i = 0; i < 1990; i++)
		buf_addf(&text, "<e%d a%d=\"\"/>", i, i);
	for (int i = 0; i < 17000; i++)
		buf_adds(&text, "<x>y</x>");
	buf_adds(&text, CLOSE);
	start = cpu_ms();
	util_send_bytes(svc, &util_user, text.data, text.len, &a);
	ck_assert_int_eq(a.status, 500);
	ck_assert_msg(cpu_ms() - start < 1500, "%f ms", cpu_ms() - start); /* sanitizers slow it ten times */
	util_forget(&a);
	buf_done(&text);
}
END_TEST

START_TEST(a_fault_for_what_cannot_be_read_relates_to_nothing)
{
	struct util_answer a;

	util_send_bytes(svc, &util_user, "junk", 4, &a);
	util_assert_fault(&a, "s:Sender", "w:SchemaValidationError", "", "2150858819");
	ck_assert_uint_eq(util_count(&a, "//a:RelatesTo"), 0);
	util_forget(&a);
}
END_TEST

/* ---- mutations ---- */

static unsigned seed = 20240229;

static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % sides;
}

static void mutate(char *bytes, size_t *len)
{
	static const char *const bits[] = { "<", ">", "&", "\"", "'", "/", "=", ":", "<!--", "]]>", "&#60;",
		"\xc3", "\0", "s:", "<x>", "</s:Body>", "xmlns:s=''", "<![CDATA[" };
	unsigned count = 1 + dice(4);

	while (count--) {
		size_t at = dice((unsigned)*len);
		const char *bit = bits[dice(COUNT(bits))];
		size_t n = *bit ? strlen(bit) : 1;

		switch (dice(4)) {
		case 0:
			bytes[at] = (char)dice(256);
			break;
		case 1:			/* take some out */
			n = dice(40) < *len - at ? dice(40) : 1;
			if (at + n > *len)
				n = *len - at;
			memmove(bytes + at, bytes + at + n, *len - at - n);
			*len -= n;
			break;
		case 2:			/* put something in */
			memmove(bytes + at + n, bytes + at, *len - at);
			memcpy(bytes + at, bit, n);
			*len += n;
			break;
		default:		/* say something twice */
			n = *len - at < 60 ? *len - at : 60;
			memmove(bytes + at + n, bytes + at, *len - at);
			*len += n;
		}
		if (!*len)
			bytes[(*len)++] = '<';
	}
}

START_TEST(mutated_requests_always_get_an_answer)
{
	const struct util_req reqs[] = {
		{ ACT_GET, PRINTER, SEL("Name", "p1") },
		{ ACT_PUT, PRINTER, SEL("Name", "p1"), NULL,
		    "<p:Printer xmlns:p=\"" PRINTER "\"><p:Small>1</p:Small></p:Printer>" },
		{ ACT_ENUM, PRINTER, NULL, NULL,
		    "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>5</w:MaxElements>"
		    "<w:EnumerationMode>EnumerateObjectAndEPR</w:EnumerationMode></n:Enumerate>" },
		{ PRINTER "/Print", PRINTER, SEL("Name", "p1"),
		    "<w:OperationTimeout>PT60S</w:OperationTimeout>"
		    "<w:OptionSet><w:Option Name=\"a\">b</w:Option></w:OptionSet>",
		    "<p:Print_INPUT xmlns:p=\"" PRINTER
		    "\"><p:Text>t&amp;x</p:Text><p:Quiet>true</p:Quiet></p:Print_INPUT>" },
	};
	unsigned good = 0;

	for (unsigned i = 0; i < 6000; i++) {
		char *req = util_write(&reqs[i % COUNT(reqs)]);
		size_t len = strlen(req);
		char *bytes = malloc(len + 1000), *exact;
		struct util_answer a;

		memcpy(bytes, req, len);
		mutate(bytes, &len);
		exact = malloc(len);		/* one byte too far and the sanitizer speaks */
		memcpy(exact, bytes, len);
		util_send_bytes(svc, &util_user, exact, len, &a);
		ck_assert_uint_eq(a.count, 1);
		ck_assert(a.status == 200 || a.status == 500);
		good += a.status == 200;
		util_forget(&a);
		free(exact);
		free(bytes);
		free(req);
	}
	ck_assert_uint_gt(good, 50);		/* or the mutations hit one check only */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_gate");
	TCase *tc = tcase_create("gate");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, good_envelopes_pass);
	tcase_add_test(tc, what_is_no_soap_is_named);
	tcase_add_test(tc, forty_thousand_attributes_cost_nothing);
	tcase_add_test(tc, attributes_are_counted_right);
	tcase_add_test(tc, depth_elements_and_names_have_limits);
	tcase_add_test(tc, hostile_but_allowed_messages_stay_cheap);
	tcase_add_test(tc, a_fault_for_what_cannot_be_read_relates_to_nothing);
	tcase_add_test(tc, mutated_requests_always_get_an_answer);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
