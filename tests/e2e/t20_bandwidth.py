# SPDX-License-Identifier: MIT
"""Background means background: in network namespaces with a bottleneck of 50 Mbit/s and a queue of 100 ms.

tests/bench/bandwidth does the same for longer, beside other programs, and prints a table.
"""
import os
import time

import netns
import soap
from lab import test, wait_for

AS_ROOT = True			# namespaces
ALONE = True			# rates
NORMAL = 2


class Rig:
    def __init__(self, w, **options):
        self.lab = w.keep(netns.Lab(**options))
        self.origin = w.keep(netns.FarOrigin(w, self.lab))
        with open(os.path.join(self.origin.root, "big"), "wb") as f:
            f.truncate(1 << 30)		# holes: nobody looks at what is in it
        self.agent = w.keep(netns.NearAgent(w, self.lab))
        self.client = self.agent.local()
        self.meter = netns.Meter(self.agent.out)
        self.url = self.origin.url("big")

    def start(self, name="job", **properties):
        job = self.client.create(name, self.url, self.agent.target(name), Suspend=True)
        self.client.put(soap.DRAY_JOB, {"JobId": job}, **properties)
        self.client.set_state(job, soap.RESUME)
        wait_for(lambda: self.meter.bytes() > 0, 10, "the first byte")
        return job

    def curl(self, seconds, *more):
        return netns.curl(self.lab, self.url, seconds, *more)


@test(limit=60)
def a_background_job_takes_what_nobody_else_wants(w):
    rig = Rig(w)
    alone = rig.curl(3).rate()
    rig.start(Priority=NORMAL)
    time.sleep(2.5)		# what curl left in the queue is somebody else's, too
    job_alone = rig.meter.rate(2)
    beside = rig.curl(8).rate()
    time.sleep(3.5)
    back = rig.meter.rate(1)
    print("     %s: curl alone %.2f MB/s, beside the job %.1f %%; the job alone %.1f %%, five seconds after curl %.1f %%"
          % (rig.lab.congestion, alone / 1e6, 100 * beside / alone, 100 * job_alone / alone, 100 * back / alone))
    assert job_alone >= 0.9 * alone, "alone the job takes %.1f %% of the link" % (100 * job_alone / alone)
    assert beside >= 0.95 * alone, "beside the job curl keeps %.1f %%" % (100 * beside / alone)
    assert back >= 0.8 * alone, "after curl the job is back at %.1f %%" % (100 * back / alone)


@test(limit=30)
def a_limit_is_kept_in_every_second_and_from_the_moment_it_is_changed(w):
    rig = Rig(w, rate=None)
    limit = 10 * 1000 * 1000
    job = rig.start(Priority=0, RateLimit=limit)
    time.sleep(0.3)
    start, at, first = time.monotonic(), [], rig.meter.bytes()
    for _ in range(3):
        at.append(rig.meter.rate(1))
    whole = (rig.meter.bytes() - first) / (time.monotonic() - start)
    rig.client.put(soap.DRAY_JOB, {"JobId": job}, RateLimit=2 * 1000 * 1000)
    time.sleep(0.5)
    less = rig.meter.rate_of_steps(2)
    print("     %.2f MB/s; by the second %s; then %.2f" % (whole / 1e6, " ".join("%.2f" % (r / 1e6) for r in at), less / 1e6))
    assert abs(whole / limit - 1) <= 0.03, "%.0f bytes a second instead of %d" % (whole, limit)
    assert all(abs(r / limit - 1) <= 0.1 for r in at), at
    assert abs(less / 2e6 - 1) <= 0.1, less
