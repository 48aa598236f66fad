# SPDX-License-Identifier: MIT
"""ear.py: who waits for events (DRAY_Job.WaitForEvents) and remembers how far he is."""
import time

import soap

TRANSFERRED, ERROR, OFF, MODIFICATION, FILE, RANGES = 1, 2, 4, 8, 16, 32


class Ear:
    """One listener and his place in the events."""

    def __init__(self, client, what=63, after=0):
        self.client, self.what, self.after, self.lost = client, what, after, False

    def wait(self, seconds=20):
        answer = self.client.invoke(soap.DRAY_JOB, "WaitForEvents", After=self.after, What=self.what, Timeout=seconds)
        self.after, self.lost = answer["Next"], answer["Lost"] == "true"
        events = [line.split() for line in (answer["Events"] or "").splitlines()]
        return [(int(what), job, int(state), int(file)) for what, job, state, file in events]

    def until(self, event, seconds=20):
        """Everything told up to this event."""
        heard, end = [], time.monotonic() + seconds
        while event not in heard:
            assert time.monotonic() < end, "%r was not told, only %r" % (event, heard)
            heard += self.wait(5)
        return heard


def make(client, origin, agent, name, url=None, **more):
    return client.create(name, url or origin.url("f"), agent.target(name), uri=soap.DRAY_JOB, Suspend=True, **more)


def flags(client, job, value, **more):
    client.put(soap.DRAY_JOB, {"JobId": job}, NotifyFlags=value, **more)


def resume(client, job):
    client.set_state(job, soap.RESUME, uri=soap.DRAY_JOB)
