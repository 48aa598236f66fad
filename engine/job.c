/* SPDX-License-Identifier: MIT
 * engine/job.c: the job and its files as records in memory: make, copy, undo, free.
 *
 * Never knows who asked or how bytes move. Engine thread only. Every change goes through
 * job_dirty() or file_dirty(), so that the end of the batch knows what to commit.
 */
#include "engine/core.h"

#include <stdio.h>
#include <string.h>

#include "engine/delivery.h"
#include "engine/owners.h"
#include "engine/shelf.h"

#include "engine/base/now.h"

/* Options: shared until somebody changes them. Jobs that never do share the same one. */

struct job_opt *job_opt_shared(void)
{
	static struct job_opt opt;

	if (!opt.refs) {		/* engine thread, or before it starts */
		rec_init(&rec_opt, &opt);
		opt.refs = 1;		/* never freed */
		job_opt_default(&opt);
	}
	return &opt;
}

struct job_opt *job_opt_ref(const struct job_opt *opt)
{
	struct job_opt *same = (struct job_opt *)opt;

	__atomic_add_fetch(&same->refs, 1, __ATOMIC_RELAXED);
	return same;
}

void job_opt_unref(const struct job_opt *opt)
{
	struct job_opt *gone = (struct job_opt *)opt;

	if (!gone || __atomic_sub_fetch(&gone->refs, 1, __ATOMIC_ACQ_REL))
		return;
	rec_done(&rec_opt, gone);
	free(gone);
}

struct job_opt *job_opt_edit(struct engine *eng, struct job *job)
{
	struct job_opt *opt;

	if (__atomic_load_n(&job->opt->refs, __ATOMIC_ACQUIRE) > 1) {
		opt = malloc(sizeof(*opt));
		if (!opt)
			return NULL;
		rec_copy(&rec_opt, opt, job->opt);
		opt->refs = 1;
		opt->job = job->rec.seq;
		job_opt_unref(job->opt);
		job->opt = opt;
	}
	job->opt_dirty = true;
	job_dirty(eng, job);
	return job->opt;
}

struct job *job_by_id(struct engine *eng, const struct guid *id)
{
	struct job *job = shelf_job_by_id(eng->shelf, id);

	return job && !job->gone ? job : NULL;
}

struct job *job_new_at(struct engine *eng, const struct guid *id, uint64_t seq)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	rec_init(&rec_job, &job->rec);
	job->opt = job_opt_ref(job_opt_shared());
	job->rec.id = *id;
	job->rec.seq = seq;
	job->rec.state = JOB_SUSPENDED;
	job_modified(eng, job);
	job->rec.created_ft = job->rec.modified_ft;
	if (!due_add(eng, job) || !shelf_add(eng->shelf, job)) {
		due_remove(eng, job);
		job_opt_unref(job->opt);
		free(job);
		return NULL;
	}
	job_dirty(eng, job);
	return job;
}

struct job *job_new(struct engine *eng, const struct guid *id)
{
	return job_new_at(eng, id, eng->next_seq++);
}

const struct file *file_ref(const struct file *file)
{
	__atomic_add_fetch(&((struct file *)file)->refs, 1, __ATOMIC_RELAXED);
	return file;
}

void file_unref(const struct file *file)
{
	struct file *gone = (struct file *)file;

	if (__atomic_sub_fetch(&gone->refs, 1, __ATOMIC_ACQ_REL))
		return;
	rec_done(&rec_file, &gone->rec);
	free(gone);
}

/* The next view of a job is begun with the first change of a file: its list is the job's until it is published.
 * At rest the job has none but that of its view. */
struct job_view *job_draft(const struct job *job)
{
	return job->files && (!job->pub || job->files != job->pub->files) ?
	    CONTAINER(job->files, struct job_view, files) : NULL;
}

static bool draft_files(struct job *job, size_t room)
{
	struct job_view *old = job_draft(job);
	struct job_view *draft = realloc(old, sizeof(*draft) + room * sizeof(draft->files[0]));

	if (!draft)
		return false;
	for (size_t i = 0; !old && i < job->nfiles; i++)
		draft->files[i] = file_ref(job->files[i]);
	job->files = draft->files;
	return true;
}

static void drop_draft(struct job *job)
{
	struct job_view *draft = job_draft(job);

	if (!draft)
		return;
	job_drop_files(job, 0);
	free(draft);
}

struct file *job_edit_file(struct job *job, size_t i)
{
	const struct file *old;
	struct file *file;

	if (!job_draft(job) && !draft_files(job, job->nfiles))
		return NULL;
	old = job->files[i];
	if (__atomic_load_n(&old->refs, __ATOMIC_ACQUIRE) == 1)
		return (struct file *)old;
	file = malloc(sizeof(*file));
	if (!file)
		return NULL;
	*file = *old;
	rec_copy(&rec_file, &file->rec, &old->rec);
	file->refs = 1;
	file_unref(old);
	job->files[i] = file;
	return file;
}

void job_free(struct engine *eng, struct job *job)
{
	link_forget_job(eng, job);
	run_forget(eng, job);
	owners_forget(eng, job);
	transfer_drop(eng, job);
	shelf_remove(eng->shelf, job);
	drop_draft(job);
	eng_view_unref(job->pub);
	job_opt_unref(job->opt);
	tries_unref(job->tries);
	rec_done(&rec_job, &job->rec);
	free(job->closing);
	free(job);
}

void job_free_all(struct engine *eng)
{
	while (shelf_jobs(eng->shelf))
		job_free(eng, shelf_job(eng->shelf, shelf_jobs(eng->shelf) - 1));
}

void job_dirty(struct engine *eng, struct job *job)
{
	job->dirty = true;
	clocks_roll(eng, job);
	engine_touch(eng, job);
}

void job_modified(struct engine *eng, struct job *job)
{
	job->rec.modified_ft = engine_ft(eng);
	job->changed = true;
}

void file_dirty(struct engine *eng, struct job *job, struct file *file)
{
	file->dirty = true;
	if (job->open_from > file->rec.number)
		job->open_from = file->rec.number;
	engine_touch(eng, job);
}

struct file *job_add_file(struct engine *eng, struct job *job)
{
	struct file *file;

	if (!draft_files(job, job->nfiles + 1))
		return NULL;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	rec_init(&rec_file, &file->rec);
	file->refs = 1;
	file->rec.job = job->rec.seq;
	file->rec.number = job->nfiles;
	file->rec.size = ENG_SIZE_UNKNOWN;
	job->files[job->nfiles++] = file;
	file_dirty(eng, job, file);
	job_dirty(eng, job);
	return file;
}

void job_drop_files(struct job *job, size_t from)
{
	while (job->nfiles > from)
		file_unref(job->files[--job->nfiles]);
}

const char *eng_temp_name(const struct guid *job, const struct file_rec *file, char out[ENG_TEMP_NAME])
{
	char id[GUID_TEXT];

	if (*file->temp)
		return file->temp;		/* of an older dray */
	snprintf(out, ENG_TEMP_NAME, ".dray-%.36s-%u.part", guid_text(job, id) + 1, file->number);
	return out;
}

bool job_undo(struct engine *eng, struct job *job)
{
	uint64_t busy = job->rec.busy_ms;	/* time that is used is used */

	if (!job->pub)
		return false;
	shelf_take_back(eng->shelf, job);
	job_opt_unref(job->opt);
	job->opt = job_opt_ref(job->pub->opt);
	tries_unref(job->tries);
	job->tries = tries_ref(job->pub->tries);
	job->tries_new = 0;
	job->waits = job->pub->waits;
	owners_count(eng, job);
	drop_draft(job);
	job->files = job->pub->files;
	job->nfiles = job->pub->nfiles;
	job->rec.busy_ms = job->rec.busy_ms > busy ? job->rec.busy_ms : busy;
	job->open_from = 0;
	job->retry_at_ms = job->pub->retry_at_ms;
	job->dirty = job->opt_dirty = job->gone = job->changed = false;
	return true;
}

size_t job_file_from(const struct job *job, size_t i)
{
	while (i < job->nfiles && !file_is_due(job, job->files[i]))
		i++;
	return i;
}

/* Where the search begins is remembered: a job of many files is asked after each of them. */
size_t job_next_file(const struct job *job)
{
	size_t i = job_file_from(job, job->open_from);

	((struct job *)job)->open_from = (uint32_t)i;
	return i;
}
