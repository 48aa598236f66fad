# SPDX-License-Identifier: MIT
"""A file goes on at another server, at the byte it had, if size and time are the same there; what the servers
(nginx, each with a log of its own) were asked is the proof."""
import os
import re
import shutil

import soap
from agent import wait_state
from lab import eq, sha256_of, test, wait_for

SIZE = 6 << 20


def half_way(w, agent):
    """A suspended job with some of a file that is nowhere any more; (job, bytes it has, the old server)."""
    first = w.origin(name="first", rate="2m")
    first.file("f", SIZE)
    client = agent.local()
    job = client.create("f", first.url("f", slow=True), agent.target("f"), uri=soap.DRAY_JOB)
    wait_for(lambda: int(client.job(job, soap.DRAY_JOB)["BytesTransferred"]) > 500_000, 20, "some bytes")
    client.set_state(job, soap.SUSPEND)
    wait_state(client, job, soap.SUSPENDED, 20)
    has = int(client.job(job, soap.DRAY_JOB)["BytesTransferred"])
    assert 500_000 < has < SIZE, has
    first.stop()
    return job, has, first


def finish_at(agent, job, second):
    agent.dray("url", job, "0", second.url("f"))
    agent.dray("resume", job)
    wait_state(agent.local(), job, soap.TRANSFERRED, 20)
    restarts = agent.local().get(soap.DRAY_FILE, JobId=job, Index="0")["Restarts"]
    agent.dray("complete", job)
    eq(sha256_of(agent.target("f")), sha256_of(os.path.join(second.root, "f")), "sha256")
    second.drain()
    return restarts, second.requests()


@test()
def the_same_file_elsewhere_goes_on_at_the_byte_it_had(w):
    agent = w.agent()
    job, has, first = half_way(w, agent)
    second = w.origin(name="second")
    shutil.copy2(os.path.join(first.root, "f"), os.path.join(second.root, "f"))
    restarts, requests = finish_at(agent, job, second)
    eq(restarts, "0", "restarts")
    eq({status for _, status, _, _, _ in requests}, {206}, "answers")
    starts = [int(re.match(r"bytes=(\d+)-", span)[1]) for _, _, _, span, _ in requests]
    assert 0 < min(starts) <= has, (starts, has)
    eq(sum(sent for _, _, sent, _, _ in requests), SIZE - min(starts), "bytes sent: no byte comes twice")


@test()
def a_file_of_another_time_elsewhere_begins_anew(w):
    agent = w.agent()
    job, has, first = half_way(w, agent)
    second = w.origin(name="second")
    second.file("f", SIZE)
    stamp = os.stat(os.path.join(first.root, "f")).st_mtime - 1000
    os.utime(os.path.join(second.root, "f"), (stamp, stamp))
    restarts, requests = finish_at(agent, job, second)
    eq(restarts, "1", "restarts")
    assert requests[0][3].startswith("bytes="), "it did not ask for the rest first: %r" % requests
    eq(sum(sent for _, status, sent, _, _ in requests if status == 200), SIZE, "all of it came anew")
