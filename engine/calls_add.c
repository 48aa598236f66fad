/* SPDX-License-Identifier: MIT
 * engine/calls_add.c: new jobs, new files: all of a set or none.
 *
 * Every path is looked at by the owner's worker first (only the owner's process may look), so the calls go on
 * in calls_on_checked(). What was refused has stored nothing. Engine thread only.
 */
#include "engine/calls.h"

#include <stdio.h>

#include "engine/job_rules.h"
#include "engine/names.h"
#include "engine/owners.h"
#include "engine/ranges.h"
#include "engine/shelf.h"

#define ASKED_AHEAD 64		/* questions to a worker that are not answered */

static enum err check_quota(struct engine *eng, struct eng_call *call)
{
	unsigned mine = owners_jobs(eng, call->owner_uid);
	enum err err = ERR_OK;

	if (call->caller.writes_all)
		return ERR_OK;
	if (shelf_jobs(eng->shelf) >= calls_limit(eng, POLICY_MaxJobsPerMachine))
		err = err_set(&call->ei, ERR_TOO_MANY_JOBS, "This machine has %zu jobs, as many as it may "
		    "have; complete or cancel some.", shelf_jobs(eng->shelf));
	else if (mine >= calls_limit(eng, POLICY_MaxJobsPerUser))
		err = err_set(&call->ei, ERR_TOO_MANY_JOBS_USER, "You have %u jobs, as many as one user may "
		    "have; complete or cancel some.", mine);
	if (err)
		log_event(EVENT_JOB_REFUSED_LIMIT, NULL, "uid %u: %s", call->owner_uid, call->ei.text);
	return err;
}

static enum err check_file_count(struct engine *eng, struct eng_call *call, const struct job *job)
{
	size_t have = job ? job->nfiles : 0, max = calls_limit(eng, POLICY_MaxFilesPerJob);

	if (call->caller.writes_all || (have <= max && call->nfiles <= max - have))
		return ERR_OK;
	return err_set(&call->ei, ERR_TOO_MANY_FILES, "The job has %zu files and may have %zu.", have, max);
}

/* What can be said of a file without looking at the disk. */
static enum err check_file(struct engine *eng, struct eng_call *call, size_t i)
{
	size_t max = call->caller.writes_all ? SIZE_MAX : calls_limit(eng, POLICY_MaxRangesPerFile);
	const struct eng_new_file *f = &call->files[i];
	enum err err = names_check_url(f->url, &call->ei);

	if (!err)
		err = names_check_path(f->path, &call->ei);
	if (!err && call->caller.remote)
		err = names_find_root(&eng->config, f->path, &call->roots[i], &call->ei);
	if (!err && f->ranges && *f->ranges)
		err = ranges_check(f->ranges, max, ENG_SIZE_UNKNOWN, false, &call->ei);
	return err;
}

static enum err check_files(struct engine *eng, struct eng_call *call)
{
	enum err err = ERR_OK;

	call->roots = calloc(call->nfiles + 1, sizeof(*call->roots));
	if (!call->roots)
		return err_plain(&call->ei, ERR_NO_MEMORY);
	for (size_t i = 0; i < call->nfiles && !err; i++)
		err = check_file(eng, call, i);
	return err;
}

/* Asks the owner's worker about the next paths; calls_on_checked() goes on. */
static enum err ask_worker(struct engine *eng, struct eng_call *call, uint32_t uid)
{
	while (call->asked < call->nfiles && call->asked - call->checked < ASKED_AHEAD) {
		struct link *link = link_get(eng, uid);
		struct proto_msg msg = { .type = PROTO_CHECK };

		msg.check.path = call->files[call->asked].path;
		msg.check.root = call->roots[call->asked];
		if (!link || !link_ask(link, &msg, call, NULL, 0))
			return err_plain(&call->ei, ERR_WORKER);
		call->asked++;
	}
	return ERR_OK;
}

/* The first questions. Where one could not be asked, the answers to the others are waited for. */
static enum err begin_asking(struct engine *eng, struct eng_call *call, uint32_t uid, bool *later)
{
	call->asked = call->checked = 0;
	call->err = ask_worker(eng, call, uid);
	*later = call->asked > 0;
	return *later ? ERR_OK : call->err;
}

static enum err append_file(struct engine *eng, struct job *job, struct eng_call *call, size_t i)
{
	const struct eng_new_file *from = &call->files[i];
	struct file *file = job_add_file(eng, job);

	if (!file)
		return err_plain(&call->ei, ERR_NO_MEMORY);
	file->rec.loopback = calls_may_loopback(eng, call, job);
	if (!rec_text(&file->rec.url, from->url) || !rec_text(&file->rec.path, from->path) ||
	    !rec_text(&file->rec.ranges, from->ranges ? from->ranges : "") ||
	    !rec_text(&file->rec.root, call->roots[i] ? call->roots[i] : ""))
		return err_plain(&call->ei, ERR_NO_MEMORY);
	return ERR_OK;
}

static enum err append_files(struct engine *eng, struct job *job, struct eng_call *call)
{
	size_t before = job->nfiles;
	enum err err = ERR_OK;

	for (size_t i = 0; i < call->nfiles && !err; i++)
		err = job_rules_may_range(job->opt, call->files[i].ranges, &call->ei);
	for (size_t i = 0; i < call->nfiles && !err; i++)
		err = append_file(eng, job, call, i);
	if (err)
		job_drop_files(job, before);
	else
		calls_changed(eng, job);
	call->index = (uint32_t)before;
	return err;
}

static enum err create_now(struct engine *eng, struct eng_call *call)
{
	struct job *job;
	enum err err = check_quota(eng, call);	/* others may have come while the worker looked at the path */

	if (err)
		return err;
	if (!guid_new(&call->job) || !(job = job_new(eng, &call->job)))
		return err_plain(&call->ei, ERR_NO_MEMORY);
	job->rec.uid = call->owner_uid;
	job_props_default(job);
	err = rec_text(&job->rec.owner, call->owner) && owners_count(eng, job) ? ERR_OK :
	    err_plain(&call->ei, ERR_NO_MEMORY);
	if (!err)
		err = job_props_set(eng, job, call->changes, call->nchanges, &call->ei);
	if (!err)
		err = append_files(eng, job, call);
	if (!err && call->start && call->nfiles)
		err = calls_resume(eng, job, &call->ei);
	if (err)
		job->gone = true;
	else
		log_event(EVENT_JOB_CREATED, job, "%u files, by uid %lld%s", job->nfiles,
		    (long long)call->caller.uid, call->caller.remote ? " from afar" : "");
	return err;
}

enum err call_create(struct engine *eng, struct eng_call *call, bool *later)
{
	enum err err;

	if (call->type != 0)
		return err_set(&call->ei, ERR_NOT_IMPL, "Type %llu is not offered; 0 is a download.",
		    (unsigned long long)call->type);
	err = check_quota(eng, call);
	if (!err)
		err = job_props_check(call->changes, call->nchanges, &call->ei);
	if (!err)
		err = notify_may_set(eng, &call->caller, NULL, call->changes, call->nchanges, &call->ei);
	if (!err)
		err = check_file_count(eng, call, NULL);
	if (err || !call->nfiles)
		return err ? err : create_now(eng, call);
	err = check_files(eng, call);
	return err ? err : begin_asking(eng, call, call->owner_uid, later);
}

/* The job, if these files may be added to it now. */
static enum err find_for_files(struct engine *eng, struct eng_call *call, struct job **ret)
{
	enum err err = calls_job(eng, call, EV_ADD_FILE, ret);

	return err ? err : check_file_count(eng, call, *ret);
}

enum err call_add_files(struct engine *eng, struct eng_call *call, bool *later)
{
	struct job *job = NULL;
	enum err err = find_for_files(eng, call, &job);

	if (!err && !call->nfiles)
		err = err_set(&call->ei, ERR_INVALID_ARG, "There is no file to add.");
	if (!err)
		err = check_files(eng, call);
	return err ? err : begin_asking(eng, call, job->rec.uid, later);
}

/* The worker has looked at the places; meanwhile the job may have changed, so it is asked again. */
static enum err add_now(struct engine *eng, struct eng_call *call)
{
	struct job *job = NULL;
	enum err err = find_for_files(eng, call, &job);

	if (!err)
		err = append_files(eng, job, call);
	return err ? err : job_move(eng, job, EV_ADD_FILE, &call->ei);
}

static uint32_t worker_of(struct engine *eng, struct eng_call *call)
{
	struct job *job = call->verb == ENG_CREATE ? NULL : job_by_id(eng, &call->job);

	return job ? job->rec.uid : call->owner_uid;
}

/* The first refusal decides, and is told when no question is open any more. */
void calls_on_checked(struct engine *eng, struct eng_call *call, enum err err, const char *text)
{
	call->checked++;
	if (err && !call->err)
		call->err = err_set(&call->ei, err, "%s", *text ? text : err_text(err));
	if (!call->err)
		call->err = ask_worker(eng, call, worker_of(eng, call));
	if (call->checked < call->asked)
		return;
	if (!call->err)
		call->err = call->verb == ENG_CREATE ? create_now(eng, call) : add_now(eng, call);
	engine_answer(eng, call, call->err);
}

/* The worker is gone. When none of its answers can come any more, all is asked of a new one, once. */
void calls_on_lost(struct engine *eng, struct eng_call *call, bool again)
{
	if (!again || call->again || call->err) {
		calls_on_checked(eng, call, eng->stopping ? ERR_STOPPING : ERR_WORKER, "");
		return;
	}
	if (++call->checked < call->asked)
		return;
	call->again = true;
	call->asked = call->checked = 0;
	call->err = ask_worker(eng, call, worker_of(eng, call));
	if (!call->asked)
		engine_answer(eng, call, call->err);
}
