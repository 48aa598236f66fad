# SPDX-License-Identifier: MIT
"""WS-Transfer beyond whole instances: one member of a job read and written alone, jobs made and deleted as
instances."""
from xml.sax.saxutils import escape

import soap
from lab import eq, test

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
URL = "http://127.0.0.1:9/"


def header(path, dialect=""):
    return '<w:FragmentTransfer s:mustUnderstand="true"%s>%s</w:FragmentTransfer>' % (
        dialect and ' Dialect="%s"' % dialect, path)


def wrapper(client, action, job, path, body="", dialect="", uri=soap.JOB):
    """The XmlFragment of the answer."""
    answer = client.send(soap.envelope(soap.X + "/" + action, uri, body, {"JobId": job}, header(path, dialect)))
    assert ">%s</w:FragmentTransfer>" % path in client.raw, client.raw
    eq([child.tag for child in answer], ["{%s}XmlFragment" % soap.W])
    return answer[0]


def put(client, job, path, inner, uri=soap.JOB):
    return wrapper(client, "Put", job, path, "<w:XmlFragment>%s</w:XmlFragment>" % inner, uri=uri)


def refused(run, subcode, detail=""):
    try:
        run()
    except soap.Fault as fault:
        eq((fault.subcode, fault.detail.rpartition("/")[2]), (subcode, detail))
        return fault
    raise AssertionError("accepted")


@test(build="debug")
def one_member_is_read_alone(w):
    agent = w.agent(build="debug")
    client = agent.client()
    job = client.create("a & b", URL + "one", agent.target("one"), Suspend=True)
    client.add_file(job, URL + "two", agent.target("two"))
    for path, want in (("State", [("State", "3")]), ("/BitsClientJob/DisplayName", [("DisplayName", "a & b")]),
                       ("Files[2]/RemoteUrl", [("RemoteUrl", URL + "two")]),
                       ("Files/LocalFile", [("LocalFile", agent.target(n)) for n in ("one", "two")]),
                       ("displayname", [("DisplayName", "a & b")])):
        got = wrapper(client, "Get", job, path, dialect=XPATH)
        eq([(child.tag, child.text) for child in got], want, path)
    eq(wrapper(client, "Get", job, "State/text()").text, "3")
    eq(len(wrapper(client, "Get", job, "Files")), 2)
    eq(soap.record(wrapper(client, "Get", job, "Files[1]")[0])["RemoteUrl"], URL + "one")
    eq(wrapper(client, "Get", job, "Files[3]").get("{%s}nil" % soap.XSI), "true")
    refused(lambda: wrapper(client, "Get", job, "Files[1]/Nothing"), "w:CannotProcessFilter")
    refused(lambda: wrapper(client, "Get", job, "State", dialect="urn:x"), "w:FragmentDialectNotSupported")
    eq(agent.alive(), True)


@test(build="debug")
def one_member_is_changed_alone(w):
    agent = w.agent(build="debug")
    client = agent.client()
    job = client.create("before", URL + "one", agent.target("one"), Suspend=True)
    before = client.job(job, soap.DRAY_JOB)
    eq([(c.tag, c.text) for c in put(client, job, "Priority", "<Priority>0</Priority>")], [("Priority", "0")])
    eq(put(client, job, "DisplayName/text()", "after").text, "after")
    eq(put(client, job, "Description/text()", "", soap.DRAY_JOB).text, None)
    agent.kill9()
    agent.start()
    after = agent.client().job(job, soap.DRAY_JOB)
    changed = {name for name in before if before[name] != after[name]} - {"JobLastModificationTime", "StateReason"}
    eq(changed, {"Priority", "DisplayName"}, "members that changed")
    eq((after["Priority"], after["DisplayName"]), ("0", "after"))
    client = agent.client()
    refused(lambda: put(client, job, "Priority", "<Priority>7</Priority>"), "x:InvalidRepresentation", "InvalidValues")
    refused(lambda: put(client, job, "State", "<State>6</State>"), "x:InvalidRepresentation", "InvalidValues")
    refused(lambda: put(client, job, "Files[1]/LocalFile", "<LocalFile>/x</LocalFile>"), "w:UnsupportedFeature",
            "FragmentLevelAccess")
    refused(lambda: put(client, job, "Priority", "<State>6</State>"), "x:InvalidRepresentation", "InvalidFragment")
    eq(client.job(job)["Priority"], "0")


def file_element(url, path):
    return "<p:Files><q:RemoteUrl xmlns:q=%s>%s</q:RemoteUrl><LocalFile>%s</LocalFile></p:Files>" % (
        '"%s"' % soap.DRAY_FILE, escape(url), escape(path))


def create(client, inner, uri=soap.DRAY_JOB, selectors=None):
    """ResourceCreated of the answer."""
    body = '<p:%s xmlns:p="%s">%s</p:%s>' % (uri.rpartition("/")[2], uri, inner, uri.rpartition("/")[2])
    answer = client.send(soap.envelope(soap.X + "/Create", uri, body, selectors))
    eq([child.tag for child in answer], ["{%s}ResourceCreated" % soap.X])
    return answer[0]


def delete(client, job, uri=soap.DRAY_JOB):
    eq(len(client.send(soap.envelope(soap.X + "/Delete", uri, "", {"JobId": job}))), 0, "children of the body")


@test(build="debug")
def a_job_is_made_as_an_instance_and_found_by_its_reference(w):
    agent = w.agent(build="debug")
    client = agent.client()
    inner = ("<p:DisplayName>a &amp; b</p:DisplayName><p:Priority>0</p:Priority><p:RateLimit>1000</p:RateLimit>"
             "<p:Owner>somebody</p:Owner><p:Nothing>x</p:Nothing>"
             + file_element(URL + "one?a&b", agent.target("one")) + file_element(URL + "two", agent.target("two")))
    created = create(client, inner)
    eq(soap.text_at(created, "{%s}Address" % soap.A), "http://127.0.0.1:%d/wsman" % agent.port)
    where = soap.epr_selectors(created)
    eq(where.pop(None), soap.DRAY_JOB)
    agent.kill9()
    agent.start()
    client = agent.client()
    job = client.get(soap.DRAY_JOB, **where)
    eq((job["DisplayName"], job["Priority"], job["RateLimit"], job["State"], job["FilesTotal"]),
       ("a & b", "0", "1000", "3", "2"))
    assert job["Owner"] != "somebody", job["Owner"]
    eq([f["RemoteUrl"] for f in job["Files"]], [URL + "one?a&b", URL + "two"])
    empty = soap.epr_selectors(create(client, "<p:DisplayName>none</p:DisplayName>"))["JobId"]
    eq(client.job(empty)["FilesTotal"], "0")


@test(build="debug")
def a_new_instance_that_cannot_be_is_refused_whole(w):
    agent = w.agent(build="debug")
    client = agent.client()
    name = "<p:DisplayName>x</p:DisplayName>"
    for inner, detail in (
            ("<p:Priority>1</p:Priority>", "MissingValues"), (name + "<p:Priority>9</p:Priority>", "InvalidValues"),
            (name + "<p:Priority>high</p:Priority>", "InvalidValues"),
            (name + "<p:Files><LocalFile>/tmp/x</LocalFile></p:Files>", "MissingValues"),
            (name + "<p:JobId>{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B12}</p:JobId>", "InvalidValues")):
        refused(lambda inner=inner: create(client, inner), "x:InvalidRepresentation", detail)
    refused(lambda: create(client, name, selectors={"JobId": "{3BA55CB4-5ECC-48A6-895F-C7B35EBF8B12}"}),
            "x:InvalidRepresentation", "InvalidValues")
    refused(lambda: create(client, name + file_element(URL, agent.target("no/such/dir"))), "w:InternalError")
    fault = refused(lambda: create(client, name, soap.JOB), "a:ActionNotSupported")
    assert "CreateJob" in fault.text, fault.text
    eq(client.jobs(soap.DRAY_JOB), [], "jobs")
    eq(agent.alive(), True)


@test(build="debug")
def a_deleted_job_is_cancelled(w):
    agent = w.agent(build="debug")
    client = agent.client()
    agent.add_user("reader", "reader", "viewer")
    for uri in (soap.DRAY_JOB, soap.JOB):
        job = client.create("x", URL + "one", agent.target("one"), Suspend=True)
        refused(lambda: delete(agent.client("reader", "reader"), job), "w:AccessDenied")
        delete(client, job, uri)
        for again in (lambda: client.job(job), lambda: delete(client, job, uri)):
            fault = refused(again, "a:DestinationUnreachable", "InvalidResourceURI")
            eq(fault.codes, [2150858752, 0x80200001])
    refused(lambda: client.send(soap.envelope(soap.X + "/Delete", soap.DRAY_POLICY)), "a:ActionNotSupported")
    eq(client.jobs(), [])
