/* SPDX-License-Identifier: MIT
 * tests/fuzz/replay.c: gives a fuzz target the files of its corpus, where there is no libFuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly as many bytes as the file has, so that reading past them is seen. */
static int give(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;
	long size;
	uint8_t *data;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rbe");
	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		return perror(path), 1;
	data = malloc(size ? (size_t)size : 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		return perror(path), 1;
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
	unsigned files = 0, bad = 0;

	if (!d)
		return fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]), 2;
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.') {
			bad += (unsigned)give(argv[1], e->d_name);
			files++;
		}
	closedir(d);
	printf("%u files\n", files);
	return bad || !files;
}
