/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_file.c: Get and Enumerate of DRAY_File. A cursor is the job's number and the file's.
 */
#include "agent/prov.h"

#define CURSOR_BITS 24		/* files of one job */

void prov_file_get(const struct prov_class *cls, struct prov_call *call)
{
	enum err err = ERR_OK;
	/* keys in the order of the class: Index, JobId */
	uint64_t index = call->keys[0].num;
	struct job_view *view = prov_find(cls, call, call->keys[1].text, &err);

	if (view && index >= view->nfiles)
		err = err_set(&call->ei, ERR_NOT_FOUND, "The job has %u files; there is none with index %llu.",
		    view->nfiles, (unsigned long long)index);
	else if (view && !prov_file_row(prov_family_of(cls), view, index, call->arena, &call->row))
		err = ERR_NO_MEMORY;
	eng_view_unref(view);
	prov_done(call, err);
}

void prov_file_enumerate(const struct prov_class *cls, struct prov_call *call)
{
	struct eng_caller who = prov_eng_caller(call->caller);
	struct engine *eng = ((struct prov_world *)cls->ctx)->eng;
	uint64_t seq = call->after >> CURSOR_BITS;
	size_t file = call->after & ((1u << CURSOR_BITS) - 1);	/* number of files of that job already seen */
	struct job_view *view = seq ? eng_next(eng, &who, seq - 1) : eng_next(eng, &who, 0);
	enum err err = ERR_OK;

	call->rows = arena_zalloc(call->arena, (call->max_rows + 1) * sizeof(*call->rows));
	if (!call->rows)
		err = ERR_NO_MEMORY;
	if (view && view->rec.seq != seq)
		file = 0;
	while (view && !err) {
		struct job_view *next;

		for (; file < view->nfiles && call->nrows < call->max_rows && !err; file++) {
			struct prov_row *row = &call->rows[call->nrows++];

			if (!prov_file_row(prov_family_of(cls), view, file, call->arena, row))
				err = ERR_NO_MEMORY;
			row->cursor = view->rec.seq << CURSOR_BITS | (file + 1);
		}
		if (file < view->nfiles)
			break;
		next = eng_next(eng, &who, view->rec.seq);
		eng_view_unref(view);
		view = next;
		file = 0;
	}
	call->at_end = !view;
	eng_view_unref(view);
	prov_done(call, err);
}
