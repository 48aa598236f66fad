/* SPDX-License-Identifier: MIT
 * tests/unit/test_agent_config.c: dray.conf: every key of schemas/config.def, and clear refusals.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/config.h"
#include "agent/spawner.h"
#include "engine/base/auto.h"

static char dir[256], file[300];
static struct config c;
static struct errinfo ei;

static void setup(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/dray-config-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/dray.conf", dir);
	memset(&ei, 0, sizeof(ei));
}

static void teardown(void)
{
	config_done(&c);
	unlink(file);
	rmdir(dir);
}

static enum err read_text(const char *text)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	return config_read(file, true, &c, &ei);
}

START_TEST(nothing_said_means_defaults)
{
	ck_assert_int_eq(read_text(""), ERR_OK);
	for (unsigned i = 0; i < POLICY__COUNT; i++)
		ck_assert(!c.policies[i].fixed);
	ck_assert_uint_eq(c.nprofiles, 0);
	ck_assert(!c.basic && !c.allow_unencrypted && !c.allow_loopback);
	ck_assert_uint_eq(c.nlisteners, 0);
	ck_assert(c.state_dir[0] == '/' && c.socket[0] == '/');
}
END_TEST

START_TEST(sinks_add_up_over_lines_and_a_bad_one_is_named_with_its_line)
{
	ck_assert_int_eq(read_text("[eventing]\nAllowedSinks=https://h:5986/ \t10.1.0.0/16\nAllowedSinks=[::1]:80\n"), ERR_OK);
	ck_assert_str_eq(c.sinks, "https://h:5986/  10.1.0.0/16 [::1]:80");
	config_done(&c);
	ck_assert_int_ne(read_text("[eventing]\nAllowedSinks=h\nAllowedSinks=i http://u@h/\n"), ERR_OK);
	ck_assert_msg(strstr(ei.text, ":3:") && strstr(ei.text, "http://u@h/"), "%s", ei.text);
}
END_TEST

START_TEST(a_directory_is_no_configuration)
{
	ck_assert_int_ne(config_read(dir, true, &c, &ei), ERR_OK);
	ck_assert_ptr_nonnull(strstr(ei.text, dir));
}
END_TEST

START_TEST(policies_and_profiles_are_read)
{
	ck_assert_int_eq(read_text("[limits]\nBandwidthSchedule=mon-fri 08:00-17:00 low=0\nBandwidthSchedule=else "
	    "4000\nMetered=no\n[bandwidth]\nMetered=no\n[bandwidth lte]\nInterface=ww*\nMetered=yes\nLimit=512\n"
	    "Schedule=sat 1\nSchedule=sun 2\n"), ERR_OK);
	ck_assert_str_eq(c.policies[POLICY_BandwidthSchedule].text, "mon-fri 08:00-17:00 low=0; else 4000");
	ck_assert(c.policies[POLICY_BandwidthSchedule].fixed);
	ck_assert(!c.policies[POLICY_MaintenanceSchedule].fixed);
	ck_assert_uint_eq(c.nprofiles, 2);
	ck_assert_str_eq(c.profiles[0].name, "lte");
	ck_assert_str_eq(c.profiles[0].interface, "ww*");
	ck_assert_str_eq(c.profiles[0].schedule, "sat 1; sun 2");
	ck_assert_str_eq(c.profiles[1].name, "");
	ck_assert_str_eq(c.profiles[1].metered, "no");
}
END_TEST

START_TEST(what_is_said_is_read)
{
	ck_assert_int_eq(read_text("[agent]\nStateDirectory=/s\nSocket=/s/sock\n[listener a]\nAddress=127.0.0.1:1\n"
	    "[listener b]\nAddress=[::1]:2\nTransport=http\n[remote]\nRoots=/a:/b\nRoots=/c\nAllowLoopback=YES\n"
	    "[limits]\nMaxJobsPerUser=7\n; a comment\n"), ERR_OK);
	ck_assert_str_eq(c.state_dir, "/s");
	ck_assert_str_eq(c.socket, "/s/sock");
	ck_assert_uint_eq(c.nlisteners, 2);
	ck_assert_str_eq(c.listeners[1].address, "[::1]:2");
	ck_assert_int_eq(c.listeners[1].line, 7);
	ck_assert_uint_eq(c.nroots, 3);
	ck_assert_str_eq(c.roots[2], "/c");
	ck_assert(c.allow_loopback);
	ck_assert(c.policies[POLICY_MaxJobsPerUser].fixed);
	ck_assert_uint_eq(c.policies[POLICY_MaxJobsPerUser].num, 7);
}
END_TEST

static const struct { const char *text, *line, *says; } bad[] = {
	{ "[agent]\nSocket=/x\nRots=/y\n", ":3:", "Rots" },
	{ "[agnet]\nSocket=/x\n", ":2:", "agnet" },
	{ "[agent]\nStateDirectory=relative\n", ":2:", "absolute" },
	{ "[auth]\nBasic=maybe\n", ":2:", "yes or no" },
	{ "[limits]\nMaxJobsPerUser=0\n", ":2:", "number" },
	{ "[limits]\nMaxJobsPerUser=10x\n", ":2:", "number" },
	{ "[limits]\nMaxJobs=10\n", ":2:", "no key" },
	{ "[limits]\nBandwidthSchedule=mon-fri\n", ":2:", "number" },
	{ "[limits]\nMetered=perhaps\n", ":2:", "auto" },
	{ "[limits]\nCostPolicy=low=CHEAP\n", ":2:", "UNRESTRICTED" },
	{ "[bandwidth x]\nSpeed=1\n", ":2:", "no key" },
	{ "[bandwidth x]\nSubnet=10.1\n", ":2:", "10.1.0.0/16" },
	{ "[bandwidth x]\nLimit=fast\n", ":2:", "kbit/s" },
	{ "[remote]\n\nRoots=a:/b\n", ":3:", "absolute" },
	{ "this is no line\n", ":1:", "neither" },
	{ "[auth]\nNegotiate=yes\n", ":2:", "not available" },
	{ "[listener x]\nAddress=127.0.0.1:1\nTransport=https\n", ":3:", "https" },
	{ "[listener x]\nTransport=http\n", "", "no Address" },
	{ "[auth]\nBasic=yes\n", "", "UsersFile" },
	{ "[auth]\nBasic=yes\nUsersFile=/nonexistent/users\n", ":3:", "dray passwd" },
};

START_TEST(a_mistake_is_told_with_file_line_and_remedy)
{
	ck_assert_int_ne(read_text(bad[_i].text), ERR_OK);
	ck_assert_msg(strstr(ei.text, file) && strstr(ei.text, bad[_i].line) && strstr(ei.text, bad[_i].says) &&
	    !strchr(ei.text, '\n'), "said: %s", ei.text);
}
END_TEST

START_TEST(a_line_the_reader_would_cut_is_refused)
{
	char text[600] = "[remote]\nRoots=/";

	memset(text + strlen(text), 'a', 300);
	ck_assert_int_ne(read_text(text), ERR_OK);
	ck_assert_msg(strstr(ei.text, ":2:") != NULL, "said: %s", ei.text);
}
END_TEST

START_TEST(a_missing_file_is_an_error_only_when_it_was_named)
{
	ck_assert_int_eq(config_read("/nonexistent/dray.conf", true, &c, &ei), ERR_FILE_NOT_FOUND);
	config_done(&c);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	ck_assert_int_eq(config_read(NULL, true, &c, &ei), ERR_OK);
}
END_TEST

START_TEST(the_spawner_serves_only_whom_it_was_told)
{
	uint32_t uids[] = { 0, 55 };
	struct spawner_policy user = { .only_self = true }, sys = { .nuids = 0 }, rooted = { .uids = uids, .nuids = 2 };

	ck_assert(spawner_may(&user, 1000, 1000) && !spawner_may(&user, 1000, 1001) && !spawner_may(&user, 1000, 0));
	ck_assert(spawner_may(&sys, 0, 1000) && !spawner_may(&sys, 0, 0) && !spawner_may(&sys, 0, (uint32_t)-1));
	ck_assert(spawner_may(&rooted, 0, 0));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("agent_config");
	TCase *t = tcase_create("config");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_said_means_defaults);
	tcase_add_test(t, sinks_add_up_over_lines_and_a_bad_one_is_named_with_its_line);
	tcase_add_test(t, a_directory_is_no_configuration);
	tcase_add_test(t, what_is_said_is_read);
	tcase_add_test(t, policies_and_profiles_are_read);
	tcase_add_loop_test(t, a_mistake_is_told_with_file_line_and_remedy, 0, COUNT(bad));
	tcase_add_test(t, a_line_the_reader_would_cut_is_refused);
	tcase_add_test(t, a_missing_file_is_an_error_only_when_it_was_named);
	tcase_add_test(t, the_spawner_serves_only_whom_it_was_told);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
