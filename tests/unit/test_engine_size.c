/* SPDX-License-Identifier: MIT
 * tests/unit/test_engine_size.c: what a job costs in memory. tests/bench/queue measures it with 100,000 of
 * them; this says in which record it was lost.
 */
#include "tests/unit/test_engine_lone.h"

#define JOB_BYTES 1024			/* of a job of one file, all there is of it */
#define TABLE_BYTES 48			/* its places on the shelf and in the heap of due.c */

/* What malloc takes for so many bytes, where it takes 8 of its own and gives multiples of 16. */
static size_t chunk(size_t bytes)
{
	return (bytes + 8 + 15) / 16 * 16;
}

static size_t text(const char *text_of_job)
{
	return chunk(sizeof(unsigned) + strlen(text_of_job) + 1);
}

START_TEST(a_job_of_one_file_takes_no_more_than_a_kilobyte)
{
	size_t sum = chunk(sizeof(struct job)) + chunk(sizeof(struct file)) +
	    chunk(sizeof(struct job_view) + sizeof(struct file *)) + text("job 12345") +
	    text("http://files.example.com/a/b/12345") + text("/home/somebody/where/files/go/to/file-12345") +
	    TABLE_BYTES;

	ck_assert_msg(sum <= JOB_BYTES, "%zu bytes: job %zu, view %zu, file %zu", sum, sizeof(struct job),
	    sizeof(struct job_view), sizeof(struct file));
}
END_TEST

START_TEST(records_have_no_holes_but_at_their_end)
{
	const struct rec_table *tables[] = { &rec_job, &rec_file, &rec_try };
	static const size_t sizes[] = { [REC_U64] = 8, [REC_U32] = 4, [REC_U8] = 1, [REC_BOOL] = sizeof(bool),
	    [REC_TEXT] = sizeof(char *), [REC_SECRET] = sizeof(char *), [REC_GUID] = sizeof(struct guid) };

	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++) {
		size_t sum = 0;

		for (size_t c = 0; c < tables[t]->ncols; c++)
			sum += sizes[tables[t]->cols[c].kind];
		ck_assert_msg(tables[t]->size < sum + 8, "%s: %zu bytes for %zu", tables[t]->name,
		    tables[t]->size, sum);
	}
}
END_TEST

START_TEST(a_job_at_rest_has_the_files_of_its_view_and_a_changed_one_is_its_own_until_published)
{
	const struct file *shown;
	struct file *file = job_add_file(&eng, job);

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(job_draft(job));
	ck_assert(shelf_publish(eng.shelf, job));
	ck_assert_ptr_null(job_draft(job));
	ck_assert(job->files == job->pub->files);
	shown = job->pub->files[0];
	ck_assert_uint_eq(shown->refs, 1);
	ck_assert(shelf_publish(eng.shelf, job));	/* of the job alone: the same file */
	ck_assert(job->pub->files[0] == shown);

	file = job_edit_file(job, 0);
	ck_assert_ptr_nonnull(file);
	ck_assert(file != shown);			/* readers hold that one */
	file->rec.size = 7;
	ck_assert_uint_eq(job->pub->files[0]->rec.size, ENG_SIZE_UNKNOWN);
	ck_assert(job_edit_file(job, 0) == file);
	ck_assert_ptr_nonnull(job_add_file(&eng, job));
	ck_assert(job_undo(&eng, job));
	ck_assert_uint_eq(job->nfiles, 1);
	ck_assert(job->files[0] == shown);

	file = job_edit_file(job, 0);
	ck_assert_ptr_nonnull(file);
	file->rec.size = 8;
	ck_assert(shelf_publish(eng.shelf, job));
	ck_assert_uint_eq(job->pub->bytes_total, 8);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_size");
	TCase *t = tcase_create("size");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_job_of_one_file_takes_no_more_than_a_kilobyte);
	tcase_add_test(t, records_have_no_holes_but_at_their_end);
	tcase_add_test(t, a_job_at_rest_has_the_files_of_its_view_and_a_changed_one_is_its_own_until_published);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
