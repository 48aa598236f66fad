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
enum outside { OUTSIDE_REFUSE, OUTSIDE_UNDEFINED, OUTSIDE_CLAMP, OUTSIDE_LONG, OUTSIDE_PROXIES, OUTSIDE_BYPASS,
	OUTSIDE_SIZE, OUTSIDE_STORED };
enum when { WHEN_ALWAYS, WHEN_UNRESUMED, WHEN_FILELESS, WHEN_UNDONE };

struct place { const struct rec_table *table; size_t at; };

#define NONE { NULL, 0 }
#define REC(member) { &rec_job, offsetof(struct job_rec, member) }
#define OPT(member) { &rec_opt, offsetof(struct job_opt, member) }
static const struct row {
	const char *name;
	enum kind kind;
	enum access access;
	uint64_t lo, hi, dflt;
	enum outside outside;
	enum when when;
	struct place place;
} rows[JOB_PROP__COUNT] = {
#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) \
	{ #name, KIND_##type, ACCESS_##access, lo, hi, dflt, OUTSIDE_##outside, WHEN_##when, place },
#include "schemas/job_props.def"
#undef PROP
};

static void put_number(const struct rec_col *col, void *at, uint64_t num)
{
	if (col->kind == REC_U64)
		*(uint64_t *)at = num;
	else if (col->kind == REC_U32)
		*(uint32_t *)at = (uint32_t)num;
	else
		*(bool *)at = num != 0;
}

static uint64_t get_number(const struct rec_col *col, const void *at)
{
	return col->kind == REC_U64 ? *(const uint64_t *)at : col->kind == REC_U32 ? *(const uint32_t *)at :
	    *(const bool *)at;
}

static const struct rec_col *col_of(const struct row *row)
{
	const struct rec_col *col = row->place.table->cols;

	while (col->at != row->place.at)
		col++;
	return col;
}

/* Into the record (a job_rec or a job_opt). false: no memory. */
static bool put(const struct row *row, void *rec, uint64_t num, const char *text)
{
	char *at = (char *)rec + row->place.at;

	if (row->kind == KIND_TEXT)
		return rec_text((const char **)at, text);
	put_number(col_of(row), at, num);
	return true;
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
		void *rec = row->place.table == &rec_job ? (void *)&job->rec : job_opt_edit(eng, job);

		if (!rec || !put(row, rec, changes[i].num < row->lo ? row->lo : changes[i].num, changes[i].text))
			return ERR_NO_MEMORY;
	}
	if (n) {
		job->rec.modified_ft = now_ft();
		job_dirty(eng, job);
	}
	return ERR_OK;
}

static void set_defaults(const struct rec_table *table, void *rec)
{
	for (size_t p = 0; p < JOB_PROP__COUNT; p++)
		if (rows[p].place.table == table && rows[p].kind != KIND_TEXT)
			put(&rows[p], rec, rows[p].dflt, NULL);
}

void job_props_default(struct job *job)
{
	set_defaults(&rec_job, &job->rec);
}

void job_opt_default(struct job_opt *opt)
{
	set_defaults(&rec_opt, opt);
}

bool eng_prop_value(const struct job_view *view, enum job_prop prop, uint64_t *ret_num, const char **ret_text)
{
	const struct row *row = &rows[prop];
	const char *at = row->place.table == &rec_job ? (const char *)&view->rec : (const char *)view->opt;

	if (!row->place.table)
		return false;
	at += row->place.at;
	*ret_num = 0;
	*ret_text = NULL;
	if (row->kind == KIND_TEXT)
		*ret_text = prop == JOB_PROP_CustomHeaders && view->opt->headers_write_only ? "" :
		    *(const char *const *)at;
	else
		*ret_num = get_number(col_of(row), at);
	return true;
}
