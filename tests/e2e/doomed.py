# SPDX-License-Identifier: MIT
"""doomed.py: an agent that is killed at the n-th fsync, rename or unlink, by tests/crash/killpoint.c."""
import http.client
import os
import struct
import subprocess

import soap
from agent import wait_state
from lab import Program, Skip, eq, sha256_of

SIZE = 200_000
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Doomed:
    """An agent that dies at a step of its own, and comes back."""

    def __init__(self, w, rate="20m"):
        self.w, self.origin, self.agent = w, w.origin(rate=rate), w.agent(start=False)
        self.digest = self.origin.file("f", SIZE)
        self.point = w.path("point")
        self.library = w.path("killpoint.so")
        if subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.library,
                           os.path.join(TOP, "crash", "killpoint.c"), "-ldl"]).returncode:
            raise Skip("there is no C compiler")
        self.deaths = 0
        self.arm(0)
        self.start()

    def arm(self, steps):
        if not os.path.exists(self.point):
            with open(self.point, "wb") as f:
                f.write(struct.pack("i", 0))
        with open(self.point, "r+b") as f:
            f.write(struct.pack("i", steps))

    def start(self):
        agent = self.agent
        env = agent.env(LD_PRELOAD=self.library, DRAY_KILLPOINT=self.point)
        agent.program = Program([agent.bin + "/drayd", "--foreground", "--mode", "user", "--config", agent.config],
                                agent.log, env, ready="dray: ready", cwd=agent.folder)
        self.client = agent.local()

    def attempt(self, steps, act):
        """Does it with death `steps` away. True: it lived and answered; else the agent is back, unarmed."""
        self.arm(steps)
        try:
            act()
            answered = True
        except (OSError, http.client.HTTPException):
            answered = False
        self.arm(0)
        if answered and self.agent.alive():
            return True
        self.agent.program.kill()
        self.deaths += 1
        self.start()
        self.answered = answered
        return False

    def walk(self, case, most=200):
        for steps in range(1, most):
            if case(steps):
                print("     | died at %d different steps" % self.deaths, flush=True)
                assert self.deaths > 1, "the agent never died"
                return
        raise AssertionError("no end after %d steps" % most)

    def get(self, job):
        return next((j for j in self.client.jobs(soap.DRAY_JOB) if j["JobId"] == job), None)

    def make(self, *names, slow=()):
        job = self.client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="j", Suspend=True)["JobId"]
        for name in names:
            self.client.add_file(job, self.origin.url("f", slow=name in slow), self.agent.target(name))
        self.client.put(soap.JOB, {"JobId": job}, Priority=0)
        return job

    def make_transferred(self, *names):
        job = self.make(*names)
        self.client.set_state(job, soap.RESUME)
        wait_state(self.client, job, soap.TRANSFERRED, 20)
        return job

    def finish(self, job, *names):
        """Whatever state it is in: to the end, and every file is whole."""
        if self.get(job)["State"] in ("3", "4"):
            self.client.set_state(job, soap.RESUME)
        wait_state(self.client, job, soap.TRANSFERRED, 20)
        eq(int(self.client.set_state(job, soap.COMPLETE)["ReturnValue"]), 0, "ReturnValue of Complete")
        self.all_there(*names)

    def all_there(self, *names):
        eq(sorted(os.listdir(self.agent.out)), sorted(names), "what lies in the folder")
        for name in names:
            eq(sha256_of(self.agent.target(name)), self.digest, "sha256 of " + name)
            os.unlink(self.agent.target(name))
        eq(self.client.jobs(), [], "jobs")
