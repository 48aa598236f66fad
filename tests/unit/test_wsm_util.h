/* SPDX-License-Identifier: MIT
 * tests/unit/test_wsm_util.h: a service that serves printers, and answers looked at with XPath.
 *
 * The classes have every CIM type, a key, read-only and writable members, embedded instances and
 * methods. The provider answers at once, or keeps the call in util_held when util_hold is set.
 */
#ifndef TEST_WSM_UTIL_H
#define TEST_WSM_UTIL_H

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"	/* a request names only what it has */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"
#include "wsman/uri.h"
#include "wsman/wsman.h"

#define UNUSED __attribute__((unused))
#define PRINTER "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/print/Printer"
#define TRAY "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/print/Tray"
#define DMTF_PRINTER "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/Printer"
#define ACT_GET "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
#define ACT_PUT "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put"
#define ACT_CREATE "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create"
#define ACT_DELETE "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete"
#define ACT_ENUM "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate"
#define ACT_PULL "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Pull"
#define ACT_RELEASE "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Release"
#define ANON "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"

/* ---- the printers ---- */

static unsigned util_printers = 3;	/* named p1, p2, ... */
static unsigned util_pages = 2;		/* embedded instances of each */
static unsigned util_calls;		/* how often the provider was asked */
static bool util_hold;
static struct prov_call *util_held;
static void (*util_on_hold)(void);	/* told when a call is held; NULL: nobody */
static enum err util_error;		/* what the provider answers; ERR_OK: the truth */
static struct prov_change util_change[8];
static size_t util_nchanges;
static char util_note[300];
static char util_in[400];		/* the parameters of the last method, as text */
static const char *util_text = "a&b <c> \"d\"";	/* property Note */

static const struct prov_class util_page, util_printer, util_tray;

static const struct prov_prop util_page_props[] = {
	{ "Done", CIM_BOOL, PROV_RO, NULL, "" },
	{ "Number", CIM_U32, PROV_RO, NULL, "" },
	{ "Text", CIM_TEXT, PROV_RO, NULL, "" },
};

static const struct prov_class util_page = {
	.ns = "root/print", .name = "Page", .provider = "Paper", .props = util_page_props, .nprops = 3,
};

enum { P_ACTIVE, P_BIG, P_COUNT, P_NAME, P_NOTE, P_NOTHING, P_PAGES, P_SMALL, P__COUNT };

static const struct prov_prop util_printer_props[P__COUNT] = {
	[P_ACTIVE] = { "Active", CIM_BOOL, PROV_RW, NULL, "" },
	[P_BIG] = { "Big", CIM_U64, PROV_RO, NULL, "" },
	[P_COUNT] = { "Count", CIM_U32, PROV_RW, NULL, "" },
	[P_NAME] = { "Name", CIM_TEXT, PROV_KEY, NULL, "" },
	[P_NOTE] = { "Note", CIM_TEXT, PROV_RW, NULL, "" },
	[P_NOTHING] = { "Nothing", CIM_TEXT, PROV_RW, NULL, "" },
	[P_PAGES] = { "Pages", CIM_OBJECTS, PROV_RO, &util_page, "" },
	[P_SMALL] = { "Small", CIM_U16, PROV_RW, NULL, "" },
};

static const struct prov_param util_print_params[] = {
	{ "Text", CIM_TEXT, false, true, "" },
	{ "copies", CIM_U16, false, false, "" },
	{ "Quiet", CIM_BOOL, false, false, "" },
	{ "Where", CIM_TEXT, true, true, "" },
	{ "Id", CIM_U64, true, true, "" },
	{ "zone", CIM_U32, true, true, "" },
};

static const struct prov_method util_methods[] = {
	{ "Print", false, util_print_params, 6 },
	{ "Reset", true, NULL, 0 },
};

static const struct prov_prop util_tray_props[] = {
	{ "Index", CIM_U32, PROV_KEY, NULL, "" },
	{ "Name", CIM_TEXT, PROV_KEY, NULL, "" },
};

static void UNUSED util_finish(struct prov_call *call, enum err err)
{
	util_calls++;
	if (util_hold) {
		util_held = call;
		if (util_on_hold)
			util_on_hold();
		return;
	}
	if (util_error != ERR_OK)
		err_set(&call->ei, util_error, "The printer says: <%s>.", err_name(util_error));
	prov_done(call, util_error != ERR_OK ? util_error : err);
}

static void util_fill(struct prov_call *call, unsigned number, struct prov_row *ret)
{
	struct prov_value *v = arena_zalloc(call->arena, P__COUNT * sizeof(*v));
	struct prov_row *pages = arena_zalloc(call->arena, (util_pages + 1) * sizeof(*pages));

	ck_assert(v && pages);
	v[P_ACTIVE] = (struct prov_value){ .set = true, .num = 1 };
	v[P_BIG] = (struct prov_value){ .set = true, .num = UINT64_MAX };
	v[P_COUNT] = (struct prov_value){ .set = true, .num = number };
	v[P_NAME] = (struct prov_value){ .set = true, .text = arena_printf(call->arena, "p%u", number) };
	v[P_NOTE] = (struct prov_value){ .set = true, .text = util_text };
	v[P_SMALL] = (struct prov_value){ .set = true, .num = UINT16_MAX };
	v[P_PAGES] = (struct prov_value){ .set = true, .rows = pages, .nrows = util_pages };
	for (unsigned i = 0; i < util_pages; i++) {
		struct prov_value *pv = arena_zalloc(call->arena, 3 * sizeof(*pv));

		ck_assert(pv);
		pv[0] = (struct prov_value){ .set = true, .num = 0 };
		pv[1] = (struct prov_value){ .set = true, .num = i };
		pv[2] = (struct prov_value){ .set = true, .text = "" };
		pages[i] = (struct prov_row){ .cls = &util_page, .values = pv };
	}
	*ret = (struct prov_row){ .cls = &util_printer, .values = v, .cursor = number };
}

static unsigned util_number(const struct prov_call *call)
{
	const char *name = call->keys[0].text;

	return (name[0] | 32) == 'p' ? (unsigned)strtoul(name + 1, NULL, 10) : 0;
}

static void util_get(const struct prov_class *cls, struct prov_call *call)
{
	unsigned number = cls == &util_printer ? util_number(call) : 0;

	if (number < 1 || number > util_printers) {
		util_finish(call, ERR_NOT_FOUND);
		return;
	}
	util_fill(call, number, &call->row);
	util_finish(call, ERR_OK);
}

static void util_put(const struct prov_class *cls, struct prov_call *call)
{
	util_nchanges = call->nchanges;
	for (size_t i = 0; i < call->nchanges && i < COUNT(util_change); i++) {
		util_change[i] = call->changes[i];
		if (call->changes[i].prop == P_NOTE)
			snprintf(util_note, sizeof(util_note), "%s", call->changes[i].value.text);
	}
	util_get(cls, call);
}

/* Where the client named it, or behind the last one. */
static void util_create(const struct prov_class *cls, struct prov_call *call)
{
	(void)cls;
	util_nchanges = call->nchanges;
	for (size_t i = 0; i < call->nchanges && i < COUNT(util_change); i++)
		util_change[i] = call->changes[i];
	snprintf(util_note, sizeof(util_note), "%s", call->keys ? call->keys[0].text : "");
	util_fill(call, util_printers + 1, &call->row);
	util_finish(call, ERR_OK);
}

static void util_remove(const struct prov_class *cls, struct prov_call *call)
{
	(void)cls;
	util_finish(call, util_number(call) == util_printers ? ERR_OK : ERR_NOT_FOUND);
}

static void util_enumerate(const struct prov_class *cls, struct prov_call *call)
{
	(void)cls;
	call->rows = arena_zalloc(call->arena, (call->max_rows + 1) * sizeof(*call->rows));
	ck_assert_ptr_nonnull(call->rows);
	ck_assert_uint_gt(call->max_rows, 0);
	while (call->nrows < call->max_rows && call->after + call->nrows < util_printers) {
		util_fill(call, (unsigned)(call->after + call->nrows + 1), &call->rows[call->nrows]);
		call->nrows++;
	}
	call->at_end = call->after + call->nrows >= util_printers;
	util_finish(call, ERR_OK);
}

static void util_invoke(const struct prov_class *cls, struct prov_call *call)
{
	struct prov_value *out = arena_zalloc(call->arena, 6 * sizeof(*out));

	(void)cls;
	ck_assert_ptr_nonnull(out);
	if (call->method == &util_methods[0]) {
		snprintf(util_in, sizeof(util_in), "%s|%d:%u|%d:%u", call->in[0].text, call->in[1].set,
		    (unsigned)call->in[1].num, call->in[2].set, (unsigned)call->in[2].num);
		out[3] = (struct prov_value){ .set = true, .text = "tray <1>" };
		out[4] = (struct prov_value){ .set = true, .num = UINT64_MAX };
		call->out = out;
		ck_assert_ptr_nonnull(call->keys);
	} else {
		ck_assert_ptr_null(call->keys);
		snprintf(util_in, sizeof(util_in), "reset");
	}
	call->return_value = 7;
	util_finish(call, ERR_OK);
}

static const struct prov_class util_printer = {
	.ns = "root/print",
	.name = "Printer",
	.provider = "Paper",
	.props = util_printer_props,
	.nprops = P__COUNT,
	.methods = util_methods,
	.nmethods = 2,
	.may_read = ROLE_VIEWER,
	.may_write = ROLE_USER,
	.may_invoke = ROLE_USER,
	.get = util_get,
	.put = util_put,
	.enumerate = util_enumerate,
	.invoke = util_invoke,
	.create = util_create,
	.remove = util_remove,
};

static const struct prov_class util_tray = {
	.ns = "root/print", .name = "Tray", .provider = "Paper", .props = util_tray_props, .nprops = 2,
	.may_read = ROLE_ADMIN, .may_write = ROLE_ADMIN, .may_invoke = ROLE_ADMIN, .get = util_get,
};

static const struct prov_class *const util_classes[] = { &util_printer, &util_tray, &util_page };

static const struct wsm_config util_config = {
	.classes = util_classes,
	.nclasses = 3,
	.max_envelope = 512000,
	.vendor = "Print & Co",
	.version = "1.2.3",
	.basic_over_http = true,
};

static const struct prov_caller util_user = { .uid = 1000, .role = ROLE_USER, .name = "ann" };
static const struct prov_caller util_viewer = { .uid = 1001, .role = ROLE_VIEWER, .name = "vic" };
static const struct prov_caller util_admin = { .uid = 0, .role = ROLE_ADMIN, .name = "root" };

/* ---- requests ---- */

/* Everything is optional but action; texts are put in as they are. */
struct util_req {
	const char *action, *resource, *selectors, *headers, *body;
	bool no_id, no_reply_to;
};

static char *util_write(const struct util_req *r)
{
	char *text;

	ck_assert_int_gt(
	    asprintf(&text,
		"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
		" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
		" xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\""
		" xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\""
		" xmlns:b=\"http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd\""
		" xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\""
		" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Header><a:To>http://any:5985/"
		"wsman</a:To>"
		"%s%s%s%s%s%s%s%s%s%s%s%s%s</s:Header><s:Body>%s</s:Body></s:Envelope>",
		r->resource ? "<w:ResourceURI s:mustUnderstand=\"true\">" : "", r->resource ? r->resource : "",
		r->resource ? "</w:ResourceURI>" : "",
		r->no_reply_to ? ""
			       : "<a:ReplyTo><a:Address s:mustUnderstand=\"true\">" ANON
				 "</a:Address></a:ReplyTo>",
		r->action ? "<a:Action s:mustUnderstand=\"true\">" : "", r->action ? r->action : "",
		r->action ? "</a:Action>" : "", r->no_id ? "" : "<a:MessageID>uuid:Req&amp;1</a:MessageID>",
		r->selectors ? "<w:SelectorSet>" : "", r->selectors ? r->selectors : "",
		r->selectors ? "</w:SelectorSet>" : "", r->headers ? r->headers : "", "",
		r->body ? r->body : ""),
	    0);
	return text;
}

#define SEL(name, value) "<w:Selector Name=\"" name "\">" value "</w:Selector>"

/* ---- answers ---- */

struct util_answer {
	struct wsm_request req;
	unsigned count;		/* how often done() was called */
	int status;
	char *text;
	size_t len;
	xmlDocPtr doc;
	xmlXPathContextPtr xpath;
};

static void UNUSED util_forget(struct util_answer *a)
{
	if (a->xpath)
		xmlXPathFreeContext(a->xpath);
	if (a->doc)
		xmlFreeDoc(a->doc);
	free(a->text);
	memset(a, 0, sizeof(*a));
}

static void util_parse(struct util_answer *a, const char *text, size_t len)
{
	a->text = strndup(text, len);
	a->len = len;
	a->doc = xmlReadMemory(
	    text, (int)len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	ck_assert_msg(a->doc != NULL, "not well-formed: %s", a->text);
	a->xpath = xmlXPathNewContext(a->doc);
	for (int i = 0; i < NS__COUNT; i++)
		xmlXPathRegisterNs(a->xpath, (const xmlChar *)uri_prefix[i], (const xmlChar *)uri_ns[i]);
	xmlXPathRegisterNs(a->xpath, (const xmlChar *)"c", (const xmlChar *)PRINTER);
	xmlXPathRegisterNs(a->xpath, (const xmlChar *)"d", (const xmlChar *)DMTF_PRINTER);
	xmlXPathRegisterNs(a->xpath, (const xmlChar *)"g",
	    (const xmlChar *)"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/print/Page");
	xmlXPathRegisterNs(a->xpath, (const xmlChar *)"st",
	    (const xmlChar *)"http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/__ExtendedStatus");
}

static void util_done(struct wsm_request *req, int status, struct buf *reply)
{
	struct util_answer *a = CONTAINER(req, struct util_answer, req);

	a->count++;
	a->status = status;
	ck_assert(!buf_bad(reply));
	util_parse(a, buf_text(reply), reply->len);
}

/* The string value of an XPath expression; lives until the next call but seven. */
static const char *util_x(struct util_answer *a, const char *expr)
{
	static char ring[8][4096];
	static unsigned at;
	char *out = ring[at++ % 8];
	xmlXPathObjectPtr obj = xmlXPathEvalExpression((const xmlChar *)expr, a->xpath);
	xmlChar *text;

	ck_assert_msg(obj != NULL, "bad XPath %s", expr);
	text = xmlXPathCastToString(obj);
	snprintf(out, 4096, "%s", (const char *)text);
	xmlFree(text);
	xmlXPathFreeObject(obj);
	return out;
}

static unsigned UNUSED util_count(struct util_answer *a, const char *expr)
{
	char text[600];

	snprintf(text, sizeof(text), "count(%s)", expr);
	return (unsigned)strtoul(util_x(a, text), NULL, 10);
}

static void util_send_bytes(struct wsm_service *svc, const struct prov_caller *caller, const char *bytes,
    size_t len, struct util_answer *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->req = (struct wsm_request){ .body = bytes, .len = len, .caller = caller, .done = util_done };
	wsm_handle(svc, &ret->req);
}

static void UNUSED util_send(struct wsm_service *svc, const struct prov_caller *caller,
    const struct util_req *req, struct util_answer *ret)
{
	char *text = util_write(req);

	util_send_bytes(svc, caller, text, strlen(text), ret);
	if (!util_hold)
		ck_assert_uint_eq(ret->count, 1);
	free(text);
}

/* The answer is this fault, in the right shape. subcode "" for SOAP's own. */
static void util_assert_fault(struct util_answer *a, const char *who, const char *subcode, const char *detail,
    const char *code)
{
	ck_assert_msg(a->status == 500, "status %d: %s", a->status, a->text);
	ck_assert_str_eq(util_x(a, "/s:Envelope/s:Body/s:Fault/s:Code/s:Value"), who);
	ck_assert_str_eq(util_x(a, "/s:Envelope/s:Body/s:Fault/s:Code/s:Subcode/s:Value"), subcode);
	ck_assert_msg(!strcmp(util_x(a, "substring-after(//s:Detail/w:FaultDetail,'faultDetail/')"), detail),
	    "%s", a->text);
	ck_assert_str_eq(util_x(a, "//s:Detail/f:WSManFault/@Code"), code);
	ck_assert_str_ne(util_x(a, "//s:Reason/s:Text[@xml:lang='en-US']"), "");
	ck_assert_uint_eq(util_count(a, "//s:Detail/f:WSManFault/@Machine"), 1);
	ck_assert_uint_eq(util_count(a, "/s:Envelope/s:Body/*"), 1);
	ck_assert_uint_lt(a->len, 8192);
	ck_assert_str_ne(util_x(a, "//a:Action"), "");
}

static void UNUSED util_refused(struct wsm_service *svc, const struct prov_caller *caller,
    const struct util_req *req, const char *subcode, const char *detail, const char *code)
{
	struct util_answer a;
	unsigned calls = util_calls;
	const char *receiver = "a:EndpointUnavailable n:InvalidEnumerationContext w:TimedOut w:InternalError";

	util_send(svc, caller, req, &a);
	util_assert_fault(
	    &a, *subcode && strstr(receiver, subcode) ? "s:Receiver" : "s:Sender", subcode, detail, code);
	ck_assert_msg(util_calls == calls, "the provider was asked although the request is refused");
	util_forget(&a);
}

#endif
