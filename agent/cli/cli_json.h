/* SPDX-License-Identifier: MIT
 * agent/cli/cli_json.h: --json. cli_json.c is the door to jansson.
 *
 * Properties under their names on the wire, numbers as numbers. A number JSON readers cannot
 * hold (a size still unknown is 2^64-1) and a property without value are null.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include "include/dray.h"

struct cli_json;		/* an array or object being written */

struct cli_json *cli_json_array(void);		/* NULL (out of memory) is taken by every function here */
void cli_json_add_job(struct cli_json *array, const struct dray_job *job);
void cli_json_add_file(struct cli_json *array, const struct dray_file *file);
void cli_json_add_record(struct cli_json *array, const struct dray_record *record);
int cli_json_print_record(const struct dray_record *record);	/* the exit status */
int cli_json_print_array(struct cli_json *array);	/* frees it; the exit status */
int cli_json_print_job(const struct dray_job *job);	/* the exit status */
int cli_json_print_job_line(const struct dray_job *job);	/* the same in one line */
/* {"a": 1, "b": "text"}; ends with a NULL name. */
struct cli_json_pair { const char *name, *text; uint64_t number; };	/* text NULL: the number */
int cli_json_print_pairs(const struct cli_json_pair *pairs);	/* the exit status */
void cli_json_add_pairs(struct cli_json *array, const struct cli_json_pair *pairs);

#endif
