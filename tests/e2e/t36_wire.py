# SPDX-License-Identifier: MIT
"""The cases of tests/wire, all by one agent: each request gets the answer its case says, which is as every answer
must be, and changes what the case says and nothing else."""
import os
import re
import subprocess
import time

import soap
import wirecase
from lab import test, wait_for
from lxml import etree
from wirehttp import Wire, http_request
from wirejudge import Judge, Reply
from wireschema import Wrong, need
from wiresink import Sink

PASSWORD = "pw"
NO_JOB = "{00000000-0000-4000-8000-00000000DEAD}"
BEHIND = {"JobLastModificationTime", "TransferRate", "RetryIn"}		# may change by themselves


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

    def make_job(self, name):
        return self.eye.create(name, "http://127.0.0.1:9/f", self.agent.target(name), uri=soap.DRAY_JOB, Suspend=True)

    def run(self, case):
        """Raises Wrong (or what goes wrong in Python) when the case is not as it says."""
        self.sink = Sink() if case.sink else None
        variables = {"out": self.agent.out, "port": str(self.agent.port), "nojob": NO_JOB,
                     "bits": soap.BITS[:-1], "dray": soap.DRAY[:-1], "sink": self.sink and self.sink.url}
        for name in sorted(case.jobs):
            variables[name] = self.make_job(name)
        variables["lowerjob"] = variables.get("job", "").lower()
        wires = {False: Wire(self.agent, False), True: Wire(self.agent, True)}
        value, now = variables.get, self.picture() if case.jobs else {}
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
        except Exception:
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
        head, body = http_request(step, self.auth[step.words[0]], text if step.words[1] != "Nothing" else "")
        reply = Reply(*wire.send(head, body, step.one("await-100")))
        closed = bool(re.search(r"(?im)^connection: close\r?$", reply.head))
        need(closed == step.checked("closed"), "the connection is %s", "closed" if closed else "kept")
        if closed:
            wire.close()
        self.judge.every(reply, request_id, asked_action(text), asked_size(text))
        self.check(reply, step, value, variables)
        return self.state(before, [wirecase.fill(line, value) for line in step.state or []], value("job"))

    def state(self, before, lines, own):
        """What has changed is what the lines speak of. How it is now."""
        now = self.picture()
        if lines and lines[0].startswith("of "):
            own = lines.pop(0)[3:]
        for line in lines:
            self.state_line(line, own, before, now)
        told = set(re.findall(r"\w+", " ".join(line for line in lines if not line.startswith("made"))))
        for job in set(before) | set(now):
            if (job in now) != (job in before):
                need("made" in " ".join(lines) if job in now else job == own and "gone" in told,
                     "the job %s %s", job, "is new" if job in now else "is gone")
            elif job != own or "any" not in told:
                changed = different(before[job], now[job]) - BEHIND - (told if job == own else set())
                need(not changed, "changed without being told: %s", ", ".join(changed))
        return now

    def state_line(self, line, own, before, now):
        word, _, path = line.partition(" ")
        if word == "gone":
            need(own not in now, "the job is not gone")
        elif word == "made":
            new = [now[job] for job in now if job not in before]
            need(len(new) == 1, "%d new jobs", len(new))
            need(new[0].xpath("boolean(%s)" % (path or "true()")), "the new job has not %s", path)
        else:
            need(own in now, "the job is gone")
            need(word == "any" or now[own].xpath("boolean(%s)" % line), "afterwards the job has not %s: %s", line,
                 etree.tostring(now[own]).decode())


def different(old, new):
    """The names of members that are not the same in two instances."""
    def texts(instance):
        ret = {}
        for e in instance:
            ret.setdefault(e.tag, []).append(etree.tostring(e))
        return ret
    a, b = texts(old), texts(new)
    return {name for name in set(a) | set(b) if a.get(name) != b.get(name)}


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
    chosen = os.environ.get("DRAY_WIRE", "")
    cases = [case for case in wirecase.load() if re.search(chosen, case.name)]
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
    count = runner.judge.schemas.validated
    assert chosen or count >= 150, "only %d instances were held against a schema" % count


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
