/* SPDX-License-Identifier: MIT
 * agent/lib/lib_target.h: what a person writes after -H, turned into what HTTP needs. Pure.
 */
#ifndef LIB_TARGET_H
#define LIB_TARGET_H

#include <stdbool.h>

struct lib_target {
	char socket[108];	/* path of a unix socket; empty for a host */
	char url[1100];
	bool cleartext;		/* http to another machine: everything can be read on the way */
};

/* "/path", "host", "host:port", "[::1]:port", "http://...", "https://...". false: not one. */
bool lib_target_parse(const char *text, struct lib_target *ret);

#endif
