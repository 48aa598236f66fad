/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_create.c: the two methods that say whose a job is: CreateJob and TakeOwnership.
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
	uint64_t account = prov_in_num(x->call, "ServiceAccount", UINT64_MAX);
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
	if (!err)
		prov_out(call, "JobId", 0, guid_text(&ec->job, id));
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

enum err prov_take_ownership(struct prov_invoke *x)
{
	enum err err = whose(x);

	return err ? err : prov_change(x, ENG_TAKE);
}
