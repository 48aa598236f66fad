# SPDX-License-Identifier: MIT
"""What every reply must be, whatever was asked; and whether one is what its case says.

Rules of docs/wsman-conformance.md that hold for all replies are judged here, for each of them.
"""
import re

from lxml import etree

import soap
from wirecase import PREFIXES
from wireschema import Schemas, Wrong, need

REPLY_MAX, FAULT_MAX = 512000, 8192
MESSAGE_ID = re.compile(r"uuid:[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
FAULT_ACTION = {"a": soap.A + "/fault", "x": soap.X + "/fault", "n": soap.N + "/fault",
                "e": PREFIXES["e"] + "/fault", "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault",
                "b": "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", "s": soap.A + "/fault"}
RECEIVER = {"w:TimedOut", "n:TimedOut", "w:InternalError", "n:InvalidEnumerationContext", "n:UnableToRenew",
            "e:UnableToRenew", "e:EventSourceUnableToProcess", "w:DeliveryRefused", "a:EndpointUnavailable"}


class Reply:
    """An HTTP answer; .root is its envelope, None when it is no XML."""

    def __init__(self, status, head, body):
        self.status, self.head, self.body, self.root = status, head, body, None
        if body.lstrip(b"\xff\xfe\xef\xbb\xbf \r\n")[:1] == b"<":
            try:
                self.root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
            except etree.XMLSyntaxError as error:
                raise Wrong("the reply is no XML: %s" % error)

    def header(self, name):
        """Every value of an HTTP header, in order."""
        return re.findall(r"(?im)^%s: ?(.*?)\r?$" % re.escape(name), self.head)

    def find(self, path):
        return self.root.xpath(path, namespaces=PREFIXES)

    def text(self):
        return self.body.decode("utf-16" if self.body[:2] == b"\xff\xfe" else "utf-8", "replace")


class Judge:
    """Knows the schemas, and every MessageID there was."""

    def __init__(self, folder):
        self.schemas, self.seen = Schemas(folder), set()

    def every(self, reply, request_id, action, max_envelope=REPLY_MAX):
        """What must hold for any answer. Raises Wrong."""
        length = reply.header("Content-Length")
        need(len(length) == 1 and int(length[0]) == len(reply.body), "Content-Length is %r", length)
        need(not reply.header("Content-Encoding") and not reply.header("Transfer-Encoding"), "the reply is coded")
        if reply.root is None:
            need(reply.status != 500 or not reply.body, "a 500 that is no SOAP")
            return
        need(reply.root.tag == "{%s}Envelope" % soap.S, "the root is %s", reply.root.tag)
        fault = reply.find("/s:Envelope/s:Body/s:Fault")
        need(reply.status == (500 if fault else 200), "HTTP %d for a %s", reply.status, "fault" if fault else "reply")
        self.envelope(reply)
        if len(reply.root[0]):
            self.addressing(reply, request_id, action, fault)
        if fault:
            self.fault(reply, fault[0])
            need(len(reply.body) <= FAULT_MAX or reply.body[:2] == b"\xff\xfe", "a fault of %d bytes", len(reply.body))
        else:
            self.schemas.check(reply.root[1])
        need(len(reply.body) <= max_envelope, "%d bytes, MaxEnvelopeSize is %d", len(reply.body), max_envelope)

    def envelope(self, reply):
        root = reply.root
        for prefix, uri in root.nsmap.items():
            need(PREFIXES.get(prefix) == uri, "the prefix %s stands for %s", prefix, uri)
        children = [e.tag for e in root]
        need(children == ["{%s}Header" % soap.S, "{%s}Body" % soap.S], "children of the envelope: %s", children)
        need(root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en-US", "xml:lang of the envelope")
        for e in root.iter("{%s}*" % soap.S, "{%s}*" % soap.A, "{%s}*" % soap.N, "{%s}*" % soap.X, "{%s}*" % soap.W):
            need(PREFIXES.get(e.prefix) == etree.QName(e).namespace, "%s has the prefix %s", e.tag, e.prefix)

    def addressing(self, reply, request_id, action, fault):
        names = [etree.QName(e).localname for e in reply.root[0]]
        related = request_id is not None and "RelatesTo" in names
        order = ["Action", "MessageID", "To"] + ["RelatesTo"] * related
        need(names[:len(order)] == order, "headers %s", names)
        need(fault or request_id is None or related, "no RelatesTo")
        if related:
            need(reply.root[0][3].text == request_id, "RelatesTo is %r, wanted %r", reply.root[0][3].text, request_id)
        mid = reply.root[0][1].text
        need(MESSAGE_ID.fullmatch(mid), "MessageID %s", mid)
        need(mid not in self.seen, "MessageID %s comes a second time", mid)
        self.seen.add(mid)
        need(reply.root[0][2].text == soap.ANONYMOUS, "To is %s", reply.root[0][2].text)
        for e in reply.root[0]:
            marked = [a for a in e.attrib if "mustUnderstand" in a]
            need(not marked or e.tag == "{%s}FragmentTransfer" % soap.W, "%s is marked mustUnderstand", e.tag)
        if not fault and action:
            wanted = action + "Response"
            have = reply.root[0][0].text		# a method may be called by its name alone
            need(have == wanted or ("/" not in action and have.endswith("/" + wanted)), "Action is %s", have)

    def fault(self, reply, fault):
        value = reply.find("string(//s:Fault/s:Code/s:Value)")
        sub = reply.find("string(//s:Fault/s:Code/s:Subcode/s:Value)")
        need(value in ("s:Sender", "s:Receiver", "s:MustUnderstand", "s:VersionMismatch"), "Code is %s", value)
        need(bool(sub) == (value in ("s:Sender", "s:Receiver")), "%s with the subcode \"%s\"", value, sub)
        prefix = (sub or value).partition(":")[0]
        need(prefix in FAULT_ACTION and fault.nsmap.get(prefix) == PREFIXES[prefix],
             "the prefix of %s is not declared", sub)
        if sub:
            need((sub in RECEIVER) == (value == "s:Receiver"), "%s is of %s", sub, value)
        if len(reply.root[0]):
            action = reply.root[0][0].text
            need(action == FAULT_ACTION[prefix], "the Action of a %s is %s", sub or value, action)
        reason = reply.find("//s:Fault/s:Reason/s:Text")
        need(len(reason) == 1 and (reason[0].text or "").strip(), "no Reason")
        need(reason[0].get("{http://www.w3.org/XML/1998/namespace}lang"), "a Reason of no language")
        detail = reply.find("//s:Fault/s:Detail/*")
        names = [etree.QName(e).localname for e in detail]
        need(names == ["MSFT_WmiError"] or names[-1:] == ["WSManFault"] and "FaultDetail" not in names[1:],
             "Detail holds %s", names)
        for e in reply.find("//f:WSManFault"):
            code = e.get("Code", "")
            need(re.fullmatch(r"0|[1-9]\d{0,9}", code) and int(code) < 1 << 32, "Code %s", code)
            need(e.get("Machine") is not None, "no Machine")
        for hresult in reply.find("//f:ProviderFault/f:WSManFault/@Code"):
            if int(hresult) >> 31 and not hresult.startswith("21508"):		# the engine's, not the protocol's
                need("0x%08X" % int(hresult) in reason[0].text, "Reason does not tell 0x%08X", int(hresult))

    def check(self, reply, step, variables):
        """Whether the reply is the one the step expects. Keeps what it is told to keep in variables."""
        need(reply.status == step.status, "HTTP %d %s, wanted %d", reply.status, describe(reply), step.status)
        for word in step.wanted:
            fits = (word in reply.find("//f:WSManFault/@Code") if word.isdigit() else
                    word in (reply.find("string(//s:Code/s:Value)"), reply.find("string(//s:Subcode/s:Value)"))
                    if ":" in word else reply.find("string(//w:FaultDetail)") == soap.DETAIL + word)
            need(fits, "the fault is not %s but %s", word, describe(reply))
        for key, value in step.checks:
            getattr(self, "check_" + key.replace("-", "_"))(reply, value, variables)

    def check_has(self, reply, path, variables):
        need(reply.root is not None and reply.find("boolean(%s)" % path), "has not %s", path)

    def check_not(self, reply, path, variables):
        need(reply.root is not None and not reply.find("boolean(%s)" % path), "has %s", path)

    def check_raw(self, reply, pattern, variables):
        need(re.search(pattern, reply.text(), re.S), "the bytes have no /%s/", pattern)

    def check_raw_not(self, reply, pattern, variables):
        need(not re.search(pattern, reply.text(), re.S), "the bytes have /%s/", pattern)

    def check_http(self, reply, pattern, variables):
        absent = pattern.startswith("- ")
        found = re.search(r"(?im)^%s\r?$" % pattern[2 * absent:], reply.head)
        need(bool(found) != absent, "the head is %r", reply.head)

    def check_keep(self, reply, value, variables):
        name, _, path = value.partition("=")
        found = reply.find("string(%s)" % path.strip())
        need(found, "there is no %s to keep", path)
        variables[name.strip()] = found

    def check_keep_xml(self, reply, value, variables):
        name, _, path = value.partition("=")
        variables[name.strip()] = etree.tostring(reply.find(path.strip())[0], with_tail=False, encoding="unicode")

    def check_empty(self, reply, value, variables):
        need(not reply.body, "the body is %r", reply.body[:100])

    def check_closed(self, reply, value, variables):
        pass		# t36_wire looks at the connection

    def check_like(self, reply, pattern, variables):
        declared = " ".join("xmlns:%s=\"%s\"" % one for one in PREFIXES.items())
        wanted = etree.fromstring("<r %s>%s</r>" % (declared, pattern))[0]
        alike(reply.root if wanted.tag == reply.root.tag else reply.find("/s:Envelope/s:Body/*")[0], wanted)


def describe(reply):
    if reply.root is None:
        return repr(reply.body[:60])
    return " ".join([reply.find("string(//s:Subcode/s:Value)"), reply.find("string(//w:FaultDetail)").rpartition("/")[2],
                     *reply.find("//f:WSManFault/@Code"), reply.find("string(//s:Reason/s:Text)")])


def glob_fits(text, pattern):
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text or "", re.S)


def alike(have, want):
    """Same names, attributes, texts and children in order; `*` in a text or value stands for anything,
    a child <any/> for any further children."""
    need(have.tag == want.tag, "<%s>, wanted <%s>", have.tag, want.tag)
    need(set(have.attrib) == set(want.attrib), "attributes of %s: %s", have.tag, dict(have.attrib))
    for name, value in want.attrib.items():
        need(glob_fits(have.get(name), value), "%s of %s is %s", name, have.tag, have.get(name))
    if not len(want):
        need(not len(have) and glob_fits(have.text, (want.text or "").strip()), "%s is \"%s\", wanted \"%s\"",
             have.tag, have.text, want.text)
    more = len(want) and want[-1].tag == "any"
    need(len(have) >= len(want) - 1 if more else len(have) == len(want), "%s has %s", have.tag, [e.tag for e in have])
    for h, w in zip(have, want[:-1] if more else want):
        alike(h, w)
