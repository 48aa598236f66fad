/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_charset.c: UTF-16 read and written, which letters a request is taken to be in, and that it
 * is answered in the same.
 */
#include "tests/unit/test_wsm_util.h"

#include "wsman/charset.h"
#include "wsman/utf16.h"

static struct wsm_service *svc;

static void setup(void)
{
	svc = wsm_service_new(&util_config);
	util_printers = 3;
	util_pages = 2;
	util_hold = false;
	util_error = ERR_OK;
	util_text = "a&b <c> \"d\"";
	ck_assert_ptr_nonnull(svc);
}

static void teardown(void)
{
	wsm_service_free(svc);
}

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct { const char *wide; size_t len; const char *narrow; } pairs[] = {
	{ BYTES(""), "" },
	{ BYTES("a\0"), "a" },
	{ BYTES("\x7f\0"), "\x7f" },
	{ BYTES("\x80\0"), "\xc2\x80" },
	{ BYTES("\xff\x07"), "\xdf\xbf" },
	{ BYTES("\0\x08"), "\xe0\xa0\x80" },
	{ BYTES("\xff\xd7"), "\xed\x9f\xbf" },
	{ BYTES("\0\xe0"), "\xee\x80\x80" },
	{ BYTES("\xfd\xff"), "\xef\xbf\xbd" },
	{ BYTES("\xff\xfe"), "\xef\xbb\xbf" },	/* U+FEFF, but for the start of a message a character */
	{ BYTES("\0\xd8\0\xdc"), "\xf0\x90\x80\x80" },
	{ BYTES("\x3d\xd8\xbe\xdc"), "\xf0\x9f\x92\xbe" },
	{ BYTES("\xff\xdb\xfd\xdf"), "\xf4\x8f\xbf\xbd" },
	{ BYTES("a\0\x3d\xd8\xbe\xdcz\0"), "a\xf0\x9f\x92\xbez" },
};

START_TEST(every_width_of_character_goes_both_ways)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct buf out;
		char big[64];

		buf_init(&out, 100);
		ck_assert(utf16_to_utf8(pairs[i].wide, pairs[i].len, false, &out));
		ck_assert_str_eq(buf_text(&out), pairs[i].narrow);
		buf_reset(&out);
		for (size_t b = 0; b < pairs[i].len; b++)
			big[b] = pairs[i].wide[b ^ 1];
		ck_assert(utf16_to_utf8(big, pairs[i].len, true, &out));
		ck_assert_str_eq(buf_text(&out), pairs[i].narrow);
		buf_reset(&out);
		ck_assert(utf16_from_utf8(pairs[i].narrow, &out));
		ck_assert_uint_eq(out.len, pairs[i].len + 2);
		ck_assert_mem_eq(out.data, "\xff\xfe", 2);
		ck_assert_mem_eq(out.data + 2, pairs[i].wide, pairs[i].len);
		buf_done(&out);
	}
}
END_TEST

START_TEST(half_characters_are_refused_wherever_they_stand)
{
	static const struct { const char *wide; size_t len; } bad[] = {
		{ BYTES("a") },
		{ BYTES("a\0b") },
		{ BYTES("\0\xd8") },
		{ BYTES("\xff\xdb") },
		{ BYTES("\0\xdc") },
		{ BYTES("\xff\xdf") },
		{ BYTES("\0\xd8\x61\0") },
		{ BYTES("\0\xd8\0\xd8\0\xdc") },
		{ BYTES("\0\xdc\0\xd8") },
		{ BYTES("\x3d\xd8\xbe\xdc\xbe\xdc") },
		{ BYTES("a\0\0\xd8\0\xe0") },
	};
	static const char *const narrow[] = { "\x80", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xff",
		"\xe2\x82" };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buf out;

		buf_init(&out, 100);
		ck_assert_msg(!utf16_to_utf8(bad[i].wide, bad[i].len, false, &out), "%zu", i);
		ck_assert_uint_eq(out.len, 0);
		ck_assert(!buf_bad(&out));
		buf_done(&out);
	}
	for (size_t i = 0; i < COUNT(narrow); i++) {
		struct buf out;

		buf_init(&out, 100);
		ck_assert_msg(!utf16_from_utf8(narrow[i], &out), "%zu", i);
		buf_done(&out);
	}
}
END_TEST

START_TEST(conversion_keeps_to_the_room_it_is_given)
{
	struct buf out;

	buf_init(&out, 5);
	ck_assert(!utf16_to_utf8(BYTES("a\0b\0"), false, &out));	/* it might need six */
	ck_assert(buf_bad(&out));
	buf_done(&out);
	buf_init(&out, 6);
	ck_assert(utf16_from_utf8("ab", &out));
	ck_assert(!utf16_from_utf8("c", &out));
	buf_done(&out);
	ck_assert_uint_eq(utf16_room(0), 0);
	ck_assert_uint_eq(utf16_room(1), 0);
	ck_assert_uint_eq(utf16_room(8192), 4095);
	ck_assert_uint_eq(utf16_room(8193), 4095);
}
END_TEST

#define MARKED(text) "\xff\xfe" text

START_TEST(bytes_and_what_is_said_of_them_are_weighed)
{
	enum { NARROW, WIDE, REFUSED };
	static const struct { const char *said, *bytes; size_t len; int what; const char *text; } cases[] = {
		{ NULL, BYTES("<a/>"), NARROW, "<a/>" },
		{ "", BYTES("<a/>"), NARROW, "<a/>" },
		{ "Utf-8", BYTES("<a/>"), NARROW, "<a/>" },
		{ "utf8", BYTES("<"), NARROW, "<" },
		{ "us-ascii", BYTES(""), NARROW, "" },
		{ "UTF-16", BYTES(MARKED("<\0")), WIDE, "<" },
		{ "utf-16", BYTES("<\0\xe9\0"), WIDE, "<\xc3\xa9" },
		{ "utf-16le", BYTES("<\0"), WIDE, "<" },
		{ NULL, BYTES("<\0"), WIDE, "<" },
		{ NULL, BYTES(MARKED("<\0")), WIDE, "<" },
		{ "utf-8", BYTES(MARKED("<\0")), WIDE, "<" },		/* the bytes win */
		{ "utf-16", BYTES("\xfe\xff\0<"), WIDE, "<" },
		{ "utf-16", BYTES(MARKED("")), WIDE, "" },
		{ "utf-8", BYTES("<\0"), NARROW, "<" },			/* for the gate to refuse */
		{ NULL, BYTES("\0<"), NARROW, "" },
		{ NULL, BYTES("\xff\xfe\0\0<\0\0\0"), NARROW, "\xff\xfe" },
		{ "utf-16", BYTES("\xff\xfe\0\0<\0\0\0"), REFUSED, NULL },
		{ "utf-16", BYTES("<a/>"), REFUSED, NULL },
		{ "utf-16", BYTES("<"), REFUSED, NULL },
		{ "utf-16", BYTES("\0<"), REFUSED, NULL },
		{ "utf-16be", BYTES("\0<"), REFUSED, NULL },
		{ "utf-7", BYTES("<a/>"), REFUSED, NULL },
		{ "iso-8859-1", BYTES("<a/>"), REFUSED, NULL },
		{ "x", BYTES(MARKED("<\0")), REFUSED, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fault fault = { 0 };
		struct letters l;
		bool ok = charset_read(cases[i].said, cases[i].bytes, cases[i].len, &l, &fault);

		ck_assert_msg(ok == (cases[i].what != REFUSED), "%zu", i);
		ck_assert_msg(l.utf16 == (cases[i].what == WIDE), "%zu", i);
		if (ok)
			ck_assert_str_eq(l.text, cases[i].text);
		else
			ck_assert_int_eq(fault.id, FAULT_CHARSET);
		buf_done(&l.room);
	}
}
END_TEST

START_TEST(broken_utf16_is_no_xml)
{
	struct fault fault = { 0 };
	struct letters l;

	ck_assert(!charset_read("utf-16", BYTES(MARKED("<\0\0")), &l, &fault));
	ck_assert_int_eq(fault.id, FAULT_NOT_XML);
	ck_assert(l.utf16);		/* and is told so in UTF-16 */
	buf_done(&l.room);
}
END_TEST

START_TEST(a_declaration_tells_the_new_letters)
{
	static const char *const cases[][2] = {
		{ "<?xml version='1.0' encoding=\"UTF-16\"?><a/>", "<?xml version='1.0' encoding=\"UTF-8\" ?><a/>" },
		{ "<?xml encoding='utf-16'?>", "<?xml encoding='utf-8' ?>" },
		{ "<?xml encoding='utf-8'?>'utf-16'", "<?xml encoding='utf-8'?>'utf-16'" },
		{ "<?xml encoding='utf-32'?>", "<?xml encoding='utf-32'?>" },
		{ "<?xml encoding='utf-16", "<?xml encoding='utf-16" },
		{ "<a>'utf-16'?></a>", "<a>'utf-16'?></a>" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fault fault = { 0 };
		struct letters l;
		struct buf wide;

		buf_init(&wide, 1000);
		ck_assert(utf16_from_utf8(cases[i][0], &wide));
		ck_assert(charset_read("utf-16", wide.data, wide.len, &l, &fault));
		ck_assert_str_eq(l.text, cases[i][1]);
		buf_done(&l.room);
		buf_done(&wide);
	}
}
END_TEST

/* ---- through the service ---- */

static void done(struct wsm_request *req, int status, struct buf *reply)
{
	struct util_answer *a = CONTAINER(req, struct util_answer, req);
	struct buf narrow;

	a->count++;
	a->status = status;
	ck_assert(!buf_bad(reply));
	a->len = reply->len;
	buf_init(&narrow, 1 << 20);
	if (req->utf16) {
		ck_assert_mem_eq(reply->data, "\xff\xfe", 2);
		ck_assert(utf16_to_utf8(reply->data + 2, reply->len - 2, false, &narrow));
	} else {
		buf_add(&narrow, reply->data, reply->len);
	}
	util_parse(a, buf_text(&narrow), narrow.len);
	a->len = reply->len;
	buf_done(&narrow);
}

static void send_wide(const struct util_req *r, const char *charset, const char *declaration, struct util_answer *ret)
{
	char *text = util_write(r), *all;
	struct buf wide;

	ck_assert_int_ge(asprintf(&all, "%s%s", declaration, text), 0);
	buf_init(&wide, 1 << 20);
	ck_assert(utf16_from_utf8(all, &wide));
	memset(ret, 0, sizeof(*ret));
	ret->req = (struct wsm_request){ .body = wide.data, .len = wide.len, .caller = &util_user, .charset = charset,
	    .done = done };
	wsm_handle(svc, &ret->req);
	ck_assert_uint_eq(ret->count, 1);
	buf_done(&wide);
	free(all);
	free(text);
}

START_TEST(what_is_asked_in_utf16_is_answered_in_it)
{
	static const char *const declarations[] = { "", "<?xml version=\"1.0\" encoding=\"utf-16\"?>" };
	struct util_req put = { ACT_PUT, PRINTER, SEL("Name", "p2"), NULL,
		"<P><Note>\xc3\xa9 \xf0\x9f\x92\xbe &lt;&amp;]]&gt;</Note></P>" };
	struct util_answer a;

	for (size_t i = 0; i < COUNT(declarations); i++) {
		util_text = "\xc3\xa9 \xf0\x9f\x92\xbe <&]]>";
		send_wide(&put, "UTF-16", declarations[i], &a);
		ck_assert_msg(a.status == 200, "%s", a.text);
		ck_assert(a.req.utf16);
		ck_assert_str_eq(util_note, util_text);
		ck_assert_str_eq(util_x(&a, "//c:Note"), util_text);
		util_forget(&a);
	}
}
END_TEST

START_TEST(faults_are_told_in_the_letters_of_the_request)
{
	struct util_req r = { ACT_GET, PRINTER, SEL("Name", "p9") };
	struct util_answer a;

	send_wide(&r, "utf-16", "", &a);
	ck_assert(a.req.utf16);
	util_assert_fault(&a, "s:Sender", "a:DestinationUnreachable", "InvalidResourceURI", "2150858752");
	util_forget(&a);
	send_wide(&r, "utf-16", "<!DOCTYPE x>", &a);
	ck_assert(a.req.utf16);
	util_assert_fault(&a, "s:Sender", "w:SchemaValidationError", "", "2150858819");
	util_forget(&a);
	send_wide(&r, "koi8-r", "", &a);
	ck_assert(!a.req.utf16);
	util_assert_fault(&a, "s:Sender", "w:EncodingLimit", "CharacterSet", "2150858805");
	util_forget(&a);
}
END_TEST

START_TEST(the_size_of_an_answer_is_counted_in_the_letters_it_is_sent_in)
{
	struct util_req r = { ACT_GET, PRINTER, SEL("Name", "p2"), "<w:MaxEnvelopeSize>8192</w:MaxEnvelopeSize>" };
	size_t last = 0;
	struct util_answer a;

	util_pages = 0;
	do {
		util_pages++;
		send_wide(&r, "utf-16", "", &a);
		ck_assert_uint_le(a.len, 8192);
		if (a.status == 200)
			last = a.len;
		else
			util_assert_fault(&a, "s:Sender", "w:EncodingLimit", "MaxEnvelopeSizeExceeded", "2150858824");
		util_forget(&a);
	} while (last && util_pages < 100 && last + 500 < 8192);
	ck_assert_uint_gt(last, 7000);		/* nearly full */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wsm_charset");
	TCase *tc = tcase_create("charset");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_width_of_character_goes_both_ways);
	tcase_add_test(tc, half_characters_are_refused_wherever_they_stand);
	tcase_add_test(tc, conversion_keeps_to_the_room_it_is_given);
	tcase_add_test(tc, bytes_and_what_is_said_of_them_are_weighed);
	tcase_add_test(tc, broken_utf16_is_no_xml);
	tcase_add_test(tc, a_declaration_tells_the_new_letters);
	tcase_add_test(tc, what_is_asked_in_utf16_is_answered_in_it);
	tcase_add_test(tc, faults_are_told_in_the_letters_of_the_request);
	tcase_add_test(tc, the_size_of_an_answer_is_counted_in_the_letters_it_is_sent_in);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
