/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_head.h: the head of an HTTP answer, line by line, into values.
 *
 * Keeps the head of the latest answer only: an interim one (1xx), a redirect or a challenge is
 * forgotten when the next begins. Bounded in lines and bytes. Pure; any thread.
 */
#ifndef XFER_HEAD_H
#define XFER_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/worker/xfer_plan.h"

#define XFER_HEAD_BYTES 65536u		/* of all heads of one request together */
#define XFER_HEAD_LINES 500u
#define XFER_HEAD_VALUE 256u		/* longer validators count as absent */
#define XFER_HEAD_LOCATION 2304u	/* a longer place to go to is against the rules */

struct xfer_head {
	unsigned status;
	uint64_t length;
	bool chunked;
	enum plan_ranges ranges;
	char etag[XFER_HEAD_VALUE], modified[XFER_HEAD_VALUE], content_range[XFER_HEAD_VALUE];
	char type[XFER_HEAD_VALUE];	/* Content-Type */
	char location[XFER_HEAD_LOCATION];
	unsigned etags, modifieds, content_ranges, types;
	size_t bytes, lines;
	bool refused, large;		/* against the rules; larger than allowed */
};

enum xfer_head_step { XFER_HEAD_MORE, XFER_HEAD_FINAL };

void xfer_head_init(struct xfer_head *h);
/* One line with or without its CR LF. FINAL: the empty line after the head of an answer that is not an
 * interim one. Ask h->refused afterwards. */
enum xfer_head_step xfer_head_line(struct xfer_head *h, const char *bytes, size_t len);
void xfer_head_answer(const struct xfer_head *h, struct plan_answer *ret);	/* texts point into h */

#endif
