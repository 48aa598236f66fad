# SPDX-License-Identifier: MIT
"""Every verb of dray against a real agent: what it prints, what --json says, how it ends."""
import fcntl
import json
import os
import re
import secrets
import signal
import socket
import struct
import subprocess
import termios

import soap
from agent import wait_state
from lab import eq, sha256_of, terminal, test, wait_for

OK, FAILED, USAGE, NO_JOB, DENIED, NO_AGENT, DETACHED = 0, 1, 2, 3, 4, 5, 130
GUID = r"\{[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}\}"


@test()
def a_job_from_create_to_complete(w):
    origin, agent = w.origin(), w.agent()
    digests = [origin.file("a", 100_000), origin.file("b", 50)]
    said = agent.dray("create", "my job", origin.url("a"), agent.target("a"), "--suspended", "--priority", "high",
                      "--description", "with words")
    job = re.search(GUID, said, re.I)[0]
    seen = agent.local().job(job)
    eq((seen["DisplayName"], seen["Description"], seen["Priority"], seen["State"]), ("my job", "with words", "1", "3"))
    agent.dray("add", job, origin.url("b"), "b")		# a relative path is the caller's own folder
    files = agent.json("files", job)
    eq([f["LocalFile"] for f in files], [agent.target("a"), agent.target("b")], "LocalFile")
    eq([f["RemoteUrl"] for f in files], [origin.url("a"), origin.url("b")], "RemoteUrl")
    assert "my job" in agent.dray("list")
    for word in (job, "my job", "with words", origin.url("a"), agent.target("b")):
        assert word in agent.dray("show", "my job"), word	# found by its name
    short = job[1:7].lower()
    eq(agent.json("show", short)["JobId"], job, "the job by the first digits of its id")
    eq(agent.json("show", job.strip("{}").lower())["JobId"], job, "the job by its bare id")
    agent.dray("set", job, "Priority=foreground", "Description=other words", "MinimumRetryDelay=60")
    seen = agent.json("show", job)
    eq((seen["Priority"], seen["Description"], seen["MinimumRetryDelay"]), (0, "other words", 60), "after set")
    agent.dray("resume", job)
    wait_state(agent.local(), job, soap.TRANSFERRED, 20)
    listed = agent.json("list")
    eq([(j["JobId"], j["State"], j["FilesTransferred"], j["BytesTransferred"]) for j in listed],
       [(job, 6, 2, 100_050)], "dray list --json")
    agent.dray("complete", job)
    eq([sha256_of(agent.target("a")), sha256_of(agent.target("b"))], digests, "sha256")
    eq(agent.json("list"), [], "dray list --json")
    assert "no jobs" in agent.dray("list")


@test()
def blanks_at_the_end_of_a_name_of_a_file_are_part_of_it(w):
    origin, agent = w.origin(), w.agent()
    digest, client = origin.file("f", 1000), agent.local()
    paths = [agent.target(name) for name in ("one ", "two  ", "in side ", "set ")]
    job = client.create("name ", origin.url("f"), paths[0], uri=soap.DRAY_JOB, Suspend=True)
    client.add_file(job, origin.url("f"), paths[1], uri=soap.JOB)
    agent.dray("add", job, origin.url("f"), paths[2])
    client.invoke(soap.DRAY_JOB, "AddFileSet", {"JobId": job}, RemoteUrl=[origin.url("f")], LocalFile=[paths[3]])
    client.put(soap.DRAY_JOB, {"JobId": job}, Description="of its own  ")
    seen = client.job(job, soap.DRAY_JOB)
    eq((seen["DisplayName"], seen["Description"]), ("name ", "of its own  "), "texts of the job")
    eq([f["LocalFile"] for f in seen["Files"]], paths, "LocalFile")
    eq([f["LocalFile"] for f in agent.json("files", job)], paths, "dray files")
    client.put(soap.DRAY_JOB, {"JobId": job}, Description="\n   indented\n  ")	# as editors and consoles lay it out
    eq(client.job(job)["Description"], "indented", "Description")
    agent.dray("resume", job)
    wait_state(client, job, soap.TRANSFERRED, 20)
    agent.dray("complete", job)
    eq([sha256_of(path) for path in paths], [digest] * 4, "sha256")


@test()
def suspend_cancel_and_error(w):
    origin, agent = w.origin(rate="1m"), w.agent()
    origin.file("f", 8 << 20)
    made = agent.json("create", "slow", origin.url("f", slow=True), agent.target("f"))
    job = made["JobId"]
    wait_for(lambda: agent.json("show", job)["BytesTransferred"], 20, "the first bytes")
    agent.dray("suspend", job)
    eq(agent.json("show", job)["State"], 3, "State after suspend")
    agent.dray("cancel", job)
    eq(agent.json("list"), [], "jobs after cancel")
    eq(os.listdir(agent.out), [], "files after cancel")
    agent.dray("show", job, status=NO_JOB)

    bad = agent.json("create", "bad", origin.url("missing"), agent.target("f"))["JobId"]
    wait_state(agent.local(), bad, soap.ERROR, 20)
    told = agent.dray("error", bad)
    assert "0x80190194" in told and len(told) > 40, told
    assert any(value == 0x80190194 for value in agent.json("error", bad).values()), agent.json("error", bad)
    assert "0x80190194" in agent.dray("show", bad)
    agent.dray("cancel", bad)


@test()
def exit_statuses_tell_what_went_wrong(w):
    agent = w.agent()
    job = agent.json("create", "empty")["JobId"]
    nobody = "{00000000-0000-4000-8000-000000000000}"
    for wanted, argv in (
            (USAGE, []), (USAGE, ["frobnicate"]), (USAGE, ["show"]), (USAGE, ["show", job, job]),
            (USAGE, ["list", "--frob"]), (USAGE, ["set", job, "Priority=99"]), (USAGE, ["set", job, "Frob=1"]),
            (USAGE, ["set", job, "State=1"]), (USAGE, ["create", "x", "ftp://127.0.0.1/f", agent.target("f")]),
            (USAGE, ["set", job, "Priority"]), (USAGE, ["create", "x", "http://127.0.0.1/f"]),
            (USAGE, ["set", job, "RateLimit=fast"]), (USAGE, ["set", job, "ProxyUsage=2"]),
            (USAGE, ["add", job, "http://127.0.0.1/f"]), (USAGE, ["add", job, "http://127.0.0.1/f", "a", "--range", "x"]),
            (USAGE, ["add", job, "http://h/f", "a", "http://h/g", "b", "--range", "0-9"]),
            (USAGE, ["validate", job, "0", "perhaps"]), (USAGE, ["url", job, "first", "http://127.0.0.1/f"]),
            (USAGE, ["range", job, "0"]), (USAGE, ["range", job, "0", "0-9", "--from", "7"]),
            (USAGE, ["credentials", job, "set"]), (USAGE, ["credentials", job, "frob", "--scheme", "basic"]),
            (USAGE, ["credentials", job, "set", "--scheme", "basic", "--user", "anna"]),	# no password
            (USAGE, ["credentials", job, "set", "--scheme", "basic"]), (USAGE, ["policy", "TimeSlice=soon"]),
            (USAGE, ["policy", "NoSuchPolicy=1"]), (USAGE, ["policy", "MaxFilesPerJob=0"]), (USAGE, ["reset", job]),
            (NO_JOB, ["validate", job, "0", "yes"]), (NO_JOB, ["url", job, "0", "http://127.0.0.1/f"]),
            (NO_JOB, ["why", nobody]), (NO_JOB, ["attempts", nobody]), (NO_JOB, ["take", nobody]),
            (NO_JOB, ["range", job, "0", "0-9"]), (FAILED, ["error", "0xDEADBEEF"]),
            (NO_JOB, ["show", nobody]), (NO_JOB, ["show", "no such name"]), (NO_JOB, ["cancel", nobody]),
            (NO_JOB, ["files", nobody]), (NO_JOB, ["error", nobody]), (NO_JOB, ["set", nobody, "Priority=1"]),
            (FAILED, ["resume", job]), (FAILED, ["error", job]),
            (FAILED, ["add", job, "http://127.0.0.1/f", agent.target("no/such/f")]),
            (DENIED, ["add", job, "http://127.0.0.1/f", "/etc/f"])):
        agent.dray(*argv, status=wanted)
        assert agent.said.strip(), "dray %s failed without a word" % " ".join(argv)
        assert len(agent.said.splitlines()) < 40, agent.said
    for argv in (["--help"], ["help"], ["help", "get"], ["get", "--help"], ["--version"]):
        assert agent.dray(*argv).strip(), argv
    agent.stop()
    agent.dray("list", status=NO_AGENT)
    assert agent.socket in agent.said or "agent" in agent.said, agent.said


@test()
def a_remote_agent_is_asked_the_same_way(w):
    origin, agent = w.origin(), w.agent()
    digest = origin.file("f", 70_000)
    who = {"DRAY_USER": agent.user, "DRAY_PASSWORD": agent.password, "DRAY_SOCKET": "/nonexistent"}
    host = ["-H", "127.0.0.1:%d" % agent.port]
    job = json.loads(agent.dray(*host, "create", "far", origin.url("f"), agent.target("f"), "--json", **who))["JobId"]
    wait_state(agent.client(), job, soap.TRANSFERRED, 20)
    eq([j["JobId"] for j in json.loads(agent.dray(*host, "list", "--json", **who))], [job], "dray -H list")
    eq(json.loads(agent.dray("show", job, "--json", DRAY_HOST=host[1], **who))["State"], 6, "DRAY_HOST")
    secret = os.path.join(agent.folder, "password")
    with open(secret, "w") as f:
        f.write(agent.password + "\n")
    agent.dray(*host, "--user", agent.user, "--password-file", secret, "complete", job, DRAY_SOCKET="/nonexistent")
    eq(sha256_of(agent.target("f")), digest, "sha256")
    agent.dray(*host, "list", status=DENIED, DRAY_USER=agent.user, DRAY_PASSWORD="wrong")
    agent.dray("-H", "127.0.0.1:9", "list", status=NO_AGENT, **{k: who[k] for k in ("DRAY_USER", "DRAY_PASSWORD")})
    far = agent.dray(*host, "create", "out", origin.url("f"), "/tmp/outside-of-roots", status=DENIED, **who)
    assert "Roots" in agent.said or "beneath" in agent.said, agent.said + far


@test()
def users_come_and_go_with_passwd(w):
    agent = w.agent(start=False)
    word = secrets.token_urlsafe(12)
    agent.dray("passwd", "--file", agent.users, "--role", "admin", "second", text=word + "\n")
    with open(agent.users) as f:
        text = f.read()
    assert word not in text and "second" in text and "$y$" in text, text
    eq(os.stat(agent.users).st_mode & 0o077, 0, "rights of others on the users file")
    agent.start()
    eq(agent.client("second", word).jobs(), [], "jobs seen by the new user")
    agent.dray("passwd", "--file", agent.users, "--delete", "second")
    assert "second" not in open(agent.users).read()
    for argv, text in ((["--role", "emperor", "x"], "y\n"), (["--role", "admin", "a:b"], "y\n"),
                       (["--role", "admin", "x"], ""), (["--role", "admin", "x"], "\n"), (["x"], "y\n")):
        agent.dray("passwd", "--file", agent.users, *argv, text=text, status=USAGE)
    agent.stop()
    agent.start()
    try:
        agent.client("second", word).jobs()
    except soap.HttpError as error:
        eq(error.status, 401, "status for a deleted user")
    else:
        raise AssertionError("a deleted user was let in")


@test()
def get_without_a_terminal_moves_a_file_and_says_so(w):
    origin, agent = w.origin(), w.agent()
    digest = origin.file("plain.bin", 300_000)
    agent.dray("get", origin.url("plain.bin"))
    eq(sha256_of(agent.target("plain.bin")), digest, "sha256 (name of the URL, current folder)")
    assert "\r" not in agent.said and "\x1b" not in agent.said, repr(agent.said)
    agent.dray("get", origin.url("plain.bin"), "-o", agent.target("other"))
    eq(sha256_of(agent.target("other")), digest, "sha256 (-o)")
    agent.dray("get", origin.url("plain.bin"), "-o", agent.target("other"), status=None)
    assert agent.status != OK and "--force" in agent.said, "an existing file was replaced: " + agent.said
    agent.dray("get", origin.url("plain.bin"), "-o", agent.target("other"), "--force")
    eq(agent.json("list"), [], "jobs left")
    agent.dray("get", origin.url("missing"), status=FAILED)
    assert "404" in agent.said and "0x80190194" in agent.said, agent.said
    eq(agent.json("list"), [], "jobs left after a failed get")
    agent.dray("get", origin.url("missing"), "--keep", status=FAILED)
    eq([j["State"] for j in agent.json("list")], [4], "jobs left after a failed get --keep")


class Terminal:
    """A command in a pseudo terminal of its own; what it shows is gathered in `text`."""

    def __init__(self, agent, *argv, **env):
        self.master, slave = terminal(25, 100)
        self.process = subprocess.Popen([agent.bin + "/dray", *argv], stdin=slave, stdout=slave, stderr=slave,
                                        env=agent.env(TERM="xterm", **env), cwd=agent.out, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        os.set_blocking(self.master, False)
        self.text = ""

    def look(self):
        try:
            while True:
                data = os.read(self.master, 65536)
                if not data:
                    break
                self.text += data.decode(errors="replace")
        except (BlockingIOError, OSError):
            pass
        return self.text

    def wait_for(self, pattern, seconds=20):
        try:
            return wait_for(lambda: re.search(pattern, self.look()), seconds, "%r on the terminal" % pattern)
        except AssertionError as error:
            raise AssertionError("%s; it shows %r" % (error, self.text[-600:]))

    def press(self, keys):
        os.write(self.master, keys)

    def end(self, seconds=20):
        wait_for(lambda: self.look() is None or self.process.poll() is not None, seconds, "the end of dray")
        self.look()
        os.close(self.master)
        return self.process.returncode


@test()
def get_on_a_terminal_shows_progress_and_control_c_detaches(w):
    origin, agent = w.origin(rate="2m"), w.agent()
    digest = origin.file("f", 8 << 20)
    terminal = Terminal(agent, "get", origin.url("f", slow=True))
    terminal.wait_for(r"\d+ ?%")
    terminal.wait_for(r"[KMG]i?B/s")
    terminal.press(b"\x03")
    eq(terminal.end(), DETACHED, "exit status after Ctrl-C; the screen: %r" % terminal.text[-500:])
    assert re.search(r"dray (watch|show)", terminal.text), "no word on how to follow: %r" % terminal.text[-500:]
    job = agent.json("list")[0]
    assert job["State"] in (0, 1, 2), "the job stopped with its command: %r" % job
    wait_state(agent.local(), job["JobId"], soap.TRANSFERRED, 20)
    agent.dray("complete", job["JobId"])
    eq(sha256_of(agent.target("f")), digest, "sha256")


@test()
def get_on_a_terminal_ends_with_the_file(w):
    origin, agent = w.origin(rate="2m"), w.agent()
    digest = origin.file("f", 3 << 20)
    terminal = Terminal(agent, "get", origin.url("f", slow=True), "-o", "here")
    eq(terminal.end(), OK, "exit status")
    assert "100" in terminal.text, terminal.text[-300:]
    eq(sha256_of(agent.target("here")), digest, "sha256")
    eq(agent.json("list"), [], "jobs left")


@test()
def watch_follows_until_nothing_moves(w):
    origin, agent = w.origin(rate="2m"), w.agent()
    origin.file("f", 8 << 20)
    job = agent.json("create", "watched", origin.url("f", slow=True), agent.target("f"))["JobId"]
    said = agent.dray("watch", job)
    assert "watched" in said + agent.said or job in said + agent.said, said + agent.said
    eq(agent.json("show", job)["State"], 6, "State when watch ended")
    second = agent.json("create", "second", origin.url("f", slow=True), agent.target("g"))["JobId"]
    terminal = Terminal(agent, "watch")
    terminal.wait_for("second")
    terminal.wait_for("watched")
    terminal.wait_for(r"[KMG]i?B/s")
    terminal.press(b"\x03")
    assert terminal.end() in (OK, DETACHED), "exit status after Ctrl-C"
    assert agent.json("show", second)["State"] in (0, 1, 2, 6), "watching ended the job"


@test()
def without_an_agent_dray_starts_one(w):
    origin, agent = w.origin(), w.agent(start=False)
    digest = origin.file("f", 100_000)
    env = {name: value for name, value in agent.env().items() if name != "DRAY_SOCKET"}
    done = subprocess.run([agent.bin + "/dray", "get", origin.url("f")], env=env, cwd=agent.out, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=40)
    path = os.path.join(agent.folder, "dray.sock")
    pid = 0
    try:
        eq(done.returncode, OK, "exit status; it said %s%s" % (done.stdout, done.stderr))
        eq(sha256_of(agent.target("f")), digest, "sha256")
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            pid = struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        again = subprocess.run([agent.bin + "/dray", "list", "--json"], env=env, text=True, stdout=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, timeout=20, cwd=agent.out)
        eq(json.loads(again.stdout), [], "jobs of the started agent")
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            eq(struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0], pid, "its pid")
        eq(os.stat(path).st_mode & 0o077, 0, "rights of others on the socket")
        assert os.listdir(os.path.join(agent.home, ".state")), "no state below XDG_STATE_HOME"
    finally:
        if pid:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)


@test()
def text_from_outside_cannot_steer_the_terminal(w):
    agent = w.agent()
    client = agent.local()
    job = client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="plain")["JobId"]
    try:
        client.put(soap.JOB, {"JobId": job}, DisplayName="two\nlines\ttab", Description="\u009b31m")
    except soap.Fault:
        pass
    for verb in (["list"], ["show", job]):
        said = agent.dray(*verb)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]", said), repr(said)
