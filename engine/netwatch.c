/* SPDX-License-Identifier: MIT
 * engine/netwatch.c: see netwatch.h. Messages: rtnetlink(7).
 */
#include "engine/netwatch.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/auto.h"
#include "engine/base/loop.h"
#include "engine/base/text.h"

#define SETTLE_MS 50u		/* changes come in flocks */

struct netwatch {
	int fd;
	struct loop_io *io;
	struct loop_timer *timer;
	void (*on_change)(void *arg);
	void *arg;
};

static void on_event(void *arg, int what)
{
	struct netwatch *nw = arg;
	char bytes[8192];

	(void)what;
	while (recv(nw->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;		/* that something changed is all that is read; so a lost message is no loss */
	loop_timer_set(nw->timer, SETTLE_MS);
}

static void on_timer(void *arg)
{
	struct netwatch *nw = arg;

	nw->on_change(nw->arg);
}

static int subscribe(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
	    RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

struct netwatch *netwatch_new(struct loop *loop, void (*on_change)(void *arg), void *arg)
{
	struct netwatch *nw = calloc(1, sizeof(*nw));

	if (!nw)
		return NULL;
	nw->on_change = on_change;
	nw->arg = arg;
	nw->fd = subscribe();
	nw->io = nw->fd >= 0 ? loop_io_new(loop, nw->fd, LOOP_READ, on_event, nw) : NULL;
	nw->timer = loop_timer_new(loop, on_timer, nw);
	if (nw->io && nw->timer)
		return nw;
	netwatch_free(nw);
	return NULL;
}

void netwatch_free(struct netwatch *nw)
{
	if (!nw)
		return;
	loop_io_free(nw->io);
	loop_timer_free(nw->timer);
	if (nw->fd >= 0)
		close(nw->fd);
	free(nw);
}

/* An address from which more than the next wire can be reached. */
static bool is_useful(const struct sockaddr *a)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)a;
	uint32_t four;

	if (a && a->sa_family == AF_INET) {
		four = ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr);
		return four >> 24 != 127 && four >> 16 != 0xa9fe && four != 0;
	}
	return a && a->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr) &&
	    !IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

static bool is_up(const struct ifaddrs *i)
{
	return (i->ifa_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING) &&
	    !(i->ifa_flags & IFF_LOOPBACK);
}

/* By asking which of our addresses would be used to reach far away; nothing is sent. */
static bool source_to(int family, const char *far, struct sockaddr_storage *ret)
{
	struct sockaddr_storage to = { .ss_family = (sa_family_t)family };
	socklen_t len = sizeof(*ret), tolen = family == AF_INET ? sizeof(struct sockaddr_in) :
	    sizeof(struct sockaddr_in6);
	AUTO_CLOSE int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (family == AF_INET) {
		((struct sockaddr_in *)(void *)&to)->sin_port = htons(9);
		inet_pton(family, far, &((struct sockaddr_in *)(void *)&to)->sin_addr);
	} else {
		((struct sockaddr_in6 *)(void *)&to)->sin6_port = htons(9);
		inet_pton(family, far, &((struct sockaddr_in6 *)(void *)&to)->sin6_addr);
	}
	return fd >= 0 && connect(fd, (const struct sockaddr *)&to, tolen) == 0 &&
	    getsockname(fd, (struct sockaddr *)ret, &len) == 0;
}

static bool same_address(const struct sockaddr *a, const struct sockaddr_storage *b)
{
	if (a->sa_family != b->ss_family)
		return false;
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr ==
		    ((const struct sockaddr_in *)(const void *)b)->sin_addr.s_addr;
	return !memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
	    &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr, 16);
}

/* The interface of the default route; of none, the first that is of use. NULL: there is none. */
static const char *best_name(const struct ifaddrs *all, bool *ret_routed)
{
	struct sockaddr_storage source;
	bool known = source_to(AF_INET, "192.0.2.1", &source) || source_to(AF_INET6, "2001:db8::1", &source);
	const char *first = NULL;

	*ret_routed = known;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		if (!is_up(i) || !is_useful(i->ifa_addr))
			continue;
		if (known && same_address(i->ifa_addr, &source))
			return i->ifa_name;
		first = first ? first : i->ifa_name;
	}
	return first;
}

static void add_address(struct place *p, const struct sockaddr *a)
{
	size_t len = a->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

	if (p->n < PLACE_ADDRESSES)
		memcpy(&p->at[p->n++], a, len);
}

bool netwatch_look(struct netwatch *nw, struct place *ret)
{
	struct ifaddrs *all = NULL;
	const char *name;

	(void)nw;
	memset(ret, 0, sizeof(*ret));
	if (getifaddrs(&all) < 0)
		return true;		/* out of memory, most likely; that is not the network's fault */
	name = best_name(all, &ret->routed);
	if (name)
		snprintf(ret->name, sizeof(ret->name), "%s", name);
	for (const struct ifaddrs *i = all; i && name; i = i->ifa_next)
		if (!strcmp(i->ifa_name, name) && is_useful(i->ifa_addr))
			add_address(ret, i->ifa_addr);
	freeifaddrs(all);
	return name != NULL;
}

/* URLs. */

bool netwatch_is_local(const char *url)
{
	const char *host = strstr(url, "://"), *at;
	char name[256];
	size_t len;

	if (!host)
		return false;
	host += 3;
	len = strcspn(host, "/?#");
	at = memrchr(host, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (*host == '[')
		return !strncmp(host, "[::1]", 5) || !strncmp(host, "[::ffff:127.", 12);
	len = strcspn(host, ":/?#") < len ? strcspn(host, ":/?#") : len;
	if (len == 0 || len >= sizeof(name))
		return false;
	memcpy(name, host, len);
	name[len] = '\0';
	if (!strncmp(name, "127.", 4))
		return strspn(name, "0123456789.") == len;
	return text_ieq(name, "localhost") || (len > 10 && text_ieq(name + len - 10, ".localhost"));
}
