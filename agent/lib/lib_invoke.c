/* SPDX-License-Identifier: MIT
 * agent/lib/lib_invoke.c: see lib_invoke.h.
 */
#include "agent/lib/lib_invoke.h"

#include <inttypes.h>
#include <stdio.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

dray_result lib_wire_id(struct dray *d, const char *id, char out[GUID_TEXT])
{
	struct guid g;

	if (!id || !guid_parse(id, &g))
		return lib_error(&d->error, DRAY_E_INVALID_ARG, "\"%s\" is not the id of a job", id ? id : "");
	guid_text(&g, out);
	return DRAY_OK;
}

bool lib_out_u32(const struct lib_answer *a, const char *name, uint32_t *ret)
{
	AUTO_FREE char *text = lib_xml_text(lib_xml_child(a->body, name));
	uint64_t n;

	if (!text || !text_u64(text, 0, UINT32_MAX, &n))
		return false;
	*ret = (uint32_t)n;
	return true;
}

void lib_out_text(const struct lib_answer *a, const char *name, char *out, size_t room)
{
	AUTO_FREE char *text = lib_xml_text(lib_xml_child(a->body, name));

	snprintf(out, room, "%s", text ? text : "");
}

const char *lib_number(uint64_t n, char out[24])
{
	snprintf(out, 24, "%" PRIu64, n);
	return out;
}

static dray_result invoke(struct dray *d, const char *id, const char *method, const struct lib_param *params,
    size_t n, struct lib_answer *ret)
{
	struct lib_head head = { .action = method, .method = true };
	char wire[GUID_TEXT];
	dray_result r = lib_wire_id(d, id, wire);

	if (r)
		return r;
	head.id = wire;
	lib_call_begin(d, &head);
	for (size_t i = 0; i < n; i++)
		lib_call_leaf(d, params[i].name, params[i].value);
	return lib_call_method(d, &head, ret);
}

dray_result lib_invoke(struct dray *d, const char *id, const char *method,
    const struct lib_param *params, size_t n)
{
	return invoke(d, id, method, params, n, NULL);
}

dray_result lib_invoke_index(struct dray *d, const char *id, const char *method, const struct lib_param *params,
    size_t n, uint32_t *ret_index)
{
	struct lib_answer a;
	uint32_t index = 0;
	dray_result r = invoke(d, id, method, params, n, &a);

	if (dray_failed(r))
		return r;
	if (!lib_out_u32(&a, "Index", &index))
		r = lib_error(&d->error, DRAY_E_BAD_REPLY, "the agent gave the new file no index");
	lib_answer_done(&a);
	if (!dray_failed(r) && ret_index)
		*ret_index = index;
	return r;
}
