/* SPDX-License-Identifier: MIT
 * engine/base/buf.h: bytes that grow up to a ceiling given at birth.
 *
 * Past the ceiling (or out of memory) the buffer turns bad and stays so; nothing more is
 * added. Write everything, ask buf_bad() once. Not thread-safe; the owner's thread only.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;		/* NUL-terminated after every add; NULL while empty */
	size_t len, room, max;
	bool bad;
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);
void buf_reset(struct buf *b);			/* keeps the memory, forgets the bytes and the badness */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_adds(struct buf *b, const char *text);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text as XML character data: & < > " escaped; what XML cannot hold (control characters other than TAB LF CR,
 * bytes that are no UTF-8, such as half a character where a text was cut) becomes '?'. */
void buf_add_xml(struct buf *b, const char *text);
/* Memory for so many bytes in all, taken at once; too much or none there: it grows as it did before. */
void buf_reserve(struct buf *b, size_t len);
/* Where the next bytes belong, room for len of them; who wrote there says how many with buf_wrote(). NULL: bad. */
char *buf_room(struct buf *b, size_t len);
void buf_wrote(struct buf *b, size_t len);
/* Puts bytes before position `at`. */
void buf_insert(struct buf *b, size_t at, const void *bytes, size_t len);
void buf_drop_front(struct buf *b, size_t len);
static inline bool buf_bad(const struct buf *b) { return b->bad; }
static inline const char *buf_text(const struct buf *b) { return b->data ? b->data : ""; }

#endif
