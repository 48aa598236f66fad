/* SPDX-License-Identifier: MIT
 * engine/worker/sink.h: the hidden file the bytes of one transfer go to.
 *
 * Never writes to a file it has not either just made itself or recognised by device and inode,
 * and never lets one file hold bytes of two versions: to begin again is to make a new file, with
 * another number than the engine has on record (docs/decisions/0010-a-new-version-is-a-new-file.md).
 * `durable` never names a byte a power cut could take back. Worker thread only. Functions returning
 * int give 0 or -errno.
 */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/fsx.h"
#include "engine/worker/dirs.h"
#include "engine/worker/flush.h"

struct sink {
	struct fsx_place place;		/* the directory; the name of the file it will become */
	struct dirs_dir *shared;	/* NULL: place.dir is the sink's own to close */
	char temp[FSX_NAME_MAX + 1];
	int fd;				/* -1: no file yet */
	uint64_t dev, ino;
	uint64_t written, durable;	/* bytes from the start; written: those in `room`, too */
	bool gathers;			/* small writes are put together */
	char *room;			/* bytes on their way to the file, this many: */
	size_t held;
	uint64_t flushing;		/* the kernel was told to write up to here */
	uint64_t synced_ms;
	bool name_dirty;		/* the directory does not have the name on disk yet */
	bool dress_dirty;		/* mode and times are not on disk yet */
	bool sparse;			/* bytes have gaps between them: the length of the file says nothing */
	uint64_t shift;			/* byte number `written` goes to written + shift in the file */
	bool lost;			/* an fsync failed: the file is gone, nothing in it counts */
	struct flush *flush;		/* where sink_flush() goes; NULL: it may not be called */
	struct flush_item item;		/* being made durable, up to: */
	uint64_t upto;
};

enum sink_found { SINK_SAME, SINK_OTHER, SINK_BUSY };

void sink_init(struct sink *s);
void sink_done(struct sink *s);		/* closes; the file stays */

/* Looks for the file of an earlier transfer. SAME: opened, locked, cut to offset. OTHER: not
 * there, not ours or too short. BUSY: somebody still holds its lock; ask again a little later. */
enum sink_found sink_find(struct sink *s, uint64_t offset, uint64_t dev, uint64_t ino);
/* A new, empty file; what had the name is removed. It never has the number dev, ino: that is on record. */
int sink_begin(struct sink *s, uint64_t dev, uint64_t ino);
/* The file itself, emptied if it is there already. */
int sink_begin_direct(struct sink *s);
int sink_write(struct sink *s, const char *bytes, size_t len);
/* What was gathered goes to the file; on failure `written` is what is in the file. Before sink_flush(), and before
 * shift changes. */
int sink_drain(struct sink *s);
/* It is whole, drained, and gets the look of the file it becomes; the next flush makes that durable, too. */
void sink_dress(struct sink *s, const char *modified, mode_t umask);
int sink_checkpoint(struct sink *s, uint64_t now_ms);	/* written becomes durable; on failure see `lost` */
/* The same beside the loop; writing may go on. false: it is durable already, or the file is lost. While
 * one is under way nothing else is begun (true). item.on_done calls sink_flushed(), which says how it was. */
bool sink_flush(struct sink *s);
int sink_flushed(struct sink *s, uint64_t now_ms);
/* Is it time for a checkpoint? Pure. */
bool sink_is_due(const struct sink *s, uint64_t now_ms);

#endif
