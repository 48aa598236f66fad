/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_create.c: what says whose a job is: Create, the methods CreateJob and TakeOwnership.
 */
#include "agent/prov.h"

#include <pwd.h>

static enum err service_account(struct prov_invoke *x, uint64_t account)
{
	const struct prov_world *world = x->cls->ctx;

	if (account >= ACCOUNTS)
		return err_set(&x->call->ei, ERR_INVALID_ARG, "ServiceAccount is 0, 1 or 2, not %llu.",
		    (unsigned long long)account);
	if (!world->accounts->of[account].known)
		return err_set(&x->call->ei, ERR_ACCESS_DENIED, "No Unix account stands for %s on this "
		    "machine; its administrator can name one with [accounts] %s=.",
		    accounts_name((unsigned)account), accounts_name((unsigned)account));
	x->ec->owner_uid = world->accounts->of[account].uid;
	x->ec->owner = world->accounts->of[account].name;
	return ERR_OK;
}

/* The owner: the caller, or in Microsoft's class a service account. */
static enum err whose(struct prov_invoke *x)
{
	const struct prov_world *world = x->cls->ctx;
	const struct prov_caller *caller = x->call->caller;
	uint64_t account = x->call->method ? prov_in_num(x->call, "ServiceAccount", UINT64_MAX) : UINT64_MAX;
	char room[4096];
	struct passwd pw, *found = NULL;

	if (account != UINT64_MAX)
		return service_account(x, account);
	if (caller->uid < 0)
		return err_set(&x->call->ei, ERR_ACCESS_DENIED, "%s has no account on this machine that could "
		    "own a job.", caller->name);
	x->ec->owner_uid = (uint32_t)caller->uid;
	if (!accounts_serve(world->accounts, x->ec->owner_uid))
		return err_set(&x->call->ei, ERR_ACCESS_DENIED,
		    "This agent does no work as root. Create the job "
		    "as an ordinary user, or name root in [accounts] of the agent's configuration.");
	if (getpwuid_r(x->ec->owner_uid, &pw, room, sizeof(room), &found) == 0 && found)
		x->ec->owner = arena_strdup(x->call->arena, pw.pw_name);
	else
		x->ec->owner = arena_printf(x->call->arena, "%u", x->ec->owner_uid);
	return x->ec->owner ? ERR_OK : ERR_NO_MEMORY;
}

/* Engine thread. */
static void on_created(struct eng_call *ec, enum err err)
{
	struct prov_call *call = ec->user;
	char *id = arena_zalloc(call->arena, GUID_TEXT);

	call->ei = ec->ei;
	if (!err && !id)
		err = ERR_NO_MEMORY;
	if (!err && call->method)
		prov_out(call, "JobId", 0, guid_text(&ec->job, id));
	else if (!err && (!ec->view || !prov_job_row(prov_family_of(call->cls), ec->view, call->arena, &call->row)))
		err = ERR_NO_MEMORY;
	eng_view_unref(ec->view);
	prov_done(call, err);
}

static void first_settings(struct prov_invoke *x, struct eng_change *c)
{
	const char *description = prov_in_text(x->call, "Description");
	uint64_t priority = prov_in_num(x->call, "Priority", UINT64_MAX);

	x->ec->changes = c;
	c[x->ec->nchanges++] = (struct eng_change){ JOB_PROP_DisplayName, 0,
	    prov_in_text(x->call, "DisplayName") };
	if (description)
		c[x->ec->nchanges++] = (struct eng_change){ JOB_PROP_Description, 0, description };
	if (priority != UINT64_MAX)
		c[x->ec->nchanges++] = (struct eng_change){ JOB_PROP_Priority, priority, NULL };
}

static enum err first_file(struct prov_invoke *x)
{
	struct eng_new_file *file = arena_zalloc(x->call->arena, sizeof(*file));

	if (!file)
		return ERR_NO_MEMORY;
	file->url = prov_in_text(x->call, "RemoteUrl");
	file->path = prov_in_text(x->call, "LocalFile");
	if (!file->url != !file->path)
		return err_set(&x->call->ei, ERR_INVALID_ARG, "RemoteUrl and LocalFile go together; one is "
		    "missing.");
	x->ec->files = file;
	x->ec->nfiles = file->url != NULL;
	return prov_check_path(x, file->path);
}

enum err prov_create_job(struct prov_invoke *x)
{
	struct eng_change *c = arena_zalloc(x->call->arena, 3 * sizeof(*c));
	enum err err = c ? whose(x) : ERR_NO_MEMORY;

	if (!err)
		err = first_file(x);
	if (err)
		return err;
	first_settings(x, c);
	x->ec->verb = ENG_CREATE;
	x->ec->type = prov_in_num(x->call, "Type", 0);
	x->ec->start = !prov_in_num(x->call, "Suspend", 0);
	prov_submit(x->cls, x->call, x->ec, on_created);
	return ERR_OK;
}

/* ---- Create: the job as an instance, its files embedded ---- */

static const char *text_of(const struct prov_row *file, enum prov_file_prop prop)
{
	for (size_t i = 0; i < file->cls->nprops; i++)
		if (prov_file_prop(FAMILY_DRAY, i) == prop && file->values[i].set && file->values[i].text[0])
			return file->values[i].text;
	return NULL;
}

static enum err embedded_files(struct prov_invoke *x, const struct prov_value *rows)
{
	struct eng_new_file *files = arena_zalloc(x->call->arena, rows->nrows * sizeof(*files) + 1);
	enum err err = files ? ERR_OK : ERR_NO_MEMORY;

	for (size_t i = 0; i < rows->nrows && !err; i++) {
		files[i] = (struct eng_new_file){ .url = text_of(&rows->rows[i], FILE_PROP_RemoteUrl),
		    .path = text_of(&rows->rows[i], FILE_PROP_LocalFile),
		    .ranges = text_of(&rows->rows[i], FILE_PROP_Ranges) };
		err = files[i].url && files[i].path ? prov_check_path(x, files[i].path) :
		    err_set(&x->call->ei, ERR_MISSING, "Each of Files needs a RemoteUrl and a LocalFile.");
	}
	x->ec->files = files;
	x->ec->nfiles = rows->nrows;
	return err;
}

static enum err initial(struct prov_invoke *x)
{
	struct eng_change *c = arena_zalloc(x->call->arena, x->call->nchanges * sizeof(*c) + 1);
	enum err err = c ? ERR_OK : ERR_NO_MEMORY;
	bool named = false;

	x->ec->changes = c;
	for (size_t i = 0; i < x->call->nchanges && !err; i++) {
		const struct prov_change *from = &x->call->changes[i];
		enum job_prop prop = prov_job_prop(FAMILY_DRAY, from->prop);

		named |= prop == JOB_PROP_DisplayName;
		if (prop == JOB_PROP_Files)
			err = embedded_files(x, &from->value);
		else if (from->value.set)
			c[x->ec->nchanges++] = (struct eng_change){ .prop = prop, .num = from->value.num,
			    .text = from->value.text };
	}
	return err || named ? err : err_set(&x->call->ei, ERR_MISSING, "A new job needs a DisplayName.");
}

/* Unlike CreateJob, which begins at once if it may, this leaves the job suspended: that is the State an
 * instance has that nobody resumed. */
void prov_job_create(const struct prov_class *cls, struct prov_call *call)
{
	struct prov_invoke x = { cls, call, arena_zalloc(call->arena, sizeof(*x.ec)), NULL };
	enum err err = x.ec ? ERR_OK : ERR_NO_MEMORY;

	if (!err && call->keys)
		err = err_set(&call->ei, ERR_INVALID_ARG, "A new job gets its JobId from the agent; leave it out.");
	if (!err)
		err = whose(&x);
	if (!err)
		err = initial(&x);
	if (err) {
		prov_done(call, err);
		return;
	}
	x.ec->verb = ENG_CREATE;
	prov_submit(cls, call, x.ec, on_created);
}

enum err prov_take_ownership(struct prov_invoke *x)
{
	enum err err = whose(x);

	return err ? err : prov_change(x, ENG_TAKE);
}
