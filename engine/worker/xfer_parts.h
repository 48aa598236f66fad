/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_parts.h: a body of several parts (multipart/byteranges), read as it comes. Pure.
 *
 * Strict, as BITS is (5.1): at most two line ends before the first boundary; in the head of a part
 * Content-Range, Content-Type and at most 180 bytes more. The bytes of a part are counted, never searched.
 */
#ifndef XFER_PARTS_H
#define XFER_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xfer_parts {
	char boundary[74];		/* with its two dashes */
	enum xfer_parts_state { PARTS_BEFORE, PARTS_HEAD, PARTS_DATA, PARTS_AFTER, PARTS_OVER } state;
	char line[512];
	size_t len;			/* of it, so far */
	unsigned blank, extra;
	char range[128];		/* Content-Range of this part */
	uint64_t left;			/* bytes of this part */
};

struct xfer_parts_ops {
	/* The head of a part; *len: how many bytes follow. false: stop. */
	bool (*on_part)(void *arg, const char *content_range, uint64_t *len);
	bool (*on_bytes)(void *arg, const char *bytes, size_t len);
};

enum xfer_parts_result { XFER_PARTS_MORE, XFER_PARTS_STOPPED, XFER_PARTS_MALFORMED };

bool xfer_parts_init(struct xfer_parts *p, const char *content_type);	/* false: it names no boundary */
/* After the last boundary (PARTS_OVER) everything is passed over. */
enum xfer_parts_result xfer_parts_feed(struct xfer_parts *p, const char *bytes, size_t len,
    const struct xfer_parts_ops *ops, void *arg);

#endif
