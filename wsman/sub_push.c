/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_push.c: see sub_push.h: the thread, and the list of all.
 */
#include "wsman/sub_push_own.h"

#include <pthread.h>
#include <stdlib.h>

#include "engine/base/auto.h"
#include "engine/base/log.h"

#define STOP_MS 2000
#define LINGERING 2		/* a caller's cancelled ones are freed when their watch ends */

struct pushes {
	const struct wsm_sinks *sinks;
	struct sub_table *subs;
	struct loop *loop;
	struct mailbox *mailbox;
	struct loop_timer *timer;
	pthread_t id;
	bool running, stopping;		/* stopping: the thread's */
	unsigned parting;		/* how many SubscriptionEnds are under way */
	struct mail stop_mail;
	pthread_mutex_t lock;
	struct push *first;
	unsigned count;
};

struct mailbox *push_home(const struct push *p)
{
	return p->all->mailbox;
}

const struct wsm_sinks *push_sinks(const struct push *p)
{
	return p->all->sinks;
}

struct sub_table *push_subs(const struct push *p)
{
	return p->all->subs;
}

struct loop *push_loop(const struct push *p)
{
	return p->all->loop;
}

/* ---- the thread ---- */

static void *run_thread(void *arg)
{
	struct pushes *all = arg;

	loop_run(all->loop);
	return NULL;
}

static void on_timer(void *arg)
{
	struct pushes *all = arg;

	loop_stop(all->loop);
}

static bool open_thread(struct pushes *all)
{
	all->loop = loop_new();
	all->mailbox = all->loop ? mailbox_new(all->loop, NULL, NULL) : NULL;
	all->timer = all->mailbox ? loop_timer_new(all->loop, on_timer, all) : NULL;
	all->running = all->timer && !pthread_create(&all->id, NULL, run_thread, all);
	return all->running;
}

struct pushes *pushes_new(const struct wsm_sinks *sinks, struct sub_table *subs)
{
	struct pushes *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	all->sinks = sinks;
	all->subs = subs;
	pthread_mutex_init(&all->lock, NULL);
	if (sinks && !open_thread(all)) {
		pushes_free(all);
		return NULL;
	}
	return all;
}

void push_parted(struct push *p)
{
	struct pushes *all = p->all;

	if (all->stopping && !--all->parting)
		loop_stop(all->loop);
}

/* Says good-bye to all; those that hang are left behind. */
static void on_stop(struct mail *mail)
{
	struct pushes *all = CONTAINER(mail, struct pushes, stop_mail);
	struct push *p, *next;

	all->stopping = true;
	all->parting = 1;		/* this function itself */
	loop_timer_set(all->timer, STOP_MS);
	pthread_mutex_lock(&all->lock);
	p = all->first;
	pthread_mutex_unlock(&all->lock);
	for (; p; p = next) {
		next = p->next;		/* only this thread takes out what was begun */
		if (p->parting)
			all->parting++;
		else if (p->timer && !p->over) {
			all->parting += p->sub->spec.end.url != NULL;
			push_end(p, PUSH_SHUTTING_DOWN, "The agent ends. Subscribe again when it is back, with the last "
			    "bookmark.");
		}
	}
	if (!--all->parting)
		loop_stop(all->loop);
}

void pushes_stop(struct pushes *all)
{
	if (!all || !all->running)
		return;
	all->stop_mail.run = on_stop;
	mailbox_post(all->mailbox, &all->stop_mail);
	pthread_join(all->id, NULL);
	all->running = false;
}

static void end_loop(struct mail *mail)
{
	loop_stop(CONTAINER(mail, struct pushes, stop_mail)->loop);
}

/* What was answered after the thread ended is still in the mailbox. */
static void drain(struct pushes *all)
{
	all->stop_mail.run = end_loop;
	mailbox_post(all->mailbox, &all->stop_mail);
	loop_run(all->loop);
}

void pushes_free(struct pushes *all)
{
	if (!all)
		return;
	if (all->mailbox && all->stopping)
		drain(all);
	if (all->first) {		/* somebody would answer into freed memory */
		log_warn("push: events are still being sent or waited for; their memory is left");
		return;
	}
	if (all->timer)
		loop_timer_free(all->timer);
	if (all->mailbox)
		mailbox_free(all->mailbox);
	if (all->loop)
		loop_free(all->loop);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/* ---- one of them ---- */

static unsigned count_of(const struct pushes *all, int64_t uid)
{
	unsigned n = 0;

	for (const struct push *p = all->first; p; p = p->next)
		n += p->sub->caller.uid == uid;
	return n;
}

bool push_prepare(struct pushes *all, struct sub *sub)
{
	struct push *p = all->sinks ? calloc(1, sizeof(*p)) : NULL;

	if (!p)
		return false;
	pthread_mutex_lock(&all->lock);
	if (all->count >= LINGERING * SUB_TOTAL || count_of(all, sub->caller.uid) >= LINGERING * SUB_PER_CALLER) {
		pthread_mutex_unlock(&all->lock);
		free(p);
		return false;
	}
	p->all = all;
	p->sub = sub_ref(sub);
	p->next = all->first;
	p->at = &all->first;
	if (p->next)
		p->next->at = &p->next;
	all->first = p;
	all->count++;
	pthread_mutex_unlock(&all->lock);
	sub->push = p;
	return true;
}

void push_free(struct push *p)
{
	struct pushes *all = p->all;

	pthread_mutex_lock(&all->lock);
	*p->at = p->next;
	if (p->next)
		p->next->at = p->at;
	all->count--;
	pthread_mutex_unlock(&all->lock);
	if (p->timer)
		loop_timer_free(p->timer);
	arena_free(p->call.arena);
	buf_done(&p->items);
	buf_done(&p->message);
	buf_done(&p->out.reply);
	buf_done(&p->farewell);
	buf_done(&p->bye.reply);
	sub_unref(p->sub);
	free(p);
}

void push_forget(struct sub *sub)
{
	if (sub->push)
		push_free(sub->push);
	sub->push = NULL;
}

static void on_start(struct mail *mail)
{
	struct push *p = CONTAINER(mail, struct push, mail);

	if (p->all->stopping) {
		sub_table_drop(p->all->subs, p->sub);
		push_free(p);
	} else {
		push_begin(p);
	}
}

void push_start(struct sub *sub)
{
	if (!sub->push)
		return;
	sub->push->mail.run = on_start;
	mailbox_post(sub->push->all->mailbox, &sub->push->mail);
}
