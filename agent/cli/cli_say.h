/* SPDX-License-Identifier: MIT
 * agent/cli/cli_say.h: telling a person, on standard error, what happened.
 *
 * Text from outside (names, URLs, the agent's words) is cleaned of control characters before it
 * reaches a terminal.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdio.h>

#include "include/dray.h"

/* "dray: ..." and a newline; control characters replaced. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Why a call failed, with its code; `about` (may be NULL) is put before. Returns the exit status. */
int say_failed(const struct dray_error *e, const char *about);
int say_exit_status(const struct dray_error *e);
/* Copies text, control characters (also the C1 ones) replaced by '?'; cut at room. */
const char *say_clean(const char *text, char *out, size_t room);
void say_put(FILE *to, const char *text);	/* cleaned, no newline */

#endif
