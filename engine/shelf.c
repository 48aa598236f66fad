/* SPDX-License-Identifier: MIT
 * engine/shelf.c: see shelf.h. Jobs are kept in an array in order of creation: cursors are a binary
 * search, a look-up by id goes through a table of the same jobs beside it. Of a job, readers touch
 * under the lock what never changes (rec.id, rec.seq) and `pub`.
 */
#include "engine/shelf.h"

#include <pthread.h>
#include <string.h>

#include "engine/access.h"
#include "engine/delivery.h"
#include "engine/tries.h"
#include "engine/why.h"

struct shelf {
	pthread_mutex_t lock;
	struct job **order;		/* by seq */
	size_t n, room;
	struct job **by_id;		/* open addressing; at least half of the places are free */
	size_t places;			/* a power of two; 0: none yet */
	struct why_now front;		/* the background job that runs */
};

struct shelf *shelf_new(void)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));

	if (shelf)
		pthread_mutex_init(&shelf->lock, NULL);
	return shelf;
}

void shelf_free(struct shelf *shelf)
{
	if (!shelf)
		return;
	free(shelf->order);
	free(shelf->by_id);
	pthread_mutex_destroy(&shelf->lock);
	free(shelf);
}

void eng_view_unref(struct job_view *view)
{
	if (!view || __atomic_sub_fetch(&view->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; i < view->nfiles; i++)
		file_unref(view->files[i]);
	job_opt_unref(view->opt);
	tries_unref(view->tries);
	rec_done(&rec_job, &view->rec);
	free(view);
}

static struct job_view *view_ref(struct job_view *view)
{
	__atomic_add_fetch(&view->refs, 1, __ATOMIC_RELAXED);
	return view;
}

/* A file of the draft that nobody shares with the job has changed: what readers want to know is worked out
 * anew. */
static void show_file(const struct job *job, const struct file *file)
{
	struct file *own = (struct file *)file;

	if (__atomic_load_n(&file->refs, __ATOMIC_ACQUIRE) > 1)
		return;
	own->wanted = file_wanted(job, file);
	if (job->opt->on_demand)
		pieces_show(&own->rec);		/* no memory: readers see the pieces of before */
}

/* With the files of the draft, or those of the view before. */
static struct job_view *make_view(struct job *job)
{
	struct job_view *draft = job_draft(job);
	struct job_view *v = draft ? draft : malloc(sizeof(*v) + job->nfiles * sizeof(v->files[0]));

	if (!v)
		return NULL;
	*v = (struct job_view){ .refs = 1, .opt = job_opt_ref(job->opt), .tries = tries_ref(job->tries) };
	rec_copy(&rec_job, &v->rec, &job->rec);
	while (v->nfiles < job->nfiles) {
		const struct file *f = job->files[v->nfiles];

		if (draft)
			show_file(job, f);
		else
			file_ref(f);
		v->files[v->nfiles++] = f;
		v->bytes_transferred += f->received;
		v->files_transferred += f->rec.transferred != 0;
		v->bytes_total = v->bytes_total == ENG_SIZE_UNKNOWN || f->wanted == ENG_SIZE_UNKNOWN ?
		    ENG_SIZE_UNKNOWN : v->bytes_total + f->wanted;
	}
	v->current_file = (uint32_t)(job_next_file(job) < job->nfiles ? job_next_file(job) :
	    job->nfiles ? job->nfiles - 1 : 0);
	v->rate = job->rec.state == JOB_TRANSFERRING && job->run ? job->run->rate : 0;
	v->retry_at_ms = job->retry_at_ms;
	v->waits = job->waits;
	v->closing = job->closing != NULL;
	return v;
}

/* Index of the first job whose seq is greater. */
static size_t upper(const struct shelf *shelf, uint64_t seq)
{
	size_t lo = 0, hi = shelf->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (shelf->order[mid]->rec.seq <= seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The table by id. Ids are random, so their first bytes are as good as a hash. */
static size_t home(const struct shelf *shelf, const struct guid *id)
{
	uint64_t bits;

	memcpy(&bits, id, sizeof(bits));
	return (size_t)(bits ^ bits >> 32) & (shelf->places - 1);
}

/* The place of this id, or the free one where it belongs. places is not 0. */
static size_t place_of(const struct shelf *shelf, const struct guid *id)
{
	size_t i = home(shelf, id);

	while (shelf->by_id[i] && memcmp(&shelf->by_id[i]->rec.id, id, sizeof(*id)))
		i = (i + 1) & (shelf->places - 1);
	return i;
}

static struct job *look_up(const struct shelf *shelf, const struct guid *id)
{
	return shelf->places ? shelf->by_id[place_of(shelf, id)] : NULL;
}

/* The place is free again; who stands behind it moves up if it is nearer to where it belongs. */
static void clear_place(struct shelf *shelf, size_t free_at)
{
	size_t mask = shelf->places - 1;

	for (size_t i = (free_at + 1) & mask; shelf->by_id[i]; i = (i + 1) & mask) {
		size_t from_home = (i - home(shelf, &shelf->by_id[i]->rec.id)) & mask;

		if (from_home < ((i - free_at) & mask))
			continue;
		shelf->by_id[free_at] = shelf->by_id[i];
		free_at = i;
	}
	shelf->by_id[free_at] = NULL;
}

/* Under the lock. */
static bool make_room(struct shelf *shelf)
{
	size_t room = shelf->room ? shelf->room * 2 : 64;
	struct job **order, **by_id;

	if (shelf->n < shelf->room)
		return true;
	by_id = calloc(room * 2, sizeof(*by_id));
	order = by_id ? realloc(shelf->order, room * sizeof(*order)) : NULL;
	if (!order) {
		free(by_id);
		return false;
	}
	free(shelf->by_id);
	shelf->order = order;
	shelf->room = room;
	shelf->by_id = by_id;
	shelf->places = room * 2;
	for (size_t i = 0; i < shelf->n; i++)
		by_id[place_of(shelf, &order[i]->rec.id)] = order[i];
	return true;
}

bool shelf_add(struct shelf *shelf, struct job *job)
{
	size_t at = upper(shelf, job->rec.seq);
	bool ok;

	pthread_mutex_lock(&shelf->lock);
	ok = make_room(shelf);
	if (ok) {
		shelf->by_id[place_of(shelf, &job->rec.id)] = job;
		memmove(shelf->order + at + 1, shelf->order + at, (shelf->n - at) * sizeof(*shelf->order));
		shelf->order[at] = job;
		shelf->n++;
	}
	pthread_mutex_unlock(&shelf->lock);
	return ok;
}

bool shelf_publish(struct shelf *shelf, struct job *job)
{
	struct job_view *view = make_view(job), *old = job->pub;

	if (!view)
		return false;
	pthread_mutex_lock(&shelf->lock);
	job->pub = view;
	pthread_mutex_unlock(&shelf->lock);
	job->files = view->files;
	eng_view_unref(old);
	return true;
}

void shelf_take_back(struct shelf *shelf, struct job *job)
{
	pthread_mutex_lock(&shelf->lock);
	rec_done(&rec_job, &job->rec);
	rec_copy(&rec_job, &job->rec, &job->pub->rec);
	pthread_mutex_unlock(&shelf->lock);
}

void shelf_remove(struct shelf *shelf, struct job *job)
{
	size_t at = upper(shelf, job->rec.seq) - 1;

	pthread_mutex_lock(&shelf->lock);
	clear_place(shelf, place_of(shelf, &job->rec.id));
	memmove(shelf->order + at, shelf->order + at + 1, (shelf->n - at - 1) * sizeof(*shelf->order));
	shelf->n--;
	pthread_mutex_unlock(&shelf->lock);
}

struct job *shelf_job(const struct shelf *shelf, size_t i)
{
	return i < shelf->n ? shelf->order[i] : NULL;
}

struct job *shelf_job_by_id(const struct shelf *shelf, const struct guid *id)
{
	return look_up(shelf, id);
}

size_t shelf_jobs(const struct shelf *shelf)
{
	return shelf->n;
}

static bool may_see(const struct job *job, const struct eng_caller *caller)
{
	return job && job->pub && access_may_read(caller, job->pub->rec.uid);
}

struct job_view *eng_find(struct engine *eng, const struct eng_caller *caller, const struct guid *id)
{
	struct shelf *shelf = eng->shelf;
	struct job_view *view = NULL;
	struct job *job;

	pthread_mutex_lock(&shelf->lock);
	job = look_up(shelf, id);
	if (may_see(job, caller))
		view = view_ref(job->pub);
	pthread_mutex_unlock(&shelf->lock);
	return view;
}

struct job_view *eng_next(struct engine *eng, const struct eng_caller *caller, uint64_t after)
{
	struct shelf *shelf = eng->shelf;
	struct job_view *view = NULL;

	pthread_mutex_lock(&shelf->lock);
	for (size_t at = upper(shelf, after); at < shelf->n && !view; at++)
		if (may_see(shelf->order[at], caller))
			view = view_ref(shelf->order[at]->pub);
	pthread_mutex_unlock(&shelf->lock);
	return view;
}

void shelf_set_front(struct shelf *shelf, const struct job *job)
{
	if (shelf->front.runs == (job != NULL) && (!job || (!memcmp(&shelf->front.front, &job->rec.id,
	    sizeof(job->rec.id)) && shelf->front.front_priority == job->rec.priority)))
		return;			/* only this thread writes it */
	pthread_mutex_lock(&shelf->lock);
	shelf->front.runs = job != NULL;
	if (job) {
		shelf->front.front = job->rec.id;
		shelf->front.front_priority = (uint32_t)job->rec.priority;
	}
	pthread_mutex_unlock(&shelf->lock);
}

void shelf_front(struct shelf *shelf, struct why_now *ret)
{
	pthread_mutex_lock(&shelf->lock);
	ret->runs = shelf->front.runs;
	ret->front = shelf->front.front;
	ret->front_priority = shelf->front.front_priority;
	pthread_mutex_unlock(&shelf->lock);
}
