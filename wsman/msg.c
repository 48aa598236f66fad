/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/msg.c: see msg.h.
 */
#include "wsman/msg.h"

#include <string.h>
#include <strings.h>

#include "engine/base/text.h"

const char *msg_trim(struct arena *arena, const char *text)
{
	size_t len;

	if (!text)
		return NULL;
	len = strlen(text);
	text_trim(&text, &len);
	return text[len] ? arena_strndup(arena, text, len) : text;
}

const struct node *msg_child(const struct node *parent, const char *name)
{
	for (const struct node *n = parent ? parent->first : NULL; n; n = n->next)
		if (text_ieq(n->name, name))
			return n;
	return NULL;
}

static const char *find_attr(const struct node *node, const char *ns, const char *name)
{
	for (const struct attr *a = node ? node->attrs : NULL; a; a = a->next)
		if (!strcmp(a->ns, ns) && text_ieq(a->name, name))
			return a->value;
	return NULL;
}

const char *msg_attr(const struct node *node, enum ns ns, const char *name)
{
	return find_attr(node, uri_ns[ns], name);
}

const char *msg_attr_plain(const struct node *node, const char *name)
{
	return find_attr(node, "", name);
}

bool msg_true(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (!len)
		return false;
	text_trim(&text, &len);
	return (len == 1 && *text == '1') || (len == 4 && !strncasecmp(text, "true", 4));
}

bool msg_is_nil(const struct node *node)
{
	return msg_true(msg_attr(node, NS_xsi, "nil"));
}

bool msg_is(const struct node *node, enum ns ns, const char *name)
{
	return node && !strcmp(node->name, name) && !strcmp(node->ns, uri_ns[ns]);
}
