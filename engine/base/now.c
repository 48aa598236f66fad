/* SPDX-License-Identifier: MIT
 * engine/base/now.c: see now.h.
 */
#include "engine/base/now.h"

#include <time.h>

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000 + 1;
}

uint64_t now_ft(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((uint64_t)ts.tv_sec + FT_UNIX) * FT_PER_S + (uint64_t)ts.tv_nsec / 100;
}
