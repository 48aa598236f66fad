# SPDX-License-Identifier: MIT
"""What one caller may not do to another, to the agent's memory or to its stopping."""
import os
import resource
import socket
import threading
import time
import uuid

import soap
from lab import eq, test, wait_for

ALONE = True			# rates

URL = "http://127.0.0.1:9/f"


def head(agent, length, auth=None, path="/wsman"):
    return ("POST %s HTTP/1.1\r\nHost: h\r\nContent-Type: application/soap+xml\r\n%sContent-Length: %d\r\n\r\n"
            % (path, "Authorization: %s\r\n" % auth if auth else "", length)).encode()


def open_many(agent, count, bytes_):
    """Connections that have sent bytes_ and do nothing more; the receiver's window is small."""
    ret = []
    for _ in range(count):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.connect(("127.0.0.1", agent.port))
        try:
            s.sendall(bytes_)
        except OSError:
            pass		# had to make room already
        ret.append(s)
    return ret


def close_all(sockets):
    for s in sockets:
        s.close()


def kernel_mb():
    """What all TCP connections of this machine hold."""
    with open("/proc/net/sockstat") as f:
        pages = next(int(line.split()[-1]) for line in f if line.startswith("TCP:"))
    return pages * resource.getpagesize() >> 20


def rss_mb(agent):
    with open("/proc/%d/status" % agent.program.process.pid) as f:
        return next(int(line.split()[1]) // 1024 for line in f if line.startswith("VmRSS"))


def processor_ticks(agent):
    with open("/proc/%d/stat" % agent.program.process.pid) as f:
        fields = f.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def seconds(call):
    start = time.monotonic()
    call()
    return time.monotonic() - start


def refused(what, call, *subcodes):
    try:
        call()
    except soap.Fault as fault:
        assert fault.subcode in subcodes, "%s: %s" % (what, fault)
        return fault
    raise AssertionError("%s was accepted" % what)


def empty_job(client, name="job", **more):
    return client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName=name, **more)["JobId"]


@test(limit=60)
def slow_strangers_keep_nobody_out(w):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    agent = w.agent()
    before = rss_mb(agent)
    known = agent.client()
    known.identify()
    for what, sent in (("silent ones", b""), ("half heads", b"POST /wsman HTTP/1.1\r\nHost: h\r\nX: "),
                       ("half bodies of nobody", head(agent, 300, path="/wsman-anon/identify") + b"<"),
                       ("half bodies without proof", head(agent, 300) + b"<")):
        slow = open_many(agent, 1200, sent)
        took = seconds(agent.client().identify)
        assert took < 2, "an honest newcomer beside 1,200 %s waited %.1f s" % (what, took)
        assert seconds(known.identify) < 2, "who is known waited beside 1,200 " + what
        close_all(slow)
    assert rss_mb(agent) - before < 64, "%d MB more" % (rss_mb(agent) - before)


@test(limit=60, slow=True)
def strangers_have_little_time(w):
    agent = w.agent()
    slow = [open_many(agent, 1, sent)[0] for sent in (
        b"", b"POST /wsman HTTP/1.1\r\nX: ", head(agent, 300) + b"<",
            head(agent, 300, path="/wsman-anon/identify") + b"<")]
    for s in slow:
        s.settimeout(20)
        data = s.recv(100)
        assert not data or b" 408 " in data, data
    close_all(slow)


@test(limit=60)
def answers_nobody_reads_do_not_fill_the_memory(w):
    agent = w.agent()
    client = agent.client()
    for n in range(100):		# as many as one answer holds: none leaves an enumeration open
        empty_job(client, "job %d" % n, Description="x" * 1000)
    body = soap.envelope(soap.N + "/Enumerate", soap.DRAY_JOB, "<n:Enumerate><w:OptimizeEnumeration/>"
                         "<w:MaxElements>32000</w:MaxElements></n:Enumerate>").encode()
    before, kernel = rss_mb(agent), kernel_mb()
    stuck = open_many(agent, 600, (head(agent, len(body), client.auth) + body) * 2)
    spent = []
    while len(spent) < 4 or spent[-1] > spent[-4] + 4:		# while they pile up, others are served
        assert seconds(client.identify) < 2
        spent.append(processor_ticks(agent))
        time.sleep(0.2)
    more, kernel = rss_mb(agent) - before, kernel_mb() - kernel		# of 600 MB, were they all kept
    assert more < 200 and kernel < 300, "1,200 unread answers: %d MB, and %d of the kernel" % (more, kernel)
    close_all(stuck)
    eq(len(client.jobs(soap.DRAY_JOB)), 100, "jobs")


@test(limit=60)
def guesses_at_a_password_keep_its_owner_not_out(w):
    agent = w.agent()
    client = agent.client()
    client.identify()
    stop, seen = threading.Event(), set()

    def guess(number):
        other = agent.client(password="guess %d" % number)
        while not stop.is_set():
            try:
                seen.add(other.post(soap.IDENTIFY)[0])
            except OSError:
                pass
    threads = [threading.Thread(target=guess, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    wait_for(lambda: {401, 503} <= seen, 20, "refusals")
    try:
        for _ in range(50):
            eq(client.post(soap.IDENTIFY)[0], 200, "status of the right password beside wrong ones")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    eq(seen, {401, 503}, "statuses of wrong passwords")


@test(limit=60, build="debug")
def stopping_waits_for_no_password(w):
    agent = w.agent(build="debug")
    waiting = [open_many(agent, 1, head(agent, len(soap.IDENTIFY), soap.basic(agent.user, "wrong %d" % n))
                         + soap.IDENTIFY.encode())[0] for n in range(60)]
    took = seconds(lambda: agent.stop(20))		# status 0: nothing was leaked, either
    assert took < 5, "%.1f s" % took
    close_all(waiting)


@test(limit=60, build="debug")
def stopping_loses_nothing_that_was_answered(w):
    origin, agent = w.origin(rate="200k"), w.agent(build="debug")
    origin.file("big", 20 << 20)
    client = agent.client()
    moving = [client.create("m", origin.url("slow/big"), agent.target("m%d" % n), uri=soap.DRAY_JOB, Priority=0)
              for n in range(5)]
    for job in moving:
        wait_for(lambda: client.get(soap.DRAY_JOB, JobId=job)["State"] == "2", 20, "a transfer")
    made = []

    def work():
        mine = agent.client()
        while True:
            try:
                made.append(empty_job(mine))
            except (soap.Fault, soap.HttpError, OSError):
                return
    threads = [threading.Thread(target=work) for _ in range(50)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(made) > 300, 20, "300 jobs")
    took = seconds(lambda: agent.stop(20))
    assert took < 5, "%.1f s" % took
    for thread in threads:
        thread.join()
    agent.start()
    client = agent.client()
    lost = set(made) - {job["JobId"] for job in client.jobs(soap.DRAY_JOB)}
    assert not lost, "%d of %d jobs that were answered are gone" % (len(lost), len(made))
    for job in moving:
        wait_for(lambda: client.get(soap.DRAY_JOB, JobId=job)["State"] == "2", 20, "a transfer that goes on")


@test(limit=60, build="debug")
def whatever_becomes_of_the_users_file_holds_at_once(w):
    agent = w.agent(build="debug")
    client = agent.client()
    with open(agent.users) as f:
        text = f.read()

    def status():
        return client.post(soap.IDENTIFY)[0]

    def rewrite(new):
        with open(agent.users + ".new", "w") as f:
            f.write(new)
        os.rename(agent.users + ".new", agent.users)
    eq(status(), 200)
    job = empty_job(client)
    rewrite(text.replace(":admin:", ":viewer:"))		# while the connection lives
    refused("a change by who has become a viewer", lambda: client.put(soap.DRAY_JOB, {"JobId": job},
        Priority=1),
            "w:AccessDenied")
    rewrite("".join("\0:\xff:::\n" + "x" * 3000 + "\n" for _ in range(50)) + text)
    eq(status(), 200, "with rubbish in front")
    for name, spoil in {"removed": lambda: os.unlink(agent.users), "a pipe": lambda: os.mkfifo(agent.users),
                        "a directory": lambda: os.mkdir(agent.users), "empty": lambda: rewrite(""),
                        "another role": lambda: rewrite(text.replace(":admin:", ":root:")),
                        "a lock": lambda: rewrite(text.replace(":$y$", ":!$y$"))}.items():
        if os.path.isdir(agent.users):
            os.rmdir(agent.users)
        elif os.path.exists(agent.users) and name != "removed":
            os.unlink(agent.users)
        spoil()
        eq(status(), 401, "status with a users file that is " + name)
    rewrite(text)
    eq(status(), 200, "when it is back")
    agent.stop()


@test(limit=60, build="debug")
def a_role_may_what_it_may_and_no_more(w):
    agent = w.agent(build="debug")
    agent.add_user("vera", "pw", "viewer")
    agent.add_user("uwe", "pw", "user")
    admin, viewer, user = agent.client(), agent.client("vera", "pw"), agent.client("uwe", "pw")
    job = admin.create("job", URL, agent.target("f"), Suspend=True)
    before = admin.jobs(soap.DRAY_JOB)
    denied = "w:AccessDenied"
    for uri in (soap.JOB, soap.DRAY_JOB):
        for who, client in (("viewer", viewer), ("user", user)):
            if uri == soap.DRAY_JOB and who == "user":
                continue
            refused(who + ", Put", lambda: client.put(uri, {"JobId": job}, Priority=1), denied)
            refused(who + ", CreateJob", lambda: client.create("x", URL, agent.target("x"), uri=uri), denied)
            refused(who + ", AddFile", lambda: client.add_file(job, URL, agent.target("x"), uri=uri), denied)
            for state in range(4):
                refused(who + ", SetJobState", lambda: client.set_state(job, state, uri=uri), denied)
    refused("viewer, Get of Microsoft's class", lambda: viewer.job(job), denied)
    refused("user, Enumerate of Microsoft's class", lambda: user.jobs(), denied)
    eq(admin.jobs(soap.DRAY_JOB), before, "jobs")
    eq(viewer.jobs(soap.DRAY_JOB), before, "what a viewer sees")
    context = admin.enumerate(soap.JOB).context
    for who, client in (("viewer", viewer), ("user", user)):
        refused("admin's context, " + who, lambda: client.pull(soap.DRAY_JOB, context),
            "n:InvalidEnumerationContext")
        refused("admin's context, " + who, lambda: client.release(soap.DRAY_JOB, context),
            "n:InvalidEnumerationContext")
    eq(len(admin.pull(soap.JOB, context, 10).items), 1, "items for whom the context is")


@test(limit=60, build="debug")
def a_hundred_enumerations_are_enough(w):
    agent = w.agent(build="debug")
    client, other = agent.client(), agent.client()
    for n in range(20):
        empty_job(client, "job %d" % n)
    contexts = [client.enumerate(soap.DRAY_JOB).context for _ in range(100)]
    refused("the 101st", lambda: client.enumerate(soap.DRAY_JOB), "w:InternalError")
    for context in contexts[1:]:
        client.release(soap.DRAY_JOB, context)
    seen, odd = [], []

    def pull_all(mine):		# two connections, one context: each item once, or a fault
        while True:
            try:
                batch = mine.pull(soap.DRAY_JOB, contexts[0], 1)
            except soap.Fault as fault:
                odd.append(fault.subcode)
                if fault.subcode == "n:InvalidEnumerationContext":
                    return
                continue
            seen.extend(soap.record(item)["JobId"] for item in batch.items)
            if batch.end:
                return
    threads = [threading.Thread(target=pull_all, args=(c,)) for c in (client, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eq((len(seen), len(set(seen))), (20, 20), "items, and different ones among them")
    assert set(odd) <= {"n:InvalidEnumerationContext", "a:EndpointUnavailable"}, odd


@test(limit=60, build="debug")
def roots_cannot_be_left(w):
    out, outside = w.mkdir("agent", "out"), w.mkdir("outside")
    os.symlink(out, w.path("alias"))
    os.symlink(outside, os.path.join(out, "way"))
    os.symlink(outside + "/victim", os.path.join(out, "link"))
    with open(outside + "/victim", "w") as f:
        f.write("untouched")
    os.link(outside + "/victim", os.path.join(out, "hard"))
    os.mkfifo(os.path.join(out, "pipe"))
    os.mkdir(os.path.join(out, "dir"))
    agent = w.agent(build="debug", roots=[out, w.path("alias"), w.path("agent")])
    origin = w.origin()
    origin.file("f", 1000)
    client = agent.client()
    provider, denied, empty = "w:InternalError", "w:AccessDenied", empty_job(client)
    for path in ("/way/x", "/../outside/x", "//../outside/x", "/./../x", "/way/../x", "/pipe", "/dir", "/dir/",
        "", "/",
                 "/pipe/x", "/link/x"):
        refused(out + path, lambda: client.create("x", origin.url("f"), out + path, Suspend=True), provider,
            denied)
    for path in (agent.users, agent.config, agent.state + "/x", agent.state + "//./x",
        w.path("agent") + "//users",
                 w.path("agent", "dray.conf.d", "x.conf"), "/dev/null", "/dev/shm/x", outside + "/x"):
        refused(path, lambda: client.create("x", origin.url("f"), path, Suspend=True), provider, denied)
        refused("AddFile " + path, lambda: client.add_file(empty, origin.url("f"), path), provider, denied)

    def fetch(path):
        mine = client.create("x", origin.url("f"), path, uri=soap.DRAY_JOB, Priority=0)
        wait_for(lambda: client.get(soap.DRAY_JOB, JobId=mine)["State"] in ("4", "5", "6"), 20, "an end")
        try:
            client.set_state(mine, soap.COMPLETE, uri=soap.DRAY_JOB)
        except soap.Fault:
            client.set_state(mine, soap.CANCEL, uri=soap.DRAY_JOB)
            return False
        return True
    for path in (out + "/link", out + "/hard", out + "//f", w.path("alias") + "/g"):
        assert fetch(path), path
    os.mkdir(out + "/swapped")
    mine = client.create("x", origin.url("f"), out + "/swapped/x", uri=soap.DRAY_JOB, Suspend=True)
    os.rename(out + "/swapped", out + "/was")
    os.symlink(outside, out + "/swapped")		# between check and transfer
    client.set_state(mine, soap.RESUME, uri=soap.DRAY_JOB)
    wait_for(lambda: client.get(soap.DRAY_JOB, JobId=mine)["State"] in ("4", "5"), 20, "a refusal")
    eq(sorted(os.listdir(outside)), ["victim"], "files outside")
    with open(outside + "/victim") as f:
        eq(f.read(), "untouched", "a file linked to from inside")


@test(limit=60, build="debug")
def this_machine_has_no_spelling_that_a_remote_caller_may_fetch_from(w):
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen(50)
        listener.setblocking(False)
        agent = w.agent(build="debug", loopback=False)
        client = agent.client()
        jobs = []
        for n, host in enumerate(("127.0.0.1", "localhost", "127.1", "0x7f.1", "0x7f000001", "2130706433",
            "017700000001",
                                  "0177.0.0.1", "127.0.0.1.", "0", "0.0.0.0", "127.255.255.254",
                                  "[::ffff:127.0.0.1]",
                                  "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "127%2e0.0.1",
                                  "LOCALHOST.",
                                  "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021")):
            try:
                jobs.append(client.create(host, "http://%s:%d/f" % (host, listener.getsockname()[1]),
                    agent.target(str(n)),
                                          uri=soap.DRAY_JOB, Priority=0))
            except soap.Fault:
                continue		# refused at once: as good
        assert len(jobs) > 10
        for job in jobs:
            wait_for(lambda: client.get(soap.DRAY_JOB, JobId=job)["State"] in ("4", "5"), 20, "an error")
        try:
            raise AssertionError("somebody was reached: %r" % (listener.accept(),))
        except BlockingIOError:
            pass
        eq(os.listdir(agent.out), [], "files")


@test(limit=60, build="debug")
def one_large_job_hides_nobody(w):
    agent = w.agent(build="debug")
    agent.add_user("uwe", "pw", "user")
    client, user = agent.client(), agent.client("uwe", "pw")
    names = [empty_job(client, "first") and "first", "large", "last"]
    deep = w.mkdir("agent", "out", *["d" * 200] * 14)
    large = empty_job(user, "large")
    for n in range(110):
        user.add_file(large, "http://127.0.0.1:9/" + "q" * 2100, "%s/f%d" % (deep, n), uri=soap.DRAY_JOB)
    empty_job(client, "last")
    for uri in (soap.JOB, soap.DRAY_JOB):
        eq([job["DisplayName"] for job in client.jobs(uri)], names, "names of the jobs")
        eq(client.get(uri, JobId=large)["FilesTotal"], "110", "FilesTotal")
    eq(client.put(soap.DRAY_JOB, {"JobId": large}, Priority=1)["Priority"], "1", "Priority after Put")
    eq(len(client.all(soap.DRAY_FILE)), 110, "files by themselves")
    assert "last" in agent.dray("list")


@test(limit=60, build="debug")
def answers_are_xml_and_tell_strangers_nothing(w):
    agent = w.agent(build="debug")
    client = agent.client()
    job = client.create("j\u20ac", URL, agent.target("f"), Suspend=True)
    for index, of in ((9, job), (0, "{%s}" % uuid.uuid4()), (0, "x"), ("18446744073709551616", job)):
        refused("DRAY_File %s" % index, lambda: client.get(soap.DRAY_FILE, JobId=of, Index=str(index)),
                "a:DestinationUnreachable", "w:InvalidSelectors")
    for shift in range(4):		# a character of three bytes is cut at each place
        text = "x" * shift + "\u20ac" * 700
        refused("a long id", lambda: client.job(text), "w:InvalidSelectors")
        refused("a long path", lambda: client.create("x", URL, text, Suspend=True), "w:InternalError")
        refused("a long URL", lambda: client.create("x", text, agent.target("g"), Suspend=True),
            "w:InternalError")
        refused("a long method", lambda: client.invoke(soap.JOB, text[:70], {"JobId": job}),
            "a:ActionNotSupported")
        refused("a long header", lambda: client.send(soap.envelope(soap.X + "/Get", soap.JOB, "",
            {"JobId": job},
                '<q:%s xmlns:q="urn:%s" s:mustUnderstand="1"/>' % (text[:80], text))), "")
    for rubbish in ("<x/>", soap.envelope(soap.X + "/Get", soap.JOB, "", {"JobId": job})):
        status, _, answer = soap.Client(agent.port).post(rubbish, {"WSMANIDENTIFY": "unauthenticated"})
        eq(status, 500)
        assert socket.gethostname().encode() not in answer, "a stranger is told the machine's name"
