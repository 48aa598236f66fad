# SPDX-License-Identifier: MIT
"""Hostile input by the table: each request is answered or closed at once, costs next to nothing, changes
nothing, and the next honest one works. The tables are in hostile.py and hostile_soap.py."""
import os
import socket

import hostile
import hostile_soap
import soap
from lab import test

ANSWER_S = 5		# under sanitizers, on a busy machine; an honest release answers in a millisecond
CPU_MS = 50
PASSWORD_MS = 300		# a check of a password is slow on purpose


def cpu_ms(pid):
    """Processor time of all threads of the agent's own process so far."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/schedstat" % (pid, task)) as f:
                total += int(f.read().split()[0])
        except OSError:
            pass		# a thread that ended
    return total / 1e6


class Target:
    def __init__(self, w, build):
        self.agent = w.agent(build=build)
        create = soap.envelope(soap.DRAY_JOB + "/CreateJob", soap.DRAY_JOB, soap.members(
            soap.DRAY_JOB, "CreateJob_INPUT", dict(DisplayName="smuggled")))
        self.make = hostile.Maker(self.agent, create)
        self.client = self.agent.client()
        self.before = self.picture()
        self.problems = []
        self.count = 0

    def picture(self):
        return self.client.jobs(soap.DRAY_JOB), os.listdir(self.agent.out)

    def unharmed(self, what):
        assert self.agent.alive(), "the agent died of: " + what
        now = self.picture()
        if now != self.before:
            self.problems.append("%s: something changed: %r" % (what, now))
            self.before = now

    def outcome(self, raw, send):
        """What one connection gets for these bytes, as a letter of hostile.py."""
        with socket.create_connection(("127.0.0.1", self.agent.port)) as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.settimeout(ANSWER_S)
            try:
                send(s, raw)
            except (BrokenPipeError, ConnectionResetError):
                pass		# answered and closed before we were through: read on
            try:
                s.settimeout(self.patience)
                first = receive_head(s)
                if first is None:		# it waits: then half-closing must end it
                    s.shutdown(socket.SHUT_WR)
                    s.settimeout(ANSWER_S)
                    first = receive_head(s)
                    assert first is not None, "neither answered nor closed"
                    return letter(first) if first else "w"
            except ConnectionResetError:
                first = b""
            return letter(first)

    def run(self, group, entries, send=lambda s, raw: s.sendall(raw), cpu=False):
        pid = self.agent.program.process.pid
        for name, raw, allowed in entries:
            name = "%s/%s" % (group, name)
            self.patience = 0.3 if "w" in allowed else ANSWER_S
            limit, spent = PASSWORD_MS if group == "auth" else CPU_MS, None
            for _ in range(8 if cpu else 1):	# the least: the machine serves others, too
                before = cpu_ms(pid)
                try:
                    got = self.outcome(raw, send)
                except AssertionError as error:
                    got = str(error)
                spent = min(cpu_ms(pid) - before, spent or 1e9)
                if spent < limit:
                    break
            self.count += 1
            if got not in allowed:
                self.problems.append("%s: outcome %s, wanted %s" % (name, got, allowed))
            if cpu and spent > limit:
                self.problems.append("%s: took %.0f ms of processor time" % (name, spent))
            if not self.agent.alive():
                break
        self.unharmed("%s/%s" % (group, name))

    def verdict(self):
        assert not self.problems, "%d of %d:\n  %s" % (len(self.problems), self.count,
            "\n  ".join(self.problems))
        assert self.count > 60, "only %d requests were sent" % self.count


def receive_head(s):
    """The first final response up to its headers, b"" when closed, None when nothing comes."""
    got = b""
    while True:
        try:
            more = s.recv(65536)
        except socket.timeout:
            return None
        got += more
        while got.startswith(b"HTTP/1.1 100") and b"\r\n\r\n" in got:
            got = got.partition(b"\r\n\r\n")[2]
        if not more or (b"\r\n\r\n" in got and b"</s:Envelope>" in got) or (
                b"\r\n\r\n" in got and b"Content-Type: application/soap+xml" not in got):
            return got


def letter(answer):
    if not answer:
        return "c"
    status = answer.split()[1]
    return "o" if status == b"200" else "f" if status == b"500" else "4"


def posted(entries, make):
    for name, body, allowed in entries:
        yield name, make.post(body), allowed


def every_group(target, **how):
    for group in (hostile.http, hostile.auth, hostile_soap.xml, hostile_soap.wsman, hostile_soap.calls):
        entries = group(target.make)
        if group not in (hostile.http, hostile.auth):
            entries = posted(entries, target.make)
        target.run(group.__name__, entries, **how)
    target.verdict()


@test(limit=120, build="debug")
def hostile_requests_are_refused_and_change_nothing(w):
    every_group(Target(w, "debug"))


@test(limit=60)
def hostile_requests_cost_next_to_nothing(w):
    every_group(Target(w, "release"), cpu=True)


@test(limit=60)
def how_the_bytes_arrive_makes_no_difference(w):
    target = Target(w, "release")

    def short(group):
        return [entry for entry in group(target.make) if len(entry[1]) < 2500 and "w" not in entry[2]]

    def by_lines(s, raw):
        for line in raw.splitlines(keepends=True):
            s.sendall(line)

    def by_bytes(s, raw):
        for at in range(len(raw)):
            s.sendall(raw[at:at + 1])

    def and_no_more(s, raw):
        s.sendall(raw)
        s.shutdown(socket.SHUT_WR)

    for send in (by_lines, by_bytes, and_no_more):
        target.run("http", short(hostile.http), send=send)
        target.run("auth", short(hostile.auth), send=send)
    target.run("http", [(name, raw * 2, allowed) for name, raw, allowed in short(hostile.http)])
    target.verdict()
