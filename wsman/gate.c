/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/gate.c: see gate.h. The door to libxml2.
 */
#include "wsman/gate.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlreader.h>

#include "wsman/uri.h"

#define SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"

struct gate {
	xmlTextReaderPtr reader;
	struct fault *fault;
	int elements, attrs;
	int headers, bodies;		/* children of the envelope */
	char error[200];		/* first complaint of libxml2 */
};

static void init_parser(void)
{
	xmlInitParser();
}

static void on_error(void *arg, xmlErrorPtr error)
{
	struct gate *g = arg;
	size_t len;

	/* Consoles put things into xmlns that are no URI: unexpanded aliases, selectors in braces. */
	if (g->error[0] || error->level < XML_ERR_ERROR || error->code == XML_WAR_NS_URI)
		return;
	snprintf(g->error, sizeof(g->error), "line %d: %s", error->line,
	    error->message ? error->message : "malformed");
	for (len = strlen(g->error); len && g->error[len - 1] == '\n'; len--)
		g->error[len - 1] = '\0';
	for (char *p = g->error; *p; p++)	/* it may quote bytes that are not text */
		if ((unsigned char)*p >= 0x7f || (unsigned char)*p < 0x20)
			*p = '?';
}

static bool name_is(const xmlChar *name, const char *what)
{
	return name && !strcmp((const char *)name, what);
}

static bool check_root(struct gate *g)
{
	const xmlChar *ns = xmlTextReaderConstNamespaceUri(g->reader);

	if (!name_is(xmlTextReaderConstLocalName(g->reader), "Envelope"))
		return fault_set(g->fault, FAULT_NOT_XML, "The root of the request is not a SOAP envelope.");
	if (name_is(ns, uri_ns[NS_s]))
		return true;
	return fault_set(g->fault, FAULT_VERSION_MISMATCH, "%s",
	    name_is(ns, SOAP11) ? "The request is a SOAP 1.1 envelope; this service speaks SOAP 1.2."
				: fault_text(FAULT_VERSION_MISMATCH));
}

/* An optional Header, then one Body, nothing else. */
static bool check_part(struct gate *g)
{
	const xmlChar *name = xmlTextReaderConstLocalName(g->reader);

	if (!name_is(xmlTextReaderConstNamespaceUri(g->reader), uri_ns[NS_s]))
		return fault_set(
		    g->fault, FAULT_BAD_BODY, "The envelope has a child that is neither Header nor Body.");
	if (name_is(name, "Header") && !g->headers++ && !g->bodies)
		return true;
	if (name_is(name, "Body") && !g->bodies++)
		return true;
	return fault_set(g->fault, FAULT_BAD_BODY, "The envelope must have at most one Header, then one Body.");
}

static bool check_names(struct gate *g, int nattrs)
{
	if (strlen((const char *)xmlTextReaderConstName(g->reader)) > GATE_NAME)
		return fault_set(g->fault, FAULT_NOT_XML, "A name is longer than %d bytes.", GATE_NAME);
	for (int i = 0; i < nattrs; i++) {
		xmlTextReaderMoveToAttributeNo(g->reader, i);
		if (strlen((const char *)xmlTextReaderConstName(g->reader)) > GATE_NAME)
			return fault_set(g->fault, FAULT_NOT_XML, "A name is longer than %d bytes.", GATE_NAME);
	}
	if (nattrs)
		xmlTextReaderMoveToElement(g->reader);
	return true;
}

static bool on_element(struct gate *g)
{
	int depth = xmlTextReaderDepth(g->reader), nattrs = xmlTextReaderAttributeCount(g->reader);

	if (depth >= GATE_DEPTH)
		return fault_set(g->fault, FAULT_NOT_XML, "Elements are nested deeper than %d.", GATE_DEPTH);
	if (++g->elements > GATE_ELEMENTS)
		return fault_set(g->fault, FAULT_NOT_XML, "There are more than %d elements.", GATE_ELEMENTS);
	if (nattrs > GATE_ATTRS_ELEMENT || (g->attrs += nattrs) > GATE_ATTRS)
		return fault_set(g->fault, FAULT_NOT_XML, "There are more than %d attributes.", GATE_ATTRS);
	if (!check_names(g, nattrs))
		return false;
	return depth == 0 ? check_root(g) : depth == 1 ? check_part(g) : true;
}

static bool on_node(struct gate *g)
{
	switch (xmlTextReaderNodeType(g->reader)) {
	case XML_READER_TYPE_ELEMENT:
		return on_element(g);
	case XML_READER_TYPE_DOCUMENT_TYPE:
	case XML_READER_TYPE_PROCESSING_INSTRUCTION:
	case XML_READER_TYPE_ENTITY_REFERENCE:
	case XML_READER_TYPE_ENTITY:
		return fault_set(
		    g->fault, FAULT_NOT_XML, "DTDs, entities and processing instructions are not allowed.");
	default:
		return true;
	}
}

static bool read_all(struct gate *g)
{
	int more;

	while ((more = xmlTextReaderRead(g->reader)) == 1)
		if (!on_node(g))
			return false;
	if (more < 0 || g->error[0])
		return fault_set(g->fault, FAULT_NOT_XML, "The request is not well-formed XML: %s.",
		    g->error[0] ? g->error : "out of memory");
	if (!g->bodies)
		return fault_set(g->fault, FAULT_BAD_BODY, "The envelope has no Body.");
	return true;
}

bool gate_read(const char *bytes, size_t len, struct fault *ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct gate g = { .fault = ret };
	bool ok;

	pthread_once(&once, init_parser);
	g.reader = len > INT32_MAX ? NULL : xmlReaderForMemory(bytes, (int)len, NULL, "UTF-8",
	    XML_PARSE_NONET | XML_PARSE_COMPACT);
	if (!g.reader)
		return fault_set(ret, FAULT_BUSY, "Out of memory.");
	xmlTextReaderSetStructuredErrorHandler(g.reader, on_error, &g);
	ok = read_all(&g);
	xmlFreeTextReader(g.reader);
	return ok;
}

bool gate_check(const char *bytes, size_t len, struct fault *ret)
{
	return gate_scan(bytes, len, ret) && gate_read(bytes, len, ret);
}
