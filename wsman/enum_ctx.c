/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/enum_ctx.c: see enum_ctx.h.
 */
#include "wsman/enum_ctx.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "engine/base/guid.h"
#include "engine/base/text.h"
#include "wsman/filter.h"

struct ctx {
	struct guid id;			/* key of the table */
	UT_hash_handle hh;
	struct enum_spec spec;
	int64_t uid;
	char name[256];
	uint64_t used_ms;
	bool busy;
};

struct enum_table {
	pthread_mutex_t lock;
	struct ctx *all;
};

struct enum_table *enum_table_new(void)
{
	struct enum_table *t = calloc(1, sizeof(*t));

	if (t)
		pthread_mutex_init(&t->lock, NULL);
	return t;
}

static void forget(struct enum_table *t, struct ctx *ctx)
{
	HASH_DEL(t->all, ctx);
	filter_unref(ctx->spec.filter);
	free(ctx);
}

void enum_table_free(struct enum_table *t)
{
	struct ctx *ctx, *next;

	if (!t)
		return;
	HASH_ITER(hh, t->all, ctx, next)
		forget(t, ctx);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static bool is_owner(const struct ctx *ctx, const struct prov_caller *caller)
{
	return ctx->uid == caller->uid && !strcmp(ctx->name, caller->name);
}

static bool is_expired(const struct ctx *ctx, uint64_t now_ms)
{
	return !ctx->busy && now_ms >= ctx->used_ms + ctx->spec.idle_ms;
}

/* Forgets what is expired and counts what the caller has. */
static unsigned sweep(struct enum_table *t, const struct prov_caller *caller, uint64_t now_ms)
{
	struct ctx *ctx, *next;
	unsigned count = 0;

	HASH_ITER(hh, t->all, ctx, next) {
		if (is_expired(ctx, now_ms))
			forget(t, ctx);
		else
			count += is_owner(ctx, caller);
	}
	return count;
}

static struct ctx *find(struct enum_table *t, const char *id, uint64_t now_ms)
{
	struct ctx *ctx = NULL;
	struct guid guid;

	if (text_iprefix(id, "uuid:"))
		id += 5;
	if (!guid_parse(id, &guid))
		return NULL;
	HASH_FIND(hh, t->all, &guid, sizeof(guid), ctx);
	if (ctx && is_expired(ctx, now_ms)) {
		forget(t, ctx);
		return NULL;
	}
	return ctx;
}

static struct ctx *make(const struct prov_caller *caller, const struct enum_spec *spec, uint64_t now_ms)
{
	struct ctx *ctx = calloc(1, sizeof(*ctx));

	if (!ctx || getrandom(ctx->id.b, sizeof(ctx->id.b), 0) != sizeof(ctx->id.b)) {
		free(ctx);
		return NULL;
	}
	ctx->spec = *spec;
	filter_ref(ctx->spec.filter);
	ctx->uid = caller->uid;
	snprintf(ctx->name, sizeof(ctx->name), "%s", caller->name);
	ctx->used_ms = now_ms;
	return ctx;
}

enum enum_result enum_ctx_open(struct enum_table *t, const struct prov_caller *caller,
    const struct enum_spec *spec, uint64_t now_ms, char ret_id[ENUM_ID])
{
	enum enum_result result = ENUM_OK;
	struct ctx *ctx = NULL;
	char text[GUID_TEXT];

	pthread_mutex_lock(&t->lock);
	if (sweep(t, caller, now_ms) >= ENUM_PER_CALLER || HASH_COUNT(t->all) >= ENUM_TOTAL)
		result = ENUM_QUOTA;
	else if (!(ctx = make(caller, spec, now_ms)))
		result = ENUM_NO_MEMORY;
	else
		HASH_ADD(hh, t->all, id, sizeof(ctx->id), ctx);
	if (ctx && !ctx->hh.tbl) {
		result = ENUM_NO_MEMORY;
		filter_unref(ctx->spec.filter);
		free(ctx);
	} else if (ctx) {
		snprintf(ret_id, ENUM_ID, "uuid:%.36s", guid_text(&ctx->id, text) + 1);
	}
	pthread_mutex_unlock(&t->lock);
	return result;
}

enum enum_result enum_ctx_take(struct enum_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms, struct enum_spec *ret)
{
	enum enum_result result = ENUM_OK;
	struct ctx *ctx;

	pthread_mutex_lock(&t->lock);
	ctx = find(t, id, now_ms);
	if (!ctx || !is_owner(ctx, caller)) {
		result = ENUM_UNKNOWN;
	} else if (ctx->busy) {
		result = ENUM_BUSY;
	} else {
		ctx->busy = true;
		*ret = ctx->spec;
		filter_ref(ret->filter);
	}
	pthread_mutex_unlock(&t->lock);
	return result;
}

void enum_ctx_give_back(struct enum_table *t, const char *id, uint64_t after, uint64_t now_ms)
{
	struct ctx *ctx;

	pthread_mutex_lock(&t->lock);
	ctx = find(t, id, now_ms);
	if (ctx) {
		ctx->spec.after = after;
		ctx->used_ms = now_ms;
		ctx->busy = false;
	}
	pthread_mutex_unlock(&t->lock);
}

/* Locked. NULL: unknown, or somebody else's. */
static struct ctx *find_own(struct enum_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms)
{
	struct ctx *ctx = find(t, id, now_ms);

	return ctx && (!caller || is_owner(ctx, caller)) ? ctx : NULL;
}

enum enum_result enum_ctx_renew(struct enum_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms, uint64_t idle_ms)
{
	struct ctx *ctx;

	pthread_mutex_lock(&t->lock);
	ctx = find_own(t, caller, id, now_ms);
	if (ctx) {
		ctx->spec.idle_ms = idle_ms;
		ctx->used_ms = now_ms;
	}
	pthread_mutex_unlock(&t->lock);
	return ctx ? ENUM_OK : ENUM_UNKNOWN;
}

enum enum_result enum_ctx_left(struct enum_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms, uint64_t *ret_ms)
{
	struct ctx *ctx;

	pthread_mutex_lock(&t->lock);
	ctx = find_own(t, caller, id, now_ms);
	if (ctx && ctx->busy)
		*ret_ms = ctx->spec.idle_ms;
	else if (ctx)
		*ret_ms = ctx->used_ms + ctx->spec.idle_ms - now_ms;
	pthread_mutex_unlock(&t->lock);
	return ctx ? ENUM_OK : ENUM_UNKNOWN;
}

enum enum_result enum_ctx_close(struct enum_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms)
{
	struct ctx *ctx;

	pthread_mutex_lock(&t->lock);
	ctx = find_own(t, caller, id, now_ms);
	if (ctx)
		forget(t, ctx);
	pthread_mutex_unlock(&t->lock);
	return ctx ? ENUM_OK : ENUM_UNKNOWN;
}
