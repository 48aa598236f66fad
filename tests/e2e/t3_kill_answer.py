# SPDX-License-Identifier: MIT
"""What was answered is on the disk: kill -9 right after the answer to CreateJob or AddFile."""
import soap
from lab import eq, test

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
