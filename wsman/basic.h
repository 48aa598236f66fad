/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/basic.h: the credentials of an Authorization: Basic header. Pure; any thread.
 */
#ifndef WSMAN_BASIC_H
#define WSMAN_BASIC_H

#include <stdbool.h>
#include <stddef.h>

#define BASIC_MAX 1100		/* user, colon, password, NUL */

struct basic {
	char text[BASIC_MAX];
	const char *user, *password;	/* into text */
};

/* false: another scheme, not base64, no colon, a NUL inside, too long. */
bool basic_read(const char *authorization, struct basic *ret);
void basic_forget(struct basic *b);	/* wipes it */

#endif
