# SPDX-License-Identifier: MIT
"""A connection to the agent, and the bytes of a request as a case wants them."""
import re
import socket

from wireschema import need


class Wire:
    """One connection; made anew when the agent has closed it."""

    def __init__(self, agent, local):
        self.agent, self.local, self.socket, self.rest = agent, local, None, b""

    def connect(self):
        if self.local:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(30)
            self.socket.connect(self.agent.socket)
        else:
            self.socket = socket.create_connection(("127.0.0.1", self.agent.port), 30)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def more(self):
        data = self.socket.recv(1 << 18)
        need(data, "the connection was closed without an answer")
        self.rest += data

    def answer(self):
        """(status, head, body) of the next answer."""
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        m = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
        length = int(m[1]) if m else 0
        while len(self.rest) < length:
            self.more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return status, head.decode("latin-1"), body

    def send(self, head, body, wait_100):
        if self.socket is None:
            self.connect()
        if wait_100:
            self.socket.sendall(head)
            need(self.answer()[0] == 100, "no 100 before the body")
            self.socket.sendall(body)
        else:
            self.socket.sendall(head + body)
        return self.answer()


def http_request(step, auth, text):
    """(head, body) as bytes."""
    charset = step.one("charset", "UTF-8")
    code = {"utf-16le": "utf-16-le", "utf-16": "utf-16-le"}.get(charset.lower(), "utf-8")
    body = (b"\xff\xfe" if charset == "UTF-16" else b"") + text.encode(code)
    fields = {"Host": "localhost", "Content-Type": "application/soap+xml;charset=%s" % charset.upper().replace("LE", "")}
    if auth:
        fields["Authorization"] = auth
    if step.one("chunks"):
        size = int(step.one("chunks"))
        parts = [body[at:at + size] for at in range(0, len(body), size)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n"
        body += b"".join(line.encode() + b"\r\n" for line in step.all("trailer")) + b"\r\n"
        fields["Transfer-Encoding"] = "chunked"
    else:
        fields["Content-Length"] = str(len(body))
    for line in step.all("http"):
        name, colon, value = line.partition(":")
        if line.startswith("- "):
            del fields[line[2:]]
        else:
            fields[name] = value.strip()
    line = step.one("line", "POST %s HTTP/1.1" % step.one("path", "/wsman"))
    head = "".join("%s: %s\r\n" % field for field in fields.items())
    return ("%s\r\n%s\r\n" % (line, head)).encode(), body
