/* SPDX-License-Identifier: MIT
 * engine/worker/command.c: see command.h.
 */
#include "engine/worker/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/auto.h"
#include "engine/base/loop.h"
#include "engine/worker/notify_args.h"
#include "engine/worker/proto.h"

#define AT_ONCE 8			/* the engine asks for fewer */
#define NOT_STARTED 512
#define SIGNALLED 256

struct notify {
	struct notifies *all;
	struct notify *next;
	uint64_t tag;
	pid_t pid;
	int fd;				/* of the process: readable when it ended */
	struct loop_io *io;
	struct loop_timer *limit;
	bool too_long;
};

struct notifies {
	struct loop *loop;
	unsigned limit_s, n;
	struct notify *first;
	void (*send)(void *arg, const struct proto_msg *msg);
	void *arg;
};

/* What the child gets; made before the fork, so that it only has to make system calls. */
struct plan {
	const char *program;
	char **argv, *envp[5];
	int null, report;		/* /dev/null; where a failed exec puts its errno */
};

static void answer(struct notifies *all, uint64_t tag, unsigned status, const char *text)
{
	struct proto_msg m = { .type = PROTO_NOTIFIED, .tag = tag,
	    .notified = { .status = status, .text = text } };

	all->send(all->arg, &m);
}

static void limit(int what, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(what, &r))
		return;
	r.rlim_max = r.rlim_max < most ? r.rlim_max : most;
	r.rlim_cur = r.rlim_max;
	setrlimit(what, &r);
}

/* In the child. */
static void become(const struct plan *p, unsigned limit_s)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	int err;

	for (int s = 1; s < NSIG; s++)
		sigaction(s, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	umask(077);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, limit_s);
	limit(RLIMIT_NOFILE, 1024);
	if (setsid() < 0 || chdir("/") || dup2(p->null, 0) < 0 || dup2(p->null, 1) < 0 ||
	    dup2(p->null, 2) < 0 ||
	    dup3(p->report, 3, O_CLOEXEC) < 0 || close_range(4, ~0u, 0))
		_exit(127);
	execve(p->program, p->argv, p->envp);
	err = errno;
	if (write(3, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Anybody's to write is nobody's to run. */
static bool check_program(const char *program, char *why, size_t room)
{
	struct stat st;

	if (program[0] != '/')
		snprintf(why, room, "%.200s is not an absolute path", program);
	else if (stat(program, &st))
		snprintf(why, room, "%.200s: %s", program, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		snprintf(why, room, "%.200s is not a file", program);
	else if (st.st_mode & S_IWOTH)
		snprintf(why, room, "%.200s may be written by everybody and is not run", program);
	else
		return true;
	return false;
}

static char *variable(struct arena *arena, const char *name, const char *value)
{
	size_t room = strlen(name) + strlen(value) + 2;
	char *s = arena_zalloc(arena, room);

	if (s)
		snprintf(s, room, "%s=%s", name, value);
	return s;
}

static bool make_plan(struct arena *arena, const struct proto_notify *m, struct plan *p, char *why, size_t room)
{
	const char *bad = NULL;
	char code[16];

	if (!check_program(m->program, why, room))
		return false;
	p->program = m->program;
	p->argv = notify_args(arena, m->program, m->parameters, &bad);
	if (!p->argv) {
		snprintf(why, room, "the parameters %s", bad);
		return false;
	}
	snprintf(code, sizeof(code), "0x%08X", (unsigned)m->error);
	p->envp[0] = variable(arena, "DRAY_JOB", m->job);
	p->envp[1] = variable(arena, "DRAY_NAME", m->name);
	p->envp[2] = variable(arena, "DRAY_STATE", m->state);
	p->envp[3] = variable(arena, "DRAY_ERROR", code);
	snprintf(why, room, "out of memory");
	return p->envp[0] && p->envp[1] && p->envp[2] && p->envp[3];
}

/* The pid, or -1 with the reason. Waits until the child has become the program or failed to. */
static pid_t start(const struct plan *made, unsigned limit_s, char *why, size_t room)
{
	AUTO_CLOSE int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct plan p = *made;
	int pipes[2], err = 0;
	ssize_t got;
	pid_t pid;

	if (null < 0 || pipe2(pipes, O_CLOEXEC)) {
		snprintf(why, room, "%s", strerror(errno));
		return -1;
	}
	p.null = null;
	p.report = pipes[1];
	pid = fork();
	if (!pid)
		become(&p, limit_s);
	close(pipes[1]);
	while ((got = pid < 0 ? 0 : read(pipes[0], &err, sizeof(err))) < 0 && errno == EINTR)
		;
	close(pipes[0]);
	if (pid < 0 || got > 0) {
		snprintf(why, room, "%.200s: %s", p.program, strerror(pid < 0 ? errno : err));
		if (pid > 0)
			waitpid(pid, NULL, 0);
		return -1;
	}
	return pid;
}

/* The leader is not waited for yet, so the number of its group is still its own. */
static int end_group(struct notify *n)
{
	int status = 0;

	kill(-n->pid, SIGKILL);
	while (waitpid(n->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void notify_free(struct notify *n)
{
	struct notify **at = &n->all->first;

	while (*at && *at != n)
		at = &(*at)->next;
	if (*at) {
		*at = n->next;
		n->all->n--;
	}
	loop_io_free(n->io);
	loop_timer_free(n->limit);
	if (n->fd >= 0)
		close(n->fd);
	free(n);
}

static void on_end(void *arg, int what)
{
	struct notify *n = arg;
	struct notifies *all = n->all;
	int status = end_group(n);
	uint64_t tag = n->tag;
	char text[100] = "";

	(void)what;
	if (n->too_long)
		snprintf(text, sizeof(text), "it ran longer than %u seconds and was ended", all->limit_s);
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "it was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		snprintf(text, sizeof(text), "it ended with status %d", WEXITSTATUS(status));
	notify_free(n);
	answer(all, tag, WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) :
	    SIGNALLED + (unsigned)WTERMSIG(status), text);
}

static void on_limit(void *arg)
{
	struct notify *n = arg;

	n->too_long = true;
	kill(-n->pid, SIGKILL);		/* on_end() follows */
}

static bool watch(struct notifies *all, uint64_t tag, pid_t pid)
{
	struct notify *n = calloc(1, sizeof(*n));

	if (!n)
		return false;
	n->all = all;
	n->tag = tag;
	n->pid = pid;
	n->fd = pidfd_open(pid, 0);
	n->limit = loop_timer_new(all->loop, on_limit, n);
	n->io = n->fd < 0 ? NULL : loop_io_new(all->loop, n->fd, LOOP_READ, on_end, n);
	if (!n->limit || !n->io) {
		notify_free(n);
		return false;
	}
	loop_timer_set(n->limit, all->limit_s * 1000ull);
	n->next = all->first;
	all->first = n;
	all->n++;
	return true;
}

void notifies_run(struct notifies *all, const struct proto_msg *msg)
{
	struct arena *arena = arena_new(256u << 10);
	struct plan p = { 0 };
	char why[300] = "out of memory";
	pid_t pid = -1;

	if (all->n >= AT_ONCE)
		snprintf(why, sizeof(why), "too many commands run already");
	else if (arena && make_plan(arena, &msg->notify, &p, why, sizeof(why)))
		pid = start(&p, all->limit_s, why, sizeof(why));
	if (pid > 0 && !watch(all, msg->tag, pid)) {
		kill(-pid, SIGKILL);
		waitpid(pid, NULL, 0);
		snprintf(why, sizeof(why), "out of memory or descriptors");
		pid = -1;
	}
	if (pid < 0)
		answer(all, msg->tag, NOT_STARTED, why);
	arena_free(arena);
}

struct notifies *notifies_new(struct loop *loop, unsigned limit_s,
    void (*send)(void *arg, const struct proto_msg *msg), void *arg)
{
	struct notifies *all = calloc(1, sizeof(*all));

	if (all)
		*all = (struct notifies){ .loop = loop, .limit_s = limit_s, .send = send, .arg = arg };
	return all;
}

void notifies_free(struct notifies *all)
{
	if (!all)
		return;
	while (all->first) {
		end_group(all->first);
		notify_free(all->first);
	}
	free(all);
}
