/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/sink_rule.c: see sink_rule.h.
 */
#include "agent/sink_rule.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/auto.h"
#include "engine/base/subnet.h"
#include "engine/base/text.h"

#define RULE_MAX 512

static bool refuse(const char **why, const char *text)
{
	*why = text;
	return false;
}

/* Hosts. */

/* Programs take 1, 0x7f.1 and 017700000001 for addresses of IPv4; only one way of writing them is good here. */
static bool looks_like_number(const char *host)
{
	const char *dot = strrchr(host, '.'), *last = dot ? dot + 1 : host;

	if (last[0] == '0' && (last[1] | 0x20) == 'x')
		return true;
	return *last && last[strspn(last, "0123456789")] == '\0';
}

static bool read_name(const char *at, size_t len, struct sink_url *ret, const char **why)
{
	struct in_addr address;

	if (len && at[len - 1] == '.')
		len--;			/* the same host, fully named */
	if (!len || len >= sizeof(ret->host))
		return refuse(why, "has no host, or a name that is too long");
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)at[i]) && !strchr("-_.", at[i]))
			return refuse(why, "has a host with other characters than names have");
		if (at[i] == '.' && (!i || at[i - 1] == '.'))
			return refuse(why, "has a host with an empty part");
		ret->host[i] = (char)tolower((unsigned char)at[i]);
	}
	ret->host[len] = '\0';
	if (looks_like_number(ret->host) && inet_pton(AF_INET, ret->host, &address) != 1)
		return refuse(why, "has an address that is not written as 10.1.0.5");
	return true;
}

static bool read_ip6(const char *at, size_t len, struct sink_url *ret, const char **why)
{
	unsigned char address[16];
	char text[64];

	if (len >= sizeof(text))
		return refuse(why, "has no IPv6 address between its brackets");
	memcpy(text, at, len);
	text[len] = '\0';
	if (inet_pton(AF_INET6, text, address) != 1)
		return refuse(why, "has no IPv6 address between its brackets");
	inet_ntop(AF_INET6, address, ret->host, sizeof(ret->host));
	return true;
}

/* HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT. No port: 0. */
static bool read_authority(const char *at, size_t len, struct sink_url *ret, const char **why)
{
	const char *end = at + len, *close = *at == '[' ? memchr(at, ']', len) : NULL;
	const char *colon = close ? close + 1 : memchr(at, ':', len);
	uint64_t port = 0;
	char digits[8];

	if (memchr(at, '@', len))
		return refuse(why, "has a user in it");
	if (*at == '[' && !close)
		return refuse(why, "has a bracket that is not closed");
	if (!colon)
		colon = end;
	if (colon < end) {
		snprintf(digits, sizeof(digits), "%.*s", (int)(end - colon - 1), colon + 1);
		if (*colon != ':' || end - colon > 6 || digits[strspn(digits, "0123456789")] ||
		    !text_u64(digits, 1, 65535, &port))
			return refuse(why, "has a port that is none");
	}
	ret->port = (uint16_t)port;
	return close ? read_ip6(at + 1, (size_t)(close - at - 1), ret, why) :
	    read_name(at, (size_t)(colon - at), ret, why);
}

/* URLs. */

/* A path with .. in it would be another one where it arrives; %2e, %2f and %5c are the same in disguise. */
static bool is_plain_path(const char *path)
{
	size_t len = strcspn(path, "?");

	for (size_t i = 0; i < len; i++) {
		if (path[i] == '%' && (!strncasecmp(path + i, "%2e", 3) || !strncasecmp(path + i, "%2f", 3) ||
		    !strncasecmp(path + i, "%5c", 3)))
			return false;
		if (path[i] == '/' && path[i + 1] == '.') {
			size_t dots = strspn(path + i + 1, ".");

			if (dots <= 2 && (i + 1 + dots == len || path[i + 1 + dots] == '/'))
				return false;
		}
	}
	return true;
}

bool sink_url_read(const char *url, struct sink_url *ret, const char **why)
{
	const char *at;

	memset(ret, 0, sizeof(*ret));
	if (strlen(url) > SINK_URL_MAX)
		return refuse(why, "is too long");
	for (at = url; *at; at++)
		if (*at <= 0x20 || *at > 0x7e || *at == '\\')
			return refuse(why, "has a blank, a backslash or a character beyond ASCII in it");
	if (text_iprefix(url, "http://"))
		at = url + 7;
	else if (text_iprefix(url, "https://"))
		at = url + 8;
	else
		return refuse(why, "does not begin with http:// or https://");
	ret->tls = at == url + 8;
	ret->path = at + strcspn(at, "/?#");
	if (strchr(ret->path, '#'))
		return refuse(why, "has a # in it");
	if (!is_plain_path(ret->path))
		return refuse(why, "has a path that could be read in two ways");
	if (!read_authority(at, (size_t)(ret->path - at), ret, why))
		return false;
	if (!ret->port)
		ret->port = ret->tls ? 443 : 80;
	return true;
}

/* Rules. */

static bool rule_url(const char *rule, struct sink_url *ret, const char **why)
{
	if (!sink_url_read(rule, ret, why))
		return false;
	return !strchr(ret->path, '?') || refuse(why, "has a ? in it");
}

static bool rule_host(const char *rule, struct sink_url *ret, const char **why)
{
	memset(ret, 0, sizeof(*ret));
	return read_authority(rule, strlen(rule), ret, why);
}

bool sink_rule_ok(const char *rule, const char **why)
{
	struct sink_url url;
	struct subnet net;

	if (strlen(rule) >= RULE_MAX)
		return refuse(why, "is too long");
	if (strstr(rule, "://"))
		return rule_url(rule, &url, why);
	if (strchr(rule, '/'))
		return subnet_parse(rule, &net) || refuse(why, "is no subnet as 10.1.0.0/16 or fd00::/8");
	return rule_host(rule, &url, why);
}

static bool path_fits(const char *rule, const char *path)
{
	size_t len = strlen(rule);

	if (len && rule[len - 1] == '/')
		len--;			/* what is beneath, and itself */
	return !strncmp(rule, path, len) && (!path[len] || path[len] == '/' || path[len] == '?');
}

/* A name says nothing before it is resolved; an address does. */
static bool may_be_in(const char *rule, const char *host)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct subnet net;

	if (!subnet_parse(rule, &net))
		return false;
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1)
		return subnet_has(&net, (const struct sockaddr *)&in);
	if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1)
		return subnet_has(&net, (const struct sockaddr *)&in6);
	return true;
}

static enum sink_trust judge(const char *rule, const struct sink_url *url)
{
	struct sink_url named;
	const char *why;

	if (strstr(rule, "://"))
		return rule_url(rule, &named, &why) && named.tls == url->tls && named.port == url->port &&
		    !strcmp(named.host, url->host) && path_fits(named.path, url->path) ? SINK_NAMED : SINK_REFUSED;
	if (strchr(rule, '/'))
		return may_be_in(rule, url->host) ? SINK_BY_ADDRESS : SINK_REFUSED;
	return rule_host(rule, &named, &why) && !strcmp(named.host, url->host) &&
	    (!named.port || named.port == url->port) ? SINK_NAMED : SINK_REFUSED;
}

/* The next rule; NULL: none. */
static const char *next_rule(const char *rules, char out[RULE_MAX])
{
	size_t len;

	rules += strspn(rules, " ");
	len = strcspn(rules, " ");
	snprintf(out, RULE_MAX, "%.*s", (int)len, rules);
	return len ? rules + len : NULL;
}

enum sink_trust sink_rule_judge(const char *rules, const struct sink_url *url)
{
	enum sink_trust best = SINK_REFUSED;
	char rule[RULE_MAX];

	while (best != SINK_NAMED && (rules = next_rule(rules, rule))) {
		enum sink_trust one = judge(rule, url);

		best = one != SINK_REFUSED ? one : best;
	}
	return best;
}

char *sink_rule_nets(const char *rules)
{
	size_t room = strlen(rules) + 2, n = 0;
	char rule[RULE_MAX], *nets = calloc(1, room);

	while (nets && (rules = next_rule(rules, rule)))
		if (strchr(rule, '/') && !strstr(rule, "://"))
			n += (size_t)snprintf(nets + n, room - n, "%s%s", n ? " " : "", rule);
	return nets;
}
