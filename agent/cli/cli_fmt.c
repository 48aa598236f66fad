/* SPDX-License-Identifier: MIT
 * agent/cli/cli_fmt.c: see cli_fmt.h.
 */
#include "agent/cli/cli_fmt.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/base/auto.h"
#include "engine/base/now.h"
#include "engine/base/text.h"

static const struct { const char *words; enum { START, ACTION, WAITS, FINAL } class; } states[] = {
#define STATE(name, number, text, class) [number] = { text, class },
#include "schemas/states.def"
#undef STATE
};

static const char *const priorities[] = { "foreground", "high", "normal", "low" };
static const char *const contexts[] = { "nowhere", "unknown place", "queue", "notification", "local file",
	"remote file", "network", "application on the server", "check of the server's certificate" };

const char *fmt_size(uint64_t bytes, char out[FMT_ROOM])
{
	return bytes == DRAY_SIZE_UNKNOWN ? "unknown" : text_size(bytes, out, FMT_ROOM);
}

const char *fmt_rate(uint64_t bytes_s, char out[FMT_ROOM])
{
	char size[FMT_ROOM - 2];

	if (!bytes_s)
		return "-";
	snprintf(out, FMT_ROOM, "%s/s", text_size(bytes_s, size, sizeof(size)));
	return out;
}

const char *fmt_duration(uint64_t s, char out[FMT_ROOM])
{
	unsigned long long days = s / 86400, h = s / 3600 % 24, m = s / 60 % 60;

	if (days)
		snprintf(out, FMT_ROOM, "%llu d %02llu:%02llu:%02u", days, h, m, (unsigned)(s % 60));
	else if (h)
		snprintf(out, FMT_ROOM, "%llu:%02llu:%02u", h, m, (unsigned)(s % 60));
	else
		snprintf(out, FMT_ROOM, "%llu:%02u", m, (unsigned)(s % 60));
	return out;
}

const char *fmt_time(uint64_t ft, char out[FMT_ROOM])
{
	time_t t = (time_t)ft_to_unix(ft);
	struct tm tm;
	size_t n;

	if (!ft)
		return "never";
	if (!localtime_r(&t, &tm))
		return "unknown";
	n = strftime(out, FMT_ROOM - 1, "%Y-%m-%dT%H:%M:%S%z", &tm);
	if (n > 2) {		/* +0200 -> +02:00 */
		memmove(out + n - 1, out + n - 2, 3);
		out[n - 2] = ':';
	}
	return out;
}

int fmt_percent_of(uint64_t done, uint64_t total)
{
	int percent;

	if (total == DRAY_SIZE_UNKNOWN)
		return -1;
	if (done >= total)
		return 100;
	percent = (int)((double)done * 100 / (double)total);
	return percent < 99 ? percent : 99;
}

const char *fmt_percent(const struct dray_job *job, char out[FMT_ROOM])
{
	int percent = fmt_percent_of(job->bytes_transferred, job->bytes_total);

	if (percent < 0 || !job->files_total)
		return "-";
	if (percent == 100 && job->files_transferred < job->files_total)
		percent = job->bytes_total ? 99 : 0;
	snprintf(out, FMT_ROOM, "%d%%", percent);
	return out;
}

const char *fmt_short_id(const char *id, char out[FMT_ROOM])
{
	snprintf(out, FMT_ROOM, "%.8s", id + (id[0] == '{'));
	return out;
}

const char *fmt_state(uint32_t state)
{
	static char words[COUNT(states)][20];

	if (state >= COUNT(states))
		return "unknown";
	for (size_t i = 0; i < sizeof(words[0]) - 1 && states[state].words[i]; i++)
		words[state][i] = (char)(states[state].words[i] == '_' ? ' ' :
		    tolower((unsigned char)states[state].words[i]));
	return words[state];
}

bool fmt_state_moves(uint32_t state)
{
	return state < COUNT(states) && states[state].class == ACTION;
}

const char *fmt_priority(uint32_t priority)
{
	return priority < COUNT(priorities) ? priorities[priority] : "unknown";
}

bool fmt_priority_parse(const char *text, enum dray_priority *ret)
{
	uint64_t n;

	for (size_t i = 0; i < COUNT(priorities); i++)
		if (text_ieq(text, priorities[i])) {
			*ret = (enum dray_priority)i;
			return true;
		}
	if (!text_u64(text, DRAY_FOREGROUND, DRAY_LOW, &n))
		return false;
	*ret = (enum dray_priority)n;
	return true;
}

const char *fmt_context(uint32_t context)
{
	return context < COUNT(contexts) ? contexts[context] : "unknown place";
}
