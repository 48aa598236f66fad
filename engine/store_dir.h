/* SPDX-License-Identifier: MIT
 * engine/store_dir.h: the directory the store is in: ours alone, and are its files still those that
 * were opened? Knows names and inodes, not what is inside. Engine thread only.
 */
#ifndef STORE_DIR_H
#define STORE_DIR_H

#include <stdbool.h>
#include <sys/types.h>

#include "engine/base/err.h"

struct store_dir {
	int dir, lock;			/* both locked; -1 */
	ino_t db, wal;			/* as opened */
};

enum store_seen { STORE_SAME, STORE_REMOVED, STORE_REPLACED };

/* Refuses a directory that belongs to a running agent. */
enum err store_dir_lock(struct store_dir *sd, const char *path, struct errinfo *ei);
void store_dir_unlock(struct store_dir *sd);
void store_dir_note(struct store_dir *sd);		/* jobs.db and its log are open now */
/* A file removed under an open database goes on taking commits that nobody will ever read. */
enum store_seen store_dir_look(const struct store_dir *sd);

/* jobs.db and its logs are renamed to jobs.db.damaged-TIME; ret: the new path. */
enum err store_dir_set_aside(const char *path, int64_t unix_s, char *ret, size_t room, struct errinfo *ei);

#endif
