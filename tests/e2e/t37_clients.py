# SPDX-License-Identifier: MIT
"""Clients other people wrote, each through the same seven steps: identify, create, get, put, enumerate, invoke,
and a fault. The programs are in tests/clients, where README.md says what they are given and what they tell."""
import functools
import json
import os
import re
import shutil
import subprocess
import time

import examples
import soap
from agent import wait_state
from lab import Skip, clean_env, eq, sha256_of, test

CLIENTS = os.path.join(examples.TOP, "tests", "clients")
STEPS = ["identify", "create", "get", "put", "enumerate", "invoke", "fault"]
NAME = "für alle, 100 %"


class Stage:
    """An agent with three jobs that wait, a file to fetch, and what a client is given."""

    def __init__(self, w):
        self.w, self.agent, self.origin = w, w.agent(), w.origin()
        self.digest = self.origin.file("f", 100_000)
        self.client = self.agent.client()
        self.target = self.agent.target("f")
        self.waiting = {self.client.create("job %d" % n, self.origin.url("f"), self.agent.target("f%d" % n),
                                           Suspend=True) for n in range(3)}
        self.arguments = ["http://127.0.0.1:%d/wsman" % self.agent.port, self.agent.user, self.origin.url("f"),
                          self.target, NAME]

    def call(self, *command):
        """What a program prints on standard output."""
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=60, cwd=self.w.folder,
                              env=clean_env(HOME=self.w.folder, CLIENT_PASSWORD=self.agent.password))
        eq(done.returncode, 0, "exit status; it said:\n%s%s" % (done.stdout, done.stderr))
        return done.stdout

    def run(self, *command):
        """The program's words, a dict a step."""
        told = [json.loads(line) for line in self.call(*command, *self.arguments).splitlines()]
        eq([words["step"] for words in told], STEPS, "steps")
        return {words["step"]: words for words in told}

    def judge(self, told, pulls):
        """What must hold, whoever did it. Returns the fault the client was to see."""
        eq(told["identify"]["vendor"], self.client.identify()["ProductVendor"], "vendor")
        job = told["create"]["job"]
        assert re.fullmatch(r"\{[0-9A-F-]{36}\}", job), job
        eq((told["get"]["name"], told["get"]["job"]), (NAME, job), "DisplayName and JobId of the new job")
        eq((told["put"]["priority"], told["put"]["name"]), ("0", NAME), "answer to Put")
        eq(set(told["enumerate"]["jobs"]), self.waiting | {job}, "jobs it was told of")
        eq(told["enumerate"]["jobs"][job], "0", "Priority of its job among the others")
        eq(told["enumerate"]["pulls"], pulls, "pulls")
        eq(told["invoke"]["result"], "0", "ReturnValue")
        eq(sha256_of(self.target), self.digest, "sha256")
        eq({one["JobId"] for one in self.client.jobs()}, self.waiting, "jobs left")
        try:
            self.client.job(job)
        except soap.Fault as fault:
            return fault
        raise AssertionError("the job %s is still there" % job)

    def example(self, language, which=0):
        """An example of docs/clients.md as it stands there, for where it will be run."""
        self.second = self.agent.target("second")
        block = examples.blocks("docs/clients.md", language)[which]
        return examples.filled(block, self.agent, self.origin.url("f"), self.second)

    def judge_example(self, said):
        """It has made the one job that is new, and told its id."""
        job, = {one["JobId"] for one in self.client.jobs()} - self.waiting
        assert job in said, said
        wait_state(self.client, job, soap.TRANSFERRED, 20)
        self.client.set_state(job, soap.COMPLETE)
        eq(sha256_of(self.second), self.digest, "sha256 of what the example fetched")


@test(limit=60)
def pywinrm_does_a_job_by_send_message(w):
    stage = Stage(w)
    told = stage.run("/usr/bin/python3", "-B", os.path.join(CLIENTS, "python", "pywinrm_job.py"))
    fault = stage.judge(told, pulls=2)
    for words in (fault.text, "'wsmanfault_code': '%d'" % fault.codes[0], fault.subcode):
        assert words in told["fault"]["text"], "%r is not in %r" % (words, told["fault"]["text"])


def write_schemas(w, folder):
    subprocess.run([w.binaries["release"] + "/drayd", "--schema", folder], check=True, timeout=30,
                   stdin=subprocess.DEVNULL)


@test(limit=60)
def zeep_does_a_job_with_nothing_but_the_wsdl(w):
    stage = Stage(w)
    write_schemas(w, w.folder)
    stage.arguments.append(w.path("BitsClientJob.wsdl"))
    told = stage.run("/usr/bin/python3", "-B", os.path.join(CLIENTS, "python", "zeep_job.py"))
    fault = stage.judge(told, pulls=1)
    eq((told["fault"]["text"], told["fault"]["code"]), (fault.text, str(fault.codes[0])), "text and code")
    eq(told["fault"]["subcodes"], ["{%s}%s" % (soap.A, fault.subcode.partition(":")[2])], "subcodes")
    stage.judge_example(stage.call("/usr/bin/python3", "-B", "-c", stage.example("python")))


def go_build(w, name, source):
    start = time.monotonic()
    done = subprocess.run(["/usr/bin/go", "build", "-o", w.path(name), source], text=True, timeout=180,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=w.folder,
                          env=clean_env(HOME=w.folder, GOPATH="/usr/share/gocode", GO111MODULE="off", GOFLAGS="",
                                        GOPROXY="off", GOCACHE=w.mkdir("gocache")))
    eq(done.returncode, 0, "exit status of go build; it said:\n%s" % done.stdout)
    print("     | go build took %.0f s" % (time.monotonic() - start), flush=True)
    return w.path(name)


@test(limit=200)
def a_go_program_does_a_job_by_post(w):
    """Built from what Debian installs, with nothing of a network."""
    program = go_build(w, "job", os.path.join(CLIENTS, "go", "job.go"))
    stage = Stage(w)
    told = stage.run(program)
    fault = stage.judge(told, pulls=2)
    eq((told["fault"]["text"], told["fault"]["code"]), (fault.text, str(fault.codes[0])), "text and code")
    with open(w.path("example.go"), "w") as f:
        f.write(stage.example("go"))
    stage.judge_example(stage.call(go_build(w, "example", w.path("example.go"))))


@test(limit=60)
def curl_does_a_job_with_the_function_of_the_readme(w):
    stage = Stage(w)
    block, = examples.blocks("README.md", "sh")
    script = examples.filled(block, stage.agent, stage.origin.url("f"), stage.target).replace("first job", NAME)
    with open(os.path.join(CLIENTS, "curl", "job.sh"), encoding="utf-8") as f:
        script = "exec 3>&1 >answers\n" + script + f.read()
    told = stage.run("/bin/bash", "-euo", "pipefail", "-c", script, "curl")
    fault = stage.judge(told, pulls=2)
    eq((told["fault"]["text"], told["fault"]["status"]), (fault.text, 22), "text and exit status of curl")


@functools.lru_cache(maxsize=None)
def npm_packages():
    """(folder, None) with our programs and the packages of the lock file, or (None, why they cannot be had)."""
    folder = os.path.join(os.environ["HOME"], "npm")		# removed with everything else of this run
    shutil.copytree(os.path.join(CLIENTS, "node"), folder, ignore=shutil.ignore_patterns("node_modules"))
    npm = shutil.which("npm", path=clean_env()["PATH"])
    if not npm or not shutil.which("node", path=clean_env()["PATH"]):
        return None, "there is no node and npm on this machine (Debian: nodejs, npm)"
    own = {name: os.environ[name] for name in ("NODE_EXTRA_CA_CERTS",) if name in os.environ}
    start = time.monotonic()
    try:
        done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
                               "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=20000"],
                              cwd=folder, env=clean_env(HOME=folder, **own), text=True, timeout=100,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        return None, "npm ci did not end in 100 s"
    for ours in ("EINTEGRITY", "EUSAGE", "EJSONPARSE", "ETARGET"):		# the registry was there, the lock file is wrong
        assert ours not in done.stdout, done.stdout
    if done.returncode:
        return None, "npm ci: " + " ".join(done.stdout.split())[:300]
    print("     | npm ci took %.0f s" % (time.monotonic() - start), flush=True)
    return folder, None


def run_node(w, program, which):
    """(stage, what the program told); the example of that number is run and judged, too."""
    folder, why = npm_packages()
    if not folder:
        raise Skip(why)
    stage = Stage(w)
    example = os.path.join(folder, "example%d.mjs" % which)
    with open(example, "w", encoding="utf-8") as f:
        f.write(stage.example("js", which))
    stage.judge_example(stage.call("node", example))
    return stage, stage.run("node", os.path.join(folder, program))


@test(limit=160)
def wsman_messages_of_npm_does_a_job(w):
    """Numbers as MessageIDs, no prefix at the envelope, 999 items a Pull."""
    stage, told = run_node(w, "wsman_messages_job.mjs", 0)
    fault = stage.judge(told, pulls=1)
    eq((told["fault"]["text"], told["fault"]["code"]), (fault.text, str(fault.codes[0])), "text and code")


@test(limit=160)
def winrm_client_of_npm_does_a_job(w):
    """One MessageID for all messages, and answers read by prefix; a fault it shows by its HTTP status only."""
    stage, told = run_node(w, "winrm_client_job.mjs", 1)
    stage.judge(told, pulls=2)
    for what in ("text", "shell"):
        assert re.fullmatch("Failed to process the request: 500 .+", told["fault"][what]), told["fault"]


@test(limit=60)
def the_wsdl_takes_arrays_parts_and_long_numbers(w):
    import requests
    import zeep
    stage = Stage(w)
    write_schemas(w, w.folder)
    session = requests.Session()
    session.auth = (stage.agent.user, stage.agent.password)
    client = zeep.Client(w.path("DRAY_Job.wsdl"), transport=zeep.Transport(session=session, operation_timeout=30))
    service = client.create_service("{%s}DRAY_Job" % soap.DRAY_JOB, stage.arguments[0])
    job = min(stage.waiting)

    def head(action, job=job):
        return {"Action": action, "MessageID": "uuid:1", "ResourceURI": soap.DRAY_JOB,
                "ReplyTo": {"Address": soap.ANONYMOUS},
                "SelectorSet": {"Selector": [{"Name": "JobId", "_value_1": job}]} if job else None}

    added = service.AddFileSet(RemoteUrl=[stage.origin.url("f")] * 2,
                               LocalFile=[stage.target + "1", stage.target + "2"],
                               _soapheaders=head(soap.DRAY_JOB + "/AddFileSet"))
    eq((added.Index, added.ReturnValue), (1, 0), "Index and ReturnValue")
    seen = service.Get(_soapheaders=head(soap.X + "/Get"))
    eq((seen.FilesTotal, seen.BytesTotal), (3, (1 << 64) - 1), "FilesTotal, and BytesTotal of files nobody has asked for")
    before = stage.client.job(job, soap.DRAY_JOB)
    service.Put(Description="only this", _soapheaders=head(soap.X + "/Put"))
    after = stage.client.job(job, soap.DRAY_JOB)
    moved = {name for name in after if after[name] != before[name]} - {"JobLastModificationTime"}
    eq((moved, after["Description"]), ({"Description"}, "only this"), "what a Put of one member changed")

    made = service.Create(DisplayName=NAME, Files=[{"RemoteUrl": stage.origin.url("f"), "LocalFile": stage.target}],
                          _soapheaders=head(soap.X + "/Create", None))
    eq(made.Address, stage.arguments[0], "where the new job is")
    eq(made.ReferenceParameters.ResourceURI, soap.DRAY_JOB, "its class")
    selector, = made.ReferenceParameters.SelectorSet.Selector
    eq((selector.Name, stage.client.job(selector._value_1)["DisplayName"]), ("JobId", NAME), "the job it names")
    service.Delete(_soapheaders=head(soap.X + "/Delete", selector._value_1))
    eq({one["JobId"] for one in stage.client.jobs()}, stage.waiting, "jobs left after Delete")


@test(limit=60)
def zeep_reads_every_wsdl(w):
    folder = w.mkdir("cim")
    write_schemas(w, folder)
    names = sorted(name for name in os.listdir(folder) if name.endswith(".wsdl"))
    assert "DRAY_Job.wsdl" in names and "BitsClientFile.wsdl" not in names, names
    for name in names:
        done = subprocess.run(["/usr/bin/python3", "-B", "-m", "zeep", os.path.join(folder, name)], text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=30, env=clean_env(HOME=w.folder))
        eq(done.returncode, 0, "%s: %s" % (name, done.stdout))
        with open(os.path.join(folder, name[:-len("wsdl")] + "mof")) as f:
            methods = re.findall(r"^  (?:\[Static\] )?uint32 (\w+)\(", f.read(), re.M)
        for operation in ["Get", "Enumerate", "Pull", "Release"] + methods:
            assert re.search(r"^ +%s\(" % operation, done.stdout, re.M), "%s has no %s" % (name, operation)
