/* SPDX-License-Identifier: MIT
 * tests/peer/bare.c: how fast a file can come at all: bare PORT PATH FILE connects to 127.0.0.1, asks for PATH by
 * HTTP/1.0, and does recv() and write() with a buffer of 256 KiB, then fsync(). Checks nothing but the length.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char bytes[256 << 10];

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM, 0), out;
	long long left = -1;
	char *body = NULL, *length;
	ssize_t n, have = 0;

	if (argc < 4)
		return 2;
	to.sin_port = htons((unsigned short)atoi(argv[1]));
	out = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (s < 0 || out < 0 || connect(s, (struct sockaddr *)&to, sizeof(to)))
		return 1;
	n = snprintf(bytes, sizeof(bytes), "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", argv[2]);
	if (send(s, bytes, (size_t)n, 0) != n)
		return 1;
	while (!body && (n = recv(s, bytes + have, sizeof(bytes) - 1 - (size_t)have, 0)) > 0) {
		have += n;
		bytes[have] = '\0';
		body = strstr(bytes, "\r\n\r\n");
	}
	length = body ? strcasestr(bytes, "\r\ncontent-length: ") : NULL;
	if (!length)
		return 1;
	left = atoll(length + 18);
	body += 4;
	for (n = bytes + have - body; n > 0 && left > 0; n = recv(s, body = bytes, sizeof(bytes), 0)) {
		if (write(out, body, (size_t)n) != n)
			return 1;
		left -= n;
		if (!left)
			break;
	}
	return left || fsync(out);
}
