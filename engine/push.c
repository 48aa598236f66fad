/* SPDX-License-Identifier: MIT
 * engine/push.c: eng_push(): an HTTP POST for somebody who subscribed to events is an order for the worker of the
 * caller. A few of a user are under way at a time, half of them to one server at most; the others wait here, so
 * that a sink that hangs holds up nobody but who sends to it. Engine thread only, but for eng_push().
 */
#include "engine/core.h"

#include <string.h>
#include <strings.h>

#include "engine/base/log.h"

#define AT_ONCE PROTO_PUSHES	/* of a user */
#define AT_ONCE_THERE (AT_ONCE / 2)	/* of those to one server */
#define WAITING_MAX 256u		/* besides those */

/* Of one user. */
struct push_line {
	uint32_t uid;
	unsigned sent, waiting;
	struct eng_push *first, **end;	/* waiting */
	struct eng_push *under_way;
	UT_hash_handle hh;
};

static void finish(struct eng_push *p, enum err err)
{
	if (err && !p->ei.text[0])
		err_plain(&p->ei, err);
	p->done(p, err);
}

static struct push_line *line_of(struct engine *eng, uint32_t uid)
{
	struct push_line *line;

	HASH_FIND(hh, eng->pushes, &uid, sizeof(uid), line);
	if (line)
		return line;
	line = calloc(1, sizeof(*line));
	if (!line)
		return NULL;
	line->uid = uid;
	line->end = &line->first;
	HASH_ADD(hh, eng->pushes, uid, sizeof(line->uid), line);
	return line;
}

/* Bytes of a URL up to its path: scheme, host and port. */
static size_t server_of(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : strlen(url);
}

static bool has_room(const struct push_line *line, const char *url)
{
	size_t len = server_of(url);
	unsigned n = 0;

	for (const struct eng_push *p = line->under_way; p; p = p->next)
		n += server_of(p->url) == len && !strncasecmp(p->url, url, len);
	return n < AT_ONCE_THERE;
}

/* The next one; NULL: their servers have enough for now. */
static struct eng_push *take(struct push_line *line, bool any)
{
	struct eng_push **at = &line->first, *p;

	while ((p = *at) && !any && !has_room(line, p->url))
		at = &p->next;
	if (!p)
		return NULL;
	*at = p->next;
	if (!p->next)
		line->end = at;
	line->waiting--;
	return p;
}

static bool send_one(struct engine *eng, struct push_line *line, struct eng_push *p)
{
	struct link *link = link_get(eng, line->uid);
	struct proto_msg msg = { .type = PROTO_PUSH, .push = { .url = p->url, .content_type = p->content_type,
	    .nets = p->nets, .timeout_ms = p->timeout_ms, .body = { p->body, p->len } } };

	if (!link || !link_ask_push(link, &msg, p))
		return false;
	line->sent++;
	p->next = line->under_way;
	line->under_way = p;
	return true;
}

static void returned(struct push_line *line, struct eng_push *p)
{
	struct eng_push **at = &line->under_way;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	line->sent--;
}

/* A line with nobody in it goes. */
static void go_on(struct engine *eng, struct push_line *line)
{
	struct eng_push *p;

	while ((eng->stopping || line->sent < AT_ONCE) && (p = take(line, eng->stopping))) {
		if (eng->stopping)
			finish(p, err_plain(&p->ei, ERR_STOPPING));
		else if (!send_one(eng, line, p))
			finish(p, err_plain(&p->ei, ERR_WORKER));
	}
	if (line->waiting || line->sent)
		return;
	HASH_DELETE(hh, eng->pushes, line);
	free(line);
}

static enum err check(struct engine *eng, struct eng_push *p)
{
	if (eng->stopping)
		return err_plain(&p->ei, ERR_STOPPING);
	if (p->uid < 0 || p->uid >= UINT32_MAX)
		return err_plain(&p->ei, ERR_ACCESS_DENIED);
	if (p->len > PROTO_BYTES_MAX || strlen(p->url) > ENG_PUSH_URL)
		return err_plain(&p->ei, ERR_TOO_BIG);
	return ERR_OK;
}

static void on_push_mail(struct mail *mail)
{
	struct eng_push *p = CONTAINER(mail, struct eng_push, mail);
	struct engine *eng = p->eng;
	struct push_line *line = NULL;
	enum err err = check(eng, p);

	engine_look(eng);
	if (!err && !(line = line_of(eng, (uint32_t)p->uid)))
		err = err_plain(&p->ei, ERR_NO_MEMORY);
	if (!err && line->waiting >= WAITING_MAX)
		err = err_set(&p->ei, ERR_TOO_MANY_WAITS, "%u requests to the addresses you named wait already; the "
		    "sinks are too slow.", line->waiting);
	if (err) {
		finish(p, err);
		return;
	}
	p->next = NULL;
	*line->end = p;
	line->end = &p->next;
	line->waiting++;
	go_on(eng, line);
	engine_kick(eng);		/* the link is looked after */
}

void eng_push(struct engine *eng, struct eng_push *push)
{
	push->eng = eng;
	push->status = 0;
	push->ei.text[0] = '\0';
	if (!push->timeout_ms || push->timeout_ms > ENG_PUSH_MS)
		push->timeout_ms = ENG_PUSH_MS;
	push->mail.run = on_push_mail;
	mailbox_post(eng->mailbox, &push->mail);
}

static void over(struct engine *eng, struct eng_push *p, enum err err)
{
	struct push_line *line = line_of(eng, (uint32_t)p->uid);	/* there: one of it was sent */

	if (line)
		returned(line, p);
	finish(p, err);
	if (line)
		go_on(eng, line);
}

void push_on_answer(struct engine *eng, struct eng_push *p, const struct proto_pushed *m)
{
	enum err err = ERR_OK;

	p->status = m->status < 1000 ? (int)m->status : 0;
	if (!p->status)
		err = err_set(&p->ei, ERR_UNREACHABLE, "%.500s", *m->text ? m->text : "There was no answer.");
	else if (m->body.len)
		buf_add(&p->reply, m->body.at, m->body.len < ENG_PUSH_REPLY ? m->body.len : ENG_PUSH_REPLY);
	over(eng, p, err);
}

void push_lost(struct engine *eng, struct eng_push *p)
{
	over(eng, p, err_plain(&p->ei, eng->stopping ? ERR_STOPPING : ERR_WORKER));
}

void push_close(struct engine *eng)
{
	struct push_line *line, *next;

	HASH_ITER(hh, eng->pushes, line, next)
		go_on(eng, line);
}
