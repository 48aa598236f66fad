/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/own_files.c: see own_files.h. Nothing is looked up per request unless a root holds one of our places.
 */
#include "agent/own_files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/auto.h"
#include "engine/base/log.h"

#define PLACES 8

struct place {
	char path[PATH_MAX];		/* without links */
	char name[NAME_MAX + 1];	/* its last part */
	dev_t dev;			/* of the directory it is in */
	ino_t ino;
};

struct own_files {
	struct place places[PLACES];
	unsigned n;
	bool near;			/* a root holds one of them */
};

/* The directory of path, as text; false: too long, or there is none. */
static bool parent_of(const char *path, char *out, size_t room)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (!slash || len + 2 > room)
		return false;
	memcpy(out, path, len);
	snprintf(out + len, room - len, "%s", len ? "" : "/");
	return true;
}

static bool beneath(const char *root, const char *path)
{
	size_t len = strlen(root);

	while (len && root[len - 1] == '/')
		len--;
	return !strncmp(root, path, len) && (!path[len] || path[len] == '/');
}

/* It need not exist (yet); its directory must. */
static void add(struct own_files *k, const char *path)
{
	struct place *p = &k->places[k->n];
	char dir[PATH_MAX], real[PATH_MAX];
	const char *name = strrchr(path, '/');
	struct stat st;

	if (k->n == PLACES || !name || !parent_of(path, dir, sizeof(dir)) || !realpath(dir, real) ||
	    stat(real, &st) < 0)
		return;
	if ((size_t)snprintf(p->name, sizeof(p->name), "%s", name + 1) >= sizeof(p->name) ||
	    (size_t)snprintf(p->path, sizeof(p->path), "%s/%s", strcmp(real, "/") ? real : "", name + 1) >=
	    sizeof(p->path))
		return;
	p->dev = st.st_dev;
	p->ino = st.st_ino;
	k->n++;
}

/* The place, and where it leads if it is a link. */
static void add_both(struct own_files *k, const char *path)
{
	char real[PATH_MAX];

	if (!path || *path != '/')
		return;
	add(k, path);
	if (realpath(path, real) && k->n && strcmp(real, k->places[k->n - 1].path))
		add(k, real);
}

static void look_at_root(struct own_files *k, const char *root)
{
	char real[PATH_MAX];

	if (!realpath(root, real))
		snprintf(real, sizeof(real), "%s", root);
	for (unsigned i = 0; i < k->n; i++) {
		/* either way round: a root inside the state directory is ours as well */
		if (!beneath(real, k->places[i].path) && !beneath(k->places[i].path, real))
			continue;
		k->near = true;
		log_warn("Roots=%s holds %s, which is the agent's own; remote callers are refused there", root,
		    k->places[i].path);
	}
}

struct own_files *own_files_new(const struct config *config)
{
	struct own_files *k = calloc(1, sizeof(*k));
	char file[PATH_MAX], dropins[PATH_MAX + 2];

	if (!k)
		return NULL;
	add_both(k, config->state_dir);
	add_both(k, config->users_file);
	add_both(k, config->socket);
	if (config->file && realpath(config->file, file)) {
		snprintf(dropins, sizeof(dropins), "%s.d", file);
		add(k, file);
		add(k, dropins);
	}
	for (size_t i = 0; i < config->nroots; i++)
		look_at_root(k, config->roots[i]);
	return k;
}

void own_files_free(struct own_files *k)
{
	free(k);
}

/* Is dir/name one of the places? dir is followed through links: that is where the file would go. */
static bool is_place(const struct own_files *k, const char *dir, const char *name, size_t len)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return false;
	for (unsigned i = 0; i < k->n; i++)
		if (k->places[i].ino == st.st_ino && k->places[i].dev == st.st_dev &&
		    strlen(k->places[i].name) == len && !strncmp(k->places[i].name, name, len))
			return true;
	return false;
}

bool own_files_has(const struct own_files *k, const char *path)
{
	char dir[PATH_MAX];

	if (!k->near || strlen(path) >= sizeof(dir))
		return false;
	for (const char *p = path; *p; ) {
		size_t len;

		p += strspn(p, "/");
		len = strcspn(p, "/");
		memcpy(dir, path, (size_t)(p - path));
		dir[p - path] = '\0';
		if (len && is_place(k, dir, p, len))
			return true;
		p += len;
	}
	return false;
}
