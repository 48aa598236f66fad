/* SPDX-License-Identifier: MIT
 * agent/cli/cli_path.h: where a file is to go, decided where the person stands.
 */
#ifndef CLI_PATH_H
#define CLI_PATH_H

#include <stdbool.h>

struct cli;

/* The last segment of a URL, percent-decoded: what the file is called. Owned; NULL when it
 * would be empty, ".", ".." or has a slash, a control character or bad UTF-8 in it. Pure. */
char *cli_path_name_of_url(const char *url);

/* Makes `path` absolute for a local agent (its directory must exist); for a remote one it must
 * be already. Owned; NULL: it said why and *ret_status is the exit status. */
char *cli_path_absolute(const struct cli *cli, const char *path, int *ret_status);

/* Where `dray get` puts it: path (NULL: the working directory), the URL's name, --force. */
char *cli_path_for_get(const struct cli *cli, const char *url, const char *path, bool force, int *ret_status);

#endif
