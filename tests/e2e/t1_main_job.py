# SPDX-License-Identifier: MIT
"""The main job: Microsoft's published sequence, spoken by python3-winrm over HTTP Basic."""
import os
import re
import xml.etree.ElementTree as ET

import xmltodict
from winrm.protocol import Protocol

import soap
from lab import eq, sha256_of, test, wait_for

SIZE = 1 << 30
UNKNOWN = (1 << 64) - 1		# a size not learned yet; null in JSON

# What must not move between two looks at a job, and what may only grow.
FIXED = ["JobId", "DisplayName", "Description", "Priority", "MinimumRetryDelay", "NoProgressTimeout",
         "JobCreationTime", "BytesTotal", "FilesTotal", "Owner"]
GROWING = ["BytesTransferred", "FilesTransferred", "TransientErrorCount", "JobLastModificationTime"]


class Console:
    """A remote administrator whose only tool is Protocol.send_message."""

    def __init__(self, agent):
        self.protocol = Protocol("http://127.0.0.1:%d/wsman" % agent.port, transport="basic",
                                 username=agent.user, password=agent.password)

    def send(self, action, body="", selectors=None):
        request = {"env:Envelope": self.protocol._get_soap_header(resource_uri=soap.JOB, action=action)}
        header = request["env:Envelope"]["env:Header"]
        if selectors:
            header["w:SelectorSet"] = {"w:Selector": [{"@Name": k, "#text": v} for k, v in selectors.items()]}
        request["env:Envelope"]["env:Body"] = "BODY"
        self.answer = self.protocol.send_message(xmltodict.unparse(request).replace("BODY", body)).decode()
        return ET.fromstring(self.answer).find("{%s}Body" % soap.S)

    def get(self, job):
        return soap.record(self.send(soap.X + "/Get", selectors={"JobId": job})[0])

    def invoke(self, method, job=None, **values):
        body = soap.members(soap.JOB, method + "_INPUT", values)
        out = soap.record(self.send(soap.JOB + "/" + method, body, {"JobId": job} if job else None)[0])
        eq(out["ReturnValue"], "0", method)
        return out

    def set(self, job, name, value):
        """The whole document goes back with one text changed, as Set-WSManInstance does it."""
        self.send(soap.X + "/Get", selectors={"JobId": job})
        document = re.search(r"<s:Body[^>]*>(.*)</s:Body>", self.answer, re.S).group(1)
        document, count = re.subn("<p:%s>[^<]*</p:%s>" % (name, name), "<p:%s>%s</p:%s>" % (name, value, name),
                                  document)
        eq(count, 1, "elements named " + name)
        return soap.record(self.send(soap.X + "/Put", document, {"JobId": job})[0])


def tell_same(agent, console, job):
    """One look by Get, two by the command, one by Get: every number fits between."""
    before = console.get(job)
    listed = [j for j in agent.json("list") if j["JobId"] == job]
    eq(len(listed), 1, "jobs of that id in dray list")
    shown = agent.json("show", job)
    after = console.get(job)
    for told in (listed[0], shown):
        for name in FIXED:
            if before[name] == after[name]:
                number = UNKNOWN if told[name] is None else told[name]
                eq(str(number), before[name], name)
        for name in GROWING:
            assert int(before[name]) <= int(told[name]) <= int(after[name]), "%s: %s, %s, %s" % (
                name, before[name], told[name], after[name])
        if before["State"] == after["State"]:
            eq(int(told["State"]), int(before["State"]), "State")
    return before, after


@test(limit=240, slow=True)
def one_gibibyte_moves_while_console_and_command_agree(w):
    origin = w.origin(rate="200m")
    agent = w.agent()
    console = Console(agent)
    digest = origin.file("big.iso", SIZE)
    target = agent.target("big.iso")

    job = console.invoke("CreateJob", DisplayName="big", RemoteUrl=origin.url("big.iso", slow=True),
                         LocalFile=target, Type=0)["JobId"]
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", job), job
    eq(console.set(job, "Priority", 0)["Priority"], "0", "Priority in the answer to Put")
    eq(console.get(job)["Priority"], "0", "Priority")
    console.invoke("SetJobState", job, JobState=soap.RESUME)

    looks = 0
    while True:
        before, after = tell_same(agent, console, job)
        assert int(after["State"]) in (0, 1, 2, 6), after
        looks += int(after["State"]) == soap.TRANSFERRING and 0 < int(after["BytesTransferred"]) < SIZE
        if int(before["State"]) == soap.TRANSFERRED:
            break
    assert looks >= 3, "only %d looks while bytes were moving" % looks

    done = console.get(job)
    eq(int(done["BytesTransferred"]), SIZE, "BytesTransferred")
    eq(int(done["BytesTotal"]), SIZE, "BytesTotal")
    eq(done["FilesTransferred"], "1", "FilesTransferred")
    assert int(done["JobCompletionTime"]) >= int(done["JobCreationTime"])
    console.invoke("SetJobState", job, JobState=soap.COMPLETE)
    eq(sha256_of(target), digest, "sha256 of the file")
    eq([j["JobId"] for j in agent.json("list")], [], "jobs left")
    gets = [r for r in origin.requests() if r[0] == "GET"]
    print("     | %d looks while moving; %d GET requests" % (looks, len(gets)), flush=True)


@test(limit=30)
def two_files_arrive_in_their_places_only_on_complete(w):
    origin, agent = w.origin(), w.agent()
    console = Console(agent)
    digests = [origin.file("a", 3 << 20), origin.file("b", 12345)]
    job = console.invoke("CreateJob", DisplayName="two", RemoteUrl=origin.url("a"), LocalFile=agent.target("a"),
                         Suspend="True", Description="a & b")["JobId"]
    console.invoke("AddFile", job, RemoteUrl=origin.url("b"), LocalFile=agent.target("b"))
    eq(console.get(job)["State"], str(soap.SUSPENDED), "State of a job created with Suspend")
    console.invoke("SetJobState", job, JobState=soap.RESUME)
    wait_for(lambda: console.get(job)["State"] == "6", 20, "State 6")
    seen = console.get(job)
    eq(seen["Description"], "a & b", "Description")
    eq([f["Completed"] for f in seen["Files"]], ["false", "false"], "Completed before Complete")
    eq([n for n in ("a", "b") if n in os.listdir(agent.out)], [], "files in place before Complete")
    console.invoke("SetJobState", job, JobState=soap.COMPLETE)
    eq([sha256_of(agent.target("a")), sha256_of(agent.target("b"))], digests, "sha256")
    eq(sorted(os.listdir(agent.out)), ["a", "b"], "what lies in the folder")
