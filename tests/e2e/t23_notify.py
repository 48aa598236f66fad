# SPDX-License-Identifier: MIT
"""Notification commands, from the property to the process: run as the owner, told what happened, over a restart."""
import os

import soap
from lab import eq, test, wait_for


def command(agent, name, lines):
    path = agent.target(name)
    with open(path, "w") as f:
        f.write("#!/bin/sh\nexec >>%s.out\n%s\n" % (path, lines))
    os.chmod(path, 0o755)
    return path


def said(path):
    try:
        with open(path + ".out") as f:
            return f.read()
    except FileNotFoundError:
        return ""


@test(limit=60)
def a_command_is_run_for_a_finished_job_and_for_one_in_error(w):
    origin, agent = w.origin(), w.agent()
    origin.file("f", 1000)
    tell = command(agent, "tell", 'echo "$1|$DRAY_NAME|$DRAY_STATE|$DRAY_ERROR"; id -u')
    client = agent.local()
    for name, url in (("good", origin.url("f")), ("bad", origin.url("missing"))):
        job = client.create(name, url, agent.target(name), uri=soap.DRAY_JOB, Suspend=True)
        client.put(soap.DRAY_JOB, {"JobId": job}, NotifyCommand=tell,
                   NotifyParameters=tell + " 'it is $HOME; id'")
        client.set_state(job, soap.RESUME, uri=soap.DRAY_JOB)
    wait_for(lambda: said(tell).count("|") == 6, 20, "two lines")
    lines = sorted(line for line in said(tell).splitlines() if "|" in line)
    eq(lines, ["it is $HOME; id|bad|ERROR|0x80190194", "it is $HOME; id|good|TRANSFERRED|0x00000000"], "what was told")
    owner = os.stat(agent.state).st_uid
    eq({line for line in said(tell).splitlines() if "|" not in line}, {str(owner)}, "who ran it")


@test(limit=60)
def a_command_that_could_not_run_before_a_kill_is_run_after_the_start(w):
    origin, agent = w.origin(), w.agent()
    origin.file("f", 1000)
    client = agent.local()
    job = client.create("j", origin.url("f"), agent.target("f"), uri=soap.DRAY_JOB, Suspend=False)
    wait_for(lambda: int(client.job(job, uri=soap.DRAY_JOB)["State"]) == soap.TRANSFERRED, 20, "the file")
    gate = agent.target("gate")
    tell = command(agent, "tell", 'test -e %s || exit 1; echo done' % gate)
    client.put(soap.DRAY_JOB, {"JobId": job}, NotifyCommand=tell)
    wait_for(lambda: "event=NOTIFY_FAILED" in open(agent.log).read(), 20, "the failure")
    open(gate, "w").close()
    agent.kill9()
    agent.start()
    wait_for(lambda: said(tell) == "done\n", 20, "the command after the start")
    wait_for(lambda: "event=NOTIFY_RAN" in open(agent.log).read(), 20, "its end")
    agent.stop()
    agent.start()
    eq(said(tell), "done\n", "runs in all")
