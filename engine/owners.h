/* SPDX-License-Identifier: MIT
 * engine/owners.h: how many jobs each owner has, without counting them anew. Engine thread only.
 */
#ifndef OWNERS_H
#define OWNERS_H

#include "engine/core.h"

unsigned owners_jobs(struct engine *eng, uint32_t uid);
/* The job counts for rec.uid from now on, and for nobody else. false: no memory, it counts for nobody. */
bool owners_count(struct engine *eng, struct job *job);
void owners_forget(struct engine *eng, struct job *job);

#endif
