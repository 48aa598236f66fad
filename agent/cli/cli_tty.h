/* SPDX-License-Identifier: MIT
 * agent/cli/cli_tty.h: the terminal and the clock-watching: width, Ctrl-C, hidden input.
 */
#ifndef CLI_TTY_H
#define CLI_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dray;

unsigned cli_tty_columns(int fd);	/* COLUMNS, else what the terminal says, else 80 */
unsigned cli_tty_rows(int fd);		/* the same with LINES; else 24 */

/* From here on the first Ctrl-C only sets a flag, which also ends the calls of d (may be NULL);
 * a second one ends the program. */
void cli_tty_catch_interrupt(struct dray *d);
bool cli_tty_interrupted(void);
/* Waits; ends early on Ctrl-C. */
void cli_tty_pause_ms(uint32_t ms);

/* One line from standard input without its end. On a terminal asks with `prompt`, echo off.
 * false: nothing there, too long, or has a NUL (it said so). */
bool cli_tty_secret(const char *prompt, char *out, size_t room);

#endif
