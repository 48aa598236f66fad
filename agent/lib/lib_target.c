/* SPDX-License-Identifier: MIT
 * agent/lib/lib_target.c: see lib_target.h.
 */
#include "agent/lib/lib_target.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"

#define PATH "/wsman"
#define PORT 5985

/* Something that may stand in a URL and cannot end or split it. */
static bool plain(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || strchr("\"<>\\^`{|}#@?", *p))
			return false;
	return text[0] != '\0';
}

/* The port after the host, or "" for none; NULL: not host[:port]. */
static const char *port_of(const char *host)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : strchr(host, ':');
	uint64_t port;

	if (host[0] == '[' && (!end++ || (*end && *end != ':')))
		return NULL;
	if (end == host || strchr(host, '/'))
		return NULL;
	if (!end || !*end)
		return "";
	return text_u64(end + 1, 1, 65535, &port) ? end : NULL;
}

static bool loopback(const char *host)
{
	return !strncmp(host, "127.", 4) || !strncmp(host, "[::1]", 5) ||
	    (!strncasecmp(host, "localhost", 9) && (!host[9] || strchr(":/", host[9])));
}

bool lib_target_parse(const char *text, struct lib_target *ret)
{
	bool tls = text_iprefix(text, "https://"), url = tls || text_iprefix(text, "http://");
	const char *host = url ? strstr(text, "://") + 3 : text, *port, *path;
	int n;

	memset(ret, 0, sizeof(*ret));
	if (text[0] == '/') {
		n = snprintf(ret->socket, sizeof(ret->socket), "%s", text);
		snprintf(ret->url, sizeof(ret->url), "http://localhost" PATH);
		return (size_t)n < sizeof(ret->socket);
	}
	if (!plain(host))
		return false;
	if (url) {
		path = strchr(host, '/');
		n = snprintf(ret->url, sizeof(ret->url), "%s%s", text, !path ? PATH : path[1] ? "" : PATH + 1);
	} else {
		port = port_of(host);
		if (!port)
			return false;
		n = port[0] ? snprintf(ret->url, sizeof(ret->url), "http://%s" PATH, host) :
		    snprintf(ret->url, sizeof(ret->url), "http://%s:%d" PATH, host, PORT);
	}
	ret->cleartext = !tls && !loopback(host);
	return n > 0 && (size_t)n < sizeof(ret->url);
}
