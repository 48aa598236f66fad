/* SPDX-License-Identifier: MIT
 * tests/unit/test_cli_find.c: which job a person means.
 */
#include <check.h>
#include <stdlib.h>

#include "agent/cli/cli.h"
#include "engine/base/auto.h"
#include "tests/peer/fake_agent.h"

#define JOB(id, name) \
	FAKE_JOB("<p:DisplayName>" name "</p:DisplayName><p:JobId>" id "</p:JobId><p:State>3</p:State>")
#define A "{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B00}"
#define B "{3BA51111-5ECC-48A6-895F-C7B35EBF8B00}"
#define C "{FACE0000-5ECC-48A6-895F-C7B35EBF8B00}"
#define D "{00000000-5ECC-48A6-895F-C7B35EBF8B00}"

static const char jobs[] = FAKE_ENVELOPE("EnumerateResponse",
	"<n:EnumerateResponse><n:EnumerationContext/><w:Items>" JOB(A, "photos") JOB(B, "photos")
	JOB(C, "3ba5") JOB(D, "face") "</w:Items><w:EndOfSequence/>"
	"</n:EnumerateResponse>");

static const struct { const char *text; int status; const char *id; } cases[] = {
	{ "3BA55", EXIT_OK, A }, { "{3ba5-5", EXIT_NO_JOB, NULL }, { "{3ba51", EXIT_OK, B },
	{ "3ba55cb4-5ecc", EXIT_OK, A }, { "3BA5", EXIT_USAGE, NULL }, { "photos", EXIT_USAGE, NULL },
	{ "Photos", EXIT_NO_JOB, NULL }, { "0000", EXIT_OK, D }, { "000", EXIT_NO_JOB, NULL },
	{ "face", EXIT_USAGE, NULL },		/* one by its id, another by its name */
	{ "face0", EXIT_OK, C }, { "", EXIT_NO_JOB, NULL }, { "ffff", EXIT_NO_JOB, NULL },
};

START_TEST(a_job_is_found_or_the_reader_is_asked)
{
	const struct fake_answer answer = { 200, jobs, 0 };
	struct fake_agent fake;
	struct cli cli = { 0 };
	char id[DRAY_ID_SIZE] = "";

	fake_start(&fake, false, &answer, 1);
	cli.d = dray_open(fake.target, NULL, NULL, NULL);
	ck_assert_ptr_nonnull(cli.d);
	ck_assert_int_eq(cli_find_job(&cli, cases[_i].text, id), cases[_i].status);
	if (cases[_i].id)
		ck_assert_str_eq(id, cases[_i].id);
	dray_close(cli.d);
	fake_stop(&fake);
}
END_TEST

START_TEST(a_whole_id_is_taken_without_asking)
{
	struct cli cli = { 0 };
	char id[DRAY_ID_SIZE];

	ck_assert_int_eq(cli_find_job(&cli, "3ba55cb4-5ecc-48a6-895f-c7b35ebf8b00", id), EXIT_OK);
	ck_assert_str_eq(id, A);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cli_find");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_job_is_found_or_the_reader_is_asked, 0, (int)COUNT(cases));
	tcase_add_test(t, a_whole_id_is_taken_without_asking);
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
