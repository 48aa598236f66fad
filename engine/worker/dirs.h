/* SPDX-License-Identifier: MIT
 * engine/worker/dirs.h: the directories transfers write to, opened once for those that begin together.
 *
 * An open directory is shared for a second, and only while somebody uses it; who comes later opens it anew,
 * so a directory that was replaced meanwhile is found. Worker thread only.
 */
#ifndef DIRS_H
#define DIRS_H

#include <stdint.h>

#include "engine/base/fsx.h"

struct dirs;
struct dirs_dir;

struct dirs *dirs_new(void);			/* NULL: out of memory */
void dirs_free(struct dirs *d);			/* everything was put back */

/* As fsx_place_open(); ret->dir is not the caller's to close: he puts ret_dir back. */
enum err dirs_open(struct dirs *d, const char *path, const char *roots, uint64_t now_ms,
    struct fsx_place *ret, struct dirs_dir **ret_dir, struct errinfo *ei);
void dirs_put(struct dirs_dir *dir);		/* NULL is fine */
/* As fsx_free_bytes(); where there is plenty, an answer may be a moment old. */
int dirs_free_bytes(struct dirs_dir *dir, uint64_t now_ms, uint64_t *ret);

#endif
