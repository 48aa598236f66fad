/* SPDX-License-Identifier: MIT
 * engine/worker/xfer.h: the life of one transfer, from the order to DONE, FAILED or STOPPED.
 *
 *   FINDING --lock free, or nothing to find--> ASKING --head accepted--> TAKING --last byte--> over
 *      ^ lock busy: by timer                     ^  version changed, or a part only  |
 *      +---------------                          +-----------------------------------+
 *
 * What to ask and what an answer means is xfer_plan.c; what a failure means, xfer_class.c; bytes
 * go to sink.c; here they are put together. Worker thread only.
 */
#ifndef XFER_H
#define XFER_H

#include <sys/types.h>

#include "engine/worker/proto.h"

struct loop;
struct xfer;
struct xfer_http;
struct flush;
struct dirs;

struct xfer_host {
	struct loop *loop;
	struct xfer_http *http;
	struct flush *flush;
	struct dirs *dirs;
	mode_t umask;			/* of files that are whole */
	uint64_t expect;		/* bytes the file may have; a guess, UINT64_MAX: none */
	void (*send)(void *arg, const struct proto_msg *msg);
	/* Nothing more is asked of the server; the last bytes are on their way to the disk. May be NULL. */
	void (*on_written)(void *arg);
	/* DONE or FAILED was sent: forget x and xfer_free() it, now. */
	void (*on_over)(void *arg, struct xfer *x);
	void *arg;
};

/* The order is borrowed until xfer_free(), validators excepted. NULL: out of memory. on_over never comes before this returned. */
struct xfer *xfer_new(const struct xfer_host *host, uint64_t tag, const struct proto_start *order);
void xfer_free(struct xfer *x);		/* at once, nothing is sent */
void xfer_stop(struct xfer *x);		/* checkpoint, send STOPPED; then free it */
uint64_t xfer_tag(const struct xfer *x);

#endif
