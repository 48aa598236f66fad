/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/sink_rule.h: where events may be sent: URLs of sinks and the rules of [eventing] AllowedSinks=. Pure; any
 * thread.
 *
 *   https://collector.example.org:5986/in   URLs of that scheme, host and port whose path begins so, segment by
 *                                           segment; the port of the scheme when none is said
 *   collector.example.org:5986              any URL of that host and port; without a port: of any
 *   10.1.0.0/16 fd00::/8                    any URL whose host has such an address when it is connected to
 *
 * Whoever writes to a sink understands its URL another way than whoever judged it, that is the danger; so a URL
 * that could be read in two ways is no URL of a sink.
 */
#ifndef AGENT_SINK_RULE_H
#define AGENT_SINK_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SINK_URL_MAX 2048

struct sink_url {
	bool tls;
	char host[256];			/* lower case, no dot at its end; an IPv6 address as inet_ntop() writes it */
	uint16_t port;
	const char *path;		/* in the text that was read; "": none */
};

/* False: *why, if it is none, as the end of a sentence ("has a name and a password in it"). */
bool sink_url_read(const char *url, struct sink_url *ret, const char **why);
bool sink_rule_ok(const char *rule, const char **why);

enum sink_trust {
	SINK_REFUSED,
	SINK_NAMED,			/* by a URL or a host: the administrator trusts what it leads to */
	SINK_BY_ADDRESS			/* if it is connected to an address of sink_rule_nets() */
};
/* rules: separated by blanks. */
enum sink_trust sink_rule_judge(const char *rules, const struct sink_url *url);
/* The subnets among the rules, separated by blanks; to be freed. NULL: no memory. */
char *sink_rule_nets(const char *rules);

#endif
