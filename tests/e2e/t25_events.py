# SPDX-License-Identifier: MIT
"""What becomes of jobs, told to whoever waits: at least once, to those who may know, not more often than asked for."""
import threading
import time

import soap
from ear import ERROR, FILE, MODIFICATION, OFF, TRANSFERRED, Ear, flags, make, resume
from lab import eq, test, wait_for


@test(limit=60)
def a_job_tells_what_its_flags_have(w):
    origin, agent = w.origin(), w.agent()
    origin.file("f", 1000)
    client = agent.local()
    good, bad, all_of_it, silent = (make(client, origin, agent, n) for n in ("good", "bad", "all", "silent"))
    client.invoke(soap.DRAY_JOB, "SetRemoteName", {"JobId": bad}, Index=0, RemoteUrl=origin.url("missing"))
    client.add_file(all_of_it, origin.url("f"), agent.target("second"), uri=soap.DRAY_JOB)
    flags(client, all_of_it, TRANSFERRED | MODIFICATION | FILE, NotifyInterval=1)
    flags(client, silent, TRANSFERRED | OFF)
    ear = Ear(client)
    eq(ear.wait(0), [], "events before anything happened")
    for job in (silent, all_of_it, good, bad):
        resume(client, job)
    heard = []
    wanted = {(TRANSFERRED, good, soap.TRANSFERRED, 0), (ERROR, bad, soap.ERROR, 0), (TRANSFERRED, all_of_it, soap.TRANSFERRED, 0)}
    wait_for(lambda: wanted <= set(heard.extend(ear.wait(5)) or heard), 30, "the ends of three jobs")
    wait_for(lambda: int(client.job(silent, uri=soap.DRAY_JOB)["State"]) == soap.TRANSFERRED, 20, "the silent one")
    heard += ear.wait(1)
    eq([e for e in heard if e[1] == silent], [], "what the silent one told")
    eq([e for e in heard if e[1] == good], [(TRANSFERRED, good, soap.TRANSFERRED, 0)], "what the plain one told")
    eq([e[3] for e in heard if e[:2] == (FILE, all_of_it)], [0, 1], "its files, in order")
    assert any(e[:2] == (MODIFICATION, all_of_it) for e in heard), heard


@test(limit=60)
def who_comes_late_or_after_a_restart_is_told_all_the_same(w):
    origin, agent = w.origin(), w.agent()
    origin.file("f", 1000)
    client = agent.local()
    job = make(client, origin, agent, "j")
    ear = Ear(client)
    ear.wait(0)
    resume(client, job)
    event = (TRANSFERRED, job, soap.TRANSFERRED, 0)
    ear.until(event)
    eq(Ear(client).wait(0), [event], "what a late comer hears")
    eq(ear.wait(0), [], "what was told already")
    agent.kill9()
    agent.start()
    ear.client = agent.local()
    eq((ear.wait(0), ear.lost), ([], False), "after a restart")
    eq(Ear(ear.client).wait(0), [event], "what a late comer hears then")
    stranger = Ear(ear.client, after=12345)
    eq((stranger.wait(0), stranger.lost), ([event], True), "with a number that nobody was given")
    eq((stranger.wait(0), stranger.lost), ([], False), "and then")
    ear.client.set_state(job, soap.COMPLETE, uri=soap.DRAY_JOB)
    eq(Ear(ear.client).wait(0), [], "after Complete")


@test(limit=60)
def modifications_keep_their_interval_and_the_last_is_told(w):
    agent = w.agent()
    client = agent.local()
    job = client.invoke(soap.DRAY_JOB, "CreateJob", DisplayName="j")["JobId"]
    flags(client, job, MODIFICATION, NotifyInterval=600)
    ear = Ear(agent.local())
    ear.wait(1)
    times, stop = [], threading.Event()

    def listen():
        while not stop.is_set():
            events = ear.wait(2)
            if events:
                times.append((time.monotonic(), events))

    thread = threading.Thread(target=listen)
    thread.start()
    end, changes = time.monotonic() + 3, 0
    while time.monotonic() < end:
        client.put(soap.DRAY_JOB, {"JobId": job}, Description="change %d" % changes)
        changes += 1
    last = time.monotonic()
    wait_for(lambda: times and times[-1][0] >= last, 10, "word of the last change")
    stop.set()
    thread.join(20)
    gaps = [b[0] - a[0] for a, b in zip(times, times[1:])]
    assert changes > 20 and len(gaps) >= 2 and min(gaps) >= 0.55, "%d changes told %r seconds apart" % (changes, gaps)
    eq({len(events) for _, events in times}, {1}, "modifications in one answer")


@test(limit=60)
def a_user_waits_in_four_places_at_most_and_a_stop_answers_them(w):
    agent = w.agent()
    answers = []

    def listen():
        try:
            answers.append(Ear(agent.local()).wait(30))
        except Exception as e:          # the fifth, and whoever the stop cut off
            answers.append(str(e))

    threads = [threading.Thread(target=listen) for _ in range(5)]
    for thread in threads:
        thread.start()
    wait_for(lambda: answers, 10, "the fifth to be refused")
    assert "4 places" in answers[0], answers
    begin = time.monotonic()
    agent.stop()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert time.monotonic() - begin < 15, "the stop waited for those who wait"
    eq(len(answers), 5, "answers")


@test(limit=60)
def dray_events_tells_a_person(w):
    origin, agent = w.origin(), w.agent()
    origin.file("f", 1000)
    client = agent.local()
    job = make(client, origin, agent, "j")
    resume(client, job)
    wait_for(lambda: int(client.job(job, uri=soap.DRAY_JOB)["State"]) == soap.TRANSFERRED, 20, "the file")
    eq(agent.dray("events", "--once"), "transferred %s transferred\n" % job, "dray events")
    agent.dray("events", "--once", "extra", status=2)
