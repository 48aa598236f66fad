/* SPDX-License-Identifier: MIT
 * agent/cli/cli_bar.c: see cli_bar.h.
 *
 *   debian.iso   45% [========>          ]  4.5 MiB of 10.0 MiB  1.2 MiB/s  ETA 0:05
 *
 * Narrow terminals lose the bar first, then the total, then the end of the line.
 */
#include "agent/cli/cli_bar.h"

#include <stdio.h>
#include <string.h>

#include "agent/cli/cli_fmt.h"

#define BAR_MIN 8
#define BAR_MAX 40
#define NAME_MAX_CHARS 24

/* What follows the numbers: how fast, or why not. */
static void tail(const struct dray_job *job, char *out, size_t room)
{
	char rate[FMT_ROOM], left[FMT_ROOM];
	bool known = job->bytes_total != DRAY_SIZE_UNKNOWN && job->bytes_total >= job->bytes_transferred;

	if (job->state == DRAY_TRANSIENT_ERROR && job->retry_in_s)
		snprintf(out, room, "waiting, next try in %s", fmt_duration(job->retry_in_s, left));
	else if (job->state != DRAY_TRANSFERRING)
		snprintf(out, room, "%s", fmt_state(job->state));
	else if (job->rate_bytes_s && known)
		snprintf(out, room, "%s  ETA %s", fmt_rate(job->rate_bytes_s, rate),
		    fmt_duration((job->bytes_total - job->bytes_transferred) / job->rate_bytes_s, left));
	else
		snprintf(out, room, "%s", job->rate_bytes_s ? fmt_rate(job->rate_bytes_s, rate) : "");
}

static void draw(char *out, unsigned inside, int percent)
{
	unsigned full = inside * (unsigned)percent / 100;

	out[0] = '[';
	memset(out + 1, ' ', inside);
	memset(out + 1, '=', full);
	if (full < inside)
		out[1 + full] = '>';
	strcpy(out + 1 + inside, "] ");
}

/* The first characters of a name, as many as fit. */
static int name_bytes(const char *name)
{
	int chars = 0, at = 0;

	for (; name[at]; at++)
		if (((unsigned char)name[at] & 0xc0) != 0x80 && chars++ == NAME_MAX_CHARS)
			break;
	return at;
}

const char *cli_bar(const struct dray_job *job, const char *name, unsigned width, char *out, size_t room)
{
	int percent = fmt_percent_of(job->bytes_transferred, job->bytes_total), used;
	char done[FMT_ROOM], total[FMT_ROOM], end[160], numbers[200], head[160], bar[BAR_MAX + 4] = "";

	tail(job, end, sizeof(end));
	snprintf(head, sizeof(head), "%.*s ", name_bytes(name), name);
	snprintf(numbers, sizeof(numbers), " %s of %s ", fmt_size(job->bytes_transferred, done),
	    fmt_size(job->bytes_total, total));
	used = (int)(strlen(head) + strlen(numbers) + strlen(end)) + 9;
	if (percent < 0 || used - 3 > (int)width)
		snprintf(numbers, sizeof(numbers), " %s ", fmt_size(job->bytes_transferred, done));
	if (percent >= 0 && (int)width - used >= BAR_MIN)
		draw(bar, (int)width - used > BAR_MAX ? BAR_MAX : width - (unsigned)used, percent);
	if (percent >= 0)
		snprintf(out, room, "%s%3d%% %s%s %s", head, percent, bar, numbers, end);
	else
		snprintf(out, room, "%s%s %s", head, numbers, end);
	if (strlen(out) > width) {		/* bytes are never fewer than characters */
		unsigned cut = width;
		while (cut && ((unsigned char)out[cut] & 0xc0) == 0x80)
			cut--;
		out[cut] = '\0';
	}
	return out;
}
