/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_own.h: what xfer.c (the life of a transfer) and xfer_body.c (answers and bytes)
 * share. For nobody else.
 */
#ifndef XFER_OWN_H
#define XFER_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/worker/sink.h"
#include "engine/worker/xfer.h"
#include "engine/worker/xfer_class.h"
#include "engine/worker/xfer_head.h"
#include "engine/worker/xfer_http.h"
#include "engine/worker/xfer_plan.h"

#define XFER_DETAIL 512

enum xfer_next { XFER_NEXT_FAIL, XFER_NEXT_ASK, XFER_NEXT_DONE };

struct xfer {
	struct xfer_host host;
	uint64_t tag;
	struct arena *arena;			/* holds the texts of the order */
	struct proto_start order;
	struct sink sink;
	struct xfer_http_get *get;
	struct flow *flow;
	struct loop_timer *timer;		/* start, lock, then tick */
	void (*on_timer)(struct xfer *x);
	uint64_t lock_since_ms, told_ms, told;

	struct plan_version version;		/* texts: the two below */
	char etag[XFER_HEAD_VALUE], modified[XFER_HEAD_VALUE];
	bool single, restarted, answered;
	bool drop;				/* begin at zero; the file is left alone until then */
	bool ticking;
	bool finishing;				/* every byte is here; DONE when they are durable */
	struct plan_ask ask;
	uint64_t end;				/* one past the last byte of this body; PLAN_UNKNOWN */

	enum xfer_next next;			/* after a callback stopped the request */
	struct xfer_class why;
	unsigned status;
	uint64_t retry_after_s;
	char detail[XFER_DETAIL];
};

/* xfer.c */
void xfer_ask(struct xfer *x);			/* the next request, or the end; x may be gone */
void xfer_fail(struct xfer *x);			/* FAILED, with what was blamed; x is gone */
void xfer_finish(struct xfer *x);		/* DONE, now or when it is durable; x may be gone */
void xfer_blame(struct xfer *x, struct xfer_class why, const char *detail);
void xfer_blame_errno(struct xfer *x, int error);
void xfer_blame_sync(struct xfer *x, int error);	/* a checkpoint failed: the file is lost */
void xfer_say(struct xfer *x, struct proto_msg *msg, enum proto_type type);
void xfer_say_answered(struct xfer *x);
struct plan_state xfer_state(const struct xfer *x);

/* xfer_body.c */
extern const struct xfer_http_ops xfer_body_ops;
void xfer_body_tick(struct xfer *x);		/* progress and checkpoints; x may be gone */
void xfer_body_learn(struct xfer *x, const struct plan_version *v);

#endif
