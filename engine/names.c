/* SPDX-License-Identifier: MIT
 * engine/names.c: see names.h.
 */
#include "engine/names.h"

#include <string.h>

#include "engine/base/text.h"

/* host[:port] up to end: is the port, if there is one, a port? */
static bool port_ok(const char *host, const char *end)
{
	const char *from = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : host;
	const char *colon = from ? memchr(from, ':', (size_t)(end - from)) : NULL;
	char digits[8] = "";
	uint64_t port;

	if (!colon || colon + 1 == end)
		return from;
	if ((size_t)(end - colon) > sizeof(digits))
		return false;
	memcpy(digits, colon + 1, (size_t)(end - colon - 1));
	return text_u64(digits, 1, 65535, &port);
}

enum err names_check_url(const char *url, struct errinfo *ei)
{
	size_t scheme = strcspn(url, ":/?# ");
	const char *host, *end;

	if (!*url || !text_utf8_ok(url) || strpbrk(url, " \t\r\n\"<>\\^`{|}"))
		return err_set(ei, ERR_INVALID_URL, "The URL is empty or has characters that must be "
		    "percent-encoded.");
	if (strncmp(url + scheme, "://", 3))
		return err_set(ei, ERR_INVALID_URL, "The URL %.200s has no http:// or https:// in front.", url);
	if (!(scheme == 4 && text_iprefix(url, "http")) && !(scheme == 5 && text_iprefix(url, "https")))
		return err_set(ei, ERR_UNKNOWN_SCHEME, "Only http and https URLs can be fetched, not %.*s.",
		    scheme > 40 ? 40 : (int)scheme, url);
	if (text_utf16_len(url) > NAMES_URL_MAX)
		return err_set(ei, ERR_INVALID_ARG, "The URL is longer than %d characters.", NAMES_URL_MAX);
	host = url + scheme + 3;
	end = host + strcspn(host, "/?#");
	if (memchr(host, '@', (size_t)(end - host)))
		return err_set(ei, ERR_INVALID_URL, "The URL carries a user name or password; these are not "
		    "kept in URLs.");
	if (end == host || *host == ':')
		return err_set(ei, ERR_INVALID_URL, "The URL %.200s names no host.", url);
	if (!port_ok(host, end))
		return err_set(ei, ERR_INVALID_URL, "The port in the URL %.200s is not one (1 to 65535).", url);
	return ERR_OK;
}

enum err names_check_path(const char *path, struct errinfo *ei)
{
	const char *name = strrchr(path, '/');

	if (path[0] != '/')
		return err_set(ei, ERR_INVALID_ARG, "The local file must be an absolute path, not \"%.200s\".",
		    path);
	if (strlen(path) > NAMES_PATH_MAX || !text_utf8_ok(path) || strpbrk(path, "\t\r\n"))
		return err_set(ei, ERR_INVALID_ARG, "The local path is too long or has control characters.");
	if (strstr(path, "/../") || !strcmp(name, "/..") || !strcmp(name, "/."))
		return err_set(ei, ERR_INVALID_ARG, "The local path %.200s must not contain .. or end in a "
		    "dot.", path);
	if (!name[1])
		return err_set(ei, ERR_INVALID_ARG, "The local path %.200s names a directory, not a file.",
		    path);
	if (strlen(name + 1) > 255)
		return err_set(ei, ERR_INVALID_ARG, "The file name is longer than 255 bytes.");
	return ERR_OK;
}

static bool beneath(const char *root, const char *path)
{
	size_t len = strlen(root);

	while (len > 1 && root[len - 1] == '/')
		len--;
	return len == 1 || (!strncmp(path, root, len) && path[len] == '/');
}

enum err names_find_root(const struct eng_config *config, const char *path, const char **ret_root,
    struct errinfo *ei)
{
	for (size_t i = 0; i < config->nroots; i++)
		if (beneath(config->roots[i], path)) {
			*ret_root = config->roots[i];
			return ERR_OK;
		}
	if (!config->nroots)
		return err_set(ei, ERR_ACCESS_DENIED, "Remote callers may not write anywhere on this machine; "
		    "its administrator can allow directories with [remote] Roots=.");
	return err_set(ei, ERR_ACCESS_DENIED, "Remote callers may write only beneath the directories of "
	    "[remote] Roots=, and %.200s is not.", path);
}
