# SPDX-License-Identifier: MIT
"""What was answered is on the disk: kill -9 right after the answer to CreateJob or AddFile."""
import os
import time

import soap
from agent import wait_state
from lab import eq, sha256_of, test

KILLS = 200


@test(limit=300, slow=True)
def what_was_answered_is_there_after_a_kill(w):
    origin, agent = w.origin(), w.agent()
    origin.file("f", 1000)
    jobs = []		# (id, number of files that were acknowledged)
    for kill in range(KILLS):
        client = agent.client()
        client.identify()			# connected and proved: the answer is all that is left to wait for
        name = "f%d" % kill
        if kill % 2 == 0:
            job = client.create(name, origin.url("f"), agent.target(name), Suspend=kill % 4 == 0)
            agent.kill9()
            jobs.append([job, 1])
        else:
            client.add_file(jobs[-1][0], origin.url("f"), agent.target(name))
            agent.kill9()
            jobs[-1][1] += 1
        agent.start()
        job, files = jobs[-1]
        seen = agent.client().job(job)
        eq(len(seen["Files"]), files, "files of the job after kill %d" % kill)
        eq(seen["Files"][-1]["LocalFile"], agent.target(name), "LocalFile after kill %d" % kill)
        eq(seen["Files"][-1]["RemoteUrl"], origin.url("f"), "RemoteUrl after kill %d" % kill)
    everything = {job["JobId"]: len(job["Files"]) for job in agent.client().jobs()}
    eq(everything, {job: files for job, files in jobs}, "all jobs at the end")


@test(limit=60)
def what_was_set_is_there_after_a_kill(w):
    agent = w.agent()
    job = agent.client().create("set", "http://127.0.0.1:9/f", agent.target("f"), Suspend=True)
    for priority in (0, 1, 3, 2):
        agent.client().put(soap.JOB, {"JobId": job}, Priority=priority, DisplayName="p%d" % priority)
        agent.kill9()
        agent.start()
        seen = agent.client().job(job)
        eq((seen["Priority"], seen["DisplayName"]), (str(priority), "p%d" % priority), "Priority, DisplayName")
    agent.client().set_state(job, soap.CANCEL)
    agent.kill9()
    agent.start()
    eq(agent.client().jobs(), [], "jobs after Cancel and a kill")


@test(limit=90)
def what_was_completed_is_in_place_after_a_kill(w):
    origin, agent = w.origin(), w.agent()
    digest = origin.file("f", 300_000)
    for kill in range(12):
        client = agent.client()
        name = "f%d" % kill
        job = client.create(name, origin.url("f"), agent.target(name))
        wait_state(client, job, soap.TRANSFERRED, 20)
        client.set_state(job, soap.COMPLETE)
        agent.kill9()
        eq(sha256_of(agent.target(name)), digest, "sha256 right after the answer to Complete")
        agent.start()
        eq(agent.client().jobs(), [], "jobs after Complete and a kill")
    eq(sorted(os.listdir(agent.out)), sorted("f%d" % n for n in range(12)), "what lies in the folder")


@test(limit=90)
def a_kill_in_the_middle_of_complete_loses_nothing(w):
    """No answer was waited for: either the job is still there with its bytes, or the file is in place."""
    origin, agent = w.origin(), w.agent()
    digest = origin.file("f", 300_000)
    there = 0
    for kill in range(16):
        client = agent.client()
        name = "f%d" % kill
        job = client.create(name, origin.url("f"), agent.target(name))
        wait_state(client, job, soap.TRANSFERRED, 20)
        body = soap.members(soap.JOB, "SetJobState_INPUT", {"JobState": soap.COMPLETE})
        message = soap.envelope(soap.JOB + "/SetJobState", soap.JOB, body, {"JobId": job})
        client.connection.request("POST", "/wsman", message.encode(), {
            "Content-Type": "application/soap+xml;charset=UTF-8", "Authorization": client.auth})
        time.sleep(kill * 0.0003)		# the moment moves from "nothing done" to "all done"
        agent.kill9()
        agent.start()
        client = agent.client()
        left = [j["JobId"] for j in client.jobs()]
        there += left == [job]
        if left:
            wait_state(client, job, soap.TRANSFERRED, 20)
            client.set_state(job, soap.COMPLETE)
        eq(sha256_of(agent.target(name)), digest, "sha256 (kill %d)" % kill)
    eq(sorted(os.listdir(agent.out)), sorted("f%d" % n for n in range(16)), "what lies in the folder")
    print("     | the job was still there after %d of 16 kills" % there, flush=True)
