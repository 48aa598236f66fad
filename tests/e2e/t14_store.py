# SPDX-License-Identifier: MIT
"""The store under attack: removed, replaced, damaged, read-only, full. One clear line, nothing lost."""
import os
import sqlite3
import subprocess

import soap
from lab import Skip, eq, test
from small import SmallProgram, small_disk

DESCRIPTION = "x" * 1000


def make(agent, name):
    return agent.local().invoke(soap.DRAY_JOB, "CreateJob", DisplayName=name, Description=DESCRIPTION)["JobId"]


def names(agent):
    return sorted(job["DisplayName"] for job in agent.client().jobs())


def db(agent, suffix=""):
    return os.path.join(agent.state, "jobs.db" + suffix)


def refused(agent, *words):
    """drayd does not start: exit 1, and one line with the file and what to do."""
    done = subprocess.run([agent.bin + "/drayd", "--foreground", "--config", agent.config, "--mode", "user"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, env=agent.env(), timeout=30, cwd="/")
    eq(done.returncode, 1, "exit status; it said " + done.stderr)
    eq(len(done.stderr.splitlines()), 1, "lines of " + done.stderr)
    for word in words:
        assert word in done.stderr, "%r is not in %r" % (word, done.stderr)


def after_a_crash(agent):
    agent.kill9()
    agent.start()
    return names(agent)


@test()
def a_store_removed_while_the_agent_runs_is_written_again(w):
    agent = w.agent()
    for number, gone in enumerate((["", "-wal", "-shm"], ["-wal"], [""], ["-wal", "-shm"])):
        make(agent, "a%d" % number)
        for suffix in gone:
            os.unlink(db(agent, suffix))
        before = names(agent)
        kept = make(agent, "b%d" % number)
        make(agent, "c%d" % number)
        agent.client().set_state(kept, soap.CANCEL)
        eq(after_a_crash(agent), sorted(before + ["c%d" % number]), "jobs after the loss of %r" % gone)
    with open(agent.log) as f:
        eq(f.read().count("whole again"), 4, "times it was told")


@test()
def a_store_replaced_while_the_agent_runs_is_not_written_over(w):
    agent = w.agent()
    make(agent, "old")
    other = db(agent, ".other")
    with sqlite3.connect(other) as c:
        c.execute("CREATE TABLE t(x)")
    with open(other, "rb") as f:
        theirs = f.read()
    os.rename(other, db(agent))
    try:
        make(agent, "new")
    except soap.Fault as fault:
        assert "jobs.db" in str(fault) + fault.message and "stop the agent" in str(fault) + fault.message, fault
    else:
        raise AssertionError("a job was taken that cannot be kept")
    eq(names(agent), ["old"], "jobs")
    with open(db(agent), "rb") as f:
        eq(f.read() == theirs, True, "the other file is as it was")


@test()
def a_removed_lock_file_lets_nobody_in(w):
    agent = w.agent()
    make(agent, "mine")
    os.unlink(os.path.join(agent.state, "lock"))
    with open(agent.config, "w") as f:
        f.write("[agent]\nStateDirectory=%s\nSocket=%s.2\n" % (agent.state, agent.socket))
    refused(agent, agent.state, "running agent", "StateDirectory")
    eq(names(agent), ["mine"], "jobs")


def set_aside(agent):
    return sorted(name for name in os.listdir(agent.state) if name.startswith("jobs.db.damaged-"))


def begins_anew(agent, data=None):
    """drayd starts without jobs, says so once in the log and keeps what was there under another name."""
    agent.start()
    eq(names(agent), [], "jobs")
    aside = [name for name in set_aside(agent) if not name.endswith(("-wal", "-shm"))]
    eq(len(aside), 1, "stores set aside: %r" % set_aside(agent))
    if data is not None:
        with open(os.path.join(agent.state, aside[0]), "rb") as f:
            eq(f.read() == data, True, "what was there is as it was")
    with open(agent.log) as f:
        told = [line for line in f if "event=STORE_CLEARED" in line and aside[0] in line]
    assert told, "no line about it"
    trouble = agent.client().get(soap.DRAY_POLICY)["StoreTrouble"]
    assert aside[0] in trouble, trouble
    agent.dray("policy")
    assert trouble in agent.said, agent.said
    agent.dray("why", "{11111111-2222-3333-4444-555555555555}", status=3)
    assert trouble in agent.said, "a job that may be one of those: %s" % agent.said
    make(agent, "new")
    agent.stop()
    for name in set_aside(agent):
        os.unlink(os.path.join(agent.state, name))


@test()
def a_damaged_store_is_set_aside_and_the_agent_begins_without_jobs(w):
    agent = w.agent()
    for number in range(40):
        make(agent, "j%d" % number)
    agent.stop()
    with open(db(agent), "rb") as f:
        good = f.read()
    for data in (os.urandom(8192), b"not a database\n" * 600, good[:len(good) // 2], b"\0" * 200 + good[200:],
                 good[:4096] + b"\xff" * (len(good) - 4096)):
        for suffix in ("-wal", "-shm"):
            if os.path.exists(db(agent, suffix)):
                os.unlink(db(agent, suffix))
        with open(db(agent), "wb") as f:
            f.write(data)
        begins_anew(agent)
    with open(db(agent), "wb") as f:
        f.write(good)
    agent.start()
    eq(len(names(agent)), 40, "jobs after a copy was put back")
    eq(agent.client().get(soap.DRAY_POLICY)["StoreTrouble"], "", "trouble of an earlier start")


@test()
def rows_that_make_no_sense_are_told(w):
    agent = w.agent()
    make(agent, "j")
    agent.stop()
    good = open(db(agent), "rb").read()
    for change in ("UPDATE job SET state=99", "UPDATE job SET uid=-1", "DROP TABLE file"):
        with open(db(agent), "wb") as f:
            f.write(good)
        c = sqlite3.connect(db(agent))
        c.execute(change)
        c.commit()
        c.close()
        begins_anew(agent)
    for table in ("job", "t"):
        os.unlink(db(agent))
        c = sqlite3.connect(db(agent))
        c.execute("CREATE TABLE %s(x)" % table)
        c.commit()
        c.close()
        refused(agent, db(agent), "somebody else's", "move it away")
        eq(set_aside(agent), [], "somebody else's database is left where it is")


@test()
def a_store_that_cannot_be_written_is_refused_at_start(w):
    agent = w.agent()
    make(agent, "j")
    agent.stop()
    os.chmod(db(agent), 0o400)
    refused(agent, db(agent), "account")
    os.chmod(db(agent), 0o600)
    os.chmod(agent.state, 0o500)
    try:
        refused(agent, agent.state)
    finally:
        os.chmod(agent.state, 0o700)
    agent.start()
    eq(names(agent), ["j"], "jobs")


@test()
def a_full_disk_refuses_changes_until_there_is_room(w):
    agent = w.agent(start=False)
    if subprocess.run(["true"], preexec_fn=small_disk(agent.state, 1 << 20)).returncode == 99:
        raise Skip("no file system of one's own can be mounted here")
    agent.program = SmallProgram(agent, small_disk(agent.state, 600 << 10))
    taken = []
    for number in range(500):
        try:
            make(agent, "j%03d" % number)
        except soap.Fault as fault:
            text = str(fault) + fault.message
            assert "full" in text and "jobs.db" in text, text
            break
        taken.append("j%03d" % number)
    else:
        raise AssertionError("500 jobs of 1 KiB went to a disk of 300 KiB")
    eq(names(agent), taken, "jobs after the refusal")
    os.unlink("/proc/%d/root%s/ballast" % (agent.program.process.pid, agent.state))
    make(agent, "late")
    eq(names(agent), sorted(taken + ["late"]), "jobs when there is room again")
    with open("/proc/%d/root%s" % (agent.program.process.pid, db(agent)), "rb") as f:
        assert f.read(15) == b"SQLite format 3"
    print("     | %d jobs fitted" % len(taken), flush=True)
