/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/op_identify.c: Identify (DSP0226 11): who is there. The one thing an anonymous caller gets.
 */
#include "wsman/op.h"

static void write_profiles(struct buf *out, const struct wsm_config *config)
{
	buf_adds(out, "<wsmid:SecurityProfiles>");
	if (config->basic_over_http)
		buf_addf(out, "<wsmid:SecurityProfileName>%shttp/basic</wsmid:SecurityProfileName>",
		    uri_text[URI_PROFILE]);
	buf_adds(out, "</wsmid:SecurityProfiles>");
}

static void write_answer(struct buf *out, const struct wsm_config *config, bool anonymous)
{
	buf_addf(out,
	    "<wsmid:IdentifyResponse xmlns:wsmid=\"%s\"><wsmid:ProtocolVersion>%s</wsmid:ProtocolVersion>"
	    "<wsmid:ProductVendor>",
	    uri_ns[NS_wsmid], uri_text[URI_PROTOCOL]);
	buf_add_xml(out, config->vendor);
	buf_adds(out, "</wsmid:ProductVendor><wsmid:ProductVersion>OS: ");
	buf_add_xml(out, anonymous ? "0.0.0" : config->version);
	buf_adds(out, " SP: 0.0 Stack: 3.0</wsmid:ProductVersion>");
	if (!anonymous)
		write_profiles(out, config);
	buf_adds(out, "</wsmid:IdentifyResponse>");
}

void op_identify(struct op *op)
{
	struct buf out;

	op->head.action = msg_trim(op->arena, op->msg.action);
	if (op->head.action && *op->head.action &&
	    op->msg.message_id) { /* some clients send addressing headers */
		op_begin(op, &out, REPLY_TRANSFER);
	} else {
		buf_init(&out, op->head.max_reply);
		buf_addf(
		    &out, "<s:Envelope xml:lang=\"en-US\" xmlns:s=\"%s\"><s:Header/><s:Body>", uri_ns[NS_s]);
	}
	write_answer(&out, op_config(op), op->anonymous);
	reply_end(&out);
	op_send(op, &out);
}
