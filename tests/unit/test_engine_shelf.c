/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_shelf.c: the table of published jobs: found by id, walked by order, whatever the ids are.
 */
#include <check.h>

#include "engine/core.h"
#include "engine/shelf.h"

#define JOBS 500u

static struct engine eng;
static struct job *jobs[JOBS];
static const struct eng_caller all = { .uid = 1, .reads_all = true };

/* Ids that all want the same few places. */
static struct job *make(unsigned n)
{
	struct job *job = calloc(1, sizeof(*job));

	rec_init(&rec_job, &job->rec);
	job->opt = job_opt_ref(job_opt_shared());
	job->rec.seq = n + 1;
	((unsigned char *)&job->rec.id)[0] = (unsigned char)(n % 5);
	memcpy((unsigned char *)&job->rec.id + 8, &n, sizeof(n));
	ck_assert(shelf_add(eng.shelf, job));
	return job;
}

static void drop(unsigned n)
{
	shelf_remove(eng.shelf, jobs[n]);
	eng_view_unref(jobs[n]->pub);
	job_opt_unref(jobs[n]->opt);
	rec_done(&rec_job, &jobs[n]->rec);
	free(jobs[n]);
	jobs[n] = NULL;
}

static void check(unsigned n, bool there)
{
	struct guid id = { 0 };
	struct job_view *view;

	((unsigned char *)&id)[0] = (unsigned char)(n % 5);
	memcpy((unsigned char *)&id + 8, &n, sizeof(n));
	view = eng_find(&eng, &all, &id);
	ck_assert_msg((view != NULL) == there, "job %u is %s", n, there ? "not found" : "still there");
	ck_assert(!view || view->rec.seq == n + 1);
	eng_view_unref(view);
}

START_TEST(every_job_is_found_while_others_come_and_go)
{
	unsigned left = JOBS, seed = 7, walked = 0;
	uint64_t after = 0;
	struct job_view *view;

	eng.shelf = shelf_new();
	for (unsigned n = 0; n < JOBS; n++) {
		jobs[n] = make(n);
		ck_assert(shelf_publish(eng.shelf, jobs[n]));
		ck_assert(shelf_publish(eng.shelf, jobs[n]));	/* a newer view takes the place of the older */
	}
	for (; left > JOBS / 3; left--) {
		do
			seed = seed * 1103515245u + 12345u;
		while (!jobs[(seed >> 8) % JOBS]);
		drop((seed >> 8) % JOBS);
		if (left % 20 == 0)
			for (unsigned n = 0; n < JOBS; n++)
				check(n, jobs[n] != NULL);
	}
	while ((view = eng_next(&eng, &all, after))) {
		ck_assert_uint_gt(view->rec.seq, after);
		after = view->rec.seq;
		walked++;
		eng_view_unref(view);
	}
	ck_assert_uint_eq(walked, left);
	for (unsigned n = 0; n < JOBS; n++)
		if (jobs[n])
			drop(n);
	shelf_free(eng.shelf);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_shelf");
	TCase *t = tcase_create("shelf");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, every_job_is_found_while_others_come_and_go);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
