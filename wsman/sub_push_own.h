/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_push_own.h: one subscription that is pushed: sub_push.c (all of them, the thread), sub_deliver.c (what
 * is done next), sub_message.c (what is sent, and what an answer means). Everything on the pushes' thread.
 *
 *   watch -> events -> message -> POST -> delivered: watch again
 *                                      -> not: rest, the same message again; too often: the end
 *
 * A subscription does one thing at a time, so one that hangs holds up nobody else. It holds one message.
 */
#ifndef WSMAN_SUB_PUSH_OWN_H
#define WSMAN_SUB_PUSH_OWN_H

#include "engine/base/loop.h"
#include "wsman/sub_push.h"

struct push {
	struct pushes *all;
	struct push *next, **at;	/* in the list of all, under its mutex */
	struct sub *sub;		/* counted */
	struct mail mail;
	struct loop_timer *timer;

	struct prov_call call;
	uint64_t number;		/* of the last event looked at */
	bool dropped;			/* events are missing, and it was not said yet */
	bool full;			/* the next event does not fit the message any more */
	struct buf items;		/* events for the next message */
	uint64_t count;			/* of them */
	uint64_t batch_ms;		/* EVENTS: then they are sent, few as they may be */

	struct buf message;		/* under way, or to be sent again; empty: none */
	char id[SUB_ID];		/* its MessageID */
	struct wsm_push out;
	uint64_t sent_ms;		/* when something was delivered last */
	uint64_t pause_ms;		/* nothing is begun before */
	uint64_t failures, stumbles;	/* in a row: of deliveries, of watches */
	struct buf farewell;		/* SubscriptionEnd */
	struct wsm_push bye;

	bool watching, sending, resting, parting;	/* what is under way */
	bool over;			/* nothing more is begun; freed when nothing is under way */
	bool driving, again;
};

enum push_end { PUSH_FAILED, PUSH_SHUTTING_DOWN, PUSH_CANCELLED };

/* sub_push.c */
struct mailbox *push_home(const struct push *p);
const struct wsm_sinks *push_sinks(const struct push *p);
struct sub_table *push_subs(const struct push *p);
struct loop *push_loop(const struct push *p);
void push_free(struct push *p);
void push_parted(struct push *p);	/* its SubscriptionEnd is through */

/* sub_deliver.c */
void push_begin(struct push *p);
void push_drive(struct push *p);	/* may free it */
void push_end(struct push *p, enum push_end how, const char *reason);	/* reason: for people; may free it */

/* sub_message.c */
size_t push_room(const struct push *p);		/* bytes the items of a message may have */
void push_write_event(struct push *p, const struct prov_event *event, int how);	/* to items */
void push_compose(struct push *p, enum uri action, const char *body);	/* message, id, out */
void push_compose_end(struct push *p, enum push_end how, const char *reason);	/* farewell, bye */
enum push_verdict { PUSH_DELIVERED, PUSH_NOT_DELIVERED, PUSH_REFUSED };
enum push_verdict push_judge(const struct push *p, char *why, size_t room);	/* of p->out */

#endif
