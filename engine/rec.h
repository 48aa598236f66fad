/* SPDX-License-Identifier: MIT
 * engine/rec.h: records (job_rec, job_opt, file_rec and so on) as rows of columns, so that copying, freeing,
 * storing and loading are one loop each. The columns are schemas/store.def.
 */
#ifndef REC_H
#define REC_H

#include "include/engine.h"

enum rec_kind { REC_U64, REC_U32, REC_U8, REC_BOOL, REC_TEXT, REC_SECRET, REC_GUID };

struct rec_col {
	const char *name;
	enum rec_kind kind;
	unsigned short at;		/* offset in the record */
};

struct rec_table {
	const char *name, *key;		/* of the table in the store; the columns of its key */
	const struct rec_col *cols;
	size_t ncols, size;
};

struct policy_rec { const char *name, *value; };	/* a policy that was set; see policy.c */

extern const struct rec_table rec_job, rec_opt, rec_file, rec_try, rec_policy, rec_event;

void rec_init(const struct rec_table *t, void *rec);		/* zeros and empty texts */
void rec_copy(const struct rec_table *t, void *to, const void *from);	/* `to` holds nothing before */
void rec_done(const struct rec_table *t, void *rec);
bool rec_text(const char **member, const char *text);		/* replaces; false: no memory, unchanged */

#endif
