/* SPDX-License-Identifier: MIT
 * agent/lib/lib_fault.c: see lib_fault.h.
 *
 * The code a program wants is the innermost one (the HRESULT of what failed); the outer ones say
 * which part of the protocol carried it. The text a person wants is the reason, which repeats it.
 */
#include "agent/lib/lib_fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

#define WIN32_ACCESS_DENIED 5		/* how WinRM itself says it */
#define FAILED_SOMEHOW UINT32_C(0x80004005)

static dray_result innermost_code(const struct lib_node *fault, const struct lib_node **ret_inner)
{
	const struct lib_node *at = lib_xml_find(lib_xml_child(fault, "Detail"), "WSManFault");
	dray_result code = 0;

	*ret_inner = NULL;
	for (; at; at = lib_xml_find(at, "WSManFault")) {
		AUTO_FREE char *text = lib_xml_attr(at, "Code");
		uint64_t n;
		if (text && text_u64(text, 1, UINT32_MAX, &n)) {
			code = (dray_result)n;
			*ret_inner = at;
		}
	}
	return code;
}

/* Trimmed text of the first of the two that has any. */
static void copy_text(char *out, size_t room, const struct lib_node *a, const struct lib_node *b)
{
	const struct lib_node *from[] = { a, b };

	for (size_t i = 0; i < COUNT(from) && !out[0]; i++) {
		AUTO_FREE char *owned = lib_xml_text(from[i]);
		const char *text = owned ? owned : "";
		size_t len = strlen(text);

		text_trim(&text, &len);
		snprintf(out, room, "%.*s", (int)len, text);
	}
}

dray_result lib_fault(const struct lib_node *fault, struct dray_error *e)
{
	const struct lib_node *code = lib_xml_child(fault, "Code"), *inner;
	struct dray_error local;

	if (!e)
		e = &local;
	lib_error_clear(e);
	e->code = innermost_code(fault, &inner);
	copy_text(e->subcode, sizeof(e->subcode), lib_xml_child(lib_xml_child(code, "Subcode"), "Value"),
	    lib_xml_child(code, "Value"));
	copy_text(e->text, sizeof(e->text), lib_xml_child(lib_xml_child(fault, "Reason"), "Text"),
	    lib_xml_child(inner, "Message"));
	if (e->code == WIN32_ACCESS_DENIED || (!e->code && strstr(e->subcode, "AccessDenied")))
		e->code = DRAY_E_ACCESS_DENIED;
	if (!dray_failed(e->code))
		e->code = FAILED_SOMEHOW;
	if (!e->text[0])
		snprintf(e->text, sizeof(e->text), "the agent refused, without a reason (%s)", e->subcode);
	return e->code;
}
