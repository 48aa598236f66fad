/* SPDX-License-Identifier: MIT
 * engine/why.c: why a job does not move, as sentences a person can act on: from its view and what runs in
 * its place. why_text() is pure; eng_why() gets the facts. Any thread.
 */
#include "engine/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/shelf.h"

struct out { char *text; size_t room, len; };

static void add(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (o->len + 1 >= o->room)
		return;
	va_start(ap, fmt);
	n = vsnprintf(o->text + o->len, o->room - o->len, fmt, ap);
	va_end(ap);
	o->len += n > 0 ? (size_t)n : 0;
	if (o->len >= o->room)
		o->len = o->room - 1;
}

static void queued(struct out *o, const struct job_view *v, const struct why_now *now)
{
	char id[GUID_TEXT];

	if (v->rec.priority == SCHEDULE_FOREGROUND)
		add(o, "it starts at once, unless %u foreground jobs of its owner run already",
		    SCHEDULE_FOREGROUND_OWNER);
	else if (!now->runs || !memcmp(&now->front, &v->rec.id, sizeof(now->front)))
		add(o, "it starts at the next turn");
	else if (now->front_priority < v->rec.priority)
		add(o, "a background job of higher priority runs: %s; lower ones wait until there is none left",
		    guid_text(&now->front, id));
	else if (now->front_priority == v->rec.priority)
		add(o, "another background job of its priority has its time slice: %s; each owner and each job "
		    "its turn", guid_text(&now->front, id));
	else
		add(o, "a background job of lower priority is being stopped for it: %s",
		    guid_text(&now->front, id));
	add(o, ".");
	if (v->rec.error_code)
		add(o, " Its last try failed: %s", v->rec.error_text);
}

static void retry(struct out *o, const struct job_view *v, const struct why_now *now)
{
	uint64_t in_s = v->retry_at_ms > now->now_ms ? (v->retry_at_ms - now->now_ms + 999) / 1000 : 0;

	if (v->waits == WAITS_TIME)
		add(o, "it tries again in %llu s (Resume tries at once), because the last try failed: ",
		    (unsigned long long)in_s);
	else if (v->waits == WAITS_NETWORK)
		add(o, "it waits for the network: ");
	else if (v->waits == WAITS_POLICY)
		add(o, "a policy holds it: ");
	else
		add(o, "the cost of the network holds it: ");
	add(o, "%s", v->rec.error_text);
	if (v->rec.stalled_ms > 1 && v->rec.no_progress_timeout_s)
		add(o, " Nothing has moved for %llu s; after %u s that is final.",
		    (unsigned long long)(v->rec.stalled_ms / 1000), v->rec.no_progress_timeout_s);
}

const char *why_text(const struct job_view *v, const struct why_now *now, char *text, size_t room)
{
	struct out o = { text, room, 0 };

	text[0] = '\0';
	if (v->rec.state != JOB_CONNECTING && v->rec.state != JOB_TRANSFERRING)
		add(&o, "%s: ", job_state_text((enum job_state)v->rec.state));
	else if (!v->closing)
		return text;
	if (v->closing) {
		add(&o, "it is just being completed or cancelled.");
		return text;
	}
	switch ((enum job_state)v->rec.state) {
	case JOB_QUEUED:
		queued(&o, v, now);
		break;
	case JOB_SUSPENDED:
		add(&o, v->nfiles ? "it waits for Resume." : "it has no file yet; add one, then Resume.");
		break;
	case JOB_TRANSIENT_ERROR:
		retry(&o, v, now);
		break;
	case JOB_ERROR:
		add(&o, "it waits for its owner (Resume, Complete or Cancel): %s", v->rec.error_text);
		break;
	case JOB_TRANSFERRED:
		add(&o, "every file is here; it waits for Complete.");
		break;
	case JOB_CONNECTING: case JOB_TRANSFERRING: case JOB_ACKNOWLEDGED: case JOB_CANCELLED: case JOB__COUNT:
		break;
	}
	return text;
}

const char *eng_why(struct engine *eng, const struct job_view *view, char *out, size_t room)
{
	struct why_now now = { .now_ms = eng->host.now_ms ? eng->host.now_ms(eng->host.ctx) : now_ms() };

	shelf_front(eng->shelf, &now);
	return why_text(view, &now, out, room);
}
