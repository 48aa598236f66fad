/* SPDX-License-Identifier: MIT
 * agent/cli/cli_tty.c: see cli_tty.h.
 */
#include "agent/cli/cli_tty.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "agent/cli/cli_say.h"
#include "engine/base/now.h"
#include "engine/base/text.h"
#include "include/dray.h"

static volatile sig_atomic_t interrupted;
static int wake[2] = { -1, -1 };	/* a byte here ends cli_tty_pause_ms() */

static unsigned from_env(const char *name, unsigned lo)
{
	uint64_t n;

	return text_u64(getenv(name), lo, 1000, &n) ? (unsigned)n : 0;
}

unsigned cli_tty_columns(int fd)
{
	unsigned given = from_env("COLUMNS", 20);
	struct winsize w;

	if (given)
		return given;
	return !ioctl(fd, TIOCGWINSZ, &w) && w.ws_col >= 20 ? w.ws_col : 80;
}

unsigned cli_tty_rows(int fd)
{
	unsigned given = from_env("LINES", 3);
	struct winsize w;

	if (given)
		return given;
	return !ioctl(fd, TIOCGWINSZ, &w) && w.ws_row >= 3 ? w.ws_row : 24;
}

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
	if (wake[1] >= 0 && write(wake[1], "", 1) < 0)
		return;
}

static bool stop(void *arg)
{
	(void)arg;
	return interrupted;
}

void cli_tty_catch_interrupt(struct dray *d)
{
	struct sigaction sa = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };

	if (d)
		dray_set_interrupt(d, stop, NULL);
	if (wake[0] >= 0)
		return;
	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK))
		wake[0] = wake[1] = -1;
	sigaction(SIGINT, &sa, NULL);
}

bool cli_tty_interrupted(void) { return interrupted; }

void cli_tty_pause_ms(uint32_t ms)
{
	struct pollfd p = { .fd = wake[0], .events = POLLIN };

	if (!interrupted)
		poll(&p, 1, (int)ms);
}

/* 1: a line, 0: end of input before any byte, -1: not one line that fits. */
static int read_line(char *out, size_t room)
{
	size_t n = 0;
	ssize_t got;
	char c;

	while ((got = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') {
		if (!c || n + 1 >= room)
			return -1;
		out[n++] = c;
	}
	if (n && out[n - 1] == '\r')
		n--;
	out[n] = '\0';
	return got == 1 || n ? 1 : 0;
}

bool cli_tty_secret(const char *prompt, char *out, size_t room)
{
	bool tty = isatty(STDIN_FILENO);
	struct termios old, quiet;
	int got;

	if (tty && !tcgetattr(STDIN_FILENO, &old)) {
		fputs(prompt, stderr);
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	got = read_line(out, room);
	if (tty) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (got > 0)
		return true;
	say(got ? "the password is too long or not text" : "there is no password on standard input");
	return false;
}
