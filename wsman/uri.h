/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/uri.h: the names of schemas/names.def as constants. Pure tables; any thread.
 */
#ifndef WSMAN_URI_H
#define WSMAN_URI_H

enum ns {
#define NS(prefix, uri) NS_##prefix,
#include "schemas/names.def"
#undef NS
	NS__COUNT
};

enum uri {
#define URI(name, uri) URI_##name,
#define DIALECT(name, reader, uri) URI_##name,
#define DELIVERY(name, uri) URI_##name,
#include "schemas/names.def"
#undef URI
#undef DIALECT
#undef DELIVERY
	URI__COUNT
};

extern const char *const uri_ns[NS__COUNT];		/* namespace URIs */
extern const char *const uri_prefix[NS__COUNT];	/* the prefixes we emit for them */
extern const char *const uri_text[URI__COUNT];

#endif
