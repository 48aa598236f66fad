/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_job.c: Get, Put, Delete and Enumerate of BitsClientJob and DRAY_Job. Reads come from the
 * engine's published views at once; a Put is answered by the engine after its commit.
 */
#include "agent/prov.h"

#include "engine/base/auto.h"

struct eng_caller prov_eng_caller(const struct prov_caller *caller)
{
	return (struct eng_caller){ .uid = caller->uid, .reads_all = caller->role == ROLE_ADMIN ||
	    caller->role == ROLE_VIEWER, .writes_all = caller->role == ROLE_ADMIN, .remote = caller->remote };
}

enum prov_family prov_family_of(const struct prov_class *cls)
{
	return cls == &prov_job_class[FAMILY_BITS] || cls == &prov_file_class[FAMILY_BITS] ? FAMILY_BITS :
	    FAMILY_DRAY;
}

static struct engine *engine_of(const struct prov_class *cls)
{
	return ((struct prov_world *)cls->ctx)->eng;
}

struct job_view *prov_find(const struct prov_class *cls, struct prov_call *call, const char *job_id,
    enum err *ret_err)
{
	struct eng_caller who = prov_eng_caller(call->caller);
	struct job_view *view;
	struct guid id;

	if (!guid_parse(job_id, &id)) {
		*ret_err = err_set(&call->ei, ERR_BAD_KEY, "\"%.80s\" is not a job id; one looks like "
		    "{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B12}.", job_id);
		return NULL;
	}
	view = eng_find(engine_of(cls), &who, &id);
	if (!view)
		*ret_err = err_plain(&call->ei, ERR_NOT_FOUND);
	return view;
}

struct job_view *prov_next(const struct prov_class *cls, struct prov_call *call, uint64_t after)
{
	struct eng_caller who = prov_eng_caller(call->caller);

	return eng_next(engine_of(cls), &who, after);
}

void prov_submit(const struct prov_class *cls, struct prov_call *call, struct eng_call *ec,
    void (*on_done)(struct eng_call *ec, enum err err))
{
	ec->caller = prov_eng_caller(call->caller);
	ec->done = on_done;
	ec->user = call;
	eng_submit(engine_of(cls), ec);
}

void prov_job_get(const struct prov_class *cls, struct prov_call *call)
{
	enum err err = ERR_OK;
	struct job_view *view = prov_find(cls, call, call->keys[0].text, &err);

	if (view && !prov_job_row(prov_family_of(cls), view, call->arena, &call->row))
		err = ERR_NO_MEMORY;
	eng_view_unref(view);
	prov_done(call, err);
}

/* Engine thread. */
static void on_put(struct eng_call *ec, enum err err)
{
	struct prov_call *call = ec->user;

	call->ei = ec->ei;
	if (!err && (!ec->view || !prov_job_row(prov_family_of(call->cls), ec->view, call->arena, &call->row)))
		err = ERR_NO_MEMORY;
	eng_view_unref(ec->view);
	prov_done(call, err);
}

void prov_job_put(const struct prov_class *cls, struct prov_call *call)
{
	enum prov_family f = prov_family_of(cls);
	struct eng_call *ec = arena_zalloc(call->arena, sizeof(*ec));
	struct eng_change *changes = arena_zalloc(call->arena, (call->nchanges + 1) * sizeof(*changes));
	enum err err = ERR_OK;
	struct job_view *view = prov_find(cls, call, call->keys[0].text, &err);

	if (!ec || !changes)
		err = ERR_NO_MEMORY;
	if (view && !err) {
		ec->verb = ENG_SET;
		ec->job = view->rec.id;
		ec->changes = changes;
		for (size_t i = 0; i < call->nchanges; i++) {
			const struct prov_change *c = &call->changes[i];

			if (!c->value.set)
				continue;	/* Get-edit-Put sends NULLs back: unchanged */
			changes[ec->nchanges++] = (struct eng_change){ .prop = prov_job_prop(f, c->prop),
			    .num = c->value.num, .text = c->value.text };
		}
	}
	eng_view_unref(view);
	if (err)
		prov_done(call, err);
	else
		prov_submit(cls, call, ec, on_put);
}

/* Engine thread. */
static void on_removed(struct eng_call *ec, enum err err)
{
	struct prov_call *call = ec->user;

	call->ei = ec->ei;
	eng_view_unref(ec->view);
	prov_done(call, err);
}

/* As SetJobState 0: the job is cancelled, what was fetched of it is removed. */
void prov_job_remove(const struct prov_class *cls, struct prov_call *call)
{
	struct eng_call *ec = arena_zalloc(call->arena, sizeof(*ec));
	enum err err = ERR_OK;
	struct job_view *view = prov_find(cls, call, call->keys[0].text, &err);

	if (!ec)
		err = ERR_NO_MEMORY;
	if (view && !err) {
		ec->verb = ENG_CANCEL;
		ec->job = view->rec.id;
	}
	eng_view_unref(view);
	if (err)
		prov_done(call, err);
	else
		prov_submit(cls, call, ec, on_removed);
}

void prov_job_enumerate(const struct prov_class *cls, struct prov_call *call)
{
	struct eng_caller who = prov_eng_caller(call->caller);
	uint64_t after = call->after;
	struct job_view *view = NULL;
	enum err err = ERR_OK;

	call->rows = arena_zalloc(call->arena, (call->max_rows + 1) * sizeof(*call->rows));
	if (!call->rows)
		err = ERR_NO_MEMORY;
	while (!err && (view = eng_next(engine_of(cls), &who, after)) && call->nrows < call->max_rows) {
		after = view->rec.seq;
		if (!prov_job_row(prov_family_of(cls), view, call->arena, &call->rows[call->nrows++]))
			err = ERR_NO_MEMORY;
		eng_view_unref(view);
		view = NULL;
	}
	call->at_end = !view;
	eng_view_unref(view);
	prov_done(call, err);
}
