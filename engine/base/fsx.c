/* SPDX-License-Identifier: MIT
 * engine/base/fsx.c: see fsx.h.
 */
#include "engine/base/fsx.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/auto.h"

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static bool has_dotdot(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2)
		if ((p == path || p[-1] == '/') && (p[2] == '/' || !p[2]))
			return true;
	return false;
}

bool fsx_name_ok(const char *name)
{
	return *name && strlen(name) <= FSX_NAME_MAX && !strchr(name, '/') && strcmp(name, ".") &&
	    strcmp(name, "..") && !has_control(name);
}

enum err fsx_path_check(const char *path, struct errinfo *ei)
{
	const char *name = strrchr(path, '/');

	if (path[0] != '/')
		return err_set(ei, ERR_INVALID_ARG, "\"%.200s\" is not an absolute path; begin it with /.",
		    path);
	if (strlen(path) > FSX_PATH_MAX)
		return err_set(ei, ERR_INVALID_ARG, "The path is longer than %d bytes.", FSX_PATH_MAX);
	if (has_control(path))
		return err_set(ei, ERR_INVALID_ARG, "The path has a control character in it.");
	if (has_dotdot(path))
		return err_set(ei, ERR_INVALID_ARG, "\"%.200s\" has a .. in it; write the path without.", path);
	if (strlen(name + 1) > FSX_NAME_MAX)
		return err_set(ei, ERR_INVALID_ARG, "The file name is longer than %d bytes.", FSX_NAME_MAX);
	if (!fsx_name_ok(name + 1))
		return err_set(ei, ERR_INVALID_ARG, "\"%.200s\" names a directory; add the name of a file.",
		    path);
	return ERR_OK;
}

static int open_beneath(int at, const char *path, uint64_t resolve)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
	    .resolve = RESOLVE_NO_MAGICLINKS | resolve };
	long fd = syscall(SYS_openat2, at, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* The first of the roots that is `dir` or above it, judged by the letters; its length, 0 if none. */
static size_t find_root(const char *roots, const char *dir, const char **ret)
{
	for (const char *p = roots; *p; p += strspn(p, ":")) {
		size_t whole = strcspn(p, ":"), len = whole;

		while (len > 1 && p[len - 1] == '/')
			len--;
		if (*p == '/' && !strncmp(p, dir, len) && (len == 1 || dir[len] == '/' || !dir[len])) {
			*ret = p;
			return len;
		}
		p += whole;
	}
	return 0;
}

static int open_in_root(const char *dir, const char *root, size_t len)
{
	char text[FSX_PATH_MAX + 1];
	AUTO_CLOSE int fd = -1;

	memcpy(text, root, len);
	text[len] = '\0';
	fd = open_beneath(AT_FDCWD, text, 0);
	if (fd < 0)
		return fd;
	dir += len;
	dir += strspn(dir, "/");
	return open_beneath(fd, *dir ? dir : ".", RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static enum err refuse_dir(const char *dir, bool rooted, struct errinfo *ei)
{
	int e = errno;
	enum err err;

	if (rooted && (e == EXDEV || e == ELOOP))
		err = err_set(ei, ERR_ACCESS_DENIED, "\"%.200s\" leads out of the directories remote callers "
		    "may write to, or through a link. The administrator names them as Roots= in the section "
		    "[remote].", dir);
	else if (e == ENOENT)
		err = err_set(ei, ERR_PATH_NOT_FOUND, "The directory %.200s does not exist. Create it, or "
		    "choose another place for the file.", dir);
	else if (e == ENOTDIR || e == ELOOP)
		err = err_set(ei, ERR_PATH_NOT_FOUND, "%.200s is not a directory, or something above it "
		    "is not.", dir);
	else if (e == EACCES || e == EPERM)
		err = err_set(ei, ERR_FILE_ACCESS, "The job's owner may not enter the directory %.200s.", dir);
	else
		err = err_set(ei, e == ENOMEM || e == EMFILE || e == ENFILE ? ERR_NO_MEMORY : ERR_FILE_ACCESS,
		    "The directory %.200s cannot be opened: %s.", dir, strerror(e));
	errno = e;
	return err;
}

enum err fsx_place_open(const char *path, const char *roots, struct fsx_place *ret, struct errinfo *ei)
{
	char dir[FSX_PATH_MAX + 2];
	const char *root = NULL, *name;
	size_t len = 0;
	enum err err = fsx_path_check(path, ei);
	int fd;

	errno = 0;
	if (err)
		return err;
	name = strrchr(path, '/') + 1;
	memcpy(dir, path, (size_t)(name - path));
	dir[name - path - (name - path > 1)] = '\0';		/* "/" stays, "/a/" becomes "/a" */
	if (*roots && !(len = find_root(roots, dir, &root)))
		return err_set(ei, ERR_ACCESS_DENIED, "\"%.200s\" is not beneath a directory remote callers "
		    "may write to. The administrator names them as Roots= in the section [remote].", path);
	fd = *roots ? open_in_root(dir, root, len) : open_beneath(AT_FDCWD, dir, 0);
	if (fd < 0) {
		errno = -fd;
		return refuse_dir(dir, *roots, ei);
	}
	ret->dir = fd;
	strcpy(ret->name, name);
	return ERR_OK;
}

void fsx_place_done(struct fsx_place *p)
{
	if (p->dir >= 0)
		close(p->dir);
	p->dir = -1;
}

/* Sticky directories (/tmp) let only a file's or the directory's owner replace the file. */
static bool is_held_by_other(const struct fsx_place *p, const struct stat *st)
{
	struct stat dir;

	return geteuid() != 0 && !fstat(p->dir, &dir) && dir.st_mode & S_ISVTX && st->st_uid != geteuid() &&
	    dir.st_uid != geteuid();
}

enum err fsx_may_create(const struct fsx_place *p, const char *path, struct errinfo *ei)
{
	struct stat st;

	/* Asked of the kernel instead of tried: nothing is left behind, no time stamp moves, and it works on
	 * file systems without unnamed files. It promises nothing; the transfer finds out again by doing. */
	if (faccessat(p->dir, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return err_set(ei, ERR_FILE_ACCESS, "The job's owner may not create files in the directory of "
		    "%.200s: %s.", path, strerror(errno));
	if (fsx_stat(p->dir, p->name, &st) < 0)
		return ERR_OK;
	if (S_ISDIR(st.st_mode))
		return err_set(ei, ERR_FILE_ACCESS, "%.200s is a directory; add the name of a file.", path);
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return err_set(ei, ERR_FILE_ACCESS, "%.200s is a device, pipe or socket; dray replaces files "
		    "only.", path);
	if (is_held_by_other(p, &st))
		return err_set(ei, ERR_FILE_ACCESS, "%.200s belongs to somebody else, and its directory does "
		    "not let others replace it.", path);
	return ERR_OK;
}

/* A regular file with one name and this identity, whoever has it. */
static bool is_identical(const struct stat *st, uint64_t dev, uint64_t ino)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 && st->st_dev == dev && st->st_ino == ino;
}

static bool is_same(const struct stat *st, uint64_t dev, uint64_t ino)
{
	return is_identical(st, dev, ino) && st->st_uid == geteuid();
}

int fsx_stat_same(int dir, const char *name, uint64_t dev, uint64_t ino, struct stat *st)
{
	if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return is_same(st, dev, ino) ? 0 : -ESTALE;
}

bool fsx_may_list(int dir)
{
	return faccessat(dir, ".", R_OK | X_OK, AT_EACCESS) == 0;
}

int fsx_open_same(int dir, const char *name, uint64_t dev, uint64_t ino, struct stat *st)
{
	AUTO_CLOSE int fd = -1;
	int r = fsx_stat_same(dir, name, dev, ino, st);

	if (r)				/* before opening: opening a device or pipe does things */
		return r;
	fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, st) < 0)
		return -errno;
	if (!is_same(st, dev, ino))
		return -ESTALE;
	return TAKE_FD(fd);
}

int fsx_take(int dir, const char *name, uint64_t dev, uint64_t ino, bool take)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!is_identical(&st, dev, ino) || st.st_uid == geteuid())
		return 0;
	if (geteuid() != 0)
		return -EPERM;
	if (!take)
		return 0;
	fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!is_identical(&st, dev, ino))
		return -ESTALE;
	return fchown(fd, geteuid(), getegid()) < 0 ? -errno : 0;
}

int fsx_open_new(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

int fsx_open_over(int dir, const char *name)
{
	struct stat st;
	int fd, r = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;

	if (r == -ENOENT) {
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		return fd < 0 ? -errno : fd;
	}
	if (r)
		return r;
	return fsx_open_same(dir, name, st.st_dev, st.st_ino, &st);
}

int fsx_stat(int dir, const char *name, struct stat *st)
{
	return fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int fsx_unlink(int dir, const char *name)
{
	return unlinkat(dir, name, 0) < 0 ? -errno : 0;
}

int fsx_rename(int dir, const char *from, const char *to)
{
	return renameat(dir, from, dir, to) < 0 ? -errno : 0;
}

int fsx_sync_dir(int dir, int fd)
{
	AUTO_CLOSE int readable = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (readable < 0)		/* a directory one may write to but not list */
		return syncfs(fd) < 0 ? -errno : 0;
	return fsync(readable) < 0 ? -errno : 0;
}

int fsx_free_bytes(int dir, uint64_t *ret)
{
	struct statvfs vfs;

	if (fstatvfs(dir, &vfs) < 0)
		return -errno;
	*ret = vfs.f_blocks ? (uint64_t)vfs.f_bavail * vfs.f_frsize : UINT64_MAX;
	return 0;
}
