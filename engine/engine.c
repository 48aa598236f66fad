/* SPDX-License-Identifier: MIT
 * engine/engine.c: the engine's thread: change -> commit -> publish -> answer.
 *
 * Everything that happens in one turn of the loop (messages of callers, records of workers,
 * timers) changes jobs in memory and ends in settle(): one commit for all of it, then readers
 * see it, then the callers are answered, then transfers follow. A commit that fails undoes the
 * whole turn and tells every caller so.
 */
#include "engine/core.h"

#include <string.h>

#include "engine/policy.h"
#include "engine/shelf.h"
#include "engine/store.h"
#include "engine/base/log.h"
#include "engine/base/loop.h"
#include "engine/base/now.h"

#define STORE_RETRY_MS 1000
#define CALM_MS 50
#define STOP_MS 3000

/* News of a transfer that goes on as it did may wait for more: a commit, and a view of a job's 10,000 files,
 * for each of them would cost more than the files themselves. */
void engine_kick(struct engine *eng)
{
	if (eng->settling || (eng->calm && eng->later))
		return;
	eng->settling = !eng->calm;
	eng->later = eng->calm;
	loop_timer_set(eng->settle, eng->calm ? CALM_MS : 0);
}

void engine_touch(struct engine *eng, struct job *job)
{
	run_watch(eng, job);
	job->changed_ms = eng->now_ms;
	if (!job->touched) {
		job->touched = true;
		job->next_touched = NULL;
		if (!eng->touched)
			eng->touched_end = &eng->touched;
		*eng->touched_end = job;
		eng->touched_end = &job->next_touched;
	}
	engine_kick(eng);
}

void engine_answer(struct engine *eng, struct eng_call *call, enum err err)
{
	if (!err_is_good(err) && !call->ei.text[0])
		err_plain(&call->ei, err);
	call->err = err;
	call->next = NULL;
	*eng->answers_end = call;
	eng->answers_end = &call->next;
	engine_kick(eng);
}

uint64_t engine_tag(struct engine *eng)
{
	return ++eng->next_tag;
}

uint64_t engine_look(struct engine *eng)
{
	return eng->now_ms = eng->host.now_ms ? eng->host.now_ms(eng->host.ctx) : now_ms();
}

uint64_t engine_ft(const struct engine *eng)
{
	return eng->host.now_ft ? eng->host.now_ft(eng->host.ctx) : now_ft();
}

static void publish_one(struct engine *eng, struct job *job)
{
	if (job->gone)
		job_free(eng, job);
	else if (!shelf_publish(eng->shelf, job))
		log_error("out of memory: readers see an older state of a job");
}

/* After a commit: readers may know. */
static void publish(struct engine *eng)
{
	policy_committed(eng);
	while (eng->touched) {
		struct job *job = eng->touched;

		eng->touched = job->next_touched;
		job->touched = job->dirty = job->opt_dirty = job->changed = false;
		job->tries_new = 0;
		for (size_t i = 0; i < job->nfiles; i++)
			if (job->files[i]->dirty)	/* then it is the job's own */
				((struct file *)job->files[i])->dirty = false;
		publish_one(eng, job);
	}
	watch_see(eng);
}

/* After a commit that failed: as if this turn had not been. */
static void undo(struct engine *eng, const struct errinfo *why)
{
	log_error("err=0x%08x %s", err_hresult(why->err), why->text);
	policy_undo(eng);
	while (eng->touched) {
		struct job *job = eng->touched;

		eng->touched = job->next_touched;
		job->touched = false;
		if (!job_undo(eng, job)) {
			job_free(eng, job);
			continue;
		}
		transfer_forget(eng, job);
		closing_undone(eng, job, why);
		job_requeue(eng, job);
		run_watch(eng, job);		/* the turn may have taken it off the list */
	}
	for (struct eng_call *call = eng->answers; call; call = call->next)
		if (err_is_good(call->err)) {
			call->err = why->err;
			call->ei = *why;
		}
	eng->store_retry_ms = eng->now_ms + STORE_RETRY_MS;
}

static void answer_all(struct engine *eng)
{
	struct eng_call *call = eng->answers;

	eng->answers = NULL;
	eng->answers_end = &eng->answers;
	while (call) {
		struct eng_call *next = call->next;
		struct job *job = job_by_id(eng, &call->job);

		call->view = NULL;
		if (err_is_good(call->err) && job && job->pub) {
			call->view = job->pub;
			__atomic_add_fetch(&call->view->refs, 1, __ATOMIC_RELAXED);
		}
		free(call->roots);
		call->done(call, call->err);
		call = next;
	}
}

static bool all_stopped(struct engine *eng)
{
	return !eng->runs || eng->now_ms >= eng->stop_by_ms;
}

static void settle(struct engine *eng)
{
	struct errinfo why = { 0 };
	uint64_t wake, watch;

	engine_look(eng);
	run_decide(eng);
	if (keep_turn(eng, &why) == ERR_OK)
		publish(eng);
	else
		undo(eng, &why);
	watch = watch_do(eng);
	eng->settling = eng->later = false;	/* what the answers bring about is for the next turn */
	answer_all(eng);
	wake = run_do(eng);
	if (watch < wake)
		wake = watch;
	if (eng->stopping) {
		wake = eng->stop_by_ms > eng->now_ms ? eng->stop_by_ms - eng->now_ms : 0;
		if (all_stopped(eng) && !eng->touched && !eng->answers)
			loop_stop(eng->loop);
	}
	eng->wake_ms = wake == UINT64_MAX ? UINT64_MAX : eng->now_ms + wake;
	if (wake == UINT64_MAX)
		loop_timer_stop(eng->wake);
	else
		loop_timer_set(eng->wake, wake);
}

static void on_settle(void *arg)
{
	settle(arg);
}

static void on_batch(void *arg)
{
	engine_kick(arg);
}

static void on_call_mail(struct mail *mail)
{
	struct eng_call *call = CONTAINER(mail, struct eng_call, mail);
	struct engine *eng = (struct engine *)call->next;

	call->next = NULL;
	engine_look(eng);
	calls_handle(eng, call);
}

void eng_submit(struct engine *eng, struct eng_call *call)
{
	call->next = (struct eng_call *)eng;	/* carried to the engine's thread */
	call->ei.text[0] = '\0';
	call->roots = NULL;
	call->mail.run = on_call_mail;
	mailbox_post(eng->mailbox, &call->mail);
}

uint64_t engine_step(struct engine *eng)
{
	do {
		loop_poll(eng->loop);
		settle(eng);
	} while (eng->settling);
	return eng->wake_ms == UINT64_MAX ? UINT64_MAX : eng->wake_ms - eng->now_ms;
}

static void *thread_main(void *arg)
{
	struct engine *eng = arg;

	settle(eng);
	loop_run(eng->loop);
	return NULL;
}

static void engine_free(struct engine *eng)
{
	link_close_all(eng);
	if (eng->shelf)
		job_free_all(eng);
	hold_close(eng);
	notify_done(eng);
	schedule_done(&eng->turns);
	free(eng->due);
	watch_done(eng);
	shelf_free(eng->shelf);
	store_close(eng->store);
	mailbox_free(eng->mailbox);
	loop_timer_free(eng->settle);
	loop_timer_free(eng->wake);
	loop_free(eng->loop);
	free(eng);
}

struct engine *engine_new(const struct eng_config *config, const struct eng_host *host, struct errinfo *ei)
{
	struct engine *eng = calloc(1, sizeof(*eng));

	if (!eng) {
		err_plain(ei, ERR_NO_MEMORY);
		return NULL;
	}
	eng->config = *config;
	eng->host = *host;
	eng->next_seq = 1;
	eng->answers_end = &eng->answers;
	engine_look(eng);
	schedule_init(&eng->turns, 1);
	eng->loop = loop_new();
	eng->shelf = shelf_new();
	eng->mailbox = eng->loop ? mailbox_new(eng->loop, on_batch, eng) : NULL;
	eng->settle = eng->loop ? loop_timer_new(eng->loop, on_settle, eng) : NULL;
	eng->wake = eng->loop ? loop_timer_new(eng->loop, on_settle, eng) : NULL;
	if (!eng->shelf || !eng->mailbox || !eng->settle || !eng->wake || !hold_open(eng) || !watch_open(eng))
		err_plain(ei, ERR_NO_MEMORY);
	else if (recover_open(eng, ei) == ERR_OK)
		return eng;
	engine_free(eng);
	return NULL;
}

struct engine *eng_open(const struct eng_config *config, const struct eng_host *host, struct errinfo *ei)
{
	struct engine *eng = engine_new(config, host, ei);

	if (!eng)
		return NULL;
	eng->threaded = pthread_create(&eng->thread, NULL, thread_main, eng) == 0;
	if (eng->threaded) {
		pthread_setname_np(eng->thread, "engine");
		return eng;
	}
	err_plain(ei, ERR_NO_MEMORY);
	engine_free(eng);
	return NULL;
}

struct stop { struct mail mail; struct engine *eng; };

static void on_stop_mail(struct mail *mail)
{
	struct engine *eng = CONTAINER(mail, struct stop, mail)->eng;
	struct job *job;

	engine_look(eng);
	eng->stopping = true;
	eng->stop_by_ms = eng->now_ms + STOP_MS;
	for (size_t i = 0; (job = shelf_job(eng->shelf, i)); i++) {
		if (job->run)
			run_watch(eng, job);		/* it has to stop */
		if (job->stall_since_ms)
			job_dirty(eng, job);		/* how long it stands still is to be kept */
	}
	engine_kick(eng);
}

void eng_close(struct engine *eng)
{
	struct stop stop = { .mail.run = on_stop_mail, .eng = eng };

	if (!eng)
		return;
	mailbox_post(eng->mailbox, &stop.mail);
	if (eng->threaded)
		pthread_join(eng->thread, NULL);
	else
		engine_step(eng);
	push_close(eng);
	link_close_all(eng);		/* whoever still waits for a worker is told */
	settle(eng);
	engine_free(eng);
}
