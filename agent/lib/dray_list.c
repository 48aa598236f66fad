/* SPDX-License-Identifier: MIT
 * agent/lib/dray_list.c: all jobs, page by page; see dray.h.
 *
 *   Enumerate (optimized: with the first page) -> Pull ... -> end, or Release when stopped early
 */
#include "include/dray.h"

#include <stdlib.h>
#include <string.h>

#include "agent/lib/lib_call.h"
#include "agent/lib/lib_instance.h"
#include "engine/base/auto.h"

#define PAGE "<w:MaxElements>50</w:MaxElements>"
#define PULL_PAGE "<n:MaxElements>50</n:MaxElements>"
#define MAX_PAGES 100000		/* an agent that never says it is through */

struct walk {
	struct dray *d;
	bool (*on_job)(void *arg, const struct dray_job *job);
	void *arg;
	char *context;			/* owned; "" when finished */
	bool stopped;			/* the caller has seen enough */
};

static void add_context(struct walk *w)
{
	buf_adds(&w->d->request, "<n:EnumerationContext>");
	buf_add_xml(&w->d->request, w->context);
	buf_adds(&w->d->request, "</n:EnumerationContext>");
}

static dray_result give_jobs(struct walk *w, const struct lib_node *items)
{
	for (const struct lib_node *n = lib_xml_child(items, "DRAY_Job"); n; n = lib_xml_next(n, "DRAY_Job")) {
		const char *why;
		struct dray_job *job = lib_instance_job(n, &why);

		if (!job)
			return lib_error(&w->d->error, DRAY_E_BAD_REPLY, "%s", why);
		w->stopped = !w->on_job(w->arg, job);
		dray_job_free(job);
		if (w->stopped)
			break;
	}
	return DRAY_OK;
}

/* The same shape in both answers: perhaps a context, perhaps items, perhaps the end. */
static dray_result take_page(struct walk *w, struct lib_answer *a)
{
	const struct lib_node *context = lib_xml_child(a->body, "EnumerationContext");
	bool end = lib_xml_child(a->body, "EndOfSequence");
	dray_result r;

	if (context || end) {
		free(w->context);
		w->context = end ? strdup("") : lib_xml_text(context);
	}
	r = w->context ? give_jobs(w, lib_xml_child(a->body, "Items")) :
	    lib_error(&w->d->error, DRAY_E_BAD_REPLY, "the agent's list of jobs cannot be continued");
	lib_answer_done(a);
	return r;
}

static dray_result first_page(struct walk *w)
{
	struct lib_head head = { .action = LIB_ENUMERATION "Enumerate" };
	struct lib_answer a;
	dray_result r;

	lib_call_begin(w->d, &head);
	buf_adds(&w->d->request, "<n:Enumerate><w:OptimizeEnumeration/>" PAGE "</n:Enumerate>");
	r = lib_call(w->d, &head, "EnumerateResponse", &a);
	return dray_failed(r) ? r : take_page(w, &a);
}

static dray_result next_page(struct walk *w)
{
	struct lib_head head = { .action = LIB_ENUMERATION "Pull" };
	struct lib_answer a;
	dray_result r;

	lib_call_begin(w->d, &head);
	buf_adds(&w->d->request, "<n:Pull>");
	add_context(w);
	buf_adds(&w->d->request, PULL_PAGE "</n:Pull>");
	r = lib_call(w->d, &head, "PullResponse", &a);
	return dray_failed(r) ? r : take_page(w, &a);
}

static void release(struct walk *w)
{
	struct lib_head head = { .action = LIB_ENUMERATION "Release" };
	struct lib_answer a;

	lib_call_begin(w->d, &head);
	buf_adds(&w->d->request, "<n:Release>");
	add_context(w);
	buf_adds(&w->d->request, "</n:Release>");
	lib_call(w->d, &head, NULL, &a);	/* if it fails, the context expires */
	lib_answer_done(&a);
	lib_error_clear(&w->d->error);
}

dray_result dray_job_list(struct dray *d, bool (*on_job)(void *arg, const struct dray_job *job), void *arg)
{
	struct walk w = { .d = d, .on_job = on_job, .arg = arg };
	dray_result r = first_page(&w);

	for (int page = 0; !r && !w.stopped && w.context[0]; page++)
		r = page < MAX_PAGES ? next_page(&w) :
		    lib_error(&d->error, DRAY_E_BAD_REPLY, "the agent's list of jobs does not end");
	if (!r && w.context && w.context[0])
		release(&w);
	free(w.context);
	return r;
}
