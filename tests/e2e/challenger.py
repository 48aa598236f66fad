# SPDX-License-Identifier: MIT
"""A web server that gives BODY to those it knows: by Negotiate with a keytab (Kerberos), or by NTLM with a list
of users and passwords (NTLMv2 of MS-NLMP; the answer to the challenge is verified)."""
import base64
import hmac
import http.server
import os
import struct
import threading


def turn(word, by):
    word &= 0xffffffff
    return (word << by | word >> 32 - by) & 0xffffffff


def md4(data):
    """RFC 1320; OpenSSL 3 has it no more."""
    data, length = data + b"\x80", len(data)
    data += b"\0" * ((56 - len(data)) % 64) + struct.pack("<Q", 8 * length)
    rounds = [(0, (3, 7, 11, 19), lambda b, c, d: b & c | ~b & d, list(range(16))),
              (0x5a827999, (3, 5, 9, 13), lambda b, c, d: b & c | b & d | c & d,
               [at + 4 * step for at in range(4) for step in range(4)]),
              (0x6ed9eba1, (3, 9, 11, 15), lambda b, c, d: b ^ c ^ d,
               [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15])]
    state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
    for at in range(0, len(data), 64):
        words = struct.unpack("<16I", data[at:at + 64])
        a, b, c, d = state
        for constant, turns, mix, order in rounds:
            for step, index in enumerate(order):
                a, b, c, d = d, turn(a + mix(b, c, d) + words[index] + constant, turns[step % 4]), b, c
        state = [(old + new) & 0xffffffff for old, new in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


class Ntlm:
    """One connection's handshake."""
    scheme = "NTLM"
    NAMES = struct.pack("<HH", 2, 8) + "TEST".encode("utf-16-le") + struct.pack("<HH", 0, 0)

    def __init__(self, users):
        self.users, self.challenge, self.who = users, os.urandom(8), None

    def step(self, message):
        """The answer to a message of the client; sets who when it is convinced."""
        if message[:12] == b"NTLMSSP\0\1\0\0\0":
            # target info, extended security, NTLM, Unicode
            flags = 0x00800000 | 0x00080000 | 0x00000200 | 0x00000001
            return struct.pack("<8sIHHII8s8xHHI", b"NTLMSSP\0", 2, 0, 0, 48, flags, self.challenge,
                               len(self.NAMES), len(self.NAMES), 48) + self.NAMES
        if message[:12] == b"NTLMSSP\0\3\0\0\0":
            self.judge(message)
        return b""

    def judge(self, message):
        def field(at):
            length, _, start = struct.unpack_from("<HHI", message, at)
            return message[start:start + length]
        proof, domain, user = field(20), field(28).decode("utf-16-le"), field(36).decode("utf-16-le")
        if user in self.users:
            key = hmac.digest(md4(self.users[user].encode("utf-16-le")),
                              (user.upper() + domain).encode("utf-16-le"), "md5")
            if hmac.compare_digest(hmac.digest(key, self.challenge + proof[16:], "md5"), proof[:16]):
                self.who = user


class Negotiate:
    """One request's handshake; the keytab's key says whether the ticket is for this service."""
    scheme = "Negotiate"

    def __init__(self, keytab):
        import gssapi
        store = {b"keytab": keytab.encode()}
        self.errors = gssapi.exceptions.GSSError
        creds = gssapi.Credentials(usage="accept", store=store)
        self.context = gssapi.SecurityContext(creds=creds, usage="accept")
        self.who = None

    def step(self, message):
        try:
            answer = self.context.step(message)
            if self.context.complete:
                self.who = str(self.context.initiator_name)
        except self.errors:		# a ticket for somebody else
            return b""
        return answer or b""


class Challenger:
    """make(): a new handshake, one a connection. asked: (scheme or "", user or None) of each request. As a proxy
    it asks in the proxy's words, and gives BODY for whatever it is asked."""
    BODY = os.urandom(50_000)

    def __init__(self, make, proxy=False):
        challenger, self.asked = self, []
        shown, wanted, stranger = (("Proxy-Authorization", "Proxy-Authenticate", 407) if proxy else
                                   ("Authorization", "WWW-Authenticate", 401))

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            handshake = None

            def do_GET(self):
                scheme, _, token = self.headers.get(shown, "").partition(" ")
                if not self.handshake or self.handshake.who:
                    self.handshake = make()
                known = self.handshake
                answer = known.step(base64.b64decode(token)) if scheme == known.scheme else b""
                challenger.asked.append((scheme, known.who))
                body = challenger.BODY if known.who else b"who are you?\n"
                self.send_response(200 if known.who else stranger)
                if answer or not known.who:
                    token = base64.b64encode(answer).decode()
                    self.send_header(wanted, (known.scheme + " " + token).strip())
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server.server_address[1]

    def url(self, name):
        return "http://localhost:%d/%s" % (self.port, name)

    def close(self, clean=False):
        self.server.shutdown()
        self.server.server_close()

    def log_files(self):
        return []

    def sanitizer_reports(self):
        return []
