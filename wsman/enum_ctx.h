/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/enum_ctx.h: enumerations that go on with the next Pull.
 *
 * A context is a cursor, not a copy: a hundred bytes each. It belongs to the caller who opened
 * it (uid and name), cannot be guessed (128 random bits), and is forgotten after ENUM_IDLE_MS
 * without a Pull. Any thread; a mutex inside. What is handed out is a copy.
 */
#ifndef WSMAN_ENUM_CTX_H
#define WSMAN_ENUM_CTX_H

#include <stdbool.h>
#include <stdint.h>

#include "include/provider.h"
#include "wsman/uri.h"

#define ENUM_IDLE_MS 240000
#define ENUM_PER_CALLER 100
#define ENUM_TOTAL 10000
#define ENUM_ITEMS_MAX 32000		/* of one answer: MaxBatchItems */
#define ENUM_ID 42		/* "uuid:" GUID without braces, NUL */

enum enum_mode { ENUM_OBJECT, ENUM_EPR, ENUM_OBJECT_AND_EPR };

struct filter;
struct fixed_list;

struct enum_spec {
	const struct prov_class *cls;	/* NULL: fixed, or a filter that matches nothing */
	struct filter *filter;		/* counted; NULL: all */
	const struct fixed_list *fixed;	/* no class is asked; `after` counts its items */
	const char *ns;			/* fixed: of the resource; static */
	enum uri family;
	enum enum_mode mode;
	uint64_t after;		/* cursor of the last row sent */
	uint64_t idle_ms;	/* forgotten after so long without a Pull */
};

struct enum_table;

enum enum_result { ENUM_OK, ENUM_UNKNOWN, ENUM_BUSY, ENUM_QUOTA, ENUM_NO_MEMORY };

struct enum_table *enum_table_new(void);
void enum_table_free(struct enum_table *t);

/* Opens a context; its name is written to ret_id. The filter is counted once more. QUOTA, NO_MEMORY. */
enum enum_result enum_ctx_open(struct enum_table *t, const struct prov_caller *caller,
    const struct enum_spec *spec, uint64_t now_ms, char ret_id[ENUM_ID]);
/* Takes it for one Pull; nobody else can until enum_ctx_give_back(). The filter is counted for the caller,
 * who drops it. UNKNOWN (also: of another caller, expired), BUSY. */
enum enum_result enum_ctx_take(struct enum_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms, struct enum_spec *ret);
void enum_ctx_give_back(struct enum_table *t, const char *id, uint64_t after, uint64_t now_ms);
/* From now on it is forgotten after idle_ms without a Pull. UNKNOWN. */
enum enum_result enum_ctx_renew(struct enum_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms, uint64_t idle_ms);
/* How long it will be kept if nobody pulls. UNKNOWN. */
enum enum_result enum_ctx_left(struct enum_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms, uint64_t *ret_ms);
/* Forgets it. caller NULL: whoever holds it. UNKNOWN. */
enum enum_result enum_ctx_close(struct enum_table *t, const struct prov_caller *caller, const char *id,
    uint64_t now_ms);

#endif
