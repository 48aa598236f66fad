/* SPDX-License-Identifier: MIT
 * engine/worker/dirs.c: see dirs.h.
 */
#include "engine/worker/dirs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHARED_MS 1000u
#define LOOKED_AT 8			/* open ones, the newest first */
#define PLENTY (1ull << 30)		/* bytes that do not run out in a moment: */
#define MOMENT_MS 200u

struct dirs_dir {
	struct dirs *all;
	struct dirs_dir *next, **prev;
	struct fsx_place place;
	char *path, *roots;		/* path: up to its last slash, and that */
	size_t len;
	unsigned users;
	uint64_t opened_ms, asked_ms, free;
};

struct dirs { struct dirs_dir *list; };

struct dirs *dirs_new(void)
{
	return calloc(1, sizeof(struct dirs));
}

void dirs_free(struct dirs *d)
{
	free(d);
}

void dirs_put(struct dirs_dir *dir)
{
	if (!dir || --dir->users)
		return;
	*dir->prev = dir->next;
	if (dir->next)
		dir->next->prev = dir->prev;
	fsx_place_done(&dir->place);
	free(dir->path);
	free(dir->roots);
	free(dir);
}

static struct dirs_dir *find(struct dirs *d, const char *path, const char *roots, uint64_t now_ms)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;
	unsigned n = 0;

	for (struct dirs_dir *dir = d->list; dir && n < LOOKED_AT; dir = dir->next, n++)
		if (dir->len == len && now_ms - dir->opened_ms < SHARED_MS && !memcmp(dir->path, path, len) &&
		    !strcmp(dir->roots, roots))
			return dir;
	return NULL;
}

static struct dirs_dir *open_new(struct dirs *d, const char *path, const char *roots, uint64_t now_ms,
    struct errinfo *ei, enum err *err)
{
	struct dirs_dir *dir = calloc(1, sizeof(*dir));

	*err = err_plain(ei, ERR_NO_MEMORY);
	if (!dir)
		return NULL;
	dir->prev = &d->list;
	dir->place.dir = -1;
	dir->path = strdup(path);
	dir->roots = strdup(roots);
	if (dir->path && dir->roots)
		*err = fsx_place_open(path, roots, &dir->place, ei);
	if (*err) {
		int e = errno;

		free(dir->path);
		free(dir->roots);
		free(dir);
		errno = e;
		return NULL;
	}
	dir->all = d;
	dir->len = (size_t)(strrchr(path, '/') - path) + 1;
	dir->opened_ms = now_ms;
	dir->next = d->list;
	if (dir->next)
		dir->next->prev = &dir->next;
	d->list = dir;
	return dir;
}

enum err dirs_open(struct dirs *d, const char *path, const char *roots, uint64_t now_ms,
    struct fsx_place *ret, struct dirs_dir **ret_dir, struct errinfo *ei)
{
	struct dirs_dir *dir = find(d, path, roots, now_ms);
	enum err err;

	errno = 0;
	if (dir)
		err = fsx_path_check(path, ei);
	else
		dir = open_new(d, path, roots, now_ms, ei, &err);
	if (err)
		return err;
	dir->users++;
	ret->dir = dir->place.dir;
	strcpy(ret->name, path + dir->len);
	*ret_dir = dir;
	return ERR_OK;
}

int dirs_free_bytes(struct dirs_dir *dir, uint64_t now_ms, uint64_t *ret)
{
	int r;

	if (dir->free < PLENTY || now_ms - dir->asked_ms >= MOMENT_MS) {
		r = fsx_free_bytes(dir->place.dir, &dir->free);
		if (r)
			return r;
		dir->asked_ms = now_ms;
	}
	*ret = dir->free;
	return 0;
}
