/* SPDX-License-Identifier: MIT
 * engine/caps.c, cost.c, profile.c and what netwatch.c knows of URLs: texts of administrators, and what they
 * come to at a moment and a place. All pure.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/cost.h"
#include "engine/netwatch.h"
#include "engine/profile.h"

enum { HIGH = 1, NORMAL, LOW };
#define AT(day, h, m) ((unsigned)((day) * 1440 + (h) * 60 + (m)))
enum { MON, TUE, WED, THU, FRI, SAT, SUN };

static struct caps caps(const char *text)
{
	struct errinfo ei = { 0 };
	struct caps c;

	ck_assert_msg(caps_parse(text, &c, &ei) == ERR_OK, "%s: %s", text, ei.text);
	return c;
}

START_TEST(an_amount_alone_holds_always_and_for_every_background_priority)
{
	struct caps c = caps("512");

	for (unsigned p = HIGH; p <= LOW; p++)
		for (unsigned m = 0; m < CAPS_WEEK; m += 61)
			ck_assert_uint_eq(caps_at(&c, m, p), 512);
	ck_assert_uint_eq(caps_at(&c, 0, 0), CAPS_UNSAID);
}
END_TEST

START_TEST(the_form_of_the_group_policy_is_understood)
{
	struct caps c = caps("512 from 08:00 to 17:00 else 0");

	ck_assert_uint_eq(caps_at(&c, AT(WED, 7, 59), NORMAL), 0);
	ck_assert_uint_eq(caps_at(&c, AT(WED, 8, 0), NORMAL), 512);
	ck_assert_uint_eq(caps_at(&c, AT(SUN, 16, 59), NORMAL), 512);
	ck_assert_uint_eq(caps_at(&c, AT(SUN, 17, 0), NORMAL), 0);
}
END_TEST

START_TEST(a_week_has_days_hours_and_priorities)
{
	struct caps c = caps("mon-fri 08:00-17:00 high=unlimited normal=1000 low=blocked; sat,sun 4000; else unlimited");

	ck_assert_uint_eq(caps_at(&c, AT(FRI, 9, 0), HIGH), CAPS_UNLIMITED);
	ck_assert_uint_eq(caps_at(&c, AT(FRI, 9, 0), NORMAL), 1000);
	ck_assert_uint_eq(caps_at(&c, AT(FRI, 9, 0), LOW), 0);
	ck_assert_uint_eq(caps_at(&c, AT(SAT, 9, 0), LOW), 4000);
	ck_assert_uint_eq(caps_at(&c, AT(FRI, 18, 0), LOW), CAPS_UNLIMITED);
}
END_TEST

START_TEST(hours_past_midnight_belong_to_the_day_they_begin_on)
{
	struct caps c = caps("fri 22:00-06:00 100");

	ck_assert_uint_eq(caps_at(&c, AT(FRI, 21, 59), LOW), CAPS_UNSAID);
	ck_assert_uint_eq(caps_at(&c, AT(FRI, 22, 0), LOW), 100);
	ck_assert_uint_eq(caps_at(&c, AT(SAT, 5, 59), LOW), 100);
	ck_assert_uint_eq(caps_at(&c, AT(SAT, 6, 0), LOW), CAPS_UNSAID);
	ck_assert_uint_eq(caps_at(&c, AT(FRI, 3, 0), LOW), CAPS_UNSAID);
	c = caps("sun 23:00-01:00 7");
	ck_assert_uint_eq(caps_at(&c, AT(MON, 0, 30), LOW), 7);
}
END_TEST

START_TEST(days_may_go_round_the_end_of_the_week)
{
	struct caps c = caps("sat-mon 9");

	ck_assert_uint_eq(caps_at(&c, AT(MON, 12, 0), LOW), 9);
	ck_assert_uint_eq(caps_at(&c, AT(SUN, 12, 0), LOW), 9);
	ck_assert_uint_eq(caps_at(&c, AT(TUE, 12, 0), LOW), CAPS_UNSAID);
}
END_TEST

START_TEST(the_first_rule_that_fits_decides)
{
	struct caps c = caps("mon 08:00-09:00 low=1; mon 2; normal=3");

	ck_assert_uint_eq(caps_at(&c, AT(MON, 8, 30), LOW), 1);
	ck_assert_uint_eq(caps_at(&c, AT(MON, 8, 30), NORMAL), 2);
	ck_assert_uint_eq(caps_at(&c, AT(TUE, 8, 30), NORMAL), 3);
	ck_assert_uint_eq(caps_at(&c, AT(TUE, 8, 30), LOW), CAPS_UNSAID);
}
END_TEST

/* Between one change and the next nothing may differ. */
START_TEST(nothing_changes_before_the_next_change)
{
	static const char *const texts[] = { "", "7", "mon-fri 08:00-17:00 1; else 2", "fri 22:30-06:15 1",
	    "sat 5; sun 00:00-24:00 6; 12:00-12:01 3" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct caps c = caps(texts[i]);

		for (unsigned m = 0; m < CAPS_WEEK;) {
			unsigned next = caps_next(&c, m);

			ck_assert_uint_ge(next, 1);
			for (unsigned k = 1; k < next; k++)
				ck_assert_uint_eq(caps_at(&c, (m + k) % CAPS_WEEK, LOW), caps_at(&c, m, LOW));
			m += next;
		}
	}
}
END_TEST

START_TEST(texts_that_make_no_sense_are_refused_with_a_sentence)
{
	static const char *const texts[] = { "fast", "08:00-17:00", "mon", "512 mon", "25:00-26:00 1", "08:60-09:00 1",
	    "8:00-9:00 1", "mon-fry 1", "else 1; 2", "1;;2", "high=", "=1", "urgent=1", "-1", "1.5", "1000000001",
	    "from 08:00 1", "from 08:00 to 1", "08:00-08:00 1", "mon else 2", "else", "0x10", "else 1 else 2",
	    "1 from 08:00 to 17:00 from 18:00 to 19:00" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct errinfo ei = { 0 };
		struct caps c;

		ck_assert_msg(caps_parse(texts[i], &c, &ei) == ERR_INVALID_ARG, "%s", texts[i]);
		ck_assert_uint_gt(strlen(ei.text), 20);
	}
}
END_TEST

START_TEST(a_text_of_any_length_ends)
{
	char text[CAPS_TEXT + 100];
	struct caps c;

	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(caps_parse(text, &c, NULL), ERR_INVALID_ARG);
	for (size_t i = 0; i < 1000; i++)
		text[i] = i % 2 ? ';' : '1';
	text[1000] = '\0';
	ck_assert_int_eq(caps_parse(text, &c, NULL), ERR_INVALID_ARG);
	ck_assert_uint_eq(caps(" 7 ; ").n, 1);
	ck_assert_uint_eq(caps(" ").n, 0);
}
END_TEST

START_TEST(maintenance_replaces_the_schedule_in_its_hours_and_other_limits_hold_beside)
{
	struct caps none = caps(""), week = caps("1000"), night = caps("02:00-04:00 unlimited"), net = caps("3000");
	struct caps_set set = { &night, &week, &none, NULL, NULL };

	ck_assert_uint_eq(caps_effective(&set, AT(MON, 12, 0), LOW), 125000);
	ck_assert_uint_eq(caps_effective(&set, AT(MON, 3, 0), LOW), CAPS_UNLIMITED);
	set.internet = &net;
	ck_assert_uint_eq(caps_effective(&set, AT(MON, 3, 0), LOW), 375000);
	ck_assert_uint_eq(caps_effective(&set, AT(MON, 3, 0), 0), CAPS_UNLIMITED);
	ck_assert_uint_eq(caps_effective_next(&set, AT(MON, 1, 0)), 60);
}
END_TEST

START_TEST(one_kilobit_acts_as_two_and_none_is_blocked)
{
	struct caps one = caps("1"), zero = caps("0");
	struct caps_set set = { .internet = &one };

	ck_assert_uint_eq(caps_effective(&set, 0, LOW), 250);
	set.internet = &zero;
	ck_assert_uint_eq(caps_effective(&set, 0, LOW), 0);
}
END_TEST

/* Cost. */

START_TEST(presets_say_where_a_metered_network_may_be_used)
{
	struct cost_policy p;

	ck_assert_int_eq(cost_parse("", &p, NULL), ERR_OK);
	ck_assert(cost_allows(COST_USAGE_BASED, 0, &p, 0));
	ck_assert(cost_allows(COST_USAGE_BASED, 0, &p, LOW));
	ck_assert(!cost_allows(COST_USAGE_BASED, COST_UNRESTRICTED_ONLY, &p, LOW));
	ck_assert(cost_allows(COST_UNRESTRICTED, COST_UNRESTRICTED_ONLY, &p, LOW));
	ck_assert_int_eq(cost_parse("low=unrestricted, normal=0x80000021", &p, NULL), ERR_OK);
	ck_assert(!cost_allows(COST_USAGE_BASED, 0, &p, LOW));
	ck_assert(!cost_allows(COST_USAGE_BASED, 0, &p, NORMAL));
	ck_assert(cost_allows(COST_USAGE_BASED, 0, &p, HIGH));
	ck_assert(cost_allows(COST_USAGE_BASED, COST_ALWAYS, &p, LOW));
	ck_assert_int_eq(cost_parse("low", &p, NULL), ERR_INVALID_ARG);
	ck_assert_int_eq(cost_parse("idle=ALWAYS", &p, NULL), ERR_INVALID_ARG);
	ck_assert_int_eq(cost_parse("low=CHEAP", &p, NULL), ERR_INVALID_ARG);
}
END_TEST

/* Places. */

static struct place place_of(const char *name, const char *address)
{
	struct place p = { .n = 1 };
	bool six = strchr(address, ':');

	strcpy(p.name, name);
	p.at[0].ss_family = six ? AF_INET6 : AF_INET;
	inet_pton(p.at[0].ss_family, address, six ? (void *)&((struct sockaddr_in6 *)(void *)&p.at[0])->sin6_addr :
	    (void *)&((struct sockaddr_in *)(void *)&p.at[0])->sin_addr);
	return p;
}

START_TEST(a_profile_is_for_its_interface_and_its_subnet)
{
	static const struct { struct eng_profile profile; const char *name, *address; bool fits; } rows[] = {
		{ { .interface = "ww*" }, "wwan0", "10.0.0.1", true },
		{ { .interface = "ww*" }, "eth0", "10.0.0.1", false },
		{ { .subnet = "10.1.0.0/16" }, "eth0", "10.1.255.7", true },
		{ { .subnet = "10.1.0.0/16" }, "eth0", "10.2.0.1", false },
		{ { .subnet = "10.1.128.0/17" }, "eth0", "10.1.127.1", false },
		{ { .subnet = "fd00::/8" }, "eth0", "fd12::1", true },
		{ { .subnet = "fd00::/8" }, "eth0", "10.1.0.1", false },
		{ { .subnet = "0.0.0.0/0" }, "eth0", "10.1.0.1", true },
		{ { .interface = "eth0", .subnet = "10.0.0.0/8" }, "eth1", "10.1.0.1", false },
		{ { .limit = "7" }, "eth1", "10.1.0.1", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct place at = place_of(rows[i].name, rows[i].address);
		struct profile p;

		ck_assert_int_eq(profile_parse(&rows[i].profile, &p, NULL), ERR_OK);
		ck_assert_msg(profile_fits(&p, &at) == rows[i].fits, "row %zu", i);
	}
}
END_TEST

START_TEST(a_profile_that_makes_no_sense_is_refused)
{
	static const struct eng_profile bad[] = { { .subnet = "10.1.0.0" }, { .subnet = "10.1/16" },
	    { .subnet = "10.1.0.0/33" }, { .subnet = "fd00::/129" }, { .limit = "fast" }, { .schedule = "mon" },
	    { .metered = "perhaps" }, { .interface = "a name that is longer than any interface's" } };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct errinfo ei = { 0 };
		struct profile p;

		ck_assert_msg(profile_parse(&bad[i], &p, &ei) == ERR_INVALID_ARG, "row %zu", i);
		ck_assert_uint_gt(strlen(ei.text), 10);
	}
}
END_TEST

START_TEST(urls_of_this_host_need_no_network)
{
	static const char *const local[] = { "http://localhost/", "HTTP://LOCALHOST:80/x", "http://127.0.0.1",
	    "http://127.9.9.9:1/?http://x", "http://[::1]:8080/f", "http://user:pw@localhost/", "http://a.localhost/" };
	static const char *const far[] = { "http://example.test/", "http://127.0.0.1.example.test/",
	    "http://localhost.example.test/", "http://10.0.0.1/127.0.0.1", "http://localhost@example.test/",
	    "http://example.test/@localhost", "http://[::2]/", "file", "http://", "http://example.test?@localhost/" };

	for (size_t i = 0; i < COUNT(local); i++)
		ck_assert_msg(netwatch_is_local(local[i]), "%s", local[i]);
	for (size_t i = 0; i < COUNT(far); i++)
		ck_assert_msg(!netwatch_is_local(far[i]), "%s", far[i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine_caps");
	TCase *t = tcase_create("caps");

	tcase_add_test(t, an_amount_alone_holds_always_and_for_every_background_priority);
	tcase_add_test(t, the_form_of_the_group_policy_is_understood);
	tcase_add_test(t, a_week_has_days_hours_and_priorities);
	tcase_add_test(t, hours_past_midnight_belong_to_the_day_they_begin_on);
	tcase_add_test(t, days_may_go_round_the_end_of_the_week);
	tcase_add_test(t, the_first_rule_that_fits_decides);
	tcase_add_test(t, nothing_changes_before_the_next_change);
	tcase_add_test(t, texts_that_make_no_sense_are_refused_with_a_sentence);
	tcase_add_test(t, a_text_of_any_length_ends);
	tcase_add_test(t, maintenance_replaces_the_schedule_in_its_hours_and_other_limits_hold_beside);
	tcase_add_test(t, one_kilobit_acts_as_two_and_none_is_blocked);
	tcase_add_test(t, presets_say_where_a_metered_network_may_be_used);
	tcase_add_test(t, a_profile_is_for_its_interface_and_its_subnet);
	tcase_add_test(t, a_profile_that_makes_no_sense_is_refused);
	tcase_add_test(t, urls_of_this_host_need_no_network);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
