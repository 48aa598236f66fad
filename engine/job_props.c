/* SPDX-License-Identifier: MIT
 * engine/job_props.c: the writable properties of a job: range, then all or none.
 *
 * Ranges and defaults come from schemas/job_props.def; this file only says which member of the
 * record a property is. Engine thread (the checks are pure).
 */
#include "engine/core.h"

#include <string.h>

#include "engine/base/now.h"
#include "engine/base/text.h"

enum kind { KIND_U16, KIND_U32, KIND_U64, KIND_BOOL, KIND_TEXT, KIND_FILES };
enum access { ACCESS_KEY, ACCESS_RO, ACCESS_RW };
enum outside { OUTSIDE_REFUSE, OUTSIDE_UNDEFINED, OUTSIDE_CLAMP };

static const struct row {
	const char *name;
	enum kind kind;
	enum access access;
	uint64_t lo, hi, dflt;
	enum outside outside;
} rows[JOB_PROP__COUNT] = {
#define PROP(name, type, access, cls, lo, hi, dflt, outside, help) \
	{ #name, KIND_##type, ACCESS_##access, lo, hi, dflt, OUTSIDE_##outside },
#include "schemas/job_props.def"
#undef PROP
};

/* Where a writable property lives in the record; a property without a place is refused by check. */
static uint64_t *number_of(struct job *job, enum job_prop prop)
{
	return prop == JOB_PROP_Priority ? &job->rec.priority :
	    prop == JOB_PROP_MinimumRetryDelay ? &job->rec.minimum_retry_delay_s :
	    prop == JOB_PROP_NoProgressTimeout ? &job->rec.no_progress_timeout_s : NULL;
}

static char **text_of(struct job *job, enum job_prop prop)
{
	return prop == JOB_PROP_DisplayName ? &job->rec.display_name :
	    prop == JOB_PROP_Description ? &job->rec.description : NULL;
}

static enum err check_one(const struct row *row, const struct eng_change *c, struct errinfo *ei)
{
	if (row->access != ACCESS_RW)
		return err_set(ei, ERR_READ_ONLY, "The property %s cannot be written.", row->name);
	if (row->kind == KIND_TEXT) {
		if (!c->text || !text_utf8_ok(c->text))
			return err_set(ei, ERR_INVALID_ARG, "%s is not valid text.", row->name);
		if (text_utf16_len(c->text) < row->lo || text_utf16_len(c->text) > row->hi)
			return err_set(ei, ERR_INVALID_ARG, "%s may have %llu to %llu characters.", row->name,
			    (unsigned long long)row->lo, (unsigned long long)row->hi);
		return ERR_OK;
	}
	if ((c->num >= row->lo || row->outside == OUTSIDE_CLAMP) && c->num <= row->hi)
		return ERR_OK;
	return err_set(ei, row->outside == OUTSIDE_UNDEFINED ? ERR_NOT_IMPL : ERR_INVALID_ARG,
	    "%llu is not a value of %s; it may be %llu to %llu.", (unsigned long long)c->num, row->name,
	    (unsigned long long)row->lo, (unsigned long long)row->hi);
}

enum err job_props_check(const struct eng_change *changes, size_t n, struct errinfo *ei)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && !err; i++)
		err = check_one(&rows[changes[i].prop], &changes[i], ei);
	return err;
}

/* The changes were checked. Out of memory half-way is undone by the caller (job_undo). */
enum err job_props_apply(struct engine *eng, struct job *job, const struct eng_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[changes[i].prop];
		uint64_t *num = number_of(job, changes[i].prop);

		if (num)
			*num = changes[i].num < row->lo ? row->lo : changes[i].num;
		else if (!rec_text(text_of(job, changes[i].prop), changes[i].text))
			return ERR_NO_MEMORY;
	}
	if (n) {
		job->rec.modified_ft = now_ft();
		job_dirty(eng, job);
	}
	return ERR_OK;
}

void job_props_default(struct job *job)
{
	for (int p = 0; p < JOB_PROP__COUNT; p++)
		if (number_of(job, (enum job_prop)p))
			*number_of(job, (enum job_prop)p) = rows[p].dflt;
}
