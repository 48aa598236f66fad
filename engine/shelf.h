/* SPDX-License-Identifier: MIT
 * engine/shelf.h: every job, by id and in order of creation, and what readers see of it. The engine's
 * thread puts, and walks without the lock, for nobody else writes; any thread takes views (eng_find,
 * eng_next). The lock is held for a look-up only.
 */
#ifndef SHELF_H
#define SHELF_H

#include "engine/core.h"

struct shelf *shelf_new(void);
void shelf_free(struct shelf *shelf);		/* the jobs are gone before */
/* A new job, which readers do not see yet. false: no memory. */
bool shelf_add(struct shelf *shelf, struct job *job);
/* Makes a new view of the job (job->pub) in the place of the old one. false: no memory, the old one stays. */
bool shelf_publish(struct shelf *shelf, struct job *job);
void shelf_take_back(struct shelf *shelf, struct job *job);	/* rec is what readers see again */
void shelf_remove(struct shelf *shelf, struct job *job);
struct job *shelf_job(const struct shelf *shelf, size_t i);	/* in order of creation; NULL: no more */
struct job *shelf_job_by_id(const struct shelf *shelf, const struct guid *id);
size_t shelf_jobs(const struct shelf *shelf);
struct why_now;
/* The background job that runs; NULL: none. */
void shelf_set_front(struct shelf *shelf, const struct job *job);
void shelf_front(struct shelf *shelf, struct why_now *ret);

#endif
