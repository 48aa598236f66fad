/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/config.c: dray.conf and what stands beside it, in order; the only door to inih. Keys are rows
 * of schemas/config.def.
 */
#include "agent/config_own.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ini.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

#define LINE_MAX_BYTES 198	/* inih cuts longer lines in two */

int config_fail(struct reading *r, const char *fmt, const char *a, const char *b)
{
	char text[600];

	if (r->failed)
		return 0;
	r->failed = true;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), fmt, a, b);
#pragma GCC diagnostic pop
	err_set(r->ei, ERR_INVALID_ARG, "%s", text);
	return 0;
}

bool config_set_text(char **member, const char *value)
{
	free(*member);
	*member = strdup(value);
	return *member != NULL;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	if (text_ieq(section, "limits"))
		return config_on_limit(r, name, value);
	if (config_is_profile(section))
		return config_on_profile(r, section, name, value);
	return config_on_key(r, section, name, value);
}

/* inih would cut a long line in two and complain about the second half. */
static int first_long_line(FILE *f)
{
	int long_line = 0, line = 1, c;
	size_t len = 0;

	while (!long_line && (c = getc(f)) != EOF) {
		len = c == '\n' ? 0 : len + 1;
		if (len > LINE_MAX_BYTES)
			long_line = line;
		line += c == '\n';
	}
	rewind(f);
	return long_line;
}

/* Keeps the line of what may turn out wrong only later (a port in use, a file that cannot be read). */
static void note_lines(struct reading *r, FILE *f)
{
	char line[LINE_MAX_BYTES + 2];
	size_t at = (size_t)-1;

	rewind(f);
	for (int n = 1; fgets(line, sizeof(line), f); n++) {
		const char *p = line + strspn(line, " \t");

		if (text_iprefix(p, "[listener") && at + 1 < r->c->nlisteners)
			at++;
		else if (text_iprefix(p, "Address") && at < r->c->nlisteners)
			r->c->listeners[at].line = n;
		else if (text_iprefix(p, "Transport") && at < r->c->nlisteners)
			r->c->listeners[at].transport_line = n;
		else if (text_iprefix(p, "StateDirectory"))
			r->c->state_dir_line = n;
		else if (text_iprefix(p, "Socket"))
			r->c->socket_line = n;
		else if (text_iprefix(p, "UsersFile"))
			r->c->users_file_line = n;
	}
}

static enum err read_lines(struct reading *r, const char *path, FILE *f)
{
	int line = first_long_line(f);
	char why[500];

	if (line)
		return err_set(r->ei, ERR_INVALID_ARG, "%s:%d: the line is longer than %d bytes; Roots= may "
		    "be given on several lines", path, line, LINE_MAX_BYTES);
	line = ini_parse_file(f, on_key, r);
	snprintf(why, sizeof(why), "%s", r->failed ? r->ei->text : "this is neither Key=value nor [section]");
	if (line)
		return err_set(r->ei, ERR_INVALID_ARG, "%.200s:%d: %.250s", path, line < 0 ? 1 : line, why);
	note_lines(r, f);
	return ERR_OK;
}

static enum err read_file(struct reading *r, const char *path, bool must)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	enum err err;

	if (!f && errno == ENOENT && !must)
		return ERR_OK;
	if (f && !fstat(fileno(f), &st) && S_ISDIR(st.st_mode)) {	/* or it would read as an empty one */
		fclose(f);
		f = NULL;
		errno = EISDIR;
	}
	if (!f)
		return err_set(r->ei, ERR_FILE_NOT_FOUND, "cannot read the configuration %s: %s", path,
		    strerror(errno));
	r->file = path;
	err = read_lines(r, path, f);
	fclose(f);
	if (!err && !r->c->file)
		r->c->file = strdup(path);
	return err;
}

static int is_conf(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 5 && !strcmp(d->d_name + len - 5, ".conf");
}

/* dray.conf.d beside the file, in order of names. */
static enum err read_dropins(struct reading *r, const char *path)
{
	struct dirent **list = NULL;
	enum err err = ERR_OK;
	char dir[4208], one[4500];
	int n;

	snprintf(dir, sizeof(dir), "%s.d", path);
	n = scandir(dir, &list, is_conf, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(one, sizeof(one), "%s/%s", dir, list[i]->d_name);
		if (!err)
			err = read_file(r, one, true);
		free(list[i]);
	}
	free(list);
	return err;
}

enum err config_read(const char *file, bool user_mode, struct config *ret, struct errinfo *ei)
{
	struct reading r = { .c = ret, .ei = ei, .file = "" };
	const char *home = getenv("XDG_CONFIG_HOME");
	char path[4200];
	enum err err;

	memset(ret, 0, sizeof(*ret));
	ret->user_mode = user_mode;
	err = config_set_defaults(&r);
	if (file)
		snprintf(path, sizeof(path), "%s", file);
	else if (!user_mode)
		snprintf(path, sizeof(path), "/etc/dray/dray.conf");
	else
		snprintf(path, sizeof(path), "%s%s/dray/dray.conf", home && *home == '/' ? home :
		    getenv("HOME") ? getenv("HOME") : "/nonexistent", home && *home == '/' ? "" : "/.config");
	if (!err)
		err = read_file(&r, path, file != NULL);
	if (!err)
		err = read_dropins(&r, path);
	config_order_profiles(ret);
	if (!err)
		err = config_fill_places(ret, ei);
	if (!err)
		err = config_check_whole(ret, ei);
	return err;
}

void config_done(struct config *c)
{
	char **texts[] = { &c->file, &c->state_dir, &c->socket, &c->user, &c->users_file, &c->local_system,
	    &c->local_service, &c->network_service, &c->sinks };

	for (size_t i = 0; i < COUNT(texts); i++)
		free(*texts[i]);
	config_policy_done(c);
	for (size_t i = 0; i < c->nroots; i++)
		free(c->roots[i]);
	for (size_t i = 0; i < c->nnotify; i++)
		free(c->notify[i]);
	for (size_t i = 0; i < c->nlisteners; i++) {
		free(c->listeners[i].name);
		free(c->listeners[i].address);
		free(c->listeners[i].transport);
		free(c->listeners[i].file);
	}
	memset(c, 0, sizeof(*c));
}
