/* SPDX-License-Identifier: MIT
 * tests/unit/test_agent_sinks.c: where events may be sent: rules, URLs, and URLs that look like another one.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sink_rule.h"
#include "agent/sinks.h"
#include "engine/base/auto.h"

static const struct { const char *rules, *url; enum sink_trust trust; } rows[] = {
	{ "", "http://h/", SINK_REFUSED },
	/* a host */
	{ "h", "http://h", SINK_NAMED }, { "h", "https://H:7777/x?y", SINK_NAMED }, { "H.", "http://h/", SINK_NAMED },
	{ "h", "http://h./", SINK_NAMED }, { "h:80", "http://h/", SINK_NAMED }, { "h:80", "https://h/", SINK_REFUSED },
	{ "h:5985", "http://h:5985/in", SINK_NAMED }, { "h:5985", "http://h/in", SINK_REFUSED },
	{ "h", "http://h.evil.org/", SINK_REFUSED }, { "h", "http://xh/", SINK_REFUSED }, { "h", "http://h@evil/", SINK_REFUSED },
	{ "127.0.0.1:8", "http://127.0.0.1:8/", SINK_NAMED }, { "localhost", "http://localhost/", SINK_NAMED },
	{ "[2001:db8::1]", "http://[2001:DB8:0:0::1]/", SINK_NAMED }, { "[::1]:8", "http://[::1]:8/", SINK_NAMED },
	{ "[::1]:8", "http://[::1]/", SINK_REFUSED }, { "10.1.0.5", "http://10.1.0.5.evil.org/", SINK_REFUSED },
	/* a URL */
	{ "https://h:5986/", "https://h:5986/", SINK_NAMED }, { "https://h:5986", "https://h:5986/a?b", SINK_NAMED },
	{ "https://h:5986/", "http://h:5986/", SINK_REFUSED }, { "https://h/", "https://h:5986/", SINK_REFUSED },
	{ "HTTPS://H/", "https://h", SINK_NAMED }, { "http://h/", "http://h:80", SINK_NAMED },
	{ "http://h/in", "http://h/in", SINK_NAMED }, { "http://h/in", "http://h/in/", SINK_NAMED },
	{ "http://h/in", "http://h/in/a", SINK_NAMED }, { "http://h/in", "http://h/in?a", SINK_NAMED },
	{ "http://h/in", "http://h/inner", SINK_REFUSED }, { "http://h/in", "http://h/IN", SINK_REFUSED },
	{ "http://h/in", "http://h/", SINK_REFUSED }, { "http://h/in/", "http://h/in", SINK_NAMED },
	/* subnets: the address decides, when it is known */
	{ "10.1.0.0/16", "http://anything.example/", SINK_BY_ADDRESS }, { "a b fd00::/8", "http://c/", SINK_BY_ADDRESS },
	{ "10.1.0.0/16", "http://10.1.2.3:9/", SINK_BY_ADDRESS }, { "10.1.0.0/16", "http://10.2.0.1/", SINK_REFUSED },
	{ "10.1.0.0/16", "http://[::ffff:10.1.0.1]/", SINK_BY_ADDRESS }, { "fd00::/8", "http://[fe80::1]/", SINK_REFUSED },
	{ "10.1.0.0/16", "http://10.1.0.5.evil.org/", SINK_BY_ADDRESS },
	{ "10.1.0.0/16 h", "http://h/", SINK_NAMED }, { "h 10.1.0.0/16", "http://h/", SINK_NAMED },
	{ "  a   b ", "http://b/", SINK_NAMED },
};

START_TEST(a_sink_is_allowed_by_a_rule_or_not_at_all)
{
	const char *why = "";
	struct sink_url url;
	bool is_url = sink_url_read(rows[_i].url, &url, &why);

	ck_assert_msg((is_url ? sink_rule_judge(rows[_i].rules, &url) : SINK_REFUSED) == rows[_i].trust, "\"%s\" %s %s",
	    rows[_i].rules, rows[_i].url, why);
}
END_TEST

/* None of these is taken for a URL of the host "allowed", or for one at all. */
static const char *const bad[] = { "", "http", "http:", "http:/allowed", "http:///allowed", "//allowed/", "ftp://allowed/",
	"http://allowed@evil/", "http://allowed:80@evil/", "http://evil\\@allowed/", "http://evil\\.allowed/",
	"http://evil#@allowed/", "http://allowed/#a", "http://evil%2f@allowed/", "http://evil%00allowed/", "http://al lowed/",
	"http://allowed\t/", "http://allowed\n/", " http://allowed/", "http://allowed/ ", "http://\xc3\xa4/", "http://allowed:/",
	"http://allowed:0/", "http://allowed:65536/", "http://allowed:+80/", "http://allowed:0x50/", "http://allowed:80:80/",
	"http://allowed:080808/", "http://.allowed/", "http://a..b/", "http://./", "http://../", "http://:80/", "http://2130706433/",
	"http://0x7f.1/", "http://127.1/", "http://017700000001/", "http://127.0.0.01/", "http://127.0.0.1.1/", "http://1.2.3.256/",
	"http://0x7f000001/", "http://a.0x1/", "http://[::1/", "http://[]/", "http://[::1]x/", "http://[::1]:/", "http://[fe80::1%25eth0]/",
	"http://[127.0.0.1]/", "http://::1/", "http://[::1]@evil/", "http://allowed/../x", "http://allowed/in/..", "http://allowed/./x",
	"http://allowed/in/%2E%2e/x", "http://allowed/in%2f..%2fx", "http://allowed/in%5c..", "http://allowed/in/..?x",
	"http://a,b/", "http://a*b/", "http://a!b/" };

START_TEST(what_could_be_read_in_two_ways_is_no_address_of_a_sink)
{
	const char *why = NULL;
	struct sink_url url;

	ck_assert_msg(!sink_url_read(bad[_i], &url, &why) && why, "%s", bad[_i]);
}
END_TEST

START_TEST(long_urls_and_hosts_are_refused_and_dots_elsewhere_are_fine)
{
	char text[SINK_URL_MAX + 100];
	const char *why = NULL;
	struct sink_url url;

	memset(text, 'a', sizeof(text));
	memcpy(text, "http://h/", 9);
	text[SINK_URL_MAX] = '\0';
	ck_assert(sink_url_read(text, &url, &why));
	text[SINK_URL_MAX] = 'a';
	text[SINK_URL_MAX + 1] = '\0';
	ck_assert(!sink_url_read(text, &url, &why));
	memcpy(text, "http://aa", 9);
	text[7 + 256] = '/';
	text[7 + 257] = '\0';
	ck_assert(!sink_url_read(text, &url, &why));
	ck_assert(sink_url_read("http://h/a.b/..c/.d/...?../x", &url, &why));
}
END_TEST

static const char *const bad_rules[] = { "http://", "https://h/?x", "http://u@h/", "h:", "h:0", "h:99999", "10.1.0.0/33", "10.1/16",
	"10.1.0.0/", "/in", "h/in", "[::1", "[::1]80", "h..i", "*", "*.example.org", "127.1", "u@h", "ftp://h/", "http://h/../" };

START_TEST(a_rule_that_means_nothing_is_refused)
{
	const char *why = NULL;

	ck_assert_msg(!sink_rule_ok(bad_rules[_i], &why) && why, "%s", bad_rules[_i]);
}
END_TEST

START_TEST(subnets_are_handed_on_and_nothing_else)
{
	AUTO_FREE char *nets = sink_rule_nets("h 10.1.0.0/16 http://h/in  fd00::/8 [::1]:80");

	ck_assert_str_eq(nets, "10.1.0.0/16 fd00::/8");
}
END_TEST

START_TEST(who_is_nobody_here_or_names_another_place_is_told_what_to_do)
{
	struct prov_caller nobody = { .uid = -1, .role = ROLE_ADMIN }, me = { .uid = 7, .role = ROLE_ADMIN };
	struct sinks *s = sinks_new(NULL, "h");
	const struct wsm_sinks *face = sinks_face(s);
	struct errinfo ei = { 0 };

	ck_assert(face->may(face->ctx, &me, "http://h/", &ei));
	ck_assert(!face->may(face->ctx, &nobody, "http://h/", &ei));
	ck_assert_int_eq(ei.err, ERR_ACCESS_DENIED);
	ck_assert(!face->may(face->ctx, &me, "http://i/", &ei));
	ck_assert_ptr_nonnull(strstr(ei.text, "AllowedSinks="));
	ck_assert(!face->may(face->ctx, &me, "http://h@i/", &ei));
	ck_assert_int_eq(ei.err, ERR_INVALID_URL);
	sinks_free(s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("agent_sinks");
	TCase *t = tcase_create("sinks");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, a_sink_is_allowed_by_a_rule_or_not_at_all, 0, (int)COUNT(rows));
	tcase_add_loop_test(t, what_could_be_read_in_two_ways_is_no_address_of_a_sink, 0, (int)COUNT(bad));
	tcase_add_test(t, long_urls_and_hosts_are_refused_and_dots_elsewhere_are_fine);
	tcase_add_loop_test(t, a_rule_that_means_nothing_is_refused, 0, (int)COUNT(bad_rules));
	tcase_add_test(t, subnets_are_handed_on_and_nothing_else);
	tcase_add_test(t, who_is_nobody_here_or_names_another_place_is_told_what_to_do);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
