/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/gate.c: see gate.h. The door to libxml2.
 */
#include "wsman/gate.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>

#include "wsman/uri.h"

#define SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"

/* No tree is built: libxml2 calls us for what it meets, and we look at names and counts. */
struct gate {
	xmlParserCtxtPtr ctxt;
	struct fault *fault;
	bool refused;			/* fault says why; nothing more is looked at */
	int depth, elements, attrs;
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

static bool check_root(struct gate *g, const xmlChar *name, const xmlChar *ns)
{
	if (!name_is(name, "Envelope"))
		return fault_set(g->fault, FAULT_NOT_XML, "The root of the request is not a SOAP envelope.");
	if (name_is(ns, uri_ns[NS_s]))
		return true;
	return fault_set(g->fault, FAULT_VERSION_MISMATCH, "%s",
	    name_is(ns, SOAP11) ? "The request is a SOAP 1.1 envelope; this service speaks SOAP 1.2."
				: fault_text(FAULT_VERSION_MISMATCH));
}

/* An optional Header, then one Body, nothing else. */
static bool check_part(struct gate *g, const xmlChar *name, const xmlChar *ns)
{
	if (!name_is(ns, uri_ns[NS_s]))
		return fault_set(
		    g->fault, FAULT_BAD_BODY, "The envelope has a child that is neither Header nor Body.");
	if (name_is(name, "Header") && !g->headers++ && !g->bodies)
		return true;
	if (name_is(name, "Body") && !g->bodies++)
		return true;
	return fault_set(g->fault, FAULT_BAD_BODY, "The envelope must have at most one Header, then one Body.");
}

static bool check_name(struct gate *g, const xmlChar *prefix, const xmlChar *name)
{
	size_t len = (prefix ? strlen((const char *)prefix) + 1 : 0) + (name ? strlen((const char *)name) : 0);

	return len <= GATE_NAME ||
	    fault_set(g->fault, FAULT_NOT_XML, "A name is longer than %d bytes.", GATE_NAME);
}

static bool check_limits(struct gate *g, int nattrs)
{
	if (g->depth >= GATE_DEPTH)
		return fault_set(g->fault, FAULT_NOT_XML, "Elements are nested deeper than %d.", GATE_DEPTH);
	if (++g->elements > GATE_ELEMENTS)
		return fault_set(g->fault, FAULT_NOT_XML, "There are more than %d elements.", GATE_ELEMENTS);
	if (nattrs > GATE_ATTRS_ELEMENT || (g->attrs += nattrs) > GATE_ATTRS)
		return fault_set(g->fault, FAULT_NOT_XML, "There are more than %d attributes.", GATE_ATTRS);
	return true;
}

static void refuse(struct gate *g)
{
	g->refused = true;
	xmlStopParser(g->ctxt);
}

#define SPACES 2	/* libxml2: prefix and URI of a namespace */
#define PARTS 5		/* ... and local name, prefix, URI, value, its end of an attribute */

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns, int nspaces,
    const xmlChar **spaces, int nattrs, int ndefaulted, const xmlChar **attrs)
{
	struct gate *g = arg;
	bool ok;

	(void)ndefaulted;
	if (g->refused || g->error[0]) {	/* a prefix that stands for nothing: it is said in libxml2's words */
		xmlStopParser(g->ctxt);
		return;
	}
	ok = check_limits(g, nspaces + nattrs) && check_name(g, prefix, name);
	for (int i = 0; ok && i < nspaces; i++)
		ok = check_name(g, BAD_CAST "xmlns", spaces[i * SPACES]);
	for (int i = 0; ok && i < nattrs; i++)
		ok = check_name(g, attrs[i * PARTS + 1], attrs[i * PARTS]);
	if (ok && g->depth < 2)
		ok = g->depth ? check_part(g, name, ns) : check_root(g, name, ns);
	if (!ok)
		refuse(g);
	g->depth++;
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns)
{
	struct gate *g = arg;

	(void)name;
	(void)prefix;
	(void)ns;
	g->depth--;
}

static void refuse_forbidden(struct gate *g)
{
	if (!g->refused)
		fault_set(g->fault, FAULT_NOT_XML, "DTDs, entities and processing instructions are not allowed.");
	refuse(g);
}

static void on_dtd(void *arg, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
	(void)name;
	(void)id;
	(void)system;
	refuse_forbidden(arg);
}

static void on_instruction(void *arg, const xmlChar *target, const xmlChar *data)
{
	(void)target;
	(void)data;
	refuse_forbidden(arg);
}

static void on_reference(void *arg, const xmlChar *name)
{
	(void)name;
	refuse_forbidden(arg);
}

static const xmlSAXHandler handler = { .initialized = XML_SAX2_MAGIC, .startElementNs = on_start,
	.endElementNs = on_end, .internalSubset = on_dtd, .processingInstruction = on_instruction,
	.reference = on_reference, .serror = on_error };

bool gate_read(const char *bytes, size_t len, struct fault *ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct gate g = { .fault = ret };
	bool well;

	pthread_once(&once, init_parser);
	g.ctxt = len > INT32_MAX ? NULL : xmlNewParserCtxt();	/* not kept: it remembers every name it met */
	if (!g.ctxt)
		return fault_set(ret, FAULT_BUSY, "Out of memory.");
	*g.ctxt->sax = handler;
	g.ctxt->userData = &g;
	xmlCtxtReadMemory(g.ctxt, bytes, (int)len, NULL, "UTF-8", XML_PARSE_NONET);
	well = g.ctxt->wellFormed;
	xmlFreeParserCtxt(g.ctxt);
	if (g.refused)
		return false;
	if (!well || g.error[0])
		return fault_set(ret, FAULT_NOT_XML, "The request is not well-formed XML: %s.",
		    g.error[0] ? g.error : "out of memory");
	return g.bodies || fault_set(ret, FAULT_BAD_BODY, "The envelope has no Body.");
}

bool gate_check(const char *bytes, size_t len, struct fault *ret)
{
	return gate_scan(bytes, len, ret) && gate_read(bytes, len, ret);
}
