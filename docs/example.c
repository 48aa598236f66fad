/* SPDX-License-Identifier: MIT
 * docs/example.c: libdray in one page. Lists the jobs of this user's agent, then fetches a file.
 * cc -o example docs/example.c -Iinclude -Lbuild/release -ldray && ./example URL /absolute/path
 */
#include <stdio.h>
#include <unistd.h>

#include "dray.h"

static bool print_job(void *arg, const struct dray_job *job)
{
	(void)arg;
	printf("%s  %s  state %u\n", job->id, job->name, job->state);
	return true;			/* go on */
}

static dray_result fetch(struct dray *d, const char *url, const char *path)
{
	struct dray_new_job wanted = { .name = "example", .url = url, .path = path };
	uint32_t state = DRAY_QUEUED;
	char id[DRAY_ID_SIZE];
	struct dray_job *job;
	dray_result r = dray_job_create(d, &wanted, id);

	while (!dray_failed(r) && state != DRAY_TRANSFERRED && state != DRAY_ERROR) {
		usleep(200000);
		r = dray_job_get(d, id, &job);
		if (dray_failed(r))
			break;
		state = job->state;
		if (state == DRAY_ERROR)
			fprintf(stderr, "%s\n", job->error_text);
		dray_job_free(job);
	}
	if (dray_failed(r))
		return r;
	return state == DRAY_TRANSFERRED ? dray_job_complete(d, id) : dray_job_cancel(d, id);
}

int main(int argc, char **argv)
{
	struct dray *d = dray_open(NULL, NULL, NULL, NULL);
	dray_result r = d ? dray_job_list(d, print_job, NULL) : DRAY_E_NO_MEMORY;

	if (!dray_failed(r) && argc == 3)
		r = fetch(d, argv[1], argv[2]);
	if (dray_failed(r))
		fprintf(stderr, "%s (0x%08X)\n", d ? dray_last_error(d)->text : "no memory", r);
	dray_close(d);
	return dray_failed(r);
}
