# SPDX-License-Identifier: MIT
"""Who runs when: foreground jobs all at once, background jobs one at a time, higher priority first."""
import soap
from lab import eq, test, wait_for

SIZE = 8 << 20
FOREGROUND, HIGH, NORMAL, LOW = range(4)


class Jobs:
    def __init__(self, w, rate="2m"):
        self.origin, self.agent = w.origin(rate=rate), w.agent()
        self.origin.file("f", SIZE)
        self.client = self.agent.client()
        self.ids = {}

    def add(self, name, priority, start=True):
        job = self.client.create(name, self.origin.url("f", slow=True), self.agent.target(name), Suspend=True)
        self.client.put(soap.JOB, {"JobId": job}, Priority=priority)
        self.ids[name] = job
        if start:
            self.resume(name)

    def resume(self, name):
        self.client.set_state(self.ids[name], soap.RESUME)

    def look(self):
        """{name: (State, BytesTransferred)} of all jobs, by one Enumerate."""
        return {job["DisplayName"]: (int(job["State"]), int(job["BytesTransferred"])) for job in self.client.jobs()}

    def running(self):
        return sorted(name for name, (state, _) in self.look().items() if state in (soap.CONNECTING, soap.TRANSFERRING))


@test(limit=60)
def foreground_jobs_run_all_at_once(w):
    jobs = Jobs(w)
    names = ["f%d" % n for n in range(5)]
    for name in names:
        jobs.add(name, FOREGROUND)
    wait_for(lambda: all(jobs.look()[name][1] > 0 for name in names), 20, "bytes of all five")
    eq(jobs.running(), names, "running jobs")


@test(limit=60)
def background_jobs_run_one_at_a_time(w):
    jobs = Jobs(w, rate="8m")
    names = ["b%d" % n for n in range(4)]
    for name in names:
        jobs.add(name, NORMAL)
    most = 0

    def over():
        nonlocal most
        look = jobs.look()
        running = [name for name, (state, _) in look.items() if state in (soap.CONNECTING, soap.TRANSFERRING)]
        assert len(running) <= 1, "running together: %r" % running
        most = max(most, len(running))
        assert soap.ERROR not in [state for state, _ in look.values()], look
        return all(state == soap.TRANSFERRED for state, _ in look.values())
    wait_for(over, 40, "the end of all four")
    eq(most, 1, "background jobs seen running")


@test(limit=60)
def a_higher_background_priority_preempts(w):
    jobs = Jobs(w)
    jobs.add("low", LOW)
    wait_for(lambda: jobs.look()["low"][1] > 0, 20, "bytes of the low job")
    jobs.add("high", HIGH)
    wait_for(lambda: jobs.running() == ["high"], 10, "the high job alone")
    kept = jobs.look()["low"]
    eq(kept[0], soap.QUEUED, "State of the low job")
    assert kept[1] > 0, "the low job lost its bytes"
    wait_for(lambda: jobs.look()["high"][1] > 0, 10, "bytes of the high job")
    jobs.client.set_state(jobs.ids["high"], soap.SUSPEND)
    wait_for(lambda: jobs.running() == ["low"], 10, "the low job to go on")
    wait_for(lambda: jobs.look()["low"][0] == soap.TRANSFERRED, 30, "the end of the low job")
    jobs.origin.drain()
    sent = sum(r[2] for r in jobs.origin.requests() if r[0] == "GET")
    high = jobs.look()["high"][1]
    assert sent - high - SIZE < 2 << 20, "preemption made %d bytes come twice" % (sent - high - SIZE)


@test(limit=60)
def raising_a_priority_takes_effect_at_once(w):
    jobs = Jobs(w)
    jobs.add("first", NORMAL)
    jobs.add("second", NORMAL)
    wait_for(lambda: jobs.running() == ["first"] and jobs.look()["first"][1] > 0, 20, "the first job")
    jobs.client.put(soap.JOB, {"JobId": jobs.ids["second"]}, Priority=HIGH)
    wait_for(lambda: jobs.running() == ["second"], 10, "the second job alone")
    jobs.client.put(soap.JOB, {"JobId": jobs.ids["first"]}, Priority=FOREGROUND)
    wait_for(lambda: "first" in jobs.running(), 10, "the first job in the foreground")


@test(limit=60)
def a_foreground_job_does_not_wait_for_a_background_job(w):
    jobs = Jobs(w)
    jobs.add("back", NORMAL)
    wait_for(lambda: jobs.look()["back"][1] > 0, 20, "bytes of the background job")
    jobs.add("front", FOREGROUND)
    wait_for(lambda: jobs.look()["front"][1] > 0, 10, "bytes of the foreground job")
