/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_method.c: the methods of BitsClientJob and DRAY_Job: who does what. The two classes differ
 * only in rows of schemas/methods.def and where a comment says so.
 */
#include "agent/prov.h"

#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/hresult.h"

/* Engine thread. */
static void on_changed(struct eng_call *ec, enum err err)
{
	struct prov_call *call = ec->user;

	call->ei = ec->ei;
	if (err_is_good(err))
		call->return_value = err_hresult(err);
	if (ec->verb == ENG_ADD_FILES)
		prov_out(call, "Index", ec->index, NULL);
	eng_view_unref(ec->view);
	prov_done(call, err);
}

enum err prov_change(struct prov_invoke *x, enum eng_verb verb)
{
	x->ec->verb = verb;
	prov_submit(x->cls, x->call, x->ec, on_changed);
	return ERR_OK;
}

static enum err set_job_state(struct prov_invoke *x)
{
	static const enum eng_verb verbs[] = { ENG_CANCEL, ENG_COMPLETE, ENG_RESUME, ENG_SUSPEND };
	uint64_t state = prov_in_num(x->call, "JobState", UINT64_MAX);

	if (state >= COUNT(verbs))
		return err_set(&x->call->ei, ERR_INVALID_ARG, "JobState is 0 cancel, 1 complete, 2 resume or 3 "
		    "suspend, not %llu.", (unsigned long long)state);
	return prov_change(x, verbs[state]);
}

static enum err get_error(struct prov_invoke *x)
{
	const struct job_rec *j = &x->view->rec;
	const char *text = arena_printf(x->call->arena, "%s (0x%08X)", j->error_text, (unsigned)j->error_code);

	if (!j->error_code)
		return err_plain(&x->call->ei, ERR_NO_ERROR_INFO);
	if (!text)
		return ERR_NO_MEMORY;
	prov_out(x->call, "ErrorContext", j->error_context, NULL);
	prov_out(x->call, "ErrorCode", j->error_code, NULL);
	prov_out(x->call, "ContextDescription", 0, prov_context_text(j->error_context));
	prov_out(x->call, "ErrorDescription", 0, text);
	prov_done(x->call, ERR_OK);
	return ERR_OK;
}

static enum err get_error_description(struct prov_invoke *x)
{
	struct hresult_words *w = arena_zalloc(x->call->arena, sizeof(*w));

	if (!w)
		return ERR_NO_MEMORY;
	hresult_words((uint32_t)prov_in_num(x->call, "ErrorCode", 0), w);
	prov_out(x->call, "ErrorName", 0, w->name);
	prov_out(x->call, "ErrorDescription", 0, w->text);
	prov_out(x->call, "Remedy", 0, w->remedy);
	prov_done(x->call, ERR_OK);
	return ERR_OK;
}

static const struct {
	const char *name;
	enum err (*run)(struct prov_invoke *x);
} methods[] = {
	{ "AddFile", prov_add_file },
	{ "AddFileSet", prov_add_file_set },
	{ "AddFileWithRanges", prov_add_file },
	{ "CreateJob", prov_create_job },
	{ "GetError", get_error },
	{ "GetErrorDescription", get_error_description },
	{ "MakeCustomHeadersWriteOnly", prov_hide_headers },
	{ "RemoveClientCertificate", prov_remove_certificate },
	{ "RemoveCredentials", prov_remove_credentials },
	{ "ReplaceRemotePrefix", prov_replace_prefix },
	{ "RequestFileRanges", prov_request_ranges },
	{ "SetClientCertificateById", prov_set_certificate },
	{ "SetClientCertificateByName", prov_set_certificate },
	{ "SetCredentials", prov_set_credentials },
	{ "SetJobState", set_job_state },
	{ "SetProxySettings", prov_set_proxy },
	{ "SetRemoteName", prov_set_remote_name },
	{ "SetValidationState", prov_set_validation },
	{ "TakeOwnership", prov_take_ownership },
	{ "UpdateDownloadPosition", prov_update_position },
	{ "WaitForEvents", prov_wait_for_events },
};

void prov_method_invoke(const struct prov_class *cls, struct prov_call *call)
{
	struct prov_invoke x = { cls, call, arena_zalloc(call->arena, sizeof(*x.ec)), NULL };
	enum err err = x.ec ? ERR_OK : ERR_NO_MEMORY;
	size_t i = 0;

	call->out = arena_zalloc(call->arena, (call->method->nparams + 1) * sizeof(*call->out));
	if (!call->out)
		err = ERR_NO_MEMORY;
	while (i < COUNT(methods) && strcmp(methods[i].name, call->method->name))
		i++;
	if (i == COUNT(methods))
		err = ERR_INTERNAL;
	if (!err && !call->method->is_static)
		x.view = prov_find(cls, call, call->keys[0].text, &err);
	if (!err && x.view)
		x.ec->job = x.view->rec.id;
	if (!err)
		err = methods[i].run(&x);
	eng_view_unref(x.view);
	if (err)
		prov_done(call, err);
}
