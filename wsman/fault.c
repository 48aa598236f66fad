/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/fault.c: see fault.h. Shape of a fault: DSP0226 14, MS-WSMV 2.2.4.42.
 */
#include "wsman/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/auto.h"
#include "wsman/uri.h"

static const struct row {
	const char *who, *subcode, *detail, *text;
	uint32_t code;
} rows[FAULT__COUNT] = {
#define FAULT(name, who, subcode, detail, code, text) { #who, subcode, detail, text, code },
#include "schemas/faults.def"
#undef FAULT
};

/* Which fault an error of a provider becomes: on a read or a method, and on Put. */
static const enum fault_id by_err[ERR__COUNT][2] = {
#define ERR(name, hresult, fault, put_fault, exit, text) { FAULT_##fault, FAULT_##put_fault },
#include "schemas/errors.def"
#undef ERR
};

/* snprintf cuts at a byte; take the broken character away. */
static void trim_utf8(char *text, size_t room)
{
	size_t len = strlen(text);

	if (len + 1 < room)
		return;
	while (len && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
		len--;
	if (len && (unsigned char)text[len - 1] >= 0xc0)
		len--;
	text[len] = '\0';
}

bool fault_set(struct fault *f, enum fault_id id, const char *fmt, ...)
{
	va_list ap;

	f->id = id;
	if (!fmt) {
		snprintf(f->text, sizeof(f->text), "%s", rows[id].text);
		return false;
	}
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	trim_utf8(f->text, sizeof(f->text));
	return false;
}

void fault_from_err(struct fault *f, enum err err, const struct errinfo *ei, bool put)
{
	enum fault_id id = (unsigned)err < ERR__COUNT ? by_err[err][put] : FAULT_INTERNAL;
	uint32_t hresult = err_hresult(err);
	const char *text = ei && ei->text[0] ? ei->text : err_text(err);
	char code[16];

	snprintf(code, sizeof(code), "0x%08X", hresult);
	f->hresult = hresult;
	if (strstr(text, code))
		fault_set(f, id, "%s", text);
	else
		fault_set(f, id, "%.560s (%s)", text, code);
}

const char *fault_text(enum fault_id id)
{
	return rows[id].text;
}

bool fault_needs_b(const struct fault *f)
{
	return rows[f->id].subcode[0] == 'b';
}

const char *fault_action(const struct fault *f)
{
	switch (rows[f->id].subcode[0]) {
	case 'x':
		return "http://schemas.xmlsoap.org/ws/2004/09/transfer/fault";
	case 'n':
		return "http://schemas.xmlsoap.org/ws/2004/09/enumeration/fault";
	case 'e':
		return "http://schemas.xmlsoap.org/ws/2004/08/eventing/fault";
	case 'w':
	case 'b':
		return uri_text[URI_WSMAN_FAULT];
	default:	/* addressing, and SOAP's own */
		return "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault";
	}
}

static const char *machine(void)
{
	static _Thread_local char name[256];

	if (!name[0] && gethostname(name, sizeof(name) - 1))
		snprintf(name, sizeof(name), "localhost");
	return name;
}

static void open_wsman_fault(const struct fault *f, struct buf *out, uint32_t code, bool outer)
{
	buf_adds(out, "<f:WSManFault");
	if (outer)
		buf_addf(out, " xmlns:f=\"%s\"", uri_ns[NS_f]);
	buf_addf(out, " Code=\"%u\" Machine=\"", code);
	buf_add_xml(out, f->anonymous ? "localhost" : machine());
	buf_adds(out, "\"><f:Message>");
}

/* Clients look into this one without asking whether it is there. */
static void write_extended(const struct fault *f, struct buf *out)
{
	buf_addf(out, "<f:ExtendedError><p:__ExtendedStatus xmlns:p=\"%s\" xmlns:cim=\"%s\" xmlns:xsi=\"%s\""
	    " xsi:type=\"p:__ExtendedStatus_Type\"><p:Description xsi:nil=\"true\"/><p:Operation>",
	    uri_text[URI_EXTENDED], uri_ns[NS_cim], uri_ns[NS_xsi]);
	buf_add_xml(out, f->operation ? f->operation : "GetObject");
	buf_adds(out, "</p:Operation><p:ParameterInfo>");
	buf_add_xml(out, f->object);
	buf_adds(out, "</p:ParameterInfo><p:ProviderName>");
	buf_add_xml(out, f->provider ? f->provider : "");
	buf_adds(
	    out, "</p:ProviderName><p:StatusCode xsi:nil=\"true\"/></p:__ExtendedStatus></f:ExtendedError>");
}

static void write_provider(const struct fault *f, struct buf *out)
{
	buf_adds(out, "<f:ProviderFault provider=\"");
	buf_add_xml(out, f->provider ? f->provider : "");
	buf_adds(out, "\" path=\"");
	buf_add_xml(out, f->provider ? f->provider : "");
	buf_adds(out, "\">");
	open_wsman_fault(f, out, f->hresult, false);
	buf_add_xml(out, f->text);
	buf_adds(out, "</f:Message></f:WSManFault>");
	if (f->id == FAULT_NO_INSTANCE || f->id == FAULT_FILTER_BAD || f->id == FAULT_SUB_FILTER_BAD)
		write_extended(f, out);
	buf_adds(out, "</f:ProviderFault>");
}

/* WS-Enumeration 3.1, WS-Eventing 4: what would have been understood. */
static void write_supported(const struct fault *f, struct buf *out)
{
	static const struct { enum fault_id id; const char *name; enum uri uri; } rows_of[] = {
#define DIALECT(name, reader, uri) { FAULT_FILTER_DIALECT, "n:SupportedDialect", URI_##name }, \
	{ FAULT_SUB_DIALECT, "e:SupportedDialect", URI_##name },
#define DELIVERY(name, uri) { FAULT_SUB_MODE, "e:SupportedDeliveryMode", URI_##name },
#include "schemas/names.def"
#undef DIALECT
#undef DELIVERY
	};

	for (size_t i = 0; i < COUNT(rows_of); i++)
		if (rows_of[i].id == f->id && !(f->id == FAULT_SUB_DIALECT && rows_of[i].uri == URI_ASSOCIATION))
			buf_addf(out, "<%s>%s</%s>", rows_of[i].name, uri_text[rows_of[i].uri], rows_of[i].name);
}

static void write_detail(const struct fault *f, const struct row *row, struct buf *out)
{
	if (f->cim && f->hresult) {
		fault_write_cim(f, out);
		return;
	}
	if (row->detail[0])
		buf_addf(out, "<w:FaultDetail>%s%s</w:FaultDetail>", uri_text[URI_DETAIL], row->detail);
	write_supported(f, out);
	open_wsman_fault(f, out, row->code ? row->code : f->hresult, true);
	if (f->hresult)
		write_provider(f, out);
	else
		buf_add_xml(out, f->text[0] ? f->text : row->text);
	buf_adds(out, "</f:Message></f:WSManFault>");
}

void fault_write_body(const struct fault *f, struct buf *out)
{
	const struct row *row = &rows[f->id];

	buf_addf(out, "<s:Fault><s:Code><s:Value>s:%s</s:Value>", row->who);
	if (row->subcode[0])
		buf_addf(out, "<s:Subcode><s:Value>%s</s:Value></s:Subcode>", row->subcode);
	buf_adds(out, "</s:Code><s:Reason><s:Text xml:lang=\"en-US\">");
	buf_add_xml(out, f->text[0] ? f->text : row->text);
	buf_adds(out, "</s:Text></s:Reason><s:Detail>");
	write_detail(f, row, out);
	buf_adds(out, "</s:Detail></s:Fault>");
}
