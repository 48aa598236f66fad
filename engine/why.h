/* SPDX-License-Identifier: MIT
 * engine/why.h: see why.c.
 */
#ifndef WHY_H
#define WHY_H

#include "engine/core.h"
#include "engine/base/now.h"

/* What a view does not say by itself. */
struct why_now {
	uint64_t now_ms;
	bool runs;			/* a background job does: */
	struct guid front;
	uint32_t front_priority;
};

const char *why_text(const struct job_view *v, const struct why_now *now, char *text, size_t room);

#endif
