# SPDX-License-Identifier: MIT
"""The cases of tests/wire, all by one agent: each request gets the answer its case says, which is as every answer
must be, and changes what the case says and nothing else."""
import re
import socket
import subprocess
import time

import soap
import wirecase
from lab import test, wait_for
from lxml import etree
from wirejudge import Judge, Reply
from wireschema import Wrong, need
from wiresink import Sink

PASSWORD = "pw"
BEHIND = {"JobLastModificationTime", "TransferRate", "RetryIn"}		# may change by themselves


class Wire:
    """One connection; made anew when the agent has closed it."""

    def __init__(self, agent, local):
        self.agent, self.local, self.socket, self.rest = agent, local, None, b""

    def connect(self):
        if self.local:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(30)
            self.socket.connect(self.agent.socket)
        else:
            self.socket = socket.create_connection(("127.0.0.1", self.agent.port), 30)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def more(self):
        data = self.socket.recv(1 << 18)
        need(data, "the connection was closed without an answer")
        self.rest += data

    def answer(self):
        """(status, head, body) of the next answer."""
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        m = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
        length = int(m[1]) if m else 0
        while len(self.rest) < length:
            self.more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return status, head.decode("latin-1"), body

    def send(self, head, body, wait_100):
        if self.socket is None:
            self.connect()
        if wait_100:
            self.socket.sendall(head)
            need(self.answer()[0] == 100, "no 100 before the body")
            self.socket.sendall(body)
        else:
            self.socket.sendall(head + body)
        return self.answer()


def http_request(step, caller, auth, text):
    """(head, body) as bytes."""
    charset = step.one("charset", "UTF-8")
    code = {"utf-16le": "utf-16-le", "utf-16": "utf-16-le"}.get(charset.lower(), "utf-8")
    body = (b"\xff\xfe" if charset == "UTF-16" else b"") + text.encode(code)
    fields = {"Host": "localhost", "Content-Type": "application/soap+xml;charset=%s" % charset.upper().replace("LE", "")}
    if auth:
        fields["Authorization"] = auth
    if step.one("chunks"):
        size = int(step.one("chunks"))
        parts = [body[at:at + size] for at in range(0, len(body), size)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n"
        body += b"".join(line.encode() + b"\r\n" for line in step.all("trailer")) + b"\r\n"
        fields["Transfer-Encoding"] = "chunked"
    else:
        fields["Content-Length"] = str(len(body))
    for line in step.all("http"):
        name, colon, value = line.partition(":")
        if line.startswith("- "):
            del fields[line[2:]]
        else:
            fields[name] = value.strip()
    line = step.one("line", "POST %s HTTP/1.1" % step.one("path", "/wsman"))
    head = "".join("%s: %s\r\n" % field for field in fields.items())
    return ("%s\r\n%s\r\n" % (line, head)).encode(), body


class Runner:
    def __init__(self, w, build):
        self.sink = None
        self.agent = w.agent(build=build, extra="\n[eventing]\nAllowedSinks=127.0.0.0/8\n")
        for name in ("user", "other", "viewer"):
            self.agent.add_user(name, PASSWORD, "viewer" if name == "viewer" else "user")
        folder = w.mkdir("schemas")
        subprocess.run([self.agent.bin + "/drayd", "--schema", folder], check=True, env=self.agent.env(), timeout=30)
        self.judge, self.eye = Judge(folder), self.agent.client()
        self.auth = {name: soap.basic(name, PASSWORD) for name in ("user", "other", "viewer")}
        self.auth.update(admin=self.eye.auth, wrong=soap.basic("user", "guess"), stranger=soap.basic("none", PASSWORD),
                         nobody=None, socket=None)

    def picture(self):
        """Every job: id -> its instance, without namespaces and without what changes by itself."""
        batch = self.eye.enumerate(soap.DRAY_JOB, optimize=True, max_elements=1000)
        need(batch.end, "there are too many jobs")
        ret = {}
        for item in etree.fromstring(self.eye.raw.encode()).iter("{%s}DRAY_Job" % soap.DRAY_JOB):
            for e in list(item.iter("{*}*")):
                e.tag = etree.QName(e).localname
            ret[item.findtext("JobId")] = item
        return ret

    def make_job(self, owner, name="case"):
        client = self.agent.client(owner, PASSWORD) if owner in self.auth and owner != "admin" else self.eye
        if owner == "socket":
            client = self.agent.local()
        return client.create(name, "http://127.0.0.1:9/f", self.agent.target(name), uri=soap.DRAY_JOB, Suspend=True)

    def run(self, case):
        """Raises Wrong (or what goes wrong in Python) when the case is not as it says."""
        made, self.sink = {}, Sink() if case.sink else None
        variables = {"out": self.agent.out, "name": "", "nojob": "{00000000-0000-4000-8000-00000000DEAD}",
                     "port": str(self.agent.port), "bits": soap.BITS[:-1], "dray": soap.DRAY[:-1],
                     "sink": self.sink and self.sink.url}

        def value(name):
            if name in ("job", "job2") and name not in made:
                made[name] = self.make_job(case.owner, name)
            return made["job"].lower() if name == "lowerjob" else made.get(name, variables.get(name))

        for word in sorted(case.jobs):
            value(word)
        wires = {False: Wire(self.agent, False), True: Wire(self.agent, True)}
        now = self.picture() if case.jobs else {}
        try:
            for step in case.steps:
                try:
                    if step.until:
                        now = self.wait(step, value)
                    elif step.answer:
                        self.message(step, value, variables)
                    else:
                        now = self.step(step, wires[step.words[0] == "socket"], value, variables, now)
                except (Wrong, OSError, AssertionError, etree.XPathError) as error:
                    raise Wrong("line %d: %s" % (step.line, error or type(error).__name__))
        except Wrong:
            now = self.picture()
            raise
        finally:
            for one in [self.sink, *wires.values()]:
                if one:
                    one.close()
            for job in now:
                self.eye.set_state(job, soap.CANCEL)

    def wait(self, step, value):
        job, until = value("job"), wirecase.fill(step.until, value)
        if until.startswith("of "):
            _, job, until = until.split(" ", 2)
        now = {}

        def there():
            now.update(self.picture())
            return now[job].xpath(until)
        wait_for(there, 20, until, every=0.01)
        return now

    def message(self, step, value, variables):
        """The next one the agent sends to the sink."""
        message = self.sink.receive(step.answer)
        self.check(message, step, value, variables)
        self.judge.schemas.check(message.root[1])

    def check(self, reply, step, value, variables):
        try:
            step.checks = [(key, wirecase.fill(check, value)) for key, check in step.checks]
            self.judge.check(reply, step, variables)
        except Wrong as error:
            raise Wrong("%s\n      %s" % (error, reply.text().partition("<s:Header>")[2][-700:]))

    def step(self, step, wire, value, variables, before):
        end = time.monotonic() + 10
        while True:
            try:
                return self.attempt(step, wire, value, variables, before)
            except Wrong:
                if not step.one("again") or time.monotonic() > end:
                    raise

    def attempt(self, step, wire, value, variables, before):
        text, request_id = wirecase.envelope(step, value)
        for name, keys in (("http", True), ("path", False)):
            step.asked = [(k, wirecase.fill(v, value) if k == name else v) for k, v in step.asked]
        caller = step.words[0]
        head, body = http_request(step, caller, self.auth[caller], text if step.words[1] != "Nothing" else "")
        reply = Reply(*wire.send(head, body, step.one("await-100")))
        closed = bool(re.search(r"(?im)^connection: close\r?$", reply.head))
        need(closed == ("closed" in [key for key, _ in step.checks]), "the connection is %s", "closed" if closed else "kept")
        if closed:
            wire.close()
        self.judge.every(reply, request_id, asked_action(text), asked_size(text))
        self.check(reply, step, value, variables)
        return self.state(step, before, value)

    def state(self, step, before, value):
        """What changed is what was to change. How it is now."""
        now, own, lines = self.picture(), None, [wirecase.fill(line, value) for line in step.state or []]
        if lines:
            own = lines.pop(0)[3:] if lines[0].startswith("of ") else value("job")
        for line in lines:
            self.state_line(line, own, before, now)
        for job in set(before) | set(now):
            if job == own or (job not in before and any(line.startswith("made") for line in lines)):
                continue
            need(job in now, "the job %s is gone", job)
            need(job in before, "there is a new job %s", job)
            changed = [e.tag for e, old in zip(now[job], before[job]) if etree.tostring(e) != etree.tostring(old)]
            need(set(changed) <= BEHIND, "changed without being told: %s", ", ".join(changed))
        return now

    def state_line(self, line, own, before, now):
        word, _, path = line.partition(" ")
        if word == "gone":
            need(own not in now, "the job is not gone")
        elif word == "made":
            new = [now[job] for job in now if job not in before]
            need(len(new) == 1, "%d new jobs", len(new))
            need(new[0].xpath("boolean(%s)" % (path or "true()")), "the new job has not %s", path)
        elif word == "any":
            need(own in now, "the job is gone")
        else:
            need(own in now, "the job is gone")
            need(now[own].xpath("boolean(%s)" % line), "afterwards the job has not %s: %s", line,
                 etree.tostring(now[own]).decode())


def asked_action(text):
    """The action of a request, when there is one to be found."""
    try:
        root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
        return (root.findtext("{%s}Header/{%s}Action" % (soap.S, soap.A)) or "").strip() or None
    except (etree.XMLSyntaxError, ValueError):
        return None


def asked_size(text):
    m = re.search(r"MaxEnvelopeSize[^>]*>\s*(\d+)\s*<", text)
    return min(512000, max(8192, int(m[1]))) if m else 512000


@test(limit=120, build="debug")
def each_case_gets_its_answer_and_changes_what_it_says(w):
    cases = wirecase.load()
    runner, problems, waiting = Runner(w, "debug"), [], []
    for case in cases:
        try:
            runner.run(case)
            if case.waits:
                problems.append("%s: it passes, so it does not wait for %s any more" % (case.name, case.waits))
        except Exception as error:
            if case.waits:
                waiting.append(case)
            else:
                problems.append("%s: %s" % (case.name, error))
        assert runner.agent.alive(), "%s: the agent died" % case.name
    for case in waiting:
        print("skip wire/%-59s waits for %s" % (case.name, case.waits), flush=True)
    assert not problems, "%d of %d cases:\n  %s" % (len(problems), len(cases), "\n  ".join(problems))
    assert runner.judge.schemas.validated >= 50, "only %d instances were held against a schema" % runner.judge.schemas.validated


@test()
def basic_over_plain_http_is_neither_taken_nor_offered_unless_allowed(w):
    agent = w.agent(start=False)
    with open(agent.config) as f:
        text = f.read()
    with open(agent.config, "w") as f:
        f.write(text.replace("AllowUnencrypted=yes", "AllowUnencrypted=no"))
    agent.start()
    message = soap.envelope(soap.N + "/Enumerate", soap.DRAY_JOB, "<n:Enumerate/>")
    for client in (soap.Client(agent.port), agent.client()):
        status, head, body = client.post(message)
        need(status == 401 and not body, "%s has got %d", client.auth, status)
        need("Basic" not in str(head.get_all("WWW-Authenticate")), "Basic is offered")
    need(agent.local().enumerate(soap.DRAY_JOB).has_context, "the unix socket is not closed by it")
