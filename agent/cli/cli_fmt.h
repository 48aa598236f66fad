/* SPDX-License-Identifier: MIT
 * agent/cli/cli_fmt.h: numbers, times and states as people read them. Pure; the texts are static
 * or stand in the buffer given.
 */
#ifndef CLI_FMT_H
#define CLI_FMT_H

#include <stddef.h>
#include <stdint.h>

#include "include/dray.h"

#define FMT_ROOM 64

const char *fmt_size(uint64_t bytes, char out[FMT_ROOM]);	/* "4.0 MiB"; "unknown" */
const char *fmt_rate(uint64_t bytes_s, char out[FMT_ROOM]);	/* "1.2 MiB/s"; "-" when 0 */
const char *fmt_duration(uint64_t s, char out[FMT_ROOM]);	/* "0:05", "1:02:03", "3 d 01:02:03" */
const char *fmt_time(uint64_t ft, char out[FMT_ROOM]);		/* local ISO 8601 with offset; "never" */
const char *fmt_percent(const struct dray_job *job, char out[FMT_ROOM]);	/* "45%"; "-" while unknown */
int fmt_percent_of(uint64_t done, uint64_t total);	/* 0..100, never rounded up to 100; -1 while unknown */
const char *fmt_short_id(const char *id, char out[FMT_ROOM]);	/* first 8 digits */
const char *fmt_state(uint32_t state);				/* "transferring" */
bool fmt_state_moves(uint32_t state);		/* will it change without anybody's doing? */
const char *fmt_priority(uint32_t priority);
bool fmt_priority_parse(const char *text, enum dray_priority *ret);	/* a word or 0..3 */
const char *fmt_context(uint32_t context);	/* BG_ERROR_CONTEXT in words */

#endif
