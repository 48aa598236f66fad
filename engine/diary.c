/* SPDX-License-Identifier: MIT
 * engine/diary.c: see diary.h.
 */
#include "engine/diary.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/str.h"
#include "engine/store.h"

#define RING 2048u
#define ROWS_MAX 65536u			/* in the store, and DROP more for a while */
#define DROP 1024u
#define LOOK 2048u			/* rows of the store that one question reads at most */

struct diary {
	uint64_t first, end, draft;	/* places in the ring: the oldest row, behind the last kept one, behind the turn's */
	uint64_t given;			/* the greatest number so far, of undone rows, too */
	uint64_t last;			/* number of the newest kept row; without one, where numbers begin */
	uint64_t oldest;		/* who has seen this number has missed nothing that was dropped */
	uint64_t ring_after;		/* every row behind this number is in the ring */
	uint64_t rows, put, dropped, dropped_to;	/* in the store; of this turn: new, dropped, up to which */
	struct diary_row ring[RING];
};

struct diary *diary_new(struct engine *eng)
{
	struct diary *d = calloc(1, sizeof(*d));

	if (d)		/* greater than any number of an earlier store, should this one be new */
		d->given = d->last = d->oldest = d->ring_after = engine_ft(eng);
	return d;
}

void diary_free(struct diary *d)
{
	for (size_t i = 0; d && i < RING; i++)
		rec_done(&rec_event, &d->ring[i].rec);
	free(d);
}

/* A row's place; what was there goes, and is read from the store if somebody asks. */
static struct diary_row *place(struct diary *d)
{
	struct diary_row *row = &d->ring[d->draft % RING];

	if (d->draft++ - d->first == RING) {
		d->ring_after = row->rec.number;
		d->first++;
	}
	rec_done(&rec_event, &row->rec);
	return row;
}

/* Reading it back. */

static bool makes_sense(const struct event_rec *rec)
{
	return rec->number && rec->number < UINT64_MAX / 2 && rec->kind <= WATCH_GONE && rec->state < JOB__COUNT &&
	    rec->was <= JOB__COUNT && rec->done <= DIARY_FILES;
}

static bool on_load(void *arg, const struct rec_table *table, void *rec)
{
	struct diary *d = arg;
	const struct event_rec *event = rec;

	(void)table;
	d->given = d->last = event->number;
	if (makes_sense(event))
		*place(d) = (struct diary_row){ .rec = *event };
	else
		rec_done(&rec_event, rec);	/* no reason to take the jobs for damaged */
	return true;
}

enum err diary_load(struct engine *eng, struct errinfo *ei)
{
	struct diary *d = eng->diary;
	uint64_t now = engine_ft(eng), oldest = store_event_at(eng->store, false, 0);
	uint64_t before = store_event_at(eng->store, true, RING);
	enum err err;

	d->rows = store_events(eng->store);
	err = store_read_events(eng->store, before, RING, on_load, d, ei);
	d->end = d->draft;
	if (err || !oldest)
		return err;
	d->oldest = oldest - 1;
	d->ring_after = before ? before : d->oldest;
	if (d->given < now)	/* a copy of the store that was put back must not use again what was told since */
		d->given = now;
	return ERR_OK;
}

/* A turn. */

void diary_begin(struct engine *eng)
{
	eng->diary->put = eng->diary->dropped = 0;
}

static void put_row(struct engine *eng, const struct event_rec *rec, uint64_t late_ms)
{
	struct diary *d = eng->diary;
	struct diary_row *row = place(d);

	*row = (struct diary_row){ .rec = *rec, .late_ms = late_ms };
	row->rec.number = ++d->given;
	rec_copy(&rec_event, &row->rec, &row->rec);	/* the texts are the job's, too */
	store_put(eng->store, &rec_event, &row->rec);
	d->put++;
}

static uint32_t kind_of(const struct job *job, uint32_t done)
{
	if (job->gone)
		return WATCH_GONE;
	if (!job->pub)
		return WATCH_MADE;
	return job->changed || job->rec.state != job->pub->rec.state || done != job->pub->files_transferred ?
	    WATCH_CHANGED : 0;
}

/* What those who wait for NotifyFlags are told. */
static uint32_t what_of(const struct job *job, uint32_t done)
{
	bool moved = !job->pub || job->pub->rec.state != job->rec.state;
	uint32_t what = 0, state = job->rec.state, flags = job->opt->notify_flags;

	if (job->gone)
		what = WATCH_MODIFICATION;
	else if (moved || job->rec.modified_ft != job->pub->rec.modified_ft)
		what = WATCH_MODIFICATION;
	if (job->pub && !job->gone && done > job->pub->files_transferred)
		what |= WATCH_FILE;
	if (moved && !job->gone && job->opt->on_demand && (state == JOB_SUSPENDED || state == JOB_TRANSFERRED))
		what |= WATCH_RANGES;
	if (moved && !job->gone)
		what |= state == JOB_TRANSFERRED ? WATCH_TRANSFERRED : state == JOB_ERROR ? WATCH_ERROR : 0;
	return flags & WATCH_DISABLE ? 0 : what & flags;
}

static uint32_t file_of(const struct job *job)
{
	size_t next = job_next_file(job);

	if (job->rec.state == JOB_ERROR)
		return job->rec.error_file;
	return (uint32_t)(next < job->nfiles ? next : job->nfiles ? job->nfiles - 1 : 0);
}

void diary_put(struct engine *eng, struct job *job, uint32_t done)
{
	struct event_rec rec = { .job = job->rec.id, .owner = job->rec.owner, .display_name = job->rec.display_name,
	    .uid = job->rec.uid, .state = job->rec.state, .kind = (uint8_t)kind_of(job, done),
	    .was = job->pub ? job->pub->rec.state : JOB__COUNT, .what = what_of(job, done) };
	uint32_t what = rec.what, kind = rec.kind, left = 0;
	uint64_t late_ms = eng->now_ms + job->opt->notify_interval_ms;

	if (!what && !kind)
		return;
	rec.file = file_of(job);
	if (what & WATCH_FILE) {
		rec.done_from = job->pub->files_transferred;
		left = done - rec.done_from;
	}
	for (rec.what = WATCH_FILE, rec.kind = 0; left > DIARY_FILES; left -= DIARY_FILES) {
		rec.done = DIARY_FILES;
		put_row(eng, &rec, late_ms);
		rec.done_from += DIARY_FILES;
	}
	rec.done = left;
	rec.what = what;
	rec.kind = (uint8_t)kind;
	put_row(eng, &rec, late_ms);
}

void diary_end(struct engine *eng)
{
	struct diary *d = eng->diary;

	if (d->rows + d->put < ROWS_MAX + DROP)
		return;
	d->dropped = d->rows + d->put - ROWS_MAX;
	d->dropped_to = store_event_at(eng->store, false, d->dropped - 1);
	store_drop_events(eng->store, d->dropped_to);
}

void diary_committed(struct engine *eng, void (*hear)(struct engine *eng, const struct diary_row *row))
{
	struct diary *d = eng->diary;

	d->rows += d->put - d->dropped;
	if (d->dropped)
		d->oldest = d->dropped_to;
	d->put = d->dropped = 0;
	if (d->end == d->draft)
		return;
	if (d->end < d->first)
		d->end = d->first;	/* more than the ring holds: the newest are heard */
	for (; d->end < d->draft; d->end++)
		hear(eng, &d->ring[d->end % RING]);
	d->last = d->ring[(d->end - 1) % RING].rec.number;
}

/* Their numbers are gone: nobody knows how much of a commit that failed is on the disk. */
void diary_undone(struct engine *eng)
{
	struct diary *d = eng->diary;

	d->draft = d->end;
	d->put = d->dropped = 0;
	if (d->first >= d->end) {		/* the ring held nothing but the turn */
		d->first = d->end;
		d->ring_after = d->last;
	}
}

void diary_rewrite(struct engine *eng)
{
	struct diary *d = eng->diary;

	for (uint64_t i = d->first; i < d->end; i++)
		store_put(eng->store, &rec_event, &d->ring[i % RING].rec);
	d->rows = d->end - d->first;
	d->oldest = d->ring_after;
}

/* Questions. */

uint64_t diary_last(const struct diary *d)
{
	return d->last;
}

uint64_t diary_oldest(const struct diary *d)
{
	return d->oldest;
}

/* The place of the first row behind that number. */
static uint64_t place_after(const struct diary *d, uint64_t number)
{
	uint64_t lo = d->first, hi = d->end;

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (d->ring[mid % RING].rec.number <= number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct looking {
	bool (*on_row)(void *arg, const struct diary_row *row);
	void *arg;
	uint64_t after, looked;
	bool refused;
};

static bool on_old(void *arg, const struct rec_table *table, void *rec)
{
	struct looking *l = arg;
	struct diary_row row = { .rec = *(struct event_rec *)rec };

	(void)table;
	l->looked++;
	if (!l->refused && makes_sense(&row.rec))
		l->refused = !l->on_row(l->arg, &row);
	if (!l->refused)
		l->after = row.rec.number;
	rec_done(&rec_event, rec);
	return true;
}

static bool keep_number(void *arg, const struct diary_row *row)
{
	*(uint64_t *)arg = row->rec.number;
	return true;
}

bool diary_knows(struct engine *eng, uint64_t number)
{
	const struct diary *d = eng->diary;
	uint64_t found = 0, at = place_after(d, number);
	struct looking l = { .on_row = keep_number, .arg = &found };
	struct errinfo ei = { 0 };

	if (number < d->oldest || number > d->last)
		return false;
	if (number == d->oldest || number == d->last || number == d->ring_after ||
	    (at > d->first && d->ring[(at - 1) % RING].rec.number == number))
		return true;
	if (number < d->ring_after)
		store_read_events(eng->store, number - 1, 1, on_old, &l, &ei);
	return found == number;
}

uint64_t diary_each(struct engine *eng, uint64_t after, bool (*on_row)(void *arg, const struct diary_row *row),
    void *arg, bool *ret_more)
{
	struct diary *d = eng->diary;
	struct looking l = { .on_row = on_row, .arg = arg, .after = after };
	struct errinfo ei = { 0 };
	uint64_t at;

	if (after < d->ring_after && store_read_events(eng->store, after, LOOK, on_old, &l, &ei))
		log_error("older events could not be read: %s", ei.text);
	*ret_more = true;
	if (l.refused || l.looked == LOOK)
		return l.after;
	if (l.after < d->ring_after)
		l.after = d->ring_after;
	for (at = place_after(d, l.after); at < d->end && on_row(arg, &d->ring[at % RING]); at++)
		l.after = d->ring[at % RING].rec.number;
	*ret_more = at < d->end;
	return l.after;
}
