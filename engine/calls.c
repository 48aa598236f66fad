/* SPDX-License-Identifier: MIT
 * engine/calls.c: what people ask of jobs. Refusals in a fixed order: shape, who, exists, may,
 * state, limits, value; then the act. Answers go out after the commit (engine_answer).
 *
 * A new file is first checked by the owner's worker (only the owner's process may look), so
 * CREATE with a file and ADD_FILE go on in calls_on_checked(). Engine thread only.
 */
#include "engine/core.h"

#include <stdio.h>
#include <string.h>

#include "engine/access.h"
#include "engine/names.h"
#include "engine/base/now.h"

static struct job *find(struct engine *eng, struct eng_call *call)
{
	struct job *job = job_by_id(eng, &call->job);

	return job && access_may_write(&call->caller, job->rec.uid) ? job : NULL;
}

/* A job the caller sees but may not change is denied; one he does not see is not there. */
static enum err not_found(struct engine *eng, struct eng_call *call)
{
	struct job *job = job_by_id(eng, &call->job);

	if (job && access_may_read(&call->caller, job->rec.uid))
		return err_set(&call->ei, ERR_ACCESS_DENIED, "You may look at this job but not change it.");
	return err_plain(&call->ei, ERR_NOT_FOUND);
}

/* Every file's name, before anything is asked of a worker. */
static enum err check_names(struct engine *eng, struct eng_call *call)
{
	enum err err = ERR_OK;

	call->checked = 0;
	call->roots = calloc(call->nfiles, sizeof(*call->roots));
	if (!call->roots)
		return err_plain(&call->ei, ERR_NO_MEMORY);
	for (size_t i = 0; i < call->nfiles && !err; i++) {
		const struct eng_new_file *f = &call->files[i];

		err = names_check_url(f->url, &call->ei);
		if (!err)
			err = names_check_path(f->path, &call->ei);
		if (!err && call->caller.remote)
			err = names_find_root(&eng->config, f->path, &call->roots[i], &call->ei);
	}
	return err;
}

static enum err check_quota(struct engine *eng, struct eng_call *call)
{
	unsigned mine = 0;

	if (call->caller.writes_all)
		return ERR_OK;
	if (eng->njobs >= eng->config.limits.jobs_per_machine)
		return err_set(&call->ei, ERR_TOO_MANY_JOBS, "This machine has %u jobs, as many as it may "
		    "have; complete or cancel some.", eng->njobs);
	for (struct job *job = eng->jobs; job; job = job->hh.next)
		mine += job->rec.uid == call->owner_uid;
	if (mine >= eng->config.limits.jobs_per_user)
		return err_set(&call->ei, ERR_TOO_MANY_JOBS_USER, "You have %u jobs, as many as one user may "
		    "have; complete or cancel some.", mine);
	return ERR_OK;
}

static enum err check_file_count(struct engine *eng, struct eng_call *call, const struct job *job)
{
	size_t have = job ? job->nfiles : 0, max = eng->config.limits.files_per_job;

	if (call->caller.writes_all || (have <= max && call->nfiles <= max - have))
		return ERR_OK;
	return err_set(&call->ei, ERR_TOO_MANY_FILES, "The job has %zu files and may have %zu.", have, max);
}

/* Asks the owner's worker about the next path; calls_on_checked() goes on. */
static enum err ask_worker(struct engine *eng, struct eng_call *call, uint32_t uid)
{
	struct link *link = link_get(eng, uid);
	struct proto_msg msg = { .type = PROTO_CHECK };

	msg.check.path = call->files[call->checked].path;
	msg.check.root = call->roots[call->checked];
	return link && link_ask(link, &msg, call, NULL, 0) ? ERR_OK : err_plain(&call->ei, ERR_WORKER);
}

static enum err append_file(struct engine *eng, struct job *job, struct eng_call *call, size_t i)
{
	const struct eng_new_file *from = &call->files[i];
	struct file *file = job_add_file(eng, job);
	char id[GUID_TEXT], temp[80];

	if (!file)
		return err_plain(&call->ei, ERR_NO_MEMORY);
	snprintf(temp, sizeof(temp), ".dray-%.36s-%zu.part", guid_text(&job->rec.id, id) + 1, job->nfiles - 1);
	file->rec.loopback = !call->caller.remote || eng->config.allow_loopback;
	if (!rec_text(&file->rec.url, from->url) || !rec_text(&file->rec.path, from->path) ||
	    !rec_text(&file->rec.ranges, from->ranges ? from->ranges : "") ||
	    !rec_text(&file->rec.root, call->roots[i] ? call->roots[i] : "") ||
	    !rec_text(&file->rec.temp, temp))
		return err_plain(&call->ei, ERR_NO_MEMORY);
	job->rec.modified_ft = now_ft();
	return ERR_OK;
}

static enum err append_files(struct engine *eng, struct job *job, struct eng_call *call)
{
	enum err err = ERR_OK;

	call->index = (uint32_t)job->nfiles;
	for (size_t i = 0; i < call->nfiles && !err; i++)
		err = append_file(eng, job, call, i);
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
	err = rec_text(&job->rec.owner, call->owner) ? ERR_OK : ERR_NO_MEMORY;
	if (!err)
		err = job_props_apply(eng, job, call->changes, call->nchanges);
	if (!err)
		err = append_files(eng, job, call);
	if (!err && call->start && call->nfiles)
		err = job_move(eng, job, EV_RESUME, &call->ei);
	if (err)
		job->gone = true;
	return err;
}

static enum err on_create(struct engine *eng, struct eng_call *call, bool *later)
{
	enum err err;

	if (call->type != 0)
		return err_set(&call->ei, ERR_NOT_IMPL, "Type %llu is not offered; 0 is a download.",
		    (unsigned long long)call->type);
	err = check_quota(eng, call);
	if (!err)
		err = job_props_check(call->changes, call->nchanges, &call->ei);
	if (!err)
		err = check_file_count(eng, call, NULL);
	if (err || !call->nfiles)
		return err ? err : create_now(eng, call);
	err = check_names(eng, call);
	*later = !err;
	return err ? err : ask_worker(eng, call, call->owner_uid);
}

/* The job, if a file may be added to it now. */
static enum err find_for_file(struct engine *eng, struct eng_call *call, struct job **ret)
{
	struct job *job = find(eng, call);
	enum err err;

	if (!job)
		return not_found(eng, call);
	err = job_may(job, EV_ADD_FILE, &call->ei);
	if (!err)
		err = check_file_count(eng, call, job);
	*ret = job;
	return err;
}

static enum err on_add_files(struct engine *eng, struct eng_call *call, bool *later)
{
	struct job *job = NULL;
	enum err err = find_for_file(eng, call, &job);

	if (!err)
		err = check_names(eng, call);
	*later = !err;
	return err ? err : ask_worker(eng, call, (uint32_t)job->rec.uid);
}

/* The worker has looked at the place; meanwhile the job may have changed, so it is asked again. */
static enum err add_now(struct engine *eng, struct eng_call *call)
{
	struct job *job = NULL;
	enum err err = find_for_file(eng, call, &job);

	if (!err)
		err = append_files(eng, job, call);
	return err ? err : job_move(eng, job, EV_ADD_FILE, &call->ei);
}

static uint32_t worker_of(struct engine *eng, struct eng_call *call)
{
	struct job *job = call->verb == ENG_CREATE ? NULL : job_by_id(eng, &call->job);

	return job ? job->rec.uid : call->owner_uid;
}

void calls_on_checked(struct engine *eng, struct eng_call *call, enum err err, const char *text)
{
	if (err) {
		err_set(&call->ei, err, "%s", *text ? text : err_text(err));
	} else if (++call->checked < call->nfiles) {
		err = ask_worker(eng, call, worker_of(eng, call));
		if (!err)
			return;
	} else {
		err = call->verb == ENG_CREATE ? create_now(eng, call) : add_now(eng, call);
	}
	engine_answer(eng, call, err);
}

static enum err on_set(struct engine *eng, struct eng_call *call, bool *later)
{
	struct job *job = find(eng, call);
	enum err err;

	(void)later;
	if (!job)
		return not_found(eng, call);
	err = job_may(job, EV_SET, &call->ei);
	if (!err)
		err = job_props_check(call->changes, call->nchanges, &call->ei);
	return err ? err : job_props_apply(eng, job, call->changes, call->nchanges);
}

static enum err on_move(struct engine *eng, struct eng_call *call, bool *later)
{
	enum job_event ev = call->verb == ENG_RESUME ? EV_RESUME : EV_SUSPEND;
	struct job *job = find(eng, call);
	enum err err;

	(void)later;
	if (!job)
		return not_found(eng, call);
	err = job_may(job, ev, &call->ei);
	return err ? err : job_move(eng, job, ev, &call->ei);
}

static enum err on_close(struct engine *eng, struct eng_call *call, bool *later)
{
	struct job *job = find(eng, call);
	enum err err;

	if (!job)
		return not_found(eng, call);
	err = job_may(job, call->verb == ENG_CANCEL ? EV_CANCEL : EV_COMPLETE, &call->ei);
	if (err)
		return err;
	*later = true;
	closing_begin(eng, job, call);
	return ERR_OK;
}

static const struct {
	enum err (*on)(struct engine *eng, struct eng_call *call, bool *later);
} verbs[] = {
	[ENG_CREATE] = { on_create }, [ENG_ADD_FILES] = { on_add_files }, [ENG_SET] = { on_set },
	[ENG_RESUME] = { on_move }, [ENG_SUSPEND] = { on_move },
	[ENG_CANCEL] = { on_close }, [ENG_COMPLETE] = { on_close },
};

void calls_handle(struct engine *eng, struct eng_call *call)
{
	bool later = false;		/* the answer comes when a worker has spoken */
	enum err err;

	if (eng->stopping)
		err = err_plain(&call->ei, ERR_STOPPING);
	else if (call->verb >= COUNT(verbs) || !verbs[call->verb].on)
		err = err_plain(&call->ei, ERR_NOT_IMPL);
	else
		err = verbs[call->verb].on(eng, call, &later);
	if (!later || err)
		engine_answer(eng, call, err);
}
