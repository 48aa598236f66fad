/* SPDX-License-Identifier: MIT
 * tests/peer/multi.c: the least a program with curl_multi can do, for comparison: reads lines "URL<tab>PATH" from
 * standard input, keeps N requests going (16), creates the files and writes what comes; checks only that all came.
 *
 *   multi [N [CA [FOLDER]]]	with FOLDER: what was written there is made durable at the end, by one syncfs()
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#include <curl/curl.h>

static char line[8192];
static int failed;

static size_t on_bytes(char *bytes, size_t one, size_t len, void *arg)
{
	(void)one;
	return write((int)(intptr_t)arg, bytes, len) == (ssize_t)len ? len : 0;
}

static int next(CURLM *multi, CURL *easy)
{
	char *tab;
	int fd;

	if (!fgets(line, sizeof(line), stdin) || !(tab = strchr(line, '\t')))
		return 0;
	*tab++ = '\0';
	tab[strcspn(tab, "\n")] = '\0';
	fd = open(tab, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0) {
		perror(tab);
		exit(1);
	}
	curl_easy_setopt(easy, CURLOPT_URL, line);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, (void *)(intptr_t)fd);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)(intptr_t)fd);
	return !curl_multi_add_handle(multi, easy);
}

static int collect(CURLM *multi)
{
	CURLMsg *msg;
	void *fd;
	int left, running = 0;

	while ((msg = curl_multi_info_read(multi, &left))) {
		CURL *easy = msg->easy_handle;

		failed += msg->data.result != CURLE_OK;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &fd);
		close((int)(intptr_t)fd);
		curl_multi_remove_handle(multi, easy);
		if (next(multi, easy))
			running++;
		else
			curl_easy_cleanup(easy);
	}
	return running;
}

int main(int argc, char **argv)
{
	int parallel = argc > 1 ? atoi(argv[1]) : 16, running = 1;
	const char *ca = argc > 2 ? argv[2] : NULL, *folder = argc > 3 ? argv[3] : NULL;
	CURLM *multi;
	int fd;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	for (int i = 0; i < parallel; i++) {
		CURL *easy = curl_easy_init();

		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
		curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
		if (ca)
			curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
		if (!next(multi, easy))
			curl_easy_cleanup(easy);
	}
	while (running) {
		curl_multi_perform(multi, &running);
		running += collect(multi);
		if (running)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	curl_multi_cleanup(multi);
	if (folder && ((fd = open(folder, O_RDONLY)) < 0 || syncfs(fd)))
		failed++;
	return failed != 0;
}
