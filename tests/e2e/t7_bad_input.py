# SPDX-License-Identifier: MIT
"""Bad input: each gets a clear fault, leaves nothing behind, and the agent lives. Runs under the sanitizers."""
import os
import socket
import time
import uuid

import soap
from agent import wait_state
from lab import eq, test, wait_for

GOOD_URL = "http://127.0.0.1:9/f"
NOT_XML = ("w:SchemaValidationError", 2150858819)
NO_JOB = ("a:DestinationUnreachable", 0x80200001)


class Ground:
    """An agent with one job, and the checks that stand around every bad request."""

    def __init__(self, w, **options):
        self.agent = w.agent(build="debug", **options)
        self.client = self.agent.client()
        self.job = self.client.create("bystander", GOOD_URL, self.agent.target("bystander"), Suspend=True)
        self.before = self.picture()
        self.failures = []

    def picture(self):
        job = self.client.job(self.job)
        return [j["JobId"] for j in self.client.jobs()], job, os.listdir(self.agent.out)

    def unharmed(self):
        assert self.agent.alive(), "the agent died"
        assert self.client.identify()["ProtocolVersion"], "Identify"
        eq(self.picture(), self.before, "jobs and files after the bad request")

    def refused(self, name, call, subcode, code=None, code_word="s:Sender"):
        """`call` must end in a fault with this subcode and, somewhere in it, this WSManFault Code."""
        try:
            call()
        except soap.Fault as fault:
            problems = []
            if fault.status != 500:
                problems.append("HTTP status %d" % fault.status)
            if subcode != fault.subcode:
                problems.append("subcode, wanted %s" % subcode)
            if code_word and fault.code != code_word:
                problems.append("code, wanted %s" % code_word)
            if code is not None and code not in fault.codes:
                problems.append("wanted WSManFault Code %d (0x%08X)" % (code, code))
            if not fault.codes:
                problems.append("no WSManFault")
            if len(fault.text) < 10 or len(fault.message) < 10:
                problems.append("no text for a person: %r, %r" % (fault.text, fault.message))
            if problems:
                self.failures.append("%s: %s; got %s" % (name, ", ".join(problems), fault))
        except (soap.HttpError, OSError) as error:
            self.failures.append("%s: no SOAP fault but %s" % (name, error))
        except AssertionError as error:
            self.failures.append("%s: %s" % (name, error))
        else:
            self.failures.append("%s: was accepted" % name)
            self.before = self.picture()
        self.check(name)

    def status(self, name, wanted, *post, client=None, **more):
        """The bare HTTP status of a request that must not reach SOAP."""
        client = client or self.client
        status, headers, body = client.post(*post, **more)
        if status != wanted:
            self.failures.append("%s: HTTP %d, wanted %d: %r" % (name, status, wanted, body[:200]))
        self.check(name)
        return headers, body

    def check(self, name):
        try:
            self.unharmed()
        except (AssertionError, OSError, soap.Fault, soap.HttpError) as error:
            self.failures.append("%s: afterwards %s" % (name, error))
            if not self.agent.alive():
                self.verdict()

    def verdict(self):
        assert not self.failures, "\n  " + "\n  ".join(self.failures)


@test(limit=120, build="debug")
def unknown_jobs_and_selectors_are_refused(w):
    g = Ground(w)
    c = g.client
    unknown = "{%s}" % str(uuid.uuid4()).upper()
    g.refused("unknown JobId, Get", lambda: c.job(unknown), *NO_JOB)
    g.refused("unknown JobId, Put", lambda: c.put(soap.JOB, {"JobId": unknown}, Priority=1), *NO_JOB)
    for method, values in (("SetJobState", {"JobState": 0}), ("GetError", {"LanguageId": 0}),
                           ("AddFile", {"RemoteUrl": GOOD_URL, "LocalFile": g.agent.target("x")})):
        g.refused("unknown JobId, " + method,
                  lambda: c.invoke(soap.JOB, method, {"JobId": unknown}, **values), *NO_JOB)
    for bad in ("banana", "", "{1234}", g.job[:-2], g.job + "0", "{" + "g" * 8 + g.job[9:], "*",
                "x' OR '1'='1", g.job.replace("-", "")):
        g.refused("JobId %r" % bad, lambda: c.job(bad), "w:InvalidSelectors", 2150858845)
    g.refused("Get without selector", lambda: c.get(soap.JOB), "w:InvalidSelectors", 2150858842)
    g.refused("Put without selector", lambda: c.put(soap.JOB, {}, Priority=1), "w:InvalidSelectors", 2150858842)
    g.refused("method without selector", lambda: c.invoke(soap.JOB, "SetJobState", JobState=0),
              "w:InvalidSelectors", 2150858842)
    g.refused("selector that is no key", lambda: c.get(soap.JOB, JobId=g.job, DisplayName="bystander"),
              "w:InvalidSelectors", 2150858843)
    g.verdict()


@test(build="debug")
def a_job_is_found_by_any_spelling_of_its_id(w):
    g = Ground(w)
    bare = g.job.strip("{}")
    for spelling in (bare, bare.lower(), g.job.lower(), "\n  " + g.job + "  \n"):
        eq(g.client.job(spelling)["JobId"], g.job, "Get of %r" % spelling)
    eq(g.client.get(soap.JOB, jobid=bare.lower())["JobId"], g.job, "Get with selector jobid")
    eq(g.client.get(soap.JOB.lower(), JobId=bare)["JobId"], g.job, "Get of the URI in lower case")
    eq(g.client.put(soap.JOB, {"JobId": bare.lower()}, priority=1)["Priority"], "1", "Put of priority")


@test(limit=120, build="debug")
def bad_places_and_addresses_are_refused(w):
    g = Ground(w)
    c, agent = g.client, g.agent
    locked = w.mkdir("agent", "out", "locked")
    os.chmod(locked, 0o555)
    outside = w.mkdir("outside")
    os.symlink(outside, agent.target("way-out"))
    g.before = g.picture()

    def create(local_file, url=GOOD_URL, **more):
        return lambda: c.create("bad", url, local_file, Suspend=True, **more)

    provider, denied = "w:InternalError", ("w:AccessDenied", 0x80070005)
    for path in ("f", "./f", "../f", "", "C:\\f"):
        g.refused("relative LocalFile %r" % path, create(path), provider, 0x80070057, "s:Receiver")
    g.refused("missing directory", create(agent.target("no/such/f")), provider, 0x80070003, "s:Receiver")
    g.refused("no permission", create(agent.target("locked/f")), provider, 0x80070005, "s:Receiver")
    g.refused("the destination is a directory", create(locked), provider, None, "s:Receiver")
    for path in (outside + "/f", agent.out + "/way-out/f", agent.out + "x/f", "/etc/cron.d/f", "/srv/f",
                 "/proc/self/mem", "/dev/shm/f", "/f"):
        g.refused("outside Roots: %s" % path, create(path), *denied)
    g.refused("outside Roots by ..", create(agent.out + "/../outside/f"), provider, 0x80070057, "s:Receiver")
    for path in (agent.target("n" * 300), "/" + "d/" * 3000 + "f"):
        g.refused("a path of %d bytes" % len(path), create(path), provider, None, "s:Receiver")
    for url in ("ftp://127.0.0.1/f", "file:///etc/passwd", "gopher://127.0.0.1/f", "scp://127.0.0.1/f"):
        g.refused("URL %s" % url, create(agent.target("f"), url), provider, 0x80072EE6, "s:Receiver")
    for url in ("", "f", "http://", "http:///f", "http://127.0.0.1:99999/f", "http://127.0.0.1/a b",
                "http://127.0.0.1/f\tx", "http://" + "a" * 3000):
        g.refused("URL %r" % url[:40], create(agent.target("f"), url), provider, None, "s:Receiver")
    g.refused("AddFile, relative LocalFile", lambda: c.add_file(g.job, GOOD_URL, "f"), provider, 0x80070057,
              "s:Receiver")
    g.refused("AddFile, outside Roots", lambda: c.add_file(g.job, GOOD_URL, outside + "/f"), *denied)
    g.refused("AddFile, other scheme", lambda: c.add_file(g.job, "ftp://h/f", agent.target("f")), provider,
              0x80072EE6, "s:Receiver")
    eq(os.listdir(outside), [], "files outside Roots")
    g.verdict()


@test(limit=120, build="debug")
def bad_values_and_names_are_refused(w):
    g = Ground(w)
    c = g.client
    key = {"JobId": g.job}

    def put(**values):
        return lambda: c.put(soap.JOB, key, **values)

    bad = "x:InvalidRepresentation"
    for value in (99, 4, -1, 2 ** 31, 2 ** 32, 2 ** 64, "x", "", "1.0", "+1"):
        g.refused("Priority %r" % value, put(Priority=value), bad)
    g.refused("NoProgressTimeout 2^32", put(NoProgressTimeout=2 ** 32), bad)
    g.refused("DisplayName of 257 characters", put(DisplayName="x" * 257), bad)
    g.refused("Description of 1025 characters", put(Description="x" * 1025), bad)
    g.refused("one good and one bad value", put(DisplayName="changed", Priority=99), bad)
    g.refused("another JobId in the body", put(JobId="{%s}" % str(uuid.uuid4()).upper(), Priority=1), bad)

    g.refused("unknown method", lambda: c.invoke(soap.JOB, "Frobnicate", key), "a:ActionNotSupported", 2150858771)
    g.refused("unknown class", lambda: c.get(soap.BITS + "BitsClientJab", JobId=g.job), "a:DestinationUnreachable")
    g.refused("unknown namespace", lambda: c.get(soap.JOB.replace("/bits/", "/bats/"), JobId=g.job),
              "a:DestinationUnreachable")
    g.refused("a resource that is none", lambda: c.get("urn:nothing"), "a:DestinationUnreachable")
    g.refused("unknown action", lambda: c.send(soap.envelope(soap.X + "/Frob", soap.JOB, "", key)),
              "a:ActionNotSupported", 2150858771)
    for state in (4, 99, -1, "x", ""):
        g.refused("JobState %r" % state, lambda: c.set_state(g.job, state), *(
            ("w:InternalError", None, "s:Receiver") if state in (4, 99) else ("w:InvalidParameter", None)))
    g.refused("a parameter is missing", lambda: c.invoke(soap.JOB, "CreateJob", DisplayName="x", RemoteUrl=GOOD_URL),
              "w:InvalidParameter")
    g.refused("a parameter that is none", lambda: c.invoke(soap.JOB, "SetJobState", key, JobState=3, Speed=1),
              "w:InvalidParameter", 2150858837)
    for kind in (1, 7):
        g.refused("Type %d" % kind, lambda: c.create("up", GOOD_URL, g.agent.target("f"), Type=kind, Suspend=True),
                  "w:InternalError", None, "s:Receiver")
    g.refused("DisplayName of 257 characters, CreateJob",
              lambda: c.create("x" * 257, GOOD_URL, g.agent.target("f"), Suspend=True), "w:InternalError",
              None, "s:Receiver")
    g.refused("Complete of an unknown state word", lambda: c.invoke(soap.JOB, "SetJobState", key), "w:InvalidParameter")
    g.refused("Resume of a job without files", lambda: resume_empty(g), "w:InternalError", 0x80200003, "s:Receiver")
    g.verdict()


def resume_empty(g):
    job = g.client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="empty")["JobId"]
    try:
        g.client.set_state(job, soap.RESUME)
    finally:
        g.client.set_state(job, soap.CANCEL)


@test(limit=120, build="debug")
def what_is_no_soap_is_refused_before_it_is_understood(w):
    g = Ground(w)
    c = g.client
    good = soap.envelope(soap.X + "/Get", soap.JOB, "", {"JobId": g.job})

    def body(text):
        return lambda: c.send(text)

    def with_body(inner):
        return good.replace("<s:Body></s:Body>", "<s:Body>%s</s:Body>" % inner)

    eq(soap.record(c.send(good)[0])["JobId"], g.job, "the good request this all starts from")
    for name, text in {
        "not XML": "hello", "only white space": "   \n ", "JSON": '{"method": "Get"}', "a NUL": good + "\0",
        "cut off": good[:-20], "two roots": good + good, "rubbish behind": good + "<x/>",
        "unclosed": "<a><b></a></b>", "unbound prefix": good.replace("<s:Body>", "<q:Body>"),
        "wrong bytes": good.encode().replace(b"localhost", b"\xc0\xaf\xff"),
        "a forbidden character": good.replace("localhost", "&#0;"),
        "a DOCTYPE": "<!DOCTYPE x>" + good,
        "an entity": '<!DOCTYPE x [<!ENTITY e "boom">]>' + good.replace("localhost", "&e;"),
        "an entity of a file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                               + good.replace("localhost", "&e;"),
        "a processing instruction": '<?xml-stylesheet href="x"?>' + good,
        "a depth of 10,000": with_body("<d>" * 10000 + "</d>" * 10000),
        "30,000 elements": with_body("<d/>" * 30000),
        "40,000 distinct attributes": with_body("<d %s/>" % " ".join('a%d=""' % n for n in range(40000))),
        "20,000 namespaces": with_body("<d %s/>" % " ".join('xmlns:n%d="u"' % n for n in range(20000))),
        "an attribute twice": with_body('<d a="1" a="2"/>'),
    }.items():
        start = time.monotonic()
        g.refused(name, body(text), *NOT_XML)
        took = time.monotonic() - start
        if took > 5:
            g.failures.append("%s: took %.1f s" % (name, took))
    g.refused("SOAP 1.1", body(good.replace(soap.S, "http://schemas.xmlsoap.org/soap/envelope/")), "", 2150858765,
              "s:VersionMismatch")
    g.refused("a header that must be understood",
              body(good.replace("</s:Header>", '<q:Q xmlns:q="urn:q" s:mustUnderstand="true"/></s:Header>')),
              "", 2150858768, "s:MustUnderstand")
    g.refused("an answer to elsewhere", body(good.replace(soap.ANONYMOUS, "http://127.0.0.1:9/")),
              "w:UnsupportedFeature", 2150858870)
    g.refused("no Action", body(good.replace("<a:Action>%s/Get</a:Action>" % soap.X, "")),
              "a:MessageInformationHeaderRequired", 2150858769)
    g.status("600 KB", 413, "<a>" + "x" * 600_000 + "</a>")
    g.status("600 KB that would be fine", 413, good + " " * 600_000)
    g.verdict()


@test(limit=120, build="debug")
def who_is_not_proved_is_not_heard(w):
    g = Ground(w)
    agent = g.agent
    nobody = soap.Client(agent.port)
    good = soap.envelope(soap.X + "/Get", soap.JOB, "", {"JobId": g.job})
    create = soap.envelope(soap.JOB + "/CreateJob", soap.JOB, soap.members(soap.JOB, "CreateJob_INPUT", dict(
        DisplayName="thief", RemoteUrl=GOOD_URL, LocalFile=agent.target("f"), Suspend=True)))
    for name, text in {"a Get": good, "a CreateJob": create, "Identify": soap.IDENTIFY, "not XML": "<<<<",
                       "a DOCTYPE": "<!DOCTYPE x>" + good,
                       "40,000 attributes": "<d %s/>" % " ".join('a%d=""' % n for n in range(40000))}.items():
        headers, body = g.status("no Authorization, " + name, 401, text, client=nobody)
        offers = headers.get_all("WWW-Authenticate") or []
        if 'Basic realm="WSMAN"' not in offers:
            g.failures.append("no Authorization, %s: WWW-Authenticate is %r" % (name, offers))
        if b"Fault" in body:
            g.failures.append("no Authorization, %s: the body was parsed: %r" % (name, body[:100]))
    right = (agent.user, agent.password)
    for name, value in {
        "wrong password": soap.basic(agent.user, "not " + agent.password),
        "empty password": soap.basic(agent.user, ""),
        "wrong user": soap.basic("nobody", agent.password),
        "empty user": soap.basic("", agent.password),
        "a NUL in the password": soap.basic(agent.user, agent.password + "\0x"),
        "not base64": "Basic %%%%", "no value": "Basic", "no colon": "Basic Y29uc29sZQ==",
        "another scheme": "Bearer " + agent.password, "empty": "",
        "a long name": soap.basic("x" * 4000, "y"), "a format": soap.basic("%n%n%s%s", "%n"),
    }.items():
        fresh = soap.Client(agent.port)
        g.status("Authorization: " + name, 401, good, headers={"Authorization": value}, client=fresh)
        fresh.close()
    eq(soap.Client(agent.port, *right).job(g.job)["JobId"], g.job, "the right password afterwards")
    g.verdict()


@test(build="debug")
def anonymous_identify_tells_only_what_it_may(w):
    g = Ground(w)
    nobody = soap.Client(g.agent.port)
    for options in ({"path": "/wsman-anon/identify"}, {"headers": {"WSMANIDENTIFY": "unauthenticated"}}):
        status, headers, body = nobody.post(soap.IDENTIFY, **options)
        eq(status, 200, "anonymous Identify %r" % options)
        assert b"IdentifyResponse" in body and b"SecurityProfile" not in body, body
        assert b"OS: 0.0.0 SP: 0.0 Stack: 3.0" in body, body
    good = soap.envelope(soap.X + "/Get", soap.JOB, "", {"JobId": g.job})
    for options in ({"path": "/wsman-anon/identify"}, {"headers": {"WSMANIDENTIFY": "unauthenticated"}}):
        status, headers, body = nobody.post(good, **options)
        assert status != 200 and g.job.encode() not in body, "an anonymous route answered Get: %r" % body
    g.unharmed()


@test(build="debug")
def wrong_doors_are_closed(w):
    g = Ground(w)
    good = soap.envelope(soap.X + "/Get", soap.JOB, "", {"JobId": g.job})
    g.status("another path", 404, good, path="/other")
    g.status("another type", 415, good, headers={"Content-Type": "text/plain"})
    for path in ("/wsman/", "/wsman?PSVersion=5.1"):
        status, headers, body = g.client.post(good, path=path)
        eq(status, 200, path)
        eq(headers["Content-Type"], "application/soap+xml;charset=UTF-8", "Content-Type")
    status, headers, body = g.client.post("")
    eq((status, body), (200, b""), "an empty POST")
    g.verdict()


@test(build="debug")
def broken_http_harms_nobody(w):
    g = Ground(w)
    auth = soap.basic(g.agent.user, g.agent.password)
    good = soap.envelope(soap.X + "/Get", soap.JOB, "", {"JobId": g.job})
    head = "POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Type: application/soap+xml\r\nAuthorization: %s\r\n" % auth
    size = "Content-Length: %d\r\n" % len(good)
    for name, text in {
        "an envelope without HTTP": good, "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\0" * 100,
        "GET": "GET /wsman HTTP/1.1\r\nHost: x\r\n\r\n",
        "two lengths": head + size + "Content-Length: 5\r\n\r\n" + good,
        "length and chunks": head + size + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a negative length": head + "Content-Length: -1\r\n\r\n" + good,
        "a huge length": head + "Content-Length: 99999999999999999999\r\n\r\n" + good,
        "a length of 4 GB": head + "Content-Length: 4294967296\r\n\r\n" + good,
        "a NUL in a header": head.replace("Host: x", "Host: \0x") + size + "\r\n" + good,
        "a header of 100 KB": head + "X: " + "x" * 100_000 + "\r\n" + size + "\r\n" + good,
        "10,000 headers": head + "X: y\r\n" * 10_000 + size + "\r\n" + good,
        "a chunk that lies": head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF1\r\n" + good,
    }.items():
        with socket.create_connection(("127.0.0.1", g.agent.port), 10) as s:
            answer = b""
            try:
                s.sendall(text.encode("latin-1"))
                s.shutdown(socket.SHUT_WR)
                while len(answer) < 100_000:
                    data = s.recv(65536)
                    if not data:
                        break
                    answer += data
            except ConnectionError:
                pass
            except TimeoutError:
                g.failures.append("%s: neither an answer nor a close in 10 s" % name)
        if answer.startswith(b"HTTP/1.1 200") or g.job.encode() in answer:
            g.failures.append("%s: was answered: %r" % (name, answer[:300]))
        g.check(name)
    g.verdict()


@test(build="debug")
def a_reader_may_look_and_not_touch(w):
    g = Ground(w)
    g.agent.add_user("reader", "only-looking", "viewer")
    g.agent.stop()
    g.agent.start()
    g.client = g.agent.client()
    reader = g.agent.client("reader", "only-looking")
    denied = ("w:AccessDenied", 5)
    g.refused("a reader's CreateJob", lambda: reader.create("x", GOOD_URL, g.agent.target("f"), Suspend=True), *denied)
    g.refused("a reader's Put", lambda: reader.put(soap.JOB, {"JobId": g.job}, Priority=0), *denied)
    g.refused("a reader's Cancel", lambda: reader.set_state(g.job, soap.CANCEL), *denied)
    eq(reader.job(g.job, uri=soap.DRAY_JOB)["JobId"], g.job, "a reader's Get of DRAY_Job")
    g.verdict()


@test(build="debug")
def loopback_is_not_fetched_for_remote_callers_unless_allowed(w):
    """The server is on loopback and would answer; the job must not get a byte of it."""
    origin = w.origin()
    origin.file("secret", 1000)
    agent = w.agent(build="debug", loopback=False)
    client = agent.client()
    spellings = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"]
    refused_at_once = 0
    for number, host in enumerate(spellings):
        url = "http://%s:%d/secret" % (host, origin.port)
        try:
            job = client.create("inside", url, agent.target("f%d" % number))
        except soap.Fault as fault:
            assert fault.text and fault.codes, fault
            refused_at_once += 1
            continue
        wait_for(lambda: client.state(job) in (soap.ERROR, soap.TRANSIENT), 30, "an end for " + url)
        error = client.get_error(job)
        eq(client.job(job)["BytesTransferred"], "0", "BytesTransferred from " + url)
        if host in ("127.0.0.1", "localhost"):
            eq(client.state(job), soap.ERROR, "State for " + url)
            words = error["ErrorDescription"].lower()
            assert "loopback" in words or "this host" in words or "not allowed" in words, error
    eq([r for r in origin.requests()], [], "requests that reached the server")
    eq(refused_at_once + len(client.jobs()), len(spellings), "jobs made or refused")
