/* SPDX-License-Identifier: MIT
 * engine/worker/pace.c: see pace.h.
 */
#include "engine/worker/pace.h"

#define DEPTH_MS 80			/* what a bucket saves up */
#define DEBT_MS 200			/* what it is made to pay back when its rate changes */
#define BUFFERED_MS 50			/* of bytes the kernel may hold for us */

#define WINDOW_START (128.0 * 1024)
#define WINDOW_MAX (16.0 * 1024 * 1024)
#define TARGET_US 25000.0		/* waiting in the queue that we cause and allow ourselves */
#define BASE_AGE_MS 120000u
#define HEADERS 1.05			/* bytes on the interface for one of payload */
#define NOISE 48000.0			/* others below this are not seen: name lookups, keepalives */
#define CALM_MS 500u			/* nobody else for so long: it is ours again */
#define EASE_MS 1000u			/* they do not grow any more for so long: more of the rest is ours */
#define GROW 1.35			/* a tick, from then on */

/* The bucket. */

static int64_t of_ms(uint64_t rate, uint64_t ms)
{
	return (int64_t)(rate / 1000 * ms + rate % 1000 * ms / 1000);
}

void pace_bucket_set(struct pace_bucket *b, uint64_t rate)
{
	if (rate == b->rate)
		return;
	b->rate = rate;
	b->rest = 0;
	if (rate == PACE_ANY || b->tokens > 0)
		b->tokens = 0;
	else if (b->tokens < -of_ms(rate, DEBT_MS))
		b->tokens = -of_ms(rate, DEBT_MS);
}

void pace_bucket_fill(struct pace_bucket *b, uint64_t ms)
{
	int64_t most;

	if (b->rate == PACE_ANY)
		return;
	if (ms > 10000)
		ms = 10000;
	b->rest += b->rate % 1000 * ms;
	b->tokens += (int64_t)(b->rate / 1000 * ms + b->rest / 1000);
	b->rest %= 1000;
	most = of_ms(b->rate, DEPTH_MS) + 1;
	if (b->tokens > most)
		b->tokens = most;
}

void pace_bucket_spend(struct pace_bucket *b, uint64_t bytes)
{
	if (b->rate != PACE_ANY)
		b->tokens -= (int64_t)bytes;
}

bool pace_bucket_open(const struct pace_bucket *b)
{
	return b->rate == PACE_ANY || b->tokens > 0;
}

uint64_t pace_window_for(uint64_t rate, uint32_t base_us)
{
	double w = (double)rate * (base_us / 1e6 + BUFFERED_MS / 1e3);

	return rate == PACE_ANY || w > WINDOW_MAX ? (uint64_t)WINDOW_MAX :
	    w < PACE_WINDOW_MIN ? PACE_WINDOW_MIN : (uint64_t)w;
}

/* The yielding rule. */

void pace_init(struct pace *p)
{
	*p = (struct pace){ .window = WINDOW_START };
}

static double follow(double old, double now, double ms, double over_ms)
{
	return old + (now - old) * (ms < over_ms ? ms / over_ms : 1);
}

/* What the interface carries. `others` is not cut at zero before it is smoothed: bytes that came out of
 * order are seen first by the interface and later by the connection. */
static void measure(struct pace *p, const struct pace_in *in)
{
	double iface = (double)in->iface_bytes * 1000 / in->ms, ours = (double)in->our_bytes * 1000 / in->ms;

	p->average = follow(p->average, iface, in->ms, 250);
	p->capacity -= p->capacity * in->ms / 60000;
	if (p->average > p->capacity)
		p->capacity = p->average;
	p->others = follow(p->others, iface - ours * HEADERS, in->ms, 100);
	p->others_long = follow(p->others_long, p->others, in->ms, 1000);
	p->others_peak -= p->others_peak * in->ms / 4000;
	p->ours = follow(p->ours, ours, in->ms, 100);
}

static void remember_base(struct pace *p, const struct pace_in *in)
{
	uint32_t rtt = in->min_rtt_us && in->min_rtt_us < in->rtt_us ? in->min_rtt_us : in->rtt_us;

	p->base_age_ms += in->ms;
	if (p->base_age_ms > BASE_AGE_MS) {	/* routes change: what is older than two ages is forgotten */
		p->base_us = p->base_next_us;
		p->base_next_us = 0;
		p->base_age_ms = 0;
	}
	if (rtt && (!p->base_us || rtt < p->base_us))
		p->base_us = rtt;
	if (rtt && (!p->base_next_us || rtt < p->base_next_us))
		p->base_next_us = rtt;
}

/* Somebody grows into the link: more than lately, or it is full with him and us. */
static bool is_pressed(const struct pace *p)
{
	return p->others > 1.2 * p->others_peak + NOISE ||
	    (p->average > 0.95 * p->capacity && p->others > p->capacity / 8);
}

/* Others are on the link: what they leave over is ours, and while they grow much less than that. Who is after
 * all of it grows with every byte we leave, until the trickle is all we have. */
static void yield(struct pace *p, uint32_t ms, bool pressed)
{
	double left = 0.9 * p->capacity - (pressed ? 4 * p->others : 1.25 * p->others_long);

	p->calm_ms = 0;
	p->ease_ms = pressed ? 0 : p->ease_ms + ms;
	if (p->rate == 0 || left < p->rate)
		p->rate = left;
	else if (p->ease_ms >= EASE_MS)
		p->rate = left > p->rate * GROW ? p->rate * GROW : left;
	if (p->rate < PACE_TRICKLE)
		p->rate = PACE_TRICKLE;
}

static void take_back(struct pace *p, uint32_t ms)
{
	p->calm_ms += ms;
	if (p->rate == 0 || p->calm_ms < CALM_MS)
		return;
	p->rate *= GROW;
	if (p->rate > 2 * p->capacity)
		p->rate = 0;
}

/* As much under way as keeps the queue at its target. A round trip says something about the queue only when
 * the window is in use: a server that has nothing to send answers late, too, and one held by `rate` as well. */
static void follow_delay(struct pace *p, const struct pace_in *in)
{
	double want, used = p->ours * in->rtt_us / 1e6;

	p->rtt_age_ms += in->ms;
	if (!in->rtt_us || p->rtt_age_ms * 1000 < in->rtt_us || used < p->window / 2 || p->rate > 0)
		return;
	p->rtt_age_ms = 0;
	want = (p->base_us + TARGET_US) / in->rtt_us;
	p->window *= want < 0.6 ? 0.6 : want > 1.25 ? 1.25 : want;
	if (p->window > WINDOW_MAX)
		p->window = WINDOW_MAX;
	if (p->window < PACE_WINDOW_MIN)
		p->window = PACE_WINDOW_MIN;
}

struct pace_out pace_tick(struct pace *p, const struct pace_in *in)
{
	struct pace_out out = { .rate = PACE_ANY, .window = 0 };

	if (in->ms) {
		bool pressed;

		measure(p, in);
		remember_base(p, in);
		pressed = is_pressed(p);
		if (p->others > p->others_peak)
			p->others_peak = p->others;
		if (p->others > NOISE && p->others > p->capacity / 16)
			yield(p, in->ms, pressed);
		else
			take_back(p, in->ms);
		follow_delay(p, in);
	}
	out.window = (uint64_t)p->window;
	if (p->rate > 0) {
		uint64_t w = pace_window_for((uint64_t)p->rate, p->base_us);

		out.rate = (uint64_t)p->rate;
		out.window = w < out.window ? w : out.window;
	}
	return out;
}
