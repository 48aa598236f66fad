/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_push.c: see sub_push.h.
 */
#include "wsman/sub_push.h"

#include <stdlib.h>

struct pushes { const struct wsm_sinks *sinks; struct sub_table *subs; };

struct pushes *pushes_new(const struct wsm_sinks *sinks, struct sub_table *subs)
{
	struct pushes *p = calloc(1, sizeof(*p));

	if (p)
		*p = (struct pushes){ sinks, subs };
	return p;
}

void pushes_stop(struct pushes *p) { (void)p; }
void pushes_free(struct pushes *p) { free(p); }
bool push_prepare(struct pushes *p, struct sub *sub) { (void)p; (void)sub; return false; }
void push_forget(struct sub *sub) { (void)sub; }
void push_start(struct sub *sub) { (void)sub; }
void push_stop(struct sub *sub) { (void)sub; }
