/* SPDX-License-Identifier: MIT
 * engine/worker/publish.c: see publish.h.
 */
#include "engine/worker/publish.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/auto.h"
#include "engine/base/fsx.h"
#include "engine/worker/dress.h"
#include "engine/worker/flush.h"

static enum err refuse(int error, const char *path, struct errinfo *ei)
{
	if (error == -ENOSPC || error == -EDQUOT)
		return err_set(ei, ERR_DISK_FULL, "%.200s could not be put in place: the disk is full.", path);
	if (error == -EIO)
		return err_set(ei, ERR_WRITE_FAULT, "%.200s could not be put in place: the disk failed to "
		    "write.", path);
	if (error == -EISDIR || error == -ENOTEMPTY || error == -EEXIST)
		return err_set(ei, ERR_FILE_ACCESS, "%.200s is a directory now; dray does not replace it.",
		    path);
	return err_set(ei, ERR_FILE_ACCESS, "%.200s could not be put in place: %s.", path, strerror(-error));
}

/* A crash came between the rename and the answer: 0 if the file is there, and its name on disk. */
static int find_published(const struct fsx_place *place, const struct proto_publish *o)
{
	struct stat st;
	AUTO_CLOSE int fd = fsx_open_same(place->dir, place->name, o->dev, o->ino, &st);

	if (fd < 0 || (uint64_t)st.st_size != o->size)
		return -ENOENT;
	return fsx_sync_dir(place->dir, fd);
}

/* One order of a batch. */
struct step {
	struct publish_item *of;
	struct fsx_place place;		/* the batch closes it: steps of one directory share it */
	bool shares;
	bool lists;			/* the directory can be synced without a file of it */
	struct flush_item sync;
};

static void settle(struct step *s, enum err err)
{
	s->of->err = err;
	if (s->sync.fd >= 0)
		close(s->sync.fd);
}

static size_t dir_len(const struct proto_publish *o)
{
	const char *slash = strrchr(o->path, '/');

	return slash ? (size_t)(slash - o->path) + 1 : 0;
}

static bool is_beside(const struct proto_publish *a, const struct proto_publish *b)
{
	return dir_len(a) && dir_len(a) == dir_len(b) && !strncmp(a->path, b->path, dir_len(a)) &&
	    !strcmp(a->root, b->root);
}

/* Files of a batch are mostly beside each other: the directory is opened once. near: the step before; NULL. */
static enum err open_place(struct step *s, const struct step *near)
{
	const struct proto_publish *o = s->of->order;
	enum err err;

	if (!near || near->place.dir < 0 || !is_beside(near->of->order, o)) {
		err = fsx_place_open(o->path, o->root, &s->place, &s->of->ei);
		s->lists = !err && fsx_may_list(s->place.dir);
		return err;
	}
	err = fsx_path_check(o->path, &s->of->ei);
	if (err)
		return err;
	s->place.dir = near->place.dir;
	strcpy(s->place.name, o->path + dir_len(o));
	s->shares = true;
	s->lists = near->lists;
	return ERR_OK;
}

/* The transfer that made it whole dressed it, and made that durable: only its name is to be changed. */
static bool is_ready(const struct step *s, mode_t umask)
{
	const struct proto_publish *o = s->of->order;
	struct stat st;

	return s->lists && !fsx_stat_same(s->place.dir, o->temp, o->dev, o->ino, &st) &&
	    (uint64_t)st.st_size == o->size && dress_fits(&st, o->modified, umask);
}

/* Finds the file; what ends here is settled. */
static bool find(struct step *s, const struct step *near, mode_t umask)
{
	const struct proto_publish *o = s->of->order;
	struct errinfo *ei = &s->of->ei;
	struct stat st;
	int fd, r = 0;
	enum err err;

	s->place.dir = s->sync.fd = -1;
	if (!fsx_name_ok(o->temp)) {
		settle(s, err_set(ei, ERR_INVALID_ARG, "The name of the temporary file is not a valid one."));
		return false;
	}
	err = open_place(s, near);
	if (err) {
		settle(s, err);
		return false;
	}
	s->sync.dir = s->place.dir;
	s->sync.dev = o->dev;
	if (is_ready(s, umask))
		return true;
	s->sync.whole = true;
	s->sync.fd = fd = fsx_open_same(s->place.dir, o->temp, o->dev, o->ino, &st);
	if (fd >= 0 && (uint64_t)st.st_size == o->size)
		return true;
	if (fd == -ENOENT && (r = find_published(&s->place, o)) != -ENOENT)
		err = r ? refuse(r, o->path, ei) : ERR_OK;
	else if (fd == -ENOENT)
		err = err_set(ei, ERR_FILE_NOT_FOUND, "The downloaded file %.100s, meant for %.200s, is gone.",
		    o->temp, o->path);
	else if (fd >= 0 || fd == -ESTALE)
		err = err_set(ei, ERR_FILE_NOT_FOUND, "The downloaded file %.100s, meant for %.200s, is not "
		    "the one dray wrote any more; somebody changed or replaced it.", o->temp, o->path);
	else
		err = refuse(fd, o->path, ei);
	settle(s, err);
	return false;
}

/* Those with an error are settled and leave. */
static size_t sift(struct step **steps, struct flush_item **syncs, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		struct step *s = steps[i];

		if (s->sync.error) {
			settle(s, refuse(s->sync.error, s->of->order->path, &s->of->ei));
			continue;
		}
		steps[left] = s;
		syncs[left++] = &s->sync;
	}
	return left;
}

void publish_files(struct publish_item *items, size_t n, mode_t umask)
{
	struct step all[FLUSH_BATCH] = { 0 }, *steps[FLUSH_BATCH];
	struct flush_item *syncs[FLUSH_BATCH];
	size_t on = 0, bare = 0;

	for (size_t i = 0; i < n; i++) {
		all[i].of = &items[i];
		if (!find(&all[i], i ? &all[i - 1] : NULL, umask))
			continue;
		steps[on++] = &all[i];
		if (all[i].sync.fd < 0)
			continue;
		dress_file(all[i].sync.fd, items[i].order->modified, umask);
		syncs[bare++] = &all[i].sync;
	}
	flush_files(syncs, bare);
	on = sift(steps, syncs, on);
	for (size_t i = 0; i < on; i++)
		steps[i]->sync.error = fsx_rename(steps[i]->place.dir, steps[i]->of->order->temp,
		    steps[i]->place.name);
	on = sift(steps, syncs, on);
	flush_dirs(syncs, on);
	on = sift(steps, syncs, on);
	for (size_t i = 0; i < on; i++)
		settle(steps[i], ERR_OK);
	for (size_t i = 0; i < n; i++)
		if (!all[i].shares)
			fsx_place_done(&all[i].place);
}

enum err publish_discard(const struct proto_discard *o, struct errinfo *ei)
{
	struct fsx_place place;
	enum err err;
	int r;

	if (!fsx_name_ok(o->temp))
		return err_set(ei, ERR_INVALID_ARG, "The name of the temporary file is not a valid one.");
	err = fsx_place_open(o->path, o->root, &place, ei);
	if (err)
		return err == ERR_PATH_NOT_FOUND ? ERR_OK : err;	/* gone with its directory */
	r = fsx_unlink(place.dir, o->temp);
	fsx_place_done(&place);
	if (r && r != -ENOENT)
		return err_set(ei, ERR_FILE_ACCESS, "The temporary file %.100s beside %.200s could not be "
		    "deleted: %s.", o->temp, o->path, strerror(-r));
	return ERR_OK;
}
