/* SPDX-License-Identifier: MIT
 * engine/worker/xfer_proxy.c: see xfer_proxy.h.
 */
#include "engine/worker/xfer_proxy.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/text.h"

#define APART " \t,;"

/* The next entry, cut out of *at. false: there is none, or it is too long (then *bad). */
static bool next_entry(const char **at, char out[XFER_PROXY_ROOM], bool *bad)
{
	size_t len;

	*at += strspn(*at, APART);
	len = strcspn(*at, APART);
	if (len >= XFER_PROXY_ROOM - 20)	/* room for a scheme and a port */
		*bad = true;
	if (!len || *bad)
		return false;
	memcpy(out, *at, len);
	out[len] = '\0';
	*at += len;
	return true;
}

/* Bypass. */

static bool is_bypassed_by(const char *entry, const char *host)
{
	size_t entry_len = strlen(entry), host_len = strlen(host);

	if (text_ieq(entry, "<local>"))
		return !strpbrk(host, ".:");
	if (*entry != '*')
		return text_ieq(entry, host);
	return host_len >= entry_len - 1 && !strcasecmp(host + host_len - (entry_len - 1), entry + 1);
}

static bool is_bypassed(const char *bypass, const char *host, bool *bad)
{
	char entry[XFER_PROXY_ROOM];
	bool yes = false;

	while (next_entry(&bypass, entry, bad)) {
		if (strchr(entry + 1, '*'))
			*bad = true;
		yes |= is_bypassed_by(entry, host);
	}
	return yes;
}

/* Servers. */

static bool is_protocol(const char *text, size_t len)
{
	return (len == 4 && !strncasecmp(text, "http", 4)) || (len == 5 && !strncasecmp(text, "https", 5));
}

static bool is_server(const char *server)
{
	bool v6 = *server == '[';
	const char *end = v6 ? strchr(server, ']') : server + strcspn(server, ":");
	uint64_t port;

	if (!end || end == server + v6)
		return false;
	for (const char *p = server + v6; p < end; p++)
		if (!strchr(v6 ? "0123456789abcdefABCDEF:." :
		    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_", *p))
			return false;
	end += v6;
	return !*end || (*end == ':' && !end[1 + strspn(end + 1, "0123456789")] &&
	    text_u64(end + 1, 1, 65535, &port));
}

struct entry {
	char protocol[6];		/* "": any that no entry names */
	char url[XFER_PROXY_ROOM];
};

static bool read_entry(char *text, struct entry *ret)
{
	const char *server = text, *scheme = "http";
	char *eq = strchr(text, '='), *slashes;
	size_t len;

	ret->protocol[0] = '\0';
	if (eq) {
		if (!is_protocol(text, (size_t)(eq - text)))
			return false;
		snprintf(ret->protocol, sizeof(ret->protocol), "%.*s", (int)(eq - text), text);
		server = eq + 1;
	}
	slashes = strstr(server, "://");
	if (slashes) {
		if (!is_protocol(server, (size_t)(slashes - server)))
			return false;
		scheme = slashes - server == 5 ? "https" : "http";
		server = slashes + 3;
	}
	len = strlen(server);
	if (slashes && len && server[len - 1] == '/')
		text[server - text + (ptrdiff_t)len - 1] = '\0';
	if (!is_server(server))
		return false;
	snprintf(ret->url, sizeof(ret->url), "%s://%s%s", scheme, server,
	    strchr(*server == '[' ? strchr(server, ']') : server, ':') ? "" :
	    *scheme && scheme[4] ? ":443" : ":80");
	return true;
}

enum xfer_proxy xfer_proxy_pick(const char *list, const char *bypass, const char *protocol, const char *host,
    unsigned index, char out[XFER_PROXY_ROOM])
{
	char text[XFER_PROXY_ROOM];
	const char *at = list;
	bool bad = false, named = false, direct = is_bypassed(bypass, host, &bad);
	unsigned entries = 0, n = 0;
	struct entry entry;

	for (; !bad && next_entry(&at, text, &bad); entries++) {
		bad |= !read_entry(text, &entry);
		named |= !bad && text_ieq(entry.protocol, protocol);
	}
	if (bad || !entries)
		return XFER_PROXY_BAD;
	if (direct)
		return XFER_PROXY_DIRECT;
	for (at = list; next_entry(&at, text, &bad);) {
		read_entry(text, &entry);
		if (text_ieq(entry.protocol, named ? protocol : "") && n++ == index) {
			snprintf(out, XFER_PROXY_ROOM, "%s", entry.url);
			return XFER_PROXY_USE;
		}
	}
	return n ? XFER_PROXY_NO_MORE : XFER_PROXY_DIRECT;
}
