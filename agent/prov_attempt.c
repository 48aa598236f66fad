/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_attempt.c: DRAY_Attempt, the history of a job's tries. A cursor is the job's number and the
 * try's.
 */
#include "agent/prov.h"

#include "engine/base/auto.h"
#include "engine/base/hresult.h"

#define CURSOR_BITS 32		/* tries of one job; only its lowest bits of a longer history */

static const struct prov_prop props[] = {
#define APROP(name, type, access, help) { #name, CIM_##type, PROV_##access, NULL, help },
#include "schemas/trouble_props.def"
#undef APROP
};
enum {
#define APROP(name, type, access, help) P_##name,
#include "schemas/trouble_props.def"
#undef APROP
};

/* false: no memory. The texts live in the view. */
static bool attempt_row(struct job_view *job, const struct try_rec *t, struct arena *arena,
    struct prov_row *ret)
{
	struct prov_value *v = arena_zalloc(arena, COUNT(props) * sizeof(*v));
	struct hresult_words *w = arena_zalloc(arena, sizeof(*w));

	if (!v || !w || !prov_hold(arena, job))
		return false;
	if (t->code)
		hresult_words(t->code, w);
	v[P_JobId] = prov_guid(&job->rec.id, arena);
	v[P_Number] = prov_num(t->number);
	v[P_BeginTime] = prov_num(t->began_ft);
	v[P_EndTime] = prov_num(t->ended_ft);
	v[P_BytesTransferred] = prov_num(t->bytes);
	v[P_FileIndex] = prov_num(t->file);
	v[P_ErrorCode] = prov_num(t->code);
	v[P_ErrorContext] = prov_num(t->context);
	v[P_ErrorName] = prov_text(w->name);
	v[P_ErrorDescription] = prov_text(t->text);
	*ret = (struct prov_row){ .cls = &prov_attempt_class, .values = v,
		.cursor = job->rec.seq << CURSOR_BITS | ((uint64_t)t->number + 1) };
	return v[P_JobId].text;
}

static void attempt_get(const struct prov_class *cls, struct prov_call *call)
{
	enum err err = ERR_OK;
	/* keys in the order of the class: JobId, Number */
	struct job_view *view = prov_find(cls, call, call->keys[0].text, &err);
	size_t i = 0, n = view && view->tries ? view->tries->n : 0;

	while (i < n && view->tries->at[i].number != call->keys[1].num)
		i++;
	if (view && i == n)
		err = err_set(&call->ei, ERR_NOT_FOUND,
		    "Of the tries of this job the last %zu are kept; number %llu "
		    "is not one of them.", n, (unsigned long long)call->keys[1].num);
	else if (view && !attempt_row(view, &view->tries->at[i], call->arena, &call->row))
		err = ERR_NO_MEMORY;
	eng_view_unref(view);
	prov_done(call, err);
}

/* Those of one job from number `from` on. true: all of them found room. */
static bool add_tries(struct prov_call *call, struct job_view *view, uint64_t from, enum err *err)
{
	for (size_t i = 0; view->tries && i < view->tries->n && !*err; i++) {
		if (view->tries->at[i].number < from)
			continue;
		if (call->nrows == call->max_rows)
			return false;
		if (!attempt_row(view, &view->tries->at[i], call->arena, &call->rows[call->nrows++]))
			*err = ERR_NO_MEMORY;
	}
	return true;
}

static void attempt_enumerate(const struct prov_class *cls, struct prov_call *call)
{
	uint64_t seq = call->after >> CURSOR_BITS, from = call->after & UINT32_MAX;
	struct job_view *view = prov_next(cls, call, seq ? seq - 1 : 0);
	enum err err = ERR_OK;

	call->rows = arena_zalloc(call->arena, (call->max_rows + 1) * sizeof(*call->rows));
	if (!call->rows)
		err = ERR_NO_MEMORY;
	while (view && !err && add_tries(call, view, view->rec.seq == seq ? from : 0, &err)) {
		struct job_view *next = prov_next(cls, call, view->rec.seq);

		eng_view_unref(view);
		view = next;
	}
	call->at_end = !view;
	eng_view_unref(view);
	prov_done(call, err);
}

struct prov_class prov_attempt_class = { .ns = "root/dray", .name = "DRAY_Attempt", .provider = "dray",
	.props = props, .nprops = COUNT(props), .may_read = ROLE_VIEWER, .may_write = ROLE_ADMIN,
	.may_invoke = ROLE_USER, .get = attempt_get, .enumerate = attempt_enumerate };
