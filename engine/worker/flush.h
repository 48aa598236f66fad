/* SPDX-License-Identifier: MIT
 * engine/worker/flush.h: files made durable on a thread beside the loop, many at a time.
 *
 * What was added while the thread was busy is its next batch. Many files of one file system go by one
 * syncfs(); else their pages are sent to the disk first, then each file is waited for (the file
 * system's commit is shared), then each directory, once. Figures: docs/decisions, "runs". Worker
 * thread only.
 */
#ifndef FLUSH_H
#define FLUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flush;
struct loop;

enum flush_state { FLUSH_IDLE, FLUSH_WAITS, FLUSH_WORKS, FLUSH_DONE };

struct flush_item {
	int fd;				/* stays open until it is done */
	uint64_t dev;			/* the file system it is on */
	int dir;			/* its directory, to be made durable, too; -1: it is */
	bool whole;			/* mode and times, too */
	int error;			/* 0 or -errno */
	void (*on_done)(struct flush_item *item);	/* on the loop */
	enum flush_state state;		/* zeroed: idle */
	struct flush_item *next;
};

struct flush *flush_new(struct loop *loop);	/* NULL: out of memory */
void flush_free(struct flush *f);		/* nothing may be inside */
void flush_add(struct flush *f, struct flush_item *item);	/* an idle one */
/* Out of the batches again, waiting for the disk if it is at work on it; on_done does not come. true: it
 * was done, see error. An idle one is fine. */
bool flush_take_back(struct flush *f, struct flush_item *item);

#define FLUSH_BATCH 256
/* The two steps of a batch (FLUSH_BATCH items at most), for who wants to wait; they set `error`. true: one
 * syncfs() did it, the directories are durable as well. Any thread. */
bool flush_files(struct flush_item *const *batch, size_t n);
void flush_dirs(struct flush_item *const *batch, size_t n);	/* of those without error */

#endif
