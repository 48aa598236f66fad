/* SPDX-License-Identifier: MIT
 * engine/base/str.h: texts that many records share: immutable, counted, the empty one free of charge.
 *
 * A record and the view readers see of it hold the same bytes once. Any thread.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stddef.h>

extern const char str_empty[];			/* the text every record begins with */

const char *str_new(const char *text);		/* NULL: no memory */
const char *str_ref(const char *s);		/* of str_new() or str_empty only; never fails */
void str_unref(const char *s);			/* NULL is fine */

#endif
