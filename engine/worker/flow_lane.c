/* SPDX-License-Identifier: MIT
 * engine/worker/flow_lane.c: connections as the kernel sees them: what came in, how long the way is, and
 * the windows that let no more come than is read.
 */
#include "engine/worker/flow_own.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define UNPACED (32 << 20)	/* a window nobody reaches */
#define PACE_SKB 4096		/* what the kernel counts beside the bytes themselves */
#define BUFFER_MAX (192 * 1024)	/* larger ones are the kernel's to size: it may give more than we may ask for */
#define RTT_MAX_US 1000000u	/* what a window is made for; servers that answer late are no long paths */
#define DRAIN_MS 150u		/* what was under way when a rate fell is read as it comes */
#ifndef SO_BUF_LOCK		/* Linux 5.14 */
#define SO_BUF_LOCK 72
#endif

/* Yields to others on the interface: of such lanes there may be none, because the server is this host. */
static bool lane_yields(const struct lane *l)
{
	return l->flow && l->flow->yields && l->route;
}

bool flow_is_remote(const struct flow *f)
{
	for (struct lane *l = f->all->lanes; l; l = l->next)
		if (l->flow == f && lane_yields(l))
			return true;
	return false;
}

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

	/* Again even when it is the same: the kernel lets windows grow. */
	if (v != l->window || v != UNPACED)
		setsockopt(l->fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &v, sizeof(v));
	l->window = v;
	if (room == l->buffer)
		return;
	if (!room)
		setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &v, sizeof(v));
	else
		setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (!room)
		/* The kernel's to size again. */
		setsockopt(l->fd, SOL_SOCKET, SO_BUF_LOCK, &none, sizeof(none));
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
	if (!flow_is_paced(f))
		return;
	l->route = 0;		/* asked at the next tick: it may not be connected yet */
	l->seen = info_of(fd, &info) ? info.tcpi_bytes_received : 0;
	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "lp", 2);	/* for what we send; not every kernel has it */
	flow_keep_ticking(fs);
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

void flow_lanes_leave(const struct flow *f)
{
	for (struct lane *l = f->all->lanes; l; l = l->next)
		if (l->flow == f)
			l->flow = NULL;
}

void flow_lanes_free(struct flows *fs)
{
	while (fs->lanes)
		flows_opened(fs, fs->lanes->fd);
}

/* The tick. */

/* What the lanes that yield have received since the last tick, and how they see the round trip. */
static unsigned look_at_lanes(struct flows *fs, struct pace_in *in)
{
	struct tcp_info info;
	unsigned n = 0;

	for (struct lane *l = fs->lanes; l; l = l->next) {
		if (!l->flow || !flow_is_paced(l->flow))
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
			window = pace_window_for(2 * l->flow->bucket.rate,
			    l->rtt_us < RTT_MAX_US ? l->rtt_us : RTT_MAX_US);
		if (lane_yields(l)) {
			mine = fs->now.window / yielding;
			window = mine < window ? mine : window;
			held |= fs->now.rate != PACE_ANY && !draining;
		}
		set_window(l, window < PACE_WINDOW_MIN ? PACE_WINDOW_MIN : window, held);
	}
}

void flow_lanes_tick(struct flows *fs, uint64_t now)
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
