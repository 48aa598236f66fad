/* SPDX-License-Identifier: MIT
 * tests/peer/origin.h: a real nginx on a free loopback port, with its own folder, stopped by pid.
 * Header only: each test program is one file.
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct origin {
	char dir[200];			/* configuration, log; files are in dir/www */
	char extra[1024];		/* lines for the server block */
	const char *listen;		/* words for its listen line; may be NULL */
	int port;
	pid_t pid;
};

static inline int origin_free_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) || getsockname(fd, (struct sockaddr *)&in, &len))
		in.sin_port = 0;
	close(fd);
	return ntohs(in.sin_port);
}

static inline int origin_answers(int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), ok = !connect(fd, (struct sockaddr *)&in, sizeof(in));

	close(fd);
	return ok;
}

static inline void origin_write_conf(const struct origin *o)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/nginx.conf", o->dir);
	f = fopen(path, "w");
	fprintf(f, "daemon off;\nmaster_process off;\nuser root;\npid %s/pid;\nerror_log %s/error.log;\n"
	    "events { worker_connections 256; }\nhttp {\n"
	    " limit_conn_zone $server_port zone=all:1m;\n"
	    " access_log %s/access.log; sendfile on; default_type application/octet-stream;\n"
	    " client_body_temp_path %s/t1; proxy_temp_path %s/t2; fastcgi_temp_path %s/t3;\n"
	    " uwsgi_temp_path %s/t4; scgi_temp_path %s/t5;\n"
	    " server { listen 127.0.0.1:%d %s; root %s/www; %s }\n}\n", o->dir, o->dir, o->dir, o->dir, o->dir,
	    o->dir, o->dir, o->dir, o->port, o->listen ? o->listen : "", o->dir, o->extra);
	fclose(f);
}

/* Waits until it accepts; false after ten seconds. */
static inline int origin_start(struct origin *o)
{
	char conf[300];

	snprintf(conf, sizeof(conf), "%s/nginx.conf", o->dir);
	origin_write_conf(o);
	o->pid = fork();
	if (!o->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("nginx", "nginx", "-c", conf, "-p", o->dir, "-e", "stderr", NULL);
		execl("/usr/sbin/nginx", "nginx", "-c", conf, "-p", o->dir, "-e", "stderr", NULL);
		_exit(127);
	}
	for (int i = 0; i < 1000; i++) {
		if (origin_answers(o->port))
			return 1;
		if (waitpid(o->pid, NULL, WNOHANG) == o->pid)
			return 0;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return 0;
}

static inline void origin_stop(struct origin *o)
{
	if (o->pid > 0) {
		kill(o->pid, SIGKILL);
		waitpid(o->pid, NULL, 0);
	}
	o->pid = 0;
}

/* dir: an existing folder; www is made in it. */
static inline int origin_init(struct origin *o, const char *dir, const char *extra)
{
	char path[300];

	memset(o, 0, sizeof(*o));
	snprintf(o->dir, sizeof(o->dir), "%s", dir);
	snprintf(o->extra, sizeof(o->extra), "%s", extra);
	snprintf(path, sizeof(path), "%s/www", dir);
	mkdir(path, 0755);
	o->port = origin_free_port();
	return o->port && origin_start(o);
}

/* A file of size bytes that differ from one seed to the next; replaced in one step, as a publisher would. */
static inline void origin_put(const struct origin *o, const char *name, size_t size, unsigned seed,
    time_t mtime)
{
	char path[400], part[420];
	unsigned char block[65536];
	unsigned long long v = seed * 2654435761u + 1;
	struct timespec times[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };
	FILE *f;

	snprintf(path, sizeof(path), "%s/www/%s", o->dir, name);
	snprintf(part, sizeof(part), "%s.part", path);
	f = fopen(part, "w");
	for (size_t left = size; left; ) {
		size_t n = left < sizeof(block) ? left : sizeof(block);

		for (size_t i = 0; i < n; i++) {
			v = v * 6364136223846793005ull + 1442695040888963407ull;
			block[i] = (unsigned char)(v >> 56);
		}
		fwrite(block, 1, n, f);
		left -= n;
	}
	fclose(f);
	utimensat(AT_FDCWD, part, times, 0);
	rename(part, path);
}

/* Lines of the access log that hold `what`; what may be NULL. */
static inline int origin_requests(const struct origin *o, const char *what)
{
	char path[300], line[4096];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/access.log", o->dir);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		n += !what || strstr(line, what) != NULL;
	if (f)
		fclose(f);
	return n;
}

/* The same, once there are n of them: nginx writes down a request that was given up when it notices. */
static inline int origin_requests_at_last(const struct origin *o, const char *what, int n)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), found;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char path[300], events[4096];

	snprintf(path, sizeof(path), "%s/access.log", o->dir);
	inotify_add_watch(fd, path, IN_MODIFY);
	while ((found = origin_requests(o, what)) < n && poll(&p, 1, 10000) == 1)
		while (read(fd, events, sizeof(events)) > 0)
			;
	close(fd);
	return found;
}

#endif
