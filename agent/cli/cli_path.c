/* SPDX-License-Identifier: MIT
 * agent/cli/cli_path.c: see cli_path.h.
 */
#include "agent/cli/cli_path.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/cli/cli.h"
#include "agent/cli/cli_say.h"
#include "engine/base/auto.h"
#include "engine/base/text.h"

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1;
}

/* In place; false: %00 or not hex. */
static bool percent_decode(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (*p != '%') {
			*to++ = *p;
			continue;
		}
		if (hex(p[1]) < 0 || hex(p[2]) < 0 || (p[1] == '0' && p[2] == '0'))
			return false;
		*to++ = (char)(hex(p[1]) << 4 | hex(p[2]));
		p += 2;
	}
	*to = '\0';
	return true;
}

static bool good_name(const char *name)
{
	if (!name[0] || !strcmp(name, ".") || !strcmp(name, "..") || strlen(name) > NAME_MAX)
		return false;
	return !strchr(name, '/') && text_utf8_ok(name) && !strpbrk(name, "\t\r\n");
}

char *cli_path_name_of_url(const char *url)
{
	const char *host = strstr(url, "://"), *from = host ? host + 3 : url, *end = from + strcspn(from, "?#");
	const char *slash = memrchr(from, '/', (size_t)(end - from));
	AUTO_FREE char *name = slash ? strndup(slash + 1, (size_t)(end - slash - 1)) : NULL;

	return name && percent_decode(name) && good_name(name) ? TAKE(name) : NULL;
}

static char *refuse(int *ret_status, int status)
{
	*ret_status = status;
	return NULL;
}

char *cli_path_absolute(const struct cli *cli, const char *path, int *ret_status)
{
	AUTO_FREE char *dir = NULL, *real = NULL;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *whole;

	if (cli->remote && path[0] != '/') {
		say("%s: the file goes to the other machine, so its path must be absolute", path);
		return refuse(ret_status, EXIT_USAGE);
	}
	if (!name[0] || !strcmp(name, ".") || !strcmp(name, "..")) {
		say("\"%s\" names no file", path);
		return refuse(ret_status, EXIT_USAGE);
	}
	if (cli->remote)
		return strdup(path);
	dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	real = dir ? realpath(dir, NULL) : NULL;
	if (!real) {
		say(errno == ENOENT ? "%s: %s; create that directory, or choose another place" : "%s: %s",
		    dir ? dir : path, strerror(errno));
		return refuse(ret_status, errno == EACCES ? EXIT_DENIED : EXIT_FAILED);
	}
	if (asprintf(&whole, "%s/%s", strcmp(real, "/") ? real : "", name) < 0)
		return refuse(ret_status, EXIT_FAILED);
	return whole;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* "dir" and the name of the URL; or the name alone for dir NULL. */
static char *named_by_url(const char *url, const char *dir, int *ret_status)
{
	AUTO_FREE char *name = cli_path_name_of_url(url);
	char *whole = NULL;

	if (!name) {
		say(strstr(url, "://") ? "the URL ends in no usable file name; give one with -o PATH" :
		    "\"%s\" is no URL; it begins with http:// or https://", url);
		return refuse(ret_status, EXIT_USAGE);
	}
	if (!dir)
		return TAKE(name);
	if (asprintf(&whole, "%s/%s", dir, name) < 0)
		return refuse(ret_status, EXIT_FAILED);
	return whole;
}

char *cli_path_for_get(const struct cli *cli, const char *url, const char *path, bool force, int *ret_status)
{
	AUTO_FREE char *wanted = NULL, *whole = NULL;
	struct stat st;

	if (cli->remote && !path) {
		say("say with -o PATH where the other machine is to put the file");
		return refuse(ret_status, EXIT_USAGE);
	}
	if (path && !strcmp(path, "-")) {
		say("dray moves files in the background, not to standard output; use -o PATH");
		return refuse(ret_status, EXIT_USAGE);
	}
	wanted = !path || (!cli->remote && is_dir(path)) ? named_by_url(url, path, ret_status) : strdup(path);
	whole = wanted ? cli_path_absolute(cli, wanted, ret_status) : NULL;
	if (!whole)
		return NULL;
	if (!cli->remote && !lstat(whole, &st) && (S_ISDIR(st.st_mode) || !force)) {
		say(S_ISDIR(st.st_mode) ? "%s is a directory" :
		    "%s is there already; choose another name with -o, or replace it with --force", whole);
		return refuse(ret_status, EXIT_FAILED);
	}
	return TAKE(whole);
}
