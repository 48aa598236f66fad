/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_watch.c: what becomes of instances of BitsClientJob and DRAY_Job, for subscriptions: every change the
 * engine made durable, whatever NotifyFlags say. The instance is as it is now, with the state of then; of one that
 * is gone the key, name, owner and state are known. Engine thread, but for prov_job_watch().
 */
#include "agent/prov.h"

#include <string.h>

#define ROWS_MOST 64			/* of an answer: it is made on the engine's thread */
#define FILES_MOST 8192u		/* of its jobs together; a job with more is told by its key, name, owner and state */

_Static_assert(PROV_CREATED == (int)WATCH_MADE && PROV_MODIFIED == (int)WATCH_CHANGED &&
    PROV_DELETED == (int)WATCH_GONE, "kinds are the same numbers on both sides");

/* What an event itself says of its job. */
static struct prov_value told(enum job_prop prop, const struct eng_event *e, uint32_t state, struct arena *arena)
{
	switch ((int)prop) {
	case JOB_PROP_JobId: return prov_guid(&e->job, arena);
	case JOB_PROP_DisplayName: return prov_text(arena_strdup(arena, e->display_name));
	case JOB_PROP_Owner: return prov_text(arena_strdup(arena, e->owner));
	case JOB_PROP_State: return prov_num(state);
	}
	return (struct prov_value){ 0 };
}

/* known: the other properties; NULL: they are not known. */
static bool event_row(const struct prov_class *cls, const struct eng_event *e, uint32_t state,
    const struct prov_row *known, struct arena *arena, struct prov_row *ret)
{
	enum prov_family f = prov_family_of(cls);
	struct prov_value *values = arena_zalloc(arena, cls->nprops * sizeof(*values));

	for (size_t p = 0; values && p < cls->nprops; p++) {
		enum job_prop prop = prov_job_prop(f, p);
		bool keep = known && prop != JOB_PROP_State;

		values[p] = keep ? known->values[p] : told(prop, e, state, arena);
		if (cls->props[p].type == CIM_TEXT && values[p].set && !values[p].text)
			return false;
	}
	*ret = (struct prov_row){ .cls = cls, .values = values };
	return values;
}

/* A job is looked up once an answer: its files may be many. */
struct look_up { const struct guid *job; struct prov_row row; bool there; };

struct jobs { struct look_up *list; size_t n, nfiles; };

/* false: no memory, or the answer has files enough and ends before this event. */
static bool look_up(struct prov_call *call, struct eng_call *ec, struct jobs *jobs, const struct eng_event *e,
    const struct prov_row **ret)
{
	const struct prov_world *world = call->cls->ctx;
	struct look_up *at = jobs->list, *end = at + jobs->n;
	struct job_view *view;
	bool ok = true;

	while (at < end && !guid_eq(at->job, &e->job))
		at++;
	if (at == end) {
		view = e->kind == WATCH_GONE ? NULL : eng_find(world->eng, &ec->caller, &e->job);
		jobs->nfiles += view ? view->nfiles : 0;
		ok = !jobs->n || jobs->nfiles <= FILES_MOST;
		jobs->n++;
		*at = (struct look_up){ .job = &e->job, .there = view && view->nfiles <= FILES_MOST };
		if (ok && at->there)
			ok = prov_job_row(prov_family_of(call->cls), view, call->arena, &at->row);
		eng_view_unref(view);
	}
	*ret = at->there ? &at->row : NULL;
	return ok;
}

static bool make_event(struct prov_call *call, const struct eng_event *e, const struct prov_row *known,
    struct prov_event *ret)
{
	struct prov_row *before = e->was < JOB__COUNT ? arena_zalloc(call->arena, sizeof(*before)) : NULL;

	*ret = (struct prov_event){ .number = e->number, .kind = (enum prov_event_kind)e->kind, .previous = before };
	if (e->was < JOB__COUNT && (!before || !event_row(call->cls, e, e->was, NULL, call->arena, before)))
		return false;
	return event_row(call->cls, e, e->state, e->kind == WATCH_GONE ? NULL : known, call->arena, &ret->row);
}

static void on_watched(struct eng_call *ec, enum err err)
{
	struct prov_call *call = ec->user;
	struct eng_watch *w = ec->watch;
	struct prov_event *events = arena_zalloc(call->arena, (w->nevents + 1) * sizeof(*events));
	struct jobs jobs = { .list = arena_zalloc(call->arena, (w->nevents + 1) * sizeof(*jobs.list)) };
	const struct prov_row *known;
	size_t n = 0;
	bool ok;

	call->ei = ec->ei;
	while (!err && events && jobs.list && n < w->nevents &&
	    look_up(call, ec, &jobs, &w->events[n], &known) && make_event(call, &w->events[n], known, &events[n]))
		n++;
	call->events = events;
	call->nevents = n;
	call->next = n < w->nevents && n ? events[n - 1].number : w->next;	/* the others: by the next question */
	call->after = w->after;
	call->lost = w->lost;
	ok = events && jobs.list && (n || !w->nevents);
	eng_watch_done(w);
	eng_view_unref(ec->view);
	prov_done(call, ok || err ? err : ERR_NO_MEMORY);
}

void prov_job_watch(const struct prov_class *cls, struct prov_call *call)
{
	struct eng_call *ec = arena_zalloc(call->arena, sizeof(*ec));
	struct eng_watch *w = arena_zalloc(call->arena, sizeof(*w));

	if (!ec || !w) {
		prov_done(call, ERR_NO_MEMORY);
		return;
	}
	w->after = call->after;
	w->kinds = WATCH_MADE | WATCH_CHANGED | WATCH_GONE;
	w->most = call->max_rows && call->max_rows < ROWS_MOST ? (uint32_t)call->max_rows : ROWS_MOST;
	w->timeout_ms = call->wait_ms;
	ec->verb = ENG_WATCH;
	ec->watch = w;
	prov_submit(cls, call, ec, on_watched);
}
