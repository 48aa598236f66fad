/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/reply.c: see reply.h. Prefixes, their order and the order of the headers are those of
 * Windows; some clients look at the text.
 */
#include "wsman/reply.h"

#include <string.h>

#include "engine/base/guid.h"
#include "wsman/uri.h"

static const enum ns declared[][8] = {
	[REPLY_TRANSFER] = { NS_s, NS_a, NS_x, NS_w, NS_p, NS__COUNT },
	[REPLY_ENUM] = { NS_s, NS_a, NS_n, NS_w, NS_p, NS__COUNT },
	[REPLY_EVENT] = { NS_s, NS_a, NS_e, NS_n, NS_w, NS_p, NS__COUNT },
	[REPLY_FAULT] = { NS_s, NS_a, NS_x, NS_e, NS_n, NS_w, NS_p, NS__COUNT },
};

static void write_message_id(struct buf *out)
{
	struct guid guid = { { 0 } };
	char text[GUID_TEXT];

	guid_new_open(&guid);
	guid_text(&guid, text);
	text[strlen(text) - 1] = '\0';		/* without the braces */
	buf_adds(out, "<a:MessageID>uuid:");
	buf_adds(out, text + 1);
	buf_adds(out, "</a:MessageID>");
}

static void write_ns(struct buf *out, enum ns ns)
{
	buf_adds(out, " xmlns:");
	buf_adds(out, uri_prefix[ns]);
	buf_adds(out, "=\"");
	buf_adds(out, uri_ns[ns]);
	buf_adds(out, "\"");
}

static void write_envelope(struct buf *out, enum reply_kind kind, bool with_b)
{
	buf_adds(out, "<s:Envelope xml:lang=\"en-US\"");
	for (const enum ns *ns = declared[kind]; *ns != NS__COUNT; ns++)
		write_ns(out, *ns);
	if (with_b)
		write_ns(out, NS_b);
	buf_adds(out, "><s:Header>");
}

static void write_headers(struct buf *out, const char *action, const char *suffix, const char *relates_to)
{
	buf_adds(out, "<a:Action>");
	buf_add_xml(out, action);
	buf_adds(out, suffix);
	buf_adds(out, "</a:Action>");
	write_message_id(out);
	buf_adds(out, "<a:To>");
	buf_adds(out, uri_text[URI_ANONYMOUS]);
	buf_adds(out, "</a:To>");
	if (relates_to) {
		buf_adds(out, "<a:RelatesTo>");
		buf_add_xml(out, relates_to);
		buf_adds(out, "</a:RelatesTo>");
	}
}

void reply_begin(struct buf *out, enum reply_kind kind, const char *action, const char *suffix,
    const char *relates_to, const char *blocks)
{
	write_envelope(out, kind, false);
	write_headers(out, action, suffix, relates_to);
	buf_adds(out, blocks ? blocks : "");
	buf_adds(out, "</s:Header><s:Body>");
}

void reply_end(struct buf *out)
{
	buf_adds(out, "</s:Body></s:Envelope>");
}

/* The header block nobody understood, named with its namespace. */
static void write_not_understood(struct buf *out, const struct fault *f)
{
	buf_adds(out, "<s:NotUnderstood qname=\"");
	if (f->header_ns[0])
		buf_adds(out, "nu:");
	buf_add_xml(out, f->header);
	buf_adds(out, "\"");
	if (f->header_ns[0]) {
		buf_adds(out, " xmlns:nu=\"");
		buf_add_xml(out, f->header_ns);
		buf_adds(out, "\"");
	}
	buf_adds(out, "/>");
}

void reply_fault(struct buf *out, const struct fault *fault, const char *relates_to)
{
	write_envelope(out, REPLY_FAULT, fault_needs_b(fault));
	write_headers(out, fault_action(fault), "", relates_to);
	if (fault->id == FAULT_MUST_UNDERSTAND && fault->header[0])
		write_not_understood(out, fault);
	buf_adds(out, "</s:Header><s:Body>");
	fault_write_body(fault, out);
	reply_end(out);
}
