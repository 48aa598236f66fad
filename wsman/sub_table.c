/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_table.c: see sub.h: who subscribed to what, until when, and where each Pull goes on.
 */
#include "wsman/sub.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

#define MEMORY (64u << 10)		/* texts of one subscription */

struct sub_table {
	pthread_mutex_t lock;
	struct sub *all;
};

struct sub_table *sub_table_new(void)
{
	struct sub_table *t = calloc(1, sizeof(*t));

	if (t)
		pthread_mutex_init(&t->lock, NULL);
	return t;
}

struct sub *sub_new(const struct prov_caller *caller)
{
	struct sub *sub = calloc(1, sizeof(*sub));

	if (!sub || !(sub->arena = arena_new(MEMORY)) || !guid_new(&sub->id)) {
		if (sub)
			arena_free(sub->arena);
		free(sub);
		return NULL;
	}
	atomic_init(&sub->refs, 1);
	sub->caller = *caller;
	return sub;
}

struct sub *sub_ref(struct sub *sub)
{
	atomic_fetch_add(&sub->refs, 1);
	return sub;
}

void sub_unref(struct sub *sub)
{
	if (!sub || atomic_fetch_sub(&sub->refs, 1) != 1)
		return;
	filter_unref(sub->spec.filter);
	arena_free(sub->arena);
	free(sub);
}

void sub_text(const struct guid *id, char ret[SUB_ID])
{
	char text[GUID_TEXT];

	snprintf(ret, SUB_ID, "uuid:%.36s", guid_text(id, text) + 1);
}

/* ---- inside the lock ---- */

static void drop(struct sub_table *t, struct sub *sub)
{
	HASH_DEL(t->all, sub);
	sub->ended = true;
	sub_unref(sub);
}

/* What is pushed ends by its own clock, which says so; a Pull that waits is let finish. */
static bool is_over(const struct sub *sub, uint64_t now_ms)
{
	return !sub->busy && !sub->push && now_ms >= sub->expires_ms;
}

static bool is_owner(const struct sub *sub, const struct prov_caller *caller)
{
	return sub->caller.uid == caller->uid && !strcmp(sub->caller.name, caller->name);
}

/* Forgets what is over and counts what the caller has. */
static unsigned sweep(struct sub_table *t, const struct prov_caller *caller, uint64_t now_ms)
{
	struct sub *sub, *next;
	unsigned count = 0;

	HASH_ITER(hh, t->all, sub, next) {
		if (is_over(sub, now_ms))
			drop(t, sub);
		else
			count += is_owner(sub, caller);
	}
	return count;
}

static bool read_id(const char *text, struct guid *ret)
{
	return guid_parse(text_iprefix(text, "uuid:") ? text + 5 : text, ret);
}

/* ---- the table ---- */

void sub_table_free(struct sub_table *t)
{
	struct sub *sub, *next;

	if (!t)
		return;
	HASH_ITER(hh, t->all, sub, next)
		drop(t, sub);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

enum sub_result sub_table_add(struct sub_table *t, struct sub *sub, uint64_t from, uint64_t now_ms,
    uint64_t expires_ms)
{
	enum sub_result result = SUB_OK;

	sub->from[0] = from;
	sub->expires_ms = now_ms + expires_ms;
	sub->told_ms = now_ms;
	if (!guid_new(&sub->context[0]))
		return SUB_NO_MEMORY;
	pthread_mutex_lock(&t->lock);
	if (sweep(t, &sub->caller, now_ms) >= SUB_PER_CALLER || HASH_COUNT(t->all) >= SUB_TOTAL) {
		result = SUB_MANY;
	} else {
		HASH_ADD(hh, t->all, id, sizeof(sub->id), sub);
		if (sub->hh.tbl)
			sub_ref(sub);
		else
			result = SUB_NO_MEMORY;
	}
	pthread_mutex_unlock(&t->lock);
	return result;
}

bool sub_table_drop(struct sub_table *t, struct sub *sub)
{
	bool there;

	pthread_mutex_lock(&t->lock);
	there = !sub->ended;
	if (there)
		drop(t, sub);
	pthread_mutex_unlock(&t->lock);
	return there;
}

struct sub *sub_table_find(struct sub_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms)
{
	struct sub *sub = NULL;
	struct guid guid;

	if (!read_id(id, &guid))
		return NULL;
	pthread_mutex_lock(&t->lock);
	HASH_FIND(hh, t->all, &guid, sizeof(guid), sub);
	if (sub && (!is_owner(sub, caller) || now_ms >= sub->expires_ms))
		sub = NULL;
	if (sub)
		sub_ref(sub);
	pthread_mutex_unlock(&t->lock);
	return sub;
}

void sub_table_renew(struct sub_table *t, struct sub *sub, uint64_t now_ms, uint64_t expires_ms)
{
	pthread_mutex_lock(&t->lock);
	sub->expires_ms = now_ms + expires_ms;
	pthread_mutex_unlock(&t->lock);
}

uint64_t sub_table_left(struct sub_table *t, struct sub *sub, uint64_t now_ms)
{
	uint64_t at;

	pthread_mutex_lock(&t->lock);
	at = sub->expires_ms;
	pthread_mutex_unlock(&t->lock);
	return at > now_ms ? at - now_ms : 0;
}

/* ---- Pull ---- */

/* There are few subscriptions, and each Pull changes its context: they are looked for one by one. */
static struct sub *find_context(struct sub_table *t, const struct guid *context)
{
	struct sub *sub, *next;

	HASH_ITER(hh, t->all, sub, next)
		for (int i = 0; i < 2 && sub->spec.mode == SUB_PULL; i++)
			if (guid_eq(&sub->context[i], context))
				return sub;
	return NULL;
}

static const struct guid no_guid;

enum sub_result sub_pull_begin(struct sub_table *t, const struct prov_caller *caller, const char *context,
    uint64_t now_ms, struct sub **ret, uint64_t *ret_from)
{
	enum sub_result result = SUB_OK;
	struct guid guid;
	struct sub *sub;

	if (!read_id(context, &guid) || guid_eq(&guid, &no_guid))
		return SUB_NONE;
	pthread_mutex_lock(&t->lock);
	sub = find_context(t, &guid);
	if (!sub || !is_owner(sub, caller)) {
		result = SUB_NONE;
	} else if (is_over(sub, now_ms)) {
		drop(t, sub);
		result = SUB_NONE;
	} else if (sub->busy) {
		result = SUB_BUSY;
	} else {
		if (guid_eq(&guid, &sub->context[1])) {		/* the last answer was received */
			sub->context[0] = sub->context[1];
			sub->from[0] = sub->from[1];
			sub->context[1] = no_guid;
		}
		sub->busy = true;
		*ret_from = sub->from[0];
		*ret = sub_ref(sub);
	}
	pthread_mutex_unlock(&t->lock);
	return result;
}

bool sub_pull_answer(struct sub_table *t, struct sub *sub, uint64_t from, uint64_t next, uint64_t now_ms,
    char ret_context[SUB_ID])
{
	struct guid fresh;

	if (!guid_new(&fresh))
		return false;
	pthread_mutex_lock(&t->lock);
	sub->from[0] = from;
	sub->context[1] = fresh;
	sub->from[1] = next;
	sub->told_ms = now_ms;
	sub->busy = false;
	pthread_mutex_unlock(&t->lock);
	sub_text(&fresh, ret_context);
	return true;
}

void sub_pull_end(struct sub_table *t, struct sub *sub, uint64_t from)
{
	pthread_mutex_lock(&t->lock);
	sub->from[0] = from;
	sub->busy = false;
	pthread_mutex_unlock(&t->lock);
}
