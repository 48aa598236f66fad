/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_push.h: events are sent to who subscribed (sub_push.c), from a thread of its own.
 */
#ifndef WSMAN_SUB_PUSH_H
#define WSMAN_SUB_PUSH_H

#include "wsman/sub.h"
#include "wsman/wsman.h"

struct pushes;

/* NULL when out of memory. sinks NULL: none will be sent, and there is no thread. */
struct pushes *pushes_new(const struct wsm_sinks *sinks, struct sub_table *subs);
/* Says good-bye to everybody who gave an EndTo, bounded; nothing is sent afterwards. */
void pushes_stop(struct pushes *p);
void pushes_free(struct pushes *p);	/* after the providers answered what was still asked of them */

/* A subscription that is not pulled. Before it is in the table; false: no memory. */
bool push_prepare(struct pushes *p, struct sub *sub);
void push_forget(struct sub *sub);	/* it never got there */
/* It did. Any thread, as the others. One that is taken out of the table ends by itself: nothing more is sent. */
void push_start(struct sub *sub);

#endif
