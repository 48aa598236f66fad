# SPDX-License-Identifier: MIT
"""Queries and filters as consoles send them: WQL over every class of a namespace or one, columns, selectors, XPath."""
import os
import re
import subprocess
from xml.sax.saxutils import escape

import xmltodict
from winrm.protocol import Protocol

import soap
from lab import eq, test, wait_for

MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/man/drayd.8.scd")
WQL = "http://schemas.microsoft.com/wbem/wsman/1/WQL"
SELECTORS = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
DMTF_STAR = "http://schemas.dmtf.org/wbem/wscim/1/*"
URL = "http://127.0.0.1:9/"


def three(w, build="release"):
    agent = w.agent(build=build)
    client = agent.client()
    ids = {}
    for name, more in (("Nightly backup", {"Priority": 0}), ("updates [weekly]", {"Priority": 2}),
                       ("100% of it", {"Priority": 1, "Description": "all\\of it"})):
        ids[name] = client.create(name, URL + name[:3].strip("%"), agent.target(name[:3]), Suspend=True)
        client.put(soap.JOB, {"JobId": ids[name]}, **more)
    return agent, client, ids


def ask(client, uri, text, dialect=WQL, mode="", selectors=None, raw=False):
    """Every item: Enumerate with a filter, optimized, then Pull."""
    body = ('<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>2</w:MaxElements>%s<w:Filter Dialect="%s">%s'
            "</w:Filter></n:Enumerate>" % (mode and "<w:EnumerationMode>%s</w:EnumerationMode>" % mode, dialect,
                                text if raw else escape(text)))
    answer = client.send(soap.envelope(soap.N + "/Enumerate", uri, body, selectors))[0]
    batch = soap.Batch(answer, soap.W)
    items = batch.items
    while not batch.end:
        batch = client.pull(uri, batch.context, 2)
        items += batch.items
    return items


def names(client, condition, uri=soap.BITS + "*", cls="BitsClientJob", **more):
    return sorted(soap.record(item)["DisplayName"]
                  for item in ask(client, uri, "select * from %s where %s" % (cls, condition), **more))


def refused(client, subcode, uri, text, dialect=WQL):
    try:
        ask(client, uri, text, dialect)
    except soap.Fault as fault:
        eq(fault.subcode, subcode, text)
        return fault
    raise AssertionError("accepted: " + text)


@test(build="debug")
def conditions_choose_among_jobs(w):
    agent, client, ids = three(w, "debug")
    backup, updates, all_of_it = "Nightly backup", "updates [weekly]", "100% of it"
    for condition, want in (
            ("State = 3", [all_of_it, backup, updates]), ("state = '3' and Priority < 2", [all_of_it, backup]),
            ("Priority = 2 or Priority = 0", [backup, updates]), ("not (Priority = 2 or Priority = 0)", [all_of_it]),
            ("DisplayName = 'NIGHTLY BACKUP'", [backup]), ("DisplayName like '%[[]week%'", [updates]),
            ("DisplayName like '100[%] %'", [all_of_it]), ("Description = 'all\\\\of it'", [all_of_it]),
            ("JobId = '%s'" % ids[updates].strip("{}").lower(), [updates]), ("BytesTotal = 18446744073709551615",
            [all_of_it, backup, updates]), ("FilesTotal > 1", []),
            ("__CLASS = 'BitsClientJob' and Priority = 0", [backup])):
        eq(names(client, condition), want, condition)
        eq(names(client, condition, soap.JOB), want, condition + ", class URI")
        eq(names(client, condition, DMTF_STAR, selectors={"__cimnamespace": "root/microsoft/bits"}), want, condition)
    eq(names(client, "TransferRate = 0 and Attempts = 0 and Priority = 0", soap.DRAY + "*", "DRAY_Job"), [backup])
    client.set_state(ids[backup], soap.CANCEL)
    eq(names(client, "Priority < 2"), [all_of_it], "after a job was cancelled")
    eq(agent.alive(), True)


@test()
def columns_come_without_their_class(w):
    _, client, ids = three(w)
    items = ask(client, soap.BITS + "*",
                "select State, DisplayName, Files, Description from BitsClientJob where Priority=2")
    eq([soap.local(items[0]), [child.tag for child in items[0]]],
       ["XmlFragment", ["Description", "DisplayName", "Files", "State"]], "names, alphabetical, in no namespace")
    eq((items[0].findtext("DisplayName"), items[0].findtext("State")), ("updates [weekly]", "3"))
    eq(items[0][2].findtext("{%sBitsClientFile}RemoteUrl" % soap.BITS), URL + "upd", "the file inside")
    items = ask(client, soap.BITS + "*", "select JobId from BitsClientJob", mode="EnumerateObjectAndEPR")
    eq([(soap.local(item), item[0].findtext("JobId"), soap.epr_selectors(item[1])) for item in items],
       [("Item", job, {None: soap.JOB, "JobId": job}) for job in ids.values()], "pairs")
    eq([client.get(soap.JOB, JobId=soap.epr_selectors(item[1])["JobId"])["JobId"] for item in items],
       list(ids.values()))


@test()
def selectors_and_xpath_choose_too(w):
    agent, client, ids = three(w)
    selector = '<w:SelectorSet><w:Selector Name="%s">%s</w:Selector></w:SelectorSet>'
    for uri in (soap.JOB, soap.DRAY_JOB):
        items = ask(client, uri, selector % ("Priority", "2"), SELECTORS, raw=True)
        eq([soap.record(item)["DisplayName"] for item in items], ["updates [weekly]"])
    for text, want in (("Priority=2", 1), ("Priority!=2", 2), ("Files/RemoteUrl='%sNig'" % URL, 1), ("Files[2]", 0),
                       ("/BitsClientJob[State=3 and not(Priority=0)]", 2), ("State/text()='3'", 3)):
        eq(len(ask(client, soap.JOB, text, XPATH)), want, text)
    refused(client, "n:CannotProcessFilter", soap.JOB, "count(Files)=1", XPATH)
    refused(client, "n:FilterDialectRequestedUnavailable", soap.JOB, "x", "urn:nobody")


@test()
def bad_queries_are_told_in_words(w):
    agent, client, _ = three(w)
    agent.add_user("uwe", "pw", "user")
    star = soap.BITS + "*"
    for text, word in (("select * from", "early"), ("select * from Win32_Service", "Win32_Service"),
                       ("select * from BitsClientJob where Nope=1", "Nope"),
                       ("select * from BitsClientJob where State='x'", "State"),
                       ("select * from BitsClientJob where Files=1", "Files"),
                       ("associators of {BitsClientJob.JobId='x'}", "associations")):
        fault = refused(client, "n:CannotProcessFilter", star, text)
        assert word in fault.text, "%s: %s" % (text, fault.text)
        eq(fault.codes, [2150858778, 2150858778], "codes")
    refused(client, "n:CannotProcessFilter", star, "select * from DRAY_Job")	# in another namespace
    refused(agent.client("uwe", "pw"), "w:AccessDenied", star, "select * from BitsClientJob")
    eq(len(ask(agent.client("uwe", "pw"), soap.DRAY + "*", "select JobId from DRAY_Job")), 3, "what a user may")
    eq(len(ask(agent.local(), soap.DRAY + "*", "select JobId from DRAY_Job where Priority=2")), 1, "over the socket")
    eq(agent.alive(), True)


@test()
def the_example_of_the_manual_finds_jobs_that_are_ready(w):
    agent, served = w.agent(), w.origin()
    client = agent.client()
    served.replace("f", 1000, 1700000000)
    ready = client.create("Nightly", served.url("f"), agent.target("a"))
    client.create("nightly, later", served.url("f"), agent.target("b"), Suspend=True)
    client.create("other", served.url("f"), agent.target("c"))
    wait_for(lambda: sorted(int(job["State"]) for job in client.jobs()) == [3, 6, 6], 20, "two jobs to be ready")
    with open(MANUAL, encoding="utf-8") as f:
        example = re.search("```\n(cat > query.xml.*?)```", f.read(), re.S).group(1)
    done = subprocess.run(["sh", "-ec", example], env=agent.env(), cwd=agent.out, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    eq((done.returncode, done.stderr), (0, ""), "curl")
    assert "<w:XmlFragment" in done.stdout, done.stdout
    eq(re.findall("<(DisplayName|JobId)>([^<]*)</", done.stdout), [("DisplayName", "Nightly"), ("JobId", ready)])


@test()
def a_query_of_pywinrm_goes_from_pull_to_pull(w):
    """As its users send WQL: their own bodies through Protocol.send_message()."""
    agent, client, ids = three(w)
    for n in range(40):
        client.create("job %d" % n, URL, agent.target("f%d" % n), Suspend=True)
    protocol = Protocol("http://127.0.0.1:%d/wsman" % agent.port, transport="basic", username=agent.user,
                        password=agent.password)

    def send(action, body):
        header = protocol._get_soap_header(resource_uri=soap.BITS + "*", action=soap.N + "/" + action)
        request = {"env:Envelope": header}
        request["env:Envelope"]["env:Body"] = body
        answer = xmltodict.parse(protocol.send_message(xmltodict.unparse(request)))
        return answer["s:Envelope"]["s:Body"]["n:%sResponse" % action]

    answer = send("Enumerate", {"n:Enumerate": {
        "w:OptimizeEnumeration": None, "w:MaxElements": "7",
        "w:Filter": {"@Dialect": WQL,
                     "#text": "select DisplayName from BitsClientJob where DisplayName like 'job %'"}}})
    seen = [item["DisplayName"] for item in answer["w:Items"]["w:XmlFragment"]]
    while answer.get("n:EnumerationContext"):
        answer = send("Pull", {"n:Pull": {"n:EnumerationContext": answer["n:EnumerationContext"],
                                          "n:MaxElements": "7"}})
        items = (answer["n:Items"] or {}).get("w:XmlFragment", [])
        seen += [item["DisplayName"] for item in (items if isinstance(items, list) else [items])]
    eq(seen, ["job %d" % n for n in range(40)], "names, in the order of creation")
