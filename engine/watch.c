/* SPDX-License-Identifier: MIT
 * engine/watch.c: who is told what becomes of jobs (BITS IBackgroundCopyCallback): events are kept in a
 * ring, and a caller waits for those behind the last one he has seen. Engine thread only.
 *
 *   commit -> watch_see: old view and new one differ -> an event -> whoever waits for it is answered
 *
 * At least once: the caller's next question, with the number of the last event he was given, is his
 * acknowledgement. One who was away for too long, or over a restart, is told so (`lost`) and given what
 * waits for a person now: the jobs that are transferred or in error. Events follow NotifyFlags of the
 * job; modifications are told NotifyInterval after they happened, once for all that came meanwhile.
 */
#include "engine/core.h"

#include <stdlib.h>
#include <string.h>

#include "engine/access.h"
#include "engine/shelf.h"

#define RING 4096u
#define ANSWER_MAX 512u			/* events of one answer */
#define WAITERS_MAX 64u
#define WAITERS_USER 4u			/* BITS: notifications under way at a time */
#define WAIT_MAX_MS 30000u

struct seen { struct eng_event event; uint32_t uid; uint64_t due_ms; };	/* told then at the latest */

struct watch {
	uint64_t first, next;		/* numbers in the ring: from, and of the next one */
	struct eng_call *waiting;
	unsigned nwaiting;
	struct seen ring[RING];
};

bool watch_open(struct engine *eng)
{
	eng->watch = calloc(1, sizeof(*eng->watch));
	if (eng->watch)		/* greater than any number of an earlier start */
		eng->watch->first = eng->watch->next = engine_ft(eng);
	return eng->watch;
}

void watch_done(struct engine *eng)
{
	free(eng->watch);
}

/* Events. */

static bool is_late(uint32_t what)
{
	return what == WATCH_MODIFICATION || what == WATCH_RANGES;
}

/* An event for this caller: he is answered when it is due, if not before. */
static void hurry(struct eng_call *c, const struct seen *s)
{
	if ((c->watch->what & s->event.what) && access_may_read(&c->caller, s->uid) &&
	    s->due_ms < c->watch->due_ms)
		c->watch->due_ms = s->due_ms;
}

static void tell(struct engine *eng, const struct job_rec *rec, const struct job_opt *opt, uint32_t what,
    uint32_t file)
{
	struct watch *w = eng->watch;
	struct seen *s = &w->ring[w->next % RING];

	if (!(opt->notify_flags & what) || (opt->notify_flags & WATCH_DISABLE))
		return;
	*s = (struct seen){ { w->next++, rec->id, what, rec->state, file }, rec->uid,
	    eng->now_ms + (is_late(what) ? opt->notify_interval_ms : 0) };
	if (w->next - w->first > RING)
		w->first = w->next - RING;
	for (struct eng_call *c = w->waiting; c; c = c->next)
		hurry(c, s);
}

struct watch_was watch_was(const struct job_view *view)
{
	return view ? (struct watch_was){ view->rec.state, view->rec.modified_ft, view->files_transferred } :
	    (struct watch_was){ JOB__COUNT, 0, 0 };
}

void watch_see(struct engine *eng, const struct job *job, struct watch_was was)
{
	const struct job_view *v = job->pub;
	bool moved = job->rec.state != was.state;

	if (job->gone && was.state == JOB__COUNT)
		return;		/* it never was */
	if (job->gone || !v) {
		tell(eng, &job->rec, job->opt, WATCH_MODIFICATION, 0);
		return;
	}
	for (uint32_t i = was.files_transferred; i < v->files_transferred && i < v->nfiles; i++)
		tell(eng, &v->rec, v->opt, WATCH_FILE, i);
	if (moved && v->opt->on_demand && (v->rec.state == JOB_SUSPENDED || v->rec.state == JOB_TRANSFERRED))
		tell(eng, &v->rec, v->opt, WATCH_RANGES, v->current_file);
	if (moved && v->rec.state == JOB_TRANSFERRED)
		tell(eng, &v->rec, v->opt, WATCH_TRANSFERRED, 0);
	if (moved && v->rec.state == JOB_ERROR)
		tell(eng, &v->rec, v->opt, WATCH_ERROR, v->rec.error_file);
	if (moved || v->rec.modified_ft != was.modified_ft)
		tell(eng, &v->rec, v->opt, WATCH_MODIFICATION, v->current_file);
}

/* Answers. */

static bool add(struct eng_watch *w, const struct eng_event *e)
{
	if (is_late(e->what))			/* the last of its kind says it all */
		for (size_t i = 0; i < w->nevents; i++)
			if (w->events[i].what == e->what && guid_eq(&w->events[i].job, &e->job)) {
				w->events[i] = *e;
				return true;
			}
	if (w->nevents == ANSWER_MAX)
		return false;
	w->events[w->nevents++] = *e;
	return true;
}

/* What is new since w->after. The rest, if there is more, is for the next question. */
static void collect(struct engine *eng, struct eng_call *call)
{
	struct eng_watch *w = call->watch;
	struct watch *all = eng->watch;

	for (w->next = w->after; w->next < all->next; w->next++) {
		const struct seen *s = &all->ring[w->next % RING];

		if ((s->event.what & w->what) && access_may_read(&call->caller, s->uid) && !add(w, &s->event))
			return;
	}
}

/* What waits for a person now, whenever it came about. */
static void collect_standing(struct engine *eng, struct eng_call *call)
{
	struct eng_watch *w = call->watch;
	struct job *job;

	w->next = eng->watch->next;
	for (size_t i = 0; (job = shelf_job(eng->shelf, i)) && w->nevents < ANSWER_MAX; i++) {
		uint32_t what = job->rec.state == JOB_TRANSFERRED ? WATCH_TRANSFERRED :
		    job->rec.state == JOB_ERROR ? WATCH_ERROR : 0;
		struct eng_event e = { w->next, job->rec.id, what, job->rec.state, job->rec.error_file };

		if (what && job->pub && (w->what & job->opt->notify_flags & what) &&
		    !(job->opt->notify_flags & WATCH_DISABLE) && access_may_read(&call->caller, job->rec.uid))
			add(w, &e);
	}
}

static unsigned waiting_of(const struct watch *all, int64_t uid)
{
	unsigned n = 0;

	for (const struct eng_call *c = all->waiting; c; c = c->next)
		n += c->caller.uid == uid;
	return n;
}

enum err watch_call(struct engine *eng, struct eng_call *call, bool *later)
{
	struct eng_watch *w = call->watch;
	struct watch *all = eng->watch;

	w->events = calloc(ANSWER_MAX, sizeof(*w->events));
	if (!w->events)
		return err_plain(&call->ei, ERR_NO_MEMORY);
	w->due_ms = eng->now_ms + (w->timeout_ms < WAIT_MAX_MS ? w->timeout_ms : WAIT_MAX_MS);
	w->lost = w->after != 0 && (w->after < all->first || w->after > all->next);
	if (w->lost || !w->after) {
		collect_standing(eng, call);
		w->after = all->next;
	}
	for (uint64_t i = w->after; i < all->next; i++)
		hurry(call, &all->ring[i % RING]);
	if (w->due_ms <= eng->now_ms)
		collect(eng, call);
	if (w->due_ms <= eng->now_ms || w->nevents || w->lost)
		return ERR_OK;
	if (all->nwaiting >= WAITERS_MAX || waiting_of(all, call->caller.uid) >= WAITERS_USER)
		return err_set(&call->ei, ERR_TOO_MANY_WAITS, "You wait for events in %u places already; end "
		    "one of them.", WAITERS_USER);
	call->next = all->waiting;
	all->waiting = call;
	all->nwaiting++;
	*later = true;
	return ERR_OK;
}

uint64_t watch_do(struct engine *eng)
{
	struct eng_call **at = &eng->watch->waiting, *call;
	uint64_t again = UINT64_MAX;

	while ((call = *at)) {
		if (call->watch->due_ms > eng->now_ms && !eng->stopping) {
			if (call->watch->due_ms - eng->now_ms < again)
				again = call->watch->due_ms - eng->now_ms;
			at = &call->next;
			continue;
		}
		*at = call->next;
		eng->watch->nwaiting--;
		collect(eng, call);
		engine_answer(eng, call, ERR_OK);
	}
	return again;
}
