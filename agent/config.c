/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/config.c: dray.conf; the only door to inih. Keys are rows of schemas/config.def.
 *
 * A key nobody knows is refused, with its line: a misspelt Roots= that is only warned about
 * would be found when it hurts. See docs/decisions/0004.
 */
#include "agent/config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ini.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"
#include "include/dray.h"

#define LINE_MAX_BYTES 198	/* inih cuts longer lines in two */

enum kind { KIND_TEXT, KIND_PATH, KIND_PATHS, KIND_BOOL, KIND_NO };

struct reading {
	struct config *c;
	const char *file;
	struct errinfo *ei;
	bool failed;
	const char *policy_file[POLICY__COUNT];	/* the file that said it last: its lines add up, another replaces */
};

static int fail(struct reading *r, const char *fmt, const char *a, const char *b)
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

static bool set_text(char **member, const char *value)
{
	free(*member);
	*member = strdup(value);
	return *member != NULL;
}

static int add_paths(struct reading *r, const char *name, char **paths, size_t *n, const char *value)
{
	AUTO_FREE char *list = strdup(value);
	char *save, *one;

	for (one = list ? strtok_r(list, ":", &save) : NULL; one; one = strtok_r(NULL, ":", &save)) {
		if (one[0] != '/')
			return fail(r, "%s= must be absolute paths separated by colons; \"%.100s\" is not one",
			    name, one);
		if (*n == CONFIG_ROOTS)
			return fail(r, "there are more than 64 %s%s", name, "");
		paths[*n] = strdup(one);
		if (!paths[(*n)++])
			return fail(r, "out of memory%s%s", "", "");
	}
	return list != NULL;
}

static int set_value(struct reading *r, enum kind kind, const char *name, void *member, const char *value)
{
	bool yes;

	switch (kind) {
	case KIND_PATH:
		if (*value && *value != '/')
			return fail(r, "%s= must be an absolute path, not \"%.100s\"", name, value);
		return set_text(member, value);
	case KIND_TEXT:
		return set_text(member, value);
	case KIND_PATHS:
		return add_paths(r, name, member, member == (void *)r->c->roots ? &r->c->nroots : &r->c->nnotify,
		    value);
	case KIND_BOOL:
		return text_bool(value, member) || fail(r, "%s= is yes or no, not \"%.100s\"", name, value);
	case KIND_NO:
		return !*value || (text_bool(value, &yes) && !yes) ||
		    fail(r, "%s=%.100s is not available in this version of dray; remove the line", name, value);
	}
	return 0;
}

static struct config_listener *listener(struct reading *r, const char *section)
{
	struct config *c = r->c;
	const char *name = section + strcspn(section, " ");
	struct config_listener *l;

	name += strspn(name, " ");
	for (size_t i = 0; i < c->nlisteners; i++)
		if (!strcmp(c->listeners[i].name, name))
			return &c->listeners[i];
	if (c->nlisteners == CONFIG_LISTENERS)
		return NULL;
	l = &c->listeners[c->nlisteners];
	l->name = strdup(name);
	l->address = strdup("");
	l->transport = strdup("http");
	l->file = strdup(r->file);
	c->nlisteners += l->name && l->address && l->transport && l->file;
	return l->file ? l : NULL;
}

static const struct row {
	const char *section, *name;
	enum kind kind;
	size_t at;		/* in struct config, or in struct config_listener */
	const char *dflt;
} rows[] = {
#define KEY(section, name, kind, member, dflt, help) \
	{ section, #name, KIND_##kind, offsetof(struct config, member), dflt },
#define LISTENER_KEY(name, kind, member, dflt, help) \
	{ "listener", #name, KIND_##kind, offsetof(struct config_listener, member), dflt },
#define PROFILE_KEY(name, member, help)
#define LATER_KEY(section, name, help) { section, #name, KIND_NO, 0, "" },
#include "schemas/config.def"
#undef KEY
#undef LISTENER_KEY
#undef PROFILE_KEY
#undef LATER_KEY
};

/* [limits]: the policies. */

/* A text in several lines of a file: one line has room for 198 bytes. */
static bool add_line(const char **text, const char *value, bool more)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", more ? *text : "", more ? "; " : "", value) < 0)
		return false;
	free((char *)*text);
	*text = joined;
	return true;
}

static int on_limit(struct reading *r, const char *name, const char *value)
{
	struct errinfo why = { 0 };
	unsigned i = 0;

	while (i < POLICY__COUNT && !text_ieq(name, eng_policy_name(i)))
		i++;
	if (i == POLICY__COUNT)
		return fail(r, "[limits] has no key \"%.60s\"; correct it or remove the line%s", name, "");
	if (eng_policy_check(i, value, &why))
		return fail(r, "%s%s", why.text, "");
	if (eng_policy_is_number(i))
		r->c->policies[i].num = strtoull(value, NULL, 0);
	else if (!add_line(&r->c->policies[i].text, value, r->policy_file[i] == r->file))
		return fail(r, "out of memory%s%s", "", "");
	r->policy_file[i] = r->file;
	r->c->policies[i].fixed = true;
	return 1;
}

/* [bandwidth NAME]. */

static bool is_profile(const char *section)
{
	return text_iprefix(section, "bandwidth") && (!section[9] || section[9] == ' ');
}

static struct eng_profile *profile(struct reading *r, const char *section)
{
	const char *name = section + strcspn(section, " ");
	struct config *c = r->c;

	name += strspn(name, " ");
	for (size_t i = 0; i < c->nprofiles; i++)
		if (!strcmp(c->profiles[i].name, name))
			return &c->profiles[i];
	if (c->nprofiles == CONFIG_PROFILES)
		return NULL;
	c->profiles[c->nprofiles] = (struct eng_profile){ .name = strdup(name) };
	return c->profiles[c->nprofiles].name ? &c->profiles[c->nprofiles++] : NULL;
}

static const struct { const char *name; size_t at; } profile_keys[] = {
#define KEY(section, name, kind, member, dflt, help)
#define LISTENER_KEY(name, kind, member, dflt, help)
#define LATER_KEY(section, name, help)
#define PROFILE_KEY(name, member, help) { #name, offsetof(struct eng_profile, member) },
#include "schemas/config.def"
#undef KEY
#undef LISTENER_KEY
#undef LATER_KEY
#undef PROFILE_KEY
};

static int on_profile(struct reading *r, const char *section, const char *name, const char *value)
{
	struct eng_profile *p = profile(r, section);
	struct errinfo why = { 0 };
	const char **text;
	size_t i = 0;

	if (!p)
		return fail(r, "there are more than 16 [bandwidth] sections%s%s", "", "");
	while (i < COUNT(profile_keys) && !text_ieq(name, profile_keys[i].name))
		i++;
	if (i == COUNT(profile_keys))
		return fail(r, "[bandwidth] has no key \"%.60s\"; correct it or remove the line%s", name, "");
	text = (const char **)(void *)((char *)p + profile_keys[i].at);
	if (!add_line(text, value, *text && text_ieq(name, "Schedule")))
		return fail(r, "out of memory%s%s", "", "");
	return !eng_profile_check(p, &why) || fail(r, "%s%s", why.text, "");
}

/* The one without a name is for all places no other is for. */
static void last_is_for_all(struct config *c)
{
	for (size_t i = 0; i + 1 < c->nprofiles; i++)
		if (!*c->profiles[i].name) {
			struct eng_profile all = c->profiles[i];

			c->profiles[i] = c->profiles[i + 1];
			c->profiles[i + 1] = all;
		}
}

static bool is_listener(const char *section)
{
	return text_iprefix(section, "listener") && (!section[8] || section[8] == ' ');
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	const char *kind_of_section = is_listener(section) ? "listener" : section;
	bool section_known = false;

	if (text_ieq(section, "limits"))
		return on_limit(r, name, value);
	if (is_profile(section))
		return on_profile(r, section, name, value);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *base = (char *)r->c;

		if (!text_ieq(kind_of_section, rows[i].section))
			continue;
		section_known = true;
		if (!text_ieq(name, rows[i].name))
			continue;
		if (is_listener(section) && !(base = (char *)listener(r, section)))
			return fail(r, "there are more than 8 listeners%s%s", "", "");
		return set_value(r, rows[i].kind, rows[i].name, base + rows[i].at, value);
	}
	return section_known ? fail(r, "[%.40s] has no key \"%.60s\"; correct it or remove the line",
	    section, name) : fail(r, "there is no section [%.60s]; correct it or remove it%s", section, "");
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

static enum err fill_places(struct config *c, struct errinfo *ei)
{
	char path[4200];
	bool ok = true;

	if (!*c->state_dir) {
		if (c->user_mode && !dray_default_state_dir(path, sizeof(path)))
			return err_set(ei, ERR_INVALID_ARG, "neither XDG_STATE_HOME nor HOME is set; set one "
			    "of them or [agent] StateDirectory=");
		ok &= set_text(&c->state_dir, c->user_mode ? path : "/var/lib/dray");
	}
	if (!*c->socket) {
		if (c->user_mode && !dray_default_socket(path, sizeof(path)))
			return err_set(ei, ERR_INVALID_ARG, "the path of the socket is too long; set [agent] "
			    "Socket=");
		ok &= set_text(&c->socket, c->user_mode ? path : "/run/dray/dray.sock");
	}
	return ok ? ERR_OK : err_plain(ei, ERR_NO_MEMORY);
}

static enum err check_whole(struct config *c, struct errinfo *ei)
{
	for (size_t i = 0; i < c->nlisteners; i++) {
		struct config_listener *l = &c->listeners[i];

		if (text_ieq(l->transport, "https"))
			return err_set(ei, ERR_INVALID_ARG, "%s:%d: Transport=https is not available in this "
			    "version of dray; listen on loopback with http behind a TLS proxy", l->file,
			    l->transport_line);
		if (!text_ieq(l->transport, "http"))
			return err_set(ei, ERR_INVALID_ARG, "%s:%d: Transport= is http, not \"%.40s\"", l->file,
			    l->transport_line, l->transport);
		if (!*l->address)
			return err_set(ei, ERR_INVALID_ARG, "%s: [listener %.40s] has no Address=; add one, "
			    "for example Address=127.0.0.1:5985", l->file, l->name);
	}
	if (c->basic && !*c->users_file)
		return err_set(ei, ERR_INVALID_ARG, "%s: Basic=yes needs UsersFile=; make one with: dray "
		    "passwd --file FILE --role admin NAME", c->file);
	if (c->basic && access(c->users_file, R_OK) < 0)
		return err_set(ei, ERR_FILE_NOT_FOUND, "%s:%d: cannot read UsersFile %s: %s; make it with: "
		    "dray passwd --file %s --role admin NAME", c->file, c->users_file_line, c->users_file,
		    strerror(errno), c->users_file);
	return ERR_OK;
}

static enum err set_defaults(struct reading *r)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].section, "listener") && rows[i].kind != KIND_NO &&
		    rows[i].kind != KIND_PATHS &&
		    !set_value(r, rows[i].kind, rows[i].name, (char *)r->c + rows[i].at, rows[i].dflt))
			return ERR_NO_MEMORY;
	return ERR_OK;
}

enum err config_read(const char *file, bool user_mode, struct config *ret, struct errinfo *ei)
{
	struct reading r = { .c = ret, .ei = ei, .file = "" };
	const char *home = getenv("XDG_CONFIG_HOME");
	char path[4200];
	enum err err;

	memset(ret, 0, sizeof(*ret));
	ret->user_mode = user_mode;
	err = set_defaults(&r);
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
	last_is_for_all(ret);
	if (!err)
		err = fill_places(ret, ei);
	if (!err)
		err = check_whole(ret, ei);
	return err;
}

void config_done(struct config *c)
{
	char **texts[] = { &c->file, &c->state_dir, &c->socket, &c->user, &c->users_file, &c->local_system,
	    &c->local_service, &c->network_service };

	for (size_t i = 0; i < COUNT(texts); i++)
		free(*texts[i]);
	for (size_t i = 0; i < POLICY__COUNT; i++)
		free((char *)c->policies[i].text);
	for (size_t i = 0; i < c->nprofiles; i++) {
		free((char *)c->profiles[i].name);
		for (size_t k = 0; k < COUNT(profile_keys); k++)
			free(*(char **)(void *)((char *)&c->profiles[i] + profile_keys[k].at));
	}
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
