/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_row.c: a published job as typed values, property by property. Any thread.
 */
#include "agent/prov.h"

#include <string.h>

#include "engine/base/now.h"

struct prov_value prov_num(uint64_t n)
{
	return (struct prov_value){ .set = true, .num = n };
}

struct prov_value prov_text(const char *text)
{
	return (struct prov_value){ .set = true, .text = text };
}

struct prov_value prov_guid(const struct guid *id, struct arena *arena)
{
	char *room = arena_zalloc(arena, GUID_TEXT);

	return prov_text(room ? guid_text(id, room) : NULL);
}

static struct prov_value path_beside(const struct guid *job, const struct file_rec *f, struct arena *arena)
{
	char temp[ENG_TEMP_NAME];
	int dir = (int)(strrchr(f->path, '/') - f->path);

	return prov_text(f->ino ? arena_printf(arena, "%.*s/%s", dir, f->path,
	    eng_temp_name(job, f, temp)) : "");
}

/* lone: not one of many in its job, so that long texts have room. */
static struct prov_value file_value(enum prov_file_prop p, const struct job_view *job,
    const struct file *v, bool lone, struct arena *arena)
{
	const struct file_rec *f = &v->rec;

	switch (p) {
	case FILE_PROP_BytesFromPeers: return prov_num(0);
	case FILE_PROP_BytesTotal: return prov_num(v->wanted);
	case FILE_PROP_BytesTransferred: return prov_num(v->received);
	case FILE_PROP_Completed: return prov_num(f->completed != 0);
	case FILE_PROP_ETag: return prov_text(f->etag);
	case FILE_PROP_FilledRanges: return prov_text(f->filled);
	case FILE_PROP_Index: return prov_num(f->number);
	case FILE_PROP_IsDownloadedFromPeer: return prov_num(0);
	case FILE_PROP_JobId: return prov_guid(&job->rec.id, arena);
	case FILE_PROP_LastModified: return prov_text(f->modified);
	case FILE_PROP_LocalFile: return prov_text(f->path);
	case FILE_PROP_Ranges: return prov_text(f->ranges);
	case FILE_PROP_RemoteUrl: return prov_text(f->url);
	case FILE_PROP_ResponseHeaders: return lone ? prov_text(f->headers) : (struct prov_value){ 0 };
	case FILE_PROP_Restarts: return prov_num(f->restarts);
	case FILE_PROP_TemporaryName: return path_beside(&job->rec.id, f, arena);
	case FILE_PROP_Transferred: return prov_num(f->transferred != 0);
	case FILE_PROP_ValidationState: return prov_num(f->validated);
	}
	return (struct prov_value){ 0 };
}

static bool file_row(enum prov_family f, const struct job_view *job, size_t i, bool lone, struct arena *arena,
    struct prov_row *ret)
{
	const struct prov_class *cls = &prov_file_class[f];
	struct prov_value *values = arena_zalloc(arena, cls->nprops * sizeof(*values));

	if (!values)
		return false;
	for (size_t p = 0; p < cls->nprops; p++) {
		values[p] = file_value(prov_file_prop(f, p), job, job->files[i], lone, arena);
		if (cls->props[p].type == CIM_TEXT && values[p].set && !values[p].text)
			return false;
	}
	*ret = (struct prov_row){ .cls = cls, .values = values };
	return true;
}

static struct prov_value files_value(enum prov_family f, const struct job_view *job, struct arena *arena,
    bool *ok)
{
	struct prov_row *rows = arena_zalloc(arena, (job->nfiles ? job->nfiles : 1) * sizeof(*rows));

	*ok = rows != NULL;
	for (size_t i = 0; i < job->nfiles && *ok; i++)
		*ok = file_row(f, job, i, false, arena, &rows[i]);
	return (struct prov_value){ .set = true, .rows = rows, .nrows = job->nfiles };
}

static uint64_t retry_in_s(const struct job_view *job)
{
	uint64_t now = now_ms();

	return job->rec.state == JOB_TRANSIENT_ERROR && job->retry_at_ms > now ?
	    (job->retry_at_ms - now + 999) / 1000 : 0;
}

static struct prov_value reason(enum prov_family f, const struct job_view *job, struct arena *arena)
{
	const struct prov_world *world = prov_job_class[f].ctx;
	char text[2048] = "";

	return prov_text(arena_strdup(arena, eng_why(world->eng, job, text, sizeof(text))));
}

/* For which slots there are some, never what they are. */
static struct prov_value credentials(const struct job_view *job, struct arena *arena)
{
	char text[256] = "";

	return prov_text(arena_strdup(arena, eng_credentials(job, text, sizeof(text))));
}

static struct prov_value job_value(enum prov_family f, enum job_prop p, const struct job_view *v,
    struct arena *arena, bool *ok)
{
	const struct job_rec *j = &v->rec;
	struct prov_value kept = { .set = true };

	if (eng_prop_value(v, p, &kept.num, &kept.text))
		return kept;
	switch ((int)p) {
	case JOB_PROP_Attempts:
		return prov_num(v->tries ? (uint64_t)v->tries->at[v->tries->n - 1].number + 1 : 0);
	case JOB_PROP_BytesTotal: return prov_num(v->bytes_total);
	case JOB_PROP_BytesTransferred: return prov_num(v->bytes_transferred);
	case JOB_PROP_CurrentFile: return prov_num(v->current_file);
	case JOB_PROP_ErrorCode: return prov_num(j->error_code);
	case JOB_PROP_ErrorContext: return prov_num(j->error_context);
	case JOB_PROP_ErrorDescription: return prov_text(j->error_text);
	case JOB_PROP_ErrorFile: return prov_num(j->error_file);
	case JOB_PROP_Files: return files_value(f, v, arena, ok);
	case JOB_PROP_FilesTotal: return prov_num(v->nfiles);
	case JOB_PROP_FilesTransferred: return prov_num(v->files_transferred);
	case JOB_PROP_JobCompletionTime: return prov_num(j->transferred_ft);
	case JOB_PROP_JobCreationTime: return prov_num(j->created_ft);
	case JOB_PROP_JobId: return prov_guid(&j->id, arena);
	case JOB_PROP_JobLastModificationTime: return prov_num(j->modified_ft);
	case JOB_PROP_Note: return prov_text(j->note);
	case JOB_PROP_Owner: return prov_text(j->owner);
	case JOB_PROP_RetryIn: return prov_num(retry_in_s(v));
	case JOB_PROP_State: return prov_num(j->state);
	case JOB_PROP_TransferRate: return prov_num(v->rate);
	case JOB_PROP_TransientErrorCount: return prov_num(j->transient_errors);
	case JOB_PROP_Type: return prov_num(j->type);
	case JOB_PROP_Credentials: return credentials(v, arena);
	case JOB_PROP_StateReason: return reason(f, v, arena);
	}
	return (struct prov_value){ 0 };
}

static void drop_view(void *view)
{
	eng_view_unref(view);
}

/* The row's texts live in the view, so the arena holds the view. */
bool prov_hold(struct arena *arena, struct job_view *view)
{
	__atomic_add_fetch(&view->refs, 1, __ATOMIC_RELAXED);
	return arena_defer(arena, drop_view, view);
}

bool prov_job_row(enum prov_family f, struct job_view *view, struct arena *arena, struct prov_row *ret)
{
	const struct prov_class *cls = &prov_job_class[f];
	struct prov_value *values = arena_zalloc(arena, cls->nprops * sizeof(*values));
	bool ok = true;

	if (!values || !prov_hold(arena, view))
		return false;
	for (size_t p = 0; p < cls->nprops && ok; p++) {
		values[p] = job_value(f, prov_job_prop(f, p), view, arena, &ok);
		ok &= cls->props[p].type != CIM_TEXT || values[p].text;
	}
	*ret = (struct prov_row){ .cls = cls, .values = values, .cursor = view->rec.seq };
	return ok;
}

bool prov_file_row(enum prov_family f, struct job_view *view, size_t file, struct arena *arena,
    struct prov_row *ret)
{
	return prov_hold(arena, view) && file_row(f, view, file, true, arena, ret);
}
