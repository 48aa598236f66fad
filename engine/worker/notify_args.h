/* SPDX-License-Identifier: MIT
 * engine/worker/notify_args.h: the parameters of a notification command as an argument vector. Pure.
 *
 * The whole rule: words are separated by spaces and tabs. '...' is taken as it is. "..." is taken as it is,
 * but for \" and \\, which are " and \. Quotes may stand anywhere in a word. Nothing else means anything:
 * no shell, no variables, no patterns, no home directories. The first word is what the program is told as
 * its own name (BITS wants it there); no parameters: that is the path of the program.
 */
#ifndef NOTIFY_ARGS_H
#define NOTIFY_ARGS_H

#include <stddef.h>

struct arena;

#define NOTIFY_ARGS_MAX 256

/* NULL-terminated, in the arena. NULL: it cannot be; *why says so in words that follow "the parameters". */
char **notify_args(struct arena *arena, const char *program, const char *parameters, const char **why);

#endif
