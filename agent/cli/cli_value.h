/* SPDX-License-Identifier: MIT
 * agent/cli/cli_value.h: values of properties and policies as people write and read them: 10M, 5m, yes,
 * foreground, transferred+error. Rows: cli_words.def. Pure, but for its complaints.
 */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/dray.h"

#define VALUE_ROOM 256

enum value_of { VALUE_JOB, VALUE_POLICY };	/* whose names: job_props.def, policies.def */

/* "Name=Value", changed in place, to a change; the value is in `text` or in `room`. "default" is the usual
 * one of a number or a yes and no. A name nobody knows is the library's to refuse. false: it said what is
 * wrong. */
bool value_change(char *text, enum value_of of, struct dray_change *c, char room[VALUE_ROOM]);
/* A value from the wire as people read it; in `room`, or `value` itself. */
const char *value_show(const char *name, const char *value, char room[VALUE_ROOM]);
bool value_size(const char *text, uint64_t *ret);	/* "10M" */
/* Is this the value a new job has? Of properties that can be written. */
bool value_is_usual(const char *name, const char *value);
bool value_is_setting(const char *name);	/* a property of a job that can be written */
void value_help(enum value_of of);		/* prints every name, and what it takes */

#endif
