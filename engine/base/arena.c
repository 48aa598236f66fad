/* SPDX-License-Identifier: MIT
 * engine/base/arena.c: see arena.h. Blocks are chained; big requests get a block of their own.
 */
#include "engine/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 8192

struct block {
	struct block *next;
	size_t used, size;
	max_align_t data[];
};

struct defer {
	struct defer *next;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct block *blocks;
	struct block *spare;	/* of BLOCK bytes each, counted in total */
	struct defer *defers;
	size_t total, max;
};

struct arena *arena_new(size_t max)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a)
		a->max = max;
	return a;
}

static void free_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		free(b);
		b = next;
	}
}

static void run_defers(struct arena *a)
{
	for (struct defer *d = a->defers; d; d = d->next)
		d->fn(d->arg);
	a->defers = NULL;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	run_defers(a);
	free_blocks(a->blocks);
	free_blocks(a->spare);
	free(a);
}

void arena_reset(struct arena *a)
{
	run_defers(a);
	while (a->blocks) {
		struct block *b = a->blocks;

		a->blocks = b->next;
		if (b->size == BLOCK) {
			b->next = a->spare;
			a->spare = b;
		} else {
			a->total -= b->size;
			free(b);
		}
	}
}

/* A block with room for size bytes, in front of the others. */
static struct block *add_block(struct arena *a, size_t size)
{
	size_t room = size > BLOCK ? size : BLOCK;
	struct block *b = room == BLOCK ? a->spare : NULL;

	if (b) {
		a->spare = b->next;
	} else {
		if (a->total + room > a->max + BLOCK)
			return NULL;
		b = malloc(sizeof(*b) + room);
		if (!b)
			return NULL;
		a->total += room;
	}
	b->used = 0;
	b->size = room;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *arena_zalloc(struct arena *a, size_t size)
{
	struct block *b = a->blocks;
	void *p;

	if (size > a->max)
		return NULL;
	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (!b || b->size - b->used < size)
		b = add_block(a, size);
	if (!b)
		return NULL;
	p = (char *)b->data + b->used;
	b->used += size;
	memset(p, 0, size);
	return p;
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_zalloc(a, len + 1);

	if (copy)
		memcpy(copy, text, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
	return text ? arena_strndup(a, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = n < 0 ? NULL : arena_zalloc(a, (size_t)n + 1);
	if (text)
		vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return text;
}

bool arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct defer *d = arena_zalloc(a, sizeof(*d));

	if (!d) {
		fn(arg);
		return false;
	}
	d->fn = fn;
	d->arg = arg;
	d->next = a->defers;
	a->defers = d;
	return true;
}
