# SPDX-License-Identifier: MIT
"""A job by python3-zeep, which knows the service only from schemas/cim/BitsClientJob.wsdl. What it is given and
what it tells: tests/clients/README.md. Identify belongs to no class, so that one is sent by hand."""
import json
import os
import sys
import time
import uuid

import requests
import zeep
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.transports import Transport

URI = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/microsoft/bits/BitsClientJob"
FAULT = "{http://schemas.microsoft.com/wbem/wsman/1/wsmanfault}"
IDENTITY = "{http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd}"
IDENTIFY = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body>
<i:Identify xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"/></s:Body></s:Envelope>"""

url, user, file_url, target, name, wsdl = sys.argv[1:]
session = requests.Session()
session.trust_env = False
session.auth = (user, os.environ["CLIENT_PASSWORD"])
transport = Transport(session=session, operation_timeout=30)
client = zeep.Client(wsdl, transport=transport)
service = client.create_service("{%s}BitsClientJob" % URI, url)
binding = next(iter(client.wsdl.bindings.values()))


def tell(step, **values):
    print(json.dumps({"step": step, **values}), flush=True)


def call(operation, *arguments, job=None, **values):
    head = {"To": url, "Action": binding.get(operation).soapaction, "MessageID": "uuid:%s" % uuid.uuid4(),
            "ReplyTo": {"Address": "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"},
            "ResourceURI": URI}
    if job:
        head["SelectorSet"] = {"Selector": [{"_value_1": job, "Name": "JobId"}]}
    return getattr(service, operation)(*arguments, _soapheaders=head, **values)


answer = transport.post(url, IDENTIFY, {"Content-Type": "application/soap+xml;charset=UTF-8"})
tell("identify", vendor=zeep.loader.parse_xml(answer.content, transport).findtext(".//%sProductVendor" % IDENTITY))

job = call("CreateJob", DisplayName=name, RemoteUrl=file_url, LocalFile=target)["JobId"]
tell("create", job=job)
document = call("Get", job=job)
assert isinstance(document["State"], int), document
tell("get", name=document["DisplayName"], job=document["JobId"])
document["Priority"] = 0
document = call("Put", job=job, **serialize_object(document))
tell("put", priority=str(document["Priority"]), name=document["DisplayName"])

answer = call("Enumerate", OptimizeEnumeration={}, MaxElements=2)
seen, pulls = list(answer["Items"]["BitsClientJob"]), 0
while answer["EnumerationContext"]:
    answer = call("Pull", EnumerationContext=answer["EnumerationContext"], MaxElements=2)
    seen += answer["Items"]["BitsClientJob"]
    pulls += 1
tell("enumerate", jobs={item["JobId"]: str(item["Priority"]) for item in seen}, pulls=pulls)

end = time.monotonic() + 20
while call("Get", job=job)["State"] != 6 and time.monotonic() < end:
    time.sleep(0.05)
tell("invoke", result=str(call("SetJobState", job=job, JobState=1)))
try:
    call("Get", job=job)
except Fault as fault:
    told = fault.detail.find(FAULT + "WSManFault")
    tell("fault", text=fault.message, code=told.get("Code"), subcodes=[str(code) for code in fault.subcodes])
