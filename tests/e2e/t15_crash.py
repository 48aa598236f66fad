# SPDX-License-Identifier: MIT
"""kill -9 of the whole agent at every step that makes something durable: docs/INTERNALS.md, row by row.

A small library counts fsync, rename and unlink in all processes of the agent and kills them at the n-th.
Each test walks n = 1, 2, 3, ... until the call it is about gets through, with a fresh job every time.
"""
import http.client
import os
import signal

import soap
from agent import wait_state
from doomed import SIZE, Doomed
from lab import eq, sha256_of, test, wait_for


@test()
def create_is_there_when_answered_and_whole_when_not(w):
    d = Doomed(w)

    def case(steps):
        made = []

        def act():
            made.append(d.client.create("j", d.origin.url("f"), d.agent.target("a"), Suspend=True))
        lived = d.attempt(steps, act)
        jobs = d.client.jobs()
        assert len(jobs) == 1 or not made and not jobs, jobs
        assert not made or jobs[0]["JobId"] == made[0]
        for job in jobs:
            eq(job["FilesTotal"], "1", "files of a job that is there")
            d.finish(job["JobId"], "a")
        return lived
    d.walk(case)


@test()
def a_file_is_added_as_a_whole(w):
    d = Doomed(w)

    def case(steps):
        job = d.make("a")
        lived = d.attempt(steps, lambda: d.client.add_file(job, d.origin.url("f"), d.agent.target("b")))
        files = int(d.get(job)["FilesTotal"])
        assert files == 2 or files == 1 and not lived and not d.answered, files
        d.finish(job, *"ab"[:files])
        return lived
    d.walk(case)


@test()
def a_transfer_goes_on_from_every_step(w):
    d = Doomed(w)

    def case(steps):
        job = d.make("a", "b")
        resumed = []

        def act():
            d.client.set_state(job, soap.RESUME)
            resumed.append(1)
            wait_state(d.client, job, soap.TRANSFERRED, 20)
        lived = d.attempt(steps, act)
        assert not resumed or d.get(job)["State"] != "3", "a resumed job came back suspended"
        d.finish(job, "a", "b")
        return lived
    d.walk(case)


@test()
def complete_is_done_or_can_be_done_again(w):
    d = Doomed(w)

    def case(steps):
        job = d.make_transferred("a", "b")
        lived = d.attempt(steps, lambda: d.client.set_state(job, soap.COMPLETE))
        if d.get(job):
            assert not lived and not d.answered, "answered, and there it is again"
            eq(d.get(job)["State"], "6", "State")
            d.finish(job, "a", "b")
        else:
            d.all_there("a", "b")
        return lived
    d.walk(case)


@test()
def a_partial_complete_keeps_the_whole_files(w):
    d = Doomed(w, rate="100k")
    d.origin.file("big", 4 << 20)

    def case(steps):
        job = d.make("a")
        d.client.add_file(job, d.origin.url("big", slow=True), d.agent.target("big"))
        d.client.set_state(job, soap.RESUME)
        wait_for(lambda: int(d.get(job)["BytesTransferred"]) > SIZE, 20, "bytes of the second file")
        eq(d.get(job)["FilesTransferred"], "1", "FilesTransferred")
        lived = d.attempt(steps, lambda: d.client.set_state(job, soap.COMPLETE))
        if d.get(job):
            assert not lived and not d.answered, "answered, and there it is again"
            eq(int(d.client.set_state(job, soap.COMPLETE)["ReturnValue"]), 0x00200017, "ReturnValue (partial)")
        d.all_there("a")
        return lived
    d.walk(case)


@test()
def cancel_is_done_or_leaves_a_job_that_can_go_on(w):
    d = Doomed(w)

    def case(steps):
        job = d.make_transferred("a", "b")
        lived = d.attempt(steps, lambda: d.client.set_state(job, soap.CANCEL))
        if not d.get(job):
            d.all_there()
            return lived
        assert not lived and not d.answered, "answered, and there it is again"
        if steps % 2:
            d.client.set_state(job, soap.CANCEL)
            d.all_there()
            return lived
        try:
            d.client.set_state(job, soap.COMPLETE)
            d.all_there("a", "b")
        except soap.Fault as fault:
            assert "Resume" in str(fault) + fault.message, fault
            eq(d.get(job)["State"], "4", "State of a job whose files are gone")
            for name in os.listdir(d.agent.out):	# what was whole already is in its place
                if not name.startswith("."):
                    eq(sha256_of(d.agent.target(name)), d.digest, "sha256 of " + name)
            d.finish(job, "a", "b")
        return lived
    d.walk(case)


def stat_of(pid):
    with open("/proc/%d/stat" % pid) as f:
        name, _, rest = f.read().partition("(")[2].rpartition(")")
    return name, int(rest.split()[1])


@test(limit=60)
def an_agent_that_lost_the_process_that_starts_workers_ends_and_the_next_one_goes_on(w):
    origin, agent = w.origin(), w.agent()
    digest = origin.file("f", 1 << 20)
    main = agent.program.process.pid
    spawners = [pid for pid in agent.program.members() if stat_of(pid) == ("dray-spawner", main)]
    eq(len(spawners), 1, "processes that start workers")
    os.kill(spawners[0], signal.SIGKILL)
    client = agent.local()
    job = client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="waits")["JobId"]
    file = {"RemoteUrl": origin.url("f"), "LocalFile": agent.target("f")}
    try:
        client.invoke(soap.DRAY_JOB, "AddFile", {"JobId": job}, **file)
    except (soap.Fault, OSError, http.client.HTTPException):
        pass
    else:
        raise AssertionError("a file was added that no process has looked at")
    eq(agent.program.wait(20), 1, "exit status of the agent")
    agent.start()
    client = agent.local()
    client.invoke(soap.DRAY_JOB, "AddFile", {"JobId": job}, **file)
    client.set_state(job, soap.RESUME, uri=soap.DRAY_JOB)
    wait_state(client, job, soap.TRANSFERRED, 30)
    client.set_state(job, soap.COMPLETE, uri=soap.DRAY_JOB)
    eq(sha256_of(agent.target("f")), digest, "sha256 of the file")
