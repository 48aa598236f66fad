/* SPDX-License-Identifier: MIT
 * engine/keep.c: jobs in memory and jobs in the store: what changed goes there, at the start all of
 * it comes back. Engine thread only.
 */
#include "engine/core.h"

#include "engine/diary.h"
#include "engine/owners.h"
#include "engine/policy.h"
#include "engine/shelf.h"
#include "engine/store.h"
#include "engine/tries.h"
#include "engine/base/log.h"

/* Writes what is dirty. Nothing dirty costs nothing. */
static enum err commit(struct engine *eng, struct errinfo *ei)
{
	bool begun = policy_dirty(eng);

	diary_begin(eng);
	if (begun) {
		store_begin(eng->store);
		policy_put(eng, false);
	}
	for (struct job *job = eng->touched; job; job = job->next_touched) {
		bool write = job->gone ? job->pub != NULL : job->dirty;
		uint32_t done = 0;

		for (size_t i = 0; i < job->nfiles; i++) {
			write |= !job->gone && job->files[i]->dirty;
			done += job->files[i]->rec.transferred;
		}
		if (!write)
			continue;
		if (!begun)
			store_begin(eng->store);
		begun = true;
		diary_put(eng, job, done);
		if (job->gone) {
			store_delete_job(eng->store, job->rec.seq);
			continue;
		}
		store_put(eng->store, &rec_job, &job->rec);
		if (job->opt_dirty)
			store_put(eng->store, &rec_opt, job->opt);
		for (size_t i = 0; i < job->nfiles; i++)
			if (job->files[i]->dirty)
				store_put(eng->store, &rec_file, &job->files[i]->rec);
		for (unsigned i = 0; i < job->tries_new && i < job->tries->n; i++)
			store_put(eng->store, &rec_try, &job->tries->at[job->tries->n - 1 - i]);
	}
	if (!begun)
		return ERR_OK;
	diary_end(eng);
	return store_commit(eng->store, ei);
}

/* Somebody removed the store under our feet. Memory has what was in it: what readers see is what was
 * committed last. */
static enum err rescue(struct engine *eng, struct errinfo *ei)
{
	struct job *job;
	enum err err;

	err = store_renew(eng->store, ei);
	if (err)
		return err;
	store_begin(eng->store);
	store_delete_all(eng->store);
	policy_put(eng, true);
	for (size_t at = 0; (job = shelf_job(eng->shelf, at)); at++) {
		if (!job->pub)
			continue;
		store_put(eng->store, &rec_job, &job->pub->rec);
		if (job->pub->opt->job)
			store_put(eng->store, &rec_opt, job->pub->opt);
		for (size_t i = 0; i < job->pub->nfiles; i++)
			store_put(eng->store, &rec_file, &job->pub->files[i]->rec);
		for (size_t i = 0; job->pub->tries && i < job->pub->tries->n; i++)
			store_put(eng->store, &rec_try, &job->pub->tries->at[i]);
	}
	diary_rewrite(eng);
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
	if (err)
		diary_undone(eng);
	if (!eng->adrift)
		return err;
	err = rescue(eng, ei);
	if (err)
		return err;
	eng->adrift = false;
	log_info("the job store is whole again");
	err = commit(eng, ei);
	if (err)
		diary_undone(eng);
	return err;
}

/* Bringing the jobs back. Files come in the order of their jobs. */
struct loading { bool full; /* memory */ struct engine *eng; const struct rec_table *table; size_t at; };

/* A store somebody wrote into is not believed blindly. */
static bool makes_sense(struct engine *eng, const struct job_rec *rec)
{
	return rec->seq && rec->seq < UINT64_MAX / 2 && rec->state < JOB_ACKNOWLEDGED &&
	    rec->uid < UINT32_MAX && rec->priority <= 3 && !job_by_id(eng, &rec->id);
}

static bool on_load_job(struct loading *l, struct job_rec *rec)
{
	bool sense = makes_sense(l->eng, rec);
	struct job *job = sense ? job_new_at(l->eng, &rec->id, rec->seq) : NULL;

	l->full |= sense && !job;
	if (!job)
		return false;
	rec_done(&rec_job, &job->rec);
	job->rec = *rec;
	owners_count(l->eng, job);
	if (l->eng->next_seq <= rec->seq)
		l->eng->next_seq = rec->seq + 1;
	job->dirty = false;
	return true;
}

/* Rows that belong to jobs come in the order of the jobs, so the search goes on where it was. */
static struct job *owner_of(struct loading *l, uint64_t seq)
{
	struct job *job;

	while ((job = shelf_job(l->eng->shelf, l->at)) && job->rec.seq != seq)
		l->at++;
	return job;
}

static bool on_load_opt(struct loading *l, struct job_opt *rec)
{
	struct job *job = owner_of(l, rec->job);
	struct job_opt *opt = job ? malloc(sizeof(*opt)) : NULL;

	l->full |= job && !opt;
	if (!opt)
		return false;
	*opt = *rec;
	opt->refs = 1;
	job_opt_unref(job->opt);
	job->opt = opt;
	return true;
}

static bool on_load_file(struct loading *l, struct file_rec *rec)
{
	struct job *job = owner_of(l, rec->job);
	struct file *file = job && rec->number == job->nfiles ? job_add_file(l->eng, job) : NULL;

	if (!file)
		return false;
	rec_done(&rec_file, &file->rec);
	file->rec = *rec;
	file->received = rec->durable;
	file->dirty = job->dirty = false;
	return true;
}

static bool on_load_try(struct loading *l, struct try_rec *rec)
{
	struct job *job = owner_of(l, rec->job);

	return job && tries_load(job, rec);
}

/* The row is ours when the answer is true. */
static bool on_load(void *arg, const struct rec_table *table, void *rec)
{
	struct loading *l = arg;

	if (l->table != table)
		l->at = 0;
	l->table = table;
	if (table == &rec_policy)
		return policy_load(l->eng, rec);
	return table == &rec_job ? on_load_job(l, rec) : table == &rec_opt ? on_load_opt(l, rec) :
	    table == &rec_try ? on_load_try(l, rec) : on_load_file(l, rec);
}

enum err keep_recover(struct engine *eng, struct errinfo *ei)
{
	struct loading l = { .eng = eng };
	enum err err = store_load(eng->store, on_load, &l, ei);
	struct job *job;

	if (!err)
		err = diary_load(eng, ei);

	if (err && l.full)
		return err_plain(ei, ERR_NO_MEMORY);	/* the store is not to blame */

	eng->touched = NULL;		/* nothing but what recover_job() changes is to be written */
	for (size_t i = 0; !err && (job = shelf_job(eng->shelf, i)); i++) {
		job->touched = false;
		if (!shelf_publish(eng->shelf, job))
			return err_plain(ei, ERR_NO_MEMORY);
		recover_job(eng, job);
	}
	if (!err && shelf_jobs(eng->shelf))
		log_info("%zu jobs are back", shelf_jobs(eng->shelf));
	return err;
}
