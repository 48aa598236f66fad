/* SPDX-License-Identifier: MIT
 * engine/shelf.c: see shelf.h. Views are kept in an array in order of creation: cursors are a
 * binary search, a look-up by id goes through a table of the same views beside it.
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
	struct job_view **order;	/* by seq */
	size_t n, room;
	struct job_view **by_id;	/* open addressing; at least half of the places are free */
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
	for (size_t i = 0; i < shelf->n; i++)
		eng_view_unref(shelf->order[i]);
	free(shelf->order);
	free(shelf->by_id);
	pthread_mutex_destroy(&shelf->lock);
	free(shelf);
}

static void file_view_unref(struct file_view *v)
{
	if (!v || __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL))
		return;
	rec_done(&rec_file, &v->rec);
	free(v);
}

void eng_view_unref(struct job_view *view)
{
	if (!view || __atomic_sub_fetch(&view->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; i < view->nfiles; i++)
		file_view_unref(view->files[i]);
	job_opt_unref(view->opt);
	tries_unref(view->tries_owner);
	rec_done(&rec_job, &view->rec);
	free(view);
}

static struct job_view *view_ref(struct job_view *view)
{
	__atomic_add_fetch(&view->refs, 1, __ATOMIC_RELAXED);
	return view;
}

/* The file as readers see it; made anew only when it changed. */
static struct file_view *file_view(const struct job *job, struct file *file)
{
	struct file_view *v = file->pub;

	if (v && v->received != file->received) {
		file_view_unref(v);
		v = file->pub = NULL;
	}
	if (!v) {
		v = calloc(1, sizeof(*v));
		if (!v)
			return NULL;
		rec_copy(&rec_file, &v->rec, &file->rec);
		v->refs = 1;
		v->received = file->received;
		v->wanted = file_wanted(job, file);
		if (job->opt->on_demand)
			pieces_show(&v->rec);		/* no memory: readers see the pieces of before */
		file->pub = v;
	}
	__atomic_add_fetch(&v->refs, 1, __ATOMIC_RELAXED);
	return v;
}

static struct job_view *make_view(struct job *job)
{
	struct job_view *v = calloc(1, sizeof(*v) + job->nfiles * sizeof(*v->files));

	if (!v)
		return NULL;
	rec_copy(&rec_job, &v->rec, &job->rec);
	v->opt = job_opt_ref(job->opt);
	v->refs = 1;
	v->files = (struct file_view **)(v + 1);
	while (v->nfiles < job->nfiles) {
		struct file_view *f = file_view(job, job->files[v->nfiles]);
		if (!f)
			break;
		v->files[v->nfiles++] = f;
		v->bytes_transferred += f->received;
		v->files_transferred += f->rec.transferred != 0;
		v->bytes_total = v->bytes_total == ENG_SIZE_UNKNOWN || f->wanted == ENG_SIZE_UNKNOWN ?
		    ENG_SIZE_UNKNOWN : v->bytes_total + f->wanted;
	}
	if (v->nfiles < job->nfiles) {
		eng_view_unref(v);
		return NULL;
	}
	v->current_file = (uint32_t)(job_next_file(job) < job->nfiles ? job_next_file(job) :
	    job->nfiles ? job->nfiles - 1 : 0);
	v->rate = job->rec.state == JOB_TRANSFERRING ? job->rate : 0;
	v->retry_at_ms = job->retry_at_ms;
	v->waits = job->waits;
	v->closing = job->closing != NULL;
	v->tries_owner = tries_ref(job->tries);
	v->tries = job->tries ? job->tries->at : NULL;
	v->ntries = job->tries ? job->tries->n : 0;
	return v;
}

/* Under the lock: index of the first view whose seq is greater. */
static size_t upper(struct shelf *shelf, uint64_t seq)
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

/* Under the lock: the place of this id, or the free one where it belongs. places is not 0. */
static size_t place_of(const struct shelf *shelf, const struct guid *id)
{
	size_t i = home(shelf, id);

	while (shelf->by_id[i] && memcmp(&shelf->by_id[i]->rec.id, id, sizeof(*id)))
		i = (i + 1) & (shelf->places - 1);
	return i;
}

static struct job_view *look_up(const struct shelf *shelf, const struct guid *id)
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
	struct job_view **order, **by_id;

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

/* Under the lock. */
static bool insert(struct shelf *shelf, struct job_view *view)
{
	size_t at = upper(shelf, view->rec.seq);

	if (!make_room(shelf))
		return false;
	shelf->by_id[place_of(shelf, &view->rec.id)] = view;
	memmove(shelf->order + at + 1, shelf->order + at, (shelf->n - at) * sizeof(*shelf->order));
	shelf->order[at] = view;
	shelf->n++;
	return true;
}

bool shelf_publish(struct shelf *shelf, struct job *job)
{
	struct job_view *view = make_view(job), *old;
	bool ok = true;

	if (!view)
		return false;
	pthread_mutex_lock(&shelf->lock);
	old = look_up(shelf, &view->rec.id);
	if (old) {
		shelf->by_id[place_of(shelf, &view->rec.id)] = view;
		shelf->order[upper(shelf, view->rec.seq) - 1] = view;
	} else {
		ok = insert(shelf, view);
	}
	pthread_mutex_unlock(&shelf->lock);
	eng_view_unref(old);
	if (!ok) {
		eng_view_unref(view);
		return false;
	}
	eng_view_unref(job->pub);
	job->pub = view_ref(view);
	return true;
}

void shelf_remove(struct shelf *shelf, struct job *job)
{
	struct job_view *view;

	pthread_mutex_lock(&shelf->lock);
	view = look_up(shelf, &job->rec.id);
	if (view) {
		size_t at = upper(shelf, view->rec.seq) - 1;
		clear_place(shelf, place_of(shelf, &job->rec.id));
		memmove(shelf->order + at, shelf->order + at + 1, (shelf->n - at - 1) * sizeof(*shelf->order));
		shelf->n--;
	}
	pthread_mutex_unlock(&shelf->lock);
	eng_view_unref(view);
}

struct job_view *eng_find(struct engine *eng, const struct eng_caller *caller, const struct guid *id)
{
	struct shelf *shelf = eng->shelf;
	struct job_view *view = NULL;

	pthread_mutex_lock(&shelf->lock);
	view = look_up(shelf, id);
	view = view && access_may_read(caller, view->rec.uid) ? view_ref(view) : NULL;
	pthread_mutex_unlock(&shelf->lock);
	return view;
}

struct job_view *eng_next(struct engine *eng, const struct eng_caller *caller, uint64_t after)
{
	struct shelf *shelf = eng->shelf;
	struct job_view *view = NULL;

	pthread_mutex_lock(&shelf->lock);
	for (size_t at = upper(shelf, after); at < shelf->n && !view; at++)
		if (access_may_read(caller, shelf->order[at]->rec.uid))
			view = view_ref(shelf->order[at]);
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
