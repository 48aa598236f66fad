/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_plan_parts.c: what to ask for, and what an answer means, where ranges of a file are
 * wanted; see xfer_plan.h. The wanted ranges count as one string of bytes, offset is a place in it (BITS: 5.2).
 */
#include "engine/worker/xfer_plan.h"

#include <string.h>
#include <strings.h>

static uint64_t piece_len(const struct plan_piece *p, uint64_t size)
{
	if (p->last != PLAN_UNKNOWN)
		return p->last - p->first + 1;
	return size == PLAN_UNKNOWN ? PLAN_UNKNOWN : size > p->first ? size - p->first : 0;
}

uint64_t plan_wanted(const struct plan_state *state)
{
	uint64_t sum = 0;

	if (!state->nwanted)
		return state->version.size;
	for (size_t i = 0; i < state->nwanted; i++) {
		uint64_t len = piece_len(&state->wanted[i], state->version.size);

		if (len >= PLAN_UNKNOWN - sum)
			return PLAN_UNKNOWN;
		sum += len;
	}
	return sum;
}

/* Digits up to INT64_MAX. */
static bool take_number(const char **p, uint64_t *ret)
{
	uint64_t v = 0;

	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		if (v > (INT64_MAX - 9) / 10)
			return false;
		v = v * 10 + (uint64_t)(**p - '0');
	}
	*ret = v;
	return true;
}

bool plan_read_ranges(const char *text, struct plan_piece *out, size_t max, size_t *ret_n)
{
	size_t n = 0;

	*ret_n = 0;
	if (!*text || !strcmp(text, "0-"))
		return true;
	for (;; text++) {
		struct plan_piece p = { .last = PLAN_UNKNOWN };

		if (!take_number(&text, &p.first) || *text++ != '-')
			return false;
		if (*text && *text != ',' && (!take_number(&text, &p.last) || p.last < p.first))
			return false;
		if (n == max)
			return false;
		out[n++] = p;
		if (!*text)
			break;
		if (*text != ',')
			return false;
	}
	*ret_n = n;
	return true;
}

struct plan_ask plan_parts_next(const struct plan_state *state)
{
	struct plan_ask ask = { .want = PLAN_WANT_PARTS, .offset = state->offset, .if_range = "" };
	uint64_t total = plan_wanted(state), skip;
	unsigned max = state->one_by_one ? 1 : PLAN_PIECES_MAX;

	if (total != PLAN_UNKNOWN && state->offset == total && total) {
		ask.want = PLAN_WANT_NOTHING;
		return ask;
	}
	if (total != PLAN_UNKNOWN && state->offset > total)
		ask.offset = 0;
	skip = ask.offset;
	for (size_t i = 0; i < state->nwanted && ask.npieces < max; i++) {
		struct plan_piece p = state->wanted[i];
		uint64_t len = piece_len(&p, state->version.size);

		if (skip && skip >= len) {
			skip -= len;
			continue;
		}
		p.first += skip;
		skip = 0;
		ask.pieces[ask.npieces++] = p;
	}
	if (ask.offset)
		ask.if_range = plan_validator(&state->version);
	return ask;
}

static struct plan step(enum plan_step what)
{
	return (struct plan){ .step = what };
}

/* Not what was asked for. */
static struct plan misfit(const struct plan_ask *ask)
{
	return step(ask->npieces > 1 ? PLAN_ONE_BY_ONE : PLAN_BAD_ANSWER);
}

static struct plan begin_again(bool changed)
{
	return (struct plan){ .step = PLAN_AGAIN, .changed = changed };
}

static bool are_inside(const struct plan_state *state, uint64_t size)
{
	for (size_t i = 0; i < state->nwanted; i++)
		if (state->wanted[i].first >= size ||
		    (state->wanted[i].last != PLAN_UNKNOWN && state->wanted[i].last >= size))
			return false;
	return true;
}

static const char *either(const struct plan_ask *ask, const char *now, const char *before)
{
	return *now || !ask->offset ? now : before;
}

static struct plan take(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer, bool whole_piece)
{
	struct plan p = { .step = PLAN_TAKE, .offset = ask->offset };
	uint64_t from, to, total, last;

	if (!ask->npieces || !plan_content_range(answer->content_range, &from, &to, &total) ||
	    from == PLAN_UNKNOWN)
		return misfit(ask);
	if (ask->offset && !plan_is_same_version(&state->version, total, answer))
		return begin_again(true);
	if (total == PLAN_UNKNOWN && ask->offset)
		total = state->version.size;
	if (total == PLAN_UNKNOWN)
		return step(PLAN_NO_SIZE);
	if (!are_inside(state, total))
		return step(PLAN_BAD_RANGE);
	last = ask->pieces[0].last == PLAN_UNKNOWN ? total - 1 : ask->pieces[0].last;
	if (from != ask->pieces[0].first || to > last || (whole_piece && to != last) ||
	    (answer->length != PLAN_UNKNOWN && answer->length != to - from + 1))
		return misfit(ask);
	p.end = ask->offset + (to - from) + 1;
	p.place = from;
	p.version = (struct plan_version){ total, either(ask, answer->etag, state->version.etag),
		either(ask, answer->modified, state->version.modified) };
	return p;
}

struct plan plan_part(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer)
{
	struct plan_answer part = *answer;

	part.length = PLAN_UNKNOWN;	/* that of all parts */
	return take(state, ask, &part, true);
}

static struct plan on_whole(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer)
{
	if (ask->offset && !plan_is_same_version(&state->version, answer->length, answer))
		return begin_again(true);
	if (ask->npieces > 1)
		return step(PLAN_ONE_BY_ONE);
	return *ask->if_range ? begin_again(false) : step(PLAN_NO_RANGES);
}

static struct plan on_unsatisfied(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer)
{
	uint64_t from, to, total;

	if (ask->offset && plan_content_range(answer->content_range, &from, &to, &total) &&
	    !plan_is_same_version(&state->version, total, answer))
		return begin_again(true);
	return step(PLAN_BAD_RANGE);
}

struct plan plan_parts_judge(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer)
{
	if (answer->status == 200)
		return on_whole(state, ask, answer);
	if (answer->status == 416)
		return on_unsatisfied(state, ask, answer);
	if (answer->status != 206)
		return step(PLAN_STATUS);
	if (answer->type && !strncasecmp(answer->type, "multipart/byteranges", 20))
		return ask->npieces > 1 ? step(PLAN_PARTS) : step(PLAN_BAD_ANSWER);
	return take(state, ask, answer, false);
}
