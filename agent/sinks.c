/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/sinks.c: see sinks.h.
 */
#include "agent/sinks.h"

#include <stdlib.h>
#include <string.h>

#include "agent/sink_rule.h"
#include "engine/base/auto.h"

struct sinks {
	struct wsm_sinks face;
	struct engine *eng;
	char *rules, *nets;
};

/* One push on its way through the engine. */
struct sending { struct eng_push push; struct wsm_push *asked; };

static enum sink_trust judge(const struct sinks *s, const struct prov_caller *caller, const char *url,
    struct errinfo *ei)
{
	struct sink_url read;
	const char *why;
	enum sink_trust trust;

	if (caller->uid < 0)
		return err_set(ei, ERR_ACCESS_DENIED, "Events are sent by a process of their subscriber, and you have no "
		    "account on this machine; have them pulled instead."), SINK_REFUSED;
	if (!sink_url_read(url, &read, &why))
		return err_set(ei, ERR_INVALID_URL, "The address of the sink %s.", why), SINK_REFUSED;
	trust = sink_rule_judge(s->rules, &read);
	if (trust == SINK_REFUSED)
		err_set(ei, ERR_ACCESS_DENIED, "Events may not be sent to %.200s: [eventing] AllowedSinks= of dray.conf "
		    "does not name it. The administrator of this machine can add it; or have the events pulled.",
		    read.host);
	return trust;
}

static bool may(void *ctx, const struct prov_caller *caller, const char *url, struct errinfo *ei)
{
	return judge(ctx, caller, url, ei) != SINK_REFUSED;
}

static void on_done_mail(struct mail *mail)
{
	struct wsm_push *push = CONTAINER(mail, struct wsm_push, mail);

	push->done(push);
}

static void answer(struct wsm_push *push)
{
	push->mail.run = on_done_mail;
	if (push->home)
		mailbox_post(push->home, &push->mail);
	else
		push->done(push);
}

/* Engine thread. */
static void on_sent(struct eng_push *p, enum err err)
{
	struct sending *s = CONTAINER(p, struct sending, push);
	struct wsm_push *push = s->asked;

	push->status = err ? 0 : p->status;
	push->reply = p->reply;
	push->ei = p->ei;
	free(s);
	answer(push);
}

static void push(void *ctx, struct wsm_push *push)
{
	struct sinks *s = ctx;
	enum sink_trust trust = judge(s, push->caller, push->url, &push->ei);
	struct sending *one = trust != SINK_REFUSED ? calloc(1, sizeof(*one)) : NULL;

	push->status = 0;
	buf_init(&push->reply, ENG_PUSH_REPLY + 1);
	if (!one) {
		if (trust != SINK_REFUSED)
			err_plain(&push->ei, ERR_NO_MEMORY);
		answer(push);
		return;
	}
	one->asked = push;
	one->push = (struct eng_push){ .uid = push->caller->uid, .url = push->url, .content_type = push->content_type,
	    .body = push->body, .len = push->len, .timeout_ms = push->timeout_ms, .done = on_sent,
	    .nets = trust == SINK_BY_ADDRESS ? s->nets : "" };
	buf_init(&one->push.reply, ENG_PUSH_REPLY + 1);
	eng_push(s->eng, &one->push);
}

struct sinks *sinks_new(struct engine *eng, const char *rules)
{
	struct sinks *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->face = (struct wsm_sinks){ .ctx = s, .may = may, .push = push };
	s->eng = eng;
	s->rules = strdup(rules);
	s->nets = sink_rule_nets(rules);
	if (s->rules && s->nets)
		return s;
	sinks_free(s);
	return NULL;
}

void sinks_free(struct sinks *s)
{
	if (!s)
		return;
	free(s->rules);
	free(s->nets);
	free(s);
}

const struct wsm_sinks *sinks_face(const struct sinks *s)
{
	return &s->face;
}
