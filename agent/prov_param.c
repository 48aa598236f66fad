/* SPDX-License-Identifier: GPL-2.0-or-later
 * agent/prov_param.c: parameters of a method, by name.
 */
#include "agent/prov.h"

#include "engine/base/text.h"

/* Microsoft's AddFile says remoteUrl, ours RemoteUrl: case is ignored. */
static size_t find(const struct prov_call *call, const char *name)
{
	size_t i = 0;

	while (i < call->method->nparams && !text_ieq(call->method->params[i].name, name))
		i++;
	return i;
}

const struct prov_value *prov_in(const struct prov_call *call, const char *name)
{
	size_t i = find(call, name);

	return i < call->method->nparams && call->in[i].set ? &call->in[i] : NULL;
}

uint64_t prov_in_num(const struct prov_call *call, const char *name, uint64_t absent)
{
	size_t i = find(call, name);

	if (i == call->method->nparams)
		return absent;
	return call->in[i].set ? call->in[i].num : prov_param_default(call->method, i);
}

const char *prov_in_text(const struct prov_call *call, const char *name)
{
	const struct prov_value *v = prov_in(call, name);

	return v ? v->text : NULL;
}

void prov_out(struct prov_call *call, const char *name, uint64_t num, const char *text)
{
	size_t i = find(call, name);

	if (i < call->method->nparams)
		call->out[i] = (struct prov_value){ .set = true, .num = num, .text = text };
}
