/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov.h: the classes dray offers, made of the rows of schemas/ over include/engine.h.
 *
 * BitsClientJob and BitsClientFile (root/microsoft/bits) are Microsoft's, name by name; DRAY_Job
 * and DRAY_File (root/dray) are the superset the dray command uses.
 */
#ifndef AGENT_PROV_H
#define AGENT_PROV_H

#include "agent/accounts.h"
#include "agent/own_files.h"
#include "include/engine.h"
#include "include/provider.h"

/* What the functions of every class need; `ctx` of the classes. */
struct prov_world {
	struct engine *eng;
	const struct accounts *accounts;
	const struct own_files *own_files;
};

/* Fills the tables; call once before the first request. Returns the list for wsm_config. */
const struct prov_class *const *prov_classes(struct prov_world *world, size_t *ret_n);

/* prov_class.c: the tables */
enum prov_family { FAMILY_BITS, FAMILY_DRAY };
extern struct prov_class prov_job_class[2], prov_file_class[2];		/* by family */
enum job_prop prov_job_prop(enum prov_family f, size_t index);		/* which row of job_props.def */
enum prov_file_prop {
#define FPROP(name, type, access, cls, help) FILE_PROP_##name,
#include "schemas/file_props.def"
#undef FPROP
};
enum prov_file_prop prov_file_prop(enum prov_family f, size_t index);
uint64_t prov_param_default(const struct prov_method *m, size_t param);

/* prov_row.c: a view as an instance. false: no memory. Holds the view until the arena goes. */
bool prov_job_row(enum prov_family f, struct job_view *view, struct arena *arena, struct prov_row *ret);
bool prov_file_row(enum prov_family f, struct job_view *view, size_t file, struct arena *arena,
    struct prov_row *ret);

/* prov_job.c, prov_file.c, prov_method.c: the functions of the classes */
void prov_job_get(const struct prov_class *cls, struct prov_call *call);
void prov_job_put(const struct prov_class *cls, struct prov_call *call);
void prov_job_enumerate(const struct prov_class *cls, struct prov_call *call);
void prov_file_get(const struct prov_class *cls, struct prov_call *call);
void prov_file_enumerate(const struct prov_class *cls, struct prov_call *call);
void prov_method_invoke(const struct prov_class *cls, struct prov_call *call);

/* prov_job.c: shared by them */
struct eng_caller prov_eng_caller(const struct prov_caller *caller);
enum prov_family prov_family_of(const struct prov_class *cls);
/* The job of that id; NULL with call->ei filled and *ret_err set. */
struct job_view *prov_find(const struct prov_class *cls, struct prov_call *call, const char *job_id,
    enum err *ret_err);
/* Hands ec (in the call's arena) to the engine; on_done runs on its thread. */
void prov_submit(const struct prov_class *cls, struct prov_call *call, struct eng_call *ec,
    void (*on_done)(struct eng_call *ec, enum err err));

#endif
