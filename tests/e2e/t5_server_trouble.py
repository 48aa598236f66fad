# SPDX-License-Identifier: MIT
"""What a job does when its server says no, or says nothing."""
import soap
from agent import wait_state
from lab import eq, sha256_of, test, wait_for


@test()
def not_found_is_a_final_error_told_in_words(w):
    origin, agent = w.origin(), w.agent()
    client = agent.client()
    job = client.create("missing", origin.url("nothing-here"), agent.target("f"))
    wait_state(client, job, soap.ERROR, 30)
    error = client.get_error(job)
    eq(error["ReturnValue"], "0", "ReturnValue")
    eq(int(error["ErrorContext"]), 5, "ErrorContext")
    eq(int(error["ErrorCode"]), 0x80190194, "ErrorCode")
    assert "404" in error["ErrorDescription"] or "not found" in error["ErrorDescription"].lower() \
        or "does not exist" in error["ErrorDescription"].lower(), error
    assert len(error["ContextDescription"]) > 10, error
    eq(client.job(job)["TransientErrorCount"], "0", "TransientErrorCount")
    shown = agent.dray("error", job, status=None)
    assert "0x80190194" in shown.lower(), shown

    # The remedy is offered by BITS itself: put the file there, resume.
    digest = origin.file("nothing-here", 5000)
    client.set_state(job, soap.RESUME)
    wait_state(client, job, soap.TRANSFERRED, 30)
    client.set_state(job, soap.COMPLETE)
    eq(sha256_of(agent.target("f")), digest, "sha256")


@test()
def a_healthy_job_has_no_error_to_tell(w):
    agent = w.agent()
    client = agent.client()
    job = client.create("fine", "http://127.0.0.1:9/f", agent.target("f"), Suspend=True)
    try:
        client.get_error(job)
    except soap.Fault as fault:
        assert 0x8020000F in fault.codes, fault
        return
    raise AssertionError("GetError of a healthy job answered")


@test(limit=120)
def a_server_that_is_down_is_tried_until_it_is_back(w):
    origin, agent = w.origin(start=False), w.agent()
    digest = origin.file("f", 1 << 20)
    client = agent.client()
    job = client.create("patient", origin.url("f"), agent.target("f"), Suspend=True)
    eq(client.put_whole(soap.JOB, {"JobId": job}, MinimumRetryDelay=5)["MinimumRetryDelay"], "5")
    client.set_state(job, soap.RESUME)
    wait_state(client, job, soap.TRANSIENT, 30)
    error = client.get_error(job)
    eq(int(error["ErrorContext"]), 5, "ErrorContext")
    assert int(error["ErrorCode"]) >> 31 and error["ErrorDescription"], error
    first = int(client.job(job)["TransientErrorCount"])
    assert first >= 1
    wait_for(lambda: int(client.job(job)["TransientErrorCount"]) > first, 30, "another try")
    assert client.state(job) in (0, 1, 5), "State between tries"
    origin.start()
    wait_state(client, job, soap.TRANSFERRED, 30)	# nobody asked: it comes back by itself
    client.set_state(job, soap.COMPLETE)
    eq(sha256_of(agent.target("f")), digest, "sha256")


@test(limit=120)
def a_server_that_dies_midway_costs_only_the_rest(w):
    origin, agent = w.origin(rate="4m"), w.agent()
    size = 16 << 20
    digest = origin.file("f", size)
    client = agent.client()
    job = client.create("cut", origin.url("f", slow=True), agent.target("f"), Suspend=True)
    client.put(soap.JOB, {"JobId": job}, MinimumRetryDelay=5)
    client.set_state(job, soap.RESUME)
    wait_for(lambda: int(client.job(job)["BytesTransferred"]) > size // 2, 30, "half of the file")
    origin.stop()
    wait_state(client, job, soap.TRANSIENT, 30)
    kept = int(client.job(job)["BytesTransferred"])
    assert kept > 0, "nothing was kept"
    origin.start()
    wait_state(client, job, soap.TRANSFERRED, 60)
    client.set_state(job, soap.COMPLETE)
    eq(sha256_of(agent.target("f")), digest, "sha256")
    origin.drain()
    ranges = [r for r in origin.requests() if r[0] == "GET" and r[3] not in ("-", "bytes=0-")]
    assert any(r[1] == 206 for r in ranges), "no continued request: %r" % origin.requests()


@test(limit=60)
def a_server_without_ranges_is_asked_again_from_the_start(w):
    origin, agent = w.origin(rate="6m"), w.agent()
    size = 8 << 20
    digest = origin.file("f", size)
    client = agent.client()
    job = client.create("single", origin.url("plain/f"), agent.target("f"))
    wait_for(lambda: int(client.job(job)["BytesTransferred"]) > size // 4, 20, "a quarter of the file")
    client.set_state(job, soap.SUSPEND)
    client.set_state(job, soap.RESUME)
    wait_state(client, job, soap.TRANSFERRED, 40)
    note = client.job(job, uri=soap.DRAY_JOB)["Note"]
    assert "part" in note, "the job does not say that the server has no ranges: %r" % note
    client.set_state(job, soap.COMPLETE)
    eq(sha256_of(agent.target("f")), digest, "sha256")
    origin.drain()
    eq({r[1] for r in origin.requests() if r[0] == "GET"}, {200}, "status of the answers")
