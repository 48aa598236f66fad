# SPDX-License-Identifier: MIT
"""Storms of calls against live transfers, looked at from outside: what may never be seen, is not seen."""
import os
import random
import re
import signal
import threading

import soap
from agent import wait_state
from lab import eq, sha256_of, test, wait_for

ALONE = True			# the load is the test

SIZE = 6 << 20


def numbers(job):
    return {name: int(job[name]) for name in ("State", "Priority", "BytesTransferred", "BytesTotal",
                                               "JobCompletionTime", "FilesTransferred", "FilesTotal")}


class Watcher(threading.Thread):
    """Enumerates all the time and keeps what is wrong."""

    def __init__(self, agent):
        super().__init__(daemon=True)
        self.client, self.end, self.wrong, self.looks = agent.client(), threading.Event(), [], 0

    def run(self):
        while not self.end.is_set():
            for job in self.client.jobs():
                self.check(numbers(job))
            self.looks += 1

    def check(self, now):
        if now["BytesTransferred"] > now["BytesTotal"]:
            self.wrong.append("more bytes than there are: %r" % now)
        if (now["JobCompletionTime"] != 0) != (now["State"] == soap.TRANSFERRED):
            self.wrong.append("the completion time of a job that is not transferred, or none: %r" % now)
        if now["State"] == soap.TRANSFERRED and now["FilesTransferred"] != now["FilesTotal"]:
            self.wrong.append("transferred without a file: %r" % now)

    def stop(self):
        self.end.set()
        self.join(20)
        eq(self.wrong[:5], [], "what was seen and may not be (in %d looks)" % self.looks)
        print("     | %d looks" % self.looks, flush=True)


def background_alone(agent, jobs):
    """From the log, which has every move in its order (an Enumerate is no picture of one moment)."""
    running, moves = set(), 0
    with open(agent.log) as f:
        for line in f:
            m = re.search(r"job=(\S+) \S+ -> (\S+) ", line)
            if not m or m[1] not in jobs:
                continue
            moves += 1
            (running.add if m[2] in ("CONNECTING", "TRANSFERRING") else running.discard)(m[1])
            assert len(running) <= 1, "background jobs together: %r at %s" % (running, line)
    return moves


def storm(client, jobs, seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        job = rng.choice(jobs)
        act = rng.choice(("resume", "resume", "suspend", "priority", "name"))
        if act == "priority":
            client.put(soap.JOB, {"JobId": job}, Priority=rng.randrange(1, 4))
        elif act == "name":
            client.put(soap.JOB, {"JobId": job}, DisplayName="n%d" % rng.randrange(1000))
        else:
            client.set_state(job, soap.RESUME if act == "resume" else soap.SUSPEND)


@test(limit=90)
def a_storm_of_calls_breaks_no_rule_and_no_file(w):
    origin, agent = w.origin(rate="4m"), w.agent()
    digest = origin.file("f", SIZE)
    client = agent.client()
    jobs = [client.create("j%d" % n, origin.url("f", slow=True), agent.target("f%d" % n)) for n in range(8)]
    client.put(soap.JOB, {"JobId": jobs[0]}, Priority=0)		# in nobody's way
    watcher = Watcher(agent)
    watcher.start()
    seed = random.randrange(1 << 30)
    print("     | seed %d" % seed, flush=True)
    threads = [threading.Thread(target=storm, args=(agent.client(), jobs[1:], seed + n, 150)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    moves = background_alone(agent, set(jobs[1:]))
    print("     | %d moves" % moves, flush=True)
    assert moves > 100, "no storm"
    for job in jobs:
        client.put(soap.JOB, {"JobId": job}, Priority=0)
        client.set_state(job, soap.RESUME)
    for job in jobs:
        wait_state(client, job, soap.TRANSFERRED, 30)
    watcher.stop()
    for number, job in enumerate(jobs):
        client.set_state(job, soap.COMPLETE)
        eq(sha256_of(agent.target("f%d" % number)), digest, "sha256")
    eq(sorted(os.listdir(agent.out)), sorted("f%d" % n for n in range(8)), "what lies in the folder")


@test(limit=60)
def a_suspended_job_stands_still_and_goes_on_where_it_was(w):
    origin, agent = w.origin(rate="2m"), w.agent()
    digest = origin.file("f", SIZE)
    client = agent.client()
    job = client.create("j", origin.url("f", slow=True), agent.target("f"))
    def size():
        return os.path.getsize(agent.target(part_file))
    for part in (1, 2, 3):
        wait_for(lambda: int(client.job(job)["BytesTransferred"]) > part * SIZE // 5, 20, "bytes")
        client.set_state(job, soap.SUSPEND)
        part_file = [name for name in os.listdir(agent.out) if name.startswith(".")][0]
        sizes = []
        wait_for(lambda: sizes.append(size()) or sizes[-3:].count(sizes[-1]) == 3, 10, "a file that stands still", 0.1)
        eq(int(client.job(job)["BytesTransferred"]), sizes[-1], "bytes told and bytes there")
        client.set_state(job, soap.RESUME)
    wait_state(client, job, soap.TRANSFERRED, 20)
    client.set_state(job, soap.COMPLETE)
    eq(sha256_of(agent.target("f")), digest, "sha256")
    origin.drain()
    ranges = [r[3] for r in origin.requests() if r[0] == "GET"]
    eq(len(ranges), 4, "requests")
    starts = [int(r.removeprefix("bytes=").partition("-")[0]) for r in ranges[1:]]
    assert starts == sorted(starts) and starts[0] > 0, "not from the checkpoints: %r" % ranges


@test(limit=60)
def a_job_of_200_files_comes_whole(w):
    origin, agent = w.origin(), w.agent()
    digest = origin.file("f", 3000)
    client = agent.client()
    job = client.create("many", origin.url("f"), agent.target("f000"), Suspend=True)
    for number in range(1, 200):
        client.add_file(job, origin.url("f?%d" % number), agent.target("f%03d" % number))
    client.put(soap.JOB, {"JobId": job}, Priority=0)
    client.set_state(job, soap.RESUME)
    wait_state(client, job, soap.TRANSFERRED, 40)
    eq(client.job(job)["BytesTransferred"], "600000", "BytesTransferred")
    client.set_state(job, soap.COMPLETE)
    eq(sorted(os.listdir(agent.out)), ["f%03d" % n for n in range(200)], "files")
    eq({sha256_of(agent.target(name)) for name in os.listdir(agent.out)}, {digest}, "sha256")


@test(limit=60)
def two_jobs_for_one_place_both_come_whole(w):
    origin, agent = w.origin(), w.agent()
    digests = [origin.file("a", 100_000), origin.file("b", 100_000)]
    client = agent.client()
    jobs = [client.create(name, origin.url(name), agent.target("same")) for name in "ab"]
    for job, digest in zip(jobs, digests):
        wait_state(client, job, soap.TRANSFERRED, 20)
        client.set_state(job, soap.COMPLETE)
        eq(sha256_of(agent.target("same")), digest, "sha256")
    eq(os.listdir(agent.out), ["same"], "what lies in the folder")


@test(limit=60)
def complete_waits_for_the_folder_to_be_repaired(w):
    origin, agent = w.origin(), w.agent()
    digest = origin.file("f", 100_000)
    client = agent.client()
    place = os.path.join(agent.out, "place")
    os.mkdir(place)
    job = client.create("j", origin.url("f"), os.path.join(place, "f"))
    wait_state(client, job, soap.TRANSFERRED, 20)
    os.rename(place, place + ".away")
    for _ in range(2):
        try:
            client.set_state(job, soap.COMPLETE)
        except soap.Fault as fault:
            assert place in str(fault) + fault.message, fault
        else:
            raise AssertionError("completed into a folder that is not there")
        eq(client.state(job), soap.TRANSFERRED, "State")
    os.rename(place + ".away", place)
    client.set_state(job, soap.COMPLETE)
    eq(sha256_of(os.path.join(place, "f")), digest, "sha256")


def workers(agent):
    """Pids of the worker processes: the children of the spawner."""
    ret = []
    for pid in agent.program.members():
        try:
            with open("/proc/%d/stat" % pid) as f:
                parent = int(f.read().rpartition(")")[2].split()[1])
            with open("/proc/%d/comm" % parent) as f:
                if f.read() == "dray-spawner\n":
                    ret.append(pid)
        except (FileNotFoundError, ProcessLookupError):
            pass		# it has just ended
    return ret


@test(limit=90)
def a_worker_killed_again_and_again_is_told_and_replaced(w):
    origin, agent = w.origin(rate="2m"), w.agent()
    digest = origin.file("f", SIZE)
    client = agent.client()
    job = client.create("j", origin.url("f", slow=True), agent.target("f"), Suspend=True)
    client.put(soap.JOB, {"JobId": job}, Priority=0, MinimumRetryDelay=600)
    client.set_state(job, soap.RESUME)
    for count in range(1, 5):
        wait_for(lambda: client.job(job)["State"] == "2", 20, "a transfer")
        for pid in workers(agent):
            os.kill(pid, signal.SIGKILL)
        wait_state(client, job, soap.TRANSIENT, 10)
        eq(client.job(job)["TransientErrorCount"], str(count), "TransientErrorCount")
        told = client.get_error(job)
        assert "unexpectedly" in str(told), told
        client.set_state(job, soap.RESUME)
    wait_state(client, job, soap.TRANSFERRED, 30)
    for pid in workers(agent):
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not workers(agent), 10, "the end of the worker")
    client.set_state(job, soap.COMPLETE)		# by a new one
    eq(sha256_of(agent.target("f")), digest, "sha256")


@test(limit=60)
def retry_and_no_progress_keep_their_times(w):
    agent = w.agent()
    client = agent.client()
    nobody = "http://127.0.0.1:9/f"

    def make(name, **values):
        job = client.create(name, nobody, agent.target(name), Suspend=True)
        client.put(soap.JOB, {"JobId": job}, Priority=0, **values)
        client.set_state(job, soap.RESUME)
        return job
    at_once = make("zero", NoProgressTimeout=0)
    shorter = make("shorter", MinimumRetryDelay=60, NoProgressTimeout=30)
    floor = make("floor", MinimumRetryDelay=1)
    gives_up = make("gives-up", MinimumRetryDelay=5, NoProgressTimeout=7)
    wait_state(client, at_once, soap.ERROR, 5)
    wait_state(client, shorter, soap.ERROR, 5)
    eq(client.job(floor)["MinimumRetryDelay"], "5", "MinimumRetryDelay below its floor")
    wait_state(client, floor, soap.TRANSIENT, 5)
    left = int(client.get(soap.DRAY_JOB, JobId=floor)["RetryIn"])
    assert 1 <= left <= 6, "RetryIn is %d" % left       # 5 s, a tenth of it as jitter, rounded up
    error = client.get_error(floor)
    wait_for(lambda: client.job(floor)["TransientErrorCount"] == "2", 15, "the second try")
    eq(client.get_error(floor), error, "the error")
    wait_state(client, gives_up, soap.ERROR, 20)
    client.set_state(floor, soap.SUSPEND)
    client.get_error(floor)				# still there
    for job in (at_once, shorter, gives_up):
        client.get_error(job)
        eq(client.job(job)["JobCompletionTime"], "0", "JobCompletionTime")
