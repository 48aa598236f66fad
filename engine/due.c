/* SPDX-License-Identifier: MIT
 * engine/due.c: when each job has to be looked at by time alone: a binary heap, so that the next one of
 * 100,000 is at hand and a change costs a few comparisons. Engine thread only.
 */
#include "engine/core.h"

static void put(struct engine *eng, unsigned at, struct job *job)
{
	eng->due[at - 1] = job;
	job->due_at = at;
}

static struct job *at(struct engine *eng, unsigned i)
{
	return eng->due[i - 1];
}

static void up(struct engine *eng, struct job *job)
{
	unsigned i = job->due_at;

	for (; i > 1 && at(eng, i / 2)->due_ms > job->due_ms; i /= 2)
		put(eng, i, at(eng, i / 2));
	put(eng, i, job);
}

static void down(struct engine *eng, struct job *job)
{
	unsigned i = job->due_at, child;

	for (; (child = 2 * i) <= eng->ndue; i = child) {
		if (child < eng->ndue && at(eng, child + 1)->due_ms < at(eng, child)->due_ms)
			child++;
		if (at(eng, child)->due_ms >= job->due_ms)
			break;
		put(eng, i, at(eng, child));
	}
	put(eng, i, job);
}

bool due_add(struct engine *eng, struct job *job)
{
	if (eng->ndue == eng->due_room) {
		unsigned room = eng->due_room ? eng->due_room * 2 : 64;
		struct job **due = realloc(eng->due, room * sizeof(*due));

		if (!due)
			return false;
		eng->due = due;
		eng->due_room = room;
	}
	job->due_ms = UINT64_MAX;
	put(eng, ++eng->ndue, job);
	return true;
}

void due_remove(struct engine *eng, struct job *job)
{
	struct job *last;

	if (!job->due_at)
		return;
	last = at(eng, eng->ndue--);
	if (last != job) {
		put(eng, job->due_at, last);
		down(eng, last);
		up(eng, last);
	}
	job->due_at = 0;
}

void due_set(struct engine *eng, struct job *job, uint64_t due_ms)
{
	bool sooner = due_ms < job->due_ms;

	job->due_ms = due_ms;
	if (!job->due_at)
		return;
	if (sooner)
		up(eng, job);
	else
		down(eng, job);
}

struct job *due_first(struct engine *eng)
{
	return eng->ndue ? eng->due[0] : NULL;
}
