/* SPDX-License-Identifier: MIT
 * engine/notify.c: when an owner's command is to be run: once a job is transferred or in error, as BITS
 * SetNotifyCmdLine. The worker runs it (engine/worker/command.c); here is when, how many, and again.
 *
 * At least once: the event is in the row (notify_due) from the commit that makes it true until the command
 * ended with 0, over restarts and whether the command was set before or after. Four of a user at a time.
 * After a failure again in MinimumRetryDelay, ten times at most. Engine thread only.
 */
#include "engine/core.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/worker/notify_args.h"

#define AT_ONCE 4
#define TRIES_MOST 10
#define SYSTEM_UID 1000			/* accounts below are nobody's own */
#define FLAG_DISABLE 4

struct notify_owner {
	uint32_t uid;
	unsigned running;
	struct job *first, *last;	/* that wait for a turn */
	UT_hash_handle hh;
};

static struct notify_owner *owner_of(struct engine *eng, uint32_t uid)
{
	struct notify_owner *o;

	HASH_FIND(hh, eng->notify_owners, &uid, sizeof(uid), o);
	if (!o && (o = calloc(1, sizeof(*o)))) {
		o->uid = uid;
		HASH_ADD(hh, eng->notify_owners, uid, sizeof(o->uid), o);
	}
	return o;
}

void notify_done(struct engine *eng)
{
	struct notify_owner *o, *next;

	HASH_ITER(hh, eng->notify_owners, o, next) {
		HASH_DELETE(hh, eng->notify_owners, o);
		free(o);
	}
}

/* Commands of system accounts are never run, but in user mode, where the account is the user. */
static bool is_due(struct engine *eng, const struct job *job)
{
	const struct job_opt *opt = job->opt;

	return (job->rec.notify_due & opt->notify_flags) && !(opt->notify_flags & FLAG_DISABLE) &&
	    opt->notify_program[0] && (job->rec.uid >= SYSTEM_UID || eng->config.notify_system);
}

void notify_event(struct job *job, unsigned bit)
{
	job->rec.notify_due = bit;
	job->rec.notify_tries = 0;
	job->notify_at_ms = 0;
	if (job->notify == NOTIFY_RUNS)
		job->notify = NOTIFY_STALE;	/* what runs was told of another event */
}

static void drop(struct engine *eng, struct job *job)
{
	struct notify_owner *o = owner_of(eng, (uint32_t)job->notify_uid);
	struct job **at = o ? &o->first : NULL, *before = NULL;

	while (at && *at && *at != job) {
		before = *at;
		at = &(*at)->notify_next;
	}
	if (!at || !*at)
		return;
	*at = job->notify_next;
	if (o->last == job)
		o->last = before;
}

void notify_forget(struct engine *eng, struct job *job)
{
	struct notify_owner *o = job->notify == NOTIFY_NONE ? NULL : owner_of(eng, (uint32_t)job->notify_uid);

	if (job->notify == NOTIFY_WAITS)
		drop(eng, job);
	else if (o && o->running)
		o->running--;
	job->notify = NOTIFY_NONE;
}

/* What became of a command is kept, but is no change of the job: nobody came for it (JobInactivityTimeout). */
static void keep(struct engine *eng, struct job *job)
{
	uint64_t changed_ms = job->changed_ms;

	job_dirty(eng, job);
	job->changed_ms = changed_ms;
}

static void failed(struct engine *eng, struct job *job, const char *why)
{
	keep(eng, job);
	if (++job->rec.notify_tries >= TRIES_MOST) {
		job->rec.notify_due = 0;
		log_event(EVENT_NOTIFY_GIVEN_UP, job, "%s", why);
		return;
	}
	job->notify_at_ms = eng->now_ms + job->rec.minimum_retry_delay_s * 1000ull;
	log_event(EVENT_NOTIFY_FAILED, job, "%s; again in %u s", why, job->rec.minimum_retry_delay_s);
}

static bool start(struct engine *eng, struct job *job)
{
	struct link *link = link_get(eng, job->rec.uid);
	struct proto_msg msg = { .type = PROTO_NOTIFY };
	char id[GUID_TEXT];

	msg.notify = (struct proto_notify){ .program = job->opt->notify_program,
	    .parameters = job->opt->notify_parameters, .job = guid_text(&job->rec.id, id),
	    .name = job->rec.display_name, .state = job_state_text((enum job_state)job->rec.state),
	    .error = job->rec.error_code };
	return link && link_ask(link, &msg, NULL, job, 0);
}

static void serve(struct engine *eng, struct notify_owner *o)
{
	while (o->first && o->running < AT_ONCE) {
		struct job *job = o->first;

		o->first = job->notify_next;
		if (!o->first)
			o->last = NULL;
		job->notify = NOTIFY_NONE;
		if (!is_due(eng, job))
			continue;
		if (!start(eng, job)) {
			failed(eng, job, "there is no process to run it");
			continue;
		}
		job->notify = NOTIFY_RUNS;
		o->running++;
	}
}

void notify_look(struct engine *eng, struct job *job)
{
	struct notify_owner *o;

	if (job->notify != NOTIFY_NONE || job->closing || job->gone || eng->stopping || !is_due(eng, job) ||
	    job->notify_at_ms > eng->now_ms || !(o = owner_of(eng, job->rec.uid)))
		return;
	job->notify = NOTIFY_WAITS;
	job->notify_uid = job->rec.uid;
	job->notify_next = NULL;
	if (o->last)
		o->last->notify_next = job;
	else
		o->first = job;
	o->last = job;
	serve(eng, o);
}

uint64_t notify_due_ms(struct engine *eng, const struct job *job)
{
	return job->notify == NOTIFY_NONE && is_due(eng, job) ? job->notify_at_ms : UINT64_MAX;
}

/* Its command ended or its worker did. */
static void over(struct engine *eng, struct job *job, const char *why)
{
	bool stale = job->notify == NOTIFY_STALE;

	notify_forget(eng, job);
	if (why && !stale && job->rec.notify_due) {
		failed(eng, job, why);
	} else if (!why && !stale && job->rec.notify_due) {
		job->rec.notify_due = job->rec.notify_tries = 0;
		keep(eng, job);
	}
	eng->notify_again = true;	/* not at once: the link may be the one that is going */
	run_watch(eng, job);
	engine_kick(eng);
}

void notify_do(struct engine *eng)
{
	struct notify_owner *o, *next;

	if (!eng->notify_again || eng->stopping)
		return;
	eng->notify_again = false;
	HASH_ITER(hh, eng->notify_owners, o, next)
		serve(eng, o);
}

void notify_on_answer(struct engine *eng, struct job *job, const struct proto_notified *m)
{
	if (job->notify != NOTIFY_RUNS && job->notify != NOTIFY_STALE)
		return;
	if (!m->status)
		log_event(EVENT_NOTIFY_RAN, job, "%s", job->opt->notify_program);
	over(eng, job, m->status ? m->text : NULL);
}

void notify_lost(struct engine *eng, struct job *job)
{
	if (job->notify != NOTIFY_RUNS && job->notify != NOTIFY_STALE)
		return;
	if (eng->stopping)
		notify_forget(eng, job);	/* it is run again after the start */
	else
		over(eng, job, "the process that ran it ended");
}

/* Directly in the directory, not somewhere beneath it. */
static bool stands_in(const char *program, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	return !strncmp(program, dir, len) && program[len] == '/' && program[len + 1] &&
	    !strchr(program + len + 1, '/');
}

static enum err check_remote(struct engine *eng, const char *program, struct errinfo *ei)
{
	for (size_t i = 0; i < eng->config.nnotify_dirs; i++)
		if (stands_in(program, eng->config.notify_dirs[i]))
			return ERR_OK;
	return err_set(ei, ERR_ACCESS_DENIED,
	    "Remote callers may not set the command %.200s: it is in no directory "
	    "the configuration names ([remote] Notify=). Set it on the machine itself.", program);
}

static enum err check_args(const char *parameters, struct errinfo *ei)
{
	struct arena *arena = arena_new(256u << 10);
	const char *why = "need more memory than there is";
	char **argv = arena ? notify_args(arena, "/", parameters, &why) : NULL;

	arena_free(arena);
	return argv ? ERR_OK : err_set(ei, ERR_INVALID_ARG, "NotifyParameters %s.", why);
}

enum err notify_may_set(struct engine *eng, const struct eng_caller *caller, const struct job *job,
    const struct eng_change *changes, size_t n, struct errinfo *ei)
{
	const char *program = job ? job->opt->notify_program : "";
	bool touched = false;
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && !err; i++) {
		const char *text = changes[i].text ? changes[i].text : "";

		if (changes[i].prop == JOB_PROP_NotifyCommand)
			program = text;
		else if (changes[i].prop == JOB_PROP_NotifyParameters)
			err = check_args(text, ei);
		else
			continue;
		touched = true;
	}
	if (err || !touched || !*program)
		return err;
	if (*program != '/')
		return err_set(ei, ERR_INVALID_ARG,
		    "NotifyCommand is the absolute path of a program; %.200s is none.",
		    program);
	return caller->remote ? check_remote(eng, program, ei) : ERR_OK;
}
