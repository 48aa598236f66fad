/* SPDX-License-Identifier: MIT
 * tests/peer/faults.h: starts tests/peer/faults.py, or another server beside it, and tells its port. Header only.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct faults {
	pid_t pid;
	int in;			/* it ends when this closes */
	int port;
};

/* script: its whole path; cert and key may be NULL. */
static inline bool faults_start_other(struct faults *f, const char *script, const char *cert, const char *key)
{
	int in_fds[2], out_fds[2];
	char line[20] = "";

	if (pipe2(in_fds, O_CLOEXEC) || pipe2(out_fds, O_CLOEXEC))
		return false;
	f->pid = fork();
	if (!f->pid) {
		dup2(in_fds[0], 0);
		dup2(out_fds[1], 1);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("python3", "python3", "-B", script, cert, key, NULL);
		_exit(127);
	}
	close(in_fds[0]);
	close(out_fds[1]);
	f->in = in_fds[1];
	if (read(out_fds[0], line, sizeof(line) - 1) > 0)
		f->port = (int)strtol(line, NULL, 10);
	close(out_fds[0]);
	return f->port > 0;
}

static inline bool faults_start(struct faults *f)
{
	return faults_start_other(f, DRAY_SOURCE_DIR "/tests/peer/faults.py", NULL, NULL);
}

static inline void faults_stop(struct faults *f)
{
	close(f->in);
	waitpid(f->pid, NULL, 0);
}

#endif
