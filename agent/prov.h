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

/* prov_error.c */
const char *prov_context_text(uint64_t context);		/* BG_ERROR_CONTEXT in words */
/* prov_error.c, prov_attempt.c, prov_policy.c: classes of dray only */
extern struct prov_class prov_error_class, prov_attempt_class, prov_policy_class;
void prov_policy_link(void);		/* fills the table of prov_policy_class; once */

/* prov_row.c: a view as an instance. false: no memory. Holds the view until the arena goes. */
bool prov_job_row(enum prov_family f, struct job_view *view, struct arena *arena, struct prov_row *ret);
bool prov_file_row(enum prov_family f, struct job_view *view, size_t file, struct arena *arena,
    struct prov_row *ret);

bool prov_hold(struct arena *arena, struct job_view *view);	/* until the arena goes */
struct prov_value prov_num(uint64_t n);
struct prov_value prov_text(const char *text);		/* lives as long as the arena */
struct prov_value prov_guid(const struct guid *id, struct arena *arena);	/* text NULL: no memory */

/* prov_job.c, prov_file.c, prov_method.c: the functions of the classes */
void prov_job_get(const struct prov_class *cls, struct prov_call *call);
void prov_job_put(const struct prov_class *cls, struct prov_call *call);
void prov_job_create(const struct prov_class *cls, struct prov_call *call);
void prov_job_remove(const struct prov_class *cls, struct prov_call *call);
void prov_job_enumerate(const struct prov_class *cls, struct prov_call *call);
void prov_job_watch(const struct prov_class *cls, struct prov_call *call);	/* prov_watch.c */
void prov_file_get(const struct prov_class *cls, struct prov_call *call);
void prov_file_enumerate(const struct prov_class *cls, struct prov_call *call);
void prov_method_invoke(const struct prov_class *cls, struct prov_call *call);

/* prov_job.c: shared by them */
struct eng_caller prov_eng_caller(const struct prov_caller *caller);
enum prov_family prov_family_of(const struct prov_class *cls);
/* The job of that id; NULL with call->ei filled and *ret_err set. */
struct job_view *prov_find(const struct prov_class *cls, struct prov_call *call, const char *job_id,
    enum err *ret_err);
/* Jobs one after the other for a class that has rows beneath them; NULL: no more. */
struct job_view *prov_next(const struct prov_class *cls, struct prov_call *call, uint64_t after);
/* Hands ec (in the call's arena) to the engine; on_done runs on its thread. */
void prov_submit(const struct prov_class *cls, struct prov_call *call, struct eng_call *ec,
    void (*on_done)(struct eng_call *ec, enum err err));

/* One call of a method. */
struct prov_invoke {
	const struct prov_class *cls;
	struct prov_call *call;
	struct eng_call *ec;		/* in the arena, zeroed; job is set for an instance */
	struct job_view *view;		/* NULL for a static method; the caller's to unref */
};

/* prov_param.c: parameters by name, case ignored. Absent or NULL: what the table says, NULL for texts. */
uint64_t prov_in_num(const struct prov_call *call, const char *name, uint64_t absent);
const char *prov_in_text(const struct prov_call *call, const char *name);
const struct prov_value *prov_in(const struct prov_call *call, const char *name);	/* NULL: no such */
void prov_out(struct prov_call *call, const char *name, uint64_t num, const char *text);

/* Methods: one that gives ERR_OK has answered or will; anything else is answered by prov_method.c. */
enum err prov_create_job(struct prov_invoke *x);		/* prov_create.c */
enum err prov_take_ownership(struct prov_invoke *x);
enum err prov_add_file(struct prov_invoke *x);			/* prov_filecall.c */
enum err prov_add_file_set(struct prov_invoke *x);
enum err prov_set_remote_name(struct prov_invoke *x);
enum err prov_replace_prefix(struct prov_invoke *x);
enum err prov_set_validation(struct prov_invoke *x);
enum err prov_request_ranges(struct prov_invoke *x);
enum err prov_update_position(struct prov_invoke *x);
enum err prov_wait_for_events(struct prov_invoke *x);		/* prov_events.c */
enum err prov_set_credentials(struct prov_invoke *x);		/* prov_setting.c */
enum err prov_remove_credentials(struct prov_invoke *x);
enum err prov_set_proxy(struct prov_invoke *x);
enum err prov_set_certificate(struct prov_invoke *x);
enum err prov_remove_certificate(struct prov_invoke *x);
enum err prov_hide_headers(struct prov_invoke *x);
/* Hands x->ec over as `verb`; the answer is its ReturnValue. */
enum err prov_change(struct prov_invoke *x, enum eng_verb verb);
/* The path is not one of the agent's own files (or the caller is local). */
enum err prov_check_path(const struct prov_invoke *x, const char *path);

#endif
