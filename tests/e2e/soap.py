# SPDX-License-Identifier: MIT
"""A small WS-Management client for tests: messages as templates, answers by xml.etree.

Knows nothing of how the agent is started. One Client is one kept HTTP connection; one thread each.
"""
import base64
import http.client
import re
import socket
import uuid
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

S = "http://www.w3.org/2003/05/soap-envelope"
A = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
X = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
N = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
W = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
F = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
ID = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ANONYMOUS = A + "/role/anonymous"
DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"
BITS = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/microsoft/bits/"
DRAY = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/dray/"
JOB = BITS + "BitsClientJob"
DRAY_JOB = DRAY + "DRAY_Job"
DRAY_FILE = DRAY + "DRAY_File"
DRAY_ERROR = DRAY + "DRAY_JobError"
DRAY_ATTEMPT = DRAY + "DRAY_Attempt"
DRAY_POLICY = DRAY + "DRAY_Policy"

QUEUED, CONNECTING, TRANSFERRING, SUSPENDED, ERROR, TRANSIENT, TRANSFERRED = range(7)
CANCEL, COMPLETE, RESUME, SUSPEND = range(4)

IDENTIFY = ('<s:Envelope xmlns:s="%s" xmlns:i="%s"><s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>'
            % (S, ID))


class Fault(Exception):
    """A SOAP fault, taken apart."""

    def __init__(self, status, envelope):
        fault = envelope.find("{%s}Body/{%s}Fault" % (S, S))
        self.status = status
        self.code = text_at(fault, "{%s}Code/{%s}Value" % (S, S))
        self.subcode = text_at(fault, "{%s}Code/{%s}Subcode/{%s}Value" % (S, S, S))
        self.text = text_at(fault, "{%s}Reason/{%s}Text" % (S, S))
        detail = fault.find("{%s}Detail" % S)
        self.detail = text_at(detail, "{%s}FaultDetail" % W) if detail is not None else ""
        self.codes = [int(f.get("Code")) for f in fault.iter("{%s}WSManFault" % F)]
        self.message = " ".join("".join(f.itertext()).strip() for f in fault.iter("{%s}WSManFault" % F))
        self.relates = text_at(envelope, "{%s}Header/{%s}RelatesTo" % (S, A))
        self.action = text_at(envelope, "{%s}Header/{%s}Action" % (S, A))
        super().__init__("HTTP %d, %s %s, %s codes %s: %s" % (
            status, self.code, self.subcode, self.detail.rpartition("/")[2],
            ["%d=0x%08X" % (c, c) for c in self.codes], self.text))


class HttpError(Exception):
    """An answer that is no SOAP: 401, 413 ..."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        super().__init__("HTTP %d %r" % (status, body[:200]))


def text_at(element, path):
    return "".join((element.findtext(path) or "")).strip()


def local(element):
    return element.tag.rpartition("}")[2]


def selector_set(selectors):
    return "<w:SelectorSet>%s</w:SelectorSet>" % "".join(
        "<w:Selector Name=%s>%s</w:Selector>" % (quoteattr(k), escape(v)) for k, v in selectors.items()
    ) if selectors else ""


def envelope(action, uri, body="", selectors=None, headers="", message_id=None):
    return (
        '<s:Envelope xmlns:s="%s" xmlns:a="%s" xmlns:w="%s" xmlns:n="%s"><s:Header>'
        "<a:To>http://localhost/wsman</a:To><a:ReplyTo><a:Address>%s</a:Address></a:ReplyTo>"
        "<a:Action>%s</a:Action><a:MessageID>%s</a:MessageID>"
        "<w:ResourceURI>%s</w:ResourceURI>%s%s</s:Header><s:Body>%s</s:Body></s:Envelope>"
        % (S, A, W, N, ANONYMOUS, escape(action), message_id or "uuid:%s" % uuid.uuid4(), escape(uri),
           selector_set(selectors), headers, body))


def members(uri, name, values):
    """<p:name>, one child a value; a list repeats the child, None is nil."""
    children = ""
    for key, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if one is None:
                children += '<p:%s xmlns:xsi="%s" xsi:nil="true"/>' % (key, XSI)
            else:
                children += "<p:%s>%s</p:%s>" % (key, escape(as_text(one), {"\r": "&#13;"}), key)
    return "<p:%s xmlns:p=%s>%s</p:%s>" % (name, quoteattr(uri), children, name)


def as_text(value):
    return ("false", "true")[value] if isinstance(value, bool) else str(value)


def record(element):
    """An instance or method output as a dict: text, None for nil, dicts for embedded, lists when repeated."""
    ret = {}
    for child in element:
        value = child.text or ""
        if len(child):
            value = record(child)
        elif child.get("{%s}nil" % XSI) in ("true", "1"):
            value = None
        name = local(child)
        if name == "Files":
            ret.setdefault(name, []).append(value)
        elif name in ret:
            raise AssertionError("element %s stands twice" % name)
        else:
            ret[name] = value
    return ret


def basic(user, password):
    return "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()


class Client:
    """WS-Management to host:port, or over a unix socket when `path` is given."""

    def __init__(self, port=None, user=None, password=None, path=None, timeout=60):
        self.port, self.path, self.timeout = port, path, timeout
        self.auth = basic(user, password) if user is not None else None
        self.connection = None

    def connect(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port or 80, timeout=self.timeout)
        if self.path:
            c.sock = socket.socket(socket.AF_UNIX)
            c.sock.settimeout(self.timeout)
            c.sock.connect(self.path)
        else:
            c.connect()
            c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return c

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def post(self, body, headers=None, path="/wsman"):
        """The bare exchange: (status, headers, bytes). A connection the agent has closed since is made anew."""
        if isinstance(body, str):
            body = body.encode()
        all_headers = {"Content-Type": "application/soap+xml;charset=UTF-8"}
        if self.auth:
            all_headers["Authorization"] = self.auth
        all_headers.update(headers or {})
        all_headers = {k: v for k, v in all_headers.items() if v is not None}
        fresh = self.connection is None
        try:
            if fresh:
                self.connection = self.connect()
            self.connection.request("POST", path, body, all_headers)
            answer = self.connection.getresponse()
            data = answer.read()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self.close()
            if fresh:
                raise
            return self.post(body, headers, path)
        except BaseException:
            self.close()
            raise
        if answer.will_close:
            self.close()
        return answer.status, answer.headers, data

    def send(self, message, headers=None):
        """The Body element of the answer; Fault or HttpError when it is none."""
        status, head, data = self.post(message, headers)
        if not data.lstrip().startswith(b"<"):
            raise HttpError(status, head, data)
        root = ET.fromstring(data)
        if root.find("{%s}Body/{%s}Fault" % (S, S)) is not None:
            raise Fault(status, root)
        if status != 200:
            raise HttpError(status, head, data)
        self.raw = data.decode()
        return root.find("{%s}Body" % S)

    def identify(self):
        return record(self.send(IDENTIFY)[0])

    def get(self, uri, **selectors):
        return record(self.send(envelope(X + "/Get", uri, selectors=selectors))[0])

    def put(self, uri, selectors, **values):
        """Put of the changed members only."""
        body = members(uri, uri.rpartition("/")[2], values)
        return record(self.send(envelope(X + "/Put", uri, body, selectors))[0])

    def put_whole(self, uri, selectors, **values):
        """Get, edit the text, Put the whole document: what PowerShell's Set-WSManInstance does."""
        self.send(envelope(X + "/Get", uri, selectors=selectors))
        document = re.search(r"<s:Body[^>]*>(.*)</s:Body>", self.raw, re.S).group(1)
        ET.fromstring(document)		# every namespace is declared on the instance itself
        for name, value in values.items():
            document, count = re.subn(r"<p:%s(\s[^>]*)?(/>|>[^<]*</p:%s>)" % (name, name),
                                      "<p:%s>%s</p:%s>" % (name, escape(as_text(value)), name), document)
            assert count == 1, "%s stands %d times in %s" % (name, count, document)
        return record(self.send(envelope(X + "/Put", uri, document, selectors))[0])

    def invoke(self, uri, method, selectors=None, **values):
        body = members(uri, method + "_INPUT", values)
        return record(self.send(envelope(uri + "/" + method, uri, body, selectors))[0])

    # The four methods of a job, by their names in BITS.
    def create(self, name, url, local_file, uri=JOB, **more):
        return self.invoke(uri, "CreateJob", DisplayName=name, RemoteUrl=url, LocalFile=local_file, **more)["JobId"]

    def add_file(self, job, url, local_file, uri=JOB):
        return self.invoke(uri, "AddFile", {"JobId": job}, RemoteUrl=url, LocalFile=local_file)

    def set_state(self, job, state, uri=JOB):
        return self.invoke(uri, "SetJobState", {"JobId": job}, JobState=state)

    def get_error(self, job, uri=JOB):
        return self.invoke(uri, "GetError", {"JobId": job}, LanguageId=0)

    def job(self, job, uri=JOB):
        return self.get(uri, JobId=job)

    def state(self, job):
        return int(self.job(job)["State"])

    # Enumeration, step by step.
    def enumerate(self, uri, optimize=False, max_elements=None, mode=None):
        inner = ""
        if optimize:
            inner += "<w:OptimizeEnumeration/>"
        if max_elements is not None:
            inner += "<w:MaxElements>%s</w:MaxElements>" % max_elements
        if mode:
            inner += "<w:EnumerationMode>%s</w:EnumerationMode>" % mode
        body = self.send(envelope(N + "/Enumerate", uri, "<n:Enumerate>%s</n:Enumerate>" % inner))
        answer = body.find("{%s}EnumerateResponse" % N)
        return Batch(answer, W if optimize else None)

    def pull(self, uri, context, max_elements=None):
        inner = "<n:EnumerationContext>%s</n:EnumerationContext>" % escape(context)
        if max_elements is not None:
            inner += "<n:MaxElements>%s</n:MaxElements>" % max_elements
        body = self.send(envelope(N + "/Pull", uri, "<n:Pull>%s</n:Pull>" % inner))
        return Batch(body.find("{%s}PullResponse" % N), N)

    def release(self, uri, context):
        body = self.send(envelope(N + "/Release", uri, "<n:Release><n:EnumerationContext>%s"
                                  "</n:EnumerationContext></n:Release>" % escape(context)))
        assert len(body) == 0, "ReleaseResponse has a body"

    def all(self, uri, max_elements=50, mode=None):
        """Every item, by Enumerate and Pull."""
        batch = self.enumerate(uri, mode=mode)
        items = []
        while not batch.end:
            batch = self.pull(uri, batch.context, max_elements)
            items += batch.items
        return items

    def jobs(self, uri=JOB):
        return [record(item) for item in self.all(uri)]


class Batch:
    """What one Enumerate or Pull gave. `ns`: where Items and EndOfSequence must stand (None: no items)."""

    def __init__(self, answer, ns):
        self.context = text_at(answer, "{%s}EnumerationContext" % N)
        self.has_context = answer.find("{%s}EnumerationContext" % N) is not None
        items = answer.find("{%s}Items" % ns) if ns else None
        self.items = list(items) if items is not None else []
        self.end = answer.find("{%s}EndOfSequence" % ns) is not None if ns else False


def epr_selectors(epr):
    """The selectors of an EndpointReference as a dict; its resource URI under None."""
    ret = {None: text_at(epr, "{%s}ReferenceParameters/{%s}ResourceURI" % (A, W))}
    for selector in epr.iter("{%s}Selector" % W):
        ret[selector.get("Name")] = (selector.text or "").strip()
    return ret
