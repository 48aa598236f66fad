/* SPDX-License-Identifier: MIT
 * engine/base/guid.h: job ids. On the wire {UPPER-CASE}; any case, with or without braces, on input.
 */
#ifndef BASE_GUID_H
#define BASE_GUID_H

#include <stdbool.h>
#include <stdint.h>

#define GUID_TEXT 39		/* with braces and NUL */

struct guid { uint8_t b[16]; };

bool guid_new(struct guid *ret);		/* random, version 4; false if the kernel gives none */
/* One that need not be a secret: the kernel is asked for several at once, and a fork(2) has the same ones. */
bool guid_new_open(struct guid *ret);
bool guid_parse(const char *text, struct guid *ret);
const char *guid_text(const struct guid *g, char out[GUID_TEXT]);
bool guid_eq(const struct guid *a, const struct guid *b);

#endif
