/* SPDX-License-Identifier: MIT
 * tests/peer/script.h: a whole engine with a real store, and a worker that says what the test wants said, when
 * it wants. Header only; one engine a program.
 */
#ifndef PEER_SCRIPT_H
#define PEER_SCRIPT_H

#include <check.h>
#include <semaphore.h>

#include <sqlite3.h>

#include "engine/base/auto.h"
#include "include/engine.h"
#include "tests/peer/rig.h"
#include "tests/peer/box.h"

#define SIZE 1000u
#define WAIT_MS 10000u
#define URL "http://127.0.0.1:9/f"

static char dir[256], state[300], path[300];
static struct engine *eng;
static struct rig worker;		/* the test's end of a worker; see meet_worker() */
static int newest;			/* its end, before the test has taken it */
static const struct eng_new_file one_file = { .url = URL, .path = path };
static sem_t answered, started;
static sqlite3 *other;			/* holds the store when not NULL */
static const struct eng_caller me = { .uid = 4711, .reads_all = true, .writes_all = true };

/* Engine thread. */
static inline int start_worker(void *ctx, uint32_t uid)
{
	int fds[2];

	(void)ctx;
	(void)uid;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -1;
	newest = fds[1];
	sem_post(&started);
	return fds[0];
}

static inline void meet_worker(void)
{
	sem_wait(&started);
	if (worker.fd > 0)
		close(worker.fd);
	worker.fd = newest;
}

/* One more worker, beside the first. */
static inline void meet_other(struct rig *other_worker)
{
	sem_wait(&started);
	other_worker->fd = newest;
	other_worker->arena = worker.arena;
}

static inline void open_engine(void)
{
	struct eng_config config = { .state_dir = state, .limits = { 5, 300, 200, 10 }, .slice_s = 300,
	    .patience_s = 1 };
	struct eng_host host = { .worker_start = start_worker };
	struct errinfo ei = { 0 };

	eng = eng_open(&config, &host, &ei);
	ck_assert_msg(eng != NULL, "%s", ei.text);
}

static inline void setup(void)
{
	log_init("engine", LOG_LEVEL_ERROR);
	box_make(dir, sizeof(dir), "script");
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(path, sizeof(path), "%s/f", dir);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	sem_init(&answered, 0, 0);
	sem_init(&started, 0, 0);
	worker.arena = arena_new(1u << 20);
	open_engine();
}

static inline void teardown(void)
{
	if (worker.fd > 0)
		shutdown(worker.fd, SHUT_RDWR);		/* nobody answers a STOP any more */
	eng_close(eng);
	if (worker.fd > 0)
		close(worker.fd);
	arena_free(worker.arena);
	box_remove(dir);
}

/* The store, taken away and given back. */
static inline void hold_store(void)
{
	char db[400];

	snprintf(db, sizeof(db), "%s/jobs.db", state);
	ck_assert_int_eq(sqlite3_open(db, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
}

static inline void release_store(void)
{
	sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(other);
	other = NULL;
}

/* Calls. */

static inline void on_done(struct eng_call *call, enum err err)
{
	(void)call;
	(void)err;
	sem_post(&answered);
}

static inline void begin(struct eng_call *call)
{
	if (!call->caller.uid)
		call->caller = me;
	if (!call->owner) {
		call->owner_uid = 4711;
		call->owner = "me";
	}
	call->done = on_done;
	eng_submit(eng, call);
}

static inline enum err end(struct eng_call *call)
{
	sem_wait(&answered);
	eng_view_unref(call->view);
	return call->err;
}

static inline enum err ask(enum eng_verb verb, const struct guid *id)
{
	struct eng_call call = { .verb = verb, .job = *id };

	begin(&call);
	return end(&call);
}

static inline void sees(const struct guid *id, enum job_state want)
{
	struct job_view *view = eng_find(eng, &me, id);

	ck_assert_ptr_nonnull(view);
	ck_assert_str_eq(job_state_text((enum job_state)view->rec.state), job_state_text(want));
	eng_view_unref(view);
}

static inline void wait_state(const struct guid *id, enum job_state want)
{
	for (uint64_t until = now_ms() + WAIT_MS; now_ms() < until; poll(NULL, 0, 5)) {
		struct job_view *view = eng_find(eng, &me, id);
		bool there = view && view->rec.state == (uint64_t)want;

		eng_view_unref(view);
		if (there)
			return;
	}
	sees(id, want);
}

/* The worker's part. */

static inline struct proto_msg hear(enum proto_type type)
{
	struct proto_msg m = { 0 };

	ck_assert_msg(rig_until(&worker, &m, WAIT_MS, type, -1), "the engine did not say %d", type);
	return m;
}

static inline void tell(enum proto_type type, uint64_t tag, struct proto_msg m)
{
	m.type = type;
	m.tag = tag;
	rig_send(&worker, &m);
}

static inline void tell_answered(uint64_t tag, uint64_t file, uint64_t ino)
{
	tell(PROTO_ANSWERED, tag, (struct proto_msg){ .answered = { .file = file, .size = SIZE, .etag = "\"e\"", .dev = 7,
	    .ino = ino } });
}

static inline void tell_done(uint64_t tag, uint64_t file)
{
	tell(PROTO_DONE, tag, (struct proto_msg){ .done = { .file = file, .size = SIZE } });
}

static inline void tell_published(uint64_t tag, enum err err)
{
	tell(PROTO_PUBLISHED, tag, (struct proto_msg){ .published = { .err = err,
	    .text = err ? "It is gone." : "" } });
}

/* A job of n files that are all the same; the worker lets every path pass. */
static inline struct guid make_job(unsigned n)
{
	struct eng_call create = { .verb = ENG_CREATE };

	begin(&create);
	ck_assert_int_eq(end(&create), ERR_OK);
	for (unsigned i = 0; i < n; i++) {
		struct eng_call add = { .verb = ENG_ADD_FILES, .job = create.job, .files = &one_file, .nfiles = 1 };

		begin(&add);
		if (!worker.fd)
			meet_worker();
		tell(PROTO_CHECKED, hear(PROTO_CHECK).tag, (struct proto_msg){ .checked = { .text = "" } });
		ck_assert_int_eq(end(&add), ERR_OK);
	}
	return create.job;
}

static inline struct guid make_transferred(unsigned n)
{
	struct guid id = make_job(n);

	ck_assert_int_eq(ask(ENG_RESUME, &id), ERR_OK);
	for (unsigned i = 0; i < n; i++) {
		uint64_t tag = hear(PROTO_START).tag;

		tell_answered(tag, i, 10 + i);
		tell_done(tag, i);
	}
	wait_state(&id, JOB_TRANSFERRED);
	return id;
}

#endif
