/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/users.c: see users.h; the agent's door to libxcrypt. The file is read for each check:
 * it is small, a check takes 60 ms anyway, and so a changed password holds at once.
 */
#include "agent/users.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <crypt.h>

#include "engine/base/auto.h"
#include "engine/base/log.h"

#define FILE_MAX (1 << 20)

struct users { char path[4096]; };

/* A hash nobody has the password of: makes an unknown name as slow as a wrong password. */
static const char nobody[] = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC";

struct users *users_new(const char *path)
{
	struct users *u = calloc(1, sizeof(*u));

	if (u)
		snprintf(u->path, sizeof(u->path), "%s", path);
	return u;
}

void users_free(struct users *u)
{
	free(u);
}

static enum prov_role role_of(const char *text)
{
	return !strcmp(text, "viewer") ? ROLE_VIEWER : !strcmp(text, "user") ? ROLE_USER :
	    !strcmp(text, "admin") ? ROLE_ADMIN : ROLE_NONE;
}

/* NULL unless it is an ordinary file: opening a pipe could wait for ever. */
static FILE *open_users(struct users *u)
{
	AUTO_CLOSE int fd = open(u->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	FILE *f = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX)
		f = fdopen(fd, "r");
	if (f)
		TAKE_FD(fd);
	else
		log_error("cannot read the users file %s; nobody can log in by password until it is back",
		    u->path);
	return f;
}

/* The user's row: role and hash, or ROLE_NONE. */
static enum prov_role find(struct users *u, const char *name, char *hash, size_t room)
{
	FILE *f = open_users(u);
	enum prov_role role = ROLE_NONE;
	AUTO_FREE char *line = NULL;
	char *save, *n, *r, *h;
	size_t size = 0;

	while (f && role == ROLE_NONE && getline(&line, &size, f) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		n = strtok_r(line, ":", &save);
		r = strtok_r(NULL, ":", &save);
		h = strtok_r(NULL, ":", &save);
		if (!h || line[0] == '#' || strcmp(n, name))
			continue;
		role = role_of(r);
		snprintf(hash, room, "%s", h);
	}
	if (f)
		fclose(f);
	return role;
}

/* Time does not tell where two hashes differ. */
static bool same(const char *a, const char *b)
{
	size_t len = strlen(a);
	unsigned char diff = len != strlen(b);

	for (size_t i = 0; i < len && i < strlen(b); i++)
		diff |= (unsigned char)(a[i] ^ b[i]);
	return !diff;
}

enum prov_role users_check(struct users *u, const char *name, const char *password)
{
	AUTO_FREE struct crypt_data *data = calloc(1, sizeof(*data));
	char hash[CRYPT_OUTPUT_SIZE];
	enum prov_role role = find(u, name, hash, sizeof(hash));
	const char *setting = role == ROLE_NONE ? nobody : hash, *got;
	bool good;

	if (!data)
		return ROLE_NONE;
	got = crypt_rn(password, setting, data, sizeof(*data));
	good = got && got[0] != '*' && same(got, setting) && role != ROLE_NONE;
	explicit_bzero(data, sizeof(*data));
	return good ? role : ROLE_NONE;
}

uint64_t users_generation(struct users *u)
{
	struct stat st;

	if (stat(u->path, &st) < 0)
		return 0;
	return (uint64_t)st.st_mtim.tv_sec * 1000000007u + (uint64_t)st.st_mtim.tv_nsec + st.st_ino * 31 +
	    (uint64_t)st.st_size;
}
