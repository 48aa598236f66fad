/* SPDX-License-Identifier: MIT
 * engine/events.c: what administrators look for in the log: rows of schemas/events.def. Any thread.
 */
#include "engine/core.h"

#include <stdarg.h>
#include <stdio.h>

#include "engine/base/log.h"

static const struct { const char *name, *text; enum log_level level; } events[EVENT__COUNT] = {
#define LOG_EVENT(name, level, text) [EVENT_##name] = { #name, text, LOG_LEVEL_##level },
#include "schemas/events.def"
#undef LOG_EVENT
};

void log_event(enum event ev, const struct job *job, const char *fmt, ...)
{
	char more[1024], id[GUID_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(more, sizeof(more), fmt, ap);
	va_end(ap);
	if (job)
		log_line(events[ev].level, "event=%s job=%s owner=%.64s: %s%s%s", events[ev].name,
		    guid_text(&job->rec.id, id), job->rec.owner, events[ev].text, *more ? "; " : "", more);
	else
		log_line(events[ev].level, "event=%s: %s%s%s", events[ev].name, events[ev].text,
		    *more ? "; " : "", more);
}
