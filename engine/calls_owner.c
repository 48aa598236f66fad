/* SPDX-License-Identifier: MIT
 * engine/calls_owner.c: whose the job is, and as whom it speaks to servers. Engine thread only.
 *
 * Credentials are written, never read: the store seals them, views do not show them. A new owner gets the
 * job without what the old one entrusted to it. Source: BITS SetCredentials, TakeOwnership.
 */
#include "engine/calls.h"

#include <string.h>

#include "engine/owners.h"
#include "engine/base/text.h"
#include "engine/worker/creds.h"

#define USER_MAX 300u			/* UTF-16 units */
#define PASSWORD_MAX 65536u

enum { SCHEME_BASIC = 1, SCHEME_DIGEST, SCHEME_NTLM, SCHEME_NEGOTIATE, SCHEME_PASSPORT };

static enum err check_slot(const struct eng_credential *c, struct errinfo *ei)
{
	if (c->target < 1 || c->target > 2)
		return err_plain(ei, ERR_INVALID_AUTH_TARGET);
	if (c->scheme < SCHEME_BASIC || c->scheme > SCHEME_PASSPORT)
		return err_plain(ei, ERR_INVALID_AUTH_SCHEME);
	return ERR_OK;
}

static enum err check_names(const struct eng_credential *c, struct errinfo *ei)
{
	bool may_be_logon = c->scheme == SCHEME_NTLM || c->scheme == SCHEME_NEGOTIATE;

	if (!c->user && !c->password && may_be_logon)
		return ERR_OK;
	if (!c->user || !c->password)
		return err_set(ei, ERR_INVALID_ARG, may_be_logon ? "User name and password are both given or "
		    "both left out." : "This scheme needs a user name and a password.");
	if (!text_utf8_ok(c->user) || strpbrk(c->user, "\t\r\n") || !text_utf8_ok(c->password) ||
	    strpbrk(c->password, "\r\n"))
		return err_set(ei, ERR_INVALID_ARG,
		    "The user name or password has characters no server takes.");
	if (text_utf16_len(c->user) > USER_MAX)
		return err_plain(ei, ERR_USERNAME_TOO_LARGE);
	if (text_utf16_len(c->password) > PASSWORD_MAX)
		return err_plain(ei, ERR_PASSWORD_TOO_LARGE);
	if (c->scheme == SCHEME_BASIC && strchr(c->user, ':'))
		return err_set(ei, ERR_INVALID_ARG,
		    "A user name with a colon cannot be sent by the Basic scheme.");
	return ERR_OK;
}

static enum err replace(struct engine *eng, struct job *job, const char *creds, struct errinfo *ei)
{
	struct job_opt *opt = job_opt_edit(eng, job);

	if (!opt || !rec_text(&opt->credentials, creds))
		return err_plain(ei, ERR_NO_MEMORY);
	calls_asks_changed(eng, job);
	calls_changed(eng, job);
	return ERR_OK;
}

enum err call_credential(struct engine *eng, struct eng_call *call, bool *later)
{
	const struct eng_credential *c = &call->cred;
	struct cred cred = { c->target, c->scheme, !c->user, c->user, c->password };
	struct buf out;
	struct job *job;
	bool had = true, fits;
	enum err err = calls_job(eng, call, EV_SET, &job);

	(void)later;
	if (!err)
		err = check_slot(c, &call->ei);
	if (!err && !c->remove)
		err = check_names(c, &call->ei);
	if (err)
		return err;
	buf_init(&out, PROTO_TEXT_MAX - 1);
	fits = c->remove ? creds_remove(job->opt->credentials, c->target, c->scheme, &out, &had) :
	    creds_set(job->opt->credentials, &cred, &out);
	if (!fits)
		err = err_set(&call->ei, ERR_TOO_BIG,
		    "The credentials of this job are more than dray can keep.");
	else
		err = had ? replace(eng, job, buf_text(&out), &call->ei) : ERR_UNCHANGED;
	if (out.data)
		explicit_bzero(out.data, out.len);
	buf_done(&out);
	return err;
}

enum err call_take(struct engine *eng, struct eng_call *call, bool *later)
{
	struct job *job;
	enum err err;

	if (!call->caller.writes_all)
		return err_set(&call->ei, ERR_ACCESS_DENIED, "Only administrators take jobs over.");
	err = calls_job(eng, call, EV_SET, &job);
	if (err || job->rec.uid == call->owner_uid)
		return err;
	*later = true;
	closing_begin(eng, job, call);
	return ERR_OK;
}

/* What the old owner entrusted to the job. false: no memory. */
static bool drop_secrets(struct engine *eng, struct job *job)
{
	struct job_opt *opt = job->opt;

	if (!*opt->credentials && !*opt->headers && !opt->headers_write_only && !*opt->notify_program &&
	    !*opt->cert_store && !*opt->cert_hash && !*opt->cert_subject)
		return true;
	opt = job_opt_edit(eng, job);
	if (!opt)
		return false;
	rec_text(&opt->credentials, "");	/* the empty text needs no memory */
	rec_text(&opt->headers, "");
	rec_text(&opt->notify_program, "");
	rec_text(&opt->notify_parameters, "");
	rec_text(&opt->cert_store, "");
	rec_text(&opt->cert_hash, "");
	rec_text(&opt->cert_subject, "");
	opt->headers_write_only = false;
	opt->cert_location = 0;
	return true;
}

enum err calls_take_over(struct engine *eng, struct job *job, struct eng_call *call)
{
	if (!drop_secrets(eng, job))
		return err_plain(&call->ei, ERR_NO_MEMORY);
	log_event(EVENT_OWNERSHIP_TAKEN, job, "now %s, uid %u", call->owner, call->owner_uid);
	if (!rec_text(&job->rec.owner, call->owner))
		return err_plain(&call->ei, ERR_NO_MEMORY);
	job->rec.uid = call->owner_uid;
	owners_count(eng, job);
	calls_changed(eng, job);
	return ERR_OK;
}
