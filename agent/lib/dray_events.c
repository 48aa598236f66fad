/* SPDX-License-Identifier: MIT
 * agent/lib/dray_events.c: what becomes of jobs, as it happens; see dray.h.
 */
#include "include/dray.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/lib/lib_invoke.h"
#include "engine/base/auto.h"
#include "engine/base/text.h"

/* "what {id} state file" */
static bool read_event(const char *line, struct dray_event *ret)
{
	char id[DRAY_ID_SIZE];

	if (sscanf(line, "%u %38s %u %u", &ret->what, id, &ret->state, &ret->file) != 4)
		return false;
	memcpy(ret->id, id, sizeof(id));
	return true;
}

static void hand_over(char *lines, void (*on_event)(void *arg, const struct dray_event *event), void *arg)
{
	char *save = NULL;

	for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct dray_event event = { .size = sizeof(event) };

		if (read_event(line, &event))
			on_event(arg, &event);
	}
}

dray_result dray_events_wait(struct dray *d, uint64_t *after, uint32_t what, unsigned seconds, bool *ret_lost,
    void (*on_event)(void *arg, const struct dray_event *event), void *arg)
{
	struct lib_head head = { .action = "WaitForEvents", .method = true };
	AUTO_FREE char *lines = NULL;
	char number[24], next[32], lost[8];
	struct lib_answer a;
	dray_result r;

	lib_call_begin(d, &head);
	lib_call_leaf(d, "After", lib_number(*after, number));
	lib_call_leaf(d, "What", lib_number(what, number));
	lib_call_leaf(d, "Timeout", lib_number(seconds, number));
	r = lib_call_method(d, &head, &a);
	if (dray_failed(r))
		return r;
	lines = lib_xml_text(lib_xml_child(a.body, "Events"));
	lib_out_text(&a, "Next", next, sizeof(next));
	lib_out_text(&a, "Lost", lost, sizeof(lost));
	lib_answer_done(&a);
	if (!text_u64(next, 0, UINT64_MAX, after))
		return lib_error(&d->error, DRAY_E_BAD_REPLY, "the agent did not say where to go on");
	if (ret_lost)
		*ret_lost = !strcmp(lost, "true");
	if (lines)
		hand_over(lines, on_event, arg);
	return r;
}
