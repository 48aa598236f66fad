/* SPDX-License-Identifier: MIT
 * engine/worker/sink.c: see sink.h.
 */
#include "engine/worker/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/base/auto.h"
#include "engine/worker/dress.h"

#define FLUSH_BYTES (8u << 20)		/* keeps little dirty, so that a checkpoint is short */
#define CHECKPOINT_BYTES (4u << 20)
#define CHECKPOINT_SOON_MS 250u
#define CHECKPOINT_LATE_MS 1000u
#define BEGIN_TRIES 3
#define GATHER (256u << 10)		/* bytes of a write(); libcurl brings 16 KiB at a time */

void sink_init(struct sink *s)
{
	memset(s, 0, sizeof(*s));
	s->place.dir = -1;
	s->fd = -1;
}

/* Whoever needs the file for something else waits until the thread has let it go. What it has made durable
 * meanwhile is not used: the next checkpoint is as cheap as finding out. */
static void take_back(struct sink *s)
{
	if (s->flush)
		flush_take_back(s->flush, &s->item);
}

void sink_done(struct sink *s)
{
	take_back(s);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	free(s->room);
	s->room = NULL;
	if (s->shared)
		s->place.dir = -1;
	else
		fsx_place_done(&s->place);
	dirs_put(s->shared);
	s->shared = NULL;
}

static int take_lock(int fd)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void adopt(struct sink *s, int fd, const struct stat *st, uint64_t offset)
{
	take_back(s);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = fd;
	s->dev = st->st_dev;
	s->ino = st->st_ino;
	s->written = s->durable = s->flushing = offset;
	s->held = 0;
	s->lost = s->dress_dirty = false;
}

enum sink_found sink_find(struct sink *s, uint64_t offset, uint64_t dev, uint64_t ino)
{
	struct stat st;
	AUTO_CLOSE int fd = fsx_open_same(s->place.dir, s->temp, dev, ino, &st);

	if (fd < 0)
		return SINK_OTHER;
	if (take_lock(fd) < 0)
		return SINK_BUSY;
	/* Whoever held the lock may have finished, grown or replaced the file. */
	if (fsx_stat(s->place.dir, s->temp, &st) || st.st_dev != dev || st.st_ino != ino || st.st_size < 0 ||
	    (!s->sparse && ((uint64_t)st.st_size < offset || ftruncate(fd, (off_t)offset) < 0)))
		return SINK_OTHER;
	adopt(s, TAKE_FD(fd), &st, offset);
	return SINK_SAME;
}

static int make_new(struct sink *s, struct stat *st)
{
	AUTO_CLOSE int fd = -1;
	int r;

	fd = fsx_open_new(s->place.dir, s->temp);
	for (int i = 0; fd == -EEXIST && i < BEGIN_TRIES; i++) {
		r = fsx_unlink(s->place.dir, s->temp);
		if (r && r != -ENOENT)
			return r;
		fd = fsx_open_new(s->place.dir, s->temp);
	}
	if (fd < 0)
		return fd;
	if ((r = take_lock(fd)))
		return r;
	return fstat(fd, st) < 0 ? -errno : TAKE_FD(fd);
}

int sink_begin(struct sink *s, uint64_t dev, uint64_t ino)
{
	AUTO_CLOSE int reused = -1;
	struct stat st;
	int fd = make_new(s, &st);

	/* File systems like to hand out the number of a file just deleted; held open, it is taken. */
	if (fd >= 0 && st.st_dev == dev && st.st_ino == ino) {
		reused = fd;
		fd = make_new(s, &st);
	}
	if (fd < 0)
		return fd;
	adopt(s, fd, &st, 0);
	s->name_dirty = true;
	return 0;
}

int sink_begin_direct(struct sink *s)
{
	struct stat st;
	AUTO_CLOSE int fd = fsx_open_over(s->place.dir, s->place.name);
	int r;

	if (fd < 0)
		return fd;
	if ((r = take_lock(fd)))
		return r;
	if (fstat(fd, &st) < 0 || ftruncate(fd, 0) < 0)
		return -errno;
	adopt(s, TAKE_FD(fd), &st, 0);
	s->name_dirty = true;
	return 0;
}

static int write_out(struct sink *s, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = pwrite(s->fd, bytes, len, (off_t)(s->written + s->shift));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
		s->written += (uint64_t)n;
	}
	if (s->written - s->flushing >= FLUSH_BYTES) {
		sync_file_range(s->fd, (off_t)(s->flushing + s->shift), (off_t)(s->written - s->flushing),
		    SYNC_FILE_RANGE_WRITE);
		s->flushing = s->written;
	}
	return 0;
}

int sink_drain(struct sink *s)
{
	size_t len = s->held;

	s->held = 0;
	s->written -= len;
	return len ? write_out(s, s->room, len) : 0;
}

int sink_write(struct sink *s, const char *bytes, size_t len)
{
	size_t n;
	int r;

	if (s->gathers && !s->room)
		s->room = malloc(GATHER);
	if (!s->room)
		return write_out(s, bytes, len);
	for (; len; bytes += n, len -= n) {
		n = len < GATHER - s->held ? len : GATHER - s->held;
		memcpy(s->room + s->held, bytes, n);
		s->held += n;
		s->written += n;
		if (s->held == GATHER && (r = sink_drain(s)))
			return r;
	}
	return 0;
}

/* After a failed fsync the kernel may call the dropped pages clean, so a second try could succeed
 * and lie. What this file holds is unknown from here on. */
static int lose(struct sink *s, int error)
{
	fsx_unlink(s->place.dir, s->temp);
	s->lost = true;
	s->written = s->durable = s->held = 0;
	return error;
}

static bool is_durable(const struct sink *s)
{
	return s->fd < 0 || s->lost || (s->durable == s->written && !s->name_dirty && !s->dress_dirty);
}

bool sink_flush(struct sink *s)
{
	if (s->item.state != FLUSH_IDLE)
		return true;
	if (is_durable(s))
		return false;
	s->item.fd = s->fd;
	s->item.dev = s->dev;
	s->item.dir = s->name_dirty ? s->place.dir : -1;
	s->item.whole = s->dress_dirty;
	s->upto = s->written - s->held;
	flush_add(s->flush, &s->item);
	return true;
}

int sink_flushed(struct sink *s, uint64_t now_ms)
{
	if (s->item.error)
		return lose(s, s->item.error);
	s->name_dirty = false;
	s->dress_dirty &= !s->item.whole;
	s->durable = s->upto;
	s->synced_ms = now_ms;
	return 0;
}

void sink_dress(struct sink *s, const char *modified, mode_t umask)
{
	if (s->fd < 0 || s->lost)
		return;
	dress_file(s->fd, modified, umask);
	s->dress_dirty = true;
}

int sink_checkpoint(struct sink *s, uint64_t now_ms)
{
	int r;

	if (s->flush && flush_take_back(s->flush, &s->item) && (r = sink_flushed(s, now_ms)))
		return r;
	sink_drain(s);			/* what the disk does not take does not count */
	if (is_durable(s))
		return 0;
	while ((s->dress_dirty ? fsync(s->fd) : fdatasync(s->fd)) < 0)
		if (errno != EINTR)
			return lose(s, -errno);
	if (s->name_dirty && (r = fsx_sync_dir(s->place.dir, s->fd)))
		return lose(s, r);
	s->name_dirty = s->dress_dirty = false;
	s->durable = s->written;
	s->synced_ms = now_ms;
	return 0;
}

bool sink_is_due(const struct sink *s, uint64_t now_ms)
{
	uint64_t fresh = s->written - s->durable, age = now_ms - s->synced_ms;

	return fresh && (age >= CHECKPOINT_LATE_MS || (fresh >= CHECKPOINT_BYTES && age >= CHECKPOINT_SOON_MS));
}
