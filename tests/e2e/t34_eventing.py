# SPDX-License-Identifier: MIT
"""Events of jobs as WS-Eventing has them: pulled, over a crash of the agent, and pushed to sinks that are well or not."""
import http.server
import queue
import re
import threading
import time
import xml.etree.ElementTree as ET

import soap
from lab import eq, test

E = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman"
PUSH, ACK, BATCH, PULL = E + "/DeliveryModes/Push", WSMAN + "/PushWithAck", WSMAN + "/Events", WSMAN + "/Pull"
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
CREATED, MODIFIED, DELETED = "__InstanceCreationEvent", "__InstanceModificationEvent", "__InstanceDeletionEvent"


def refused(call, *args):
    """The fault of a call that must not succeed."""
    try:
        call(*args)
    except soap.Fault as fault:
        return fault
    raise AssertionError("not refused")


class Sink:
    """A receiver of events: what it got stands in `got`; how it answers is decided by answer(action, message id)."""

    def __init__(self, answer):
        sink, self.got, self.stop = self, queue.Queue(), threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                root = ET.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
                action = soap.text_at(root, "{%s}Header/{%s}Action" % (soap.S, soap.A))
                sink.got.put((action.rpartition("/")[2], root))
                status, text = answer(sink, action, soap.text_at(root, "{%s}Header/{%s}MessageID" % (soap.S, soap.A)))
                if status is None:
                    return		# the other side has gone long ago
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = "http://127.0.0.1:%d/events" % self.port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self, seconds=30):
        return self.got.get(timeout=seconds)

    def close(self):
        self.stop.set()
        self.server.shutdown()
        self.server.server_close()


def acknowledge(sink, action, message_id):
    return 200, ('<s:Envelope xmlns:s="%s" xmlns:a="%s"><s:Header><a:Action>%s/Ack</a:Action><a:RelatesTo>%s</a:RelatesTo>'
                 "</s:Header><s:Body/></s:Envelope>" % (soap.S, soap.A, WSMAN, message_id))


def hang(sink, action, message_id):
    sink.stop.wait(120)
    return None, ""


def query(kind="__InstanceOperationEvent", cls="BitsClientJob", more=""):
    return '<w:Filter Dialect="%s">select * from %s within 5 where TargetInstance isa \'%s\'%s</w:Filter>' % (
        WQL, kind, cls, more)


def notify(url, element="NotifyTo"):
    return ("<e:%s><a:Address>%s</a:Address><a:ReferenceProperties><e:Identifier>of-%s</e:Identifier>"
            "</a:ReferenceProperties></e:%s>" % (element, url, element, element))


class Subscription:
    """One subscription of a client, and its place when it is pulled."""

    def __init__(self, client, uri, mode=PULL, delivery="", more=""):
        self.client, self.uri = client, uri
        answer = self.send("Subscribe", '<e:Subscribe xmlns:e="%s"><e:Delivery Mode="%s">%s</e:Delivery>%s</e:Subscribe>'
                           % (E, mode, delivery, more))[0]
        self.id = next(answer.iter("{%s}Identifier" % E)).text
        self.context = soap.text_at(answer, "{%s}EnumerationContext" % soap.N)
        self.bookmark = ""

    def send(self, action, body, headers=""):
        return self.client.send(soap.envelope(E + "/" + action, self.uri, body, headers=headers))

    def manage(self, action):
        return self.send(action, '<e:%s xmlns:e="%s"/>' % (action, E), '<e:Identifier xmlns:e="%s">%s</e:Identifier>' % (
            E, self.id))

    def pull(self, count=100, seconds=10):
        """The items of one Pull; none: time was up."""
        body = ("<n:Pull><n:EnumerationContext>%s</n:EnumerationContext><n:MaxTime>PT%dS</n:MaxTime><n:MaxElements>%d"
                "</n:MaxElements></n:Pull>" % (self.context, seconds, count))
        try:
            answer = self.client.send(soap.envelope(soap.N + "/Pull", self.uri, body))[0]
        except soap.Fault as fault:
            if fault.subcode != "w:TimedOut":
                raise
            return []
        self.context = soap.text_at(answer, "{%s}EnumerationContext" % soap.N)
        mark = re.search(r"<w:Bookmark>([^<]*)</w:Bookmark>", self.client.raw)
        self.bookmark = mark[1] if mark else ""
        return [event(item) for item in answer.find("{%s}Items" % soap.N)]

    def until(self, wanted, seconds=30):
        """Everything told up to what `wanted` finds right."""
        told, end = [], time.monotonic() + seconds
        while not any(wanted(e) for e in told):
            assert time.monotonic() < end, "only %r was told" % [(e[0], e[1]["State"]) for e in told]
            told += self.pull(seconds=5)
        return told


def event(item):
    """(class of the event, TargetInstance)"""
    target = [soap.record(child) for child in item if soap.local(child) == "TargetInstance"]
    return soap.local(item), target[0] if target else None


def make(agent, client, name):
    return client.create(name, "http://127.0.0.1:9/f", agent.target(name), Suspend=True)


def is_(kind, job, state=None):
    return lambda e: e[0] == kind and e[1]["JobId"] == job and (state is None or int(e[1]["State"]) == state)


@test(limit=90, build="debug")
def who_pulls_sees_a_job_made_changed_and_gone(w):
    origin, agent = w.origin(), w.agent(build="debug")
    origin.file("f", 100000)
    client = agent.client()
    sub = Subscription(client, soap.BITS + "*", more=query())
    only = Subscription(client, soap.BITS + "*", more=query(MODIFIED, more=" and TargetInstance.State = %d" % soap.TRANSFERRED))
    plain = Subscription(client, soap.DRAY_JOB)
    job = client.create("j", origin.url("f"), agent.target("f"), Suspend=True)
    client.set_state(job, soap.RESUME)
    told = sub.until(is_(MODIFIED, job, soap.TRANSFERRED))
    eq(told[0][0], CREATED, "the first event")
    eq((told[0][1]["JobId"], told[0][1]["DisplayName"]), (job, "j"), "what was made")
    client.set_state(job, soap.COMPLETE)
    told = sub.until(is_(DELETED, job))
    eq(told[-1][0], DELETED, "the last event")
    eq([(e[0], e[1]["JobId"], int(e[1]["State"])) for e in only.pull()], [(MODIFIED, job, soap.TRANSFERRED)], "by query")
    kinds = [e[0] for e in plain.until(is_(DELETED, job))]
    eq((kinds[0], kinds[-1]), (CREATED, DELETED), "of the class")
    eq(sub.pull(seconds=1), [], "when nothing happens")
    sub.manage("Unsubscribe")
    eq(refused(sub.pull).subcode, "n:InvalidEnumerationContext", "a Pull after Unsubscribe")


@test(limit=90)
def many_files_of_many_jobs_do_not_stop_a_subscription(w):
    agent = w.agent()
    client = agent.local()
    sub = Subscription(client, soap.DRAY_JOB)
    jobs = []
    for i in range(20):
        files = [{"RemoteUrl": "http://127.0.0.1:9/f", "LocalFile": agent.target("%d-%d" % (i, k))} for k in range(2000)]
        body = "<p:DRAY_Job xmlns:p='%s'><p:DisplayName>j</p:DisplayName>%s</p:DRAY_Job>" % (soap.DRAY_JOB, "".join(
            "<p:Files><p:RemoteUrl>%(RemoteUrl)s</p:RemoteUrl><p:LocalFile>%(LocalFile)s</p:LocalFile></p:Files>" % f
            for f in files))
        created = client.send(soap.envelope(soap.X + "/Create", soap.DRAY_JOB, body))
        jobs.append(soap.epr_selectors(created[0])["JobId"])
    told = sub.until(is_(CREATED, jobs[-1]))
    eq([e[1]["JobId"] for e in told if e[0] == CREATED], jobs, "each once, in order")


@test(limit=60)
def nobody_is_told_of_jobs_he_may_not_see(w):
    agent = w.agent()
    agent.add_user("guest", "guest-password-1", "viewer")
    agent.add_user("other", "other-password-1", "viewer")
    owner, guest, other = agent.local(), agent.client("guest", "guest-password-1"), agent.client("other", "other-password-1")
    sub = Subscription(guest, soap.DRAY_JOB)
    sub.client = other
    eq(refused(sub.pull).subcode, "n:InvalidEnumerationContext", "somebody else's subscription")
    eq(refused(sub.manage, "Unsubscribe").subcode, "e:InvalidMessage", "somebody else's subscription")
    sub.client = guest
    seen = {job["JobId"] for job in guest.jobs(soap.DRAY_JOB)}
    job = owner.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="mine")["JobId"]
    told = sub.pull(seconds=2)
    seen = {j["JobId"] for j in guest.jobs(soap.DRAY_JOB)} - seen
    eq({e[1]["JobId"] for e in told}, seen, "what a guest is told and what he can list")
    assert job in {j["JobId"] for j in owner.jobs(soap.DRAY_JOB)}


@test(limit=90)
def a_bookmark_goes_on_after_kill_9_and_nothing_is_missed(w):
    agent = w.agent()
    client = agent.client()
    sub = Subscription(client, soap.BITS + "*", more=query(CREATED) + "<w:SendBookmarks/>")
    jobs = [make(agent, client, "before%d" % i) for i in range(5)]
    told = [e[1]["JobId"] for e in sub.pull(count=2)]
    eq(told, jobs[:2], "the first two")
    mark = sub.bookmark
    assert mark, "no bookmark"
    agent.kill9()
    agent.start()
    client = agent.client()
    sub.client = client
    eq(refused(sub.pull).subcode, "n:InvalidEnumerationContext", "the subscription of before")
    jobs += [make(agent, client, "after%d" % i) for i in range(3)]
    again = Subscription(client, soap.BITS + "*", more=query(CREATED) + "<w:Bookmark>%s</w:Bookmark><w:SendBookmarks/>" % mark)
    while len(told) < len(jobs):
        more = again.pull(seconds=5)
        assert more, "only %d of %d were told" % (len(told), len(jobs))
        told += [e[1]["JobId"] for e in more]
    eq(told, jobs, "all of them, in order, each once")
    all_of_it = Subscription(client, soap.JOB, more="<w:Bookmark>%s/bookmark/earliest</w:Bookmark>" % WSMAN)
    eq([e[1]["JobId"] for e in all_of_it.pull() if e[0] == CREATED], jobs, "from the earliest on")


@test(limit=120, build="debug")
def events_are_pushed_and_a_sink_that_hangs_holds_up_nobody(w):
    well, ill = Sink(acknowledge), Sink(hang)
    agent = w.agent(build="debug", extra="\n[eventing]\nAllowedSinks=http://127.0.0.1:%d/events http://127.0.0.1:%d/\n" % (
        well.port, ill.port))
    client = agent.local()
    Subscription(client, soap.DRAY_JOB, ACK, notify(ill.url))
    sub = Subscription(client, soap.DRAY_JOB, ACK, notify(well.url), notify(well.url + "/end", "EndTo") + "<w:SendBookmarks/>")
    job = client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="j")["JobId"]
    client.put(soap.DRAY_JOB, {"JobId": job}, Description="changed")
    client.set_state(job, soap.CANCEL, uri=soap.DRAY_JOB)
    eq(ill.next()[0], "Event", "what the hanging one got")
    told = []
    while not told or told[-1][0] != DELETED:
        action, root = well.next()
        eq(action, "Event", "action")
        eq(soap.text_at(root, "{%s}Header/{%s}Identifier" % (soap.S, E)), "of-NotifyTo", "the subscriber's own header")
        assert root.find("{%s}Header/{%s}Bookmark" % (soap.S, soap.W)) is not None
        told.append(event(root.find("{%s}Body" % soap.S)[0]))
    eq((told[0][0], {e[1]["JobId"] for e in told}), (CREATED, {job}), "what was pushed")
    began = time.monotonic()
    agent.stop()
    action, root = well.next(5)
    eq(action, "SubscriptionEnd", "the last words")
    eq(next(root.iter("{%s}Status" % E)).text, E + "/SourceShuttingDown", "why")
    eq(next(root.iter("{%s}SubscriptionEnd" % E)).find(".//{%s}Identifier" % E).text, sub.id, "of which")
    assert time.monotonic() - began < 15, "stopping took %.1f s" % (time.monotonic() - began)
    well.close()
    ill.close()


@test(limit=60)
def what_is_not_acknowledged_ends_and_is_told(w):
    sink = Sink(lambda sink, action, message_id: (200, "") if action.endswith("/Event") else acknowledge(sink, action, message_id))
    agent = w.agent(extra="\n[eventing]\nAllowedSinks=127.0.0.1:%d\n" % sink.port)
    client = agent.local()
    sub = Subscription(client, soap.DRAY_JOB, ACK, notify(sink.url) + '<w:ConnectionRetry Total="1">PT1S</w:ConnectionRetry>',
                       notify(sink.url, "EndTo"))
    client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="j")
    eq([sink.next()[0] for _ in range(3)], ["Event", "Event", "SubscriptionEnd"], "what was sent")
    eq(refused(sub.manage, "GetStatus").subcode, "e:InvalidMessage", "the subscription then")
    sink.close()


@test(limit=60)
def what_is_not_allowed_is_refused_and_not_contacted(w):
    sink = Sink(acknowledge)
    for extra in ("", "\n[eventing]\nAllowedSinks=http://127.0.0.1:%d/other\n" % sink.port):
        agent = w.agent(name="agent%d" % len(extra), extra=extra)
        client = agent.local()
        fault = refused(Subscription, client, soap.DRAY_JOB, PUSH, notify(sink.url))
        eq(fault.subcode, "w:EventDeliverToUnusable", "the fault")
        assert "AllowedSinks" in fault.text, fault.text
        client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="j")
    time.sleep(0.5)
    eq(sink.got.qsize(), 0, "messages")
    sink.close()
