/* SPDX-License-Identifier: GPL-2.0-or-later
 * wsman/meta_wsdl.c: a class as WSDL 1.1 (SOAP 1.2, document/literal), for tools that make calls from it.
 *
 * What its messages hold is in the XML Schema beside it; what WS-Addressing, WS-Enumeration and WS-Management
 * add is said here as far as a caller needs it, with the items of the class by their type. The header blocks
 * are parts of one message, Header: which of them a call takes is for the caller to know.
 */
#include "wsman/meta.h"

#include <stdio.h>

#include "engine/base/auto.h"
#include "wsman/resource.h"

static const char addressing[] =
    "      <xs:element name=\"To\" type=\"xs:anyURI\"/>\n"
    "      <xs:element name=\"Action\" type=\"xs:anyURI\"/>\n"
    "      <xs:element name=\"MessageID\" type=\"xs:anyURI\"/>\n"
    "      <xs:element name=\"ReplyTo\" type=\"a:EndpointReferenceType\"/>\n"
    "      <xs:complexType name=\"EndpointReferenceType\">\n"
    "        <xs:sequence>\n"
    "          <xs:element name=\"Address\" type=\"xs:anyURI\"/>\n"
    "          <xs:element name=\"ReferenceParameters\" minOccurs=\"0\">\n"
    "            <xs:complexType><xs:sequence><xs:element ref=\"w:ResourceURI\"/>"
    "<xs:element ref=\"w:SelectorSet\" minOccurs=\"0\"/></xs:sequence></xs:complexType>\n"
    "          </xs:element>\n"
    "        </xs:sequence>\n"
    "      </xs:complexType>\n";

static const char management[] =
    "      <xs:element name=\"ResourceURI\" type=\"xs:anyURI\"/>\n"
    "      <xs:element name=\"OperationTimeout\" type=\"xs:duration\"/>\n"
    "      <xs:element name=\"MaxEnvelopeSize\" type=\"xs:unsignedLong\"/>\n"
    "      <xs:element name=\"SelectorSet\">\n"
    "        <xs:complexType><xs:sequence>\n"
    "          <xs:element name=\"Selector\" maxOccurs=\"unbounded\">\n"
    "            <xs:complexType><xs:simpleContent><xs:extension base=\"xs:string\">"
    "<xs:attribute name=\"Name\" type=\"xs:NCName\" use=\"required\"/></xs:extension></xs:simpleContent>"
    "</xs:complexType>\n"
    "          </xs:element>\n"
    "        </xs:sequence></xs:complexType>\n"
    "      </xs:element>\n"
    "      <xs:element name=\"OptimizeEnumeration\"><xs:complexType/></xs:element>\n"
    "      <xs:element name=\"MaxElements\" type=\"xs:positiveInteger\"/>\n"
    "      <xs:element name=\"Filter\">\n"
    "        <xs:complexType><xs:simpleContent><xs:extension base=\"xs:string\">"
    "<xs:attribute name=\"Dialect\" type=\"xs:anyURI\"/></xs:extension></xs:simpleContent></xs:complexType>\n"
    "      </xs:element>\n"
    "      <xs:element name=\"EndOfSequence\"><xs:complexType/></xs:element>\n";

static const char enumeration[] =
    "      <xs:element name=\"Enumerate\">\n"
    "        <xs:complexType><xs:sequence>\n"
    "          <xs:element name=\"Expires\" type=\"xs:duration\" minOccurs=\"0\"/>\n"
    "          <xs:element ref=\"w:OptimizeEnumeration\" minOccurs=\"0\"/>\n"
    "          <xs:element ref=\"w:MaxElements\" minOccurs=\"0\"/>\n"
    "          <xs:element ref=\"w:Filter\" minOccurs=\"0\"/>\n"
    "        </xs:sequence></xs:complexType>\n"
    "      </xs:element>\n"
    "      <xs:element name=\"EnumerateResponse\">\n"
    "        <xs:complexType><xs:sequence>\n"
    "          <xs:element name=\"Expires\" type=\"xs:duration\" minOccurs=\"0\"/>\n"
    "          <xs:element name=\"EnumerationContext\" type=\"xs:string\"/>\n"
    "          <xs:element ref=\"w:Items\" minOccurs=\"0\"/>\n"
    "          <xs:element ref=\"w:EndOfSequence\" minOccurs=\"0\"/>\n"
    "        </xs:sequence></xs:complexType>\n"
    "      </xs:element>\n"
    "      <xs:element name=\"Pull\">\n"
    "        <xs:complexType><xs:sequence>\n"
    "          <xs:element name=\"EnumerationContext\" type=\"xs:string\"/>\n"
    "          <xs:element name=\"MaxTime\" type=\"xs:duration\" minOccurs=\"0\"/>\n"
    "          <xs:element name=\"MaxElements\" type=\"xs:positiveInteger\" minOccurs=\"0\"/>\n"
    "          <xs:element name=\"MaxCharacters\" type=\"xs:positiveInteger\" minOccurs=\"0\"/>\n"
    "        </xs:sequence></xs:complexType>\n"
    "      </xs:element>\n"
    "      <xs:element name=\"PullResponse\">\n"
    "        <xs:complexType><xs:sequence>\n"
    "          <xs:element name=\"EnumerationContext\" type=\"xs:string\" minOccurs=\"0\"/>\n"
    "          <xs:element ref=\"n:Items\"/>\n"
    "          <xs:element name=\"EndOfSequence\" minOccurs=\"0\"><xs:complexType/></xs:element>\n"
    "        </xs:sequence></xs:complexType>\n"
    "      </xs:element>\n"
    "      <xs:element name=\"Release\">\n"
    "        <xs:complexType><xs:sequence><xs:element name=\"EnumerationContext\" type=\"xs:string\"/>"
    "</xs:sequence></xs:complexType>\n"
    "      </xs:element>\n";

/* The header blocks a request may have, as elements of the schemas above. */
static const char *const blocks[] = { "a:To", "a:Action", "a:MessageID", "a:ReplyTo", "w:ResourceURI",
	"w:SelectorSet", "w:OperationTimeout", "w:MaxEnvelopeSize" };

/* An operation: its name, its action, and what stands in the bodies; NULL: nothing does. */
struct call { const char *name, *action_ns, *in, *out; };

static void open_schema(struct buf *out, enum ns ns)
{
	buf_addf(out, "    <xs:schema targetNamespace=\"%s\" elementFormDefault=\"qualified\">\n", uri_ns[ns]);
}

static void import(struct buf *out, const char *ns)
{
	buf_addf(out, "      <xs:import namespace=\"%s\"/>\n", ns);
}

/* Items of an enumeration: instances of the class. */
static void add_items(struct buf *out, const struct prov_class *cls)
{
	buf_addf(out, "      <xs:element name=\"Items\">\n        <xs:complexType><xs:sequence>"
	    "<xs:element ref=\"c:%s\" minOccurs=\"0\" maxOccurs=\"unbounded\"/></xs:sequence>"
	    "</xs:complexType>\n      </xs:element>\n    </xs:schema>\n", cls->name);
}

static void add_types(struct buf *out, const struct prov_class *cls, const char *uri)
{
	buf_addf(out, "  <wsdl:types>\n    <xs:schema><xs:import namespace=\"%s\" schemaLocation=\"%s.xsd\"/>"
	    "</xs:schema>\n", uri, cls->name);
	open_schema(out, NS_a);
	import(out, uri_ns[NS_w]);
	buf_addf(out, "%s    </xs:schema>\n", addressing);
	open_schema(out, NS_x);
	import(out, uri_ns[NS_a]);
	buf_adds(out, "      <xs:element name=\"ResourceCreated\" type=\"a:EndpointReferenceType\"/>\n"
	    "    </xs:schema>\n");
	open_schema(out, NS_w);
	import(out, uri);
	buf_adds(out, management);
	add_items(out, cls);
	open_schema(out, NS_n);
	import(out, uri);
	import(out, uri_ns[NS_w]);
	buf_adds(out, enumeration);
	add_items(out, cls);
	buf_adds(out, "  </wsdl:types>\n  <wsdl:message name=\"Header\">\n");
	for (size_t i = 0; i < COUNT(blocks); i++)
		buf_addf(out, "    <wsdl:part name=\"%s\" element=\"%s\"/>\n", blocks[i] + 2, blocks[i]);
	buf_adds(out, "  </wsdl:message>\n");
}

static void add_message(struct buf *out, const char *name, const char *kind, const char *element)
{
	if (element)
		buf_addf(out, "  <wsdl:message name=\"%s%s\"><wsdl:part name=\"body\" element=\"%s\"/>"
		    "</wsdl:message>\n", name, kind, element);
	else
		buf_addf(out, "  <wsdl:message name=\"%s%s\"/>\n", name, kind);
}

static void add_messages(struct buf *out, const struct call *call)
{
	add_message(out, call->name, "Request", call->in);
	add_message(out, call->name, "Response", call->out);
}

static void add_port(struct buf *out, const struct call *call)
{
	buf_addf(out, "    <wsdl:operation name=\"%s\"><wsdl:input message=\"c:%sRequest\"/>"
	    "<wsdl:output message=\"c:%sResponse\"/></wsdl:operation>\n", call->name, call->name, call->name);
}

static void add_binding(struct buf *out, const struct call *call)
{
	buf_addf(out, "    <wsdl:operation name=\"%s\">\n      <soap:operation soapAction=\"%s/%s\"/>\n"
	    "      <wsdl:input>\n        <soap:body use=\"literal\"/>\n", call->name, call->action_ns,
	    call->name);
	for (size_t i = 0; i < COUNT(blocks); i++)
		buf_addf(out, "        <soap:header message=\"c:Header\" part=\"%s\" use=\"literal\"/>\n",
		    blocks[i] + 2);
	buf_adds(out, "      </wsdl:input>\n      <wsdl:output><soap:body use=\"literal\"/></wsdl:output>\n"
	    "    </wsdl:operation>\n");
}

/* Every operation of the class, in turn. */
static void each_call(struct buf *out, const struct prov_class *cls, const char *uri,
    void (*add)(struct buf *out, const struct call *call))
{
	char element[128], in[256], answer[256];

	snprintf(element, sizeof(element), "c:%s", cls->name);
	if (cls->get)
		add(out, &(struct call){ "Get", uri_ns[NS_x], NULL, element });
	if (cls->put)
		add(out, &(struct call){ "Put", uri_ns[NS_x], element, element });
	if (cls->create)
		add(out, &(struct call){ "Create", uri_ns[NS_x], element, "x:ResourceCreated" });
	if (cls->remove)
		add(out, &(struct call){ "Delete", uri_ns[NS_x], NULL, NULL });
	if (cls->enumerate) {
		add(out, &(struct call){ "Enumerate", uri_ns[NS_n], "n:Enumerate", "n:EnumerateResponse" });
		add(out, &(struct call){ "Pull", uri_ns[NS_n], "n:Pull", "n:PullResponse" });
		add(out, &(struct call){ "Release", uri_ns[NS_n], "n:Release", NULL });
	}
	for (size_t i = 0; cls->invoke && i < cls->nmethods; i++) {
		snprintf(in, sizeof(in), "c:%s_INPUT", cls->methods[i].name);
		snprintf(answer, sizeof(answer), "c:%s_OUTPUT", cls->methods[i].name);
		add(out, &(struct call){ cls->methods[i].name, uri, in, answer });
	}
}

static void write_all(struct buf *out, const struct prov_class *cls, const char *uri)
{
	static const enum ns used[] = { NS_a, NS_x, NS_n, NS_w };

	buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- SPDX-License-Identifier: MIT -->\n"
	    "<wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\""
	    " xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap12/\""
	    " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"");
	for (size_t i = 0; i < COUNT(used); i++)
		buf_addf(out, " xmlns:%s=\"%s\"", uri_prefix[used[i]], uri_ns[used[i]]);
	buf_addf(out, " xmlns:c=\"%s\" name=\"%s\" targetNamespace=\"%s\">\n", uri, cls->name, uri);
	add_types(out, cls, uri);
	each_call(out, cls, uri, add_messages);
	buf_addf(out, "  <wsdl:portType name=\"%s\">\n", cls->name);
	each_call(out, cls, uri, add_port);
	buf_addf(out, "  </wsdl:portType>\n  <wsdl:binding name=\"%s\" type=\"c:%s\">\n"
	    "    <soap:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>\n",
	    cls->name, cls->name);
	each_call(out, cls, uri, add_binding);
	buf_addf(out, "  </wsdl:binding>\n  <wsdl:service name=\"%s\"><wsdl:port name=\"%s\" binding=\"c:%s\">"
	    "<soap:address location=\"http://localhost:5985/wsman\"/></wsdl:port></wsdl:service>\n"
	    "</wsdl:definitions>\n", cls->name, cls->name, cls->name);
}

void meta_write_wsdl(struct buf *out, const struct prov_class *cls)
{
	struct buf uri;

	if (!cls->get && !cls->enumerate && !cls->invoke)
		return;
	buf_init(&uri, RESOURCE_URI_MAX);
	resource_write(&uri, URI_WMI, cls);
	if (buf_bad(&uri))
		out->bad = true;
	else
		write_all(out, cls, buf_text(&uri));
	buf_done(&uri);
}
