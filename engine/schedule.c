/* SPDX-License-Identifier: MIT
 * engine/schedule.c: see schedule.h.
 */
#include "engine/schedule.h"

#include <stdlib.h>

#include <uthash.h>
#include <utlist.h>

struct schedule_owner {
	uint32_t uid;
	unsigned nforeground;		/* that run */
	struct {
		struct schedule_item *first;	/* that wait, in their order */
		struct schedule_owner *prev, *next;	/* in schedule.waiting */
		uint64_t served;		/* number of the last start; 0: never */
	} level[SCHEDULE_LEVELS];
	UT_hash_handle hh;
};

void schedule_init(struct schedule *s, unsigned places)
{
	*s = (struct schedule){ .places = places ? places : 1 };
}

void schedule_done(struct schedule *s)
{
	struct schedule_owner *o, *next;

	HASH_ITER(hh, s->owners, o, next) {
		HASH_DELETE(hh, s->owners, o);
		free(o);
	}
}

static struct schedule_owner *owner_of(struct schedule *s, uint32_t uid)
{
	struct schedule_owner *o;

	HASH_FIND(hh, s->owners, &uid, sizeof(uid), o);
	if (!o && (o = calloc(1, sizeof(*o)))) {
		o->uid = uid;
		HASH_ADD(hh, s->owners, uid, sizeof(o->uid), o);
	}
	return o;
}

/* Into the ring of a level, by when it was served. Who was served last is the usual case: the end. */
static void line_up(struct schedule *s, struct schedule_owner *o, unsigned l)
{
	struct schedule_owner *at = s->waiting[l];

	if (!at || at->level[l].prev->level[l].served <= o->level[l].served) {
		DL_APPEND2(s->waiting[l], o, level[l].prev, level[l].next);
		return;
	}
	while (at->level[l].served <= o->level[l].served)
		at = at->level[l].next;
	DL_PREPEND_ELEM2(s->waiting[l], at, o, level[l].prev, level[l].next);
}

static bool holds_place(const struct schedule_item *item)
{
	return item->state == SCHEDULE_RUNS || item->state == SCHEDULE_STOPS;
}

static void leave(struct schedule *s, struct schedule_item *item)
{
	struct schedule_owner *o = item->owner;
	unsigned l = item->level;

	if (item->state == SCHEDULE_WAITS) {
		DL_DELETE(o->level[l].first, item);
		if (!o->level[l].first)
			DL_DELETE2(s->waiting[l], o, level[l].prev, level[l].next);
	} else if (holds_place(item) && l == SCHEDULE_FOREGROUND) {
		o->nforeground--;
		s->nforeground--;
	} else if (holds_place(item)) {
		DL_DELETE(s->background, item);
		s->nbackground--;
		s->nstopping -= item->state == SCHEDULE_STOPS;
	}
	item->state = SCHEDULE_OUT;
}

static void enter(struct schedule *s, struct schedule_item *item)
{
	struct schedule_owner *o = item->owner;
	unsigned l = item->level;

	if (item->state == SCHEDULE_WAITS) {
		if (!o->level[l].first)
			line_up(s, o, l);
		DL_APPEND(o->level[l].first, item);
	} else if (holds_place(item) && l == SCHEDULE_FOREGROUND) {
		o->nforeground++;
		s->nforeground++;
	} else if (holds_place(item)) {
		DL_APPEND(s->background, item);
		s->nbackground++;
		s->nstopping += item->state == SCHEDULE_STOPS;
	}
}

/* It was its owner's turn: the owner goes to the end of the ring. */
static void serve(struct schedule *s, struct schedule_owner *o, unsigned l)
{
	o->level[l].served = ++s->served;
	if (o->level[l].first) {
		DL_DELETE2(s->waiting[l], o, level[l].prev, level[l].next);
		line_up(s, o, l);
	}
}

bool schedule_put(struct schedule *s, struct schedule_item *item, uint32_t uid, unsigned level,
    enum schedule_state state, uint64_t now_ms)
{
	struct schedule_owner *o = item->owner && item->owner->uid == uid ? item->owner :
	    state == SCHEDULE_OUT ? item->owner : owner_of(s, uid);
	bool ran = holds_place(item), starts = state == SCHEDULE_RUNS && !ran;

	if (item->state == state && item->level == level && item->owner == o)
		return true;
	leave(s, item);
	if (!o)
		return state == SCHEDULE_OUT;
	item->owner = o;
	item->level = (unsigned char)level;
	item->state = (unsigned char)state;
	if (starts)
		item->since_ms = now_ms;
	enter(s, item);
	if (starts)
		serve(s, o, level);
	return true;
}

static struct schedule_item *next_foreground(const struct schedule *s)
{
	struct schedule_owner *o;

	if (s->nforeground >= SCHEDULE_FOREGROUND_ALL)
		return NULL;
	DL_FOREACH2(s->waiting[SCHEDULE_FOREGROUND], o, level[SCHEDULE_FOREGROUND].next)
		if (o->nforeground < SCHEDULE_FOREGROUND_OWNER)
			return o->level[SCHEDULE_FOREGROUND].first;
	return NULL;
}

/* The highest background level somebody waits at; SCHEDULE_LEVELS: none. */
static unsigned top_level(const struct schedule *s)
{
	unsigned l = SCHEDULE_FOREGROUND + 1;

	while (l < SCHEDULE_LEVELS && !s->waiting[l])
		l++;
	return l;
}

/* The running one that goes first when somebody has to: the lowest priority, of those the longest
 * running. NULL: none, but for those that stop already. */
static struct schedule_item *worst(const struct schedule *s)
{
	struct schedule_item *item, *ret = NULL;

	DL_FOREACH(s->background, item)
		if (item->state == SCHEDULE_RUNS && (!ret || item->level > ret->level ||
		    (item->level == ret->level && item->since_ms < ret->since_ms)))
			ret = item;
	return ret;
}

struct schedule_decision schedule_next(struct schedule *s, uint64_t now_ms, uint64_t slice_ms)
{
	struct schedule_decision nothing = { SCHEDULE_NOTHING, NULL };
	struct schedule_item *item = next_foreground(s);
	unsigned top = top_level(s);

	if (item)
		return (struct schedule_decision){ SCHEDULE_START, item };
	item = worst(s);
	if (s->nbackground - s->nstopping > s->places)	/* a priority was changed, or there are fewer places */
		return (struct schedule_decision){ SCHEDULE_PREEMPT, item };
	if (top == SCHEDULE_LEVELS)
		return nothing;
	if (s->nbackground < s->places)
		return (struct schedule_decision){ SCHEDULE_START, s->waiting[top]->level[top].first };
	if (!s->nstopping && item && (item->level > top || (item->level == top &&
	    now_ms - item->since_ms >= slice_ms)))
		return (struct schedule_decision){ SCHEDULE_PREEMPT, item };
	return nothing;
}

uint64_t schedule_wait_ms(const struct schedule *s, uint64_t now_ms, uint64_t slice_ms)
{
	struct schedule_item *item = worst(s);
	uint64_t ran;

	if (!item || s->nstopping || item->level != top_level(s))
		return UINT64_MAX;
	ran = now_ms - item->since_ms;
	return ran < slice_ms ? slice_ms - ran : 0;
}
