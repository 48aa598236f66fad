# SPDX-License-Identifier: MIT
"""Hostile requests as tables: (name, bytes, what may come of it). Nothing here talks to an agent.

What may come of it is a string of letters: `o` 200, `f` a SOAP fault (500), `4` a 4xx or 5xx of HTTP,
`c` closed without a word, `w` the agent waits for more (and closes when the client sends no more).
Here: framing and proof. What is inside the envelope is in hostile_soap.py.
"""
import base64

import soap
from soap import N, X

SOAP_TYPE = "application/soap+xml;charset=UTF-8"


class Maker:
    """Builds requests for one agent: `create` would make a job, `good` reads the list."""

    def __init__(self, agent, create):
        self.auth = soap.basic(agent.user, agent.password)
        self.good = soap.envelope(N + "/Enumerate", soap.DRAY_JOB, "<n:Enumerate/>")
        self.create = create
        self.job = agent.client().create("bystander", "http://127.0.0.1:9/f", agent.target("bystander"),
            Suspend=True)
        self.get = soap.envelope(X + "/Get", soap.DRAY_JOB, "", {"JobId": self.job})

    def head(self, length=None, *more, line="POST /wsman HTTP/1.1", auth=True, type_=SOAP_TYPE, host="h"):
        lines = [line] + (["Host: " + host] if host is not None else [])
        lines += ["Content-Type: " + type_] if type_ else []
        lines += ["Authorization: " + (self.auth if auth is True else auth)] if auth else []
        lines += ["Content-Length: %d" % length] if length is not None else []
        return latin("\r\n".join(lines + list(more)) + "\r\n\r\n")

    def post(self, body, *more, **how):
        body = latin(body)
        return self.head(len(body), *more, **how) + body

    def body(self, inner):
        return self.good.replace("<n:Enumerate/>", inner)

    def header(self, block):
        return self.get.replace("</s:Header>", block + "</s:Header>")


def latin(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def chunks(*parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


def http(m):
    """Framing: nothing but the very request may be executed."""
    good, create = latin(m.good), latin(m.create)
    n = len(good)

    def length(value):
        return m.head(None, "Content-Length: " + value) + good

    def coded(value, body, *more):
        return m.head(None, "Transfer-Encoding: " + value, *more) + body

    def header(line, **how):
        return m.post(good, line, **how)

    yield from [
        ("a bare envelope", create, "4"), ("a bare MIME part", b"--boundary\r\n" + create, "4"),
        ("DIME", b"\x0c\x20" + create, "4"), ("gzip", b"\x1f\x8b\x08\0", "4"),
        ("a TLS hello", bytes.fromhex("16030100c8010000c40303") + b"x" * 60, "4"),
        ("1,000 empty lines", b"\r\n" * 1000 + m.post(good), "4c"), ("only CR", b"\r" * 200000, "4c"),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "4"),
        ("length 0 and a body", m.head(0) + create, "o4"), ("no length", m.head() + create, "o4"),
        ("a length too large", m.head(n + 50) + good, "w"), ("a length too small",
        m.head(n - 50) + good + create, "f4"),
        ("a body of 512,001", m.head(512001), "4"), ("a length of 4 GB", m.head(4 << 30), "4"),
        ("length and chunked", m.head(n, "Transfer-Encoding: chunked") + chunks(create), "4"),
        ("chunked and length", coded("chunked", chunks(good), "Content-Length: 0") + create, "4"),
        ("a smuggled request", m.post(good, "Content-Length: 4") + create, "4"),
        ("twice the same length", header("Content-Length: %d" % n), "4"),
        ("chunked twice", coded("chunked", chunks(good), "Transfer-Encoding: chunked"), "4"),
        ("chunked in HTTP/1.0", m.head(None, "Transfer-Encoding: chunked", line="POST /wsman HTTP/1.0")
         + chunks(good), "4"),
        ("an extension of 10 KB", coded("chunked", b"5;" + b"x" * 10240 + b"\r\n"), "4"),
        ("a chunk without its end", coded("chunked", b"5\r\nabcdeX\r\n0\r\n\r\n"), "4"),
        ("no last chunk", coded("chunked", chunks(good)[:-5]), "w"),
        ("100,000 small chunks", coded("chunked", b"1\r\n \r\n" * 100000 + b"0\r\n\r\n"), "f"),
        ("chunks beyond the limit", coded("chunked", b"fff0\r\n" + (b" " * 0xfff0 + b"\r\nfff0\r\n") * 9), "4"),
        ("Authorization in the trailer", m.head(None, "Transfer-Encoding: chunked", auth=None)
         + chunks(create)[:-2] + b"Authorization: " + latin(m.auth) + b"\r\n\r\n", "4"),
        ("HTTP/1.0", m.post(good, line="POST /wsman HTTP/1.0", host=None), "o"),
        ("an absolute URI", m.post(good, line="POST http://evil.test/wsman HTTP/1.1"), "4"),
        ("a line of 5 KB", m.post(good, line="POST /wsman?%s HTTP/1.1" % ("x" * 5000)), "4"),
        ("a method of 4 KB", m.post(good, line="P" * 4000 + " /wsman HTTP/1.1"), "4"),
        ("no Host", m.post(good, host=None), "4"), ("two Hosts", header("Host: other"), "4"),
        ("user info in Host", m.post(good, host="a@b"), "4"),
        ("a Host of 10 KB", m.post(good, host="h" * 10240), "4"),
        ("64 headers and more", m.head(n, *["X-%d: y" % i for i in range(70)]) + good, "4"),
        ("20,000 headers", m.head(n, *["X: y"] * 20000) + good, "4c"),
        ("bare LF", m.post(good).replace(b"\r\n", b"\n", 3), "4c"),
        ("only bare LF", m.post(good).replace(b"\r\n", b"\n"), "4cw"),
        ("a header behind the body", m.post(good) + b"X: y\r\n\r\n", "o"),
        ("continue, honest", header("Expect: 100-continue"), "o"),
        ("continue, no body", m.head(n, "Expect: 100-continue"), "w"),
        ("three at once", m.post(good) * 3, "o"), ("one and rubbish", m.post(good) + b"\0\1\2\3" * 100, "o"),
        ("close, keep-alive", header("Connection: close, keep-alive"), "o"),
        ("action without its quote", m.post(good, type_='application/soap+xml; action="'), "o"),
        ("a contradicting SOAPAction", header("SOAPAction: \"urn:other\""), "o"),
    ]
    for value in ("-1", "+%d" % n, "%dabc" % n, "0x1F4", str(1 << 64), str(1 << 63), "%d, %d" % (n, n), "5 00",
        "",
                  "1e3", "\u0661", "%d\0" % n):
        yield "length %r" % value[:24], length(value), "4"
    for value in ("chunked, identity", "xchunked", "\x0bchunked", "identity", "gzip, chunked", "",
        "chunked;q=1", "CHUNKED x"):
        yield "coding %r" % value, coded(value, chunks(good)), "4"
    for size in (b"FFFFFFFFFFFFFFFF1", b"-1", b"", b" 5", b"5 ", b"0x5", b"G", b"+5"):
        yield "chunk size %r" % size, coded("chunked", size + b"\r\nabcde\r\n0\r\n\r\n"), "4"
    for line in ("POST /wsman", "POST /wsman HTTP/1.2", "POST /wsman HTTP/9.9", "POST /wsman HTTP/0.9",
        "post /wsman HTTP/1.1",
                 "GET /wsman HTTP/1.1", "PUT /wsman HTTP/1.1", "TRACE /wsman HTTP/1.1", "CONNECT h:1 HTTP/1.1",
                 "OPTIONS * HTTP/1.1", "POST /wsman/../etc/passwd HTTP/1.1", "POST /wsman%00 HTTP/1.1",
                 "POST /%77sman HTTP/1.1", "POST //wsman HTTP/1.1", "POST /wsman#x HTTP/1.1",
                 "POST \\wsman HTTP/1.1",
                 "POST /wsm\u00e4n HTTP/1.1", "POST /wsman\tHTTP/1.1", " POST /wsman HTTP/1.1",
                 "POST  /wsman HTTP/1.1",
                 "POST /wsman HTTP/1.1 x", "POST /etc/passwd HTTP/1.1"):
        yield "line %r" % line, m.post(good, line=line), "4"
    for line in ("Origin: http://evil.test", "Content-Encoding: gzip", "Content-Encoding: deflate",
        "Content-Encoding: x",
                 "Transfer-Encoding : chunked", " folded: x", "X y: z", "no colon", ": no name", "X\0: y",
                 "X: a\0b",
                 "X: a\rb", "\u00e4: y", "X: " + "y" * 9000, "Expect: 200-ok", "Content-Type: text/plain"):
        yield "header %r" % line[:30], header(line), "4"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/dime",
                 "multipart/related", "multipart/related; boundary=x", None, "application/soap+xmlx"):
        yield "type %r" % kind, m.post(good, type_=kind), "4"
    for kind in ("application/soap+xml;charset=utf-16", "application/soap+xml;charset=latin1"):
        yield "type %r" % kind, m.post(good, type_=kind), "f"


def auth(m):
    """Without proof: 401 (or worse), the body unparsed."""
    create = m.create

    def b64(raw):
        return "Basic " + base64.b64encode(latin(raw)).decode()

    for value in ("", "Basic", "Basic ", "Basic %%%%", "Basic Y Q = =", "Basic Y29uc29sZQ==", b64(":"), b64(""),
        b64("a" * 100000 + ":x"),
                  b64("a:" + "x" * 100000), b64("con\0sole:x"), b64("root:"), b64("%n%n%s:%n"),
                  b64("' OR 1=1--:x"),
                  b64("*)(uid=*:x"), b64(b"\xff\xfe:\xff"), b64("console"), "Basic " + "=" * 50,
                  "Basic QQ==QQ==",
                  "Basic " + "A" * 71000, "Bearer x", "Digest username=\"console\"", "Negotiate",
                  "Negotiate " + "A" * 2000,
                  "Negotiate TlRMTVNTUAADAAAA", "NTLM TlRMTVNTUAACAAAA", "Kerberos YII=", m.auth + "x\u00e4",
                  m.auth + ", " + m.auth):
        yield "Authorization %r" % value[:40], m.post(create, auth=None if value == "" else value), "4"
    yield from [
        ("no Authorization", m.post(create, auth=None), "4"),
            ("an empty one", m.post(create, "Authorization:", auth=None), "4"),
        ("good, then bad", m.post(create, "Authorization: Basic eDp5"), "4"),
        ("bad, then good", m.post(create, "Authorization: " + m.auth, auth="Basic eDp5"), "4"),
        ("good twice", m.post(create, "Authorization: " + m.auth), "4"),
        ("for a proxy", m.post(create, "Proxy-Authorization: " + m.auth, auth=None), "4"),
        ("as a stranger", m.post(create, "WSMANIDENTIFY: unauthenticated"), "f"),
        ("at the strangers' address", m.post(create, line="POST /wsman-anon/identify HTTP/1.1"), "f"),
        ("in lower case", m.post(m.good, auth=m.auth.replace("Basic", "basic")), "o"),
        ("encrypted, without a session", m.post("--Encrypted Boundary\r\n",
        type_='multipart/encrypted;protocol="x"'), "4"),
    ]
