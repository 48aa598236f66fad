/* SPDX-License-Identifier: MIT
 * engine/shelf.h: the published jobs. The engine's thread puts, any thread takes; the lock is
 * held for a look-up only.
 */
#ifndef SHELF_H
#define SHELF_H

#include "engine/core.h"

struct shelf *shelf_new(void);
void shelf_free(struct shelf *shelf);
/* Makes a new view of the job and puts it in the place of the old one. false: no memory, the old
 * one stays. */
bool shelf_publish(struct shelf *shelf, struct job *job);
struct why_now;
void shelf_set_front(struct shelf *shelf, const struct job *job);	/* the background job that runs; NULL: none */
void shelf_front(struct shelf *shelf, struct why_now *ret);
void shelf_remove(struct shelf *shelf, struct job *job);

#endif
