/* SPDX-License-Identifier: MIT
 * agent/lib/lib_error.h: filling struct dray_error.
 */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

#include "include/dray.h"

void lib_error_clear(struct dray_error *e);
/* Code and text, no subcode; returns the code. e may be NULL. */
dray_result lib_error(struct dray_error *e, dray_result code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
