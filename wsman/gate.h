/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/gate.h: what may reach the SOAP codec at all.
 *
 * gate_scan() looks at bytes only and is linear; it stops what makes XML parsers slow. Then
 * libxml2 reads the whole message and decides what is well-formed. What either refuses, gSOAP
 * never sees. Any thread; nothing is kept.
 */
#ifndef WSMAN_GATE_H
#define WSMAN_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "wsman/fault.h"

#define GATE_ATTRS_ELEMENT 64
#define GATE_ATTRS 2000
#define GATE_ELEMENTS 20000
#define GATE_DEPTH 64
#define GATE_NAME 256		/* bytes of an element or attribute name with its prefix */

/* false: refused, ret says why. */
bool gate_scan(const char *bytes, size_t len, struct fault *ret);
bool gate_read(const char *bytes, size_t len, struct fault *ret);
/* Both. */
bool gate_check(const char *bytes, size_t len, struct fault *ret);

#endif
