/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_error.c: DRAY_JobError, the error object of a job (IBackgroundCopyError). It is there from an
 * error until the job transfers again.
 */
#include "agent/prov.h"

#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/hresult.h"

static const struct prov_prop props[] = {
#define EPROP(name, type, access, help) { #name, CIM_##type, PROV_##access, NULL, help },
#include "schemas/trouble_props.def"
#undef EPROP
};
enum {
#define EPROP(name, type, access, help) P_##name,
#include "schemas/trouble_props.def"
#undef EPROP
};

const char *prov_context_text(uint64_t context)
{
	static const char *const texts[] = {
#define CONTEXT(number, text) [number] = text,
#include "schemas/contexts.def"
#undef CONTEXT
	};

	return texts[context < COUNT(texts) ? context : 1];
}

static const char *scheme(const char *url, struct arena *arena)
{
	const char *colon = strchr(url, ':');

	return colon ? arena_strndup(arena, url, (size_t)(colon - url)) : NULL;
}

static void file_values(struct prov_value *v, const struct job_view *job, struct arena *arena)
{
	const struct file_rec *f;

	if (job->rec.error_file >= job->nfiles)
		return;
	f = &job->files[job->rec.error_file]->rec;
	v[P_FileIndex] = prov_num(job->rec.error_file);
	v[P_RemoteUrl] = prov_text(f->url);
	v[P_LocalFile] = prov_text(f->path);
	v[P_Protocol] = prov_text(scheme(f->url, arena));
	v[P_Protocol].set = v[P_Protocol].text;
}

/* false: no memory. */
static bool error_row(struct job_view *job, struct arena *arena, struct prov_row *ret)
{
	struct prov_value *v = arena_zalloc(arena, COUNT(props) * sizeof(*v));
	struct hresult_words *w = arena_zalloc(arena, sizeof(*w));

	if (!v || !w || !prov_hold(arena, job))
		return false;
	hresult_words(job->rec.error_code, w);
	v[P_JobId] = prov_guid(&job->rec.id, arena);
	v[P_ErrorCode] = prov_num(job->rec.error_code);
	v[P_ErrorName] = prov_text(w->name);
	v[P_Remedy] = prov_text(w->remedy);
	v[P_ErrorContext] = prov_num(job->rec.error_context);
	v[P_ContextDescription] = prov_text(prov_context_text(job->rec.error_context));
	v[P_ErrorDescription] = prov_text(job->rec.error_text);
	file_values(v, job, arena);
	*ret = (struct prov_row){ .cls = &prov_error_class, .values = v, .cursor = job->rec.seq };
	return v[P_JobId].text;
}

static void error_get(const struct prov_class *cls, struct prov_call *call)
{
	enum err err = ERR_OK;
	struct job_view *view = prov_find(cls, call, call->keys[0].text, &err);

	if (view && !view->rec.error_code)
		err = err_plain(&call->ei, ERR_NO_ERROR_INFO);
	else if (view && !error_row(view, call->arena, &call->row))
		err = ERR_NO_MEMORY;
	eng_view_unref(view);
	prov_done(call, err);
}

static void error_enumerate(const struct prov_class *cls, struct prov_call *call)
{
	struct job_view *view = prov_next(cls, call, call->after);
	enum err err = ERR_OK;

	call->rows = arena_zalloc(call->arena, (call->max_rows + 1) * sizeof(*call->rows));
	if (!call->rows)
		err = ERR_NO_MEMORY;
	while (view && !err && call->nrows < call->max_rows) {
		uint64_t seq = view->rec.seq;

		if (view->rec.error_code && !error_row(view, call->arena, &call->rows[call->nrows++]))
			err = ERR_NO_MEMORY;
		eng_view_unref(view);
		view = prov_next(cls, call, seq);
	}
	call->at_end = !view;
	eng_view_unref(view);
	prov_done(call, err);
}

struct prov_class prov_error_class = { .ns = "root/dray", .name = "DRAY_JobError", .provider = "dray",
	.props = props, .nprops = COUNT(props), .may_read = ROLE_VIEWER, .may_write = ROLE_ADMIN,
	.may_invoke = ROLE_USER, .get = error_get, .enumerate = error_enumerate };
