# SPDX-License-Identifier: MIT
"""Challenges: 401 and 407 in four schemes. The user is "me", the password "pass word"."""
import base64
import hashlib
import re
import struct

from talk import FIRST

USER, PASSWORD = "me", "pass word"


def asked(t):
    return t.headers.get("proxy-authorization" if t.name.startswith("/proxy") else "authorization", "")


def challenge(t, *schemes):
    proxy = t.name.startswith("/proxy")
    name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
    data = b"who are you?"
    t.say("407 Who" if proxy else "401 Who", "Content-Length: %d" % len(data),
          *["%s: %s" % (name, s) for s in schemes], data=data)


def grant(t):
    t.whole(FIRST, 'ETag: "1"')


def basic(t):
    want = "Basic " + base64.b64encode((USER + ":" + PASSWORD).encode()).decode()
    grant(t) if asked(t) == want else challenge(t, 'Basic realm="r"')


def digest_ok(text, method):
    parts = dict(re.findall(r'(\w+)="?([^",]*)"?', text[7:]))
    md5 = lambda *p: hashlib.md5(":".join(p).encode()).hexdigest()
    want = md5(md5(USER, "r", PASSWORD), parts["nonce"], parts["nc"], parts["cnonce"], "auth",
               md5(method, parts["uri"]))
    return parts["username"] == USER and parts["response"] == want


def digest(t):
    text = asked(t)
    if text.startswith("Digest ") and digest_ok(text, t.method):
        grant(t)
    else:
        challenge(t, 'Digest realm="r", nonce="n%d", qop="auth", algorithm=MD5' % t.number)


def any_of(t):
    """Offers all; takes whatever is right."""
    if asked(t).startswith("Digest"):
        return digest(t)
    if asked(t).startswith("Basic"):
        return basic(t)
    challenge(t, "Negotiate", "NTLM", 'Digest realm="r", nonce="n", qop="auth"', 'Basic realm="r"')


def ntlm(t):
    """The second message of the handshake is the same for everybody; the third is believed if it names the user."""
    text = asked(t)
    message = base64.b64decode(text[5:]) if text.startswith("NTLM ") else b""
    if message[8:12] == b"\3\0\0\0":
        at = struct.unpack("<HHI", message[36:44])
        user = message[at[2]:at[2] + at[0]]
        return grant(t) if USER in (user.decode("latin-1"), user.decode("utf-16-le", "replace")) else \
            challenge(t, "NTLM")
    if message[8:12] == b"\1\0\0\0":
        second = b"NTLMSSP\0" + struct.pack("<IHHII8s8xHHI", 2, 0, 0, 48, 0x00000201, b"12345678", 0, 0, 48)
        return challenge(t, "NTLM " + base64.b64encode(second).decode())
    challenge(t, "NTLM")


def negotiate(t):
    challenge(t, "Negotiate")


def long_challenge(t):
    """A challenge whose body does not end."""
    t.say("401 Who", "Content-Length: 1000000000", 'WWW-Authenticate: Basic realm="r"')
    while True:
        t.sock.sendall(b"x" * 65536)


def seen_of_secrets(t):
    text = "".join("%s: %s\n" % (n, v) for n, v in sorted(t.headers.items()) if n in
                   ("authorization", "cookie", "x-mine", "proxy-authorization"))
    t.whole(text.encode() or b"none\n")


def elsewhere(t):
    """Leads to another name of this server."""
    t.empty("302 Found", "Location: http://localhost:%d/secrets" % t.sock.getsockname()[1])


def elsewhere_wants_basic(t):
    t.empty("302 Found", "Location: http://localhost:%d/basic" % t.sock.getsockname()[1])


def here(t):
    t.empty("302 Found", "Location: /secrets")


PATHS = {"/basic": basic, "/digest": digest, "/ntlm": ntlm, "/negotiate": negotiate, "/any": any_of,
         "/long_challenge": long_challenge, "/secrets": seen_of_secrets, "/elsewhere": elsewhere, "/here": here,
         "/elsewhere_basic": elsewhere_wants_basic,
         "/proxy_basic": basic, "/proxy_digest": digest, "/proxy_negotiate": negotiate}
