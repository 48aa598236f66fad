/* SPDX-License-Identifier: MIT
 * engine/store.h: where jobs are kept. store.c is the only door to SQLite. Engine thread only.
 *
 * WAL, synchronous=FULL: what store_commit() said is there after a power cut. One error anywhere
 * between begin and commit makes the commit fail and undoes all of it. So does a file that somebody
 * removed meanwhile; store_is_lost() says so, store_renew() begins an empty one to write it all again.
 */
#ifndef STORE_H
#define STORE_H

#include "engine/rec.h"

struct store;

/* dir: private directory; locked, so that two agents cannot share it. */
struct store *store_open(const char *dir, struct errinfo *ei);
void store_close(struct store *st);
void store_begin(struct store *st);
void store_put(struct store *st, const struct rec_table *table, const void *rec);
void store_delete_job(struct store *st, uint64_t seq);
void store_delete_all(struct store *st);
enum err store_commit(struct store *st, struct errinfo *ei);
/* Every job, option and file, and so on, in the order of creation; no events. A row is the callee's to keep when it gives
 * true (its texts, too); false ends the walk: it makes no sense. */
enum err store_load(struct store *st, bool (*on_row)(void *arg, const struct rec_table *table, void *rec),
    void *arg, struct errinfo *ei);

/* Events behind the number `after`, the oldest first; on_row as above. */
enum err store_read_events(struct store *st, uint64_t after, uint64_t most,
    bool (*on_row)(void *arg, const struct rec_table *table, void *rec), void *arg, struct errinfo *ei);
/* The number of the n-th event from the oldest or the newest on, counted from 0; 0: there are not so many. */
uint64_t store_event_at(struct store *st, bool newest, uint64_t n);
uint64_t store_events(struct store *st);	/* how many there are */
void store_drop_events(struct store *st, uint64_t upto);	/* that one, too; between begin and commit */

/* The files of a closed store get another name, which is told: jobs.db.damaged-TIME. */
enum err store_set_aside(const char *dir, int64_t unix_s, char *ret, size_t room, struct errinfo *ei);

bool store_is_lost(const struct store *st);
enum err store_renew(struct store *st, struct errinfo *ei);

#endif
