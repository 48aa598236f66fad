# SPDX-License-Identifier: MIT
"""The network goes and comes, and what an administrator decides for all jobs: dray.conf, SIGHUP, DRAY_Policy."""
import os
import signal

import netns
import soap
from lab import eq, test, wait_for

AS_ROOT = True			# namespaces
DISCONNECTED, BLOCKED = 0x80200010, 0x8020003E
LOW = 3


class Rig:
    def __init__(self, w):
        self.lab = w.keep(netns.Lab(rate=None))
        self.origin = w.keep(netns.FarOrigin(w, self.lab))
        self.origin.file("f", 6 << 20)
        self.agent = w.keep(netns.NearAgent(w, self.lab))
        self.client = self.agent.local()

    def start(self, name, **properties):
        job = self.client.create(name, self.origin.url("f"), self.agent.target(name), Suspend=True)
        self.client.put(soap.DRAY_JOB, {"JobId": job}, **properties)
        self.client.set_state(job, soap.RESUME)
        return job

    def wait(self, job, *states):
        wait_for(lambda: self.client.state(job) in states, 10, "State %r" % (states,))

    def held(self, job, code):
        self.wait(job, soap.TRANSIENT)
        eq(int(self.client.get_error(job)["ErrorCode"]), code, "ErrorCode")

    def conf(self, extra):
        self.agent.extra = extra
        self.agent.write_config()

    def hangup(self, says):
        lines = len(self.agent.program.lines)
        os.kill(self.agent.program.process.pid, signal.SIGHUP)
        wait_for(lambda: any("SIGHUP: " in line for line in self.agent.program.lines[lines:]), 10, "an answer to SIGHUP")
        got = "\n".join(self.agent.program.lines[lines:])
        assert says in got, got


@test(limit=40)
def a_network_that_goes_and_comes_back_needs_nobody(w):
    rig = Rig(w)
    job = rig.start("a", RateLimit=2 << 20)
    rig.wait(job, soap.TRANSFERRING)
    rig.lab.ip("c", "link", "set", "eth0", "down")
    rig.held(job, DISCONNECTED)
    second = rig.start("b")
    rig.held(second, DISCONNECTED)
    rig.lab.ip("c", "link", "set", "eth0", "up")
    rig.lab.ip("c", "route", "add", "default", "via", "10.91.2.1")
    rig.wait(job, soap.QUEUED, soap.CONNECTING, soap.TRANSFERRING, soap.TRANSFERRED)
    rig.wait(job, soap.TRANSFERRED)		# the retry delay is ten minutes; nobody waited for it
    rig.wait(second, soap.TRANSFERRED)


@test(limit=40)
def a_server_without_a_route_is_tried_again_when_there_is_one(w):
    rig = Rig(w)
    rig.lab.ip("c", "route", "del", "default")
    job = rig.start("a")
    rig.held(job, DISCONNECTED)
    rig.lab.ip("c", "route", "add", "default", "via", "10.91.2.1")
    rig.wait(job, soap.TRANSFERRED)


@test(limit=40)
def policies_come_from_the_file_at_sighup_and_a_broken_file_changes_nothing(w):
    rig = Rig(w)
    rig.conf("[limits]\nMaxInternetBandwidth=0\nMaxJobsPerUser=50\n")
    rig.hangup("was read again")
    job = rig.start("a", Priority=LOW)
    rig.held(job, BLOCKED)
    rig.conf("[limits]\nMaxInternetBandwidth=fast\n")
    rig.hangup("stays as it was")
    policies = rig.client.get(soap.DRAY_POLICY)
    eq((policies["MaxInternetBandwidth"], policies["MaxJobsPerUser"]), ("0", "50"), "policies")
    rig.client.put(soap.DRAY_POLICY, {}, MaxInternetBandwidth="unlimited", MaxJobsPerMachine=77)
    policies = rig.client.get(soap.DRAY_POLICY)
    eq((policies["MaxInternetBandwidth"], policies["MaxJobsPerMachine"]), ("0", "77"), "the file decides")
    eq(rig.client.state(job), soap.TRANSIENT, "State")
    rig.conf("")
    rig.hangup("was read again")		# what was set before holds now
    rig.wait(job, soap.TRANSFERRED)
    eq(rig.client.get(soap.DRAY_POLICY)["MaxInternetBandwidth"], "unlimited", "policy")


@test(limit=40)
def a_profile_is_for_its_interface_and_metered_networks_cost(w):
    rig = Rig(w)
    rig.conf("[limits]\nCostPolicy=low=UNRESTRICTED\n[bandwidth lab]\nInterface=eth*\nSubnet=10.91.2.0/24\nMetered=yes\n"
             "[bandwidth other]\nInterface=wlan*\nLimit=0\n")
    rig.hangup("was read again")
    job = rig.start("a", Priority=LOW)
    rig.held(job, 0x80200059)
    rig.client.put(soap.DRAY_JOB, {"JobId": job}, CostFlags=0x800000FF)
    rig.wait(job, soap.TRANSFERRED)
