#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""faults.py: answers HTTP requests in ways no good server does; one path a fault.

Listens on a free loopback port, prints it on a line, serves until standard input closes. GET /count/PATH tells
how many requests PATH had and what the last of them asked for; a query makes a path its own (/good?1, /good?2).
It is a proxy, too: names that end in .test are this server, and CONNECT meets what faults_proxy.py has for it.
The other faults_*.py hold paths by theme.
"""
import os
import socket
import sys
import threading

import faults_auth
import faults_proxy
import faults_range
import faults_wire
from talk import DATE, FIRST, SECOND, SIZE, Gone, Talk, lock, seen


def chunks(t, data, end=True):
    t.say("200 OK", "Transfer-Encoding: chunked", 'ETag: "c"')
    for at in range(0, len(data), 100000):
        piece = data[at:at + 100000]
        t.sock.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
    if not end:
        raise Gone
    t.sock.sendall(b"0\r\nX-Trailer: ETag\r\nETag: \"trailer\"\r\n\r\n")


def chunked(t):
    chunks(t, FIRST)


def chunked_cut(t):
    chunks(t, FIRST[:1500000] if t.number == 1 else FIRST, t.number > 1)


def no_end(t):
    t.say("200 OK", data=FIRST)
    raise Gone


def good(t):
    if t.first is None:
        t.whole(FIRST, 'ETag: "1"', "Last-Modified: " + DATE, "Accept-Ranges: bytes")
    else:
        t.part(FIRST, 'ETag: "1"', "Last-Modified: " + DATE)


def cut_then_good(t):
    if t.number == 1:
        t.cut(FIRST, 1000000, 'ETag: "1"')
    good(t)


def cut_then(answer, *headers):
    def serve(t):
        if t.number == 1:
            t.cut(FIRST, 1000000, *headers)
        elif t.first is None:
            t.whole(SECOND, 'ETag: "2"', "Accept-Ranges: bytes")
        else:
            answer(t)
    return serve


def wrong_offset(t):
    t.say("206 Partial Content", "Content-Range: bytes 0-%d/%d" % (SIZE - 1, SIZE), "Content-Length: %d" % SIZE,
          data=FIRST)


def other_etag(t):
    t.part(SECOND, 'ETag: "2"')


def other_total(t):
    t.part(FIRST, total=SIZE + 1)


def no_content_range(t):
    t.say("206 Partial Content", "Content-Length: %d" % (SIZE - t.first), data=FIRST[t.first:])


def multipart(t):
    t.say("206 Partial Content", "Content-Type: multipart/byteranges; boundary=x", "Content-Length: 8",
          data=b"--x\r\n\r\n.")


def shrunk(t):
    t.say("416 Range Not Satisfiable", "Content-Range: bytes */5", "Content-Length: 0")


def pieces(t):
    """Answers each wish with at most a third of the file."""
    if t.first is None:
        t.cut(FIRST, 1000000, 'ETag: "1"')
    t.part(FIRST, 'ETag: "1"', upto=min(SIZE, t.first + 1000000))


def too_much(t):
    if t.first is None:
        t.cut(FIRST, 1000000, 'ETag: "1"')
    t.say("206 Partial Content", "Content-Range: bytes %d-%d/%d" % (t.first, SIZE - 1, SIZE), 'ETag: "1"',
          "Transfer-Encoding: chunked")
    more = FIRST[t.first:] + b"extra"
    t.sock.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(more), more))


def too_little(t):
    if t.first is None:
        t.cut(FIRST, 1000000, 'ETag: "1"')
    t.say("206 Partial Content", "Content-Range: bytes %d-%d/%d" % (t.first, SIZE - 1, SIZE), 'ETag: "1"',
          "Transfer-Encoding: chunked")
    less = FIRST[t.first:-5]
    t.sock.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(less), less))


def unasked_part(t):
    t.say("206 Partial Content", "Content-Range: bytes 0-4/10", "Content-Length: 5", data=b"12345")


def gzip_anyway(t):
    t.whole(b"\x1f\x8bnot really gzip", "Content-Encoding: gzip")


def late(t):
    t.say("503 Service Unavailable", "Retry-After: 77", "Content-Length: 0")


def late_date(t):
    t.say("503 Service Unavailable", "Retry-After: Fri, 31 Dec 2099 23:59:59 GMT", "Content-Length: 0")


def redirect(t):
    t.say("302 Found", "Location: /good", "Content-Length: 5", 'ETag: "r"', data=b"moved")


def loop(t):
    t.say("302 Found", "Location: /loop", "Content-Length: 0")


def to_file(t):
    t.say("302 Found", "Location: file:///etc/passwd", "Content-Length: 0")


def to_ftp(t):
    t.say("302 Found", "Location: ftp://127.0.0.1/x", "Content-Length: 0")


def nowhere(t):
    t.say("302 Found", "Content-Length: 0")


def large_head(t):
    for i in range(200):
        t.sock.sendall(b"HTTP/1.1 200 OK\r\n" if i == 0 else b"X-%d: %s\r\n" % (i, b"y" * 1000))
    t.sock.sendall(b"Content-Length: 1\r\n\r\nx")


def two_lengths(t):
    t.say("200 OK", "Content-Length: 3", "Content-Length: 4", data=b"1234")


def not_http(t):
    t.sock.sendall(b"SSH-2.0-something\r\nmore\r\n")
    raise Gone


def nothing(t):
    raise Gone


def silent(t):
    t.file.read(1)


def silent_midway(t):
    t.say("200 OK", "Content-Length: %d" % SIZE, data=FIRST[:1000])
    t.file.read(1)


def dribble_head(t):
    """A head that never ends, a byte at a time."""
    t.sock.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    t.sock.settimeout(0.2)
    while True:
        t.sock.sendall(b"y")
        try:
            if not t.sock.recv(1):
                raise Gone
        except socket.timeout:
            pass


def headers_seen(t):
    text = "".join("%s: %s\n" % item for item in sorted(t.headers.items())).encode()
    t.whole(text)


ONE = 'ETag: "1"'
PATHS = {
    "/good": good, "/redirect": redirect, "/headers_seen": headers_seen,
    "/chunked": chunked, "/chunked_cut": chunked_cut, "/no_end": no_end, "/gzip_anyway": gzip_anyway,
    "/cut_then_good": cut_then_good, "/pieces": pieces, "/too_much": too_much, "/too_little": too_little,
    "/wrong_offset": cut_then(wrong_offset, ONE), "/other_etag": cut_then(other_etag, ONE),
    "/other_total": cut_then(other_total, ONE), "/no_content_range": cut_then(no_content_range, ONE),
    "/multipart": cut_then(multipart, ONE), "/shrunk": cut_then(shrunk, ONE),
    "/weak": cut_then(other_etag, 'ETag: W/"1"'),
    "/unasked_part": unasked_part, "/late": late, "/late_date": late_date,
    "/loop": loop, "/to_file": to_file, "/to_ftp": to_ftp, "/nowhere": nowhere,
    "/large_head": large_head, "/two_lengths": two_lengths, "/not_http": not_http, "/nothing": nothing,
    **faults_auth.PATHS, **faults_range.PATHS, **faults_wire.PATHS,
    "/silent": silent, "/silent_midway": silent_midway, "/dribble_head": dribble_head,
}


def serve(sock):
    talk = Talk(sock)
    try:
        while True:
            talk.read()
            if talk.method == "CONNECT":
                faults_proxy.connect(talk)
            elif talk.path.startswith("/count/"):
                with lock:
                    number, asked = seen.get(talk.path[6:], (0, ""))
                talk.whole(("%d %s\n" % (number, asked)).encode())
            elif talk.name in PATHS:
                PATHS[talk.name](talk)
            else:
                talk.say("404 Not Found", "Content-Length: 0")
    except (Gone, OSError, IndexError, ValueError):
        pass
    finally:
        talk.file.close()
        sock.close()


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    os.write(1, b"%d\n" % listener.getsockname()[1])

    def leave():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=leave, daemon=True).start()
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


main()
