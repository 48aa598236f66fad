/* SPDX-License-Identifier: MIT
 * engine/watch.c: who is told what becomes of jobs (BITS IBackgroundCopyCallback): a caller waits for rows of the
 * diary behind the last one he has seen. Engine thread only.
 *
 *   commit -> rows of the diary -> watch_see -> whoever waits for them is answered
 *
 * At least once: the caller's next question, with the number of the last event he was given, is his
 * acknowledgement. One who was away for so long that rows were dropped is told so (`lost`) and given what
 * waits for a person now: the jobs that are transferred or in error. Events follow NotifyFlags of the
 * job; modifications are told NotifyInterval after they happened, once for all that came meanwhile. Who asks for
 * kinds (made, changed, gone) is told every change, at once.
 */
#include "engine/core.h"

#include <stdlib.h>
#include <string.h>

#include "engine/access.h"
#include "engine/base/str.h"
#include "engine/diary.h"
#include "engine/shelf.h"

#define ANSWER_MAX 512u			/* events of one answer; more than a row of the diary has */
#define WAIT_MAX_MS 30000u
#define WAITERS 2u

/* By what is asked for: NotifyFlags bits (BITS: notifications under way at a time), kinds (a subscription each). */
static const struct { unsigned all, user; } most_waiting[WAITERS] = { { 64, 4 }, { 1000, 32 } };

struct watch { struct eng_call *waiting; };

bool watch_open(struct engine *eng)
{
	eng->watch = calloc(1, sizeof(*eng->watch));
	eng->diary = diary_new(eng);
	return eng->watch && eng->diary;
}

void watch_done(struct engine *eng)
{
	free(eng->watch);
	diary_free(eng->diary);
}

void eng_watch_done(struct eng_watch *w)
{
	for (size_t i = 0; i < w->nevents; i++) {
		str_unref(w->events[i].owner);
		str_unref(w->events[i].display_name);
	}
	free(w->events);
	w->events = NULL;
	w->nevents = 0;
}

/* Hurry. */

static bool is_for(const struct eng_call *c, const struct diary_row *row)
{
	return (c->watch->kinds ? c->watch->kinds & row->rec.kind : c->watch->what & row->rec.what) &&
	    access_may_read(&c->caller, row->rec.uid);
}

/* An event for this caller: he is answered when it is due, if not before. */
static void hurry(struct engine *eng, struct eng_call *c, const struct diary_row *row)
{
	bool late = !c->watch->kinds && !(c->watch->what & row->rec.what & ~WATCH_LATE);
	uint64_t due_ms = late ? row->late_ms : eng->now_ms;

	if (is_for(c, row) && due_ms < c->watch->due_ms)
		c->watch->due_ms = due_ms;
}

static void hear(struct engine *eng, const struct diary_row *row)
{
	for (struct eng_call *c = eng->watch->waiting; c; c = c->next)
		hurry(eng, c, row);
}

void watch_see(struct engine *eng)
{
	diary_committed(eng, hear);
}

/* Answers. */

static bool is_late(uint32_t what)
{
	return what & WATCH_LATE;
}

static size_t room(const struct eng_watch *w)
{
	return (w->most && w->most < ANSWER_MAX ? w->most : ANSWER_MAX) - w->nevents;
}

static void add(struct eng_watch *w, const struct event_rec *rec, uint32_t what, uint32_t file)
{
	struct eng_event e = { rec->number, rec->job, what, rec->state, file, rec->kind, rec->was, rec->owner,
	    rec->display_name };

	for (size_t i = 0; i < w->nevents && is_late(what); i++)	/* the last of its kind says it all */
		if (w->events[i].what == what && guid_eq(&w->events[i].job, &e.job)) {
			str_unref(w->events[i].owner);
			str_unref(w->events[i].display_name);
			memmove(&w->events[i], &w->events[i + 1], (--w->nevents - i) * sizeof(e));
			break;
		}
	str_ref(e.owner);
	str_ref(e.display_name);
	w->events[w->nevents++] = e;
}

/* A row's bits in the order in which they came to be. false: there is no room for all of them. */
static bool add_bits(struct eng_watch *w, const struct event_rec *rec)
{
	static const uint32_t rest[] = { WATCH_RANGES, WATCH_TRANSFERRED, WATCH_ERROR, WATCH_MODIFICATION };
	uint32_t what = rec->what & w->what, done = what & WATCH_FILE ? rec->done : 0;

	if (done + COUNT(rest) > room(w))
		return false;
	for (uint32_t i = 0; i < done; i++)
		add(w, rec, WATCH_FILE, rec->done_from + i);
	for (size_t i = 0; i < COUNT(rest); i++)
		if (what & rest[i])
			add(w, rec, rest[i], rest[i] == WATCH_TRANSFERRED ? 0 : rec->file);
	return true;
}

static bool on_row(void *arg, const struct diary_row *row)
{
	struct eng_call *call = arg;
	struct eng_watch *w = call->watch;

	if (!is_for(call, row))
		return true;
	if (!w->kinds)
		return add_bits(w, &row->rec);
	if (!room(w))
		return false;
	add(w, &row->rec, 0, row->rec.file);
	return true;
}

/* What is new since w->after. The rest, if there is more, is for the next question. */
static void collect(struct engine *eng, struct eng_call *call, bool *ret_more)
{
	call->watch->next = diary_each(eng, call->watch->after, on_row, call, ret_more);
}

/* What waits for a person now, whenever it came about. */
static void collect_standing(struct engine *eng, struct eng_call *call)
{
	struct eng_watch *w = call->watch;
	struct job *job;

	for (size_t i = 0; (job = shelf_job(eng->shelf, i)) && room(w); i++) {
		const struct job_view *v = job->pub;
		uint32_t what = !v ? 0 : v->rec.state == JOB_TRANSFERRED ? WATCH_TRANSFERRED :
		    v->rec.state == JOB_ERROR ? WATCH_ERROR : 0;

		if ((w->what & what & job->opt->notify_flags) && !(job->opt->notify_flags & WATCH_DISABLE) &&
		    access_may_read(&call->caller, v->rec.uid))
			add(w, &(struct event_rec){ .number = diary_last(eng->diary), .job = v->rec.id,
			    .state = v->rec.state, .was = v->rec.state, .owner = v->rec.owner,
			    .display_name = v->rec.display_name }, what, v->rec.error_file);
	}
}

/* Where he begins: what is told at once, and from which row on he waits. */
static void find_start(struct engine *eng, struct eng_call *call)
{
	struct eng_watch *w = call->watch;
	bool begins = !w->after;

	w->lost = w->after && w->after != UINT64_MAX && !diary_knows(eng, w->after);
	if (!w->kinds && (w->lost || begins)) {
		collect_standing(eng, call);
		w->after = diary_last(eng->diary);
	}
	if (w->lost && w->after < diary_oldest(eng->diary))
		w->after = diary_oldest(eng->diary);
	if (w->after > diary_last(eng->diary))		/* from now on; or of a store that is not here any more */
		w->after = diary_last(eng->diary);
	w->next = w->after;
}

static unsigned waiting(const struct watch *all, bool kinds, int64_t uid)
{
	unsigned n = 0;

	for (const struct eng_call *c = all->waiting; c; c = c->next)
		n += (c->watch->kinds != 0) == kinds && (uid < -1 || c->caller.uid == uid);
	return n;
}

static enum err wait_for(struct engine *eng, struct eng_call *call)
{
	struct watch *all = eng->watch;
	bool kinds = call->watch->kinds != 0;

	if (waiting(all, kinds, call->caller.uid) >= most_waiting[kinds].user)
		return err_set(&call->ei, ERR_TOO_MANY_WAITS, "You wait for events in %u places already; end "
		    "one of them.", most_waiting[kinds].user);
	if (waiting(all, kinds, INT64_MIN) >= most_waiting[kinds].all)
		return err_set(&call->ei, ERR_TOO_MANY_WAITS, "Events are waited for in %u places already; try "
		    "again when one of them has ended.", most_waiting[kinds].all);
	call->next = all->waiting;
	all->waiting = call;
	return ERR_OK;
}

static bool on_hurry(void *arg, const struct diary_row *row)
{
	void **both = arg;

	hurry(both[0], both[1], row);
	return true;
}

enum err watch_call(struct engine *eng, struct eng_call *call, bool *later)
{
	struct eng_watch *w = call->watch;
	bool more = false;
	enum err err;

	w->nevents = 0;
	w->events = calloc(room(w), sizeof(*w->events));
	if (!w->events)
		return err_plain(&call->ei, ERR_NO_MEMORY);
	w->due_ms = eng->now_ms + (w->timeout_ms < WAIT_MAX_MS ? w->timeout_ms : WAIT_MAX_MS);
	find_start(eng, call);
	diary_each(eng, w->after, on_hurry, (void *[]){ eng, call }, &more);
	if (more || w->due_ms <= eng->now_ms)
		collect(eng, call, &more);
	if (more || w->due_ms <= eng->now_ms || w->nevents || w->lost)
		return ERR_OK;
	err = wait_for(eng, call);
	*later = !err;
	return err;
}

uint64_t watch_do(struct engine *eng)
{
	struct eng_call **at = &eng->watch->waiting, *call;
	uint64_t again = UINT64_MAX;
	bool more;

	while ((call = *at)) {
		if (call->watch->due_ms > eng->now_ms && !eng->stopping) {
			if (call->watch->due_ms - eng->now_ms < again)
				again = call->watch->due_ms - eng->now_ms;
			at = &call->next;
			continue;
		}
		*at = call->next;
		collect(eng, call, &more);
		engine_answer(eng, call, ERR_OK);
	}
	return again;
}
