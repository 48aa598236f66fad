/* SPDX-License-Identifier: MIT
 * engine/core.h: what the files of the engine share. Engine thread only, but for the shelf.
 *
 *   calls.c, closing.c     what people ask            transfer.c   what workers say
 *   job.c, job_state.c     the job and its life       link.c       one worker process
 *   schedule.c             who runs now (pure)        run.c        makes it so
 *   due.c                  whose time is up           clocks.c     how long jobs were busy, or stuck
 *   order.c                a file for a worker        trouble.c    what an error makes of a job
 *   notify.c               commands of owners         tries.c      the history of tries
 *   recover.c              after a crash              events.c     what administrators are told
 *   hold.c                 what keeps a job back      policy.c     what the administrator wants
 *   engine.c               change -> commit -> publish -> answer
 *   keep.c                 memory to disk and back    push.c       events to who subscribed
 *   diary.c                what became of jobs        watch.c      who is told of it
 *   store.c                the disk                   shelf.c      what readers see
 */
#ifndef ENGINE_CORE_H
#define ENGINE_CORE_H

#include <pthread.h>
#include <uthash.h>

#include "engine/base/auto.h"
#include "engine/rec.h"
#include "engine/schedule.h"
#include "engine/worker/proto.h"
#include "include/engine.h"

struct backoff;
struct link;
struct store;
struct shelf;
struct policies;
struct netwatch;

/* Complete, Cancel or TakeOwnership under way: the job is nobody else's until it ends. */
struct closing {
	struct eng_call *call;
	unsigned waiting;		/* answers of the worker still to come */
	size_t next;			/* first file the present step has not asked about */
	enum { CLOSING_STOP, CLOSING_PUBLISH, CLOSING_DISCARD, CLOSING_LOOK, CLOSING_GIVE } step;
	bool again;			/* a second worker was asked */
	bool undeleted;			/* a temporary file stayed */
	bool lost;			/* a received file is not there any more */
	struct errinfo ei;		/* first failure; err 0: none */
};

/* A job's transfer while it is with a worker. A job at rest has none: most of 100,000 are. */
struct run {
	struct job *job;
	struct link *link;
	uint64_t tag;
	size_t current;			/* the file in front: the one it speaks of */
	uint32_t sent, ahead;		/* files it was given and has not done; where to look for the next */
	bool stopping;			/* STOP was sent */
	uint64_t asked_ms;		/* when START or STOP was sent */
	uint64_t sent_priority, sent_limit;	/* what the worker was told with START or LIMIT */
	uint64_t rate, rate_bytes, rate_at_ms;
	UT_hash_handle hh;		/* by tag */
};

enum notify_state { NOTIFY_NONE, NOTIFY_WAITS, NOTIFY_RUNS, NOTIFY_STALE };	/* the owner's command */

/* One that is at rest is all there is of most of 100,000: no holes, and nothing its view has as well but the
 * record. tests/unit/test_engine_size.c holds it to its size. */
struct job {
	struct job_rec rec;
	struct job_opt *opt;		/* never NULL; change it through job_opt_edit() */
	const struct file **files;	/* those of `pub` until one changes: job_edit_file(), job_add_file() */
	uint32_t nfiles;
	uint32_t open_from;		/* no file before it has anything to move */

	struct job_view *pub;		/* last committed state; what undo goes back to */
	bool dirty, touched, gone;	/* row differs; view differs; row must go */
	bool changed;			/* ... by more than how far its files are */
	bool opt_dirty;			/* the row of the options differs, too */
	uint8_t tries_new;		/* of the tries the disk does not have */
	bool watched;			/* in eng->watched: run.c has to look at it */
	uint8_t waits;			/* TRANSIENT_ERROR: for what; enum wait_for */
	uint8_t notify;			/* enum notify_state */
	struct job *next_touched;
	struct job *watch_prev, *watch_next;
	struct schedule_item turn;	/* its place among those that run or wait */
	uint64_t due_ms;		/* when run.c looks at it at the latest; see due.c */
	uint32_t due_at;		/* its place there, from 1; 0: none */
	uint32_t retry_after_s;		/* what the server asked for in the last trouble */

	struct run *run;		/* NULL: no worker moves it */
	struct owner *owner;		/* counts it; see owners.h */
	struct closing *closing;
	uint64_t retry_at_ms;		/* TRANSIENT_ERROR, WAITS_TIME: when to try again */
	uint64_t trouble_ms;		/* when the wait began */
	uint64_t stall_since_ms;	/* 0: the no-progress clock stands; else rec.stalled_ms is up to then */
	uint64_t busy_since_ms;		/* 0: not busy; else rec.busy_ms is up to then */
	uint64_t changed_ms;		/* last change, JobInactivityTimeout; may be "before" the clock began */
	uint64_t try_from;		/* bytes received when the try began */
	uint64_t try_ms;		/* when that was */
	struct tries *tries;		/* NULL: never failed; see tries.c */
	struct job *notify_next;	/* waits for its owner's turn; see notify.c */
	uint64_t notify_at_ms;		/* not before */
	uint32_t notify_uid;		/* whose turn it waits for, or takes */
};

struct watch;
struct diary;

struct engine {
	struct eng_config config;
	struct eng_host host;
	struct loop *loop;
	struct mailbox *mailbox;
	struct loop_timer *settle;	/* end of a batch */
	struct loop_timer *wake;	/* next deadline of run.c */
	uint64_t wake_ms;		/* when that is; UINT64_MAX: never */
	struct store *store;
	struct shelf *shelf;		/* every job, see shelf.h */
	struct watch *watch;
	struct diary *diary;		/* what became of jobs */
	struct policies *policies;
	struct netwatch *netwatch;	/* NULL: nobody watches, the network counts as up */
	bool offline, net_moved;	/* there is no network; that changed */
	struct run *runs;		/* uthash by tag */
	struct link *links;
	struct push_line *pushes;	/* uthash by uid; see push.c */
	struct job *touched, **touched_end;	/* in the order of their first change, which is that of events */
	struct job *watched;		/* jobs run.c has to look at, in the order of their changes */
	struct schedule turns;		/* who runs, who waits */
	struct job **due;		/* every job, by due_ms: a heap */
	unsigned ndue, due_room;
	struct notify_owner *notify_owners;
	bool notify_again;		/* a worker was lost: others have a turn */
	uint64_t scavenge_ms;		/* not before; after one that failed */
	struct eng_call *answers, **answers_end;	/* applied, waiting for the commit */
	uint64_t next_seq, next_tag;
	uint64_t now_ms;		/* read once a callback */
	bool adrift;			/* the store was removed and is not written again yet */
	uint64_t store_retry_ms;	/* after a failed commit: nothing new is started before */
	bool stopping;
	uint64_t stop_by_ms;
	struct owner *owners;		/* uthash */
	bool settling;			/* the settle timer is set */
	bool calm, later;	/* nobody waits for what happens now; the settle timer is set, for later */
	pthread_t thread;
	bool threaded;
	char trouble[400];		/* see eng_trouble() */
};

/* engine.c */
void engine_kick(struct engine *eng);	/* something happened: settle at the end of this turn of the loop */
void engine_touch(struct engine *eng, struct job *job);	/* view changed: publish at the end of the batch */
void engine_answer(struct engine *eng, struct eng_call *call, enum err err);	/* after the commit */
uint64_t engine_tag(struct engine *eng);
uint64_t engine_look(struct engine *eng);		/* reads the monotonic clock into eng->now_ms */
uint64_t engine_ft(const struct engine *eng);		/* the wall clock */
/* For tests: an engine without a thread. A step takes what has come in, ends the turn, and gives the ms
 * until it wants to be woken; UINT64_MAX: never. eng_close() ends this one, too. */
struct engine *engine_new(const struct eng_config *config, const struct eng_host *host, struct errinfo *ei);
uint64_t engine_step(struct engine *eng);

/* keep.c */
enum err keep_turn(struct engine *eng, struct errinfo *ei);	/* one commit for all that is dirty */
enum err keep_recover(struct engine *eng, struct errinfo *ei);	/* before the thread starts */

/* job.c */
struct job *job_new(struct engine *eng, const struct guid *id);	/* on the shelf, dirty; NULL: no memory */
struct job *job_new_at(struct engine *eng, const struct guid *id, uint64_t seq);	/* one of before */
void job_free(struct engine *eng, struct job *job);
void job_free_all(struct engine *eng);
void job_dirty(struct engine *eng, struct job *job);	/* the row changed: commit and publish */
/* The job is another one now, which is an event; then job_dirty(). */
void job_modified(struct engine *eng, struct job *job);
/* The job's own copy; then file_dirty(); NULL: no memory. */
struct file *job_edit_file(struct job *job, size_t i);
struct job_view *job_draft(const struct job *job);	/* files alone; NULL: none changed since `pub` */
void file_dirty(struct engine *eng, struct job *job, struct file *file);
struct file *job_add_file(struct engine *eng, struct job *job);	/* empty record, dirty; NULL: no memory */
const struct file *file_ref(const struct file *file);
void file_unref(const struct file *file);		/* any thread */
void job_drop_files(struct job *job, size_t from);	/* added in this turn: never published */
bool job_undo(struct engine *eng, struct job *job);	/* back to pub; false: the job never was, free it */
/* The job's own copy, dirty; NULL: no memory. */
struct job_opt *job_opt_edit(struct engine *eng, struct job *job);
struct job_opt *job_opt_ref(const struct job_opt *opt);
struct job_opt *job_opt_shared(void);			/* of jobs that changed none; not to be edited */
void job_opt_unref(const struct job_opt *opt);		/* any thread; NULL is fine */
struct job *job_by_id(struct engine *eng, const struct guid *id);
size_t job_file_from(const struct job *job, size_t i);	/* the same, from i on */
size_t job_next_file(const struct job *job);		/* first with something to move; nfiles: none */

/* job_state.c */
enum job_event {
#define EVENT(name) EV_##name,
#include "schemas/states.def"
#undef EVENT
	EV__COUNT
};
enum err job_move(struct engine *eng, struct job *job, enum job_event ev, struct errinfo *ei);
enum err job_may(const struct job *job, enum job_event ev, struct errinfo *ei);
/* Busy, but nothing runs: what a restart makes of it; not stored. */
void job_requeue(struct engine *eng, struct job *job);
bool job_is_active(const struct job *job);		/* QUEUED .. TRANSIENT_ERROR without SUSPENDED, ERROR */
bool job_is_busy(const struct job *job);		/* CONNECTING, TRANSFERRING */

/* job_props.c */
/* For a new job. */
enum err job_props_check(const struct eng_change *changes, size_t n, struct errinfo *ei);
enum err job_props_set(struct engine *eng, struct job *job, const struct eng_change *changes, size_t n,
    struct errinfo *ei);	/* all of them or none */
const char *job_prop_name(enum job_prop prop);
void job_props_default(struct job *job);
void job_opt_default(struct job_opt *opt);

/* calls.c, closing.c */
void calls_handle(struct engine *eng, struct eng_call *call);
void calls_on_checked(struct engine *eng, struct eng_call *call, enum err err, const char *text);
void calls_on_lost(struct engine *eng, struct eng_call *call, bool again);
void closing_begin(struct engine *eng, struct job *job, struct eng_call *call);
/* The transfer has stopped, or the link broke. */
void closing_go_on(struct engine *eng, struct job *job);
void closing_on_answer(struct engine *eng, struct job *job, size_t file, const struct proto_msg *msg);
void closing_lost(struct engine *eng, struct job *job, bool again);	/* the worker is gone, once an answer */
/* A commit failed meanwhile. */
void closing_undone(struct engine *eng, struct job *job, const struct errinfo *why);

/* transfer.c */
void transfer_start(struct engine *eng, struct job *job);
void transfer_stop(struct engine *eng, struct job *job);
void transfer_on_message(struct engine *eng, struct link *link, const struct proto_msg *msg);
void transfer_lost(struct engine *eng, struct job *job, bool again);	/* its worker is gone */
void transfer_drop(struct engine *eng, struct job *job);	/* the run alone; without one it is fine */
/* What the worker told was not kept: ask it anew. */
void transfer_forget(struct engine *eng, struct job *job);

/* watch.c */
bool watch_open(struct engine *eng);
void watch_done(struct engine *eng);
void watch_see(struct engine *eng);		/* after a commit: who waits for what is new is hurried */
enum err watch_call(struct engine *eng, struct eng_call *call, bool *later);
uint64_t watch_do(struct engine *eng);		/* before the answers; ms until it is needed again */

/* order.c */
void order_fill(struct engine *eng, struct job *job, const struct file *file, char temp[ENG_TEMP_NAME],
    struct proto_start *ret);		/* temp: room for a name in it */

/* recover.c */
enum err recover_open(struct engine *eng, struct errinfo *ei);	/* the store and all that is in it */
void recover_job(struct engine *eng, struct job *job);		/* just loaded: what its row means now */

/* due.c: when a job has to be looked at by time alone */
bool due_add(struct engine *eng, struct job *job);	/* false: no memory */
void due_remove(struct engine *eng, struct job *job);
void due_set(struct engine *eng, struct job *job, uint64_t due_ms);
struct job *due_first(struct engine *eng);

/* clocks.c: brought up to now by job_dirty(), so what is stored is never older than the row */
void clocks_roll(struct engine *eng, struct job *job);
/* An error without progress: the clock runs from the first. */
void clocks_stall(struct engine *eng, struct job *job);
void clocks_progress(struct job *job);			/* a byte moved: it stands */
uint64_t clocks_max_download_ms(struct engine *eng, const struct job *job);	/* UINT64_MAX: none */
uint64_t clocks_no_progress_s(struct engine *eng, const struct job *job);
uint64_t clocks_inactive_ms(struct engine *eng);
/* At the start: unchanged for so long. */
uint64_t clocks_idle_ms(struct engine *eng, const struct job *job);

/* tries.c */
void tries_add(struct engine *eng, struct job *job, uint32_t code, uint32_t context, const char *text);
bool tries_load(struct job *job, struct try_rec *rec);	/* true: taken */
struct tries *tries_ref(struct tries *tries);		/* NULL is fine */
void tries_unref(struct tries *tries);			/* any thread; NULL is fine */

/* notify.c */
void notify_look(struct engine *eng, struct job *job);	/* after the commit: has its owner's command to run? */
void notify_event(struct job *job, unsigned bit);	/* it came to be true: NotifyFlags bit */
void notify_do(struct engine *eng);			/* the same for those whose turn came meanwhile */
uint64_t notify_due_ms(struct engine *eng, const struct job *job);		/* UINT64_MAX: not by time */
void notify_forget(struct engine *eng, struct job *job);
void notify_on_answer(struct engine *eng, struct job *job, const struct proto_notified *m);
void notify_lost(struct engine *eng, struct job *job);	/* the worker is gone */
void notify_done(struct engine *eng);
/* May the caller set these? Commands only. */
enum err notify_may_set(struct engine *eng, const struct eng_caller *caller, const struct job *job,
    const struct eng_change *changes, size_t n, struct errinfo *ei);	/* job NULL: a new one */

/* scavenge.c */
/* Nothing changed for JobInactivityTimeout: as Cancel. */
void scavenge(struct engine *eng, struct job *job);

/* events.c */
enum event {
#define LOG_EVENT(name, level, text) EVENT_##name,
#include "schemas/events.def"
#undef LOG_EVENT
	EVENT__COUNT
};
/* One line: event=NAME job={id} owner=NAME: what it is; the rest. job may be NULL. */
void log_event(enum event ev, const struct job *job, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* trouble.c */
struct backoff trouble_backoff(struct engine *eng, const struct job *job);	/* as it stands now */
uint64_t trouble_retry_at(struct engine *eng, const struct job *job);	/* when the wait that began then ends */
void transfer_trouble(struct engine *eng, struct job *job, uint32_t code, uint32_t context, bool transient,
    uint64_t retry_after_s, const char *text);

/* link.c */
struct link *link_get(struct engine *eng, uint32_t uid);	/* NULL: no worker to be had */
void link_send(struct link *link, const struct proto_msg *msg);
bool link_has_room(const struct link *link);	/* it reads what it is sent */
/* A request that ends in one answer: remembered by its tag. */
struct request {
	uint64_t tag, asked_ms;
	uint64_t slow_ms;		/* NOTIFY, PUSH: the answer may take so long; 0: a disk's time */
	struct eng_call *call;		/* CHECK */
	struct eng_push *push;		/* PUSH */
	struct job *job;		/* PUBLISH, DISCARD; CHECK of a new owner */
	size_t file;
	UT_hash_handle hh;
};
bool link_ask(struct link *link, struct proto_msg *msg, struct eng_call *call, struct job *job, size_t file);
void link_forget_job(struct engine *eng, struct job *job);
uint64_t link_look_after(struct engine *eng);	/* idle and dead ones go; when to look again, ms from now */
void link_close_all(struct engine *eng);

bool link_ask_push(struct link *link, struct proto_msg *msg, struct eng_push *push);	/* PUSH */

/* push.c */
void push_on_answer(struct engine *eng, struct eng_push *push, const struct proto_pushed *msg);
void push_lost(struct engine *eng, struct eng_push *push);	/* the worker is gone */
void push_close(struct engine *eng);		/* nothing more is sent, who waits is told */

/* hold.c */
bool hold_open(struct engine *eng);		/* policies and the network; false: no memory */
void hold_close(struct engine *eng);
void hold_look_at_network(struct engine *eng);	/* whoever watches it is asked again */
void hold_decide(struct engine *eng);	/* before the commit: jobs that may not run wait, others no longer */
/* It came or went; another route leads far away. */
void hold_network(struct engine *eng, bool up, bool other);
uint64_t hold_do(struct engine *eng);		/* LIMIT to running jobs; ms until a policy changes by time */
/* A failure that only says there is no network: the job waits for one. false: it is none, or there is one. */
bool hold_takes(struct engine *eng, struct job *job, uint32_t code);
/* Bytes a second the job may take now by its own limit and the policies; 0: any number. */
uint64_t hold_limit(struct engine *eng, const struct job *job);

/* policy.c */
uint64_t policy_number(struct engine *eng, enum eng_policy policy);	/* of NUM rows; any thread */

/* run.c */
void run_watch(struct engine *eng, struct job *job);	/* anything about it changed: looked at this turn */
void run_forget(struct engine *eng, struct job *job);
void run_decide(struct engine *eng);		/* before the commit: state moves only */
uint64_t run_do(struct engine *eng);	/* after it: start and stop transfers; ms until it is needed again */

#endif
