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

#define PLAN_PIECES_MAX 64u		/* in one request; servers refuse long lists */

struct plan_piece {
	uint64_t first, last;		/* last is included; PLAN_UNKNOWN: to the end of the file */
};

struct plan_state {			/* what is here */
	uint64_t offset;		/* bytes of that version, from the start (of the wanted ones) */
	struct plan_version version;
	bool single;			/* the server is known to have no ranges */
	bool dynamic;			/* neither sizes nor ranges are expected of it */
	const struct plan_piece *wanted;	/* these, back to back, in this order */
	size_t nwanted;			/* 0: the whole file */
	bool one_by_one;		/* several pieces in one request did not work */
};

enum plan_want { PLAN_WANT_NOTHING, PLAN_WANT_ALL, PLAN_WANT_REST, PLAN_WANT_PARTS };

struct plan_ask {
	enum plan_want want;		/* NOTHING: every byte is here */
	uint64_t offset;	/* REST: the first byte wanted; PARTS: bytes of the wanted ones that are here */
	const char *if_range;		/* REST, PARTS: a strong validator, or "" */
	unsigned npieces;		/* PARTS */
	struct plan_piece pieces[PLAN_PIECES_MAX];
};

enum plan_ranges { PLAN_RANGES_UNSAID, PLAN_RANGES_YES, PLAN_RANGES_NONE };

struct plan_answer {
	unsigned status;
	uint64_t length;		/* Content-Length; PLAN_UNKNOWN */
	bool chunked;			/* the end is marked, though the length is not known */
	enum plan_ranges ranges;	/* Accept-Ranges */
	const char *etag, *modified;	/* "" when absent */
	const char *content_range;	/* "" when absent */
	const char *type;		/* Content-Type; NULL or "" when absent */
};

enum plan_step {
	PLAN_TAKE,			/* the body belongs at `offset` */
	PLAN_FINISHED,			/* nothing is missing */
	PLAN_AGAIN,			/* drop what is here, ask for all of it */
	PLAN_PARTS,			/* the body has several parts; ask plan_part() about the head of each */
	PLAN_ONE_BY_ONE,		/* ask again, for one piece at a time from now on */
	PLAN_NO_SIZE,			/* refuse: the end of the body could not be told */
	PLAN_BAD_ANSWER,		/* refuse: against the rules of HTTP */
	PLAN_NO_RANGES,			/* refuse: ranges are wanted, the server has none */
	PLAN_BAD_RANGE,			/* refuse: a wanted range is not inside the file */
	PLAN_STATUS			/* refuse: the status says why */
};

struct plan {
	enum plan_step step;
	uint64_t offset, end;		/* TAKE: this body, end excluded; PLAN_UNKNOWN: to wherever it goes */
	struct plan_version version;	/* TAKE, FINISHED: what is being moved */
	bool changed;			/* bytes that were here are of another version */
	bool single;			/* no ranges: an interruption begins again */
	uint64_t place;			/* TAKE, ranges: where in the server's file it begins */
};

struct plan_ask plan_next(const struct plan_state *state);
struct plan plan_judge(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer);
/* The next part of several: its Content-Range, in answer; ask->pieces[0] is the one it has to be. */
struct plan plan_part(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer);
/* How many bytes are wanted; PLAN_UNKNOWN. */
uint64_t plan_wanted(const struct plan_state *state);
/* "5-9,20-" as pieces, at most max; false: malformed, or too many. "" and "0-" are the whole file: 0 pieces. */
bool plan_read_ranges(const char *text, struct plan_piece *out, size_t max, size_t *ret_n);

/* xfer_plan_parts.c: the same two questions where ranges are wanted. */
struct plan_ask plan_parts_next(const struct plan_state *state);
struct plan plan_parts_judge(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer);
bool plan_is_same_version(const struct plan_version *known, uint64_t size, const struct plan_answer *answer);
const char *plan_validator(const struct plan_version *v);	/* for If-Range; "" */

/* "bytes 5-9/10"; to is included. PLAN_UNKNOWN for a *. false: not of that form, or against itself. */
bool plan_content_range(const char *text, uint64_t *ret_from, uint64_t *ret_to, uint64_t *ret_total);

#endif
