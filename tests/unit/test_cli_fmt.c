/* SPDX-License-Identifier: MIT
 * tests/unit/test_cli_fmt.c: numbers, the bar, the table and messages as people see them.
 */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "agent/cli/cli.h"
#include "agent/cli/cli_bar.h"
#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_say.h"
#include "agent/cli/cli_table.h"
#include "engine/base/auto.h"
#include "engine/base/now.h"

static char out[FMT_ROOM];

START_TEST(numbers_read_well)
{
	ck_assert_str_eq(fmt_size(0, out), "0 B");
	ck_assert_str_eq(fmt_size(4 << 20, out), "4.0 MiB");
	ck_assert_str_eq(fmt_size(DRAY_SIZE_UNKNOWN, out), "unknown");
	ck_assert_str_eq(fmt_rate(0, out), "-");
	ck_assert_str_eq(fmt_rate(1536, out), "1.5 KiB/s");
	ck_assert_str_eq(fmt_duration(5, out), "0:05");
	ck_assert_str_eq(fmt_duration(3723, out), "1:02:03");
	ck_assert_str_eq(fmt_duration(14 * 86400 + 1, out), "14 d 00:00:01");
	ck_assert_str_eq(fmt_short_id("{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B00}", out), "3BA55CB4");
}
END_TEST

START_TEST(times_are_local_and_say_so)
{
	setenv("TZ", "IST-5:30", 1);
	tzset();
	ck_assert_str_eq(fmt_time((uint64_t)FT_UNIX * FT_PER_S, out), "1970-01-01T05:30:00+05:30");
	ck_assert_str_eq(fmt_time(0, out), "never");
	ck_assert_ptr_nonnull(fmt_time(UINT64_MAX, out));
}
END_TEST

START_TEST(a_percentage_is_never_a_promise)
{
	struct dray_job all_but_a_file = { .bytes_transferred = 9, .bytes_total = 9, .files_total = 2,
		.files_transferred = 1 }, nothing_of_an_empty_file = { .files_total = 1 },
		an_empty_file = { .files_total = 1, .files_transferred = 1 }, no_file = { 0 };

	ck_assert_int_eq(fmt_percent_of(0, 100), 0);
	ck_assert_int_eq(fmt_percent_of(999, 1000), 99);
	ck_assert_int_eq(fmt_percent_of(1000, 1000), 100);
	ck_assert_int_eq(fmt_percent_of(5, DRAY_SIZE_UNKNOWN), -1);
	ck_assert_int_eq(fmt_percent_of(UINT64_MAX - 2, UINT64_MAX - 1), 99);
	ck_assert_str_eq(fmt_percent(&all_but_a_file, out), "99%");
	ck_assert_str_eq(fmt_percent(&nothing_of_an_empty_file, out), "0%");
	ck_assert_str_eq(fmt_percent(&an_empty_file, out), "100%");
	ck_assert_str_eq(fmt_percent(&no_file, out), "-");
}
END_TEST

START_TEST(states_and_priorities_are_words)
{
	enum dray_priority p;

	ck_assert_str_eq(fmt_state(DRAY_TRANSIENT_ERROR), "transient error");
	ck_assert_str_eq(fmt_state(99), "unknown");
	ck_assert(fmt_state_moves(DRAY_QUEUED) && fmt_state_moves(DRAY_TRANSIENT_ERROR));
	ck_assert(!fmt_state_moves(DRAY_SUSPENDED) && !fmt_state_moves(DRAY_TRANSFERRED));
	ck_assert(!fmt_state_moves(99));
	ck_assert(fmt_priority_parse("High", &p) && p == DRAY_HIGH);
	ck_assert(fmt_priority_parse("3", &p) && p == DRAY_LOW);
	ck_assert(!fmt_priority_parse("4", &p) && !fmt_priority_parse("", &p));
	ck_assert(!fmt_priority_parse("urgent", &p));
	ck_assert_str_eq(fmt_priority(9), "unknown");
	ck_assert_str_eq(fmt_context(5), "remote file");
	ck_assert_str_eq(fmt_context(9), "unknown place");
}
END_TEST

static const struct dray_job half = { .state = DRAY_TRANSFERRING, .bytes_total = 10 << 20,
	.bytes_transferred = 5 << 20, .rate_bytes_s = 1 << 20 };

START_TEST(the_bar_fits_its_terminal)
{
	const char *name = "a-rather-long-name-for-a-file.iso";
	char line[1024];

	ck_assert_str_eq(cli_bar(&half, "f.iso", 79, line, sizeof(line)),
	    "f.iso  50% [============>           ]  5.0 MiB of 10.0 MiB  1.0 MiB/s  ETA 0:05");
	for (unsigned width = 20; width < 300; width++)
		ck_assert_uint_le(strlen(cli_bar(&half, name, width, line, sizeof(line))), width);
	ck_assert_ptr_null(strchr(cli_bar(&half, "f.iso", 50, line, sizeof(line)), '['));
}
END_TEST

START_TEST(the_bar_says_what_is_going_on)
{
	struct dray_job job = half;
	char line[1024];

	job.bytes_total = DRAY_SIZE_UNKNOWN;
	cli_bar(&job, "f", 79, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, "5.0 MiB"));
	ck_assert_ptr_null(strstr(line, "ETA"));
	ck_assert_ptr_null(strchr(line, '%'));
	job.state = DRAY_TRANSIENT_ERROR;
	job.retry_in_s = 9;
	ck_assert_ptr_nonnull(strstr(cli_bar(&job, "f", 79, line, sizeof(line)), "next try in 0:09"));
	job.state = DRAY_QUEUED;
	ck_assert_ptr_nonnull(strstr(cli_bar(&job, "f", 79, line, sizeof(line)), "queued"));
}
END_TEST

START_TEST(a_table_is_aligned_and_clean)
{
	static const char *const heads[] = { "A", ">NUMBER", "LAST", NULL };
	struct cli_table *t = cli_table_new(heads);
	AUTO_FREE char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	cli_table_row(t, (const char *const[]){ "\xc3\xa4\xc3\xb6", "5", "x" });
	cli_table_row(t, (const char *const[]){ "a\nb\x1b[2J", "12345678", "y" });
	ck_assert_uint_eq(cli_table_print(t, to, 0, 0, "\n"), 3);
	fclose(to);
	ck_assert_str_eq(text, "A          NUMBER  LAST\n\xc3\xa4\xc3\xb6              5  x\n"
	    "a?b?[2J  12345678  y\n");
	cli_table_free(t);
}
END_TEST

START_TEST(a_table_is_cut_to_its_window)
{
	static const char *const heads[] = { "NAME", NULL };
	struct cli_table *t = cli_table_new(heads);
	AUTO_FREE char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	for (int i = 0; i < 5; i++)
		cli_table_row(t, (const char *const[]){ "\xc3\xa4\xc3\xa4\xc3\xa4" });
	ck_assert_uint_eq(cli_table_print(t, to, 2, 2, "\n"), 4);
	fclose(to);
	ck_assert_str_eq(text, "NA\n\xc3\xa4\xc3\xa4\n\xc3\xa4\xc3\xa4\nand 3 more\n");
	cli_table_free(t);
}
END_TEST

START_TEST(a_soft_column_gives_way)
{
	static const char *const heads[] = { "ID", "~NAME", ">SIZE", NULL };
	struct cli_table *t = cli_table_new(heads);
	AUTO_FREE char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	cli_table_row(t, (const char *const[]){ "1", "a rather long name", "10.0 MiB" });
	cli_table_print(t, to, 24, 0, "\n");
	cli_table_print(t, to, 0, 0, "\n");
	fclose(to);
	ck_assert_str_eq(text, "ID  NAME            SIZE\n1   a rather..  10.0 MiB\n"
	    "ID  NAME                    SIZE\n1   a rather long name  10.0 MiB\n");
	cli_table_free(t);
}
END_TEST

START_TEST(text_from_outside_is_cleaned)
{
	char small[5];

	ck_assert_str_eq(say_clean("a\tb\x7f" "c\xc2\x9b" "d", out, sizeof(out)), "a?b?c?d");
	ck_assert_str_eq(say_clean("\xc3\xa4", out, sizeof(out)), "\xc3\xa4");
	ck_assert_str_eq(say_clean("abc\xc3\xa4", small, sizeof(small)), "abc");	/* no half character */
}
END_TEST

static const struct { dray_result code; const char *subcode; int status; } ends[] = {
	{ DRAY_OK, "", EXIT_OK }, { DRAY_S_PARTIAL, "", EXIT_OK }, { DRAY_E_NOT_FOUND, "", EXIT_NO_JOB },
	{ DRAY_E_ACCESS_DENIED, "w:AccessDenied", EXIT_DENIED }, { DRAY_E_INVALID_ARG, "", EXIT_USAGE },
	{ DRAY_E_INVALID_STATE, "", EXIT_FAILED }, { DRAY_E_UNREACHABLE, "", EXIT_NO_AGENT },
	{ DRAY_E_TIMEOUT, "", EXIT_NO_AGENT }, { DRAY_E_BAD_REPLY, "", EXIT_NO_AGENT },
	{ DRAY_E_INTERRUPTED, "", EXIT_DETACHED }, { 2150858836u, "w:InvalidParameter", EXIT_USAGE },
	{ 2150858838u, "x:InvalidRepresentation", EXIT_USAGE }, { 0x80190194u, "", EXIT_FAILED },
};

START_TEST(exit_statuses_stay_what_they_are)
{
	struct dray_error e = { .code = ends[_i].code };

	strcpy(e.subcode, ends[_i].subcode);
	ck_assert_int_eq(say_exit_status(&e), ends[_i].status);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cli_fmt");
	TCase *t = tcase_create("all");

	tcase_add_test(t, numbers_read_well);
	tcase_add_test(t, times_are_local_and_say_so);
	tcase_add_test(t, a_percentage_is_never_a_promise);
	tcase_add_test(t, states_and_priorities_are_words);
	tcase_add_test(t, the_bar_fits_its_terminal);
	tcase_add_test(t, the_bar_says_what_is_going_on);
	tcase_add_test(t, a_table_is_aligned_and_clean);
	tcase_add_test(t, a_table_is_cut_to_its_window);
	tcase_add_test(t, a_soft_column_gives_way);
	tcase_add_test(t, text_from_outside_is_cleaned);
	tcase_add_loop_test(t, exit_statuses_stay_what_they_are, 0, (int)COUNT(ends));
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
