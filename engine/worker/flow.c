/* SPDX-License-Identifier: MIT
 * engine/worker/flow.c: see flow.h.
 */
#include "engine/worker/flow.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "engine/base/loop.h"
#include "engine/base/now.h"
#include "engine/worker/ifstat.h"
#include "engine/worker/pace.h"

#define STEP_MS 5u		/* buckets are filled, where there is one */
#define LINGER_MS 2000u		/* an unused flow is kept: its run may go on with another file */
#define UNPACED (32 << 20)	/* a window nobody reaches */
#define PACE_SKB 4096		/* what the kernel counts beside the bytes themselves */
#define BUFFER_MAX (192 * 1024)	/* larger ones are the kernel's to size: it may give more than we may ask for */
#define RTT_MAX_US 1000000u	/* what a window is made for; servers that answer late are no long paths */
#define DRAIN_MS 150u		/* what was under way when a rate fell is read as it comes */
#ifndef SO_BUF_LOCK		/* Linux 5.14 */
#define SO_BUF_LOCK 72
#endif

struct flow {
	struct flow *next;
	struct flows *all;
	uint64_t tag;
	unsigned refs;
	uint64_t unused_since_ms;
	bool yields;
	struct pace_bucket bucket;	/* its limit */
};

/* A connection that carries a flow. */
struct lane {
	struct lane *next;
	struct flow *flow;
	int fd, route;			/* route: interface it comes in by; 0: this host */
	uint64_t seen;			/* bytes it had received at the last tick */
	uint32_t rtt_us;		/* as it is now; 0: not known */
	int window, buffer;		/* as last set; buffer 0: the kernel decides */
};

struct flows {
	struct loop *loop;
	struct loop_timer *timer;
	void (*on_open)(void *arg);
	void *arg;
	struct flow *list;
	struct lane *lanes;
	struct ifstat *ifstat;		/* NULL: not to be had; then nobody yields */
	struct pace pace;
	struct pace_bucket bucket;	/* of all that yield */
	struct pace_out now;		/* last decision */
	uint64_t filled_ms, ticked_ms;
	uint64_t drained_ms;		/* until then nobody is held back by `bucket` */
	int route;			/* interface that is watched */
	uint64_t route_bytes;
	bool ticking, shut;		/* shut: somebody was told not to read */
};

static void on_step(void *arg);

struct flows *flows_new(struct loop *loop, void (*on_open)(void *arg), void *arg)
{
	struct flows *fs = calloc(1, sizeof(*fs));

	if (!fs)
		return NULL;
	fs->loop = loop;
	fs->on_open = on_open;
	fs->arg = arg;
	fs->bucket.rate = PACE_ANY;
	fs->ifstat = ifstat_new();
	fs->timer = loop_timer_new(loop, on_step, fs);
	if (!fs->timer) {
		flows_free(fs);
		return NULL;
	}
	return fs;
}

static void flow_free(struct flow *f)
{
	struct flow **at = &f->all->list;

	for (struct lane *l = f->all->lanes; l; l = l->next)
		if (l->flow == f)
			l->flow = NULL;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	free(f);
}

void flows_free(struct flows *fs)
{
	if (!fs)
		return;
	while (fs->list)
		flow_free(fs->list);
	while (fs->lanes)
		flows_opened(fs, fs->lanes->fd);
	ifstat_free(fs->ifstat);
	loop_timer_free(fs->timer);
	free(fs);
}

static bool is_paced(const struct flow *f)
{
	return f->yields || f->bucket.rate != PACE_ANY;
}

static void keep_ticking(struct flows *fs)
{
	if (!fs->ticking)
		fs->filled_ms = now_ms();
	fs->ticking = true;
	loop_timer_set(fs->timer, STEP_MS);
}

static void flow_set(struct flow *f, uint64_t priority, uint64_t limit)
{
	f->yields = priority != 0;
	pace_bucket_set(&f->bucket, limit ? limit : PACE_ANY);
	if (is_paced(f))
		keep_ticking(f->all);
}

static struct flow *find(struct flows *fs, uint64_t tag)
{
	struct flow *f = fs->list;

	while (f && f->tag != tag)
		f = f->next;
	return f;
}

struct flow *flow_get(struct flows *fs, uint64_t tag, uint64_t priority, uint64_t limit)
{
	struct flow *f = find(fs, tag);

	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f)
			return NULL;
		f->all = fs;
		f->tag = tag;
		f->bucket.rate = PACE_ANY;
		f->next = fs->list;
		fs->list = f;
		flow_set(f, priority, limit);
	}
	f->refs++;
	return f;
}

void flow_put(struct flow *f)
{
	if (!f || --f->refs)
		return;
	if (is_paced(f))
		f->unused_since_ms = now_ms();
	else
		flow_free(f);
}

/* Connections. */

static int route_of(struct flows *fs, int fd)
{
	struct sockaddr_storage to;
	socklen_t len = sizeof(to);

	if (!fs->ifstat || getpeername(fd, (struct sockaddr *)&to, &len) < 0)
		return 0;
	return ifstat_route(fs->ifstat, (const struct sockaddr *)&to);
}

static bool info_of(int fd, struct tcp_info *ret)
{
	socklen_t len = sizeof(*ret);

	memset(ret, 0, sizeof(*ret));
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, ret, &len) == 0;
}

/* The window alone would not do: a receiver that does not read goes on advertising it until the kernel's
 * buffer is full, and that holds megabytes. */
static void set_window(struct lane *l, uint64_t window, bool buffer)
{
	int v = window > UNPACED ? UNPACED : (int)window, none = 0;
	int room = buffer && v <= BUFFER_MAX ? v + PACE_SKB : 0;

	if (v != l->window || v != UNPACED)	/* again even when it is the same: the kernel lets windows grow */
		setsockopt(l->fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &v, sizeof(v));
	l->window = v;
	if (room == l->buffer)
		return;
	if (!room)
		setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &v, sizeof(v));
	else
		setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (!room)
		setsockopt(l->fd, SOL_SOCKET, SO_BUF_LOCK, &none, sizeof(none));	/* the kernel's to size again */
	l->buffer = room;
}

static struct lane *lane_of(struct flows *fs, int fd)
{
	struct lane *l = fs->lanes;

	while (l && l->fd != fd)
		l = l->next;
	return l;
}

void flow_carried_by(struct flow *f, int fd)
{
	struct lane *l = f ? lane_of(f->all, fd) : NULL;
	struct flows *fs = f ? f->all : NULL;
	struct tcp_info info;

	if (!f || (l && l->flow == f))
		return;
	if (!l) {
		l = calloc(1, sizeof(*l));
		if (!l)
			return;		/* not paced, then */
		l->fd = fd;
		l->window = UNPACED;
		l->next = fs->lanes;
		fs->lanes = l;
	}
	l->flow = f;
	if (!is_paced(f))
		return;
	l->route = 0;		/* asked at the next tick: it may not be connected yet */
	l->seen = info_of(fd, &info) ? info.tcpi_bytes_received : 0;
	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "lp", 2);	/* for what we send; not every kernel has it */
	keep_ticking(fs);
}

void flows_opened(struct flows *fs, int fd)
{
	for (struct lane **at = &fs->lanes; *at; at = &(*at)->next)
		if ((*at)->fd == fd) {
			struct lane *gone = *at;

			*at = gone->next;
			free(gone);
			return;
		}
}

/* Rates. */

void flows_limit(struct flows *fs, uint64_t tag, uint64_t priority, uint64_t limit)
{
	struct flow *f = find(fs, tag);

	if (f)
		flow_set(f, priority, limit);
}

/* Yields to others on the interface: of such lanes there may be none, because the server is this host. */
static bool lane_yields(const struct lane *l)
{
	return l->flow && l->flow->yields && l->route;
}

static bool flow_is_remote(const struct flow *f)
{
	for (struct lane *l = f->all->lanes; l; l = l->next)
		if (l->flow == f && lane_yields(l))
			return true;
	return false;
}

void flow_spend(struct flow *f, size_t bytes)
{
	if (!f)
		return;
	pace_bucket_spend(&f->bucket, bytes);
	if (f->yields && f->all->bucket.rate != PACE_ANY && flow_is_remote(f))
		pace_bucket_spend(&f->all->bucket, bytes);
}

bool flow_may_read(const struct flow *f)
{
	bool open;

	if (!f)
		return true;
	open = pace_bucket_open(&f->bucket) &&
	    (!f->yields || pace_bucket_open(&f->all->bucket) || !flow_is_remote(f));
	f->all->shut |= !open;
	return open;
}

/* What the lanes that yield have received since the last tick, and how they see the round trip. */
static unsigned look_at_lanes(struct flows *fs, struct pace_in *in)
{
	struct tcp_info info;
	unsigned n = 0;

	for (struct lane *l = fs->lanes; l; l = l->next) {
		if (!l->flow || !is_paced(l->flow))
			continue;
		if (!info_of(l->fd, &info)) {
			l->flow = NULL;		/* closed */
			continue;
		}
		if (!l->route)
			l->route = route_of(fs, l->fd);
		if (info.tcpi_min_rtt == UINT32_MAX)
			info.tcpi_min_rtt = 0;
		if (info.tcpi_rcv_rtt && info.tcpi_rcv_rtt < info.tcpi_min_rtt)
			info.tcpi_rcv_rtt = info.tcpi_min_rtt;	/* measured when it should not have been */
		l->rtt_us = info.tcpi_rcv_rtt ? info.tcpi_rcv_rtt : info.tcpi_min_rtt;
		if (!lane_yields(l))
			continue;
		in->our_bytes += info.tcpi_bytes_received - l->seen;
		l->seen = info.tcpi_bytes_received;
		if (info.tcpi_rcv_rtt && (!in->rtt_us || info.tcpi_rcv_rtt < in->rtt_us))
			in->rtt_us = info.tcpi_rcv_rtt;
		if (info.tcpi_min_rtt && (!in->min_rtt_us || info.tcpi_min_rtt < in->min_rtt_us))
			in->min_rtt_us = info.tcpi_min_rtt;
		fs->route = !n || l->route == fs->route ? l->route : fs->route;
		n++;
	}
	return n;
}

static void set_windows(struct flows *fs, unsigned yielding, bool draining)
{
	for (struct lane *l = fs->lanes; l; l = l->next) {
		bool limited = l->flow && l->flow->bucket.rate != PACE_ANY, held = limited;
		uint64_t window = UNPACED, mine;

		if (limited)
			window = pace_window_for(2 * l->flow->bucket.rate, l->rtt_us < RTT_MAX_US ? l->rtt_us : RTT_MAX_US);
		if (lane_yields(l)) {
			mine = fs->now.window / yielding;
			window = mine < window ? mine : window;
			held |= fs->now.rate != PACE_ANY && !draining;
		}
		set_window(l, window < PACE_WINDOW_MIN ? PACE_WINDOW_MIN : window, held);
	}
}

static void tick(struct flows *fs, uint64_t now)
{
	struct pace_in in = { .ms = (uint32_t)(now - fs->ticked_ms) };
	int route = fs->route;
	uint64_t bytes = 0;
	unsigned n = look_at_lanes(fs, &in);
	bool known = n && ifstat_received(fs->ifstat, fs->route, &bytes);

	if (known && route == fs->route && fs->route_bytes && in.ms < 20 * PACE_TICK_MS) {
		in.iface_bytes = bytes - fs->route_bytes;
		fs->now = pace_tick(&fs->pace, &in);
	} else if (n && route != fs->route) {
		pace_init(&fs->pace);
	}
	if (n && !fs->now.window)
		fs->now = (struct pace_out){ PACE_ANY, (uint64_t)fs->pace.window };
	fs->route_bytes = known ? bytes : 0;
	fs->ticked_ms = now;
	if (fs->bucket.rate == PACE_ANY && fs->now.rate != PACE_ANY && !fs->drained_ms)
		fs->drained_ms = now + DRAIN_MS;
	else if (fs->now.rate == PACE_ANY)
		fs->drained_ms = 0;
	pace_bucket_set(&fs->bucket, n && now >= fs->drained_ms ? fs->now.rate : PACE_ANY);
	set_windows(fs, n, now < fs->drained_ms);
}

/* In how many ms there is something to do again; 0: not by time. */
static uint64_t forget_unused(struct flows *fs, uint64_t now)
{
	uint64_t step = fs->bucket.rate != PACE_ANY ? STEP_MS : PACE_TICK_MS;
	struct flow *f, *next;
	bool paced = false;

	for (f = fs->list; f; f = next) {
		next = f->next;
		if (!f->refs && now - f->unused_since_ms >= LINGER_MS) {
			flow_free(f);
			continue;
		}
		paced |= is_paced(f);
		if (f->bucket.rate != PACE_ANY)
			step = STEP_MS;
	}
	return paced ? step : 0;
}

static void on_step(void *arg)
{
	struct flows *fs = arg;
	uint64_t now = now_ms(), ms = now - fs->filled_ms, again;

	fs->filled_ms = now;
	for (struct flow *f = fs->list; f; f = f->next)
		pace_bucket_fill(&f->bucket, ms);
	pace_bucket_fill(&fs->bucket, ms);
	if (now - fs->ticked_ms >= PACE_TICK_MS)
		tick(fs, now);
	again = forget_unused(fs, now);
	fs->ticking = again != 0;
	if (again)
		loop_timer_set(fs->timer, again);
	if (fs->shut) {
		fs->shut = false;
		fs->on_open(fs->arg);
	}
}
