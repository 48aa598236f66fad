/* SPDX-License-Identifier: MIT
 * agent/lib/dray_handle.c: opening and closing a conversation; see dray.h.
 */
#include "include/dray.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/lib/lib_call.h"

/* In /tmp anybody could have made the directory first and be listening there. */
static bool is_trap(const char *socket)
{
	char dir[sizeof(((struct lib_target *)0)->socket)];
	struct stat st;
	char *slash;

	strcpy(dir, socket);
	slash = strrchr(dir, '/');
	if (strncmp(dir, "/tmp/dray-", 10) || !slash)
		return false;
	*slash = '\0';
	return !lstat(dir, &st) && (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022));
}

static dray_result find_target(const char *target, const char *user, struct lib_target *ret,
    struct dray_error *e)
{
	char path[sizeof(ret->socket)];

	if (!target && !dray_default_socket(path, sizeof(path)))
		return lib_error(e, DRAY_E_INVALID_ARG, "the path of the agent's socket is too long");
	if (!target && path[0] != '/')
		return lib_error(e, DRAY_E_INVALID_ARG, "DRAY_SOCKET must be an absolute path: %s", path);
	if (!lib_target_parse(target ? target : path, ret))
		return lib_error(e, DRAY_E_INVALID_ARG,
		    "\"%s\" is not a host, host:port, http(s) URL or absolute path of a socket",
		    target ? target : path);
	if (!target && is_trap(ret->socket))
		return lib_error(e, DRAY_E_ACCESS_DENIED,
		    "the directory of %s is not yours alone; somebody else may be listening there", path);
	if (!ret->socket[0] && user && strchr(user, ':'))
		return lib_error(e, DRAY_E_INVALID_ARG, "a user name cannot contain a colon");
	return DRAY_OK;
}

struct dray *dray_open(const char *target, const char *user, const char *password, struct dray_error *ret_error)
{
	struct dray *d = calloc(1, sizeof(*d));

	if (!d) {
		lib_error(ret_error, DRAY_E_NO_MEMORY, "out of memory");
		return NULL;
	}
	buf_init(&d->request, LIB_REQUEST_MAX);
	lib_error_clear(&d->error);
	if (find_target(target, user, &d->target, ret_error)) {
		dray_close(d);
		return NULL;
	}
	d->http = lib_http_new(&d->target, user, password);
	if (!d->http) {
		lib_error(ret_error, DRAY_E_NO_MEMORY, "out of memory");
		dray_close(d);
		return NULL;
	}
	return d;
}

void dray_close(struct dray *d)
{
	if (!d)
		return;
	lib_http_free(d->http);
	buf_done(&d->request);
	free(d);
}

const struct dray_error *dray_last_error(const struct dray *d) { return &d->error; }
void dray_set_timeout_ms(struct dray *d, uint32_t ms) { lib_http_set_timeout_ms(d->http, ms); }
bool dray_is_cleartext(const struct dray *d) { return d->target.cleartext; }
const char *dray_version(void) { return DRAY_VERSION; }

void dray_set_interrupt(struct dray *d, bool (*stop)(void *arg), void *arg)
{
	lib_http_set_interrupt(d->http, stop, arg);
}
