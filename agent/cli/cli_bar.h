/* SPDX-License-Identifier: MIT
 * agent/cli/cli_bar.h: the one line that shows how a job goes. Pure.
 */
#ifndef CLI_BAR_H
#define CLI_BAR_H

#include <stddef.h>

#include "include/dray.h"

/* At most `width` characters, without a newline. name: what to call it (clean). */
const char *cli_bar(const struct dray_job *job, const char *name, unsigned width, char *out, size_t room);

#endif
