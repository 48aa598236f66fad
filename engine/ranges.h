/* SPDX-License-Identifier: MIT
 * engine/ranges.h: pieces of a file, as texts and as lists. Pure; any thread.
 *
 * A text is "first-last,first-,...": positions from 0, last included, an open end reaches to the end of
 * the file. The order is the caller's and counts: pieces are moved in it. Source: BITS AddFileWithRanges,
 * IBackgroundCopyFile6.
 */
#ifndef RANGES_H
#define RANGES_H

#include "include/engine.h"

#define RANGE_END UINT64_MAX		/* last: to the end of the file */
#define RANGES_TEXT_MAX (200u << 10)	/* bytes; what a message to a worker has room for */

struct range { uint64_t first, last; };

struct ranges {
	struct range *v;		/* of malloc */
	size_t n, room;
	bool bad;			/* out of memory: some are missing */
};

/* May somebody ask for these pieces? max: so many at most; size: of the file, or ENG_SIZE_UNKNOWN;
 * overlap: pieces may overlap (they are split by whoever moves them). */
enum err ranges_check(const char *text, size_t max, uint64_t size, bool overlap, struct errinfo *ei);
/* Bytes of all pieces; ENG_SIZE_UNKNOWN while one has an open end and the size is not known. */
uint64_t ranges_bytes(const char *text, uint64_t size);

/* Lists. Begin with { 0 }; ask .bad at the end. A text that was checked is always read. */
void ranges_read(struct ranges *r, const char *text);
void ranges_add(struct ranges *r, uint64_t first, uint64_t last);
void ranges_done(struct ranges *r);
/* As a text in the shared form of str.h; NULL: no memory, or bad. */
const char *ranges_text(const struct ranges *r);
/* Sorted by position, touching ones made one. */
void ranges_merge(struct ranges *r);
/* Open ends get the size, where it is known. */
void ranges_close(struct ranges *r, uint64_t size);
/* What is in `from` and not in `less` (merged), in the order of `from`, added to ret. */
void ranges_minus(struct ranges *ret, const struct ranges *from, const struct ranges *less);
/* The first `bytes` bytes of `from` are added to front, the others to back. */
void ranges_split(const struct ranges *from, uint64_t bytes, struct ranges *front, struct ranges *back);

#endif
