/* SPDX-License-Identifier: MIT
 * agent/cli/cli_find.c: JOB, as people write it, to the id of a job.
 *
 * A whole id is taken as it is. Else the jobs are asked for one whose id begins so (4 digits or
 * more) or whose name is exactly that; more than one is refused with what was found.
 */
#include "agent/cli/cli.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent/cli/cli_fmt.h"
#include "agent/cli/cli_say.h"
#include "engine/base/guid.h"
#include "engine/base/text.h"

#define SHOWN 8

struct search {
	const char *text;		/* without brace */
	const char *name;		/* as written */
	bool is_prefix;
	unsigned found;
	char id[DRAY_ID_SIZE];
	char lines[SHOWN][400];
};

static bool looks_like_prefix(const char *text)
{
	unsigned digits = 0;

	for (; *text; text++) {
		if (!isxdigit((unsigned char)*text) && *text != '-')
			return false;
		digits += *text != '-';
	}
	return digits >= 4;
}

static bool on_job(void *arg, const struct dray_job *job)
{
	struct search *s = arg;
	bool by_id = s->is_prefix && job->id[0] && !strncasecmp(job->id + 1, s->text, strlen(s->text));

	if (!by_id && strcmp(job->name, s->name))
		return true;
	if (s->found < SHOWN)
		snprintf(s->lines[s->found], sizeof(s->lines[0]), "%s  %s  %s", job->id, job->name,
		    fmt_state(job->state));
	snprintf(s->id, sizeof(s->id), "%s", job->id);
	s->found++;
	return true;
}

static void tell_candidates(const struct search *s)
{
	say("\"%s\" may be any of these; say which by more of its id:", s->name);
	for (unsigned i = 0; i < s->found && i < SHOWN; i++)
		say("  %s", s->lines[i]);
	if (s->found > SHOWN)
		say("  and %u more", s->found - SHOWN);
}

int cli_find_job(struct cli *cli, const char *text, char ret_id[DRAY_ID_SIZE])
{
	struct search s = { .text = text + (text[0] == '{'), .name = text };
	struct guid g;

	if (guid_parse(text, &g)) {
		guid_text(&g, ret_id);
		return EXIT_OK;
	}
	s.is_prefix = looks_like_prefix(s.text);
	if (dray_failed(dray_job_list(cli->d, on_job, &s)))
		return say_failed(dray_last_error(cli->d), NULL);
	if (!s.found) {
		say("there is no job \"%s\" (0x%08X)", text, DRAY_E_NOT_FOUND);
		return EXIT_NO_JOB;
	}
	if (s.found > 1) {
		tell_candidates(&s);
		return EXIT_USAGE;
	}
	memcpy(ret_id, s.id, sizeof(s.id));
	return EXIT_OK;
}

bool cli_file_index(const char *text, uint32_t *ret)
{
	uint64_t n;

	if (!text_u64(text, 0, UINT32_MAX, &n)) {
		say("\"%s\" is not the index of a file; `dray files JOB` shows them", text);
		return false;
	}
	*ret = (uint32_t)n;
	return true;
}
