/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/uri.c: see uri.h.
 */
#include "wsman/uri.h"

const char *const uri_ns[NS__COUNT] = {
#define NS(prefix, uri) uri,
#include "schemas/names.def"
#undef NS
};

const char *const uri_prefix[NS__COUNT] = {
#define NS(prefix, uri) #prefix,
#include "schemas/names.def"
#undef NS
};

const char *const uri_text[URI__COUNT] = {
#define URI(name, uri) uri,
#define DIALECT(name, reader, uri) uri,
#define DELIVERY(name, uri) uri,
#include "schemas/names.def"
#undef URI
#undef DIALECT
#undef DELIVERY
};
