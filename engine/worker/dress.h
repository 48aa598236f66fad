/* SPDX-License-Identifier: MIT
 * engine/worker/dress.h: what a file looks like once it is whole: mode as the umask would have a new one, time
 * of its last change as on the server. Until then it is its owner's alone (0600). Any thread.
 */
#ifndef DRESS_H
#define DRESS_H

#include <stdbool.h>
#include <sys/stat.h>

/* modified: Last-Modified as the server wrote it, "" for none. Some file systems know neither; never mind. */
void dress_file(int fd, const char *modified, mode_t umask);
bool dress_fits(const struct stat *st, const char *modified, mode_t umask);	/* it looks like that already */

#endif
