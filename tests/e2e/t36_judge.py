# SPDX-License-Identifier: MIT
"""The judge of t36_wire.py: what no reply may be, he sees. No agent is asked."""
import subprocess

import soap
import wirecase
from lab import test
from lxml import etree
from wirejudge import Judge, Reply, alike
from wireschema import Wrong, need

GOOD = """<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">\
<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse</a:Action>\
<a:MessageID>uuid:00000000-0000-4000-8000-0000000000B1</a:MessageID><a:To>%s</a:To>\
<a:RelatesTo>uuid:a1</a:RelatesTo></s:Header><s:Body><p:BitsClientFile xmlns:p="%sBitsClientFile" xmlns:xsi="%s" \
xsi:type="p:BitsClientFile_Type"><p:BytesTotal>1</p:BytesTotal><p:BytesTransferred>1</p:BytesTransferred>\
<p:Completed>true</p:Completed>\
<p:LocalFile xsi:nil="true"/>\
<p:RemoteUrl>http://h/f</p:RemoteUrl></p:BitsClientFile></s:Body></s:Envelope>"""
FAULT = """<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">\
<s:Header><a:Action>http://schemas.dmtf.org/wbem/wsman/1/wsman/fault</a:Action>\
<a:MessageID>uuid:00000000-0000-4000-8000-0000000000B2</a:MessageID><a:To>%s</a:To></s:Header><s:Body><s:Fault><s:Code>\
<s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:InternalError</s:Value></s:Subcode></s:Code><s:Reason>\
<s:Text xml:lang="en-US">no (0x80200001)</s:Text></s:Reason><s:Detail><w:FaultDetail>x</w:FaultDetail>\
<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="2149580801" Machine="h"><f:Message>\
<f:ProviderFault><f:WSManFault Code="2149580801" Machine="h"/></f:ProviderFault></f:Message></f:WSManFault>\
</s:Detail></s:Fault></s:Body></s:Envelope>""" % soap.ANONYMOUS
# (part of a good reply, what it is made, what the judge says)
SPOILT = [
    ("<a:RelatesTo>uuid:a1", "<a:RelatesTo>uuid:A1", "RelatesTo"), ("-0000000000B1", "-0000000000b1", "MessageID"),
    (soap.ANONYMOUS + "<", soap.ANONYMOUS + "/<", "To is"), ("GetResponse", "Get", "Action is"),
    ("<a:MessageID>", "<a:MessageID s:mustUnderstand='true'>", "mustUnderstand"),
    ("p:BytesTotal>1</p:BytesTotal>", "p:BytesTotal>-1</p:BytesTotal>", "schema"),
    ("<p:BytesTotal>1</p:BytesTotal>", "", "schema"), ("<p:BytesTotal>", "<p:BytesTotal xsi:type='x'>", "attributes"),
    ("xmlns:w=", "xmlns:wsman=", "prefix"), ("xml:lang=\"en-US\" ", "", "xml:lang"),
    ("<p:BitsClientFile", "<w:XmlFragment><Nothing>1</Nothing></w:XmlFragment><p:BitsClientFile", "no class"),
    ("<p:BitsClientFile", "<w:XmlFragment><State>x</State></w:XmlFragment><p:BitsClientFile", "a fragment is not"),
    ("s:Receiver", "s:Sender", "is of s:Sender"), ("w:InternalError", "q:InternalError", "prefix"),
    ("w:InternalError", "a:EndpointUnavailable", "the Action of"), (" (0x80200001)", "", "Reason"),
    ("Code=\"2149580801\" Machine=\"h\"><", "Code=\"0x80200001\" Machine=\"h\"><", "Code"),
    ("Machine=\"h\"/>", "/>", "Machine"), ("no (", "@n@ (", "a fault of"),
]


def said_of(folder, text, status, length=None):
    """What a judge who has seen nothing says of a reply."""
    body = text.replace("@n@", "n" * 9000).encode()
    head = "HTTP/1.1 %d X\r\nContent-Length: %d\r\n" % (status, len(body) if length is None else length)
    try:
        Judge(folder).every(Reply(status, head, body), "uuid:a1" if "RelatesTo" in text else None, soap.X + "/Get")
    except Wrong as wrong:
        return str(wrong)
    return None


@test(build="debug")
def a_reply_that_is_not_as_it_must_be_is_noticed(w):
    agent = w.agent(build="debug", start=False)
    folder = w.mkdir("schemas")
    subprocess.run([agent.bin + "/drayd", "--schema", folder], check=True, env=agent.env(), timeout=30)
    good = GOOD % (soap.ANONYMOUS, soap.BITS, soap.XSI)
    need(said_of(folder, good, 200) is None, "the good reply: %s", said_of(folder, good, 200))
    need("HTTP 500" in said_of(folder, good, 500), "a status that does not fit")
    need("HTTP 200" in said_of(folder, FAULT, 200), "a fault with 200")
    need("Content-Length" in said_of(folder, good, 200, 1), "a length that is not so")
    for part, spoilt, wanted in SPOILT:
        text, status = (good, 200) if part in good else (FAULT, 500)
        said = said_of(folder, text.replace(part, spoilt, 1), status)
        need(wanted in (said or ""), "%s made %s: %s", part, spoilt, said)
    like = "<x><a k='v'>text</a><b/></x>"
    for pattern, fits in (("<x><a k='*'>t*t</a><b/></x>", True), ("<x><any/></x>", True), ("<x><a k='v'>*</a><any/></x>", True),
                          ("<x><a k='v'>text</a></x>", False), ("<x><b/><a k='v'>text</a></x>", False),
                          ("<x><a>text</a><b/></x>", False), ("<x><a k='w'>*</a><b/></x>", False),
                          ("<x><a k='v'>tex</a><b/></x>", False), ("<x><a k='v'>*</a><b/><c/></x>", False)):
        try:
            alike(etree.fromstring(like), etree.fromstring(pattern))
            taken = True
        except Wrong:
            taken = False
        need(taken == fits, "%s is %staken for %s", like, "" if taken else "not ", pattern)


@test()
def a_file_that_is_no_case_is_named(w):
    good = "# It holds.\nrules: R1\nadmin: Identify\n200\n  has: //x\n"
    wirecase.Case("001-good", good)
    for old, new, wanted in (("# It holds.", "rules: R2", "first line"), ("rules: R1", "", "rules"), ("R1", "1", "R1, R2"),
                             ("200\n", "", "not known here"), ("has", "hass", "line 5"), ("admin", "root", "line 3"),
                             ("  has: //x", "  has //x", "line 5"), ("200\n  has: //x\n", "", "no answer is expected"),
                             ("admin: Identify\n200\n  has: //x\n", "", "a step")):
        try:
            wirecase.Case("001-bad", good.replace(old, new))
            said = ""
        except wirecase.Bad as bad:
            said = str(bad)
        need(wanted in said and said.startswith("001-bad.case"), "%s made %s: %s", old, new, said)
