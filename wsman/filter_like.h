/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/filter_like.h: the patterns of LIKE: % any text, _ any character, [a-f] one of these, [^x] none of
 * these; case of ASCII letters ignored. Pure; any thread.
 *
 * A match looks at most (characters of the text) * (items of the pattern) times, because only the last %
 * seen is ever tried again.
 */
#ifndef WSMAN_FILTER_LIKE_H
#define WSMAN_FILTER_LIKE_H

#include <stdbool.h>

#include "engine/base/arena.h"

#define LIKE_ITEMS 256

struct like;

/* NULL: the pattern is too long, a bracket is not closed, or out of memory; *ret_why says which. */
const struct like *like_read(const char *pattern, struct arena *arena, const char **ret_why);
bool like_match(const struct like *like, const char *text);

#endif
