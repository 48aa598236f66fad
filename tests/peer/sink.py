#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""sink.py [CERT KEY]: takes POSTs of events. Prints its port; serves until standard input closes.

/N answers status N and, as its body, what was asked: the content type, a line, the body; /302 points to /200; /big
answers 100,000 bytes; /hang nothing, until somebody asked for /let-go; /count how many POSTs came to paths but this one.
"""
import http.server
import ssl
import sys
import threading

go, lock, count = threading.Event(), threading.Lock(), [0]


class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with lock:
            count[0] += self.path != "/count"
        status, answer = 200, self.headers.get("Content-Type", "").encode() + b"\n" + body
        if self.path == "/hang":
            go.wait(30)
        elif self.path == "/let-go":
            go.set()
        elif self.path == "/big":
            answer = b"b" * 100000
        elif self.path == "/count":
            answer = b"%d" % count[0]
        else:
            status = int(self.path[1:])
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/200")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Sink)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
sys.stdout.write("%d\n" % server.server_address[1])       # at once: who reads it closes the pipe
sys.stdout.flush()
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
