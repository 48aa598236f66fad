/* SPDX-License-Identifier: MIT
 * dray.h: talk to a dray agent, on this machine or another.
 *
 * A handle is one conversation with one agent. Every call waits for the agent's answer, at most
 * dray_set_timeout_ms(); nothing is repeated behind your back. A change has happened, and is on
 * the agent's disk, when the call returns success.
 *
 * Threads: one handle a thread at a time; different handles are independent.
 * Memory: "owned" is yours to free, "borrowed" says until when. All text is UTF-8.
 * Units are in the names: _s seconds, _ms milliseconds, _ft FILETIME (100 ns since 1601-01-01
 * UTC), bytes where nothing else is said.
 * Growth: structs you fill are zeroed first (`= { 0 }`) so a member added later has its
 * default. Structs dray fills start with `size`, what this library knows; members past it are
 * not there. Within one major version members are only ever added at the end.
 */
#ifndef DRAY_H
#define DRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DRAY_VERSION_MAJOR 0
#define DRAY_VERSION_MINOR 1
#define DRAY_API __attribute__((visibility("default")))

/* ---- results ---------------------------------------------------------------------------- */

/* What every call returns: 0, a success code, or an HRESULT with the top bit set. Codes of the
 * agent are passed on untouched, these are only the ones a program usually asks for. */
typedef uint32_t dray_result;

#define DRAY_OK			UINT32_C(0)
#define DRAY_S_UNCHANGED	UINT32_C(0x00000001)	/* there was nothing to change */
#define DRAY_S_PARTIAL		UINT32_C(0x00200017)	/* completed with the finished files only */
#define DRAY_E_NOT_FOUND	UINT32_C(0x80200001)	/* no such job (or not yours to see) */
#define DRAY_E_INVALID_STATE	UINT32_C(0x80200002)
#define DRAY_E_EMPTY		UINT32_C(0x80200003)	/* the job has no file */
#define DRAY_E_NO_ERROR_INFO	UINT32_C(0x8020000F)	/* the job has no error to report */
#define DRAY_E_ACCESS_DENIED	UINT32_C(0x80070005)
#define DRAY_E_INVALID_ARG	UINT32_C(0x80070057)
#define DRAY_E_NO_MEMORY	UINT32_C(0x8007000E)
#define DRAY_E_TOO_BIG		UINT32_C(0x8007007A)	/* an answer over 4 MiB */
#define DRAY_E_UNREACHABLE	UINT32_C(0x80072EFD)	/* no agent answers there */
#define DRAY_E_TIMEOUT		UINT32_C(0x80072EE2)	/* no answer in time; it may still be done */
#define DRAY_E_LOST		UINT32_C(0x80072EFE)	/* the connection broke; it may have been done */
#define DRAY_E_BAD_REPLY	UINT32_C(0x80072F78)	/* what came is not an answer of an agent */
#define DRAY_E_TLS		UINT32_C(0x80072F8F)	/* certificate or encryption not acceptable */
#define DRAY_E_BUSY		UINT32_C(0x800700AA)	/* the agent cannot do it now; try again */
#define DRAY_E_INTERRUPTED	UINT32_C(0x800704C7)	/* the function of dray_set_interrupt() said stop */

static inline bool dray_failed(dray_result r) { return r >> 31; }

/* Why the last call on a handle failed. */
struct dray_error {
	size_t size;
	dray_result code;
	char subcode[64];	/* of the SOAP fault, like "w:AccessDenied"; empty when there was none */
	char text[1024];	/* for a person, in the agent's words; never empty after a failure */
};

/* ---- a conversation --------------------------------------------------------------------- */

struct dray;

/* Opens a handle; nothing is sent yet.
 * target   NULL: the agent of this user on this machine (see dray_default_socket);
 *          a path beginning with '/': that socket; "host", "host:port" (port 5985) or an http or
 *          https URL: the agent there
 * user, password   for a host; NULL for a socket, where the kernel says who you are
 * ret_error        filled on failure; may be NULL
 * NULL on failure; else owned, end it with dray_close(). */
DRAY_API struct dray *dray_open(const char *target, const char *user, const char *password,
    struct dray_error *ret_error);
DRAY_API void dray_close(struct dray *d);		/* NULL is fine */
/* Can everything, the password too, be read on the way to the agent? */
DRAY_API bool dray_is_cleartext(const struct dray *d);

/* Borrowed until the next call on the handle. */
DRAY_API const struct dray_error *dray_last_error(const struct dray *d);

DRAY_API void dray_set_timeout_ms(struct dray *d, uint32_t ms);	/* of one exchange; default 75000 */
/* While a call waits, `stop` is asked about once a second; true ends it with
 * DRAY_E_INTERRUPTED (the agent may still do what was asked). NULL: never. */
DRAY_API void dray_set_interrupt(struct dray *d, bool (*stop)(void *arg), void *arg);

/* Where dray_open(NULL) connects: DRAY_SOCKET, else /run/dray/dray.sock for root, else
 * $XDG_RUNTIME_DIR/dray.sock, else /tmp/dray-UID/dray.sock. false: does not fit. */
DRAY_API bool dray_default_socket(char *out, size_t room);
/* Where the agent of an ordinary user keeps its state: $XDG_STATE_HOME/dray, else
 * ~/.local/state/dray. false: no home, or does not fit. */
DRAY_API bool dray_default_state_dir(char *out, size_t room);
DRAY_API const char *dray_version(void);		/* "0.1.0"; of the library, static */

/* ---- jobs ------------------------------------------------------------------------------- */

#define DRAY_ID_SIZE 39				/* {GUID} in upper case and NUL */
#define DRAY_SIZE_UNKNOWN UINT64_MAX		/* a size not learned yet */

enum dray_state {
	DRAY_QUEUED = 0,
	DRAY_CONNECTING = 1,
	DRAY_TRANSFERRING = 2,
	DRAY_SUSPENDED = 3,
	DRAY_ERROR = 4,			/* waits for you: resume, complete what is there, or cancel */
	DRAY_TRANSIENT_ERROR = 5,	/* will be tried again by itself */
	DRAY_TRANSFERRED = 6,		/* every byte is here; waits for complete */
	DRAY_ACKNOWLEDGED = 7,
	DRAY_CANCELLED = 8,
};

enum dray_priority { DRAY_FOREGROUND = 0, DRAY_HIGH = 1, DRAY_NORMAL = 2, DRAY_LOW = 3 };

enum dray_kind { DRAY_KIND_TEXT, DRAY_KIND_NUMBER, DRAY_KIND_BOOL };

/* One property as it came, also ones this library has no member for. */
struct dray_prop {
	const char *name;		/* as on the wire */
	const char *text;		/* NULL: the property has no value */
	enum dray_kind kind;
	uint64_t number;		/* NUMBER, BOOL (0 or 1) */
};

struct dray_file {
	size_t size;
	uint32_t index;			/* position in the job, from 0 */
	const char *url;
	const char *path;		/* absolute, on the agent's machine */
	uint64_t bytes_total;		/* DRAY_SIZE_UNKNOWN while not learned */
	uint64_t bytes_transferred;
	bool transferred;		/* every byte is here */
	bool completed;			/* stands at `path` */
	const struct dray_prop *props;	/* everything, in the order of the wire */
	size_t nprops;
};

/* A picture of a job at one moment. Text members are never NULL. */
struct dray_job {
	size_t size;
	const char *id;			/* {GUID} */
	const char *name;		/* DisplayName */
	const char *description;
	const char *owner;
	const char *note;		/* what the agent had to do differently, in words */
	uint32_t type;
	uint32_t state;			/* enum dray_state */
	uint32_t priority;		/* enum dray_priority */
	uint64_t bytes_total;		/* DRAY_SIZE_UNKNOWN while a size is not learned */
	uint64_t bytes_transferred;
	uint64_t rate_bytes_s;		/* over the last seconds; 0 when idle */
	uint32_t files_total;
	uint32_t files_transferred;
	uint32_t current_file;		/* index */
	uint64_t created_ft;
	uint64_t modified_ft;
	uint64_t completed_ft;		/* when the last byte came; 0 before */
	uint32_t retry_delay_s;		/* MinimumRetryDelay */
	uint32_t no_progress_s;		/* NoProgressTimeout */
	uint32_t retry_in_s;		/* until the next try; 0 when none is planned */
	uint32_t transient_errors;	/* so far */
	dray_result error_code;		/* of the last error; 0 for none */
	uint32_t error_context;
	uint32_t error_file;		/* index */
	const char *error_text;
	const struct dray_file *files;	/* in the order they are moved */
	size_t nfiles;
	const struct dray_prop *props;	/* everything but the files, in the order of the wire */
	size_t nprops;
};

struct dray_new_job {
	const char *name;		/* must be given */
	const char *description;	/* may be NULL */
	const char *url, *path;		/* first file; both or neither */
	bool has_priority;		/* false: normal */
	enum dray_priority priority;
	bool suspended;			/* false: starts at once if it has a file */
};

/* Ids are taken in any case, with or without braces. */
DRAY_API dray_result dray_job_create(struct dray *d, const struct dray_new_job *job, char ret_id[DRAY_ID_SIZE]);
DRAY_API dray_result dray_job_add_file(struct dray *d, const char *id, const char *url, const char *path,
    uint32_t *ret_index);				/* ret_index may be NULL */
/* Only these bytes of it, back to back in this order: "first-last,first-", counted from 0. */
DRAY_API dray_result dray_job_add_file_ranges(struct dray *d, const char *id, const char *url, const char *path,
    const char *ranges, uint32_t *ret_index);
struct dray_new_file { const char *url, *path; };
/* All of them or none. */
DRAY_API dray_result dray_job_add_files(struct dray *d, const char *id,
    const struct dray_new_file *files, size_t n,
    uint32_t *ret_first);
DRAY_API dray_result dray_job_get(struct dray *d, const char *id, struct dray_job **ret_job);	/* owned */
DRAY_API void dray_job_free(struct dray_job *job);	/* with all its members; NULL is fine */

/* Every job the caller may see, oldest first, fetched page by page. `on_job` borrows the job
 * until it returns, must not use the handle, and says whether to go on. */
DRAY_API dray_result dray_job_list(struct dray *d, bool (*on_job)(void *arg, const struct dray_job *job),
    void *arg);

/* Changes properties by their names on the wire: all or none. Names that do not exist or
 * cannot be written are refused here, values by the agent. */
struct dray_change {
	const char *name, *value;
};
DRAY_API dray_result dray_job_set(struct dray *d, const char *id, const struct dray_change *changes, size_t n);

DRAY_API dray_result dray_job_resume(struct dray *d, const char *id);
DRAY_API dray_result dray_job_suspend(struct dray *d, const char *id);
/* Puts the files in their places and ends the job; DRAY_S_PARTIAL: only the finished ones. */
DRAY_API dray_result dray_job_complete(struct dray *d, const char *id);
DRAY_API dray_result dray_job_cancel(struct dray *d, const char *id);

/* Whoever calls becomes the owner; for administrators. Credentials,
 * headers, certificate and command are dropped. */
DRAY_API dray_result dray_job_take(struct dray *d, const char *id);

struct dray_job_error {
	size_t size;
	dray_result code;
	uint32_t context;
	char context_text[256];
	char text[2048];
};
/* What stopped the job, or made it wait. DRAY_E_NO_ERROR_INFO when nothing did. */
DRAY_API dray_result dray_job_error(struct dray *d, const char *id, struct dray_job_error *ret_error);

/* What a code means, whoever gave it. Nothing is asked of an agent. false: nobody knows it. */
struct dray_description {
	size_t size;
	char name[64];			/* BG_E_EMPTY; may be empty */
	char text[256];			/* a sentence */
	char remedy[256];		/* what helps; may be empty */
};
DRAY_API bool dray_describe(dray_result code, struct dray_description *ret);

/* ---- files of a job --------------------------------------------------------------------- */

/* From where the file comes from now on. What is here is kept if the new place has the same size and time. */
DRAY_API dray_result dray_file_set_url(struct dray *d, const char *id, uint32_t index, const char *url);
/* The same for all whose URL begins with old_prefix; DRAY_S_UNCHANGED: none does. */
DRAY_API dray_result dray_job_replace_prefix(struct dray *d, const char *id, const char *old_prefix,
    const char *new_prefix);
/* A received file is what it should be, or (false) not: the job fails, and resume fetches it again. */
DRAY_API dray_result dray_file_validate(struct dray *d, const char *id, uint32_t index, bool good);
/* On-demand jobs: these bytes are wanted, too; what is missing comes from here on first. */
DRAY_API dray_result dray_file_want(struct dray *d, const char *id, uint32_t index, const char *ranges);
DRAY_API dray_result dray_file_seek(struct dray *d, const char *id, uint32_t index, uint64_t offset);

/* ---- credentials ------------------------------------------------------------------------ */

enum dray_target { DRAY_SERVER = 1, DRAY_PROXY = 2 };
enum dray_scheme { DRAY_BASIC = 1, DRAY_DIGEST = 2, DRAY_NTLM = 3, DRAY_NEGOTIATE = 4 };

/* One slot for each pair. They are kept sealed and can never be read again. user and password NULL (NTLM and
 * Negotiate): whoever the owner is. */
DRAY_API dray_result dray_job_set_credentials(struct dray *d, const char *id, enum dray_target target,
    enum dray_scheme scheme, const char *user, const char *password);
/* DRAY_S_UNCHANGED: there were none. */
DRAY_API dray_result dray_job_remove_credentials(struct dray *d, const char *id, enum dray_target target,
    enum dray_scheme scheme);

/* ---- events --------------------------------------------------------------------------- */

/* What became of a job. A job tells what its NotifyFlags have:
 * DRAY_EVENT_TRANSFERRED and _ERROR unless changed. */
enum dray_event_kind { DRAY_EVENT_TRANSFERRED = 1, DRAY_EVENT_ERROR = 2, DRAY_EVENT_MODIFICATION = 8,
	DRAY_EVENT_FILE = 16, DRAY_EVENT_RANGES = 32 };
struct dray_event {
	size_t size;
	uint32_t what;			/* one of the above */
	char id[DRAY_ID_SIZE];
	uint32_t state;			/* of the job then */
	uint32_t file;			/* FILE, RANGES, ERROR: its index */
};
/* Waits `seconds` (30 at most) for events of the kinds `what` (their sum) in jobs the caller may see. *after: 0
 * first, which also tells the jobs that are transferred or in error already; each call moves it on, and by
 * giving it the next call says that everything before was dealt with. *ret_lost (may be NULL): some were missed
 * (away for too long, or the agent was started anew) and those that wait for a person are told again. */
DRAY_API dray_result dray_events_wait(struct dray *d, uint64_t *after, uint32_t what, unsigned seconds,
    bool *ret_lost, void (*on_event)(void *arg, const struct dray_event *event), void *arg);

/* ---- other classes ---------------------------------------------------------------------- */

/* An instance of another class, property by property. */
struct dray_record {
	size_t size;
	const struct dray_prop *props;	/* in the order of the wire */
	size_t nprops;
};
DRAY_API void dray_record_free(struct dray_record *record);	/* NULL is fine */

/* The last tries of a job that failed at least once (DRAY_Attempt), oldest first. `on_attempt` borrows. */
DRAY_API dray_result dray_job_attempts(struct dray *d, const char *id,
    bool (*on_attempt)(void *arg, const struct dray_record *attempt), void *arg);
/* DRAY_Policy: what the administrator decided for all jobs. */
DRAY_API dray_result dray_policy_get(struct dray *d, struct dray_record **ret_policies);	/* owned */
/* All or none; for administrators. What the configuration decides
 * (named in Fixed) is kept but does not hold. */
DRAY_API dray_result dray_policy_set(struct dray *d, const struct dray_change *changes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
