/* SPDX-License-Identifier: MIT
 * agent/lib/lib_call.c: see lib_call.h.
 */
#include "agent/lib/lib_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/lib/lib_fault.h"
#include "engine/base/auto.h"
#include "engine/base/text.h"

void lib_answer_done(struct lib_answer *a)
{
	lib_xml_free(a->doc);
	memset(a, 0, sizeof(*a));
}

void lib_call_begin(struct dray *d, struct lib_head *head)
{
	lib_error_clear(&d->error);
	head->url = d->target.url;
	buf_reset(&d->request);
	d->unfit = NULL;
	lib_soap_open(&d->request, head);
}

void lib_call_leaf(struct dray *d, const char *name, const char *value)
{
	if (value && !text_utf8_ok(value) && !d->unfit)
		d->unfit = name;
	lib_soap_leaf(&d->request, name, value);
}

/* An answer that is no SOAP: what its status means. */
static dray_result bad_status(struct dray *d, long status)
{
	switch (status) {
	case 401:
		return lib_error(&d->error, DRAY_E_ACCESS_DENIED,
		    "the agent does not know you: user name or password is wrong, or it takes neither");
	case 403:
		return lib_error(&d->error, DRAY_E_ACCESS_DENIED, "the agent refuses to talk to you");
	case 413:
		return lib_error(&d->error, DRAY_E_TOO_BIG, "the agent says the request is too large");
	case 503:
		return lib_error(&d->error, DRAY_E_BUSY, "the agent has too much to do just now; try again");
	default:
		return lib_error(&d->error, DRAY_E_BAD_REPLY, "no agent speaks at %s (HTTP status %ld)",
		    d->target.socket[0] ? d->target.socket : d->target.url, status);
	}
}

static bool is_ours(const struct lib_node *envelope, const struct lib_head *head)
{
	AUTO_FREE char *owned = lib_xml_text(lib_xml_child(lib_xml_child(envelope, "Header"), "RelatesTo"));
	const char *text = owned ? owned : "";
	size_t len = strlen(text);

	text_trim(&text, &len);
	return len == strlen(head->message_id) && !memcmp(text, head->message_id, len);
}

static dray_result open_answer(struct dray *d, const struct buf *reply, const struct lib_head *head,
    const char *expect, struct lib_answer *ret)
{
	const struct lib_node *root, *fault, *body;

	ret->doc = lib_xml_parse(buf_text(reply), reply->len);
	root = ret->doc ? lib_xml_root(ret->doc) : NULL;
	body = root && !strcmp(lib_xml_name(root), "Envelope") ? lib_xml_child(root, "Body") : NULL;
	if (!body)
		return lib_error(&d->error, DRAY_E_BAD_REPLY, "the answer is not a SOAP envelope");
	fault = lib_xml_child(body, "Fault");
	if (fault)
		return lib_fault(fault, &d->error);
	if (!is_ours(root, head))
		return lib_error(&d->error, DRAY_E_BAD_REPLY, "the answer belongs to another question");
	ret->body = lib_xml_child(body, expect);
	if (expect && !ret->body)
		return lib_error(&d->error, DRAY_E_BAD_REPLY, "the answer has no %s", expect);
	return DRAY_OK;
}

dray_result lib_call(struct dray *d, struct lib_head *head, const char *expect, struct lib_answer *ret)
{
	struct buf reply;
	long status = 0;
	dray_result r;

	memset(ret, 0, sizeof(*ret));
	lib_soap_close(&d->request, head);
	if (d->unfit)
		return lib_error(&d->error, DRAY_E_INVALID_ARG, "%s has a control character in it or is not "
		    "valid UTF-8; it cannot be sent to an agent", d->unfit);
	if (buf_bad(&d->request))
		return lib_error(&d->error, DRAY_E_TOO_BIG, "the request is larger than an agent takes");
	if (!head->message_id[0])
		return lib_error(&d->error, DRAY_E_NO_MEMORY, "the kernel gave no random bytes");
	buf_init(&reply, LIB_REPLY_MAX);
	r = lib_http_post(d->http, &d->request, &reply, &status, &d->error);
	if (!r && status != 200 && status != 500)
		r = bad_status(d, status);
	if (!r)
		r = open_answer(d, &reply, head, expect, ret);
	buf_done(&reply);
	if (dray_failed(r))
		lib_answer_done(ret);
	return r;
}

dray_result lib_call_method(struct dray *d, struct lib_head *head, struct lib_answer *ret)
{
	struct lib_answer local, *a = ret ? ret : &local;
	AUTO_FREE char *value = NULL;
	uint64_t n = 0;
	char expect[64];
	dray_result r;

	snprintf(expect, sizeof(expect), "%s_OUTPUT", head->action);
	r = lib_call(d, head, expect, a);
	if (dray_failed(r))
		return r;
	value = lib_xml_text(lib_xml_child(a->body, "ReturnValue"));
	if (!value || !text_u64(value, 0, UINT32_MAX, &n))
		r = lib_error(&d->error, DRAY_E_BAD_REPLY, "the answer of %s has no ReturnValue", head->action);
	else if (dray_failed((dray_result)n))
		r = lib_error(&d->error, (dray_result)n, "%s failed", head->action);
	else
		r = (dray_result)n;
	if (!ret || dray_failed(r))
		lib_answer_done(a);
	return r;
}
