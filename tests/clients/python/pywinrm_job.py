# SPDX-License-Identifier: MIT
"""A job by python3-winrm: Protocol.send_message() with bodies for xmltodict. What it is given and what it tells:
tests/clients/README.md."""
import json
import os
import sys
import time

import xmltodict
from winrm.exceptions import WinRMError
from winrm.protocol import Protocol

URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/microsoft/bits/BitsClientJob"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"

url, user, file_url, target, name = sys.argv[1:]
protocol = Protocol(url, transport="basic", username=user, password=os.environ["CLIENT_PASSWORD"])


def tell(step, **values):
    print(json.dumps({"step": step, **values}), flush=True)


def send(action, body=None, job=None):
    """The one element in the body of the answer."""
    envelope = protocol._get_soap_header(action=action, resource_uri=URI)
    if job:
        envelope["env:Header"]["w:SelectorSet"] = {"w:Selector": {"@Name": "JobId", "#text": job}}
    envelope["env:Body"] = body
    answer = xmltodict.parse(protocol.send_message(xmltodict.unparse({"env:Envelope": envelope})))
    return next(value for key, value in answer["s:Envelope"]["s:Body"].items() if key[0] != "@")


def invoke(method, job=None, **values):
    members = {"p:" + key: value for key, value in values.items()}
    return send(URI + "/" + method, {"p:%s_INPUT" % method: {"@xmlns:p": URI, **members}}, job)


identity = protocol.send_message(xmltodict.unparse({"s:Envelope": {
    "@xmlns:s": "http://www.w3.org/2003/05/soap-envelope", "@xmlns:i": IDENTITY, "s:Header": None,
    "s:Body": {"i:Identify": None}}}))
tell("identify", vendor=xmltodict.parse(identity)["s:Envelope"]["s:Body"]["wsmid:IdentifyResponse"]
     ["wsmid:ProductVendor"])

job = invoke("CreateJob", DisplayName=name, RemoteUrl=file_url, LocalFile=target)["p:JobId"]
tell("create", job=job)
document = send(TRANSFER + "/Get", job=job)
tell("get", name=document["p:DisplayName"], job=document["p:JobId"])
document["p:Priority"] = "0"
document = send(TRANSFER + "/Put", {"p:BitsClientJob": document}, job)
tell("put", priority=document["p:Priority"], name=document["p:DisplayName"])

answer = send(ENUMERATION + "/Enumerate", {"n:Enumerate": None})
seen, pulls = [], 0
while answer.get("n:EnumerationContext"):
    answer = send(ENUMERATION + "/Pull", {"n:Pull": {"n:EnumerationContext": answer["n:EnumerationContext"],
                                                     "n:MaxElements": "2"}})
    items = (answer["n:Items"] or {}).get("p:BitsClientJob", [])
    seen += items if isinstance(items, list) else [items]
    pulls += 1
tell("enumerate", jobs={item["p:JobId"]: item["p:Priority"] for item in seen}, pulls=pulls)

end = time.monotonic() + 20
while send(TRANSFER + "/Get", job=job)["p:State"] != "6" and time.monotonic() < end:
    time.sleep(0.05)
tell("invoke", result=invoke("SetJobState", job, JobState="1")["p:ReturnValue"])
try:
    send(TRANSFER + "/Get", job=job)
except WinRMError as error:
    tell("fault", text=str(error))
