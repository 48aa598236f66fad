# SPDX-License-Identifier: MIT
"""kill -9 of the whole agent in the middle of a download, again and again."""
import os
import random
import time

import soap
from agent import wait_state
from lab import eq, sha256_of, test, wait_for

KILLS = 20
SIZE = 256 << 20


@test(limit=240, slow=True)
def twenty_kills_lose_no_job_and_fetch_little_twice(w):
    seed = int(os.environ.get("DRAY_SEED", random.SystemRandom().randrange(1 << 32)))
    rng = random.Random(seed)
    print("     | DRAY_SEED=%d" % seed, flush=True)
    origin, agent = w.origin(rate="20m"), w.agent()
    digest = origin.file("f", SIZE)
    job = agent.client().create("killed", origin.url("f", slow=True), agent.target("f"), Description="stays")
    was = agent.client().job(job)
    while_moving = 0
    for kill in range(KILLS):
        time.sleep(rng.uniform(0.0, 0.6))	# the random moment
        now = agent.client().job(job)
        assert int(now["State"]) != soap.TRANSFERRED, "over after %d kills; the kills were too rare" % kill
        while_moving += int(now["State"]) == soap.TRANSFERRING
        agent.kill9()
        eq(agent.program.members(), [], "processes alive after kill -9")
        agent.start()
        now = agent.client().job(job)		# Fault: the job is gone
        for name in ("DisplayName", "Description", "Priority", "JobCreationTime", "Owner"):
            eq(now[name], was[name], name + " after kill %d" % kill)
        assert int(now["State"]) in (0, 1, 2), "State %s after kill %d" % (now["State"], kill)
        eq([f["LocalFile"] for f in now["Files"]], [agent.target("f")], "LocalFile")
        assert not os.path.exists(agent.target("f")), "the file is in place before Complete"
    client = agent.client()
    wait_state(client, job, soap.TRANSFERRED, 120)
    eq(client.job(job)["TransientErrorCount"], "0", "TransientErrorCount")
    client.set_state(job, soap.COMPLETE)
    eq(sha256_of(agent.target("f")), digest, "sha256 of the file")
    eq(os.listdir(agent.out), ["f"], "what lies in the folder")
    origin.drain()
    sent = sum(r[2] for r in origin.requests() if r[0] == "GET")
    twice = (sent - SIZE) / KILLS / (1 << 20)
    print("     | %d kills, %d of them while bytes were moving; fetched twice per kill: %.2f MiB"
          % (KILLS, while_moving, twice), flush=True)
    assert while_moving >= KILLS // 2, "only %d kills hit a transfer" % while_moving
    assert sent >= SIZE, "the origin sent %d bytes, less than the file has" % sent
    assert twice < 8, "%.2f MiB fetched twice per kill" % twice


@test(limit=60)
def no_worker_outlives_the_agent(w):
    """Only the agent's first process is killed; whoever worked for it must end by itself."""
    origin, agent = w.origin(rate="4m"), w.agent()
    origin.file("f", 64 << 20)
    client = agent.client()
    job = client.create("orphan", origin.url("f", slow=True), agent.target("f"))
    wait_for(lambda: int(client.job(job)["BytesTransferred"]) > 0, 20, "the first bytes")
    assert len(agent.program.members()) > 1, "no worker process: %r" % agent.program.members()
    agent.program.process.kill()
    agent.program.wait(15)
    eq(agent.program.members(), [], "processes left")
