/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_own.h: what xfer.c (the life of a transfer), xfer_answer.c (answers) and xfer_body.c
 * (bytes) share. For nobody else.
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
#include "engine/worker/xfer_parts.h"
#include "engine/worker/xfer_plan.h"

#define XFER_DETAIL 512

enum xfer_next { XFER_NEXT_FAIL, XFER_NEXT_ASK, XFER_NEXT_DONE };

struct xfer {
	struct xfer_host host;
	uint64_t tag;
	struct arena *arena;			/* holds what was read of it */
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
	struct plan_piece *wanted;		/* in the arena */
	size_t nwanted;
	bool one_by_one;
	bool custom;				/* the job's own method: never continued, never tried again */
	uint64_t may_have;	/* this file may grow so far (its job's maximum download size) */
	unsigned agains;

	struct xfer_http_how how;
	struct plan_ask ask;
	uint64_t end;				/* one past the last byte of this body; PLAN_UNKNOWN */
	bool parted;				/* the body has several parts: */
	struct xfer_parts parts;
	struct plan_answer head;		/* of the answer they are from; texts: the two below */
	char head_etag[XFER_HEAD_VALUE], head_modified[XFER_HEAD_VALUE];

	enum xfer_next next;			/* after a callback stopped the request */
	struct xfer_class why;
	unsigned status;
	uint64_t retry_after_s;
	char detail[XFER_DETAIL];
	char *headers, *url;			/* of the answer; url: also where a refused redirect leads */
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

/* xfer_answer.c: inside the library's callbacks; false: stop, x->next says what then */
bool xfer_answer(struct xfer *x, const struct xfer_http_answer *answer);
bool xfer_answer_bytes(struct xfer *x, const char *bytes, size_t len);	/* of parts */

/* xfer_body.c */
bool xfer_body_write(struct xfer *x, const char *bytes, size_t len);
extern const struct xfer_http_ops xfer_body_ops;
void xfer_body_tick(struct xfer *x);		/* progress and checkpoints; x may be gone */
void xfer_body_learn(struct xfer *x, const struct plan_version *v);

#endif
