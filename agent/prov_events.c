/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_events.c: DRAY_Job.WaitForEvents: what becomes of jobs, for programs near and far.
 */
#include "agent/prov.h"

#include "engine/base/buf.h"

#define EVENT_ROOM 128			/* bytes of an event, at most */

/* Engine thread. One line an event; NULL: no memory. */
static const char *lines_of(const struct eng_watch *w, struct arena *arena)
{
	const char *text;
	char id[GUID_TEXT];
	struct buf out;

	buf_init(&out, (w->nevents + 1) * EVENT_ROOM);
	for (size_t i = 0; i < w->nevents; i++)
		buf_addf(&out, "%s%u %s %u %u", i ? "\n" : "", w->events[i].what,
		    guid_text(&w->events[i].job, id), w->events[i].state, w->events[i].file);
	text = buf_bad(&out) ? NULL : arena_strdup(arena, buf_text(&out));
	buf_done(&out);
	return text;
}

/* Engine thread. */
static void on_events(struct eng_call *ec, enum err err)
{
	struct prov_call *call = ec->user;
	const char *lines = err ? "" : lines_of(ec->watch, call->arena);

	call->ei = ec->ei;
	if (!lines)
		err = ERR_NO_MEMORY;
	prov_out(call, "Events", 0, lines);
	prov_out(call, "Next", ec->watch->next, NULL);
	prov_out(call, "Lost", ec->watch->lost, NULL);
	eng_watch_done(ec->watch);
	eng_view_unref(ec->view);
	prov_done(call, err);
}

enum err prov_wait_for_events(struct prov_invoke *x)
{
	struct eng_watch *w = arena_zalloc(x->call->arena, sizeof(*w));
	uint64_t seconds = prov_in_num(x->call, "Timeout", 20);

	if (!w)
		return ERR_NO_MEMORY;
	w->after = prov_in_num(x->call, "After", 0);
	w->what = (uint32_t)prov_in_num(x->call, "What", 63);
	w->timeout_ms = seconds > 30 ? 30000 : (uint32_t)seconds * 1000;
	x->ec->verb = ENG_WATCH;
	x->ec->watch = w;
	prov_submit(x->cls, x->call, x->ec, on_events);
	return ERR_OK;
}
