# SPDX-License-Identifier: MIT
"""SIGTERM and start: every job, property, file and offset is back, active jobs go on."""
import os

import soap
from agent import wait_state
from lab import eq, sha256_of, test, wait_for

SIZE = 16 << 20


@test(limit=90)
def everything_is_back_after_a_stop(w):
    origin, agent = w.origin(rate="4m"), w.agent()
    digest = origin.file("f", SIZE)
    origin.file("small", 1000)
    client = agent.client()

    odd = "naïve <job> & \"more\" 文字 \U0001F69A"
    kept = client.create(odd, origin.url("small"), agent.target("a"), Suspend=True, Description=odd)
    client.add_file(kept, origin.url("small?q=1&r=%20"), agent.target("b"))
    client.put(soap.JOB, {"JobId": kept}, Priority=1, MinimumRetryDelay=77, NoProgressTimeout=888)
    done = client.create("done", origin.url("small"), agent.target("c"))
    wait_state(client, done, soap.TRANSFERRED, 20)
    failed = client.create("failed", origin.url("missing"), agent.target("d"))
    wait_state(client, failed, soap.ERROR, 20)
    moving = client.create("moving", origin.url("f", slow=True), agent.target("f"))
    wait_for(lambda: int(client.job(moving)["BytesTransferred"]) > SIZE // 4, 30, "a quarter of the file")
    half = client.create("half", origin.url("f", slow=True), agent.target("h"), Suspend=True)
    client.put(soap.JOB, {"JobId": half}, Priority=0)
    client.set_state(half, soap.RESUME)
    wait_for(lambda: int(client.job(half)["BytesTransferred"]) > SIZE // 8, 30, "an eighth of the second file")
    client.set_state(half, soap.SUSPEND)
    wait_state(client, half, soap.SUSPENDED, 20)
    looks = []		# the worker's last bytes may still arrive after the answer to Suspend
    wait_for(lambda: looks.append(client.job(half)) or looks[-4:-1].count(looks[-1]) == 3, 10, "a quiet job", 0.2)

    quiet = (kept, done, failed, half)
    full = {job: client.job(job, uri=soap.DRAY_JOB) for job in quiet}
    bits = {job: client.job(job) for job in quiet}
    error = client.get_error(failed)
    order = [job["JobId"] for job in client.jobs()]
    before = int(client.job(moving)["BytesTransferred"])
    agent.stop()
    eq(agent.program.members(), [], "processes after SIGTERM")
    agent.start()
    client = agent.client()

    eq([job["JobId"] for job in client.jobs()], order, "JobIds in order")
    for job in quiet:
        eq(client.job(job), bits[job], "BitsClientJob")
        now = client.job(job, uri=soap.DRAY_JOB)
        for name in full[job]:
            if name not in ("TransferRate", "RetryIn"):
                eq(now[name], full[job][name], name)
    eq(client.get_error(failed), error, "GetError")
    eq(bits[kept]["DisplayName"], odd, "DisplayName")
    assert int(client.job(moving)["BytesTransferred"]) >= before // 2, "the offset of the moving file went back"
    wait_state(client, moving, soap.TRANSFERRED, 60)
    client.set_state(half, soap.RESUME)
    wait_state(client, half, soap.TRANSFERRED, 60)
    for job in (moving, half, done):
        client.set_state(job, soap.COMPLETE)
    eq([sha256_of(agent.target("f")), sha256_of(agent.target("h"))], [digest, digest], "sha256")
    eq(sorted(os.listdir(agent.out)), ["c", "f", "h"], "what lies in the folder")
    origin.drain()
    sent = sum(r[2] for r in origin.requests() if r[0] == "GET" and r[4] == "/slow/f")
    twice = sent - 2 * SIZE
    print("     | fetched twice over a clean stop and a suspend: %.2f MiB" % (twice / (1 << 20)), flush=True)
    assert twice < 4 << 20, "%d bytes fetched twice" % twice


@test(limit=60)
def stop_and_start_without_work_changes_nothing(w):
    agent = w.agent()
    client = agent.client()
    job = client.create("still", "http://127.0.0.1:9/f", agent.target("f"), Suspend=True)
    was = client.job(job)
    for _ in range(3):
        agent.stop()
        agent.start()
    eq(agent.client().job(job), was, "the job")


@test(limit=60)
def cancel_leaves_nothing_behind(w):
    origin, agent = w.origin(rate="2m"), w.agent()
    origin.file("f", SIZE)
    client = agent.client()
    job = client.create("regretted", origin.url("f", slow=True), agent.target("f"))
    wait_for(lambda: int(client.job(job)["BytesTransferred"]) > 0, 20, "the first bytes")
    assert os.listdir(agent.out) not in ([], ["f"]), "where are the bytes? %r" % os.listdir(agent.out)
    client.set_state(job, soap.CANCEL)
    wait_for(lambda: os.listdir(agent.out) == [], 20, "an empty folder, not %r" % os.listdir(agent.out))
    eq(client.jobs(), [], "jobs")
    agent.stop()
    agent.start()
    eq(agent.client().jobs(), [], "jobs after a restart")


@test(limit=60)
def complete_of_a_half_done_job_keeps_the_finished_files(w):
    origin, agent = w.origin(rate="2m"), w.agent()
    digest = origin.file("small", 5000)
    origin.file("f", SIZE)
    client = agent.client()
    job = client.create("partial", origin.url("small"), agent.target("small"), Suspend=True)
    client.add_file(job, origin.url("f", slow=True), agent.target("f"))
    client.set_state(job, soap.RESUME)
    wait_for(lambda: client.job(job)["FilesTransferred"] == "1", 20, "the first file")
    wait_for(lambda: int(client.job(job)["BytesTransferred"]) > 5000, 20, "bytes of the second file")
    out = client.set_state(job, soap.COMPLETE)
    eq(int(out["ReturnValue"]), 0x00200017, "ReturnValue (partial)")
    eq(sha256_of(agent.target("small")), digest, "sha256")
    wait_for(lambda: os.listdir(agent.out) == ["small"], 20, "only the finished file")
    eq(client.jobs(), [], "jobs")
