/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_watch.c: what becomes of instances of BitsClientJob and DRAY_Job, for subscriptions: every change the
 * engine made durable, whatever NotifyFlags say. The instance is as it is now, with the state of then; of one that
 * is gone the key, name, owner and state are known. Engine thread, but for prov_job_watch().
 */
#include "agent/prov.h"

#include <string.h>

#define ROWS_MOST 64			/* of an answer: it is made on the engine's thread */

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

static bool look_up(struct prov_call *call, struct eng_call *ec, struct look_up *first, size_t *n,
    const struct eng_event *e, const struct prov_row **ret)
{
	const struct prov_world *world = call->cls->ctx;
	struct job_view *view;
	size_t i = 0;
	bool ok = true;

	while (i < *n && !guid_eq(first[i].job, &e->job))
		i++;
	if (i == *n) {
		(*n)++;
		first[i].job = &e->job;
		view = e->kind == WATCH_GONE ? NULL : eng_find(world->eng, &ec->caller, &e->job);
		first[i].there = view;
		ok = !view || prov_job_row(prov_family_of(call->cls), view, call->arena, &first[i].row);
		eng_view_unref(view);
	}
	*ret = first[i].there ? &first[i].row : NULL;
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
	struct look_up *jobs = arena_zalloc(call->arena, (w->nevents + 1) * sizeof(*jobs));
	const struct prov_row *known;
	bool ok = events && jobs;
	size_t njobs = 0;

	call->ei = ec->ei;
	for (size_t i = 0; i < w->nevents && !err && ok; i++)
		ok = look_up(call, ec, jobs, &njobs, &w->events[i], &known) &&
		    make_event(call, &w->events[i], known, &events[i]);
	call->events = events;
	call->nevents = ok ? w->nevents : 0;
	call->next = w->next;
	call->after = w->after;
	call->lost = w->lost;
	eng_watch_done(w);
	eng_view_unref(ec->view);
	prov_done(call, err ? err : ok ? ERR_OK : ERR_NO_MEMORY);
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
