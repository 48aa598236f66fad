/* SPDX-License-Identifier: MIT
 * engine/base/arena.h: memory that lives as long as one request, with a ceiling.
 *
 * Everything is freed at once, after the clean-ups registered with arena_defer() ran (last
 * first). Allocation past the ceiling gives NULL. One thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(size_t max);		/* NULL when out of memory */
void arena_free(struct arena *a);
void arena_reset(struct arena *a);		/* as good as new, but keeps memory for what comes */
void *arena_zalloc(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *text);		/* NULL stays NULL */
char *arena_strndup(struct arena *a, const char *text, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool arena_defer(struct arena *a, void (*fn)(void *), void *arg);	/* false: fn was run at once */

#endif
