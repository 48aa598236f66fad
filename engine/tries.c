/* SPDX-License-Identifier: MIT
 * engine/tries.c: the history of a job: its last 16 tries, from the first that failed on. A job that never
 * failed has none and pays one pointer. Lists are immutable and counted: the job and its views share them.
 */
#include "engine/core.h"

#include <stdlib.h>
#include <string.h>

#include "engine/tries.h"

struct tries *tries_ref(struct tries *tries)
{
	if (tries)
		__atomic_add_fetch(&tries->refs, 1, __ATOMIC_RELAXED);
	return tries;
}

void tries_unref(struct tries *tries)
{
	if (!tries || __atomic_sub_fetch(&tries->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; i < tries->n; i++)
		rec_done(&rec_try, &tries->at[i]);
	free(tries);
}

/* A copy of the list with room for one more at its end; the oldest goes when it is full. */
static struct tries *grown(const struct tries *old)
{
	size_t have = old ? old->n : 0, drop = have == TRIES_MAX;
	struct tries *t = calloc(1, sizeof(*t) + (have - drop + 1) * sizeof(t->at[0]));

	if (!t)
		return NULL;
	t->refs = 1;
	t->n = (unsigned)(have - drop + 1);
	for (size_t i = 0; i + 1 < t->n; i++)
		rec_copy(&rec_try, &t->at[i], &old->at[i + drop]);
	rec_init(&rec_try, &t->at[t->n - 1]);
	return t;
}

static void replace(struct job *job, struct tries *t)
{
	tries_unref(job->tries);
	job->tries = t;
}

void tries_add(struct engine *eng, struct job *job, uint32_t code, uint32_t context, const char *text)
{
	uint32_t number = job->tries ? job->tries->at[job->tries->n - 1].number + 1 : 0;
	struct tries *t = grown(job->tries);
	uint64_t received = 0;
	struct try_rec *rec;

	if (!t)
		return;			/* a line of history less */
	for (size_t i = 0; i < job->nfiles; i++)
		received += job->files[i]->received;
	rec = &t->at[t->n - 1];
	rec->job = job->rec.seq;
	rec->number = number;
	rec->slot = number % TRIES_MAX;
	rec->ended_ft = engine_ft(eng);
	rec->began_ft = rec->ended_ft - (job->try_ms ? eng->now_ms - job->try_ms : 0) * 10000;
	rec->file = job->rec.error_file;
	rec->code = code;
	rec->context = context;
	rec->bytes = received > job->try_from ? received - job->try_from : 0;
	rec_text(&rec->text, text);
	replace(job, t);
	job->tries_new += job->tries_new < TRIES_MAX;
}

bool tries_load(struct job *job, struct try_rec *rec)
{
	struct tries *t;

	if (rec->slot != rec->number % TRIES_MAX || (job->tries && job->tries->n == TRIES_MAX))
		return false;
	t = grown(job->tries);
	if (!t)
		return false;
	t->at[t->n - 1] = *rec;
	for (size_t i = t->n - 1; i > 0 && t->at[i - 1].number > t->at[i].number; i--) {
		struct try_rec other = t->at[i];	/* slots come in their order, tries have theirs */

		t->at[i] = t->at[i - 1];
		t->at[i - 1] = other;
	}
	replace(job, t);
	return true;
}
