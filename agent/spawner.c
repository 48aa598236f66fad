/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/spawner.c: see spawner.h.
 */
#include "agent/spawner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/auto.h"
#include "engine/base/log.h"
#include "engine/worker/worker.h"

bool spawner_may(const struct spawner_policy *policy, uint32_t self, uint32_t uid)
{
	for (unsigned i = 0; i < policy->nuids; i++)
		if (policy->uids[i] == uid)
			return !policy->only_self || uid == self;
	return policy->only_self ? uid == self : uid != 0 && uid != (uint32_t)-1;
}

/* Becomes uid for good; false leaves the process unfit to go on. */
static bool become(uint32_t uid)
{
	struct passwd *pw;

	if (geteuid() == uid)
		return true;
	pw = getpwuid(uid);
	if (!pw || initgroups(pw->pw_name, pw->pw_gid) < 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 || setresuid(uid, uid, uid) < 0)
		return false;
	return getuid() == uid && geteuid() == uid && setuid(0) < 0;
}

static void serve(const struct spawner_policy *policy, int sock, uint32_t uid, int fd)
{
	pid_t pid;

	if (!spawner_may(policy, geteuid(), uid)) {
		log_warn("no worker for uid %u: it is not one this agent serves", uid);
		return;
	}
	pid = fork();
	if (pid < 0)
		log_error("cannot start a worker: %s", strerror(errno));
	if (pid)
		return;
	close(sock);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_NAME, "dray-worker");
	log_init("dray-worker", LOG_LEVEL_INFO);
	if (!become(uid)) {
		log_error("cannot become uid %u: %s", uid, strerror(errno));
		_exit(1);
	}
	if (chdir("/") < 0)
		_exit(1);
	exit(worker_main(fd));
}

static bool read_request(int sock, uint32_t *ret_uid, int *ret_fd)
{
	union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int))]; } control;
	struct iovec iov = { ret_uid, sizeof(*ret_uid) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
	    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	*ret_fd = -1;
	c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return n == sizeof(*ret_uid);
}

static void spawner_main(const struct spawner_policy *policy, int sock)
{
	uint32_t uid;
	int fd;

	prctl(PR_SET_NAME, "dray-spawner");
	log_init("dray-spawner", LOG_LEVEL_INFO);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGINT, SIG_IGN);	/* the agent decides; we follow when its socket closes */
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	while (read_request(sock, &uid, &fd)) {
		if (fd >= 0) {
			serve(policy, sock, uid, fd);
			close(fd);
		}
	}
}

int spawner_start(const struct spawner_policy *policy)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid = fork();
	if (pid < 0) {
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	if (!pid) {
		close(pair[0]);
		spawner_main(policy, pair[1]);
		_exit(0);
	}
	close(pair[1]);
	return pair[0];
}

int spawner_ask(int spawner, uint32_t uid)
{
	union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int))]; } control = { 0 };
	struct iovec iov = { &uid, sizeof(uid) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
	    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &pair[1], sizeof(int));
	if (sendmsg(spawner, &msg, MSG_NOSIGNAL) < 0) {
		int error = errno;

		close(pair[0]);
		close(pair[1]);
		errno = error;
		return -1;
	}
	close(pair[1]);
	return pair[0];
}
