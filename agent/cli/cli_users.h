/* SPDX-License-Identifier: MIT
 * agent/cli/cli_users.h: the users file: lines "name:role:yescrypt hash", '#' comments.
 */
#ifndef CLI_USERS_H
#define CLI_USERS_H

#include <stdbool.h>
#include <stddef.h>

#define USERS_FILE_MAX (1u << 20)
#define USERS_PASSWORD_MAX 512		/* bytes; what libxcrypt takes */

/* May that be a name in the file? Pure. */
bool cli_users_name_ok(const char *name);
bool cli_users_role_ok(const char *role);
/* The text with name's line replaced by `line` (without newline), added at the end when there is
 * none; line NULL: taken out. All else stays as it is. Owned; NULL: no memory. *ret_found: was
 * there one? Pure. */
char *cli_users_edit(const char *text, const char *name, const char *line, bool *ret_found);
/* Reads, edits and replaces the file: a temporary file beside it, fsync, rename, fsync of the
 * directory, mode 0600. Others who do the same wait. false: it said why not; nothing changed. */
bool cli_users_store(const char *path, const char *name, const char *line, bool *ret_found);

#endif
