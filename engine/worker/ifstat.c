/* SPDX-License-Identifier: MIT
 * engine/worker/ifstat.c: see ifstat.h. Messages: rtnetlink(7).
 */
#include "engine/worker/ifstat.h"

#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/auto.h"

#define ANSWER_MS 500

struct ifstat {
	int fd;
	uint32_t seq;
};

struct ask {
	struct nlmsghdr head;
	union { struct rtmsg route; struct ifinfomsg link; } body;
	char attrs[64];
};

struct ifstat *ifstat_new(void)
{
	struct timeval patience = { .tv_usec = ANSWER_MS * 1000 };
	struct ifstat *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (s->fd < 0) {
		free(s);
		return NULL;
	}
	setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return s;
}

void ifstat_free(struct ifstat *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s);
}

static void add_attr(struct ask *a, unsigned short type, const void *data, size_t len)
{
	struct rtattr *at = (struct rtattr *)(void *)((char *)a + NLMSG_ALIGN(a->head.nlmsg_len));

	at->rta_type = type;
	at->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(at), data, len);
	a->head.nlmsg_len = NLMSG_ALIGN(a->head.nlmsg_len) + RTA_ALIGN(at->rta_len);
}

/* The message that answers, in `out`; NULL: an error, or none came. */
static struct nlmsghdr *ask(struct ifstat *s, struct ask *a, char *out, size_t room)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)out;
	ssize_t n;

	a->head.nlmsg_flags = NLM_F_REQUEST;
	a->head.nlmsg_seq = ++s->seq;
	if (send(s->fd, a, a->head.nlmsg_len, 0) < 0)
		return NULL;
	do {	/* answers to questions that were given up may still be in the queue */
		n = recv(s->fd, out, room, 0);
		if (n < (ssize_t)sizeof(*h) || !NLMSG_OK(h, (size_t)n))
			return NULL;
	} while (h->nlmsg_seq != s->seq);
	return h->nlmsg_type == NLMSG_ERROR ? NULL : h;
}

static const void *find_attr(struct rtattr *at, size_t len, unsigned short type, size_t size)
{
	for (; RTA_OK(at, len); at = RTA_NEXT(at, len))
		if (at->rta_type == type && RTA_PAYLOAD(at) >= size)
			return RTA_DATA(at);
	return NULL;
}

int ifstat_route(struct ifstat *s, const struct sockaddr *to)
{
	struct ask a = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(a.body.route)),
	    .nlmsg_type = RTM_GETROUTE } };
	char out[4096] __attribute__((aligned(8)));
	struct nlmsghdr *h;
	const void *oif;
	int index = 0;

	a.body.route.rtm_family = (unsigned char)to->sa_family;
	if (to->sa_family == AF_INET) {
		a.body.route.rtm_dst_len = 32;
		add_attr(&a, RTA_DST, &((const struct sockaddr_in *)(const void *)to)->sin_addr, 4);
	} else if (to->sa_family == AF_INET6) {
		a.body.route.rtm_dst_len = 128;
		add_attr(&a, RTA_DST, &((const struct sockaddr_in6 *)(const void *)to)->sin6_addr, 16);
	} else {
		return 0;
	}
	h = ask(s, &a, out, sizeof(out));
	if (!h || h->nlmsg_type != RTM_NEWROUTE ||
	    ((struct rtmsg *)NLMSG_DATA(h))->rtm_type == RTN_LOCAL)
		return 0;
	oif = find_attr(RTM_RTA(NLMSG_DATA(h)), RTM_PAYLOAD(h), RTA_OIF, sizeof(index));
	if (oif)
		memcpy(&index, oif, sizeof(index));
	return index;
}

bool ifstat_received(struct ifstat *s, int index, uint64_t *ret_bytes)
{
	struct ask a = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(a.body.link)),
	    .nlmsg_type = RTM_GETLINK } };
	char out[16384] __attribute__((aligned(8)));
	struct rtnl_link_stats64 stats;
	const void *found;
	struct nlmsghdr *h;

	a.body.link.ifi_family = AF_UNSPEC;
	a.body.link.ifi_index = index;
	h = ask(s, &a, out, sizeof(out));
	if (!h || h->nlmsg_type != RTM_NEWLINK)
		return false;
	found = find_attr(IFLA_RTA(NLMSG_DATA(h)), IFLA_PAYLOAD(h), IFLA_STATS64, sizeof(stats.rx_bytes) * 4);
	if (!found)
		return false;
	memcpy(&stats, found, offsetof(struct rtnl_link_stats64, tx_bytes));
	*ret_bytes = stats.rx_bytes;
	return true;
}
