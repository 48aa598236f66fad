/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/msg.h: a request as read: headers as text, the rest as a small read-only tree.
 *
 * Everything lives in the arena it was read into. Texts are as they came; whoever uses one trims
 * it with msg_trim(). envelope_read() is the only writer.
 */
#ifndef WSMAN_MSG_H
#define WSMAN_MSG_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "wsman/fault.h"
#include "wsman/uri.h"

struct attr {
	const char *ns, *name, *value;	/* never NULL; local name */
	const struct attr *next;
};

struct node {
	const char *ns, *name, *text;	/* never NULL; text: of a leaf, "" otherwise */
	const struct attr *attrs;
	const struct node *first, *next;
};

struct msg {
	const char *action, *message_id;	/* NULL: no such header */
	const char *to;			/* NULL: no such header */
	const char *reply_to, *fault_to;	/* addresses; "" if the block has none */
	const char *resource, *timeout, *max_envelope, *activity;
	const char *fragment, *fragment_dialect;	/* dialect NULL: the default */
	bool fragment_must, locale_must, data_locale_must;
	const struct node *selectors, *options;	/* children of the set; NULL: none */
	const struct node *other;		/* header blocks that have no place above */
	const struct node *body;		/* first child of s:Body */
};

/* gSOAP reads what gate_check() let through. false: refused, fault filled. Any thread. */
bool envelope_read(const char *bytes, size_t len, struct arena *arena, struct msg *ret, struct fault *fault);

/* Both ends without XML white space; a copy in the arena. NULL: out of memory, or text is NULL. */
const char *msg_trim(struct arena *arena, const char *text);
const struct node *msg_child(const struct node *parent, const char *name); /* by local name, case ignored */
const char *msg_attr(const struct node *node, enum ns ns, const char *name);	/* NULL: not there */
const char *msg_attr_plain(const struct node *node, const char *name);	/* an attribute in no namespace */
bool msg_true(const char *text);	/* an xs:boolean that is true; NULL is false */
bool msg_is_nil(const struct node *node);
bool msg_is(const struct node *node, enum ns ns, const char *name);	/* exact */

#endif
