/* SPDX-License-Identifier: MIT
 * agent/cli/cli_unit.h: numbers with units, choices and flags as people write them. Pure.
 */
#ifndef CLI_UNIT_H
#define CLI_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNIT_ROOM 256

/* The number the property of that name has; a plain number always is one. */
bool unit_read(const char *name, const char *text, uint64_t *ret);
const char *unit_show(const char *name, uint64_t number, char out[UNIT_ROOM]);
/* What may be written, for a sentence: "one of foreground, ...". */
const char *unit_what(const char *name, char *out, size_t room);

#endif
