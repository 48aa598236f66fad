/* SPDX-License-Identifier: MIT
 * engine/rec.c: see rec.h.
 */
#include "engine/rec.h"

#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/str.h"

#define COL(type, kind, name) { #name, REC_##kind, offsetof(struct type, name) },
#define TABLE(var, table, key, type) \
	const struct rec_table var = { table, key, var##_cols, COUNT(var##_cols), sizeof(struct type) }

#define JOB_COL(kind, name) COL(job_rec, kind, name)
static const struct rec_col rec_job_cols[] = {
#include "schemas/store.def"
};
#undef JOB_COL
#define OPT_COL(kind, name) COL(job_opt, kind, name)
static const struct rec_col rec_opt_cols[] = {
#include "schemas/store.def"
};
#undef OPT_COL
#define FILE_COL(kind, name) COL(file_rec, kind, name)
static const struct rec_col rec_file_cols[] = {
#include "schemas/store.def"
};
#undef FILE_COL
#define TRY_COL(kind, name) COL(try_rec, kind, name)
static const struct rec_col rec_try_cols[] = {
#include "schemas/store.def"
};
#undef TRY_COL
#define POLICY_COL(kind, name) COL(policy_rec, kind, name)
static const struct rec_col rec_policy_cols[] = {
#include "schemas/store.def"
};
#undef POLICY_COL
#define EVENT_COL(kind, name) COL(event_rec, kind, name)
static const struct rec_col rec_event_cols[] = {
#include "schemas/store.def"
};
#undef EVENT_COL

TABLE(rec_job, "job", "seq", job_rec);
TABLE(rec_opt, "option", "job", job_opt);
TABLE(rec_file, "file", "job,number", file_rec);
TABLE(rec_try, "attempt", "job,slot", try_rec);
TABLE(rec_policy, "policy", "name", policy_rec);
TABLE(rec_event, "event", "number", event_rec);

static const char **text_at(const struct rec_col *col, void *rec)
{
	return col->kind == REC_TEXT || col->kind == REC_SECRET ? (const char **)((char *)rec + col->at) : NULL;
}

void rec_init(const struct rec_table *t, void *rec)
{
	memset(rec, 0, t->size);
	for (size_t i = 0; i < t->ncols; i++)
		if (text_at(&t->cols[i], rec))
			*text_at(&t->cols[i], rec) = str_empty;
}

void rec_copy(const struct rec_table *t, void *to, const void *from)
{
	memcpy(to, from, t->size);
	for (size_t i = 0; i < t->ncols; i++)
		if (text_at(&t->cols[i], to))
			str_ref(*text_at(&t->cols[i], to));
}

void rec_done(const struct rec_table *t, void *rec)
{
	for (size_t i = 0; i < t->ncols; i++)
		if (text_at(&t->cols[i], rec)) {
			str_unref(*text_at(&t->cols[i], rec));
			*text_at(&t->cols[i], rec) = str_empty;
		}
}

bool rec_text(const char **member, const char *text)
{
	const char *copy;

	if (!strcmp(*member, text))
		return true;
	copy = str_new(text);
	if (!copy)
		return false;
	str_unref(*member);
	*member = copy;
	return true;
}
