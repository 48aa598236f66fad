# SPDX-License-Identifier: MIT
"""Connections that break, heads and statuses of every kind, redirects."""
import gzip
import time

from talk import FIRST, SIZE, Gone

SMALL = FIRST[:4096]


def small_good(t):
    if t.first is None:
        return t.whole(SMALL, 'ETag: "s"', "Accept-Ranges: bytes")
    t.part(SMALL, 'ETag: "s"')


def reset_at(t):
    """The first answer breaks off after as many bytes as the query says."""
    if t.number > 1:
        return small_good(t)
    t.say("200 OK", "Content-Length: 4096", 'ETag: "s"', "Accept-Ranges: bytes", data=SMALL[:int(t.query)])
    t.reset()


def every_byte(t):
    """The first answer breaks off where the query says, then each a byte further on, for 512 bytes."""
    at, start = t.first or 0, int(t.query.split(",")[0])
    if at >= start + 512:
        return small_good(t)
    end = start if at < start or t.number == 1 else at + 1
    if t.first is None:
        t.say("200 OK", "Content-Length: 4096", 'ETag: "s"', "Accept-Ranges: bytes", data=SMALL[:end])
    else:
        t.say("206 Partial Content", "Content-Range: bytes %d-4095/4096" % at, "Content-Length: %d" % (4096 - at),
              'ETag: "s"', data=SMALL[at:end])
    t.reset()


def large_reset_at(t):
    if t.number > 1:
        if t.first is None:
            return t.whole(FIRST, 'ETag: "1"')
        return t.part(FIRST, 'ETag: "1"')
    t.say("200 OK", "Content-Length: %d" % SIZE, 'ETag: "1"', "Accept-Ranges: bytes", data=FIRST[:int(t.query)])
    t.reset()


def longer(t):
    t.say("200 OK", "Content-Length: 4096", 'ETag: "s"', data=SMALL + b"more than announced")
    raise Gone


def shorter(t):
    if t.number == 1:
        t.cut(SMALL, 4000, 'ETag: "s"')
    small_good(t)


def chunk_lies(t):
    """The first chunk is shorter than it says; what follows is no chunk."""
    if t.number > 1:
        return small_good(t)
    t.say("200 OK", "Transfer-Encoding: chunked", 'ETag: "s"', data=b"fff\r\n" + SMALL[:100] + b"\r\n0\r\n\r\n")
    raise Gone


def chunk_junk(t):
    if t.number > 1:
        return small_good(t)
    t.say("200 OK", "Transfer-Encoding: chunked", 'ETag: "s"', data=b"64\r\n" + SMALL[:100] + b"\r\nzz\r\njunk")
    raise Gone


def every_100_ms(t):
    """A little more each time, then the connection is closed."""
    at = t.first or 0
    upto = min(len(SMALL), at + (4 if t.query.startswith("long") else 128))
    if t.first is None:
        t.say("200 OK", "Content-Length: 4096", 'ETag: "s"', "Accept-Ranges: bytes", data=SMALL[:upto])
    else:
        t.say("206 Partial Content", "Content-Range: bytes %d-4095/4096" % at, "Content-Length: %d" % (4096 - at),
              'ETag: "s"', data=SMALL[at:upto])
    time.sleep(0.1)
    raise Gone


def drip(t):
    """A byte every three seconds."""
    t.say("200 OK", "Content-Length: 1000")
    while True:
        t.sock.sendall(b"x")
        time.sleep(3)


def status(t):
    """What the query says: a status, then _ for spaces of one more header line."""
    code, line = t.query.split(",")[:2]
    t.empty(code + " Status", *([line.replace("_", " ")] if ":" in line else []))


def chain(t):
    """As many redirects as the query says, with the status it says; then the file."""
    left, code = t.query.split(",")[:2]
    if left == "0":
        return t.whole(FIRST, 'ETag: "1"')
    t.say(code + " Moved", "Location: /chain?%d,%s" % (int(left) - 1, code), "Content-Length: 6", data=b"moved\n")


def to_self(t):
    t.empty("302 Found", "Location: ?")


def to_scheme(t):
    t.empty("302 Found", "Location: " + t.query.split(",")[0])


def long_redirect(t):
    t.say("302 Found", "Location: /good", "Content-Length: 1000000000")
    try:
        while True:
            t.sock.sendall(b"x" * 65536)
    except OSError:
        raise Gone


def far_location(t):
    t.empty("302 Found", "Location: /" + "x" * 5000)


def bomb(t):
    t.whole(gzip.compress(bytes(10 << 20)), "Content-Encoding: gzip", 'ETag: "b"')


def raw(head):
    def serve(t):
        t.sock.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\nabcd")
        raise Gone
    return serve


def ten_megabytes(t):
    t.sock.sendall(b"HTTP/1.1 200 OK\r\n")
    for i in range(160):
        t.sock.sendall(b"X-%d: " % i + b"y" * 65536 + b"\r\n")
    t.sock.sendall(b"Content-Length: 4\r\n\r\nabcd")
    raise Gone


def one_line(t):
    t.sock.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(80):
        t.sock.sendall(b"y" * 65536)
    t.sock.sendall(b"\r\nContent-Length: 4\r\n\r\nabcd")
    raise Gone


def endless_trailers(t):
    """For as long as somebody reads, which a test would notice."""
    t.sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n")
    while True:
        t.sock.sendall(b"X: y\r\n" * 1000)


def many_lines(t):
    t.sock.sendall(b"HTTP/1.1 200 OK\r\n")
    for i in range(100):
        t.sock.sendall(b"".join(b"X: %d\r\n" % k for k in range(1000)))
    t.sock.sendall(b"Content-Length: 4\r\n\r\nabcd")
    raise Gone


def http10(t):
    t.sock.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 4096\r\nETag: \"s\"\r\n\r\n" + SMALL)
    raise Gone


def http10_endless(t):
    t.sock.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + SMALL)
    raise Gone


def method_seen(t):
    t.whole(("%s %s" % (t.method, t.headers.get("x-mine", "-"))).encode(), 'ETag: "m"')


def method_cut(t):
    t.cut(SMALL, 1000, 'ETag: "m"')


PATHS = {
    "/reset": reset_at, "/every_byte": every_byte, "/large_reset": large_reset_at, "/longer": longer, "/shorter": shorter,
    "/chunk_lies": chunk_lies, "/chunk_junk": chunk_junk, "/every_100_ms": every_100_ms, "/drip": drip,
    "/status": status, "/chain": chain, "/self": to_self, "/to": to_scheme, "/long_redirect": long_redirect,
    "/far_location": far_location, "/bomb": bomb,
    "/ten_megabytes": ten_megabytes, "/many_lines": many_lines, "/one_line": one_line,
    "/endless_trailers": endless_trailers, "/http10": http10, "/http10_endless": http10_endless,
    "/nul": raw(b"X: a\0b\r\nContent-Length: 4\r\n"), "/no_colon": raw(b"nonsense\r\nContent-Length: 4\r\n"),
    "/folded": raw(b"X: a\r\n Content-Length: 9\r\nContent-Length: 4\r\n"),
    "/length_and_chunks": raw(b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n"),
    "/negative_length": raw(b"Content-Length: -4\r\n"), "/no_number": raw(b"Content-Length: four\r\n"),
    "/method": method_seen, "/method_cut": method_cut,
}
