# SPDX-License-Identifier: MIT
"""One member of a job read and written alone (fragment transfer), as consoles do it."""
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
