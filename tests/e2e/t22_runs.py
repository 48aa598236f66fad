# SPDX-License-Identifier: MIT
"""Jobs of many small files: kill -9 in the middle, and a file that is not there."""
import hashlib
import os
import random

import soap
from agent import wait_state
from lab import eq, sha256_of, test, wait_for

FILES, KILLS = 1000, 5


def put(origin, number, rng):
    data = rng.randbytes(2000 + number)
    with open(os.path.join(origin.root, "n%d" % number), "wb") as f:
        f.write(data)
    return hashlib.sha256(data).hexdigest()


def add(client, agent, job, origin, numbers):
    for at in range(0, len(numbers), 100):
        some = numbers[at:at + 100]
        client.invoke(soap.DRAY_JOB, "AddFileSet", {"JobId": job}, RemoteUrl=[origin.url("n%d" % n) for n in some],
                      LocalFile=[agent.target("n%d" % n) for n in some])


def have(client, job):
    return int(client.get(soap.DRAY_JOB, JobId=job)["FilesTransferred"])


@test(limit=120)
def kills_in_the_middle_of_a_thousand_files_lose_none_and_mix_none(w):
    seed = int(os.environ.get("DRAY_SEED", random.SystemRandom().randrange(1 << 32)))
    print("     | DRAY_SEED=%d" % seed, flush=True)
    rng = random.Random(seed)
    origin, agent = w.origin(), w.agent()
    digests = [put(origin, n, rng) for n in range(FILES)]
    client = agent.local()
    job = client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="many", Priority=0)["JobId"]
    add(client, agent, job, origin, range(FILES))
    client.set_state(job, soap.RESUME, uri=soap.DRAY_JOB)
    before = 0
    for kill in range(KILLS):
        wanted = min(FILES - 1, before + rng.randrange(1, FILES // (KILLS + 1)))
        wait_for(lambda: have(client, job) >= wanted, 60, "%d files" % wanted, every=0.002)
        now = have(client, job)
        agent.kill9()
        agent.start()
        client = agent.local()
        before = have(client, job)
        assert before >= now, "%d files were transferred before kill %d, %d are after it" % (now, kill, before)
        assert not os.path.exists(agent.target("n0")), "a file has its name before Complete"
    wait_state(client, job, soap.TRANSFERRED, 60)
    client.set_state(job, soap.COMPLETE, uri=soap.DRAY_JOB)
    eq(sorted(os.listdir(agent.out)), sorted("n%d" % n for n in range(FILES)), "what lies in the folder")
    for n in range(FILES):
        eq(sha256_of(agent.target("n%d" % n)), digests[n], "sha256 of file %d" % n)


@test(limit=60)
def files_behind_one_that_is_not_there_stay_untouched(w):
    origin, agent = w.origin(), w.agent()
    rng = random.Random(1)
    for n in range(40):
        if n != 10:
            put(origin, n, rng)
    client = agent.local()
    job = client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="gap", Priority=0)["JobId"]
    add(client, agent, job, origin, range(40))
    client.set_state(job, soap.RESUME, uri=soap.DRAY_JOB)
    wait_for(lambda: int(client.get(soap.DRAY_JOB, JobId=job)["State"]) == soap.ERROR, 30, "ERROR")
    for n in range(40):
        f = client.get(soap.DRAY_FILE, JobId=job, Index=str(n))
        eq(int(f["BytesTransferred"]), os.path.getsize(os.path.join(origin.root, "n%d" % n)) if n < 10 else 0,
           "bytes of file %d" % n)
    put(origin, 10, rng)
    client.set_state(job, soap.RESUME, uri=soap.DRAY_JOB)
    wait_state(client, job, soap.TRANSFERRED, 30)
    client.set_state(job, soap.CANCEL, uri=soap.DRAY_JOB)
    eq(os.listdir(agent.out), [], "what a cancelled job left")
