# SPDX-License-Identifier: MIT
"""Where the agent sends events to: one address, one message at a time, answered as a case says."""
import re
import socket

import soap
from wirejudge import Reply
from wireschema import need

ACK = "http://schemas.dmtf.org/wbem/wsman/1/wsman/Ack"
FAULT = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
REFUSED = ("<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:DeliveryRefused</s:Value></s:Subcode>"
           "</s:Code><s:Reason><s:Text xml:lang=\"en-US\">not wanted</s:Text></s:Reason></s:Fault>")


class Sink:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.url = "http://127.0.0.1:%d/in" % self.listener.getsockname()[1]

    def close(self):
        self.listener.close()

    def receive(self, answer):
        """The next message, as if it were a reply. It is answered at once: Ack, Taken (202), Refused, Trouble (500)."""
        connection, _ = self.listener.accept()
        with connection:
            connection.settimeout(20)
            data = b""
            while b"\r\n\r\n" not in data:
                data += self.more(connection)
            head, _, body = data.partition(b"\r\n\r\n")
            if re.search(rb"(?i)\r\nexpect: 100-continue", head):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1])
            while len(body) < length:
                body += self.more(connection)
            message = Reply(200, head.decode("latin-1"), body)
            connection.sendall(written(answer, message.find("string(//s:Header/a:MessageID)")))
        return message

    def more(self, connection):
        data = connection.recv(65536)
        need(data, "the connection to the sink was closed in the middle of a message")
        return data


def written(answer, message_id):
    """The bytes of an answer to that message."""
    if answer in ("Taken", "Trouble"):
        return b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % (
            b"202 Accepted" if answer == "Taken" else b"500 Trouble")
    refused = answer == "Refused"
    body = ("<s:Envelope xmlns:s=\"%s\" xmlns:a=\"%s\" xmlns:w=\"%s\"><s:Header><a:Action>%s</a:Action>"
            "<a:MessageID>uuid:0</a:MessageID><a:To>%s</a:To><a:RelatesTo>%s</a:RelatesTo></s:Header><s:Body>%s</s:Body>"
            "</s:Envelope>" % (soap.S, soap.A, soap.W, FAULT if refused else ACK, soap.ANONYMOUS, message_id,
                               REFUSED if refused else "")).encode()
    return b"HTTP/1.1 %s\r\nContent-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: %d\r\n" \
        b"Connection: close\r\n\r\n%s" % (b"500 Fault" if refused else b"200 OK", len(body), body)
