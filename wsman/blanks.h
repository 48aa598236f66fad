/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/blanks.h: white space a text begins with, written so that gSOAP does not drop it. Pure; any thread.
 */
#ifndef WSMAN_BLANKS_H
#define WSMAN_BLANKS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"

/* bytes: what gate_check() let through. true: out holds the same message, in which the first white space of such
 * texts is a character reference; at most three times as long. false: there is none, or no memory (buf_bad). */
bool blanks_keep(const char *bytes, size_t len, struct buf *out);

#endif
