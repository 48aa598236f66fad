/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/expires.h: how long something shall be kept, as enumerations and subscriptions are told it: an
 * xs:duration or an xs:dateTime. Pure.
 */
#ifndef WSMAN_EXPIRES_H
#define WSMAN_EXPIRES_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds from now (FILETIME) on, at least 1. A dateTime without a zone is UTC. false: neither, or not in the
 * future. */
bool expires_read(const char *text, uint64_t now_ft, uint64_t *ret_ms);

#endif
