/* SPDX-License-Identifier: MIT
 * engine/base/text.h: strict reading of numbers and text. Pure; any thread.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal (or 0x hex) without sign, space or rest; false and *ret untouched when out of lo..hi. */
bool text_u64(const char *text, uint64_t lo, uint64_t hi, uint64_t *ret);
/* true/false/yes/no/1/0, any case. */
bool text_bool(const char *text, bool *ret);
/* Valid UTF-8 without NUL, control characters (TAB, LF, CR pass), surrogates or non-characters? */
bool text_utf8_ok(const char *text);
/* Bytes of the character text begins with; 0: none that XML allows (half a one, a surrogate, U+FFFE). */
size_t text_utf8_at(const char *text);
/* Length in UTF-16 code units: what BITS limits count. Text must be valid UTF-8. */
size_t text_utf16_len(const char *text);
/* First and one past last byte that is not XML white space. */
void text_trim(const char **text, size_t *len);
bool text_ieq(const char *a, const char *b);	/* ASCII case ignored; NULLs are unequal to all */
bool text_iprefix(const char *text, const char *prefix);
/* Seconds of an xs:duration (weeks too), rounded to ms; false if not one or over ~292 years. */
bool text_duration_ms(const char *text, int64_t *ret_ms);
/* Bytes for a person: 4.0 MiB. */
const char *text_size(uint64_t bytes, char *out, size_t room);

#endif
