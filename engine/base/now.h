/* SPDX-License-Identifier: MIT
 * engine/base/now.h: the only places that ask a clock.
 */
#ifndef BASE_NOW_H
#define BASE_NOW_H

#include <stdint.h>

uint64_t now_ms(void);		/* monotonic, counts suspend; never 0 */
uint64_t now_ft(void);		/* wall clock as FILETIME: 100 ns since 1601-01-01 UTC */

#define FT_PER_S 10000000u
#define FT_UNIX 11644473600u	/* seconds between the FILETIME and the Unix epoch */

static inline int64_t ft_to_unix(uint64_t ft) { return (int64_t)(ft / FT_PER_S) - (int64_t)FT_UNIX; }

#endif
