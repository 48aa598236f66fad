/* SPDX-License-Identifier: MIT
 * tests/unit/test_cli_value.c: values as people write and read them, and that a table speaks of real names only.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli_unit.h"
#include "agent/cli/cli_value.h"
#include "engine/base/auto.h"

static const struct { const char *change, *value; } good[] = {
	{ "Priority=foreground", "0" }, { "priority=LOW", "3" }, { "Priority=1", "1" },
	{ "Priority=99", "99" },			/* the range is the agent's to know */
	{ "MinimumRetryDelay=5m", "300" }, { "NoProgressTimeout=2w", "1209600" }, { "NoProgressTimeout=0", "0" },
	{ "MaximumDownloadTime=90d", "7776000" }, { "NotifyInterval=2s", "2000" }, { "NotifyInterval=250ms", "250" },
	{ "NotifyInterval=7", "7" }, { "RateLimit=10M", "10485760" }, { "RateLimit=3g", "3221225472" },
	{ "MaximumDownloadSize=1K", "1024" }, { "OnDemand=yes", "true" }, { "OnDemand=0", "false" },
	{ "NotifyFlags=transferred+error", "3" }, { "NotifyFlags=none", "0" }, { "NotifyFlags=file,0x20", "48" },
	{ "SecurityFlags=check-revocation+https-to-http", "2049" }, { "SecurityFlags=0x200", "512" },
	{ "CostFlags=standard", "2147483751" }, { "ProxyUsage=list", "2" },
	{ "Priority=default", "2" }, { "MinimumRetryDelay=default", "600" }, { "OnDemand=Default", "false" },
	{ "Description=a = b", "a = b" }, { "ProxyList=", "" }, { "Unknown=1", "1" },
};

START_TEST(people_write_values_so)
{
	char text[100], room[VALUE_ROOM];
	struct dray_change c;

	snprintf(text, sizeof(text), "%s", good[_i].change);
	ck_assert_msg(value_change(text, VALUE_JOB, &c, room), "%s", good[_i].change);
	ck_assert_str_eq(c.value, good[_i].value);
	ck_assert_uint_eq(strlen(c.name), strcspn(good[_i].change, "="));
}
END_TEST

static const char *const bad[] = {
	"Priority", "=1", "", "Priority=urgent", "Priority=", "OnDemand=", "MinimumRetryDelay=soon", "MinimumRetryDelay=5q",
	"MinimumRetryDelay=1ms",		/* not whole seconds */
	"MinimumRetryDelay=-5", "MinimumRetryDelay=99999999999", "RateLimit=1.5M", "RateLimit=99999999999G", "RateLimit=M", "OnDemand=maybe",
	"NotifyFlags=transferred+", "NotifyFlags=shout", "SecurityFlags=transferred", "MinimumRetryDelay=10M",
};

START_TEST(what_cannot_be_a_value_is_refused_here)
{
	char text[100], room[VALUE_ROOM];
	struct dray_change c;

	snprintf(text, sizeof(text), "%s", bad[_i]);
	ck_assert_msg(!value_change(text, VALUE_JOB, &c, room), "%s", bad[_i]);
}
END_TEST

static const struct { const char *name, *value, *shown; } shown[] = {
	{ "Priority", "0", "foreground" }, { "Priority", "7", "7" }, { "OnDemand", "true", "yes" },
	{ "MinimumRetryDelay", "600", "10:00 (600 s)" }, { "NotifyInterval", "500", "500 ms" },
	{ "RateLimit", "1048576", "1.0 MiB (1048576)" }, { "RateLimit", "0", "none" },
	{ "NotifyFlags", "3", "transferred+error" }, { "NotifyFlags", "0", "none" },
	{ "SecurityFlags", "2050", "ignore-name+https-to-http" }, { "SecurityFlags", "4097", "check-revocation+0x1000" },
	{ "CostFlags", "2147483751", "standard" }, { "CostFlags", "3", "unrestricted+capped-unknown" },
	{ "Description", "12", "12" }, { "TimeSlice", "300", "5:00 (300 s)" }, { "Unknown", "x", "x" },
};

START_TEST(people_read_values_so)
{
	char room[VALUE_ROOM];

	ck_assert_str_eq(value_show(shown[_i].name, shown[_i].value, room), shown[_i].shown);
}
END_TEST

START_TEST(what_is_shown_can_be_written_again)
{
	for (uint64_t flags = 0; flags < 64; flags++) {
		char out[UNIT_ROOM];
		uint64_t again = 99;

		ck_assert(unit_read("NotifyFlags", unit_show("NotifyFlags", flags, out), &again));
		ck_assert_uint_eq(again, flags);
	}
}
END_TEST

START_TEST(policies_have_values_of_their_own)
{
	char text[] = "JobInactivityTimeout=30d", empty[] = "MaxFilesPerJob=default", room[VALUE_ROOM];
	struct dray_change c;

	ck_assert(value_change(text, VALUE_POLICY, &c, room));
	ck_assert_str_eq(c.value, "2592000");
	ck_assert(value_change(empty, VALUE_POLICY, &c, room));
	ck_assert_str_eq(c.value, "200");
}
END_TEST

START_TEST(words_are_for_names_that_exist)
{
	static const char *const kinds[] = {
#define KIND(name, kind) #name,
#include "agent/cli/cli_words.def"
#undef KIND
	}, *const names[] = {
#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) #name,
#include "schemas/job_props.def"
#undef PROP
#define POLICY(name, kind, lo, hi, dflt, help) #name,
#include "schemas/policies.def"
#undef POLICY
	};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		size_t k = 0;

		while (k < COUNT(names) && strcmp(names[k], kinds[i]))
			k++;
		ck_assert_msg(k < COUNT(names), "cli_words.def speaks of %s, which is no property", kinds[i]);
	}
}
END_TEST

START_TEST(a_setting_is_usual_until_it_is_changed)
{
	ck_assert(value_is_usual("NotifyFlags", "3"));
	ck_assert(!value_is_usual("NotifyFlags", "1"));
	ck_assert(value_is_usual("OnDemand", "false"));
	ck_assert(!value_is_usual("OnDemand", "true"));
	ck_assert(!value_is_usual("HttpMethod", "POST"));
	ck_assert(value_is_usual("HttpMethod", ""));
	ck_assert(value_is_usual("HttpMethod", "GET"));
	ck_assert(value_is_setting("HttpMethod"));
	ck_assert(!value_is_setting("State"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cli_value");
	TCase *t = tcase_create("values");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, people_write_values_so, 0, COUNT(good));
	tcase_add_loop_test(t, what_cannot_be_a_value_is_refused_here, 0, COUNT(bad));
	tcase_add_loop_test(t, people_read_values_so, 0, COUNT(shown));
	tcase_add_test(t, what_is_shown_can_be_written_again);
	tcase_add_test(t, policies_have_values_of_their_own);
	tcase_add_test(t, words_are_for_names_that_exist);
	tcase_add_test(t, a_setting_is_usual_until_it_is_changed);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
