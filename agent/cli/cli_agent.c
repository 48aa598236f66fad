/* SPDX-License-Identifier: MIT
 * agent/cli/cli_agent.c: see cli_agent.h.
 *
 *   dray -- fork -> (setsid, fork -> drayd, exit)     the pid comes back through a pipe,
 *     `-- waits: socket accepts | drayd ended | 10 s   its end is seen through a pidfd
 *
 * Two commands may start an agent at the same moment; the second drayd gives up and its
 * command finds the first one's socket.
 */
#include "agent/cli/cli_agent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/cli/cli_say.h"
#include "engine/base/auto.h"
#include "engine/base/now.h"
#include "include/dray.h"

#define WAIT_MS 10000
#define AFTER_END_MS 1500	/* the agent that was quicker may still be getting ready */
#define LOG_MAX (1 << 20)

bool cli_agent_answers(const char *socket_path, bool *ret_absent)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*ret_absent = false;
	if (fd < 0 || strlen(socket_path) >= sizeof(to.sun_path))
		return false;
	strcpy(to.sun_path, socket_path);
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return true;
	*ret_absent = errno == ENOENT || errno == ECONNREFUSED;
	return false;
}

static bool try_at(const char *dir, size_t len, const char *name, char *out, size_t room)
{
	return snprintf(out, room, "%.*s/%s", (int)len, dir, name) < (int)room && !access(out, X_OK);
}

/* drayd beside dray, in the sbin beside its bin, or in PATH. */
static bool find_drayd(char *out, size_t room)
{
	static const char *const beside[] = { "drayd", "../sbin/drayd" };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *path = getenv("PATH");
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < COUNT(beside); i++)
		if (try_at(self, (size_t)(slash - self), beside[i], out, room))
			return true;
	for (; path && *path; path += strcspn(path, ":"), path += *path == ':')
		if (*path == '/' && try_at(path, strcspn(path, ":"), "drayd", out, room))
			return true;
	return false;
}

static bool make_dirs(char *path)
{
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0700);
		*p = '/';
	}
	return !mkdir(path, 0700) || errno == EEXIST;
}

/* The agent's standard error; an old log that grew large is set aside. */
static int open_log(char *path, size_t room)
{
	char dir[PATH_MAX], old[PATH_MAX + 8];
	struct stat st;

	if (!dray_default_state_dir(dir, sizeof(dir)) ||
	    snprintf(path, room, "%s/agent.log", dir) >= (int)room || !make_dirs(dir))
		return -1;
	if (!stat(path, &st) && st.st_size > LOG_MAX) {
		snprintf(old, sizeof(old), "%s.old", path);
		rename(path, old);
	}
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void become(const char *drayd, int log)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(log, 2) < 0 || chdir("/"))
		_exit(126);
	close_range(3, ~0U, 0);
	execl(drayd, "drayd", "--mode", "user", "--foreground", (char *)NULL);
	dprintf(2, "dray: cannot run %s: %s\n", drayd, strerror(errno));
	_exit(127);
}

/* Two forks, so that the agent is nobody's child and has no terminal. Its pid, or -1. */
static pid_t launch(const char *drayd, int log)
{
	pid_t middle, agent = -1;
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	middle = fork();
	if (middle == 0) {
		setsid();
		agent = fork();
		if (agent == 0)
			become(drayd, log);
		_exit(write(pipes[1], &agent, sizeof(agent)) != sizeof(agent));
	}
	close(pipes[1]);
	if (middle > 0) {
		if (read(pipes[0], &agent, sizeof(agent)) != sizeof(agent))
			agent = -1;
		while (waitpid(middle, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(pipes[0]);
	return agent;
}

static void last_line(const char *path, char *out, size_t room)
{
	char tail[2048];
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;
	char *line;

	out[0] = '\0';
	if (fd >= 0 && !fstat(fd, &st))
		n = pread(fd, tail, sizeof(tail) - 1, st.st_size > 2047 ? st.st_size - 2047 : 0);
	while (n > 0 && tail[n - 1] == '\n')
		n--;
	tail[n > 0 ? n : 0] = '\0';
	line = strrchr(tail, '\n');
	snprintf(out, room, "%.*s", (int)room - 1, line ? line + 1 : tail);
}

/* Until the socket accepts; false: time is over, or drayd ended and nobody else took its place. */
static bool wait_for(const char *socket_path, pid_t agent)
{
	AUTO_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, agent, 0);
	uint64_t end = now_ms() + WAIT_MS;
	bool ended = pidfd < 0 && errno == ESRCH, absent;

	if (ended)
		end = now_ms() + AFTER_END_MS;
	while (!cli_agent_answers(socket_path, &absent)) {
		struct pollfd p = { .fd = ended ? -1 : pidfd, .events = POLLIN };

		if (now_ms() >= end)
			return false;
		if (poll(&p, 1, 50) > 0) {
			ended = true;
			end = now_ms() + AFTER_END_MS;
		}
	}
	return true;
}

bool cli_agent_start(const char *socket_path)
{
	char drayd[PATH_MAX], log_path[PATH_MAX] = "", why[512];
	AUTO_CLOSE int log = -1;
	pid_t agent;

	if (!find_drayd(drayd, sizeof(drayd))) {
		say("no agent runs and drayd is neither beside dray nor in PATH");
		return false;
	}
	log = open_log(log_path, sizeof(log_path));
	if (log < 0) {
		say("no agent runs and none can be started: %s%s%s", log_path[0] ? log_path : "",
		    log_path[0] ? ": " : "", log_path[0] ? strerror(errno) : "set HOME or XDG_STATE_HOME");
		return false;
	}
	agent = launch(drayd, log);
	if (agent > 0 && wait_for(socket_path, agent))
		return true;
	last_line(log_path, why, sizeof(why));
	say("the agent did not start; its last words: %s (all of them: %s)", why[0] ? why : "none", log_path);
	return false;
}
