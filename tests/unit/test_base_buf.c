/* SPDX-License-Identifier: MIT
 * tests/unit/test_base_buf.c: whatever a text holds, what becomes of it in an answer is XML.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "engine/base/arena.h"
#include "engine/base/auto.h"
#include "engine/base/buf.h"
#include "engine/base/guid.h"

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

START_TEST(bytes_are_put_in_front_and_never_beyond_the_ceiling)
{
	struct buf b;
	char *to;

	buf_init(&b, 10);
	buf_reserve(&b, 11);		/* more than it may have: nothing happens */
	ck_assert(!buf_bad(&b) && !b.data);
	buf_reserve(&b, 10);
	ck_assert_uint_ge(b.room, 11);
	buf_adds(&b, "world");
	buf_insert(&b, 0, "o ", 2);
	buf_insert(&b, 0, "", 0);
	ck_assert_str_eq(buf_text(&b), "o world");
	to = buf_room(&b, 3);
	ck_assert_ptr_nonnull(to);
	memcpy(to, "!!", 2);
	buf_wrote(&b, 2);
	ck_assert_str_eq(buf_text(&b), "o world!!");
	buf_insert(&b, 2, "xx", 2);	/* does not fit */
	ck_assert(buf_bad(&b));
	ck_assert_str_eq(buf_text(&b), "o world!!");
	ck_assert_ptr_null(buf_room(&b, 1));
	buf_done(&b);
	buf_init(&b, 10);
	buf_insert(&b, 0, "ab", 2);	/* into nothing */
	ck_assert_str_eq(buf_text(&b), "ab");
	buf_done(&b);
}
END_TEST

static int released;

static void release(void *arg)
{
	released += *(int *)arg;
}

START_TEST(an_arena_begins_anew_with_the_memory_it_has)
{
	struct arena *a = arena_new(100000);
	int one = 1;

	for (int round = 1; round <= 50; round++) {
		char *text = arena_printf(a, "%d", round), *zero;

		ck_assert(arena_defer(a, release, &one));
		for (int i = 0; i < 20; i++) {
			zero = arena_zalloc(a, 1000);
			ck_assert_msg(zero && !zero[0] && !zero[999], "round %d", round);
			memset(zero, 'x', 1000);	/* nobody may find it later */
		}
		ck_assert_ptr_nonnull(arena_zalloc(a, 50000));
		ck_assert_int_eq(atoi(text), round);
		arena_reset(a);
		ck_assert_int_eq(released, round);
	}
	ck_assert_ptr_null(arena_zalloc(a, 100001));
	arena_free(a);
	ck_assert_int_eq(released, 50);
}
END_TEST

START_TEST(an_id_is_written_with_braces_in_capitals)
{
	struct guid id = { { 0x00, 0x1f, 0xa0, 0xb9, 0xff, 0x0a, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x0f, 0x01 } },
		    back;
	char text[GUID_TEXT];

	ck_assert_str_eq(guid_text(&id, text), "{001FA0B9-FF0A-1234-5678-9ABCDEF00F01}");
	ck_assert(guid_parse(text, &back) && guid_eq(&id, &back));
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
	tcase_add_test(t, bytes_are_put_in_front_and_never_beyond_the_ceiling);
	tcase_add_test(t, an_arena_begins_anew_with_the_memory_it_has);
	tcase_add_test(t, an_id_is_written_with_braces_in_capitals);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
