/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_method.c: the methods of BitsClientJob and DRAY_Job. The two differ only in rows of
 * schemas/methods.def and in whose job CreateJob makes.
 */
#include "agent/prov.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

/* Index of a parameter by name, case ignored: Microsoft's AddFile says remoteUrl, ours RemoteUrl. */
static size_t param(const struct prov_call *call, const char *name)
{
	size_t i = 0;

	while (i < call->method->nparams && !text_ieq(call->method->params[i].name, name))
		i++;
	return i;
}

static uint64_t in_num(const struct prov_call *call, const char *name, uint64_t absent)
{
	size_t i = param(call, name);

	if (i == call->method->nparams)
		return absent;
	return call->in[i].set ? call->in[i].num : prov_param_default(call->method, i);
}

static const char *in_text(const struct prov_call *call, const char *name)
{
	size_t i = param(call, name);

	return i < call->method->nparams && call->in[i].set ? call->in[i].text : NULL;
}

static void out(struct prov_call *call, const char *name, uint64_t num, const char *text)
{
	size_t i = param(call, name);

	if (i < call->method->nparams)
		call->out[i] = (struct prov_value){ .set = true, .num = num, .text = text };
}

static enum err whose(const struct prov_class *cls, struct prov_call *call, struct eng_call *ec)
{
	const struct prov_world *world = cls->ctx;
	uint64_t account = in_num(call, "ServiceAccount", UINT64_MAX);
	char room[4096];
	struct passwd pw, *found = NULL;

	if (account != UINT64_MAX) {
		if (account >= ACCOUNTS)
			return err_set(&call->ei, ERR_INVALID_ARG, "ServiceAccount is 0, 1 or 2, not %llu.",
			    (unsigned long long)account);
		if (!world->accounts->of[account].known)
			return err_set(&call->ei, ERR_ACCESS_DENIED, "No Unix account stands for %s on this "
			    "machine; its administrator can name one with [accounts] %s=.",
			    accounts_name((unsigned)account), accounts_name((unsigned)account));
		ec->owner_uid = world->accounts->of[account].uid;
		ec->owner = world->accounts->of[account].name;
		return ERR_OK;
	}
	if (call->caller->uid < 0)
		return err_set(&call->ei, ERR_ACCESS_DENIED, "%s has no account on this machine that could "
		    "own a job.", call->caller->name);
	ec->owner_uid = (uint32_t)call->caller->uid;
	if (!accounts_serve(world->accounts, ec->owner_uid))
		return err_set(&call->ei, ERR_ACCESS_DENIED, "This agent does no work as root. Create the job "
		    "as an ordinary user, or name root in [accounts] of the agent's configuration.");
	if (getpwuid_r(ec->owner_uid, &pw, room, sizeof(room), &found) == 0 && found)
		ec->owner = arena_strdup(call->arena, pw.pw_name);
	else
		ec->owner = arena_printf(call->arena, "%u", ec->owner_uid);
	return ec->owner ? ERR_OK : ERR_NO_MEMORY;
}

/* A remote caller who replaces the users file would be whoever he likes. */
static enum err check_own_files(const struct prov_class *cls, struct prov_call *call, const char *path)
{
	const struct prov_world *world = cls->ctx;

	if (!path || !call->caller->remote || !own_files_has(world->own_files, path))
		return ERR_OK;
	return err_set(&call->ei, ERR_ACCESS_DENIED, "%.200s belongs to the agent itself; remote callers may "
	    "not put anything there.", path);
}

static enum err one_file(const struct prov_class *cls, struct prov_call *call, struct eng_call *ec)
{
	struct eng_new_file *file = arena_zalloc(call->arena, sizeof(*file));

	if (!file)
		return ERR_NO_MEMORY;
	file->url = in_text(call, "RemoteUrl");
	file->path = in_text(call, "LocalFile");
	ec->files = file;
	ec->nfiles = 1;
	return check_own_files(cls, call, file->path);
}

/* Engine thread. */
static void on_created(struct eng_call *ec, enum err err)
{
	struct prov_call *call = ec->user;
	char *id = arena_zalloc(call->arena, GUID_TEXT);

	call->ei = ec->ei;
	if (!err && !id)
		err = ERR_NO_MEMORY;
	if (!err)
		out(call, "JobId", 0, guid_text(&ec->job, id));
	eng_view_unref(ec->view);
	prov_done(call, err);
}

static enum err create_job(const struct prov_class *cls, struct prov_call *call, struct eng_call *ec)
{
	struct eng_change *c = arena_zalloc(call->arena, 3 * sizeof(*c));
	uint64_t priority = in_num(call, "Priority", UINT64_MAX);
	enum err err = whose(cls, call, ec);

	if (err || !c)
		return err ? err : ERR_NO_MEMORY;
	ec->verb = ENG_CREATE;
	ec->changes = c;
	c[ec->nchanges++] = (struct eng_change){ JOB_PROP_DisplayName, 0, in_text(call, "DisplayName") };
	if (in_text(call, "Description"))
		c[ec->nchanges++] = (struct eng_change){ JOB_PROP_Description, 0,
		    in_text(call, "Description") };
	if (priority != UINT64_MAX)
		c[ec->nchanges++] = (struct eng_change){ JOB_PROP_Priority, priority, NULL };
	ec->type = in_num(call, "Type", 0);
	ec->start = !in_num(call, "Suspend", 0);
	if (!in_text(call, "RemoteUrl") != !in_text(call, "LocalFile"))
		return err_set(&call->ei, ERR_INVALID_ARG, "RemoteUrl and LocalFile go together; one is "
		    "missing.");
	err = in_text(call, "RemoteUrl") ? one_file(cls, call, ec) : ERR_OK;
	if (err)
		return err;
	prov_submit(cls, call, ec, on_created);
	return ERR_OK;
}

/* Engine thread. */
static void on_changed(struct eng_call *ec, enum err err)
{
	struct prov_call *call = ec->user;

	call->ei = ec->ei;
	if (err_is_good(err))
		call->return_value = err_hresult(err);
	if (ec->verb == ENG_ADD_FILES)
		out(call, "Index", ec->index, NULL);
	eng_view_unref(ec->view);
	prov_done(call, err);
}

static enum err add_file(const struct prov_class *cls, struct prov_call *call, struct eng_call *ec)
{
	enum err err = one_file(cls, call, ec);

	ec->verb = ENG_ADD_FILES;
	if (!err)
		prov_submit(cls, call, ec, on_changed);
	return err;
}

static enum err set_job_state(const struct prov_class *cls, struct prov_call *call, struct eng_call *ec)
{
	static const enum eng_verb verbs[] = { ENG_CANCEL, ENG_COMPLETE, ENG_RESUME, ENG_SUSPEND };
	uint64_t state = in_num(call, "JobState", UINT64_MAX);

	if (state >= COUNT(verbs))
		return err_set(&call->ei, ERR_INVALID_ARG, "JobState is 0 cancel, 1 complete, 2 resume or 3 "
		    "suspend, not %llu.", (unsigned long long)state);
	ec->verb = verbs[state];
	prov_submit(cls, call, ec, on_changed);
	return ERR_OK;
}

static const char *context_text(uint64_t context)
{
	static const char *const texts[] = {
#define CONTEXT(number, text) [number] = text,
#include "schemas/contexts.def"
#undef CONTEXT
	};

	return texts[context < COUNT(texts) ? context : 1];
}

static enum err get_error(struct prov_call *call, struct job_view *view)
{
	const struct job_rec *j = &view->rec;
	const char *text = arena_printf(call->arena, "%s (0x%08X)", j->error_text, (unsigned)j->error_code);

	if (!j->error_code)
		return err_plain(&call->ei, ERR_NO_ERROR_INFO);
	if (!text)
		return ERR_NO_MEMORY;
	out(call, "ErrorContext", j->error_context, NULL);
	out(call, "ErrorCode", j->error_code, NULL);
	out(call, "ContextDescription", 0, context_text(j->error_context));
	out(call, "ErrorDescription", 0, text);
	prov_done(call, ERR_OK);
	return ERR_OK;
}

static const struct {
	const char *name;
	enum err (*change)(const struct prov_class *cls, struct prov_call *call, struct eng_call *ec);
	enum err (*read)(struct prov_call *call, struct job_view *view);
} methods[] = {
	{ "CreateJob", create_job, NULL },
	{ "AddFile", add_file, NULL },
	{ "SetJobState", set_job_state, NULL },
	{ "GetError", NULL, get_error },
};

/* A function that gives ERR_OK has answered or will; anything else is answered here. */
void prov_method_invoke(const struct prov_class *cls, struct prov_call *call)
{
	struct eng_call *ec = arena_zalloc(call->arena, sizeof(*ec));
	struct job_view *view = NULL;
	enum err err = ec ? ERR_OK : ERR_NO_MEMORY;
	size_t i = 0;

	call->out = arena_zalloc(call->arena, (call->method->nparams + 1) * sizeof(*call->out));
	if (!call->out)
		err = ERR_NO_MEMORY;
	while (i < COUNT(methods) && strcmp(methods[i].name, call->method->name))
		i++;
	if (i == COUNT(methods))
		err = ERR_INTERNAL;
	if (!err && !call->method->is_static)
		view = prov_find(cls, call, call->keys[0].text, &err);
	if (!err && view)
		ec->job = view->rec.id;
	if (!err)
		err = methods[i].change ? methods[i].change(cls, call, ec) : methods[i].read(call, view);
	eng_view_unref(view);
	if (err)
		prov_done(call, err);
}
