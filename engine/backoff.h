/* SPDX-License-Identifier: MIT
 * engine/backoff.h: when to try again, and when to give up. Pure.
 * Source: BITS SetMinimumRetryDelay, SetNoProgressTimeout.
 */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

struct backoff {
	uint64_t min_delay_s, no_progress_s;
	uint64_t retry_after_s;		/* what the server asked for; 0: nothing */
	uint64_t stalled_ms;		/* since the first error without progress in between */
};

#define BACKOFF_RETRY_AFTER_MAX_S 86400u

/* NoProgressTimeout 0, or a delay longer than it: the first error is final. */
static inline bool backoff_may_retry(const struct backoff *b)
{
	return b->no_progress_s && b->min_delay_s <= b->no_progress_s &&
	    b->stalled_ms < b->no_progress_s * 1000;
}

static inline uint64_t backoff_delay_ms(const struct backoff *b)
{
	uint64_t asked = b->retry_after_s > BACKOFF_RETRY_AFTER_MAX_S ? BACKOFF_RETRY_AFTER_MAX_S :
	    b->retry_after_s;

	return (asked > b->min_delay_s ? asked : b->min_delay_s) * 1000;
}

/* Up to a tenth more, so that a thousand machines that failed together do not come back together. The same
 * for the same job and try: a step of SplitMix64 over both. */
static inline uint64_t backoff_jitter_ms(uint64_t delay_ms, uint64_t job, uint64_t number, uint64_t seed)
{
	uint64_t x = seed ^ job ^ number * 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (x ^ x >> 31) % (delay_ms / 10 + 1);
}

/* Time left until the job has stood still for too long. */
static inline uint64_t backoff_left_ms(const struct backoff *b)
{
	uint64_t max = b->no_progress_s * 1000;

	return b->stalled_ms < max ? max - b->stalled_ms : 0;
}

#endif
