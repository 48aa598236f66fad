/* SPDX-License-Identifier: MIT
 * engine/worker/dress.c: see dress.h.
 */
#include "engine/worker/dress.h"

#include <fcntl.h>

#include "engine/worker/xfer_http.h"

void dress_file(int fd, const char *modified, mode_t umask)
{
	int64_t unix_s = *modified ? xfer_http_date(modified) : -1;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = unix_s } };
	bool bare = fchmod(fd, 0666 & ~umask) < 0;

	if (unix_s >= 0)
		bare |= futimens(fd, times) < 0;
	(void)bare;			/* the file is as whole as it was */
}

bool dress_fits(const struct stat *st, const char *modified, mode_t umask)
{
	int64_t unix_s = *modified ? xfer_http_date(modified) : -1;

	return (st->st_mode & 07777) == (0666 & ~umask) &&
	    (unix_s < 0 || (st->st_mtim.tv_sec == unix_s && st->st_mtim.tv_nsec == 0));
}
