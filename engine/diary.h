/* SPDX-License-Identifier: MIT
 * engine/diary.h: what became of jobs, in order: all that is remembered in the store, the newest in memory, too.
 *
 *   a turn -> diary_put() for each changed job, in its transaction -> diary_committed() or diary_undone()
 *
 * A change of a job in one turn is one row. Its number is the event's for ever: numbers grow over restarts,
 * none is used twice, also none of a transaction that was undone. Engine thread only.
 */
#ifndef DIARY_H
#define DIARY_H

#include "engine/core.h"

#define DIARY_FILES 256u	/* files that came to their end, in one row at most */

struct diary_row {
	struct event_rec rec;
	uint64_t late_ms;		/* bits that are told late (WATCH_LATE) are due then */
};

#define WATCH_LATE (WATCH_MODIFICATION | WATCH_RANGES)

struct diary *diary_new(struct engine *eng);	/* empty; NULL: no memory */
void diary_free(struct diary *d);
enum err diary_load(struct engine *eng, struct errinfo *ei);	/* from the store, at the start */

/* A turn, between store_begin() and store_commit(). */
void diary_begin(struct engine *eng);
/* What is different from job->pub; done: files of it that are transferred now. */
void diary_put(struct engine *eng, struct job *job, uint32_t done);
void diary_end(struct engine *eng);		/* drops the oldest when there are too many */
void diary_undone(struct engine *eng);
/* Each row of the turn is told to hear(). */
void diary_committed(struct engine *eng, void (*hear)(struct engine *eng, const struct diary_row *row));
void diary_rewrite(struct engine *eng);		/* into a new store: what is in memory */

uint64_t diary_last(const struct diary *d);	/* number of the newest row */
uint64_t diary_oldest(const struct diary *d);	/* every row behind this number is kept */
/* Could somebody have been given this number, and is nothing behind it forgotten? */
bool diary_knows(struct engine *eng, uint64_t number);
/* Rows behind `after`, oldest first, until one is refused or many were looked at. Gives the number to go on from:
 * of the last row that was not refused. *ret_more: there are more rows. */
uint64_t diary_each(struct engine *eng, uint64_t after, bool (*on_row)(void *arg, const struct diary_row *row),
    void *arg, bool *ret_more);

#endif
