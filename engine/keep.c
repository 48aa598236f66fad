/* SPDX-License-Identifier: MIT
 * engine/keep.c: jobs in memory and jobs in the store: what changed goes there, at the start all of
 * it comes back. Engine thread only.
 */
#include "engine/core.h"

#include "engine/shelf.h"
#include "engine/store.h"
#include "engine/base/log.h"

/* Writes what is dirty. Nothing dirty costs nothing. */
static enum err commit(struct engine *eng, struct errinfo *ei)
{
	bool begun = false;

	for (struct job *job = eng->touched; job; job = job->next_touched) {
		bool write = job->gone ? job->pub != NULL : job->dirty;

		for (size_t i = 0; i < job->nfiles; i++)
			write |= !job->gone && job->files[i]->dirty;
		if (!write)
			continue;
		if (!begun)
			store_begin(eng->store);
		begun = true;
		if (job->gone) {
			store_delete_job(eng->store, job->rec.seq);
			continue;
		}
		store_put_job(eng->store, &job->rec);
		for (size_t i = 0; i < job->nfiles; i++)
			if (job->files[i]->dirty)
				store_put_file(eng->store, &job->files[i]->rec);
	}
	return begun ? store_commit(eng->store, ei) : ERR_OK;
}

/* Somebody removed the store under our feet. Memory has what was in it: what readers see is what was
 * committed last. */
static enum err rescue(struct engine *eng, struct errinfo *ei)
{
	enum err err;

	err = store_renew(eng->store, ei);
	if (err)
		return err;
	store_begin(eng->store);
	store_delete_all(eng->store);
	for (struct job *job = eng->jobs; job; job = job->hh.next) {
		if (!job->pub)
			continue;
		store_put_job(eng->store, &job->pub->rec);
		for (size_t i = 0; i < job->pub->nfiles; i++)
			store_put_file(eng->store, &job->pub->files[i]->rec);
	}
	return store_commit(eng->store, ei);
}

enum err keep_turn(struct engine *eng, struct errinfo *ei)
{
	enum err err = ERR_OK;

	if (!eng->adrift) {
		err = commit(eng, ei);
		eng->adrift = err && store_is_lost(eng->store);
		if (eng->adrift)
			log_error("the job store was removed while the agent runs; writing it again");
	}
	if (!eng->adrift)
		return err;
	err = rescue(eng, ei);
	if (err)
		return err;
	eng->adrift = false;
	log_info("the job store is whole again");
	return commit(eng, ei);
}

/* Bringing the jobs back. Files come in the order of their jobs. */
struct loading { struct engine *eng; struct job *at; };

/* A store somebody wrote into is not believed blindly. */
static bool makes_sense(struct engine *eng, const struct job_rec *rec)
{
	return rec->seq && rec->seq < UINT64_MAX / 2 && rec->state < JOB_ACKNOWLEDGED &&
	    rec->uid < UINT32_MAX && rec->priority <= 3 && !job_by_id(eng, &rec->id);
}

static bool on_load_job(void *arg, struct job_rec *rec)
{
	struct engine *eng = ((struct loading *)arg)->eng;
	struct job *job = makes_sense(eng, rec) ? job_new(eng, &rec->id) : NULL;

	if (!job) {
		job_rec_done(rec);
		return false;
	}
	job_rec_done(&job->rec);
	job->rec = *rec;
	if (eng->next_seq <= rec->seq)
		eng->next_seq = rec->seq + 1;
	job->dirty = false;
	return true;
}

static bool on_load_file(void *arg, struct file_rec *rec)
{
	struct loading *l = arg;
	struct engine *eng = l->eng;
	struct file *file = NULL;
	struct job *job = l->at ? l->at : eng->jobs;

	while (job && job->rec.seq != rec->job)
		job = job->hh.next;
	l->at = job;
	if (job && rec->number == job->nfiles)
		file = job_add_file(eng, job);
	if (!file) {
		file_rec_done(rec);
		return false;
	}
	file_rec_done(&file->rec);
	file->rec = *rec;
	file->received = rec->durable;
	file->dirty = job->dirty = false;
	return true;
}

enum err keep_recover(struct engine *eng, struct errinfo *ei)
{
	struct loading l = { .eng = eng };
	enum err err = store_load(eng->store, on_load_job, on_load_file, &l, ei);

	for (struct job *job = eng->jobs; job && !err; job = job->hh.next) {
		if (!shelf_publish(eng->shelf, job))
			return err_plain(ei, ERR_NO_MEMORY);
		if (job->rec.state == JOB_QUEUED)
			job->queued_at = eng->next_place++;
		else if (job_is_active(job))
			job_move(eng, job, EV_RESTARTED, NULL);
	}
	if (!err && HASH_COUNT(eng->jobs))
		log_info("%u jobs are back", HASH_COUNT(eng->jobs));
	return err;
}
