/* SPDX-License-Identifier: MIT
 * agent/lib/lib_xml.c: see lib_xml.h.
 */
#include "agent/lib/lib_xml.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ATTRS 64		/* of one element: libxml2 compares each with each */
#define MAX_DEPTH 64

static void init_once(void)
{
	xmlInitParser();
}

/* One pass over the bytes: no DOCTYPE, no NUL, few attributes an element. */
static bool acceptable(const char *bytes, size_t len)
{
	unsigned attrs = 0;
	char quote = '\0';
	bool in_tag = false;

	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if (!c || (c == '<' && len - i > 8 && !memcmp(bytes + i, "<!DOCTYPE", 9)))
			return false;
		if (quote)
			quote = c == quote ? '\0' : quote;
		else if (!in_tag && c == '<')
			in_tag = true, attrs = 0;
		else if (in_tag && c == '>')
			in_tag = false;
		else if (in_tag && (c == '"' || c == '\''))
			quote = c;
		else if (in_tag && c == '=' && ++attrs > MAX_ATTRS)
			return false;
	}
	return true;
}

static bool shallow(const xmlNode *node, int depth)
{
	if (depth > MAX_DEPTH)
		return false;
	for (; node; node = node->next)
		if (node->type == XML_ELEMENT_NODE && !shallow(node->children, depth + 1))
			return false;
	return true;
}

struct lib_xml *lib_xml_parse(const char *bytes, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	xmlDoc *doc;

	pthread_once(&once, init_once);
	if (len > INT32_MAX || !acceptable(bytes, len))
		return NULL;
	doc = xmlReadMemory(bytes, (int)len, NULL, NULL,
	    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!doc)
		return NULL;
	if (!xmlDocGetRootElement(doc) || doc->intSubset || !shallow(doc->children, 0)) {
		xmlFreeDoc(doc);
		return NULL;
	}
	return (struct lib_xml *)doc;
}

void lib_xml_free(struct lib_xml *doc)
{
	xmlFreeDoc((xmlDoc *)doc);
}

const struct lib_node *lib_xml_root(const struct lib_xml *doc)
{
	return (const struct lib_node *)xmlDocGetRootElement((xmlDoc *)doc);
}

static const struct lib_node *first(const xmlNode *n, const char *name)
{
	for (; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && (!name || !strcmp((const char *)n->name, name)))
			return (const struct lib_node *)n;
	return NULL;
}

const struct lib_node *lib_xml_child(const struct lib_node *node, const char *name)
{
	return node ? first(((const xmlNode *)node)->children, name) : NULL;
}

const struct lib_node *lib_xml_next(const struct lib_node *node, const char *name)
{
	return node ? first(((const xmlNode *)node)->next, name) : NULL;
}

const struct lib_node *lib_xml_find(const struct lib_node *node, const char *name)
{
	for (const struct lib_node *n = lib_xml_child(node, NULL); n; n = lib_xml_next(n, NULL)) {
		const struct lib_node *hit = strcmp(lib_xml_name(n), name) ? lib_xml_find(n, name) : n;
		if (hit)
			return hit;
	}
	return NULL;
}

const char *lib_xml_name(const struct lib_node *node)
{
	return (const char *)((const xmlNode *)node)->name;
}

char *lib_xml_attr(const struct lib_node *node, const char *name)
{
	xmlChar *value = node ? xmlGetProp((const xmlNode *)node, (const xmlChar *)name) : NULL;
	char *copy = value ? strdup((const char *)value) : NULL;

	xmlFree(value);
	return copy;
}

bool lib_xml_is_nil(const struct lib_node *node)
{
	char *nil = lib_xml_attr(node, "nil");
	bool yes = nil && (!strcmp(nil, "true") || !strcmp(nil, "1"));

	free(nil);
	return yes;
}

bool lib_xml_has_children(const struct lib_node *node)
{
	return lib_xml_child(node, NULL);
}

char *lib_xml_text(const struct lib_node *node)
{
	xmlChar *text = node ? xmlNodeGetContent((const xmlNode *)node) : NULL;
	char *copy = strdup(text ? (const char *)text : "");

	xmlFree(text);
	return copy;
}
