/* SPDX-License-Identifier: MIT
 * agent/lib/lib_soap.c: see lib_soap.h. Sources: DSP0226 (WS-Management), WS-Addressing 2004/08.
 */
#include "agent/lib/lib_soap.h"

#include <stdio.h>

#include "engine/base/guid.h"

#define ANONYMOUS "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
#define OPEN "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"" \
	" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\"" \
	" xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\"" \
	" xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\"><s:Header>"
/* What we take (lib_call.c bounds it) and how long the agent may need; the connection waits longer. */
#define LIMITS "<w:MaxEnvelopeSize s:mustUnderstand=\"true\">4194304</w:MaxEnvelopeSize>" \
	"<w:OperationTimeout>PT60.000S</w:OperationTimeout>"

static void new_message_id(char *out, size_t room)
{
	char text[GUID_TEXT];
	struct guid g;

	out[0] = '\0';
	if (guid_new(&g))
		snprintf(out, room, "uuid:%.36s", guid_text(&g, text) + 1);
}

void lib_soap_open(struct buf *b, struct lib_head *head)
{
	new_message_id(head->message_id, sizeof(head->message_id));
	buf_adds(b, OPEN "<a:To>");
	buf_add_xml(b, head->url);
	buf_addf(b, "</a:To><w:ResourceURI s:mustUnderstand=\"true\">" LIB_CLASSES "%s</w:ResourceURI>",
	    head->cls ? head->cls : "DRAY_Job");
	buf_adds(b, "<a:ReplyTo><a:Address s:mustUnderstand=\"true\">" ANONYMOUS "</a:Address></a:ReplyTo>"
	    "<a:Action s:mustUnderstand=\"true\">");
	if (head->method)
		buf_adds(b, LIB_JOB "/");
	buf_adds(b, head->action);
	buf_addf(b, "</a:Action>" LIMITS "<a:MessageID>%s</a:MessageID>", head->message_id);
	if (head->id) {
		buf_adds(b, "<w:SelectorSet><w:Selector Name=\"JobId\">");
		buf_add_xml(b, head->id);
		buf_adds(b, "</w:Selector>");
		if (head->number)
			buf_addf(b, "<w:Selector Name=\"Number\">%s</w:Selector>", head->number);
		buf_adds(b, "</w:SelectorSet>");
	}
	buf_adds(b, "</s:Header><s:Body>");
	if (head->method)
		buf_addf(b, "<p:%s_INPUT xmlns:p=\"" LIB_JOB "\">", head->action);
}

void lib_soap_close(struct buf *b, const struct lib_head *head)
{
	if (head->method)
		buf_addf(b, "</p:%s_INPUT>", head->action);
	buf_adds(b, "</s:Body></s:Envelope>");
}

void lib_soap_leaf(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(b, "<p:%s>", name);
	buf_add_xml(b, value);
	buf_addf(b, "</p:%s>", name);
}
