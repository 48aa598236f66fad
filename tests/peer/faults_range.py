# SPDX-License-Identifier: MIT
"""Ranges: several in one answer, right and wrong, and parts of the file that were not asked for."""
from talk import DATE, FIRST, SECOND, SIZE

ONE = ('ETag: "1"', "Last-Modified: " + DATE)


def spans(t, size=SIZE):
    return [(int(a), min(int(b), size - 1) if b else size - 1) for a, b in t.pieces]


def single(t, data, *headers, line=None):
    a, b = spans(t)[0]
    t.say("206 Partial Content", line or "Content-Range: bytes %d-%d/%d" % (a, b, SIZE),
          "Content-Length: %d" % (b - a + 1), *(headers or ONE), data=data[a:b + 1])


def part_of(data, a, b, extra=b"", line=None):
    line = line or b"bytes %d-%d/%d" % (a, b, SIZE)
    return b"\r\n--XX\r\nContent-Type: a/b\r\n%sContent-Range: %s\r\n\r\n" % (extra, line) + data[a:b + 1]


def send_parts(t, body, boundary="XX"):
    t.say("206 Partial Content", "Content-Type: multipart/byteranges; boundary=" + boundary,
          "Content-Length: %d" % len(body), *ONE, data=body)


def many(t):
    if not t.pieces:
        return t.whole(FIRST, *ONE)
    if len(t.pieces) == 1:
        return single(t, FIRST)
    send_parts(t, b"".join(part_of(FIRST, a, b) for a, b in spans(t)) + b"\r\n--XX--\r\n")


def wrong(change):
    """Several parts, something wrong about them; one range at a time is served well."""
    def serve(t):
        if len(t.pieces) < 2:
            return many(t)
        change(t, spans(t))
    return serve


def merged(t, s):
    a, b = min(x for x, _ in s), max(y for _, y in s)
    t.say("206 Partial Content", "Content-Range: bytes %d-%d/%d" % (a, b, SIZE), "Content-Length: %d" % (b - a + 1),
          *ONE, data=FIRST[a:b + 1])


def other_order(t, s):
    send_parts(t, b"".join(part_of(FIRST, a, b) for a, b in s[::-1]) + b"\r\n--XX--\r\n")


def fewer(t, s):
    send_parts(t, part_of(FIRST, *s[0]) + b"\r\n--XX--\r\n")


def no_last_boundary(t, s):
    send_parts(t, b"".join(part_of(FIRST, a, b) for a, b in s[:1]))


def long_extra(t, s):
    send_parts(t, b"".join(part_of(FIRST, a, b, b"X-Extra: " + b"y" * 200 + b"\r\n") for a, b in s) + b"\r\n--XX--\r\n")


def blank_lines(t, s):
    send_parts(t, b"\r\n\r\n\r\n\r\n" + b"".join(part_of(FIRST, a, b) for a, b in s) + b"\r\n--XX--\r\n")


def other_boundary(t, s):
    send_parts(t, b"".join(part_of(FIRST, a, b) for a, b in s) + b"\r\n--XX--\r\n", "YY")


def wrong_part(t, s):
    send_parts(t, part_of(FIRST, *s[0]) + part_of(FIRST, *s[1], line=b"bytes 0-4/%d" % SIZE) + b"\r\n--XX--\r\n")


def whole_for_many(t, s):
    t.whole(FIRST, *ONE)


def cut_in_second(t):
    if t.number > 1 or len(t.pieces) < 2:
        return many(t)
    s = spans(t)
    body = b"".join(part_of(FIRST, a, b) for a, b in s) + b"\r\n--XX--\r\n"
    t.say("206 Partial Content", "Content-Type: multipart/byteranges; boundary=XX", "Content-Length: %d" % len(body),
          *ONE, data=body[:len(part_of(FIRST, *s[0])) + len(part_of(FIRST, *s[1])) - 10])
    t.reset()


def changed_between(t):
    """The second request for ranges finds another version."""
    if t.number == 1:
        return cut_in_second(t)
    if t.headers.get("if-range"):
        return t.whole(SECOND, 'ETag: "2"')
    body = b"".join(part_of(SECOND, a, b) for a, b in spans(t)) + b"\r\n--XX--\r\n"
    t.say("206 Partial Content", "Content-Type: multipart/byteranges; boundary=XX", "Content-Length: %d" % len(body),
          'ETag: "2"', data=body)


def never(t):
    """No ranges at all."""
    t.whole(FIRST, *ONE)


def always_unsatisfied(t):
    t.empty("416 Range Not Satisfiable", "Content-Range: bytes */%d" % SIZE)


def changes(t):
    """Every request finds another version, and is cut; the fifth is whole."""
    tag = 'ETag: "v%d"' % t.number
    if t.number < 5:
        t.cut(FIRST if t.number % 2 else SECOND, 400000 + 1000 * t.number, tag, "Accept-Ranges: bytes")
    t.whole(SECOND, tag)


def says_ranges(t):
    """Accept-Ranges: bytes, but gives the whole file whatever is asked."""
    if t.number == 1:
        t.cut(FIRST, 1000000, *ONE)
    t.whole(FIRST, "Accept-Ranges: bytes", *ONE)


def head_differs(t):
    if t.method == "HEAD":
        return t.say("200 OK", "Content-Length: 5", 'ETag: "h"')
    t.whole(FIRST, *ONE)


def after_cut(first, **how):
    """The first request is cut; the next answer is wrong in one thing; what is asked from zero is version 2."""
    def serve(t):
        if t.number == 1:
            t.cut(FIRST, 1000000, *first)
        if t.first is None:
            return t.whole(SECOND, *how.get("whole", ('ETag: "2"',)))
        a = t.first
        if how.get("status"):
            return t.empty(how["status"], *how.get("headers", ()))
        data = SECOND[a:]
        t.say("206 Partial Content", how["line"] % {"a": a, "z": SIZE - 1, "size": SIZE}, "Content-Length: %d" % len(data),
              *how.get("headers", ('ETag: "1"',)), data=data)
    return serve


RIGHT = "Content-Range: bytes %(a)d-%(z)d/%(size)d"
OTHER = "Last-Modified: Mon, 10 Sep 2001 01:46:40 GMT"
WHEN = "Last-Modified: " + DATE
PATHS = {
    "/many": many, "/never": never, "/always_416": always_unsatisfied, "/changes": changes,
    "/says_ranges": says_ranges, "/head_differs": head_differs,
    "/cut_in_second": cut_in_second, "/changed_between": changed_between,
    "/merged": wrong(merged), "/other_order": wrong(other_order), "/fewer": wrong(fewer),
    "/no_last_boundary": wrong(no_last_boundary), "/long_extra": wrong(long_extra),
    "/blank_lines": wrong(blank_lines), "/other_boundary": wrong(other_boundary), "/wrong_part": wrong(wrong_part),
    "/whole_for_many": wrong(whole_for_many),
    "/n02_modified": after_cut((WHEN,), line=RIGHT, headers=(OTHER,), whole=(OTHER,)),
    "/n02_size": after_cut((WHEN,), line="Content-Range: bytes %(a)d-%(z)d/9999999", headers=(WHEN,)),
    "/n02_weak": after_cut(('ETag: W/"1"',), line=RIGHT, headers=('ETag: W/"2"',)),
    "/n04_start": after_cut(ONE, line="Content-Range: bytes 7-%(z)d/%(size)d"),
    "/n04_end": after_cut(ONE, line="Content-Range: bytes %(a)d-9999999/%(size)d"),
    "/n04_short_end": after_cut(ONE, line="Content-Range: bytes %(a)d-1000003/%(size)d"),
    "/n04_total": after_cut(ONE, line="Content-Range: bytes %(a)d-%(z)d/5"),
    "/n04_unit": after_cut(ONE, line="Content-Range: pages %(a)d-%(z)d/%(size)d"),
    "/n04_missing": after_cut(ONE, line="X-Nothing: %(a)d"),
    "/n05_resume": after_cut(ONE, status="416 No", headers=("Content-Range: bytes */7",)),
    "/n05_bare": after_cut(ONE, status="416 No"),
}
