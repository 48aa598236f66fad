/* SPDX-License-Identifier: MIT
 * engine/worker/check.h: may the owner put a file there? Worker thread only.
 */
#ifndef CHECK_H
#define CHECK_H

#include "engine/base/err.h"
#include "engine/worker/proto.h"

/* Changes nothing, unless the order says to take a file another owner
 * began. ei is filled unless all is well. */
enum err check_place(const struct proto_check *o, struct errinfo *ei);

#endif
