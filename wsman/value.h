/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/value.h: CIM values as text (DSP0230). Pure; any thread.
 */
#ifndef WSMAN_VALUE_H
#define WSMAN_VALUE_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "include/provider.h"

/* White space at both ends does not count, but in a text only where there is a line break in it, and never in
 * a SECRET. Of an array: one element more of *ret, which is
 * zeroed at first. false: not a value of the type (or out of memory). */
bool value_read(enum cim_type type, const char *text, struct arena *arena, struct prov_value *ret);
bool value_is_array(enum cim_type type);
/* Decimal digits, not terminated. */
#define VALUE_NUMBER 20
const char *value_number(uint64_t v, char room[VALUE_NUMBER], size_t *ret_len);
/* Not for arrays; text is escaped. */
void value_write(struct buf *out, enum cim_type type, const struct prov_value *value);
/* Same value? TEXT: ASCII case ignored, as selectors are compared; GUID braces do not matter. */
bool value_same_key(enum cim_type type, const struct prov_value *a, const struct prov_value *b);
const char *value_type_name(enum cim_type type);	/* for people: "uint32" */

#endif
