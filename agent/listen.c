/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/listen.c: see listen.h.
 */
#include "agent/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

#define BACKLOG 256

static struct addrinfo *resolve(const struct config_listener *l, struct errinfo *ei)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	const char *colon = strrchr(l->address, ':');
	char host[256];
	int rc = EAI_NONAME;
	uint64_t port;

	if (colon && (size_t)(colon - l->address) < sizeof(host) && text_u64(colon + 1, 1, 65535, &port)) {
		snprintf(host, sizeof(host), "%.*s", (int)(colon - l->address), l->address);
		if (host[0] == '[' && host[strlen(host) - 1] == ']') {
			host[strlen(host) - 1] = '\0';
			memmove(host, host + 1, strlen(host));
		}
		rc = getaddrinfo(*host && strcmp(host, "*") ? host : NULL, colon + 1, &hints, &list);
	}
	if (rc)
		err_set(ei, ERR_INVALID_ARG, "%s:%d: Address=%.100s is not an address and a port; write for "
		    "example 127.0.0.1:5985 or [::1]:5985", l->file, l->line, l->address);
	return rc ? NULL : list;
}

bool listen_check(const struct config_listener *l, struct errinfo *ei)
{
	struct addrinfo *list = resolve(l, ei);

	if (list)
		freeaddrinfo(list);
	return list;
}

int listen_tcp(const struct config_listener *l, struct errinfo *ei)
{
	struct addrinfo *a = resolve(l, ei);
	AUTO_CLOSE int fd = -1;
	int on = 1, rc;

	if (!a)
		return -1;
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	rc = fd < 0 ? -1 : bind(fd, a->ai_addr, a->ai_addrlen);
	freeaddrinfo(a);
	if (!rc)
		rc = listen(fd, BACKLOG);
	if (!rc)
		return TAKE_FD(fd);
	if (errno == EADDRINUSE)
		err_set(ei, ERR_INVALID_ARG, "%s:%d: Address=%s is in use by another program; stop that one "
		    "or choose another port", l->file, l->line, l->address);
	else
		err_set(ei, ERR_INVALID_ARG, "%s:%d: cannot listen on Address=%s: %s; choose an address of "
		    "this machine", l->file, l->line, l->address, strerror(errno));
	return -1;
}

void listen_where(int fd, char *address, size_t room, uint16_t *port)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	char digits[8];
	uint64_t n;

	*address = '\0';
	*port = 0;
	if (getsockname(fd, (struct sockaddr *)&sa, &len) || getnameinfo((struct sockaddr *)&sa, len, address,
	    (socklen_t)room, digits, sizeof(digits), NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	if (text_u64(digits, 1, 65535, &n))
		*port = (uint16_t)n;
}

enum err listen_make_dir(const char *dir, struct errinfo *ei)
{
	AUTO_FREE char *path = strdup(dir);

	if (!path)
		return err_plain(ei, ERR_NO_MEMORY);
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			break;
		*p = '/';
	}
	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		return ERR_OK;
	return err_set(ei, ERR_PATH_NOT_FOUND, "cannot make the directory %s: %s; make it or name another", dir,
	    strerror(errno));
}

/* Is somebody there? Then the path is his. ret_pid: whose; 0: not known. */
static bool answers(const struct sockaddr_un *addr, pid_t *ret_pid)
{
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (fd < 0 || connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0)
		return false;
	*ret_pid = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ? 0 : cred.pid;
	return true;
}

/* Only what a dead agent left behind is removed. */
static bool make_place(const struct sockaddr_un *addr, struct errinfo *ei)
{
	const char *path = addr->sun_path;
	struct stat st;
	pid_t pid = 0;

	if (lstat(path, &st) < 0)
		return true;
	if (S_ISSOCK(st.st_mode) && !answers(addr, &pid)) {
		unlink(path);
		return true;
	}
	if (S_ISSOCK(st.st_mode))
		err_set(ei, ERR_INVALID_ARG, "the socket %s belongs to a running agent (process %d); stop that one "
		    "with kill %d, or set another [agent] Socket=", path, (int)pid, (int)pid);
	else
		err_set(ei, ERR_INVALID_ARG, "%s exists and is not a socket; remove it or set another [agent] "
		    "Socket=", path);
	return false;
}

int listen_unix(const char *path, unsigned mode, struct errinfo *ei)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = -1;
	char dir[sizeof(addr.sun_path)];

	if (strlen(path) >= sizeof(addr.sun_path)) {
		err_set(ei, ERR_INVALID_ARG, "the path of the socket is longer than %zu bytes: %s; set "
		    "[agent] Socket=", sizeof(addr.sun_path) - 1, path);
		return -1;
	}
	strcpy(addr.sun_path, path);
	strcpy(dir, path);
	if (strrchr(dir, '/') != dir) {
		*strrchr(dir, '/') = '\0';
		if (listen_make_dir(dir, ei))
			return -1;
	}
	if (!make_place(&addr, ei))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || fchmod(fd, mode) < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    chmod(path, mode) < 0 || listen(fd, BACKLOG) < 0) {
		err_set(ei, ERR_INVALID_ARG, "cannot listen on the socket %s: %s", path, strerror(errno));
		return -1;
	}
	return TAKE_FD(fd);
}
