/* SPDX-License-Identifier: MIT
 * engine/names.h: what may be fetched and where it may go. Pure; any thread. What only the
 * owner's own process can know (does the directory exist, may he write) is the worker's to say.
 */
#ifndef NAMES_H
#define NAMES_H

#include "include/engine.h"

#define NAMES_URL_MAX 2200	/* UTF-16 units; BITS */
#define NAMES_PATH_MAX 4095	/* bytes */

enum err names_check_url(const char *url, struct errinfo *ei);
enum err names_check_path(const char *path, struct errinfo *ei);
/* The root a remote caller's path lies beneath. */
enum err names_find_root(const struct eng_config *config, const char *path, const char **ret_root,
    struct errinfo *ei);

#endif
