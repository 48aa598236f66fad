/* SPDX-License-Identifier: MIT
 * agent/cli/cli_json.h: --json. cli_json.c is the door to jansson.
 *
 * Properties under their names on the wire, numbers as numbers. A number JSON readers cannot
 * hold (a size still unknown is 2^64-1) and a property without value are null.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>

#include "include/dray.h"

struct cli_json;		/* an array or object being written */

struct cli_json *cli_json_array(void);		/* NULL (out of memory) is taken by every function here */
void cli_json_add_job(struct cli_json *array, const struct dray_job *job);
void cli_json_add_file(struct cli_json *array, const struct dray_file *file);
bool cli_json_print_array(struct cli_json *array);	/* frees it; false: it could not be written */
bool cli_json_print_job(const struct dray_job *job);
/* {"a": 1, "b": "text"}: names and texts or numbers by turns; ends with a NULL name. */
struct cli_json_pair { const char *name, *text; uint64_t number; };	/* text NULL: the number */
bool cli_json_print_pairs(const struct cli_json_pair *pairs);
void cli_json_add_pairs(struct cli_json *array, const struct cli_json_pair *pairs);

#endif
