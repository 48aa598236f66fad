# SPDX-License-Identifier: MIT
"""CONNECT: a proxy on the way to a server that speaks TLS; the name of the server chooses the trouble."""
import base64
import socket
import threading

from faults_auth import PASSWORD, USER
from talk import Gone


def pump(source, target):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            target.sendall(data)
    except OSError:
        pass
    finally:
        for s in (source, target):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def tunnel(t, port):
    with socket.create_connection(("127.0.0.1", port)) as far:
        t.sock.sendall(b"HTTP/1.1 200 Connected\r\nX-Proxy: yes\r\n\r\n")
        back = threading.Thread(target=pump, args=(far, t.sock), daemon=True)
        back.start()
        pump(t.sock, far)
        back.join()
    raise Gone


def connect(t):
    host, _, port = t.target.rpartition(":")
    if host == "refuse.test":
        t.say("403 Forbidden", "Content-Length: 4", data=b"no!\n")
    elif host == "busy.test":
        t.say("503 Busy", "Content-Length: 0")
    elif host == "die.test":
        raise Gone
    elif host == "auth.test":
        want = "Basic " + base64.b64encode((USER + ":" + PASSWORD).encode()).decode()
        if t.headers.get("proxy-authorization") != want:
            t.say("407 Who", 'Proxy-Authenticate: Basic realm="p"', "Content-Length: 3", data=b"who")
        else:
            t.say("418 Known", "Content-Length: 0")
    else:
        tunnel(t, int(port))
    raise Gone
