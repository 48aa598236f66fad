/* SPDX-License-Identifier: MIT
 * engine/worker/dress.c: see dress.h.
 */
#include "engine/worker/dress.h"

#include <errno.h>
#include <fcntl.h>

#include "engine/worker/xfer_http.h"

void dress_file(int fd, const char *modified, mode_t umask)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };
	int64_t unix_s = *modified ? xfer_http_date(modified) : -1;

	if (fchmod(fd, 0666 & ~umask) < 0 && errno != EPERM && errno != EOPNOTSUPP)
		return;
	if (unix_s < 0)
		return;
	times[1].tv_sec = unix_s;
	times[1].tv_nsec = 0;
	if (futimens(fd, times) < 0)
		return;
}

bool dress_fits(const struct stat *st, const char *modified, mode_t umask)
{
	int64_t unix_s = *modified ? xfer_http_date(modified) : -1;

	return (st->st_mode & 07777) == (0666 & ~umask) &&
	    (unix_s < 0 || (st->st_mtim.tv_sec == unix_s && st->st_mtim.tv_nsec == 0));
}
