/* SPDX-License-Identifier: MIT
 * tests/crash/killpoint.c: for LD_PRELOAD. Counts what makes bytes and names durable (fsync, rename,
 * unlink and their kin), a step before and a step after each, over all processes of the agent, and
 * kills the process group at the step the test wants. The count is a number in the file
 * $DRAY_KILLPOINT, mapped by all: 0 counts nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int32_t *left;

__attribute__((constructor)) static void map(void)
{
	const char *path = getenv("DRAY_KILLPOINT");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*left), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	left = at == MAP_FAILED ? NULL : at;
	if (fd >= 0)
		close(fd);
}

static void step(void)
{
	if (left && __atomic_load_n(left, __ATOMIC_SEQ_CST) > 0 &&
	    __atomic_sub_fetch(left, 1, __ATOMIC_SEQ_CST) == 0)
		kill(0, SIGKILL);
}

#define COUNTED(name, params, args) \
int name params \
{ \
	static int (*real) params; \
	int r; \
	if (!real) \
		*(void **)&real = dlsym(RTLD_NEXT, #name); \
	step(); \
	r = real args; \
	step(); \
	return r; \
}

COUNTED(fsync, (int fd), (fd))
COUNTED(fdatasync, (int fd), (fd))
COUNTED(syncfs, (int fd), (fd))
COUNTED(ftruncate64, (int fd, off64_t len), (fd, len))
COUNTED(ftruncate, (int fd, off_t len), (fd, len))
COUNTED(rename, (const char *from, const char *to), (from, to))
COUNTED(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
COUNTED(unlink, (const char *path), (path))
COUNTED(unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
