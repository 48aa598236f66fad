/* SPDX-License-Identifier: MIT
 * engine/policy.h: what the administrator of this machine decided for all jobs.
 *
 * A value is the default of the table, else what ENG_SET_POLICY set (kept in the store), else what the
 * configuration fixes, which decides. Values are asked for by any thread; the texts are parsed, and what
 * follows from them is asked for, on the engine's thread.
 */
#ifndef POLICY_H
#define POLICY_H

#include "engine/core.h"
#include "engine/profile.h"

bool policy_open(struct engine *eng);		/* false: no memory */
void policy_close(struct engine *eng);

/* Any thread: the engine's looks at everything here again, network: at the network, too. */
void policy_wake(struct engine *eng, bool network);

/* Bringing to the disk what a turn set, and back. */
bool policy_load(struct engine *eng, struct policy_rec *rec);	/* true: taken */
bool policy_dirty(const struct engine *eng);
/* Rows into the store's turn: what was set in this turn, or all. */
void policy_put(struct engine *eng, bool all);
void policy_committed(struct engine *eng);
void policy_undo(struct engine *eng);

enum err call_set_policy(struct engine *eng, struct eng_call *call, bool *later);

/* What follows now. */
/* Bytes a second; 0: blocked; UINT64_MAX: any. */
uint64_t policy_cap(struct engine *eng, unsigned priority);
uint64_t policy_cap_changes_ms(struct engine *eng);	/* in how many ms it may; UINT64_MAX: not by time */
bool policy_cost_allows(struct engine *eng, const struct job *job);
bool policy_moved(struct engine *eng);		/* did any of this change since it was asked last? */
/* Where the best route leads; true: it is another. */
bool policy_place(struct engine *eng, const struct place *place);

#endif
