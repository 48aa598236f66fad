/* SPDX-License-Identifier: MIT
 * engine/job_state.c: the life of a job.
 *
 *   SUSPENDED --resume--> QUEUED --picked--> CONNECTING --answer--> TRANSFERRING
 *       ^                  ^  ^                  |                    |      |
 *       | suspend          |  +--- retry --- TRANSIENT_ERROR <--------+      |
 *   (any active)           +----- resume --- ERROR <----- fatal -----'       |
 *   ACKNOWLEDGED <--complete--- TRANSFERRED <------- last byte --------------+
 *
 * The moves are rows of schemas/states.def. Never knows who asked, what a URL is, how bytes
 * move. Engine thread only. Nobody else writes rec.state; a move is committed before anyone is
 * told. Source: BITS "Life Cycle of a BITS Job".
 */
#include "engine/core.h"

#include "engine/base/log.h"
#include "engine/base/now.h"

static const char *const state_text[JOB__COUNT] = {
#define STATE(name, number, text, cls) [number] = text,
#include "schemas/states.def"
#undef STATE
};

enum state_class { CLASS_START, CLASS_ACTION, CLASS_WAITS, CLASS_FINAL };

static const enum state_class state_class[JOB__COUNT] = {
#define STATE(name, number, text, cls) [number] = CLASS_##cls,
#include "schemas/states.def"
#undef STATE
};

static const char *const event_text[EV__COUNT] = {
#define EVENT(name) #name,
#include "schemas/states.def"
#undef EVENT
};

/* Guards: whether a legal move may be taken now, and the error if not. */
static enum err always(const struct job *job, struct errinfo *ei)
{
	(void)job;
	(void)ei;
	return ERR_OK;
}

static enum err has_files(const struct job *job, struct errinfo *ei)
{
	return job->nfiles ? ERR_OK : err_plain(ei, ERR_EMPTY);
}

static enum err has_unfinished(const struct job *job, struct errinfo *ei)
{
	(void)job;
	(void)ei;
	return ERR_OK;		/* nothing unfinished: a harmless success, see job_move() */
}

struct move { bool legal; enum job_state to; enum err (*guard)(const struct job *job, struct errinfo *ei); };

static const struct move moves[JOB__COUNT][EV__COUNT] = {
#define MOVE(from, event, to, guard) [JOB_##from][EV_##event] = { true, JOB_##to, guard },
#include "schemas/states.def"
#undef MOVE
};

const char *job_state_text(enum job_state state)
{
	return (unsigned)state < JOB__COUNT ? state_text[state] : "?";
}

enum err job_may(const struct job *job, enum job_event ev, struct errinfo *ei)
{
	const struct move *m = &moves[job->rec.state][ev];

	if (job->closing)
		return err_set(ei, ERR_INVALID_STATE, "The job is just being %s; nothing else can be done "
		    "with it.", job->closing->call->verb == ENG_CANCEL ? "cancelled" :
		    job->closing->call->verb == ENG_TAKE ? "taken over" : "completed");
	if (!m->legal)
		return err_set(ei, ERR_INVALID_STATE, "The job is %s, which does not allow this.",
		    state_text[job->rec.state]);
	return m->guard(job, ei);
}

/* The last byte of what was asked for is not the last one of an on-demand job's files. */
static bool is_whole(const struct job *job)
{
	bool whole = true;

	for (size_t i = 0; i < job->nfiles && job->opt->on_demand; i++)
		whole &= job->files[i]->rec.transferred;
	return whole;
}

static void enter(struct engine *eng, struct job *job, enum job_state to)
{
	bool busy = to == JOB_CONNECTING || to == JOB_TRANSFERRING;

	clocks_roll(eng, job);
	job->busy_since_ms = busy ? eng->now_ms : 0;
	job->retry_at_ms = 0;
	job->rec.transferred_ft = to == JOB_TRANSFERRED ? engine_ft(eng) : 0;
	if (to == JOB_TRANSFERRING || to == JOB_TRANSFERRED) {
		job->rec.error_code = job->rec.error_context = job->rec.error_file = 0;
		rec_text(&job->rec.error_text, "");
	}
	if (to != JOB_TRANSFERRING && job->run)
		job->run->rate = 0;
	if (to == JOB_SUSPENDED || to == JOB_TRANSFERRED || to == JOB_ERROR)
		clocks_progress(job);
	if (to == JOB_TRANSFERRED || to == JOB_ERROR)
		notify_event(job, to == JOB_TRANSFERRED ? 1 : 2);
	else if (to == JOB_QUEUED && job->rec.notify_due)
		notify_event(job, 0);		/* no longer true */
}

static void tell(const struct job *job, enum job_event ev, enum job_state to)
{
	size_t next = ev == EV_PICKED ? job_next_file(job) : job->nfiles;

	if (next < job->nfiles)			/* what stands behind a ? opens doors, often enough */
		log_event(EVENT_JOB_STARTED, job, "%.*s", (int)strcspn(job->files[next]->rec.url, "?#"),
		    job->files[next]->rec.url);
	else if (to == JOB_TRANSFERRED)
		log_event(EVENT_JOB_TRANSFERRED, job, "%u files", job->nfiles);
	else if (to == JOB_ERROR)
		log_event(EVENT_JOB_FAILED, job, "err=0x%08x %s", job->rec.error_code, job->rec.error_text);
}

enum err job_move(struct engine *eng, struct job *job, enum job_event ev, struct errinfo *ei)
{
	const struct move *m = &moves[job->rec.state][ev == EV_LAST_BYTE && !is_whole(job) ? EV_DELIVERED : ev];
	enum job_state to = m->to;
	char id[GUID_TEXT];

	if (!m->legal)
		return err_set(ei, ERR_INVALID_STATE, "The job is %s, which does not allow this.",
		    state_text[job->rec.state]);
	if (m->guard(job, ei) != ERR_OK)
		return ei ? ei->err : ERR_EMPTY;
	if (m->guard == has_unfinished && job_next_file(job) == job->nfiles)
		to = (enum job_state)job->rec.state;
	if (to == (enum job_state)job->rec.state)
		return ERR_OK;
	if (ev == EV_RESUME)
		job->rec.busy_ms = 0;		/* MaximumDownloadTime begins anew */
	log_info("job=%s %s -> %s (%s)", guid_text(&job->rec.id, id), state_text[job->rec.state],
	    state_text[to], event_text[ev]);
	job->rec.state = to;
	job_modified(eng, job);
	enter(eng, job, to);
	if (to == JOB_TRANSFERRED && job->tries)
		tries_add(eng, job, 0, 0, "");	/* the history of those that failed ends well */
	tell(job, ev, to);
	job_dirty(eng, job);
	return ERR_OK;
}

/* Not a move of its own: the row says CONNECTING or TRANSFERRING and may go on saying so, because a
 * restart reads that as QUEUED, too. For a turn whose commit failed, when nothing can be stored. */
void job_requeue(struct engine *eng, struct job *job)
{
	if (!job_is_busy(job))
		return;
	clocks_roll(eng, job);
	job->rec.state = moves[job->rec.state][EV_RESTARTED].to;
	job->busy_since_ms = 0;
}

bool job_is_active(const struct job *job)
{
	return state_class[job->rec.state] == CLASS_ACTION;
}

bool job_is_busy(const struct job *job)
{
	return job->rec.state == JOB_CONNECTING || job->rec.state == JOB_TRANSFERRING;
}
