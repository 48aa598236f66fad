# SPDX-License-Identifier: MIT
"""The hostile corpus (tests/corpus): each entry is answered or closed at once, costs next to nothing, changes
nothing, and the next honest request works, however the bytes arrive."""
import os
import re
import select
import socket
import time

import corpus
import soap
from lab import test

ALONE = True			# CPU seconds, and answers within one

ANSWER_S = 1		# from the last byte sent to the last byte of the answer
QUIET_S = 0.05		# an entry that is to be waited for has no answer by then
TRIES = 6		# the machine serves others, too: the best of so many counts


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
    """An agent with a job nobody may touch and one the entries may, and what the markers stand for."""

    def __init__(self, w, build):
        self.agent = w.agent(build=build)
        self.slowness = 3 if build == "debug" else 1		# what sanitizers cost at least
        for name, role in (("corpus", "admin"), ("guest", "viewer"), ("hoard", "user")):
            self.agent.add_user(name, name, role)
        client = self.client = self.agent.client()
        self.job = client.create("bystander", "http://127.0.0.1:9/f", self.agent.target("bystander"), Suspend=True)
        self.scratch = client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="scratch")["JobId"]
        stale = self.context(client)
        self.agent.stop()
        self.agent.start()
        self.corpus, self.guest = self.agent.client("corpus", "corpus"), self.agent.client("guest", "guest")
        self.values = dict(JOB=lambda: self.job, SCRATCH=lambda: self.scratch, OUT=lambda: self.agent.out,
                           CONTEXT=self.context, SAME=lambda: self.last, FOREIGN=lambda: self.context(self.client), STALE=lambda: stale,
                           RELEASED=self.released, EXPIRED=self.expired, FLIPPED=self.flipped)
        self.before = self.picture()

    def context(self, client=None):
        self.last = (client or self.corpus).enumerate(soap.DRAY_JOB).context
        return self.last

    def released(self):
        context = self.context()
        self.corpus.release(soap.DRAY_JOB, context)
        return context

    def expired(self):
        body = self.corpus.send(soap.envelope(soap.N + "/Enumerate", soap.DRAY_JOB,
                                              "<n:Enumerate><n:Expires>PT0.001S</n:Expires></n:Enumerate>"))
        time.sleep(0.01)
        return soap.text_at(body, "*/{%s}EnumerationContext" % soap.N)

    def flipped(self):
        context = self.context()
        return context[:-1] + "%X" % (int(context[-1], 16) ^ 1)

    def picture(self):
        """Every job but the scratch one, and the files: an honest request, and what it must give."""
        self.client.enumerate(soap.DRAY_JOB, optimize=True, max_elements=100)
        jobs = re.findall(r"<p:DRAY_Job .*?</p:DRAY_Job>", self.client.raw, re.S)
        return [job for job in jobs if self.scratch not in job], os.listdir(self.agent.out)

    def changed(self):
        now = self.picture()
        if now != self.before:
            before, self.before = self.before, now
            return "something changed: %r to %r" % (before, now)
        return None


def exchange(port, parts, half, waits):
    """(answers, seconds after the last byte, closed without being asked) of one connection."""
    received, answers, closed, last = b"", [], False, time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.setblocking(False)

        def hear(seconds):
            """Reads what comes; False: nothing for so long."""
            nonlocal received, closed
            if not select.select([s], [], [], seconds)[0]:
                return False
            try:
                more = s.recv(1 << 18)
            except ConnectionResetError:
                more = b""
            closed = not more
            received += more
            return True

        def send(part):
            while part and not closed:
                try:
                    part = part[s.send(part):]
                except BlockingIOError:
                    readable, _, _ = select.select([s], [s], [], ANSWER_S)
                    if readable:
                        hear(0)
                except (BrokenPipeError, ConnectionResetError):
                    return False		# answered and closed before we were through: read on
            return True

        def take():
            nonlocal received
            while True:
                answer, received = corpus.take_answer(received)
                if answer is None:
                    return
                answers.append(answer)

        for part in parts:
            if not send(part):
                break
        last = time.monotonic()
        if half:
            shut(s)
        if waits and not half:
            while not closed and hear(QUIET_S):
                take()
            shut(s)
        end = last + ANSWER_S * 5
        shutdown = half or waits
        while not closed:
            if not shutdown and answers and not received:	# all is answered; is there more?
                if not hear(0.002):
                    shut(s)
                    shutdown = True
            elif not hear(max(0, end - time.monotonic())):
                raise AssertionError("neither answered nor closed")
            take()
        if received:
            raise AssertionError("half an answer: %r" % received[:80])
    return answers, time.monotonic() - last, closed


def shut(s):
    try:
        s.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def attempt(target, entry, mode):
    """What is wrong with the entry sent this way, and whether trying again could tell otherwise."""
    raw = entry.bytes(target.values)
    pid = target.agent.program.process.pid
    before = cpu_ms(pid)
    try:
        answers, seconds, closed = exchange(target.agent.port, corpus.pieces(raw, mode), mode == "half", entry.waits)
    except AssertionError as error:
        return str(error), False
    spent = cpu_ms(pid) - before
    wrong = entry.problem(answers, mode, closed)
    if wrong:
        return wrong, False
    if seconds > ANSWER_S:
        return "answered after %.1f s" % seconds, True
    if spent > entry.cpu_ms * (2 if mode == "twice" else 1) * target.slowness:
        return "took %.0f ms of processor time" % spent, True
    return None, False


def run(target, entries, modes):
    problems, count = [], 0
    for mode in modes:
        for entry in entries:
            if mode not in entry.modes():
                continue
            count += 1
            for _ in range(TRIES):
                wrong, again = attempt(target, entry, mode)
                if not again:
                    break
            assert target.agent.alive(), "%s (%s): the agent died" % (entry.name, mode)
            wrong = (wrong or "") + (target.changed() or "")
            if wrong:
                problems.append("%s (%s): %s" % (entry.name, mode, wrong))
    assert not problems, "%d of %d:\n  %s" % (len(problems), count, "\n  ".join(problems[:60]))
    assert count >= len(entries) >= 300, "only %d entries" % len(entries)


@test(limit=90, build="debug")
def hostile_requests_are_refused_however_they_arrive(w):
    run(Target(w, "debug"), corpus.load(), corpus.MODES)


@test(limit=60)
def hostile_requests_cost_next_to_nothing(w):
    run(Target(w, "release"), corpus.load(), ["whole"])
