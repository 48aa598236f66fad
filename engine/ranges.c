/* SPDX-License-Identifier: MIT
 * engine/ranges.c: see ranges.h.
 */
#include "engine/ranges.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/str.h"

/* Digits below INT64_MAX: no file has a byte beyond. */
static bool take_number(const char **p, uint64_t *ret)
{
	uint64_t v = 0;

	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		if (v > INT64_MAX / 10)
			return false;
		v = v * 10 + (uint64_t)(**p - '0');
		if (v >= INT64_MAX)
			return false;
	}
	*ret = v;
	return true;
}

/* One piece and the comma behind it. */
static bool take_range(const char **p, struct range *ret)
{
	ret->last = RANGE_END;
	if (!take_number(p, &ret->first) || **p != '-')
		return false;
	(*p)++;
	if (**p && **p != ',' && !take_number(p, &ret->last))
		return false;
	if (**p == ',' && (*p)[1])
		(*p)++;
	else if (**p)
		return false;
	return true;
}

static void add(struct ranges *r, struct range one)
{
	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 8;
		struct range *v = realloc(r->v, room * sizeof(*v));

		if (!v) {
			r->bad = true;
			return;
		}
		r->v = v;
		r->room = room;
	}
	r->v[r->n++] = one;
}

void ranges_add(struct ranges *r, uint64_t first, uint64_t last)
{
	add(r, (struct range){ first, last });
}

void ranges_read(struct ranges *r, const char *text)
{
	struct range one;

	while (*text && take_range(&text, &one))
		add(r, one);
}

void ranges_done(struct ranges *r)
{
	free(r->v);
	*r = (struct ranges){ 0 };
}

const char *ranges_text(const struct ranges *r)
{
	const char *text = NULL;
	struct buf out;

	buf_init(&out, RANGES_TEXT_MAX);
	for (size_t i = 0; i < r->n; i++) {
		buf_addf(&out, "%s%" PRIu64 "-", i ? "," : "", r->v[i].first);
		if (r->v[i].last != RANGE_END)
			buf_addf(&out, "%" PRIu64, r->v[i].last);
	}
	if (!r->bad && !buf_bad(&out))
		text = str_new(buf_text(&out));
	buf_done(&out);
	return text;
}

static int by_first(const void *a, const void *b)
{
	uint64_t x = ((const struct range *)a)->first, y = ((const struct range *)b)->first;

	return x < y ? -1 : x > y;
}

static void sort(struct ranges *r)
{
	if (r->n > 1)
		qsort(r->v, r->n, sizeof(*r->v), by_first);
}

void ranges_merge(struct ranges *r)
{
	size_t n = 0;

	sort(r);
	for (size_t i = 0; i < r->n; i++) {
		struct range *prev = n ? &r->v[n - 1] : NULL, one = r->v[i];

		if (prev && (prev->last == RANGE_END || one.first <= prev->last + 1)) {
			if (one.last > prev->last)
				prev->last = one.last;
		} else {
			r->v[n++] = one;
		}
	}
	r->n = n;
}

void ranges_close(struct ranges *r, uint64_t size)
{
	size_t n = 0;

	if (size == ENG_SIZE_UNKNOWN)
		return;
	for (size_t i = 0; i < r->n; i++) {
		struct range one = r->v[i];

		if (one.last == RANGE_END || one.last >= size)
			one.last = size - 1;
		if (one.first < size)
			r->v[n++] = one;
	}
	r->n = n;
}

/* One piece without what `less` has of it. */
static void minus_one(struct ranges *ret, struct range one, const struct ranges *less)
{
	for (size_t i = 0; i < less->n; i++) {
		struct range cut = less->v[i];

		if (cut.first > one.last)
			break;
		if (cut.last < one.first)
			continue;
		if (cut.first > one.first)
			ranges_add(ret, one.first, cut.first - 1);
		if (cut.last >= one.last)
			return;
		one.first = cut.last + 1;
	}
	add(ret, one);
}

void ranges_minus(struct ranges *ret, const struct ranges *from, const struct ranges *less)
{
	for (size_t i = 0; i < from->n; i++)
		minus_one(ret, from->v[i], less);
	ret->bad |= from->bad || less->bad;
}

void ranges_split(const struct ranges *from, uint64_t bytes, struct ranges *front, struct ranges *back)
{
	for (size_t i = 0; i < from->n; i++) {
		struct range one = from->v[i];
		bool whole = one.last != RANGE_END && one.last - one.first < bytes;

		if (whole) {
			add(front, one);
			bytes -= one.last - one.first + 1;
			continue;
		}
		if (bytes)
			ranges_add(front, one.first, one.first + bytes - 1);
		ranges_add(back, one.first + bytes, one.last);
		bytes = 0;
	}
	front->bad |= from->bad;
	back->bad |= from->bad;
}

uint64_t ranges_bytes(const char *text, uint64_t size)
{
	struct range one;
	uint64_t sum = 0, n;

	while (*text && take_range(&text, &one)) {
		if (one.last == RANGE_END && size == ENG_SIZE_UNKNOWN)
			return ENG_SIZE_UNKNOWN;
		if (one.last == RANGE_END)
			n = size > one.first ? size - one.first : 0;
		else
			n = one.last - one.first + 1;
		sum = sum > INT64_MAX - n ? INT64_MAX : sum + n;
	}
	return sum;
}

static enum err check_one(const struct range *one, uint64_t size, struct errinfo *ei)
{
	if (one->last < one->first)
		return err_set(ei, ERR_INVALID_RANGE,
		    "The range %" PRIu64 "-%" PRIu64 " ends before it begins.",
		    one->first, one->last);
	if (one->first >= size || (one->last != RANGE_END && one->last >= size))
		return err_set(ei, ERR_INVALID_RANGE, "The range from %" PRIu64 " reaches past the end of the "
		    "file, which has %" PRIu64 " bytes.", one->first, size);
	return ERR_OK;
}

static enum err check_overlap(struct ranges *r, struct errinfo *ei)
{
	sort(r);
	for (size_t i = 1; i < r->n; i++)
		if (r->v[i - 1].last >= r->v[i].first)
			return err_set(ei, ERR_OVERLAPPING_RANGES, "Two ranges overlap: those that begin at "
			    "%" PRIu64 " and at %" PRIu64 ".", r->v[i - 1].first, r->v[i].first);
	return ERR_OK;
}

static enum err check_count(const char *text, size_t max, struct errinfo *ei)
{
	size_t n = 1;

	for (const char *p = text; *p; p++)
		n += *p == ',';
	if (n > max)
		return err_set(ei, ERR_TOO_MANY_RANGES,
		    "%zu ranges were asked for; a file may have %zu.", n, max);
	if (strlen(text) > RANGES_TEXT_MAX)
		return err_set(ei, ERR_TOO_MANY_RANGES, "The ranges are more than dray can keep for one file.");
	return ERR_OK;
}

enum err ranges_check(const char *text, size_t max, uint64_t size, bool overlap, struct errinfo *ei)
{
	enum err err = check_count(text, max, ei);
	struct ranges r = { 0 };
	const char *p = text;
	struct range one;

	if (!err && !*text)
		err = err_set(ei, ERR_INVALID_RANGE, "There is no range.");
	while (!err && *p) {
		if (!take_range(&p, &one)) {
			err = err_set(ei, ERR_INVALID_RANGE, "Ranges are written as first-last,first-last,...; "
			    "the last may be left out for the end of the file. Not so: %.100s", p);
			break;
		}
		err = check_one(&one, size, ei);
		add(&r, one);
	}
	if (!err && r.bad)
		err = err_plain(ei, ERR_NO_MEMORY);
	if (!err && !overlap)
		err = check_overlap(&r, ei);
	ranges_done(&r);
	return err;
}
