/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/sub_read_to.c: where events and the end of a subscription are sent: NotifyTo and EndTo.
 *
 * What an address carries along (ReferenceProperties, ReferenceParameters) comes back as header blocks of
 * every message (WS-Addressing 2.3). It is written anew from what was read, each element with its own
 * namespaces, so nothing of it can end what stands around it; blocks that would speak for us are refused.
 */
#include "wsman/op_sub.h"

#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

#define BLOCKS_MAX 8192			/* bytes of all header blocks of an address */
#define URL_MAX 2048

static void write_node(struct buf *out, const struct node *n)
{
	unsigned prefix = 0;

	buf_addf(out, "<%s xmlns=\"", n->name);
	buf_add_xml(out, n->ns);
	buf_adds(out, "\"");
	for (const struct attr *a = n->attrs; a; a = a->next) {
		if (*a->ns && !strncmp(a->ns, "http://www.w3.org/XML/1998/namespace", 36)) {
			buf_addf(out, " xml:%s=\"", a->name);
		} else if (*a->ns) {
			buf_addf(out, " xmlns:q%u=\"", ++prefix);
			buf_add_xml(out, a->ns);
			buf_addf(out, "\" q%u:%s=\"", prefix, a->name);
		} else {
			buf_addf(out, " %s=\"", a->name);
		}
		buf_add_xml(out, a->value);
		buf_adds(out, "\"");
	}
	buf_adds(out, ">");
	buf_add_xml(out, n->text);
	for (const struct node *child = n->first; child && !buf_bad(out); child = child->next)
		write_node(out, child);
	buf_addf(out, "</%s>", n->name);
}

/* Action, To and the like are ours to say. */
static bool is_ours(const struct node *n)
{
	static const enum ns ours[] = { NS_s, NS_a, NS_w };

	for (size_t i = 0; i < COUNT(ours); i++)
		if (!strcmp(n->ns, uri_ns[ours[i]]))
			return true;
	return !*n->name;
}

/* One of ReferenceProperties, ReferenceParameters. false: refused. */
static bool write_blocks(struct op *op, const struct node *set, struct buf *out)
{
	for (const struct node *n = set ? set->first : NULL; n; n = n->next) {
		if (is_ours(n))
			return fault_set(&op->fault, FAULT_SUB_INVALID, "The address carries %.100s along, which cannot "
			    "be a header block of an event.", n->name);
		write_node(out, n);
	}
	return !buf_bad(out) || fault_set(&op->fault, FAULT_SUB_INVALID, "What the address carries along is longer "
	    "than %d bytes.", BLOCKS_MAX);
}

static bool read_blocks(struct op *op, const struct node *epr, struct sub *sub, const char **ret)
{
	const struct node *properties = msg_child(epr, "ReferenceProperties");
	struct buf out;
	bool ok;

	buf_init(&out, BLOCKS_MAX);
	sub->spec.properties |= properties != NULL;
	ok = write_blocks(op, properties, &out) &&
	    write_blocks(op, msg_child(epr, "ReferenceParameters"), &out);
	*ret = ok ? arena_strdup(sub->arena, buf_text(&out)) : NULL;
	buf_done(&out);
	return *ret || (ok ? fault_set(&op->fault, FAULT_BUSY, "Out of memory.") : false);
}

/* Control characters and blanks have no place in it, and would have one in a line of HTTP. Anonymous is on this
 * connection, where nothing can be sent unasked. */
static bool is_url(const char *text)
{
	if (text_iprefix(text, uri_text[URI_ANONYMOUS]))
		return false;
	if (!text_iprefix(text, "http://") && !text_iprefix(text, "https://"))
		return false;
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 127)
			return false;
	return strlen(text) <= URL_MAX;
}

static bool read_address(struct op *op, const struct node *epr, struct sub *sub, struct sub_address *ret,
    enum fault_id bad)
{
	const char *text = msg_trim(op->arena, msg_child(epr, "Address")->text);

	if (!text || !is_url(text))
		return fault_set(&op->fault, bad, NULL);
	ret->url = arena_strdup(sub->arena, text);
	return (ret->url || fault_set(&op->fault, FAULT_BUSY, "Out of memory.")) &&
	    read_blocks(op, epr, sub, &ret->blocks);
}

/* WS-Policy: how a sender must prove itself and what it must encrypt. An empty one asks for nothing. */
static bool read_policy(struct op *op, const struct node *epr)
{
	const struct node *policy = msg_child(epr, "Policy"), *n;
	unsigned policies = 0, depth = 0;

	for (n = epr->first; n; n = n->next)
		policies += text_ieq(n->name, "Policy");
	for (n = policy; n; n = n->first) {
		depth += text_ieq(n->name, "Policy");
		if (n->first && n->first->next)
			policies = 2;		/* alternatives, or several demands */
	}
	if (policies > 1 || depth > 1)
		return fault_set(&op->fault, FAULT_SUB_POLICY_COMPLEX, NULL);
	return !policy || !policy->first || fault_set(&op->fault, FAULT_SUB_POLICY, NULL);
}

bool sub_read_notify_to(struct op *op, const struct node *delivery, struct sub *sub)
{
	const struct node *epr = msg_child(delivery, "NotifyTo");

	if (sub->spec.mode == SUB_PULL) {	/* nothing is sent; only its style is looked at */
		sub->spec.properties = msg_child(epr, "ReferenceProperties");
		return true;
	}
	if (!epr)
		return fault_set(&op->fault, FAULT_SUB_NO_NOTIFY_TO, NULL);
	if (!msg_child(epr, "Address"))
		return fault_set(&op->fault, FAULT_SUB_NO_ADDRESS, NULL);
	return read_address(op, epr, sub, &sub->spec.notify, FAULT_SUB_BAD_ADDRESS) && read_policy(op, epr);
}

/* Who pulls is told by the next Pull. */
bool sub_read_end_to(struct op *op, const struct node *body, struct sub *sub)
{
	const struct node *epr = msg_child(body, "EndTo");

	if (!epr || sub->spec.mode == SUB_PULL)
		return true;
	if (!msg_child(epr, "Address"))
		return fault_set(&op->fault, FAULT_SUB_BAD_END_TO, NULL);
	return read_address(op, epr, sub, &sub->spec.end, FAULT_SUB_BAD_END_TO);
}
