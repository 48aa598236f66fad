/* SPDX-License-Identifier: MIT
 * engine/worker/flow.c: see flow.h: runs, how much each may read, and the step that lets them go on. The
 * connections that carry them are flow_lane.c.
 */
#include "engine/worker/flow_own.h"

#include <stdlib.h>

#include "engine/base/loop.h"
#include "engine/base/now.h"

#define STEP_MS 5u		/* buckets are filled, where there is one */
#define LINGER_MS 2000u		/* an unused flow is kept: its run may go on with another file */

static void on_step(void *arg);

struct flows *flows_new(struct loop *loop, void (*on_open)(void *arg), void *arg)
{
	struct flows *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return NULL;
	fs->loop = loop;
	fs->on_open = on_open;
	fs->arg = arg;
	fs->bucket.rate = PACE_ANY;
	fs->ifstat = ifstat_new();
	fs->timer = loop_timer_new(loop, on_step, fs);
	if (!fs->timer) {
		flows_free(fs);
		return NULL;
	}
	return fs;
}

static void flow_free(struct flow *f)
{
	struct flow **at = &f->all->list;

	flow_lanes_leave(f);
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	free(f);
}

void flows_free(struct flows *fs)
{
	if (!fs)
		return;
	while (fs->list)
		flow_free(fs->list);
	flow_lanes_free(fs);
	ifstat_free(fs->ifstat);
	loop_timer_free(fs->timer);
	free(fs);
}

void flow_keep_ticking(struct flows *fs)
{
	if (!fs->ticking)
		fs->filled_ms = now_ms();
	fs->ticking = true;
	loop_timer_set(fs->timer, STEP_MS);
}

static void flow_set(struct flow *f, uint64_t priority, uint64_t limit)
{
	f->yields = priority != 0;
	pace_bucket_set(&f->bucket, limit ? limit : PACE_ANY);
	if (flow_is_paced(f))
		flow_keep_ticking(f->all);
}

static struct flow *find(struct flows *fs, uint64_t tag)
{
	struct flow *f = fs->list;

	while (f && f->tag != tag)
		f = f->next;
	return f;
}

struct flow *flow_get(struct flows *fs, uint64_t tag, uint64_t priority, uint64_t limit)
{
	struct flow *f = find(fs, tag);

	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f)
			return NULL;
		f->all = fs;
		f->tag = tag;
		f->bucket.rate = PACE_ANY;
		f->next = fs->list;
		fs->list = f;
		flow_set(f, priority, limit);
	}
	f->refs++;
	return f;
}

void flow_put(struct flow *f)
{
	if (!f || --f->refs)
		return;
	if (flow_is_paced(f))
		f->unused_since_ms = now_ms();
	else
		flow_free(f);
}

/* Rates. */

void flows_limit(struct flows *fs, uint64_t tag, uint64_t priority, uint64_t limit)
{
	struct flow *f = find(fs, tag);

	if (f)
		flow_set(f, priority, limit);
}

void flow_spend(struct flow *f, size_t bytes)
{
	if (!f)
		return;
	pace_bucket_spend(&f->bucket, bytes);
	if (f->yields && f->all->bucket.rate != PACE_ANY && flow_is_remote(f))
		pace_bucket_spend(&f->all->bucket, bytes);
}

bool flow_may_read(const struct flow *f)
{
	bool open;

	if (!f)
		return true;
	open = pace_bucket_open(&f->bucket) &&
	    (!f->yields || pace_bucket_open(&f->all->bucket) || !flow_is_remote(f));
	f->all->shut |= !open;
	return open;
}

/* In how many ms there is something to do again; 0: not by time. */
static uint64_t forget_unused(struct flows *fs, uint64_t now)
{
	uint64_t step = fs->bucket.rate != PACE_ANY ? STEP_MS : PACE_TICK_MS;
	struct flow *f, *next;
	bool paced = false;

	for (f = fs->list; f; f = next) {
		next = f->next;
		if (!f->refs && now - f->unused_since_ms >= LINGER_MS) {
			flow_free(f);
			continue;
		}
		paced |= flow_is_paced(f);
		if (f->bucket.rate != PACE_ANY)
			step = STEP_MS;
	}
	return paced ? step : 0;
}

static void on_step(void *arg)
{
	struct flows *fs = arg;
	uint64_t now = now_ms(), ms = now - fs->filled_ms, again;

	fs->filled_ms = now;
	for (struct flow *f = fs->list; f; f = f->next)
		pace_bucket_fill(&f->bucket, ms);
	pace_bucket_fill(&fs->bucket, ms);
	if (now - fs->ticked_ms >= PACE_TICK_MS)
		flow_lanes_tick(fs, now);
	again = forget_unused(fs, now);
	fs->ticking = again != 0;
	if (again)
		loop_timer_set(fs->timer, again);
	if (fs->shut) {
		fs->shut = false;
		fs->on_open(fs->arg);
	}
}
