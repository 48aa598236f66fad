# SPDX-License-Identifier: MIT
"""dray in the hands of people: wrong use, odd terminals, Ctrl-C at any moment, an agent that dies."""
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import soap
from agent import wait_state
from lab import Skip, eq, sha256_of, terminal, test, wait_for
from small import SmallProgram, small_disk

DETACHED = 130


def start(agent, *argv, env=None, **options):
    return subprocess.Popen([agent.bin + "/dray", *argv], env=env or agent.env(), cwd=agent.out, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def shell(agent, command):
    done = subprocess.run(["bash", "-c", command], env=agent.env(), cwd=agent.out, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


@test()
def what_cannot_be_printed_is_told(w):
    agent = w.agent()
    agent.dray("create", "a job")
    for command in ("dray list >/dev/full", "dray list --json >/dev/full", "dray show 'a job' >/dev/full",
                    "dray help >/dev/full", "dray list >&-", "dray help >&-"):
        status, _, said = shell(agent, command)
        eq(status, 1, "exit status of " + command)
        assert "printed" in said and len(said.splitlines()) == 1, "%s said %r" % (command, said)
    status, out, said = shell(agent, "dray list | head -1; echo ${PIPESTATUS[0]}")
    eq(said, "", "what was said to a reader that had enough")
    for closed in ("<&-", "2>&-", "<&- 2>&-"):
        status, out, _ = shell(agent, "dray list --json " + closed)
        eq((status, len(json.loads(out))), (0, 1), "dray list --json " + closed)
    eq([job["DisplayName"] for job in agent.client().jobs()], ["a job"], "jobs")


@test()
def an_agent_without_standard_descriptors_works(w):
    agent = w.agent(start=False)
    command = "exec drayd --foreground --mode user --config %s <&- >&- 2>&-" % agent.config
    process = subprocess.Popen(["bash", "-c", command], env=agent.env(), cwd="/", start_new_session=True)
    try:
        wait_for(lambda: os.path.exists(agent.socket), 10, "the socket")
        wait_for(lambda: agent.dray("create", "j", status=None) and agent.status == 0, 10, "a job")
        with open(os.path.join(agent.state, "jobs.db"), "rb") as f:
            eq(f.read(15), b"SQLite format 3", "the head of the store")
        eq(len(agent.json("list")), 1, "jobs")
    finally:
        process.terminate()
        eq(process.wait(20), 0, "exit status of drayd")


@test()
def wrong_use_is_told_in_words(w):
    agent = w.agent()
    agent.dray("create", "j")
    url, get = "http://127.0.0.1/f", ["get", "http://127.0.0.1/f", "-o"]
    for wanted, argv, words in (
            (2, ["get", "file.iso"], "file.iso.*no URL.*http"), (2, ["get", "/etc/passwd"], "http://"),
            (2, ["get", ""], "no URL"), (2, ["get", "http://127.0.0.1/"], "-o PATH"),
            (2, ["get", "http://127.0.0.1/with space"], "percent-encoded"),
            (2, ["get", "http://127.0.0.1/%00"], "-o PATH"), (1, [*get, "no/such/f"], "no/such.*create"),
            (1, ["add", "j", url, "no/f"], "no.*create"), (2, [*get, "a\nb"], "control"),
            (2, [*get, "a\tb"], "control"), (2, [*get, b"\xff\xfe"], "UTF-8"), (2, ["create", "\x1b[1m"], "control"),
            (2, ["create", "x", "http://127.0.0.1/\x01", "f"], "RemoteUrl.*control"),
            (2, [*get, "\x1b[2J"], "control"), (2, [*get, "n" * 256], "255"),
            (2, ["set", "j", "Priority="], "Priority is"), (2, ["set", "j", "Priority=urgent"], "foreground"),
            (2, ["set", "j", "MinimumRetryDelay=soon"], "seconds.*soon"),
            (2, ["set", "j", "NoProgressTimeout=-1"], "seconds"),
            (2, ["set", "j", "MinimumRetryDelay=99999999999"], "seconds"),
            (2, ["set", "j", "MinimumRetryDelay"], "NAME=VALUE"), (2, ["create", "x" * 257], "256"),
            (2, ["create", "j", "--priority", "9"], "foreground")):
        agent.dray(*argv, status=wanted)
        assert re.search(words, agent.said, re.S), "dray %r said %r" % (argv, agent.said)
        eq(len(agent.said.splitlines()), 1, "lines of %r" % agent.said)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", agent.said), repr(agent.said)
    eq(agent.json("list")[0]["Priority"], 2, "Priority")


@test()
def two_commands_start_one_agent(w):
    agent = w.agent(start=False)
    env = {name: value for name, value in agent.env().items() if name != "DRAY_SOCKET"}
    path = os.path.join(agent.folder, "dray.sock")
    many = [start(agent, "create", "j%d" % n, env=env) for n in range(6)]
    said = [p.communicate(timeout=40) for p in many]
    pid = 0
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            pid = struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        eq([p.returncode for p in many], [0] * 6, "exit statuses; they said %r" % said)
        listed = start(agent, "list", "--json", env=env).communicate(timeout=20)[0]
        eq(sorted(j["DisplayName"] for j in json.loads(listed)), ["j%d" % n for n in range(6)], "jobs")
    finally:
        if pid:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


@test(limit=90)
def control_c_at_any_moment_leaves_nothing_half_done(w):
    origin, agent = w.origin(rate="1m"), w.agent()
    origin.file("f", 8 << 20)
    seen = {}
    for number in range(30):
        process = start(agent, "get", origin.url("f", slow=True), "-o", "f%d" % number)
        time.sleep(random.random() * 0.12)		# the moment is what is tried; nothing is awaited
        process.send_signal(signal.SIGINT)
        said = "".join(process.communicate(timeout=20))
        jobs = agent.json("list")
        assert process.returncode in (DETACHED, -signal.SIGINT), "%d: %s" % (process.returncode, said)
        eq(len(jobs), int(process.returncode == DETACHED), "jobs after %d: %s" % (process.returncode, said))
        seen[process.returncode] = seen.get(process.returncode, 0) + 1
        for job in jobs:
            assert job["State"] in (0, 1, 2), "a job left in state %d" % job["State"]
            assert re.search("dray watch " + job["JobId"][1:9], said), said
            agent.dray("cancel", job["JobId"])
    print("     | ends: %r" % seen, flush=True)


class Narrow:
    """dray in a pseudo terminal of so many columns; what it wrote, in lines as the terminal shows them."""

    def __init__(self, agent, columns, *argv):
        self.master, slave = terminal(10, columns)
        self.process = subprocess.Popen([agent.bin + "/dray", *argv], stdin=slave, stdout=slave, stderr=slave,
                                        env=agent.env(TERM="xterm"), cwd=agent.out, start_new_session=True)
        os.close(slave)
        self.text = b""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        try:
            while data := os.read(self.master, 65536):
                self.text += data
        except OSError:
            pass

    def lines(self):
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.text.decode(errors="replace"))
        return [line for line in re.split(r"[\r\n]+", text) if line]

    def end(self, seconds=30):
        status = self.process.wait(seconds)
        self.reader.join(5)
        os.close(self.master)
        return status


@test()
def twenty_columns_are_enough(w):
    origin, agent = w.origin(rate="2m"), w.agent()
    digest = origin.file("a-name-longer-than-the-terminal.iso", 6 << 20)
    url = origin.url("a-name-longer-than-the-terminal.iso", slow=True)
    get = Narrow(agent, 20, "get", url, "-o", "f")
    eq(get.end(), 0, "exit status of get")
    eq(sha256_of(agent.target("f")), digest, "sha256")
    bars = [line for line in get.lines() if "%" in line or line.startswith("f ")]
    assert len(bars) > 3 and max(map(len, bars)) < 20, bars
    agent.dray("create", "a name longer than the terminal 文字文字文字", url, "g")
    watch = Narrow(agent, 20, "watch")
    eq(watch.end(), 0, "exit status of watch")
    wide = [line for line in watch.lines() if len(line) >= 20]
    eq(wide[:3], [], "lines of the table that are too long")


@test(limit=90)
def watch_outlives_its_agent(w):
    origin, agent = w.origin(rate="2m"), w.agent()
    origin.file("f", 6 << 20)
    job = agent.json("create", "watched", origin.url("f", slow=True), "f")["JobId"]
    wait_for(lambda: int(agent.client().job(job)["BytesTransferred"]) > 0, 20, "bytes")
    watch = start(agent, "watch", job)
    first = watch.stdout.readline()
    assert "watched" in first, first
    agent.kill9()
    lost = watch.stderr.readline() + watch.stderr.readline()
    assert "safe" in lost, lost
    agent.start()
    out, said = watch.communicate(timeout=60)
    eq(watch.returncode, 0, "exit status of watch; it said %s%s" % (out, said))
    assert "transferred" in out, out
    agent.dray("complete", job)


@test(limit=90)
def a_full_disk_under_the_file_is_waited_for(w):
    origin, agent = w.origin(), w.agent(start=False)
    digest = origin.file("f", 3 << 20)
    if subprocess.run(["true"], preexec_fn=small_disk(agent.out, 1 << 20)).returncode == 99:
        raise Skip("no file system of one's own can be mounted here")
    agent.program = SmallProgram(agent, small_disk(agent.out, 4 << 20))
    get = start(agent, "get", origin.url("f"), "-o", agent.target("f"))
    told = get.stderr.readline()
    assert re.search("full|room", told) and "0x80070070" in told, told
    inside = "/proc/%d/root%s/" % (agent.program.process.pid, agent.out)
    os.unlink(inside + "ballast")
    out, said = get.communicate(timeout=60)
    eq(get.returncode, 0, "exit status; it said %s%s" % (out, said))
    eq(sha256_of(inside + "f"), digest, "sha256")
    eq(os.listdir(inside), ["f"], "what lies in the folder")


@test()
def odd_names_arrive_as_they_are(w):
    origin, agent = w.origin(), w.agent()
    for name in ("mit leer", "ünï文字", "a'b\"c$d`e", "-dash", "%41", "x" * 255, "..."):
        digest = origin.file("plain", 1000)
        agent.dray("get", origin.url("plain"), "-o", "./" + name)
        eq(sha256_of(agent.target(name)), digest, "sha256 of %r" % name)
        os.unlink(agent.target(name))
    job = agent.json("create", "naïve \u202e name", origin.url("plain"), "./ünï")["JobId"]
    wait_state(agent.local(), job, soap.TRANSFERRED, 20)
    eq(agent.json("show", job)["DisplayName"], "naïve \u202e name", "DisplayName")
    agent.dray("complete", job)


@test()
def the_example_builds_and_fetches(w):
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    origin, agent = w.origin(), w.agent()
    digest = origin.file("f", 300_000)
    program = w.path("example")
    built = subprocess.run(["cc", "-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", program,
                            os.path.join(top, "docs", "example.c"), "-I" + os.path.join(top, "include"),
                            "-L" + agent.bin, "-ldray"], stderr=subprocess.PIPE, text=True)
    eq(built.returncode, 0, "exit status of cc: " + built.stderr)
    agent.dray("create", "one that is listed")
    done = subprocess.run([program, origin.url("f"), agent.target("f")], env=agent.env(), text=True, timeout=30,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    eq((done.returncode, done.stderr), (0, ""), "what became of it")
    assert "one that is listed" in done.stdout, done.stdout
    eq(sha256_of(agent.target("f")), digest, "sha256")
    eq(len(agent.json("list")), 1, "jobs left")
    failed = subprocess.run([program, origin.url("missing"), agent.target("g")], env=agent.env(), text=True,
                            timeout=30, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert "404" in failed.stderr, failed.stderr
