# SPDX-License-Identifier: MIT
"""Everything that can be said of a job and its files, over the wire and by dray: kept across kill -9, all or nothing,
and what is secret stays so."""
import base64
import hashlib
import http.server
import json
import os
import re
import secrets
import ssl
import subprocess
import threading

import soap
from agent import wait_state
from lab import eq, sha256_of, test, wait_for

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
S_FALSE, E_PENDING, VALIDATION_FAILED, NOT_FOUND_404 = 1, 0x8000000A, 0x80200053, 0x80190194
HASH = "00112233445566778899aabbccddeeff00112233"

# Settings that go together, as the wire has them and as people write them.
GROUPS = [
    {"ClientCertificateHash": HASH, "ClientCertificateLocation": "1", "ClientCertificateStore": "MY",
     "CostFlags": ("2147483681", "unrestricted-only"), "CustomHeaders": "X-One: 1\r\nX-Two: 2\r\n",
     "Description": "with words", "DisplayName": "a new name", "DynamicContent": ("true", "yes"),
     "FileACLFlags": ("5", "owner+dacl"), "HighPerformance": ("true", "yes"),
     "MaximumDownloadSize": ("1073741824", "1G"), "MaximumDownloadTime": ("86400", "1d"),
     "MinimumRetryDelay": ("120", "2m"), "NoProgressTimeout": ("604800", "1w"), "NotifyCommand": "/bin/true",
     "NotifyFlags": ("27", "transferred+error+modification+file"), "NotifyInterval": ("3000", "3s"),
     "NotifyParameters": '/bin/true "a b" c', "PeerCachingFlags": ("4", "no-branchcache"), "Priority": ("1", "high"),
     "ProxyBypassList": "*.example.org <local>", "ProxyList": "http=gate.example.org:3128 other.example.org",
     "ProxyUsage": ("2", "list"), "RateLimit": ("10485760", "10M"),
     "SecurityFlags": ("2305", "check-revocation+report-redirects+https-to-http"), "StoredCredentials": ("2", "proxy")},
    {"ClientCertificateSubject": "somebody", "ClientCertificateStore": "MY", "OnDemand": ("true", "yes"),
     "CustomHeadersWriteOnly": ("true", "yes"), "Priority": ("3", "low")},
    {"HttpMethod": "POST", "Priority": ("0", "foreground")},
]


def on_the_wire(group):
    return {name: value[0] if isinstance(value, tuple) else value for name, value in group.items()}


def as_people_write(group):
    return ["%s=%s" % (name, value[1] if isinstance(value, tuple) else value) for name, value in group.items()]


def writable():
    with open(os.path.join(TOP, "schemas", "job_props.def")) as f:
        return set(re.findall(r"^PROP\((\w+), +\w+, RW,", f.read(), re.M))


def held(client, job, group):
    seen = client.job(job, soap.DRAY_JOB)
    return {name: seen[name] for name in group}


def empty_job(client, name="empty"):
    return client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName=name, Suspend=True)["JobId"]


def call(client, job, method, **values):
    return client.invoke(soap.DRAY_JOB, method, {"JobId": job}, **values)


def code_of(function, *args, **values):
    """The HRESULT a call is refused with."""
    try:
        function(*args, **values)
    except soap.Fault as fault:
        return [code for code in fault.codes if code][-1]
    raise AssertionError("it was not refused")


class Listener:
    """A server that remembers what it was asked: /f is BODY, /moved leads there, /mine wants the user anna, /one gives
    one range at a time and everything when asked for more."""
    BODY = bytes(range(256)) * 40

    def __init__(self, tls=None):
        listener, self.asked, self.scheme = self, [], "https" if tls else "http"

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                listener.asked.append((self.command, self.path, dict(self.headers.items())))
                path = re.sub(r"^http://[^/]*", "", self.path)		# a proxy is asked for the whole URL
                wanted = "Basic " + base64.b64encode(b"anna:open sesame").decode()
                if path == "/moved":
                    self.answer(302, b"", ("Location", listener.url("f")))
                elif path == "/mine" and self.headers.get("Authorization") != wanted:
                    self.answer(401, b"", ("WWW-Authenticate", 'Basic realm="test"'))
                elif path == "/one" and re.fullmatch(r"bytes=\d+-\d+", self.headers.get("Range", "")):
                    first, last = [int(n) for n in self.headers["Range"][6:].split("-")]
                    self.answer(206, listener.BODY[first:last + 1],
                                ("Content-Range", "bytes %d-%d/%d" % (first, last, len(listener.BODY))))
                else:
                    self.answer(200, listener.BODY, ("Accept-Ranges", "bytes"))

            def answer(self, status, body, *headers):
                self.send_response(status)
                for name, value in headers + (("Content-Length", len(body)),):
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

            do_GET = do_POST = serve

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *args: None		# a handshake that fails is what some tests want
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, name):
        return "%s://127.0.0.1:%d/%s" % (self.scheme, self.server.server_address[1], name)

    def close(self, clean=False):
        self.server.shutdown()
        self.server.server_close()

    def log_files(self):
        return []

    def sanitizer_reports(self):
        return []


@test()
def every_setting_is_kept_across_kill_9_by_put_and_by_dray(w):
    agent = w.agent()
    client = agent.local()
    eq(set().union(*GROUPS), writable(), "writable properties that are tried here")
    jobs = []
    for group in GROUPS:
        by_put, by_dray = empty_job(client), empty_job(client)
        client.put(soap.DRAY_JOB, {"JobId": by_put}, **on_the_wire(group))
        agent.dray("set", by_dray, *as_people_write(group))
        jobs.append((group, by_put, by_dray))
    agent.kill9()
    agent.start()
    client = agent.local()
    for group, by_put, by_dray in jobs:
        wanted = on_the_wire(group)
        eq(held(client, by_put, group), wanted, "what was Put")
        eq(held(client, by_dray, group), wanted, "what dray set")
        shown = agent.dray("show", by_put)
        for name in set(group) - {"CustomHeaders", "DisplayName", "Description", "Priority", "MinimumRetryDelay",
                                  "NoProgressTimeout"}:
            assert name in shown, "dray show does not tell %s:\n%s" % (name, shown)
    assert "HttpMethod" not in agent.dray("show", jobs[0][1]), "dray show tells what is as usual"
    assert "HttpMethod" in agent.dray("show", "--all", jobs[0][1])
    # back to what is usual
    agent.dray("set", jobs[0][2], "RateLimit=default", "ProxyUsage=default", "ProxyList=",
               "ProxyBypassList=", "NotifyFlags=default")
    eq(held(client, jobs[0][2], ["RateLimit", "ProxyUsage", "ProxyList", "NotifyFlags"]),
       {"RateLimit": "0", "ProxyUsage": "0", "ProxyList": "", "NotifyFlags": "3"}, "usual values")


@test()
def several_changes_are_all_or_nothing(w):
    agent, origin = w.agent(), w.origin()
    client = agent.local()
    origin.file("f", 100)
    job = client.create("all or nothing", origin.url("f"), agent.target("f"), uri=soap.DRAY_JOB)
    wait_state(client, job, soap.TRANSFERRED, 20)
    before = client.job(job, soap.DRAY_JOB)
    for bad in ({"Priority": 9}, {"NotifyFlags": 64}, {"SecurityFlags": 0x1000}, {"MaximumDownloadSize": 5},
                {"HighPerformance": True}, {"DynamicContent": True}, {"HttpMethod": "POST"}, {"ProxyUsage": 2},
                {"ProxyList": "proxy:1"}, {"CustomHeaders": "no header"}, {"ClientCertificateHash": "12"},
                {"NotifyParameters": "/bin/true"}, {"NotifyCommand": "true"}, {"DisplayName": "x" * 257},
                {"StoredCredentials": 1}, {"ProxyUsage": 4}, {"CustomHeaders": "Host: elsewhere\r\n"}):
        values = dict({"Description": "changed"}, **bad)
        assert code_of(client.put, soap.DRAY_JOB, {"JobId": job}, **values) >= 0x80000000, bad
        after = client.job(job, soap.DRAY_JOB)
        eq({k: v for k, v in after.items() if before[k] != v}, {}, "what %s changed" % bad)


@test()
def secrets_are_told_to_nobody_and_kept_sealed(w):
    agent, origin = w.agent(), w.origin()
    client = agent.local()
    password, header, later = ["%s-%s" % (what, secrets.token_hex(12)) for what in ("pw", "hdr", "new")]
    answers = []

    def ask(function, *args, **values):
        try:
            function(*args, **values)
            answers.append(client.raw)
        except soap.Fault as fault:
            answers.append(fault.text + fault.message)

    job = client.create("secret", origin.url("missing"), agent.target("f"), uri=soap.DRAY_JOB, Suspend=True)
    for target, scheme in ((1, 1), (1, 2), (2, 3)):
        ask(call, client, job, "SetCredentials", Target=target, Scheme=scheme, UserName="anna", Password=password)
    ask(call, client, job, "SetCredentials", Target=9, Scheme=1, UserName="anna", Password=password)
    ask(call, client, job, "SetCredentials", Target=1, Scheme=1, UserName=None, Password=password)
    ask(client.invoke, soap.JOB, "SetCredentials", {"JobId": job}, Target=0, Scheme=9, UserName="a", Password=password)
    agent.dray("credentials", job, "set", "--scheme", "negotiate", "--user", "bert", text=password + "\n")
    eq(client.job(job, soap.DRAY_JOB)["Credentials"], "server: Basic, Digest, Negotiate; proxy: NTLM")
    client.put(soap.DRAY_JOB, {"JobId": job}, CustomHeaders="X-Token: %s\r\n" % header)
    assert header in client.job(job, soap.DRAY_JOB)["CustomHeaders"], "headers can be read until they are hidden"
    eq(call(client, job, "MakeCustomHeadersWriteOnly")["ReturnValue"], "0")
    client.put(soap.DRAY_JOB, {"JobId": job}, CustomHeaders="X-Token: %s\r\n" % later)
    ask(client.put, soap.DRAY_JOB, {"JobId": job}, CustomHeadersWriteOnly=False)
    client.set_state(job, soap.RESUME)
    wait_state(client, job, soap.ERROR, 20)
    ask(client.set_state, job, soap.RESUME)		# the worker has them once more
    wait_state(client, job, soap.ERROR, 20)
    for uri in (soap.JOB, soap.DRAY_JOB, soap.DRAY_ERROR):
        ask(client.get, uri, JobId=job)
    ask(client.get, soap.DRAY_FILE, JobId=job, Index="0")
    for uri in (soap.JOB, soap.DRAY_JOB, soap.DRAY_FILE, soap.DRAY_ERROR, soap.DRAY_ATTEMPT):
        answers += [soap.ET.tostring(item, encoding="unicode") for item in client.all(uri)]
    for argv in (["show", "--all", job], ["show", job, "--json"], ["list", "--json"], ["files", job, "--json"],
                 ["error", job], ["why", job], ["attempts", job, "--json"]):
        answers.append(agent.dray(*argv) + agent.said)
    agent.kill9()
    stored = [os.path.join(place, name) for place, _, names in os.walk(agent.state) for name in names]
    assert any(os.path.basename(path).startswith("jobs.db") for path in stored), stored
    for path in stored + [agent.log]:
        with open(path, "rb") as f:
            answers.append(f.read().decode("latin-1"))
    for word in (password, header, later):
        for text in answers:
            at = text.find(word)
            assert at < 0, "a secret was told: ...%s..." % text[max(0, at - 200):at + 20]
    agent.start()
    client = agent.local()
    eq(client.job(job, soap.DRAY_JOB)["Credentials"], "server: Basic, Digest, Negotiate; proxy: NTLM", "after kill -9")
    eq(client.job(job, soap.DRAY_JOB)["CustomHeadersWriteOnly"], "true", "after kill -9")
    eq(call(client, job, "RemoveCredentials", Target=1, Scheme=2)["ReturnValue"], "0")
    eq(call(client, job, "RemoveCredentials", Target=1, Scheme=2)["ReturnValue"], str(S_FALSE), "removed twice")
    agent.dray("credentials", job, "remove", "--scheme", "ntlm", "--target", "proxy")
    eq(client.job(job, soap.DRAY_JOB)["Credentials"], "server: Basic, Negotiate")


@test()
def microsofts_class_counts_from_zero_where_bits_counts_from_one(w):
    agent = w.agent()
    client = agent.local()
    job = empty_job(client)

    def bits(method, **values):
        return client.invoke(soap.JOB, method, {"JobId": job}, **values)["ReturnValue"]

    eq(bits("SetCredentials", Target=0, Scheme=0, UserName="anna", Password=""), "0")
    eq(bits("SetCredentials", Target=1, Scheme=3, UserName=None, Password=None), "0")
    eq(client.job(job, soap.DRAY_JOB)["Credentials"], "server: Basic; proxy: Negotiate")
    eq(bits("RemoveCredentials", Target=0, Scheme=0), "0")
    eq(client.job(job, soap.DRAY_JOB)["Credentials"], "proxy: Negotiate")
    eq(bits("SetClientCertificateById", CertStoreLocation=1, StoreName="MY",
            CertHash=list(bytes.fromhex(HASH))), "0")
    names = ["ClientCertificateHash", "ClientCertificateLocation", "ClientCertificateStore", "ClientCertificateSubject"]
    eq([held(client, job, names)[n] for n in names], [HASH, "1", "MY", ""], "by id")
    eq(bits("SetClientCertificateByName", CertStoreLocation=0, StoreName="ROOT", SubjectName="anna"), "0")
    eq([held(client, job, names)[n] for n in names], ["", "0", "ROOT", "anna"], "by name")
    eq(bits("RemoveClientCertificate"), "0")
    eq([held(client, job, names)[n] for n in names], ["", "0", "", ""], "removed")
    eq(bits("RemoveClientCertificate"), str(S_FALSE), "removed twice")
    for short in ([1, 2, 3], [256] + [0] * 19, []):
        assert code_of(client.invoke, soap.JOB, "SetClientCertificateById", {"JobId": job}, CertStoreLocation=0,
                       StoreName="MY", CertHash=short), short
    eq(bits("SetProxySettings", ProxyUsage=2, ProxyList="p:1 q:2", ProxyBypassList="<local>"), "0")
    eq(held(client, job, ["ProxyUsage", "ProxyList", "ProxyBypassList"]),
       {"ProxyUsage": "2", "ProxyList": "p:1 q:2", "ProxyBypassList": "<local>"})
    eq(bits("SetProxySettings", ProxyUsage=1), "0")
    eq(held(client, job, ["ProxyUsage", "ProxyList"]), {"ProxyUsage": "1", "ProxyList": ""})
    eq(code_of(client.invoke, soap.JOB, "SetProxySettings", {"JobId": job}, ProxyUsage=2), 0x80070057)
    eq(code_of(client.invoke, soap.JOB, "SetProxySettings", {"JobId": job}, ProxyUsage=1, ProxyList="p"), 0x80070057)


@test()
def files_are_added_as_a_set_and_in_ranges(w):
    agent, origin = w.agent(), w.origin()
    client = agent.local()
    digests = [origin.file(name, 70_000) for name in ("a", "b", "c")]
    job = empty_job(client)
    code_of(call, client, job, "AddFileSet", RemoteUrl=[origin.url(n) for n in "abc"],
            LocalFile=[agent.target("a"), agent.target("no/such/b"), agent.target("c")])
    code_of(call, client, job, "AddFileSet", RemoteUrl=[origin.url("a")], LocalFile=[agent.target("a"), agent.target("b")])
    eq(client.job(job, soap.DRAY_JOB)["FilesTotal"], "0", "files after sets that were refused")
    eq(call(client, job, "AddFileSet", RemoteUrl=[origin.url("a")], LocalFile=[agent.target("a")])["Index"], "0")
    agent.dray("add", job, origin.url("b"), "b", origin.url("c"), "c")
    eq([f["RemoteUrl"] for f in client.job(job)["Files"]], [origin.url(n) for n in "abc"], "the set, in order")
    said = agent.json("add", job, origin.url("a"), "parts", "--range", "100-199,1000-1009,0-9")
    eq(said["Index"], 3, "Index of the file with ranges")
    for bad, code in (("5-1", 0x8020002B), ("0-9,5-20", 0x8020002C), ("x", 0x8020002B)):
        eq(code_of(call, client, job, "AddFileWithRanges", RemoteUrl=origin.url("a"), LocalFile=agent.target("p2"),
                   Ranges=bad), code, bad)
    client.set_state(job, soap.RESUME)
    wait_state(client, job, soap.TRANSFERRED, 30)
    parts = client.get(soap.DRAY_FILE, JobId=job, Index="3")
    eq((parts["Ranges"], parts["BytesTotal"], parts["BytesTransferred"]), ("100-199,1000-1009,0-9", "120", "120"))
    whole = client.get(soap.DRAY_FILE, JobId=job, Index="0")
    assert re.match(r"HTTP/1.1 200\b.*^Content-Length: 70000\b", whole["ResponseHeaders"], re.S | re.M), whole
    eq((whole["IsDownloadedFromPeer"], whole["BytesFromPeers"], whole["Ranges"]), ("false", "0", ""))
    agent.dray("complete", job)
    eq([sha256_of(agent.target(n)) for n in "abc"], digests, "sha256 of the set")
    with open(os.path.join(origin.root, "a"), "rb") as f, open(agent.target("parts"), "rb") as g:
        a, got = f.read(), g.read()
    eq(got, a[100:200] + a[1000:1010] + a[0:10], "the ranges, back to back in their order")
    assert ("GET", 206, "bytes=100-199,1000-1009,0-9", "/a") in [(m, s, r, u) for m, s, _, r, u in origin.requests()], \
        "the ranges were not asked for at once: %s" % origin.requests()
    # a server that does not give several at once is asked for them one by one
    server = w.keep(Listener())
    job = empty_job(client)
    call(client, job, "AddFileWithRanges", RemoteUrl=server.url("one"), LocalFile=agent.target("single"),
         Ranges="100-199,1000-1009,0-9")
    client.set_state(job, soap.RESUME)
    wait_state(client, job, soap.TRANSFERRED, 30)
    agent.dray("complete", job)
    with open(agent.target("single"), "rb") as g:
        eq(g.read(), server.BODY[100:200] + server.BODY[1000:1010] + server.BODY[0:10], "one range at a time")
    assert len(server.asked) > 3, server.asked


@test()
def a_file_is_fetched_from_elsewhere_and_judged(w):
    agent, origin = w.agent(), w.origin()
    client = agent.local()
    digests = [origin.file("a", 5_000), origin.file("b", 6_000)]
    job = empty_job(client, "elsewhere")
    for name in "ab":
        call(client, job, "AddFile", RemoteUrl=origin.url("wrong/" + name), LocalFile=agent.target(name))
    eq(code_of(call, client, job, "SetValidationState", Index=0, ValidationState=True), E_PENDING, "not yet there")
    client.set_state(job, soap.RESUME)
    wait_state(client, job, soap.ERROR, 20)
    eq(call(client, job, "SetRemoteName", Index=0, RemoteUrl=origin.url("a"))["ReturnValue"], "0")
    eq(call(client, job, "ReplaceRemotePrefix", OldPrefix="http://nowhere/", NewPrefix="http://x/")["ReturnValue"],
       str(S_FALSE), "no URL begins so")
    agent.dray("prefix", job, origin.url("wrong/"), origin.url(""))
    eq([f["RemoteUrl"] for f in client.job(job)["Files"]], [origin.url("a"), origin.url("b")])
    agent.dray("url", job, "1", origin.url("b"))
    agent.dray("url", job, "7", origin.url("b"), status=3)
    agent.dray("resume", job)
    wait_state(client, job, soap.TRANSFERRED, 20)
    agent.dray("validate", job, "0", "yes")
    agent.dray("validate", job, "1", "no")
    wait_state(client, job, soap.ERROR, 20)
    error = client.get(soap.DRAY_ERROR, JobId=job)
    eq((int(error["ErrorCode"]), error["ErrorName"], error["FileIndex"], error["RemoteUrl"]),
       (VALIDATION_FAILED, "BG_E_VALIDATION_FAILED", "1", origin.url("b")), "DRAY_JobError")
    files = [client.get(soap.DRAY_FILE, JobId=job, Index=i) for i in "01"]
    eq([(f["ValidationState"], f["BytesTransferred"]) for f in files], [("true", "5000"), ("false", "0")])
    agent.dray("resume", job)
    wait_state(client, job, soap.TRANSFERRED, 20)
    agent.dray("complete", job)
    eq([sha256_of(agent.target(n)) for n in "ab"], digests, "sha256")


@test()
def an_on_demand_job_fetches_what_is_asked_for(w):
    agent, origin = w.agent(), w.origin()
    client = agent.local()
    origin.file("f", 100_000)
    job = empty_job(client, "on demand")
    eq(code_of(call, client, job, "RequestFileRanges", Index=0, Ranges="0-9"), 0x80200029, "no such file")
    client.put(soap.DRAY_JOB, {"JobId": job}, OnDemand=True)
    call(client, job, "AddFile", RemoteUrl=origin.url("f"), LocalFile=agent.target("f"))
    agent.dray("range", job, "0", "1000-1999,50000-50009")
    agent.dray("resume", job)
    wait_state(client, job, soap.SUSPENDED, 20)
    eq(client.get(soap.DRAY_FILE, JobId=job, Index="0")["FilledRanges"], "1000-1999,50000-50009")
    agent.kill9()
    agent.start()
    client = agent.local()
    eq(client.get(soap.DRAY_FILE, JobId=job, Index="0")["FilledRanges"], "1000-1999,50000-50009", "after kill -9")
    digest = origin.replace("f", 120_000)		# another version: pieces of both never stand together
    agent.dray("range", job, "0", "100-199")
    agent.dray("resume", job)
    wait_state(client, job, soap.SUSPENDED, 20)
    seen = client.get(soap.DRAY_FILE, JobId=job, Index="0")
    eq((seen["FilledRanges"], seen["Restarts"]), ("100-199,1000-1999,50000-50009", "1"), "of the new version now")
    agent.dray("range", job, "0", "--from", "60000")
    agent.dray("range", job, "0", "0-")
    agent.dray("resume", job)
    wait_state(client, job, soap.TRANSFERRED, 20)
    agent.dray("complete", job)
    eq(sha256_of(agent.target("f")), digest, "sha256")


@test()
def errors_and_tries_can_be_looked_at(w):
    agent, origin = w.agent(), w.origin()
    client = agent.local()
    origin.file("f", 10)
    good = client.create("good", origin.url("f"), agent.target("g"), uri=soap.DRAY_JOB)
    bad = client.create("bad", origin.url("missing"), agent.target("b"), uri=soap.DRAY_JOB)
    wait_state(client, bad, soap.ERROR, 20)
    error = client.get(soap.DRAY_ERROR, JobId=bad)
    eq((int(error["ErrorCode"]), error["ErrorName"], error["ErrorContext"], error["FileIndex"], error["Protocol"],
        error["RemoteUrl"], error["LocalFile"]), (NOT_FOUND_404, "BG_E_HTTP_ERROR_404", "5", "0", "http",
                                                 origin.url("missing"), agent.target("b")), "DRAY_JobError")
    assert error["Remedy"] and "404" in error["ErrorDescription"], error
    eq([soap.record(e)["JobId"] for e in client.all(soap.DRAY_ERROR)], [bad], "jobs with an error")
    eq(code_of(client.get, soap.DRAY_ERROR, JobId=good), 0x8020000F, "a job without one")
    words = client.invoke(soap.DRAY_JOB, "GetErrorDescription", ErrorCode=0x80200003)
    eq(words["ErrorName"], "BG_E_EMPTY")
    assert words["ErrorDescription"] and words["Remedy"], words
    eq(client.invoke(soap.DRAY_JOB, "GetErrorDescription", ErrorCode=0xDEADBEEF)["ErrorName"], "")
    assert "BG_E_EMPTY" in agent.dray("error", "0x80200003")
    assert "BG_E_EMPTY" in agent.dray("error", str(0x80200003))
    agent.dray("error", "0xDEADBEEF", status=1)
    told = agent.json("error", bad)
    eq((told["ErrorCode"], told["ErrorName"]), (NOT_FOUND_404, "BG_E_HTTP_ERROR_404"))
    tries = agent.json("attempts", bad)
    eq([t["ErrorCode"] for t in tries], [NOT_FOUND_404], "tries")
    assert 0 < tries[0]["BeginTime"] <= tries[0]["EndTime"], tries
    agent.dray("resume", bad)
    wait_for(lambda: len(agent.json("attempts", bad)) == 2, 20, "the second try")
    wait_state(client, bad, soap.ERROR, 20)
    assert "404" in agent.dray("attempts", bad)
    eq(len(client.all(soap.DRAY_ATTEMPT, max_elements=1)), 2, "tries of all jobs, one a page")
    assert "404" in agent.dray("why", bad), "why does not name the error"
    eq(agent.json("why", bad)["State"], soap.ERROR)


@test()
def why_says_what_a_job_waits_for(w):
    agent, origin = w.agent(), w.origin(rate="100k")
    client = agent.local()
    origin.file("f", 4 << 20)
    suspended = client.create("s", origin.url("f"), agent.target("s"), uri=soap.DRAY_JOB, Suspend=True)
    assert "resume" in agent.dray("why", suspended).lower(), agent.dray("why", suspended)
    first = client.create("1", origin.url("f", slow=True), agent.target("1"), uri=soap.DRAY_JOB)
    wait_state(client, first, soap.TRANSFERRING, 20)
    second = client.create("2", origin.url("f"), agent.target("2"), uri=soap.DRAY_JOB)
    reason = agent.json("why", second)
    assert reason["State"] == soap.QUEUED and reason["StateReason"], reason
    eq(agent.json("why", first)["StateReason"], "", "a job that moves")


@test()
def policies_are_shown_and_set_by_administrators_only(w):
    agent = w.agent(extra="\n[limits]\nTimeSlice=77\n")
    agent.add_user("viewer", "viewer-password", "viewer")
    client, viewer = agent.client(), agent.client("viewer", "viewer-password")
    before = viewer.get(soap.DRAY_POLICY)
    eq((before["TimeSlice"], before["Fixed"]), ("77", "TimeSlice"))
    assert code_of(viewer.put, soap.DRAY_POLICY, {}, MaxFilesPerJob=7) == 5, "a viewer may set policies"
    after = client.put(soap.DRAY_POLICY, {}, MaxFilesPerJob=7, TimeSlice=20)
    eq((after["MaxFilesPerJob"], after["TimeSlice"]), ("7", "77"), "the configuration decides")
    eq(len(client.all(soap.DRAY_POLICY)), 1, "instances")
    agent.kill9()
    agent.start()
    eq(agent.client().get(soap.DRAY_POLICY)["MaxFilesPerJob"], "7", "after kill -9")
    eq(code_of(agent.client().put, soap.DRAY_POLICY, {}, MaxFilesPerJob=8, MaxJobsPerUser=0), 0x80070057)
    eq(agent.client().get(soap.DRAY_POLICY)["MaxFilesPerJob"], "7", "all or nothing")
    agent.dray("policy", "MaxFilesPerJob=9", "JobInactivityTimeout=30d")
    eq((agent.json("policy")["MaxFilesPerJob"], agent.json("policy")["JobInactivityTimeout"]), (9, 2592000))
    agent.dray("policy", "TimeSlice=2m", "MaxFilesPerJob=default")
    assert "TimeSlice" in agent.said and "configuration" in agent.said, agent.said
    eq((agent.json("policy")["MaxFilesPerJob"], agent.json("policy")["TimeSlice"]), (200, 77), "usual and fixed")
    assert re.search(r"^TimeSlice .*77 s.*by the configuration", agent.dray("policy"), re.M), agent.dray("policy")


@test()
def reset_ends_every_job_of_its_caller(w):
    agent = w.agent()
    client = agent.local()
    for n in range(3):
        empty_job(client, "job %d" % n)
    eq([r["ReturnValue"] for r in json.loads(agent.dray("reset", "--json"))], [0, 0, 0])
    eq(client.jobs(), [], "jobs after reset")
    assert "0 jobs" in agent.dray("reset")


@test()
def what_a_job_is_told_to_say_reaches_the_server(w):
    agent, server = w.agent(), w.keep(Listener())
    client = agent.local()

    def fetch(name, url, state=soap.TRANSFERRED, **settings):
        job = empty_job(client, name)
        client.put(soap.DRAY_JOB, {"JobId": job}, **settings)
        call(client, job, "AddFile", RemoteUrl=url, LocalFile=agent.target(name))
        del server.asked[:]
        client.set_state(job, soap.RESUME)
        wait_state(client, job, state, 20)
        return job

    fetch("plain", server.url("f"))
    eq(server.asked[0][0], "GET")
    fetch("said", server.url("f"), CustomHeaders="X-One: 1\r\nX-Two: two words\r\n", HttpMethod="POST", Priority=0)
    method, _, headers = server.asked[0]
    eq((method, headers.get("X-One"), headers.get("X-Two")), ("POST", "1", "two words"), "method and headers")
    # redirects: silent, reported, refused
    eq(client.job(fetch("silent", server.url("moved")))["Files"][0]["RemoteUrl"], server.url("moved"), "silent")
    eq(client.job(fetch("told", server.url("moved"), SecurityFlags=0x100))["Files"][0]["RemoteUrl"], server.url("f"),
       "reported")
    refused = fetch("refused", server.url("moved"), soap.ERROR, SecurityFlags=0x200)
    eq(int(client.get_error(refused)["ErrorCode"]), 0x8019012E, "a redirect that is refused")
    # credentials: an error first, then the repair
    mine = fetch("mine", server.url("mine"), soap.ERROR)
    eq(int(client.get_error(mine)["ErrorCode"]), 0x80190191, "without credentials")
    call(client, mine, "SetCredentials", Target=1, Scheme=1, UserName="anna", Password="open sesame")
    agent.dray("resume", mine)
    wait_state(client, mine, soap.TRANSFERRED, 20)
    # a proxy is asked for the whole URL, but not for hosts that need none
    fetch("proxied", "http://nowhere.example/f", ProxyUsage=2, ProxyList=server.url("").rstrip("/"))
    eq(server.asked[0][1], "http://nowhere.example/f", "what the proxy was asked")
    fetch("direct", server.url("f"), ProxyUsage=2, ProxyList="127.0.0.1:1", ProxyBypassList="127.0.0.1 *.example.org")
    eq(server.asked[0][1], "/f", "what the server was asked")


@test()
def a_file_can_be_read_while_it_comes(w):
    agent, origin = w.agent(), w.origin(rate="2m")
    client = agent.local()
    digest = origin.file("f", 6 << 20)
    job = client.create("slow", origin.url("f", slow=True), agent.target("f"), uri=soap.DRAY_JOB)

    def some():
        seen = client.get(soap.DRAY_FILE, JobId=job, Index="0")
        return seen if seen["TemporaryName"] and int(seen["BytesTransferred"]) > 100_000 else None

    seen = wait_for(some, 20, "the first bytes")
    with open(seen["TemporaryName"], "rb") as f, open(os.path.join(origin.root, "f"), "rb") as g:
        here = f.read(int(seen["BytesTransferred"]))
        eq(here, g.read(len(here)), "the bytes that are told of")
    assert not os.path.exists(agent.target("f")), "the file stands in its place before Complete"
    wait_state(client, job, soap.TRANSFERRED, 30)
    agent.dray("complete", job)
    eq(sha256_of(agent.target("f")), digest, "sha256")


@test()
def the_log_tells_what_administrators_look_for(w):
    agent, origin = w.agent(), w.origin()
    client = agent.local()
    origin.file("f", 10)
    good = client.create("good", origin.url("f"), agent.target("g"), uri=soap.DRAY_JOB)
    bad = client.create("bad", origin.url("missing"), agent.target("b"), uri=soap.DRAY_JOB)
    wait_state(client, good, soap.TRANSFERRED, 20)
    wait_state(client, bad, soap.ERROR, 20)
    client.set_state(good, soap.COMPLETE)
    client.set_state(bad, soap.CANCEL)
    agent.stop()
    with open(agent.log) as f:
        log = f.read()
    for event, job in (("JOB_CREATED", good), ("JOB_STARTED", good), ("JOB_TRANSFERRED", good), ("JOB_COMPLETED", good),
                       ("JOB_CREATED", bad), ("JOB_FAILED", bad), ("JOB_CANCELLED", bad)):
        assert re.search(r"event=%s job=%s" % (event, re.escape(job)), log), "%s of %s is not in\n%s" % (event, job, log)


def certificate(path, name):
    """A certificate that signs itself, with its key in the same file; its SHA-1."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name, "-keyout", path, "-out", path + ".c"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path + ".c") as f:
        text = f.read()
    with open(path, "a") as f:
        f.write(text)
    os.unlink(path + ".c")
    return hashlib.sha1(ssl.PEM_cert_to_DER_cert(text)).hexdigest()


@test()
def a_job_says_which_certificates_it_takes_and_shows(w):
    agent = w.agent()
    client = agent.local()
    store = w.mkdir("agent", "home", ".config", "dray", "certs", "MY")
    certificate(w.path("server.pem"), "elsewhere.example")
    mine = certificate(os.path.join(store, "anna.pem"), "anna")

    def server(**more):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(w.path("server.pem"))
        for name, value in more.items():
            setattr(context, name, value)
        if more:
            context.load_verify_locations(os.path.join(store, "anna.pem"))
        return w.keep(Listener(context))

    def fetch(at, flags, prepare=None):
        job = empty_job(client)
        client.put(soap.DRAY_JOB, {"JobId": job}, SecurityFlags=flags, NoProgressTimeout=0)
        if prepare:
            prepare(job)
        call(client, job, "AddFile", RemoteUrl=at.url("f"), LocalFile=agent.target("f"))
        client.set_state(job, soap.RESUME)
        wait_for(lambda: client.state(job) in (soap.TRANSFERRED, soap.ERROR), 20, "the end")
        return 0 if client.state(job) == soap.TRANSFERRED else int(client.get_error(job)["ErrorCode"])

    plain = server()
    eq(fetch(plain, 0), 0x80072F0D, "nobody vouches for it")
    eq(fetch(plain, 0x8), 0x80072F06, "it is for another name")
    eq(fetch(plain, 0x8 | 0x2), 0, "what the job does not mind")
    strict = server(verify_mode=ssl.CERT_REQUIRED, maximum_version=ssl.TLSVersion.TLSv1_2)
    assert fetch(strict, 0xA) >= 0x80000000, "the server took a job without a certificate"
    eq(fetch(strict, 0xA, lambda job: call(client, job, "SetClientCertificateById", CertStoreLocation=0, StoreName="MY",
                                           CertHash=list(bytes.fromhex(mine)))), 0, "by its hash")
    eq(fetch(strict, 0xA, lambda job: call(client, job, "SetClientCertificateByName", CertStoreLocation=0, StoreName="MY",
                                           SubjectName="anna")), 0, "by its subject")
