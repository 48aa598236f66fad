/* SPDX-License-Identifier: MIT
 * agent/lib/dray_job.c: what can be done with one job; see dray.h.
 */
#include "include/dray.h"

#include <stdio.h>
#include <string.h>

#include "agent/lib/lib_call.h"
#include "agent/lib/lib_instance.h"
#include "agent/lib/lib_invoke.h"
#include "engine/base/auto.h"
#include "engine/base/guid.h"
#include "engine/base/text.h"

dray_result dray_job_create(struct dray *d, const struct dray_new_job *job, char ret_id[DRAY_ID_SIZE])
{
	struct lib_head head = { .action = "CreateJob", .method = true };
	char priority[12], id[64];
	struct lib_answer a;
	struct guid g;
	dray_result r;

	snprintf(priority, sizeof(priority), "%u", job->has_priority ? (unsigned)job->priority : DRAY_NORMAL);
	lib_call_begin(d, &head);
	lib_call_leaf(d, "DisplayName", job->name ? job->name : "");
	lib_call_leaf(d, "RemoteUrl", job->url);
	lib_call_leaf(d, "LocalFile", job->path);
	lib_call_leaf(d, "Suspend", job->suspended ? "true" : "false");
	lib_call_leaf(d, "Description", job->description);
	lib_call_leaf(d, "Priority", priority);
	r = lib_call_method(d, &head, &a);
	if (dray_failed(r))
		return r;
	lib_out_text(&a, "JobId", id, sizeof(id));
	lib_answer_done(&a);
	if (!guid_parse(id, &g))
		return lib_error(&d->error, DRAY_E_BAD_REPLY, "the agent gave the new job no id");
	guid_text(&g, ret_id);
	return r;
}

dray_result dray_job_get(struct dray *d, const char *id, struct dray_job **ret_job)
{
	struct lib_head head = { .action = LIB_TRANSFER "Get" };
	char wire[GUID_TEXT];
	struct dray_job *job;
	struct lib_answer a;
	const char *why;
	dray_result r = lib_wire_id(d, id, wire);

	if (r)
		return r;
	head.id = wire;
	lib_call_begin(d, &head);
	r = lib_call(d, &head, "DRAY_Job", &a);
	if (dray_failed(r))
		return r;
	job = lib_instance_job(a.body, &why);
	lib_answer_done(&a);
	if (!job)
		return lib_error(&d->error, DRAY_E_BAD_REPLY, "%s", why);
	*ret_job = job;
	return DRAY_OK;
}

/* The writable properties, by any case; NULL with an error for all others. */
static const char *writable(struct dray *d, const char *name)
{
	static const struct { const char *name; enum { KEY, RO, RW } access; } rows[] = {
#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) { #name, access },
#include "schemas/job_props.def"
#undef PROP
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!text_ieq(rows[i].name, name))
			continue;
		if (rows[i].access == RW)
			return rows[i].name;
		lib_error(&d->error, DRAY_E_INVALID_ARG, "%s can only be read", rows[i].name);
		return NULL;
	}
	lib_error(&d->error, DRAY_E_INVALID_ARG, "a job has no property \"%s\"", name);
	return NULL;
}

dray_result dray_job_set(struct dray *d, const char *id, const struct dray_change *changes, size_t n)
{
	struct lib_head head = { .action = LIB_TRANSFER "Put" };
	char wire[GUID_TEXT];
	struct lib_answer a;
	dray_result r = lib_wire_id(d, id, wire);

	if (r)
		return r;
	head.id = wire;
	lib_call_begin(d, &head);
	buf_adds(&d->request, "<p:DRAY_Job xmlns:p=\"" LIB_JOB "\">");
	for (size_t i = 0; i < n; i++) {
		const char *name = writable(d, changes[i].name);
		if (!name)
			return d->error.code;
		lib_call_leaf(d, name, changes[i].value ? changes[i].value : "");
	}
	buf_adds(&d->request, "</p:DRAY_Job>");
	r = lib_call(d, &head, NULL, &a);
	lib_answer_done(&a);
	return r;
}

static dray_result set_state(struct dray *d, const char *id, const char *state)
{
	return lib_invoke(d, id, "SetJobState", (const struct lib_param[]){ { "JobState", state } }, 1);
}

dray_result dray_job_cancel(struct dray *d, const char *id) { return set_state(d, id, "0"); }
dray_result dray_job_complete(struct dray *d, const char *id) { return set_state(d, id, "1"); }
dray_result dray_job_resume(struct dray *d, const char *id) { return set_state(d, id, "2"); }
dray_result dray_job_suspend(struct dray *d, const char *id) { return set_state(d, id, "3"); }

dray_result dray_job_error(struct dray *d, const char *id, struct dray_job_error *ret_error)
{
	struct lib_head head = { .action = "GetError", .method = true };
	char wire[GUID_TEXT];
	struct lib_answer a;
	dray_result r = lib_wire_id(d, id, wire);

	if (r)
		return r;
	head.id = wire;
	lib_call_begin(d, &head);
	r = lib_call_method(d, &head, &a);
	if (dray_failed(r))
		return r;
	memset(ret_error, 0, sizeof(*ret_error));
	ret_error->size = sizeof(*ret_error);
	if (!lib_out_u32(&a, "ErrorCode", &ret_error->code) ||
	    !lib_out_u32(&a, "ErrorContext", &ret_error->context))
		r = lib_error(&d->error, DRAY_E_BAD_REPLY, "the agent's report of the error has no code");
	lib_out_text(&a, "ContextDescription", ret_error->context_text, sizeof(ret_error->context_text));
	lib_out_text(&a, "ErrorDescription", ret_error->text, sizeof(ret_error->text));
	lib_answer_done(&a);
	return r;
}
