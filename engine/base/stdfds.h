/* SPDX-License-Identifier: MIT
 * engine/base/stdfds.h: first thing in main(). A descriptor below 3 that whoever started us has closed
 * would become a socket or the store, and what is printed would go there. What stands in for it cannot
 * be used either, so that the printing fails and is noticed.
 */
#ifndef BASE_STDFDS_H
#define BASE_STDFDS_H

#include <fcntl.h>
#include <unistd.h>

static inline void stdfds_fill(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(1);
}

#endif
