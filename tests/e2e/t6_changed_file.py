# SPDX-License-Identifier: MIT
"""The file changes on the server while it is being fetched: one version or the other, never a mix."""
import os

import soap
from agent import wait_state
from lab import eq, sha256_of, test, wait_for

SIZE = 12 << 20
OLD = 1_600_000_000		# Last-Modified of the first version


class Race:
    """A job in the middle of version one; version two is then put in place."""

    def __init__(self, w, **agent):
        self.origin, self.agent = w.origin(rate="6m"), w.agent(**agent)
        self.old = self.origin.replace("f", SIZE, OLD)
        self.client = self.agent.client()
        self.job = self.client.create("race", self.origin.url("f", slow=True), self.agent.target("f"), Suspend=True)
        self.client.put(soap.JOB, {"JobId": self.job}, MinimumRetryDelay=5)
        self.client.set_state(self.job, soap.RESUME)
        wait_for(lambda: int(self.client.job(self.job)["BytesTransferred"]) > SIZE // 4, 30, "a quarter of the file")

    def change(self, size=SIZE + 4567, mtime=OLD + 100):
        self.new = self.origin.replace("f", size, mtime)
        self.new_size = size

    def finish(self, only_new=False):
        self.client = self.agent.client()
        wait_state(self.client, self.job, soap.TRANSFERRED, 60)
        seen = self.client.job(self.job)
        self.client.set_state(self.job, soap.COMPLETE)
        got = sha256_of(self.agent.target("f"))
        assert got in (self.old, self.new), "the file is neither version (%d bytes; versions have %d and %d)" % (
            os.path.getsize(self.agent.target("f")), SIZE, self.new_size)
        if only_new:
            eq(got, self.new, "sha256 (the old version is not to be had any more)")
        size = SIZE if got == self.old else self.new_size
        eq(int(seen["BytesTransferred"]), size, "BytesTransferred")
        eq(int(seen["BytesTotal"]), size, "BytesTotal")
        eq(os.listdir(self.agent.out), ["f"], "what lies in the folder")
        restarts = [r for r in self.origin.requests() if r[0] == "GET"]
        print("     | the %s version; %d finished GETs" % (("old", "new")[got == self.new], len(restarts)), flush=True)


@test()
def changed_while_one_answer_runs(w):
    race = Race(w)
    race.change()
    race.finish()


@test()
def changed_while_suspended(w):
    race = Race(w)
    race.client.set_state(race.job, soap.SUSPEND)
    wait_state(race.client, race.job, soap.SUSPENDED, 20)
    race.change()
    race.client.set_state(race.job, soap.RESUME)
    race.finish(only_new=True)


@test()
def changed_to_a_smaller_file_while_suspended(w):
    race = Race(w)
    race.client.set_state(race.job, soap.SUSPEND)
    wait_state(race.client, race.job, soap.SUSPENDED, 20)
    race.change(size=SIZE // 8)			# less than what is already here
    race.client.set_state(race.job, soap.RESUME)
    race.finish(only_new=True)


@test()
def changed_to_a_file_of_the_same_size(w):
    race = Race(w)
    race.client.set_state(race.job, soap.SUSPEND)
    wait_state(race.client, race.job, soap.SUSPENDED, 20)
    race.change(size=SIZE)
    race.client.set_state(race.job, soap.RESUME)
    race.finish(only_new=True)


@test()
def changed_to_an_older_file(w):
    race = Race(w)
    race.client.set_state(race.job, soap.SUSPEND)
    wait_state(race.client, race.job, soap.SUSPENDED, 20)
    race.change(mtime=OLD - 100000)
    race.client.set_state(race.job, soap.RESUME)
    race.finish(only_new=True)


@test()
def changed_while_the_agent_was_dead(w):
    race = Race(w)
    race.agent.kill9()
    race.change()
    race.agent.start()
    race.finish(only_new=True)


@test()
def changed_while_the_agent_was_stopped(w):
    race = Race(w)
    race.agent.stop()
    race.change(size=SIZE)
    race.agent.start()
    race.finish(only_new=True)


@test(limit=90)
def changed_while_the_server_was_down(w):
    race = Race(w)
    race.origin.stop()
    wait_state(race.client, race.job, soap.TRANSIENT, 30)
    race.change()
    race.origin.start()
    race.finish(only_new=True)


@test(limit=90)
def changed_twice_and_killed_twice(w):
    race = Race(w)
    race.change()
    race.agent.kill9()
    race.agent.start()
    first = race.new
    client = race.agent.client()
    wait_for(lambda: int(client.job(race.job)["BytesTransferred"]) > SIZE // 4, 30, "a quarter of version two")
    race.agent.kill9()
    race.change(size=SIZE - 999, mtime=OLD + 200)
    race.agent.start()
    race.finish(only_new=True)
    assert first != race.new
