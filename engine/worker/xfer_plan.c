/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_plan.c: see xfer_plan.h. RFC 9110 13.1.5 (If-Range), 14.4 (Content-Range), 15.3.7.
 */
#include "engine/worker/xfer_plan.h"

#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits up to INT64_MAX: offsets of files are signed in the end. */
static bool take_number(const char **p, uint64_t *ret)
{
	uint64_t v = 0;

	if (!is_digit(**p))
		return false;
	for (; is_digit(**p); (*p)++) {
		if (v > (INT64_MAX - 9) / 10)
			return false;
		v = v * 10 + (uint64_t)(**p - '0');
	}
	*ret = v;
	return true;
}

static bool take_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

bool plan_content_range(const char *text, uint64_t *ret_from, uint64_t *ret_to, uint64_t *ret_total)
{
	uint64_t from = PLAN_UNKNOWN, to = PLAN_UNKNOWN, total = PLAN_UNKNOWN;
	const char *p = text;

	if (strncasecmp(p, "bytes", 5) || (p[5] != ' ' && p[5] != '\t'))
		return false;
	p += 5 + strspn(p + 5, " \t");
	if (!take_char(&p, '*') && !(take_number(&p, &from) && take_char(&p, '-') && take_number(&p, &to)))
		return false;
	if (!take_char(&p, '/') || (!take_char(&p, '*') && !take_number(&p, &total)) || *p)
		return false;
	if (from == PLAN_UNKNOWN ? total == PLAN_UNKNOWN : to < from || to >= total)
		return false;
	*ret_from = from;
	*ret_to = to;
	*ret_total = total;
	return true;
}

static bool differ(const char *a, const char *b)
{
	return *a && *b && strcmp(a, b);
}

bool plan_is_same_version(const struct plan_version *known, uint64_t size, const struct plan_answer *answer)
{
	return !(known->size != PLAN_UNKNOWN && size != PLAN_UNKNOWN && known->size != size) &&
	    !differ(known->etag, answer->etag) && !differ(known->modified, answer->modified);
}

/* A weak ETag (W/"...") may not stand in If-Range. */
const char *plan_validator(const struct plan_version *v)
{
	return v->etag[0] == '"' ? v->etag : v->modified;
}

struct plan_ask plan_next(const struct plan_state *state)
{
	struct plan_ask ask = { .want = PLAN_WANT_ALL, .if_range = "" };

	if (state->nwanted)
		return plan_parts_next(state);
	if (!state->offset || state->offset > state->version.size)
		return ask;
	if (state->offset == state->version.size) {
		ask.want = PLAN_WANT_NOTHING;
		return ask;
	}
	if (state->single)
		return ask;
	ask.want = PLAN_WANT_REST;
	ask.offset = state->offset;
	ask.if_range = plan_validator(&state->version);
	return ask;
}

/* The whole file, from the first byte. */
static struct plan take_all(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer)
{
	struct plan p = { .step = PLAN_TAKE, .end = answer->length };

	if (answer->length == PLAN_UNKNOWN && !answer->chunked && !state->dynamic) {
		p.step = PLAN_NO_SIZE;
		return p;
	}
	p.version = (struct plan_version){ answer->length, answer->etag, answer->modified };
	p.changed = state->offset && !plan_is_same_version(&state->version, answer->length, answer);
	/* The same version, and the wish for a part was passed over: there are no ranges, unless the server
	 * says it has them (then it was a middle man, or a clock too coarse for If-Range). */
	p.single = answer->ranges == PLAN_RANGES_NONE || answer->length == PLAN_UNKNOWN ||
	    (ask->want == PLAN_WANT_REST && !p.changed && answer->ranges != PLAN_RANGES_YES) ||
	    (state->single && !p.changed && answer->ranges != PLAN_RANGES_YES);
	return p;
}

static struct plan begin_again(bool changed)
{
	return (struct plan){ .step = PLAN_AGAIN, .changed = changed };
}

static const char *either(const char *now, const char *before)
{
	return *now ? now : before;
}

static struct plan take_rest(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer)
{
	struct plan p = { .step = PLAN_TAKE, .offset = ask->offset };
	uint64_t from, to, total;

	if (ask->want != PLAN_WANT_REST) {
		p.step = PLAN_BAD_ANSWER;
		return p;
	}
	if (!plan_content_range(answer->content_range, &from, &to, &total) || from != ask->offset)
		return begin_again(false);
	if (answer->length != PLAN_UNKNOWN && answer->length != to - from + 1)
		return begin_again(false);
	if (!plan_is_same_version(&state->version, total, answer))
		return begin_again(true);
	if (total == PLAN_UNKNOWN)
		total = state->version.size;
	if (total == PLAN_UNKNOWN || to >= total)
		return begin_again(false);
	p.end = to + 1;
	p.place = from;
	p.version = (struct plan_version){ total, either(answer->etag, state->version.etag),
		either(answer->modified, state->version.modified) };
	return p;
}

/* 416: with If-Range it also says that the validator still holds. */
static struct plan nothing_there(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer)
{
	struct plan p = { .step = PLAN_FINISHED, .offset = state->offset, .end = state->offset };
	uint64_t from, to, total;

	if (ask->want != PLAN_WANT_REST) {
		p.step = PLAN_STATUS;
		return p;
	}
	if (!plan_content_range(answer->content_range, &from, &to, &total) || from != PLAN_UNKNOWN)
		return begin_again(false);
	if (total != state->offset || !plan_is_same_version(&state->version, total, answer))
		return begin_again(true);
	p.version = state->version;
	p.version.size = total;
	return p;
}

struct plan plan_judge(const struct plan_state *state, const struct plan_ask *ask,
    const struct plan_answer *answer)
{
	if (state->nwanted)
		return plan_parts_judge(state, ask, answer);
	if (answer->status == 200)
		return take_all(state, ask, answer);
	if (answer->status == 206)
		return take_rest(state, ask, answer);
	if (answer->status == 416)
		return nothing_there(state, ask, answer);
	return (struct plan){ .step = PLAN_STATUS };
}
