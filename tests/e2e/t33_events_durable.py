# SPDX-License-Identifier: MIT
"""What became of jobs outlives the agent: whoever comes back with the last number he saw misses nothing, also when the
agent was killed at any step of the change; numbers are never used twice."""
import contextlib
import os
import sqlite3

import soap
from agent import wait_state
from doomed import Doomed
from ear import MODIFICATION, TRANSFERRED, Ear, flags, make, resume
from lab import eq, test, wait_for

MADE, CHANGED, GONE = 1, 2, 4


def rows(agent):
    """(number, kind, state, name) of every event that is kept."""
    with contextlib.closing(sqlite3.connect(os.path.join(agent.state, "jobs.db"), timeout=30)) as db:
        return db.execute("SELECT number, kind, state, display_name FROM event ORDER BY number").fetchall()


@test(limit=120)
def killed_between_a_change_and_the_question_nothing_is_missed(w):
    agent = w.agent()
    client = agent.local()
    job = client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="j")["JobId"]
    flags(client, job, MODIFICATION, NotifyInterval=0)
    ear = Ear(client)
    ear.wait(0)
    numbers = []
    for n in range(5):
        ear.client.put(soap.DRAY_JOB, {"JobId": job}, Description="change %d" % n)
        agent.kill9()
        agent.start()
        ear.client = agent.local()
        numbers.append(ear.after)
        eq([e[:2] for e in ear.wait(20)], [(MODIFICATION, job)], "told after kill %d" % n)
        eq(ear.lost, False, "lost")
        eq(ear.wait(0), [], "told twice")
    assert numbers == sorted(set(numbers)), numbers


@test(limit=240)
def killed_at_every_step_a_change_and_its_event_are_there_together_or_not_at_all(w):
    d = Doomed(w)
    job = d.client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="j")["JobId"]
    flags(d.client, job, MODIFICATION, NotifyInterval=0)
    ear = Ear(d.client)
    ear.wait(0)
    known, was = rows(d.agent), None
    for steps in range(1, 30):
        name = "change %d" % steps
        lived = d.attempt(steps, lambda: d.client.put(soap.DRAY_JOB, {"JobId": job}, Description=name))
        ear.client = d.client
        now = d.client.job(job, uri=soap.DRAY_JOB)["Description"]
        eq(bool(ear.wait(0)), now == name, "an event of a change that was %s" % ("kept" if now == name else "not kept"))
        eq(ear.lost, False, "lost")
        after = rows(d.agent)
        eq(after[:len(known)], known, "what was kept before")
        eq(len(after) - len(known), int(now == name), "rows")
        assert now in (name, was) or was is None, now
        known, was = after, now
        if lived:
            break
    else:
        assert False, "it never got through"
    assert d.deaths, "the agent never died"


@test(limit=60)
def a_job_that_came_and_went_meanwhile_is_in_the_rows(w):
    origin, agent = w.origin(), w.agent()
    origin.file("f", 1000)
    client = agent.local()
    job = make(client, origin, agent, "j")
    resume(client, job)
    wait_state(client, job, soap.TRANSFERRED)
    client.set_state(job, soap.COMPLETE, uri=soap.DRAY_JOB)
    agent.kill9()
    agent.start()
    kept = rows(agent)
    kinds = [kind for _, kind, _, name in kept if name == "j"]
    eq((kinds[0], kinds[-1]), (MADE, GONE), "the first and the last of %r" % kinds)
    eq([state for _, kind, state, _ in kept if kind == CHANGED][-1], soap.TRANSFERRED, "the last state but one")
    assert [r[0] for r in kept] == sorted({r[0] for r in kept})
    second = make(agent.local(), origin, agent, "k")
    assert rows(agent)[-1][0] > kept[-1][0], "a number was used again"
    assert second != job


@test(limit=60)
def a_store_that_was_put_back_uses_no_number_again(w):
    agent = w.agent()
    agent.local().invoke(soap.DRAY_JOB, "CreateJob", DisplayName="before")
    agent.stop()
    store = os.path.join(agent.state, "jobs.db")
    with open(store, "rb") as f:
        copy = f.read()
    agent.start()
    ear = Ear(agent.local())
    ear.wait(0)
    ear.client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="after")
    ear.wait(0)
    told = rows(agent)[-1][0]
    agent.stop()
    with open(store, "wb") as f:
        f.write(copy)
    agent.start()
    agent.local().invoke(soap.DRAY_JOB, "CreateJob", DisplayName="another")
    assert rows(agent)[-1][0] > told, "a number was used for something else"
    ear.client = agent.local()
    ear.wait(0)
    eq(ear.lost, True, "lost, by the number of a time that was undone")


@test(limit=60)
def who_waits_while_it_happens_is_told_the_end(w):
    origin, agent = w.origin(), w.agent()
    origin.file("f", 1000)
    client = agent.local()
    job = make(client, origin, agent, "j")
    ear = Ear(agent.local())
    ear.wait(0)
    agent.kill9()
    agent.start()
    client = ear.client = agent.local()
    resume(client, job)
    ear.until((TRANSFERRED, job, soap.TRANSFERRED, 0))
    eq(ear.lost, False, "lost")
    wait_for(lambda: not ear.wait(0), 5, "silence")
