/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/header.c: see header.h. Rules: DSP0226 5 and 6, MS-WSMV 2.2.4.
 */
#include "wsman/header.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/auto.h"
#include "engine/base/text.h"

struct check {
	const struct msg *msg;
	size_t max_envelope;
	struct arena *arena;
	struct head *head;
	struct fault *fault;
};

static const struct { enum ns ns; const char *name; } understood[] = {
#define HEADER(ns, name) { NS_##ns, #name },
#include "schemas/names.def"
#undef HEADER
};

static bool is_understood(const struct node *block)
{
	for (size_t i = 0; i < COUNT(understood); i++)
		if (msg_is(block, understood[i].ns, understood[i].name))
			return true;
	return false;
}

/* Meant for us, and must it be understood? Only the qualified attribute counts. */
static bool must_understand(const struct node *block)
{
	const char *role = msg_attr(block, NS_s, "role");

	if (role && *role && strcmp(role, uri_text[URI_ROLE_NEXT]) && strcmp(role, uri_text[URI_ROLE_LAST]))
		return false;
	return msg_true(msg_attr(block, NS_s, "mustUnderstand"));
}

static bool check_understood(struct check *c)
{
	for (const struct node *n = c->msg->other; n; n = n->next) {
		if (!must_understand(n) || is_understood(n))
			continue;
		snprintf(c->fault->header_ns, sizeof(c->fault->header_ns), "%s", n->ns);
		snprintf(c->fault->header, sizeof(c->fault->header), "%s", n->name);
		return fault_set(
		    c->fault, FAULT_MUST_UNDERSTAND, "The header %.100s is not understood.", n->name);
	}
	return true;
}

/* A second block of a kind that is read ends among the others. */
static bool check_once(struct check *c)
{
	static const struct {
		enum ns ns;
		const char *name;
	} once[] = {
		{ NS_a, "Action" },
		{ NS_a, "MessageID" },
		{ NS_a, "To" },
		{ NS_a, "ReplyTo" },
		{ NS_a, "FaultTo" },
		{ NS_w, "ResourceURI" },
		{ NS_w, "SelectorSet" },
		{ NS_w, "OptionSet" },
		{ NS_w, "OperationTimeout" },
		{ NS_w, "MaxEnvelopeSize" },
		{ NS_w, "FragmentTransfer" },
	};

	for (const struct node *n = c->msg->other; n; n = n->next)
		for (size_t i = 0; i < COUNT(once); i++)
			if (msg_is(n, once[i].ns, once[i].name))
				return fault_set(
				    c->fault, FAULT_BAD_HEADER, "The header %s is given twice.", n->name);
	return true;
}

static bool check_action(struct check *c)
{
	c->head->action = msg_trim(c->arena, c->msg->action);
	c->head->resource = msg_trim(c->arena, c->msg->resource);
	if (!c->head->action || !*c->head->action)
		return fault_set(c->fault, FAULT_HEADER_MISSING, "The header wsa:Action is missing.");
	if (strlen(c->head->action) > HEADER_TEXT_MAX)
		return fault_set(
		    c->fault, FAULT_URI_LIMIT, "The action is longer than %d bytes.", HEADER_TEXT_MAX);
	return true;
}

static bool check_message_id(struct check *c)
{
	const char *id = msg_trim(c->arena, c->msg->message_id);

	if (!id || !*id)
		return fault_set(c->fault, FAULT_BAD_HEADER, "The header wsa:MessageID is missing or empty.");
	if (strlen(id) > HEADER_TEXT_MAX)
		return fault_set(
		    c->fault, FAULT_BAD_HEADER, "The MessageID is longer than %d bytes.", HEADER_TEXT_MAX);
	return true;
}

static bool check_anonymous(struct check *c, const char *what, const char *address)
{
	const char *text = msg_trim(c->arena, address), *want = uri_text[URI_ANONYMOUS];
	size_t len = text ? strlen(text) : 0;

	while (len && text[len - 1] == '/')	/* seen in MS-WSMV's own samples */
		len--;
	if (text && len == strlen(want) && !strncmp(text, want, len))
		return true;
	return fault_set(c->fault, FAULT_ADDRESSING_MODE,
	    "%s is not the anonymous address; answers go back on the"
	    " connection only.",
	    what);
}

static bool check_reply_to(struct check *c)
{
	if (!c->msg->reply_to)
		return fault_set(c->fault, FAULT_HEADER_MISSING, "The header wsa:ReplyTo is missing.");
	return check_anonymous(c, "ReplyTo", c->msg->reply_to) &&
	    (!c->msg->fault_to || check_anonymous(c, "FaultTo", c->msg->fault_to));
}

static bool check_locale(struct check *c)
{
	if (c->msg->locale_must)
		return fault_set(c->fault, FAULT_LOCALE, NULL);
	if (c->msg->data_locale_must)
		return fault_set(c->fault, FAULT_DATA_LOCALE, NULL);
	return true;
}

static bool check_timeout(struct check *c)
{
	const char *text = msg_trim(c->arena, c->msg->timeout);
	int64_t ms;

	c->head->timeout_ms = HEADER_TIMEOUT_MAX_MS;
	if (!text)
		return true;
	if (!text_duration_ms(text, &ms) || ms <= 0)
		return fault_set(c->fault, FAULT_BAD_HEADER,
		    "OperationTimeout \"%.100s\" is not a positive duration.", text);
	if (ms < HEADER_TIMEOUT_MAX_MS)
		c->head->timeout_ms = ms < HEADER_TIMEOUT_MIN_MS ? HEADER_TIMEOUT_MIN_MS : (uint64_t)ms;
	return true;
}

static bool check_max_envelope(struct check *c)
{
	const char *text = msg_trim(c->arena, c->msg->max_envelope);
	uint64_t max;

	c->head->max_reply = c->max_envelope;
	if (!text)
		return true;
	if (!text_u64(text, 0, UINT64_MAX, &max))
		return fault_set(
		    c->fault, FAULT_BAD_HEADER, "MaxEnvelopeSize \"%.100s\" is not a number.", text);
	if (max < HEADER_ENVELOPE_MIN)
		return fault_set(c->fault, FAULT_MIN_ENVELOPE, NULL);
	if (max < c->head->max_reply)
		c->head->max_reply = (size_t)max;
	return true;
}

static bool check_limits(struct check *c)
{
	int options = 0;

	if (c->msg->activity && strlen(c->msg->activity) > HEADER_TEXT_MAX)
		return fault_set(
		    c->fault, FAULT_BAD_HEADER, "The ActivityId is longer than %d bytes.", HEADER_TEXT_MAX);
	for (const struct node *n = c->msg->options; n; n = n->next)
		if (++options > HEADER_OPTIONS)
			return fault_set(c->fault, FAULT_OPTION_LIMIT, NULL);
	return true;
}

bool header_check(const struct msg *msg, size_t max_envelope, struct arena *arena, struct head *ret,
    struct fault *fault)
{
	static bool (*const checks[])(struct check *) = { check_understood, check_once, check_action,
		check_message_id, check_reply_to, check_locale, check_timeout, check_max_envelope,
		check_limits };
	struct check c = { msg, max_envelope, arena, ret, fault };

	for (size_t i = 0; i < COUNT(checks); i++)
		if (!checks[i](&c))
			return false;
	return true;
}

const struct node *header_option(const struct msg *msg, const char *name, const struct node *after)
{
	for (const struct node *n = after ? after->next : msg->options; n; n = n->next) {
		const char *have = msg_attr_plain(n, "Name"), *colon = have ? strchr(have, ':') : NULL;

		if (text_ieq(colon ? colon + 1 : have, name))
			return n;
	}
	return NULL;
}
