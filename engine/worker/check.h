/* SPDX-License-Identifier: MIT
 * engine/worker/check.h: may the owner put a file there? Worker thread only.
 */
#ifndef CHECK_H
#define CHECK_H

#include "engine/base/err.h"

/* Changes nothing. ei is filled unless all is well. */
enum err check_place(const char *path, const char *roots, struct errinfo *ei);

#endif
