# SPDX-License-Identifier: MIT
"""talk.py: one connection of the fault origin: reads requests, says what it is told to, true or not."""
import socket
import struct
import threading

SIZE = 3 * 1024 * 1024 + 11
DATE = "Sun, 09 Sep 2001 01:46:40 GMT"
lock = threading.Lock()
seen = {}


def body(version=1, size=SIZE):
    block = bytes((i * 7 + version * 31 + i // 251) % 256 for i in range(65536))
    return (block * (size // 65536 + 1))[:size]


FIRST, SECOND = body(1), body(2)


class Gone(Exception):
    pass


class Talk:
    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb")

    def read(self):
        line = self.file.readline()
        if not line:
            raise Gone
        self.method, self.target = line.split()[:2]
        self.method, self.target = self.method.decode(), self.target.decode()
        # To a proxy a request names the server, too.
        self.path = "/" + self.target.split("/", 3)[3] if self.target.startswith("http") else self.target
        self.name, _, self.query = self.path.partition("?")
        self.headers = {}
        while True:
            line = self.file.readline().strip()
            if not line:
                break
            name, _, value = line.decode("latin-1").partition(":")
            self.headers[name.lower()] = value.strip()
        self.range = self.headers.get("range", "")
        rest = self.range.startswith("bytes=") and self.range.endswith("-") and self.range[6:-1].isdigit()
        self.first = int(self.range[6:-1]) if rest else None
        self.pieces = [tuple(p.split("-")) for p in self.range[6:].split(",")] if self.range else []
        with lock:
            self.number = seen.get(self.path, (0, ""))[0] + 1
            seen[self.path] = (self.number, "%s|%s" % (self.range, self.headers.get("if-range", "")))

    def say(self, status, *headers, data=b""):
        text = "HTTP/1.1 %s\r\n%s\r\n" % (status, "".join(h + "\r\n" for h in headers))
        self.sock.sendall(text.encode("latin-1") + data)

    def part(self, data, *headers, total=None, upto=None):
        """The rest of data, as asked."""
        end = len(data) if upto is None else upto
        self.say("206 Partial Content", "Content-Range: bytes %d-%d/%s" % (self.first, end - 1, total or len(data)),
                 "Content-Length: %d" % (end - self.first), *headers, data=data[self.first:end])

    def whole(self, data, *headers):
        self.say("200 OK", "Content-Length: %d" % len(data), *headers, data=data)

    def cut(self, data, at, *headers):
        """Announces all of data, sends the first bytes, closes."""
        self.say("200 OK", "Content-Length: %d" % len(data), "Accept-Ranges: bytes", *headers, data=data[:at])
        raise Gone

    def reset(self):
        """Closes without saying goodbye."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone

    def empty(self, status, *headers):
        self.say(status, "Content-Length: 0", *headers)
