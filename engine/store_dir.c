/* SPDX-License-Identifier: MIT
 * engine/store_dir.c: see store_dir.h.
 */
#include "engine/store_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/auto.h"

static bool is_held(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* The file's lock works on every file system; the directory's holds even when somebody tidies the file away. */
enum err store_dir_lock(struct store_dir *sd, const char *path, struct errinfo *ei)
{
	sd->lock = -1;
	sd->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sd->dir >= 0)
		sd->lock = openat(sd->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (sd->lock < 0)
		return err_set(ei, ERR_STORE, "cannot open %.300s%s: %s", path, sd->dir < 0 ? "" : "/lock",
		    strerror(errno));
	if (is_held(sd->lock) || is_held(sd->dir))
		return err_set(ei, ERR_STORE, "the state directory %.300s belongs to a running agent; stop "
		    "that one or give this one a StateDirectory of its own", path);
	return ERR_OK;
}

void store_dir_unlock(struct store_dir *sd)
{
	if (sd->lock >= 0)
		close(sd->lock);
	if (sd->dir >= 0)
		close(sd->dir);
	sd->lock = sd->dir = -1;
}

static ino_t inode_of(const struct store_dir *sd, const char *name)
{
	struct stat st;

	return fstatat(sd->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_ino;
}

void store_dir_note(struct store_dir *sd)
{
	sd->db = inode_of(sd, "jobs.db");
	sd->wal = inode_of(sd, "jobs.db-wal");
}

enum store_seen store_dir_look(const struct store_dir *sd)
{
	ino_t db = inode_of(sd, "jobs.db");

	if (db && db != sd->db)
		return STORE_REPLACED;
	return db && inode_of(sd, "jobs.db-wal") == sd->wal ? STORE_SAME : STORE_REMOVED;
}

static bool is_taken(int dir, const char *when)
{
	char name[80];
	struct stat st;

	snprintf(name, sizeof(name), "jobs.db.damaged-%s", when);
	return !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
}

enum err store_dir_set_aside(const char *path, int64_t unix_s, char *ret, size_t room, struct errinfo *ei)
{
	static const char *const ends[] = { "-wal", "-shm", "" };
	AUTO_CLOSE int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char from[40], to[80], when[40] = "";	/* 16 and 13 */
	time_t at = (time_t)unix_s;
	struct tm tm;

	if (gmtime_r(&at, &tm))
		strftime(when, sizeof(when) - 13, "%Y%m%dT%H%M%SZ", &tm);
	for (int again = 2; dir >= 0 && is_taken(dir, when) && again < 1000; again++)
		snprintf(when + strcspn(when, "."), 13, ".%d", again);	/* two in one second */
	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(from, sizeof(from), "jobs.db%s", ends[i]);
		snprintf(to, sizeof(to), "jobs.db.damaged-%s%s", when, ends[i]);
		if (dir < 0 || (renameat(dir, from, dir, to) && errno != ENOENT))
			return err_set(ei, ERR_STORE,
			    "%.200s/%s is damaged and cannot be moved out of the way: %s; move it "
			    "away yourself", path, from, strerror(errno));
	}
	snprintf(ret, room, "%s/%s", path, to);
	return ERR_OK;
}
