/* SPDX-License-Identifier: MIT
 * agent/cli/cli_table.h: aligned columns. Cells are cleaned; width is counted in characters.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "include/dray.h"

struct cli_table;

/* heads ends with NULL; a head beginning with '>' is set right, one with '~' gives way when lines
 * have to be cut (the mark is not shown). */
struct cli_table *cli_table_new(const char *const *heads);	/* NULL: out of memory */
void cli_table_row(struct cli_table *t, const char *const *cells);	/* as many as heads; copied */
/* width 0: lines as long as they get; else cut. rows 0: all; else so many, the rest is counted.
 * end: what a line ends with. Returns the number of lines. */
size_t cli_table_print(const struct cli_table *t, FILE *to, unsigned width, size_t rows, const char *end);
void cli_table_free(struct cli_table *t);

/* The table of `list` and `watch`. */
struct cli_table *cli_table_jobs(void);
void cli_table_add_job(struct cli_table *t, const struct dray_job *job);

#endif
