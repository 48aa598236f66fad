/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_blanks.c: white space a value begins with comes through, layout does not.
 */
#include "tests/unit/test_wsm_util.h"

#include "wsman/blanks.h"

#define IN(text) "<e><b><m><v>" text "</v></m></b></e>"

static const char *const kept[][2] = {
	{ IN(" x"), IN("&#32;x") },
	{ IN("  x "), IN("&#32; x ") },
	{ IN("\tx"), IN("&#9;x") },
	{ IN("\n  x"), IN("&#10;  x") },
	{ IN("\r\nx"), IN("&#10;x") },
	{ IN("\rx"), IN("&#10;x") },
	{ IN("   "), IN("&#32;  ") },
	{ IN(" &lt;"), IN("&#32;&lt;") },
	{ IN("<n a='>' b=\"/>\"> x</n>"), IN("<n a='>' b=\"/>\">&#32;x</n>") },
	{ "<e><b><m><v> x</v><w> y</w></m></b></e>", "<e><b><m><v>&#32;x</v><w>&#32;y</w></m></b></e>" },
	{ IN("<![CDATA[ <a> ]]>"), IN("&#32;<![CDATA[<a> ]]>") },
	{ IN("<![CDATA[\r\n]]>"), IN("&#10;<![CDATA[]]>") },
	{ IN("<![CDATA[ ]]> <n> x</n>"), IN("&#32;<![CDATA[]]> <n>&#32;x</n>") },
	{ "<e><h> x</h></e>", "<e><h>&#32;x</h></e>" },
};

static const char *const left[] = { "", "<", "<e", "<e>", "<e> ", "<e> x", IN(""), IN("x "), IN("x y"), IN("\n <n/> "),
	IN("<n/> x"), IN("<n></n> x"), IN("<![CDATA[> x]]>"), IN("<![CDATA[<a> x]]>"), IN("<!-- > x --> x"), IN(" <!-- x -->"), "<e> </e>",
	"<e><b>\n</b></e>", "<e><b><m> </m></b></e>", "<?xml version='1.0'?> <e/>", "<e a='> x'/>", IN("<n a='/' /> x"),
	IN(" <![CDATA[x]]>") };

START_TEST(blanks_before_a_value_are_written_so_that_they_stay)
{
	struct buf out;

	buf_init(&out, 3 * strlen(kept[_i][0]));
	ck_assert(blanks_keep(kept[_i][0], strlen(kept[_i][0]), &out));
	ck_assert_str_eq(buf_text(&out), kept[_i][1]);
	buf_done(&out);
}
END_TEST

START_TEST(everything_else_is_left_as_it_is)
{
	struct buf out;

	buf_init(&out, 200);
	ck_assert_msg(!blanks_keep(left[_i], strlen(left[_i]), &out), "%s", buf_text(&out));
	ck_assert(!buf_bad(&out));
	buf_done(&out);
}
END_TEST

START_TEST(no_memory_is_no_half_a_message)
{
	struct buf out;

	buf_init(&out, 10);
	ck_assert(!blanks_keep(kept[0][0], strlen(kept[0][0]), &out));
	ck_assert(buf_bad(&out));
	buf_done(&out);
}
END_TEST

/* What the provider hears. */
static const char *put(struct wsm_service *svc, const char *note)
{
	struct util_answer a;
	char body[300];

	snprintf(body, sizeof(body), "\n <p:Printer>\n  <Note>%s</Note>\n  <Small>\n 7\n</Small> </p:Printer>\n", note);
	util_send(svc, &util_user, &(struct util_req){ ACT_PUT, PRINTER, "\n " SEL("Name", "\n p2\n") "\n", NULL, body }, &a);
	ck_assert_msg(a.status == 200, "%s", a.text);
	ck_assert_uint_eq(util_nchanges, 2);
	ck_assert_uint_eq(util_change[1].value.num, 7);
	util_forget(&a);
	return util_note;
}

START_TEST(a_value_comes_through_with_its_blanks)
{
	struct wsm_service *svc = wsm_service_new(&util_config);

	ck_assert_str_eq(put(svc, "x"), "x");
	ck_assert_str_eq(put(svc, "  x y "), "  x y ");
	ck_assert_str_eq(put(svc, "\tx\t"), "\tx\t");
	ck_assert_str_eq(put(svc, "   "), "   ");
	ck_assert_str_eq(put(svc, "\n   x\n"), "x");	/* layout, see value_read() */
	ck_assert_str_eq(put(svc, ""), "");
	ck_assert_str_eq(put(svc, " &amp; &#32;"), " &  ");
	ck_assert_str_eq(put(svc, "<![CDATA[ > x ]]>"), " > x ");
	wsm_service_free(svc);
}
END_TEST

START_TEST(an_empty_envelope_may_have_layout)
{
	struct wsm_service *svc = wsm_service_new(&util_config);
	struct util_answer a;

	util_send(svc, &util_user, &(struct util_req){ PRINTER "/Reset", "\n " PRINTER "\n", NULL,
	    "\n<w:OptionSet>\n </w:OptionSet><w:SelectorSet> </w:SelectorSet>", "\n  " }, &a);
	ck_assert_msg(a.status == 200, "%s", a.text);
	util_forget(&a);
	wsm_service_free(svc);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_blanks");
	TCase *tc = tcase_create("blanks");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, blanks_before_a_value_are_written_so_that_they_stay, 0, COUNT(kept));
	tcase_add_loop_test(tc, everything_else_is_left_as_it_is, 0, COUNT(left));
	tcase_add_test(tc, no_memory_is_no_half_a_message);
	tcase_add_test(tc, a_value_comes_through_with_its_blanks);
	tcase_add_test(tc, an_empty_envelope_may_have_layout);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
