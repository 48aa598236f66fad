/* SPDX-License-Identifier: MIT
 * include/engine.h: what anybody may ask of the engine, and what the engine asks of the world.
 *
 * Reading (eng_find, eng_next) is served from published views: immutable, reference counted,
 * and never ahead of the disk, except for `received`, which counts bytes not yet checkpointed.
 * Changing (eng_submit) is a message to the engine's thread; the answer comes after the commit.
 * Rules of the jobs: BITS (IBackgroundCopyJob and friends).
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/guid.h"
#include "engine/base/mailbox.h"

enum job_state {
#define STATE(name, number, text, cls) JOB_##name = number,
#include "schemas/states.def"
#undef STATE
	JOB__COUNT
};

const char *job_state_text(enum job_state state);

enum job_prop {			/* rows of schemas/job_props.def */
#define PROP(name, type, access, cls, lo, hi, dflt, outside, when, place, help) JOB_PROP_##name,
#include "schemas/job_props.def"
#undef PROP
	JOB_PROP__COUNT
};

#define ENG_SIZE_UNKNOWN UINT64_MAX

/* The records: one member a row of schemas/store.def. Texts are shared and never NULL. */
#define ENG_MEMBER_U64(name) uint64_t name;
#define ENG_MEMBER_U32(name) uint32_t name;
#define ENG_MEMBER_U8(name) uint8_t name;
#define ENG_MEMBER_BOOL(name) bool name;
#define ENG_MEMBER_TEXT(name) const char *name;
#define ENG_MEMBER_SECRET(name) const char *name;
#define ENG_MEMBER_GUID(name) struct guid name;
#define JOB_COL(kind, name) ENG_MEMBER_##kind(name)
struct job_rec {
#include "schemas/store.def"
};
#undef JOB_COL
#define OPT_COL(kind, name) ENG_MEMBER_##kind(name)
struct job_opt {
#include "schemas/store.def"
	unsigned refs;			/* atomic: shared by the job and its views */
	bool unreadable;		/* its secrets could not be opened at the start and are gone */
};
#undef OPT_COL
#define FILE_COL(kind, name) ENG_MEMBER_##kind(name)
struct file_rec {
#include "schemas/store.def"
};
#undef FILE_COL
#define TRY_COL(kind, name) ENG_MEMBER_##kind(name)
struct try_rec {
#include "schemas/store.def"
};
#undef TRY_COL
#define EVENT_COL(kind, name) ENG_MEMBER_##kind(name)
struct event_rec {
#include "schemas/store.def"
};
#undef EVENT_COL
#undef ENG_MEMBER_U64
#undef ENG_MEMBER_U32
#undef ENG_MEMBER_U8
#undef ENG_MEMBER_BOOL
#undef ENG_MEMBER_TEXT
#undef ENG_MEMBER_SECRET
#undef ENG_MEMBER_GUID

/* A file of a job. The job and its views share it; the engine changes a copy of its own (job_edit_file()). */
struct file {
	unsigned refs;			/* atomic; see eng_view_unref() */
	bool dirty;			/* the engine's own: the row differs */
	struct file_rec rec;
	uint64_t received;		/* bytes written, perhaps not yet durable */
	uint64_t wanted;	/* bytes there will be: the size, or the sum of the ranges; ENG_SIZE_UNKNOWN */
};

/* What a job in TRANSIENT_ERROR waits for; see engine/hold.c. Only WAITS_TIME ends by the retry delay. */
enum wait_for { WAITS_TIME, WAITS_NETWORK, WAITS_POLICY, WAITS_COST };

/* The last tries, at least one, oldest first; see schemas/store.def. Never changed: another try makes another
 * list. */
struct tries {
	unsigned refs, n;		/* refs: atomic; shared by the job and its views */
	struct try_rec at[];
};

struct job_view {
	unsigned refs;
	uint32_t nfiles, files_transferred, current_file;
	struct job_rec rec;
	const struct job_opt *opt;
	uint64_t bytes_total;		/* ENG_SIZE_UNKNOWN while a size is */
	uint64_t bytes_transferred;
	uint64_t rate;			/* bytes a second; 0 when idle */
	uint64_t retry_at_ms;		/* now_ms() of the next try; 0: none planned */
	struct tries *tries;		/* NULL: none */
	uint8_t waits;			/* enum wait_for */
	bool closing;			/* Complete or Cancel is under way */
	const struct file *files[];
};

struct eng_caller {
	int64_t uid;			/* -1: nobody's own */
	bool reads_all;			/* viewers and administrators */
	bool writes_all;		/* administrators */
	bool remote;			/* confined to roots, loopback refused unless configured */
};

enum eng_verb {
	ENG_CREATE, ENG_ADD_FILES, ENG_SET, ENG_RESUME, ENG_SUSPEND, ENG_CANCEL, ENG_COMPLETE,
	ENG_SET_URL,		/* SetRemoteName: index, url */
	ENG_REPLACE_PREFIX,	/* ReplaceRemotePrefix: text, url; ERR_UNCHANGED (S_FALSE): none begins so */
	ENG_VALIDATE,		/* SetValidationState: index, num 0 or 1 */
	ENG_CREDENTIAL,		/* Set-, RemoveCredentials: cred */
	ENG_TAKE,		/* TakeOwnership: owner_uid, owner; administrators */
	ENG_WANT,		/* RequestFileRanges: index, text; an on-demand job */
	ENG_SEEK,		/* UpdateDownloadPosition: index, num */
	ENG_SET_POLICY,		/* changes of policies: changes (enum eng_policy), administrators */
	ENG_WATCH		/* what becomes of jobs: watch */
};

struct eng_new_file { const char *url, *path, *ranges;	/* ranges: as file_rec.ranges, NULL: whole */ };

struct eng_credential {
	uint32_t target, scheme;	/* BG_AUTH_TARGET 1 server, 2 proxy; BG_AUTH_SCHEME 1 basic, 2 digest,
					 * 3 NTLM, 4 negotiate, 5 passport (kept, never used) */
	const char *user, *password;	/* both NULL: the owner's logon identity */
	bool remove;
};

/* What became of a job. The numbers of the bits are those of NotifyFlags. */
enum { WATCH_TRANSFERRED = 1, WATCH_ERROR = 2, WATCH_DISABLE = 4, WATCH_MODIFICATION = 8, WATCH_FILE = 16,
	WATCH_RANGES = 32 };
/* The same, as what became of an instance. */
enum { WATCH_MADE = 1, WATCH_CHANGED = 2, WATCH_GONE = 4 };

struct eng_event {
	uint64_t number;		/* of the change, for ever: kept over restarts */
	struct guid job;
	uint32_t what, state, file;
	uint32_t kind, was;		/* WATCH_MADE...; the state before, JOB__COUNT: there was no job */
	const char *owner, *display_name;	/* then */
};

/* Answered when there is something to tell of jobs the caller may read, or when the time is up.
 * With `what` it follows the NotifyFlags of the jobs, and NotifyInterval; with `kinds` it tells every change. */
struct eng_watch {
	uint64_t after;			/* the last number seen, `next` of the answer before. 0: with `what`, what waits
					 * for a person now, then what comes; with `kinds`, all that is known.
					 * UINT64_MAX: from now on. The answer has here what it began behind */
	uint32_t what;			/* bits wanted */
	uint32_t kinds;			/* not 0: kinds wanted, and `what` does not count */
	uint32_t most;			/* events of an answer at most; 0: as many as an answer may have, 512 */
	uint32_t timeout_ms;		/* 30 s at most */
	struct eng_event *events;	/* result; eng_watch_done() */
	size_t nevents;
	uint64_t next;
	bool lost;			/* some were missed; with `what` the events are what waits for a person now */
	uint64_t due_ms;		/* the engine's own */
};

void eng_watch_done(struct eng_watch *watch);		/* frees the events and their texts */

struct eng_change {
	enum job_prop prop;
	uint64_t num;
	const char *text;
};

/* One change. The caller owns the struct and its texts until done() is called, once, on the
 * engine's thread; it must not block there. */
struct eng_call {
	enum eng_verb verb;
	struct eng_caller caller;
	struct guid job;		/* which; ENG_CREATE: which it became */
	uint32_t owner_uid;		/* create: the job's owner */
	const char *owner;		/* create: the owner's name */
	uint64_t type;			/* create: 0 download */
	bool start;			/* create: resume at once if there is a file */
	const struct eng_new_file *files;	/* add files, create: all of them or none */
	size_t nfiles;
	const char *url, *text;		/* see the verb */
	uint64_t num;
	struct eng_credential cred;
	struct eng_watch *watch;
	const struct eng_change *changes;	/* set; create: initial properties */
	size_t nchanges;
	uint32_t index;			/* see the verb; add files: result, number of the first */
	struct job_view *view;		/* result where a job is left; the caller unrefs; may be NULL */
	struct errinfo ei;
	void (*done)(struct eng_call *call, enum err err);
	void *user;

	/* the engine's own */
	struct mail mail;
	struct eng_call *next;
	const char **roots;		/* one a file; NULL: anywhere */
	size_t asked, checked;		/* files the worker was asked about, has looked at */
	bool again;			/* a second worker was asked */
	enum err err;
};

/* An HTTP POST to somebody who subscribed to events, sent by the worker of that user. The caller owns the struct
 * and what it points to until done() is called, once, on the engine's thread (or in eng_close()). */
#define ENG_PUSH_MS 60000		/* all of it takes no longer */
#define ENG_PUSH_REPLY (64u << 10)
#define ENG_PUSH_URL 2048u
struct engine;
struct eng_push {
	int64_t uid;			/* whose worker; -1 is refused */
	const char *url, *content_type;	/* http or https */
	const char *body;
	size_t len;			/* 768 KiB at most */
	const char *nets;		/* "10.1.0.0/16 fd00::/8": connected to addresses of these only; "": the host is
					 * trusted as it is named, this machine too */
	uint32_t timeout_ms;
	int status;			/* of the answer, whatever it is; redirects are not followed. 0: none, see ei */
	struct buf reply;		/* its body, cut after ENG_PUSH_REPLY; the caller's: buf_init() before, buf_done() */
	struct errinfo ei;
	void (*done)(struct eng_push *push, enum err err);	/* ERR_OK: there was an answer */
	void *user;

	/* the engine's own */
	struct engine *eng;
	struct eng_push *next;
	struct mail mail;
};

enum eng_policy {		/* rows of schemas/policies.def */
#define POLICY(name, kind, lo, hi, dflt, help) POLICY_##name,
#include "schemas/policies.def"
#undef POLICY
	POLICY__COUNT
};

/* num: NUM policies; text: TEXT ones, never NULL. fixed: set by the configuration, which decides
 * over what was set by ENG_SET_POLICY. */
struct eng_policy_value { uint64_t num; const char *text; bool fixed; };

struct eng_limits { uint32_t jobs_per_user, jobs_per_machine, files_per_job, ranges_per_file; };

/* A [bandwidth NAME] section of the configuration: what holds while the best route leaves by this
 * interface, or from an address of this subnet. Texts are copied; NULL and "" are the same. */
struct eng_profile {
	const char *name;
	const char *interface;		/* "wlan0", "ww*" */
	const char *subnet;		/* "10.1.0.0/16" */
	const char *limit;		/* as MaxInternetBandwidth */
	const char *schedule;		/* as BandwidthSchedule */
	const char *metered;		/* as Metered */
};

struct eng_config {
	const char *state_dir;		/* exists, private */
	struct eng_limits limits;	/* do not bind administrators */
	uint32_t slice_s;		/* background time slice */
	uint32_t patience_s;		/* with a worker that owes an answer; 0: two minutes */
	const char *const *roots;	/* remote callers write beneath these */
	size_t nroots;
	bool allow_loopback;		/* remote callers may fetch from this host */
	const char *const *notify_dirs;	/* remote callers may set commands that are directly in these */
	size_t nnotify_dirs;
	bool notify_system;		/* commands of owners with uids below 1000 are run, too (user mode) */
	uint64_t jitter_seed;
	const struct eng_policy_value *fixed;	/* of all policies, as eng_set_fixed_policies(); NULL: none */
	const struct eng_profile *profiles;
	size_t nprofiles;
};

struct eng_host {
	void *ctx;
	/* Is there a network beside this host? NULL: the kernel is asked and watched when watch_network,
	 * else there is always one. Asked anew after eng_network_changed(). Engine thread. */
	bool (*connected)(void *ctx);
	bool watch_network;
	/* A stream socket to a new worker that is uid; at once. -1: not to be had. A refusal may also
	 * show as the socket closing. Engine thread. */
	int (*worker_start)(void *ctx, uint32_t uid);
	/* The engine's clocks; NULL: engine/base/now.h. Any thread. */
	uint64_t (*now_ms)(void *ctx);
	uint64_t (*now_ft)(void *ctx);
};

struct engine;

/* Opens the store, brings every job back, starts the thread. NULL with ei filled. */
struct engine *eng_open(const struct eng_config *config, const struct eng_host *host, struct errinfo *ei);
/* Checkpoints and stops transfers (bounded), answers what is open with ERR_STOPPING, closes. */
void eng_close(struct engine *eng);

void eng_submit(struct engine *eng, struct eng_call *call);	/* any thread */
void eng_push(struct engine *eng, struct eng_push *push);	/* any thread; before eng_close() begins */

/* Policies as they hold now. Any thread. The texts are copied to the arena. false: no memory. */
struct arena;
bool eng_policies(struct engine *eng, struct arena *arena, struct eng_policy_value ret[POLICY__COUNT]);
/* The configuration was read again: what it says (fixed) and does not say. Any thread; holds at once. */
void eng_set_fixed_policies(struct engine *eng, const struct eng_policy_value fixed[POLICY__COUNT]);

/* The same for [bandwidth]. */
void eng_set_profiles(struct engine *eng, const struct eng_profile *profiles, size_t n);
/* Whether a policy could hold this text; ei says what is wrong with it, in a sentence. Pure; any thread. */
enum err eng_policy_check(enum eng_policy policy, const char *text, struct errinfo *ei);
enum err eng_profile_check(const struct eng_profile *profile, struct errinfo *ei);
const char *eng_policy_name(enum eng_policy policy);
bool eng_policy_is_number(enum eng_policy policy);
void eng_network_changed(struct engine *eng);		/* any thread: host.connected() is to be asked again */

/* Any thread; never waits for a commit. NULL: not there, or not for this caller. */
struct job_view *eng_find(struct engine *eng, const struct eng_caller *caller, const struct guid *id);
/* The first visible job created after `after` (rec.seq), NULL: no more. */
struct job_view *eng_next(struct engine *eng, const struct eng_caller *caller, uint64_t after);
/* The value of a property that is kept as it is (place REC or OPT in schemas/job_props.def); false: it is
 * computed, ask the view. Headers that are write-only are empty. */
bool eng_prop_value(const struct job_view *view, enum job_prop prop, uint64_t *ret_num, const char **ret_text);
/* For which targets and schemes the job has credentials, "server: Basic, Digest; proxy: NTLM"; empty: none. */
const char *eng_credentials(const struct job_view *view, char *out, size_t room);
/* The name of the hidden file beside a file that is under way. */
#define ENG_TEMP_NAME 72
const char *eng_temp_name(const struct guid *job, const struct file_rec *file, char out[ENG_TEMP_NAME]);
void eng_view_unref(struct job_view *view);		/* NULL is fine */
/* Why the job does not move right now, in sentences; empty while it does, or when nothing is left to say.
 * Any thread. */
const char *eng_why(struct engine *eng, const struct job_view *view, char *out, size_t room);
/* What happened to the store at the last start that people should know (it was damaged and set aside);
 * empty: nothing. Any thread. */
const char *eng_trouble(const struct engine *eng);

#endif
