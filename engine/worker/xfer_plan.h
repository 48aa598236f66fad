/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_plan.h: what to ask a server for, and what its answer means for the file.
 *
 * The rules that keep a file one version, never a mix, live here. Pure: values in, values out;
 * knows no socket, no disk, no clock. Texts are borrowed.
 *
 * A version is (size, ETag, Last-Modified). Two are the same unless something that both sides
 * know differs; if a server gives neither validator, size alone decides (BITS).
 */
#ifndef XFER_PLAN_H
#define XFER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_UNKNOWN UINT64_MAX

struct plan_version {
	uint64_t size;			/* PLAN_UNKNOWN */
	const char *etag, *modified;	/* as the server wrote them; "" when absent */
};

struct plan_state {			/* what is here */
	uint64_t offset;		/* bytes of that version, from the start */
	struct plan_version version;
	bool single;			/* the server is known to have no ranges */
};

enum plan_want { PLAN_WANT_NOTHING, PLAN_WANT_ALL, PLAN_WANT_REST };

struct plan_ask {
	enum plan_want want;		/* NOTHING: every byte is here */
	uint64_t offset;		/* REST: the first byte wanted */
	const char *if_range;		/* REST: a strong validator, or "" */
};

enum plan_ranges { PLAN_RANGES_UNSAID, PLAN_RANGES_YES, PLAN_RANGES_NONE };

struct plan_answer {
	unsigned status;
	uint64_t length;		/* Content-Length; PLAN_UNKNOWN */
	bool chunked;			/* the end is marked, though the length is not known */
	enum plan_ranges ranges;	/* Accept-Ranges */
	const char *etag, *modified;	/* "" when absent */
	const char *content_range;	/* "" when absent */
};

enum plan_step {
	PLAN_TAKE,			/* the body belongs at `offset` */
	PLAN_FINISHED,			/* nothing is missing */
	PLAN_AGAIN,			/* drop what is here, ask for all of it */
	PLAN_NO_SIZE,			/* refuse: the end of the body could not be told */
	PLAN_BAD_ANSWER,		/* refuse: against the rules of HTTP */
	PLAN_STATUS			/* refuse: the status says why */
};

struct plan {
	enum plan_step step;
	uint64_t offset, end;		/* TAKE: this body, end excluded; PLAN_UNKNOWN: to wherever it goes */
	struct plan_version version;	/* TAKE, FINISHED: what is being moved */
	bool changed;			/* bytes that were here are of another version */
	bool single;			/* no ranges: an interruption begins again */
};

struct plan_ask plan_next(const struct plan_state *state);
struct plan plan_judge(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer);
/* "bytes 5-9/10"; to is included. PLAN_UNKNOWN for a *. false: not of that form, or against itself. */
bool plan_content_range(const char *text, uint64_t *ret_from, uint64_t *ret_to, uint64_t *ret_total);

#endif
