/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/fault_cim.c: the failure of a provider as MSFT_WmiError, the form clients of the MI interfaces read
 * (Get-CimInstance and its kin); all others get that of fault.c.
 */
#include "wsman/fault.h"

#include <stdio.h>

#include "engine/base/auto.h"
#include "wsman/uri.h"

#define CLASS "MSFT_WmiError"

enum { CIM_FAILED = 1, CIM_ACCESS_DENIED = 2, CIM_INVALID_PARAMETER = 4, CIM_NOT_FOUND = 6, CIM_NOT_SUPPORTED = 7 };
enum { CATEGORY_NONE = 0, CATEGORY_INVALID_ARGUMENT = 5, CATEGORY_NOT_IMPLEMENTED = 11, CATEGORY_NOT_FOUND = 13,
	CATEGORY_PERMISSION = 18 };

/* CIM status codes: DSP0200; categories: those of PowerShell's errors. */
static const struct { enum fault_id id; unsigned status, category; } meanings[] = {
	{ FAULT_NO_INSTANCE, CIM_NOT_FOUND, CATEGORY_NOT_FOUND },
	{ FAULT_ACCESS_DENIED, CIM_ACCESS_DENIED, CATEGORY_PERMISSION },
	{ FAULT_INVALID_VALUE, CIM_INVALID_PARAMETER, CATEGORY_INVALID_ARGUMENT },
	{ FAULT_MISSING_VALUE, CIM_INVALID_PARAMETER, CATEGORY_INVALID_ARGUMENT },
	{ FAULT_PARAMETER, CIM_INVALID_PARAMETER, CATEGORY_INVALID_ARGUMENT },
	{ FAULT_SELECTOR_VALUE, CIM_INVALID_PARAMETER, CATEGORY_INVALID_ARGUMENT },
	{ FAULT_NO_ACTION, CIM_NOT_SUPPORTED, CATEGORY_NOT_IMPLEMENTED },
};

static void number(struct buf *out, const char *name, const char *type, unsigned value)
{
	buf_addf(out, "<p:%s xsi:type=\"cim:%s\">%u</p:%s>", name, type, value, name);
}

static void text(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "<p:%s xsi:type=\"cim:cimString\"", name);
	if (!value) {
		buf_adds(out, " xsi:nil=\"true\"/>");
		return;
	}
	buf_adds(out, ">");
	buf_add_xml(out, value);
	buf_addf(out, "</p:%s>", name);
}

static void members(const struct fault *f, struct buf *out)
{
	unsigned status = CIM_FAILED, category = CATEGORY_NONE;
	char id[32];

	for (size_t i = 0; i < COUNT(meanings); i++)
		if (meanings[i].id == f->id) {
			status = meanings[i].status;
			category = meanings[i].category;
		}
	snprintf(id, sizeof(id), "HRESULT 0x%08x", f->hresult);
	number(out, "CIMStatusCode", "cimUnsignedInt", status);
	text(out, "CIMStatusCodeDescription", NULL);
	text(out, "ErrorSource", f->object[0] ? f->object : NULL);
	number(out, "ErrorSourceFormat", "cimUnsignedShort", 0);
	number(out, "ErrorType", "cimUnsignedShort", 0);
	text(out, "Message", f->text);
	text(out, "MessageID", id);
	text(out, "OtherErrorSourceFormat", NULL);
	text(out, "OtherErrorType", NULL);
	text(out, "OwningEntity", f->provider);
	number(out, "PerceivedSeverity", "cimUnsignedShort", 0);
	number(out, "ProbableCause", "cimUnsignedShort", 0);
	text(out, "ProbableCauseDescription", NULL);
	number(out, "error_Category", "cimUnsignedInt", category);
	number(out, "error_Code", "cimUnsignedInt", f->hresult);
	text(out, "error_Type", "HRESULT");
	text(out, "error_WindowsErrorMessage", f->text);
}

void fault_write_cim(const struct fault *f, struct buf *out)
{
	buf_addf(out, "<p:" CLASS " b:IsCIM_Error=\"true\" xmlns:xsi=\"%s\" xmlns:b=\"%s\" xmlns:p=\"%s" CLASS "\""
	    " xmlns:cim=\"%s\" xsi:type=\"p:" CLASS "_Type\">", uri_ns[NS_xsi], uri_ns[NS_b], uri_text[URI_DMTF],
	    uri_ns[NS_cim]);
	members(f, out);
	buf_adds(out, "</p:" CLASS ">");
}
