/* SPDX-License-Identifier: MIT
 * engine/store.h: where jobs are kept. store.c is the only door to SQLite. Engine thread only.
 *
 * WAL, synchronous=FULL: what store_commit() said is there after a power cut. One error anywhere
 * between begin and commit makes the commit fail and undoes all of it. So does a file that somebody
 * removed meanwhile; store_is_lost() says so, store_renew() begins an empty one to write it all again.
 */
#ifndef STORE_H
#define STORE_H

#include "include/engine.h"

struct store;

/* dir: private directory; locked, so that two agents cannot share it. */
struct store *store_open(const char *dir, struct errinfo *ei);
void store_close(struct store *st);
void store_begin(struct store *st);
void store_put_job(struct store *st, const struct job_rec *rec);
void store_put_file(struct store *st, const struct file_rec *rec);
void store_delete_job(struct store *st, uint64_t seq);
void store_delete_all(struct store *st);
enum err store_commit(struct store *st, struct errinfo *ei);
/* Every job in order of creation, then every file. The records are the callee's copy
 * to take (texts allocated). A callback that gives false ends the walk with NO_MEMORY. */
enum err store_load(struct store *st, bool (*on_job)(void *arg, struct job_rec *rec),
    bool (*on_file)(void *arg, struct file_rec *rec), void *arg, struct errinfo *ei);

bool store_is_lost(const struct store *st);
enum err store_renew(struct store *st, struct errinfo *ei);

#endif
