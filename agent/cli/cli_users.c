/* SPDX-License-Identifier: MIT
 * agent/cli/cli_users.c: see cli_users.h.
 */
#include "agent/cli/cli_users.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/cli_say.h"
#include "engine/base/auto.h"
#include "engine/base/text.h"

bool cli_users_name_ok(const char *name)
{
	if (!name[0] || name[0] == '#' || strlen(name) >= 256)
		return false;
	return !strpbrk(name, ": \t\r\n") && text_utf8_ok(name);
}

bool cli_users_role_ok(const char *role)
{
	return !strcmp(role, "viewer") || !strcmp(role, "user") || !strcmp(role, "admin");
}

static bool is_line_of(const char *line, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(line, name, len) && line[len] == ':';
}

static char *put_line(char *to, const char *line)
{
	to = stpcpy(to, line);
	*to++ = '\n';
	return to;
}

char *cli_users_edit(const char *text, const char *name, const char *line, bool *ret_found)
{
	size_t room = strlen(text) + (line ? strlen(line) : 0) + 3, len;
	char *out = malloc(room), *to = out;
	bool found = false;

	for (const char *p = text; out && *p; p += len) {
		len = strcspn(p, "\n");
		len += p[len] == '\n';
		if (is_line_of(p, name)) {
			if (line && !found)
				to = put_line(to, line);
			found = true;
			continue;
		}
		memcpy(to, p, len);
		to += len;
		if (p[len - 1] != '\n')
			*to++ = '\n';
	}
	if (!out)
		return NULL;
	if (line && !found)
		to = put_line(to, line);
	*to = '\0';
	*ret_found = found;
	return out;
}

/* "" when there is no file yet. NULL: it said why. */
static char *read_file(const char *path, struct stat *ret_st, bool *ret_exists)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	AUTO_FREE char *text = calloc(1, USERS_FILE_MAX + 1);
	size_t n = 0;
	ssize_t got = 1;

	*ret_exists = fd >= 0;
	if (fd < 0 && errno == ENOENT)
		return TAKE(text);
	if (fd < 0 || fstat(fd, ret_st) || !text) {
		say("%s: %s", path, strerror(errno));
		return NULL;
	}
	while (n <= USERS_FILE_MAX && (got = read(fd, text + n, USERS_FILE_MAX + 1 - n)) > 0)
		n += (size_t)got;
	if (got < 0 || n > USERS_FILE_MAX || memchr(text, '\0', n)) {
		say("%s: %s", path, got < 0 ? strerror(errno) : "this is not a users file");
		return NULL;
	}
	return TAKE(text);
}

static bool write_all(int fd, const char *text)
{
	for (size_t len = strlen(text); len;) {
		ssize_t n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

/* dir: of path, held open. */
static bool replace(const char *path, int dir, const char *text, const struct stat *like)
{
	char temp[PATH_MAX];
	AUTO_CLOSE int fd = -1;

	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp))
		return false;
	fd = mkostemp(temp, O_CLOEXEC);		/* mode 0600 */
	if (fd < 0)
		return false;
	if (!write_all(fd, text) || (like && geteuid() == 0 && fchown(fd, like->st_uid, like->st_gid)) ||
	    fsync(fd) || rename(temp, path)) {
		int keep = errno;
		unlink(temp);
		errno = keep;
		return false;
	}
	return !fsync(dir);
}

bool cli_users_store(const char *path, const char *name, const char *line, bool *ret_found)
{
	AUTO_FREE char *real = realpath(path, NULL), *dir_path = NULL, *old = NULL, *new = NULL;
	const char *target = real ? real : path, *slash = strrchr(target, '/');
	AUTO_CLOSE int dir = -1;
	struct stat like;
	bool exists;

	dir_path = slash ? strndup(target, slash == target ? 1 : (size_t)(slash - target)) : strdup(".");
	dir = dir_path ? open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir < 0 || flock(dir, LOCK_EX)) {
		say("%s: %s", dir_path ? dir_path : path, strerror(errno));
		return false;
	}
	old = read_file(target, &like, &exists);
	if (!old)
		return false;
	new = cli_users_edit(old, name, line, ret_found);
	if (new && !line && !*ret_found)
		return true;		/* nothing to take out */
	if (!new || !replace(target, dir, new, exists ? &like : NULL)) {
		say("%s could not be written: %s", target, strerror(errno));
		return false;
	}
	return true;
}
