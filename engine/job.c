/* SPDX-License-Identifier: MIT
 * engine/job.c: the job and its files as records in memory: make, copy, undo, free.
 *
 * Never knows who asked or how bytes move. Engine thread only. Every change goes through
 * job_dirty() or file_dirty(), so that the end of the batch knows what to commit.
 */
#include "engine/core.h"

#include <string.h>

#include "engine/base/now.h"

bool rec_text(char **member, const char *text)
{
	char *copy;

	if (*member && !strcmp(*member, text))
		return true;
	copy = strdup(text);
	if (!copy)
		return false;
	free(*member);
	*member = copy;
	return true;
}

#define COPY_U64(name) to->name = from->name;
#define COPY_GUID(name) to->name = from->name;
#define COPY_TEXT(name) to->name = strdup(from->name); ok &= to->name != NULL;
#define DONE_U64(name)
#define DONE_GUID(name)
#define DONE_TEXT(name) free(rec->name); rec->name = NULL;
#define EMPTY_U64(name)
#define EMPTY_GUID(name)
#define EMPTY_TEXT(name) rec->name = strdup(""); ok &= rec->name != NULL;

void job_rec_done(struct job_rec *rec)
{
#define JOB_COL(kind, name) DONE_##kind(name)
#include "schemas/store.def"
#undef JOB_COL
}

void file_rec_done(struct file_rec *rec)
{
#define FILE_COL(kind, name) DONE_##kind(name)
#include "schemas/store.def"
#undef FILE_COL
}

bool job_rec_copy(struct job_rec *to, const struct job_rec *from)
{
	bool ok = true;

#define JOB_COL(kind, name) COPY_##kind(name)
#include "schemas/store.def"
#undef JOB_COL
	if (!ok)
		job_rec_done(to);
	return ok;
}

bool file_rec_copy(struct file_rec *to, const struct file_rec *from)
{
	bool ok = true;

#define FILE_COL(kind, name) COPY_##kind(name)
#include "schemas/store.def"
#undef FILE_COL
	if (!ok)
		file_rec_done(to);
	return ok;
}

static bool job_rec_empty(struct job_rec *rec)
{
	bool ok = true;

	memset(rec, 0, sizeof(*rec));
#define JOB_COL(kind, name) EMPTY_##kind(name)
#include "schemas/store.def"
#undef JOB_COL
	return ok;
}

static bool file_rec_empty(struct file_rec *rec)
{
	bool ok = true;

	memset(rec, 0, sizeof(*rec));
#define FILE_COL(kind, name) EMPTY_##kind(name)
#include "schemas/store.def"
#undef FILE_COL
	return ok;
}

struct job *job_by_id(struct engine *eng, const struct guid *id)
{
	struct job *job;

	HASH_FIND(hh, eng->jobs, id, sizeof(*id), job);
	return job && !job->gone ? job : NULL;
}

struct job *job_new(struct engine *eng, const struct guid *id)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job || !job_rec_empty(&job->rec)) {
		if (job)
			job_rec_done(&job->rec);
		free(job);
		return NULL;
	}
	job->rec.id = *id;
	job->rec.seq = eng->next_seq++;
	job->rec.state = JOB_SUSPENDED;
	job->rec.created_ft = job->rec.modified_ft = now_ft();
	HASH_ADD(hh, eng->jobs, rec.id, sizeof(job->rec.id), job);
	eng->njobs++;
	job_dirty(eng, job);
	return job;
}

static void file_free(struct file *file)
{
	if (file->pub && __atomic_sub_fetch(&file->pub->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		file_rec_done(&file->pub->rec);
		free(file->pub);
	}
	file_rec_done(&file->rec);
	free(file);
}

void job_free(struct engine *eng, struct job *job)
{
	link_forget_job(eng, job);
	run_forget(eng, job);
	HASH_DELETE(hh, eng->jobs, job);
	eng->njobs--;
	if (job->link)
		HASH_DELETE(hh_tag, eng->by_tag, job);
	for (size_t i = 0; i < job->nfiles; i++)
		file_free(job->files[i]);
	free(job->files);
	eng_view_unref(job->pub);
	job_rec_done(&job->rec);
	free(job->closing);
	free(job);
}

void job_dirty(struct engine *eng, struct job *job)
{
	job->dirty = true;
	engine_touch(eng, job);
}

void file_dirty(struct engine *eng, struct job *job, struct file *file)
{
	file->dirty = true;
	if (file->pub && __atomic_sub_fetch(&file->pub->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		file_rec_done(&file->pub->rec);
		free(file->pub);
	}
	file->pub = NULL;
	engine_touch(eng, job);
}

struct file *job_add_file(struct engine *eng, struct job *job)
{
	struct file **files = realloc(job->files, (job->nfiles + 1) * sizeof(*files));
	struct file *file;

	if (!files)
		return NULL;
	job->files = files;
	file = calloc(1, sizeof(*file));
	if (!file || !file_rec_empty(&file->rec)) {
		if (file)
			file_rec_done(&file->rec);
		free(file);
		return NULL;
	}
	file->rec.job = job->rec.seq;
	file->rec.number = job->nfiles;
	file->rec.size = ENG_SIZE_UNKNOWN;
	job->files[job->nfiles++] = file;
	file_dirty(eng, job, file);
	job_dirty(eng, job);
	return file;
}

bool job_undo(struct engine *eng, struct job *job)
{
	struct job_rec rec;
	struct file_rec *files = NULL;
	size_t n = job->pub ? job->pub->nfiles : 0;
	bool ok;

	(void)eng;
	if (!job->pub)
		return false;
	ok = job_rec_copy(&rec, &job->pub->rec);
	files = calloc(n ? n : 1, sizeof(*files));
	for (size_t i = 0; files && ok && i < n; i++)
		ok = file_rec_copy(&files[i], &job->pub->files[i]->rec);
	if (!files || !ok)
		abort();	/* neither the disk nor memory takes the truth: start again from the disk */
	job_rec_done(&job->rec);
	job->rec = rec;
	while (job->nfiles > n)
		file_free(job->files[--job->nfiles]);
	for (size_t i = 0; i < n; i++) {
		file_rec_done(&job->files[i]->rec);
		job->files[i]->rec = files[i];
		job->files[i]->received = job->pub->files[i]->received;
		job->files[i]->dirty = false;
	}
	free(files);
	job->retry_at_ms = job->pub->retry_at_ms;
	job->dirty = job->gone = false;
	return true;
}

size_t job_next_file(const struct job *job)
{
	size_t i = 0;

	while (i < job->nfiles && job->files[i]->rec.transferred)
		i++;
	return i;
}
