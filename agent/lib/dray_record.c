/* SPDX-License-Identifier: MIT
 * agent/lib/dray_record.c: tries, policies, and what codes mean; see dray.h.
 */
#include "include/dray.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/lib/lib_instance.h"
#include "agent/lib/lib_invoke.h"
#include "engine/base/auto.h"
#include "engine/base/hresult.h"
#include "engine/base/text.h"

#define TRIES 16		/* the agent keeps so many; see schemas/store.def */

bool dray_describe(dray_result code, struct dray_description *ret)
{
	struct hresult_words w;
	bool known = hresult_words(code, &w);

	memset(ret, 0, sizeof(*ret));
	ret->size = sizeof(*ret);
	snprintf(ret->name, sizeof(ret->name), "%s", w.name);
	snprintf(ret->text, sizeof(ret->text), "%s", w.text);
	snprintf(ret->remedy, sizeof(ret->remedy), "%s", w.remedy);
	return known;
}

/* One instance of head->cls. */
static dray_result get(struct dray *d, struct lib_head *head, struct dray_record **ret)
{
	struct lib_answer a;
	const char *why;
	dray_result r;

	lib_call_begin(d, head);
	r = lib_call(d, head, head->cls, &a);
	if (dray_failed(r))
		return r;
	*ret = lib_instance_record(a.body, &why);
	lib_answer_done(&a);
	return *ret ? DRAY_OK : lib_error(&d->error, DRAY_E_BAD_REPLY, "%s", why);
}

static uint64_t tries_of(const struct dray_job *job)
{
	for (size_t i = 0; i < job->nprops; i++)
		if (!strcmp(job->props[i].name, "Attempts"))
			return job->props[i].number;
	return 0;
}

dray_result dray_job_attempts(struct dray *d, const char *id,
    bool (*on_attempt)(void *arg, const struct dray_record *attempt), void *arg)
{
	struct lib_head head = { .action = LIB_TRANSFER "Get", .cls = "DRAY_Attempt" };
	char wire[GUID_TEXT], number[24];
	struct dray_job *job;
	uint64_t n;
	dray_result r = dray_job_get(d, id, &job);

	if (dray_failed(r))
		return r;
	n = tries_of(job);
	dray_job_free(job);
	lib_wire_id(d, id, wire);
	head.id = wire;
	head.number = number;
	for (uint64_t i = n > TRIES ? n - TRIES : 0; i < n; i++) {
		struct dray_record *record;
		bool go_on;

		lib_number(i, number);
		r = get(d, &head, &record);
		if (r == DRAY_E_NOT_FOUND)	/* a younger one has taken its place */
			continue;
		if (dray_failed(r))
			return r;
		go_on = on_attempt(arg, record);
		dray_record_free(record);
		if (!go_on)
			break;
	}
	lib_error_clear(&d->error);
	return DRAY_OK;
}

dray_result dray_policy_get(struct dray *d, struct dray_record **ret_policies)
{
	struct lib_head head = { .action = LIB_TRANSFER "Get", .cls = "DRAY_Policy" };

	return get(d, &head, ret_policies);
}

static const char *policy_name(struct dray *d, const char *name)
{
	static const char *const names[] = {
#define POLICY(name, kind, lo, hi, dflt, help) #name,
#include "schemas/policies.def"
#undef POLICY
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (text_ieq(names[i], name))
			return names[i];
	lib_error(&d->error, DRAY_E_INVALID_ARG, "there is no policy \"%s\"", name);
	return NULL;
}

dray_result dray_policy_set(struct dray *d, const struct dray_change *changes, size_t n)
{
	struct lib_head head = { .action = LIB_TRANSFER "Put", .cls = "DRAY_Policy" };
	struct lib_answer a;
	dray_result r;

	lib_call_begin(d, &head);
	buf_adds(&d->request, "<p:DRAY_Policy xmlns:p=\"" LIB_CLASSES "DRAY_Policy\">");
	for (size_t i = 0; i < n; i++) {
		const char *name = policy_name(d, changes[i].name);

		if (!name)
			return d->error.code;
		lib_call_leaf(d, name, changes[i].value ? changes[i].value : "");
	}
	buf_adds(&d->request, "</p:DRAY_Policy>");
	r = lib_call(d, &head, NULL, &a);
	lib_answer_done(&a);
	return r;
}
