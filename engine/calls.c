/* SPDX-License-Identifier: MIT
 * engine/calls.c: what people ask of jobs: properties, Resume and Suspend, Complete and Cancel, and who
 * answers everything else. Answers go out after the commit (engine_answer). Engine thread only.
 */
#include "engine/calls.h"

#include <string.h>

#include "engine/access.h"
#include "engine/delivery.h"
#include "engine/job_rules.h"
#include "engine/policy.h"

/* A job the caller sees but may not change is denied; one he does not see is not there. */
enum err calls_job(struct engine *eng, struct eng_call *call, enum job_event ev, struct job **ret)
{
	struct job *job = job_by_id(eng, &call->job);

	if (!job || !access_may_read(&call->caller, job->rec.uid))
		return err_plain(&call->ei, ERR_NOT_FOUND);
	if (!access_may_write(&call->caller, job->rec.uid))
		return err_set(&call->ei, ERR_ACCESS_DENIED, "You may look at this job but not change it.");
	*ret = job;
	return job_may(job, ev, &call->ei);
}

enum err calls_file(struct engine *eng, struct eng_call *call, struct job **ret_job, struct file **ret_file)
{
	enum err err = calls_job(eng, call, EV_SET, ret_job);

	if (err)
		return err;
	if (call->index >= (*ret_job)->nfiles)
		return err_set(&call->ei, ERR_NO_SUCH_FILE,
		    "The job has %u files and none with the number %u.",
		    (*ret_job)->nfiles, call->index);
	*ret_file = job_edit_file(*ret_job, call->index);
	return *ret_file ? ERR_OK : err_plain(&call->ei, ERR_NO_MEMORY);
}

size_t calls_limit(struct engine *eng, enum eng_policy policy)
{
	return policy_number(eng, policy);
}

void calls_changed(struct engine *eng, struct job *job)
{
	job_modified(eng, job);
	job_dirty(eng, job);
}

void calls_order_again(struct engine *eng, struct job *job)
{
	transfer_forget(eng, job);	/* run_do() sees a busy job that nothing moves, and starts it */
	engine_touch(eng, job);
}

void calls_asks_changed(struct engine *eng, struct job *job)
{
	/* A method of the job's own is not sent twice for it. */
	if (job->run && job->run->sent > 1 && !*job->opt->http_method)
		calls_order_again(eng, job);
}

enum err calls_resume(struct engine *eng, struct job *job, struct errinfo *ei)
{
	enum job_state was = (enum job_state)job->rec.state;
	enum err err = job_may(job, EV_RESUME, ei);

	if (!err)
		err = job_rules_may_run(&job->rec, job->opt, ei);
	if (!err)
		err = job_move(eng, job, EV_RESUME, ei);
	if (!err && job->rec.state != was)
		job->rec.resumed = true;
	return err;
}

/* A run obeys the flags it was ordered with; new ones must not wait for its end (BITS: a revocation check
 * that is switched on begins the file anew). The other settings count from the next request on. */
static bool orders_change(const struct job_opt *was, const struct job_opt *now)
{
	return was->security_flags != now->security_flags || was->on_demand != now->on_demand;
}

static bool asks_change(const struct job_opt *was, const struct job_opt *now)
{
	return was->proxy_usage != now->proxy_usage || strcmp(was->proxy_list, now->proxy_list) ||
	    strcmp(was->proxy_bypass, now->proxy_bypass) || strcmp(was->headers, now->headers) ||
	    was->cert_location != now->cert_location || strcmp(was->cert_store, now->cert_store) ||
	    strcmp(was->cert_hash, now->cert_hash) || strcmp(was->cert_subject, now->cert_subject);
}

bool calls_may_loopback(struct engine *eng, const struct eng_call *call, const struct job *job)
{
	return eng->config.allow_loopback || (!call->caller.remote && !job->opt->proxy_from_afar);
}

/* A proxy named from afar is reached by the rules for remote callers, whoever added the files: else it would
 * be a way to this host's own services. false: no memory. */
static bool guard_proxy(struct engine *eng, const struct eng_call *call, struct job *job,
    const struct job_opt *was)
{
	if (!strcmp(was->proxy_list, job->opt->proxy_list))
		return true;
	job->opt->proxy_from_afar = call->caller.remote && !eng->config.allow_loopback;
	if (!job->opt->proxy_from_afar)
		return true;
	for (size_t i = 0; i < job->nfiles; i++) {
		struct file *file = job->files[i]->rec.loopback ? job_edit_file(job, i) : NULL;

		if (!file && job->files[i]->rec.loopback)
			return false;
		if (!file)
			continue;
		file->rec.loopback = false;
		file_dirty(eng, job, file);
	}
	if (job->run)
		calls_order_again(eng, job);
	return true;
}

/* What is here of files that were begun as a whole is a piece now, and nothing more is wanted. */
static bool begin_demand(struct engine *eng, struct job *job)
{
	bool ok = true;

	for (size_t i = 0; i < job->nfiles && ok; i++) {
		struct file *file;

		if (job->files[i]->rec.transferred || !job->files[i]->rec.durable)
			continue;
		file = job_edit_file(job, i);
		ok = file && pieces_fold(&file->rec);
		if (file)
			file_dirty(eng, job, file);
	}
	return ok;
}

/* Administrators are told of what other administrators changed. */
static void tell_admin_set(const struct eng_call *call, const struct job *job)
{
	if (call->caller.uid == (int64_t)job->rec.uid)
		return;
	for (size_t i = 0; i < call->nchanges; i++)
		log_event(EVENT_PROPERTY_SET_BY_ADMIN, job,
		    "%s, by uid %lld", job_prop_name(call->changes[i].prop),
		    (long long)call->caller.uid);
}

static enum err on_set(struct engine *eng, struct eng_call *call, bool *later)
{
	const struct job_opt *was;
	struct job *job;
	enum err err = calls_job(eng, call, EV_SET, &job);

	(void)later;
	if (err)
		return err;
	err = notify_may_set(eng, &call->caller, job, call->changes, call->nchanges, &call->ei);
	if (err)
		return err;
	was = job_opt_ref(job->opt);
	err = job_props_set(eng, job, call->changes, call->nchanges, &call->ei);
	if (!err && orders_change(was, job->opt)) {
		job->open_from = 0;
		calls_order_again(eng, job);
		if (job->opt->on_demand && !was->on_demand && !begin_demand(eng, job))
			err = err_plain(&call->ei, ERR_NO_MEMORY);
	} else if (!err && asks_change(was, job->opt)) {
		calls_asks_changed(eng, job);
	}
	if (!err && !guard_proxy(eng, call, job, was))
		err = err_plain(&call->ei, ERR_NO_MEMORY);
	if (!err)
		tell_admin_set(call, job);
	job_opt_unref(was);
	return err;
}

static enum err on_resume(struct engine *eng, struct eng_call *call, bool *later)
{
	struct job *job;
	enum err err = calls_job(eng, call, EV_RESUME, &job);

	(void)later;
	return err ? err : calls_resume(eng, job, &call->ei);
}

static enum err on_suspend(struct engine *eng, struct eng_call *call, bool *later)
{
	struct job *job;
	enum err err = calls_job(eng, call, EV_SUSPEND, &job);

	(void)later;
	return err ? err : job_move(eng, job, EV_SUSPEND, &call->ei);
}

static enum err on_close(struct engine *eng, struct eng_call *call, bool *later)
{
	struct job *job;
	enum err err = calls_job(eng, call, call->verb == ENG_CANCEL ? EV_CANCEL : EV_COMPLETE, &job);

	if (err)
		return err;
	*later = true;
	closing_begin(eng, job, call);
	return ERR_OK;
}

static call_fn *const verbs[] = {
	[ENG_CREATE] = call_create, [ENG_ADD_FILES] = call_add_files, [ENG_SET] = on_set,
	[ENG_RESUME] = on_resume, [ENG_SUSPEND] = on_suspend, [ENG_CANCEL] = on_close,
	[ENG_COMPLETE] = on_close,
	[ENG_SET_URL] = call_set_url, [ENG_REPLACE_PREFIX] = call_replace_prefix,
	[ENG_VALIDATE] = call_validate, [ENG_CREDENTIAL] = call_credential, [ENG_TAKE] = call_take,
	[ENG_WANT] = call_want, [ENG_SEEK] = call_seek, [ENG_SET_POLICY] = call_set_policy,
	[ENG_WATCH] = watch_call,
};

void calls_handle(struct engine *eng, struct eng_call *call)
{
	bool later = false;
	enum err err;

	if (eng->stopping)
		err = err_plain(&call->ei, ERR_STOPPING);
	else if (call->verb >= COUNT(verbs) || !verbs[call->verb])
		err = err_plain(&call->ei, ERR_NOT_IMPL);
	else
		err = verbs[call->verb](eng, call, &later);
	if (!later || err)
		engine_answer(eng, call, err);
}
