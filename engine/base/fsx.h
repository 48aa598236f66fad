/* SPDX-License-Identifier: MIT
 * engine/base/fsx.h: how a user's file is touched. The only place that opens, creates, renames or
 * removes one; everybody else names a place and gets a descriptor.
 *
 * A place is a directory, opened once, and a name in it; what happens to the path afterwards
 * (a link planted, a directory swapped) no longer matters. Call it only in a process that is the
 * owner of the file. Functions returning int give 0 or a descriptor, else -errno. Any thread.
 */
#ifndef BASE_FSX_H
#define BASE_FSX_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "engine/base/err.h"

#define FSX_PATH_MAX 4095
#define FSX_NAME_MAX 255

struct fsx_place {
	int dir;			/* O_PATH; -1 while closed */
	char name[FSX_NAME_MAX + 1];
};

/* Is the text an absolute path dray accepts: no control byte, no `..`, ends in a name? Pure. */
enum err fsx_path_check(const char *path, struct errinfo *ei);
/* One name in a directory: no slash, not . or .., no control byte. Pure. */
bool fsx_name_ok(const char *name);

/* Opens the directory of path. roots: empty, or directories separated by ':'; then the path must
 * lie beneath one of them, and no link is followed on the way from there. errno tells the system's
 * reason afterwards, 0 if it had none. */
enum err fsx_place_open(const char *path, const char *roots, struct fsx_place *ret, struct errinfo *ei);
void fsx_place_done(struct fsx_place *p);

/* Could a file be created there now, and moved to its name? Changes nothing. */
enum err fsx_may_create(const struct fsx_place *p, const char *path, struct errinfo *ei);

/* An existing regular file of our own with one link and this identity, for writing; -ESTALE if it
 * is anything else (it is not opened then). st: filled on success. */
int fsx_stat_same(int dir, const char *name, uint64_t dev, uint64_t ino, struct stat *st);	/* not opened; 0 */
int fsx_open_same(int dir, const char *name, uint64_t dev, uint64_t ino, struct stat *st);
/* May we go on with the file that has this name and identity, though another owner began it? Yes (0) if it is
 * ours already, if it is not there (it is begun anew), or if we are root; take: then it becomes ours.
 * -EPERM: no. */
int fsx_take(int dir, const char *name, uint64_t dev, uint64_t ino, bool take);
int fsx_open_new(int dir, const char *name);		/* 0600; -EEXIST if anything has the name */
/* An existing regular file of our own with one link, or a new one (mode as the umask has it), for writing. */
int fsx_open_over(int dir, const char *name);
int fsx_stat(int dir, const char *name, struct stat *st);	/* of a link itself, if it is one */
bool fsx_may_list(int dir);			/* so that fsx_sync_dir() needs no file */
int fsx_unlink(int dir, const char *name);
int fsx_rename(int dir, const char *from, const char *to);	/* replaces what has the name `to` */
int fsx_sync_dir(int dir, int fd);	/* fd: a file on the same file system, used when dir is unreadable */
int fsx_free_bytes(int dir, uint64_t *ret);		/* for us, not for root; UINT64_MAX if it cannot say */

#endif
