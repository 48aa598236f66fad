/* SPDX-License-Identifier: MIT
 * engine/worker/pace.h: how fast background bytes may come. Pure: numbers in, numbers out; no clock, no
 * socket. Doing it is flow.c.
 *
 * Two rules. A bucket keeps a limit somebody set. The yielding rule (after LEDBAT, RFC 6817, turned round:
 * we are the receiver) lets background transfers have what nobody else wants of the link: it sees what
 * others receive on the same interface and how long bytes wait in the queue before it, and answers with a
 * rate to read at and a window to advertise. See docs/decisions/0014.
 */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_ANY UINT64_MAX		/* rate: as fast as it goes */
#define PACE_TICK_MS 50u		/* how often pace_tick() wants to be called */
#define PACE_TRICKLE 24000u		/* bytes a second that are always left: connections stay alive */
#define PACE_WINDOW_MIN 4096u

/* Tokens are bytes. May go below zero: what was read cannot be put back, so it is waited for. */
struct pace_bucket {
	uint64_t rate;			/* bytes a second; PACE_ANY: no limit */
	int64_t tokens;
	uint64_t rest;			/* thousandths of a byte not yet given */
};

/* Debt beyond a fifth of a second is forgiven. */
void pace_bucket_set(struct pace_bucket *b, uint64_t rate);
void pace_bucket_fill(struct pace_bucket *b, uint64_t ms);	/* time passed; saves up 80 ms at most */
void pace_bucket_spend(struct pace_bucket *b, uint64_t bytes);
bool pace_bucket_open(const struct pace_bucket *b);

/* The window that lets `rate` through a path of this round trip and little more. */
uint64_t pace_window_for(uint64_t rate, uint32_t base_us);

struct pace_in {
	uint32_t ms;			/* since the last tick */
	uint64_t iface_bytes;		/* received by the interface in that time */
	uint64_t our_bytes;		/* of those, background transfers' (payload) */
	uint32_t rtt_us;		/* round trip as the transfers see it now; 0: not known */
	uint32_t min_rtt_us;		/* the smallest the system remembers; 0: not known */
};

struct pace_out {
	uint64_t rate;			/* to read at; PACE_ANY */
	uint64_t window;		/* to advertise, all connections together */
};

struct pace {
	double capacity, average;	/* of the interface, bytes a second: most seen lately; now */
	double others, others_long, others_peak, ours;	/* bytes a second; long: over a second; peak: of late */
	double rate;			/* 0: any */
	double window;
	uint32_t base_us, base_next_us, base_age_ms;	/* smallest round trip of the last minutes */
	uint32_t calm_ms;		/* since somebody else was seen */
	uint32_t ease_ms;		/* since others last grew */
	uint32_t rtt_age_ms;		/* since the window followed the round trip */
};

void pace_init(struct pace *p);
struct pace_out pace_tick(struct pace *p, const struct pace_in *in);

#endif
