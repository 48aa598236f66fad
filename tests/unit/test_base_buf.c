/* SPDX-License-Identifier: MIT
 * tests/unit/test_base_buf.c: whatever a text holds, what becomes of it in an answer is XML.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "engine/base/auto.h"
#include "engine/base/buf.h"

static const struct { const char *text, *xml; } texts[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "a<b>&\"c\"\r\n\t", "a&lt;b&gt;&amp;&quot;c&quot;&#13;\n\t" },
	{ "\x01" "a\x1b", "?a?" },
	{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "cut\xc3", "cut?" },					/* by %.200s, for example */
	{ "cut\xe2\x82\" on", "cut??&quot; on" },
	{ "\xf0\x9f\x98", "???" },
	{ "\xff\xfe", "??" },
	{ "\xc0\xaf", "??" },					/* overlong */
	{ "\xed\xa0\x80", "???" },				/* a surrogate */
	{ "\xef\xbf\xbe|\xef\xbf\xbf", "???|???" },		/* U+FFFE, U+FFFF */
	{ "\xf4\x90\x80\x80", "????" },			/* beyond U+10FFFF */
};

START_TEST(any_text_becomes_xml)
{
	struct buf b;
	xmlDocPtr doc;

	buf_init(&b, 1000);
	buf_add_xml(&b, texts[_i].text);
	ck_assert_str_eq(buf_text(&b), texts[_i].xml);
	buf_reset(&b);
	buf_adds(&b, "<x>");
	buf_add_xml(&b, texts[_i].text);
	buf_adds(&b, "</x>");
	doc = xmlReadMemory(b.data, (int)b.len, NULL, "UTF-8", XML_PARSE_NOERROR);
	ck_assert_ptr_nonnull(doc);
	xmlFreeDoc(doc);
	buf_done(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base_buf");
	TCase *t = tcase_create("xml");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, any_text_becomes_xml, 0, COUNT(texts));
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
