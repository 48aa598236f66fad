# SPDX-License-Identifier: MIT
"""Bad configuration: one clear line with file, line and remedy, exit 1; nothing is lost."""
import os
import signal
import socket
import subprocess

import soap
from lab import eq, free_port, test, wait_for


def start_with(agent, config=None, folder=None, check=False):
    """Runs drayd until it ends by itself; (exit status, its complaints without the log's own lines)."""
    argv = [agent.bin + "/drayd"] + (["--check-config"] if check else ["--foreground", "--mode", "user", "--config"])
    done = subprocess.run(argv + [config or agent.config], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env=agent.env(), timeout=20, cwd=agent.folder)
    return done.returncode, [line for line in done.stdout.splitlines() if line.strip()]


def edit(agent, old, new, name="bad.conf"):
    """A copy of the configuration with `old` replaced; its path and the line of the change."""
    with open(agent.config) as f:
        text = f.read()
    assert old in text, old
    line = text[:text.index(old)].count("\n") + 1
    path = os.path.join(agent.folder, name)
    with open(path, "w") as f:
        f.write(text.replace(old, new))
    return path, line


def complaint(agent, path, line, *words, lines=1):
    status, said = start_with(agent, path)
    told = "\n".join(said)
    eq(status, 1, "exit status; it said: " + told)
    assert len(said) == lines, "%d lines instead of %d: %s" % (len(said), lines, told)
    for word in (path,) + ((":%d" % line,) if line else ()) + words:
        assert word.lower() in told.lower(), "nothing of %r in: %s" % (word, told)
    return told


@test()
def an_unknown_key_is_refused_with_its_line(w):
    agent = w.agent(start=False)
    path, line = edit(agent, "Socket=", "Sokket=x\nSocket=")
    complaint(agent, path, line, "Sokket")
    path, line = edit(agent, "[remote]", "[remotes]")
    complaint(agent, path, line + 1, "remotes")
    agent.start()


@test()
def bad_values_stop_the_start(w):
    agent = w.agent(start=False)
    for old, new, word in (("AllowLoopback=yes", "AllowLoopback=perhaps", "perhaps"),
                           ("Transport=http", "Transport=carrier-pigeon", "carrier-pigeon"),
                           ("Address=127.0.0.1:%d" % agent.port, "Address=nonsense", "nonsense"),
                           ("Address=127.0.0.1:%d" % agent.port, "Address=127.0.0.1:99999", "99999"),
                           ("Roots=" + agent.out, "Roots=relative/path", "relative/path"),
                           ("[auth]", "[auth", "")):
        path, line = edit(agent, old, new)
        complaint(agent, path, line, word)
        status, said = start_with(agent, path, check=True)
        eq(status, 1, "exit status of --check-config with %s: %r" % (new, said))
    status, said = start_with(agent, check=True)
    eq(status, 0, "exit status of --check-config with the good file: %r" % said)


@test()
def a_missing_configuration_file_is_named(w):
    agent = w.agent(start=False)
    missing = os.path.join(agent.folder, "missing.conf")
    complaint(agent, missing, None, "missing.conf")


@test()
def a_port_in_use_is_told(w):
    agent = w.agent(start=False)
    with socket.socket() as s:
        s.bind(("127.0.0.1", agent.port))
        s.listen()
        line = open(agent.config).read().split("Address=")[0].count("\n") + 1
        complaint(agent, agent.config, line, "127.0.0.1:%d" % agent.port, "in use")
    agent.start()


@test()
def an_unreadable_users_file_is_told(w):
    agent = w.agent(start=False)
    line = open(agent.config).read().split("UsersFile=")[0].count("\n") + 1
    os.chmod(agent.users, 0)
    complaint(agent, agent.config, line, agent.users)
    os.chmod(agent.users, 0o600)
    path, line = edit(agent, "UsersFile=" + agent.users, "UsersFile=" + agent.users + ".missing")
    complaint(agent, path, line, agent.users + ".missing", "dray passwd")
    agent.start()
    eq(agent.client().jobs(), [], "jobs")


@test()
def the_state_of_a_running_agent_is_left_alone(w):
    agent = w.agent()
    client = agent.client()
    job = client.create("mine", "http://127.0.0.1:9/f", agent.target("f"), Suspend=True)
    line = open(agent.config).read().split("StateDirectory=")[0].count("\n") + 1
    path, _ = edit(agent, "Address=127.0.0.1:%d" % agent.port, "Address=127.0.0.1:%d" % free_port())
    with open(path) as f:
        text = f.read().replace(agent.socket, agent.socket + "2")
    with open(path, "w") as f:
        f.write(text)
    complaint(agent, path, line, agent.state, "running")
    eq(client.job(job)["DisplayName"], "mine", "the job of the running agent")
    eq(agent.local().job(job)["DisplayName"], "mine", "the job over the socket of the running agent")
    path, _ = edit(agent, "Address=127.0.0.1:%d" % agent.port, "Address=127.0.0.1:%d" % free_port())
    status, said = start_with(agent, path)
    eq((status, len(said)), (1, 1), "exit status and lines for a socket that is taken")
    assert agent.socket in said[0] and "kill %d," % agent.program.process.pid in said[0], said
    complaint(agent, agent.config, None, "in use")
    eq(agent.local().job(job)["DisplayName"], "mine", "the job after a second start of the same configuration")


@test()
def a_state_directory_that_cannot_be_used_is_told(w):
    agent = w.agent(start=False)
    line = open(agent.config).read().split("StateDirectory=")[0].count("\n") + 1
    os.chmod(agent.state, 0o500)
    complaint(agent, agent.config, line, agent.state)
    os.chmod(agent.state, 0o700)
    agent.start()


@test()
def a_bad_store_is_told_and_kept(w):
    """Rubbish where the store should be: the agent begins anew, says so, and not a byte of it is lost."""
    agent = w.agent()
    job = agent.client().create("kept", "http://127.0.0.1:9/f", agent.target("f"), Suspend=True)
    agent.stop()
    store = os.path.join(agent.state, "jobs.db")
    with open(store, "rb") as f:
        good = f.read()
    with open(store, "wb") as f:
        f.write(b"rubbish " * 1000)
    agent.start()
    eq(agent.client().jobs(), [], "jobs of a store that is not one")
    agent.stop()
    aside = [name for name in os.listdir(agent.state) if name.startswith("jobs.db.damaged-")]
    eq(len(aside), 1, "stores set aside: %r" % os.listdir(agent.state))
    with open(os.path.join(agent.state, aside[0]), "rb") as f:
        eq(f.read(), b"rubbish " * 1000, "the store that was set aside")
    with open(agent.log) as f:
        told = [line for line in f if aside[0] in line]
    assert told and store in told[0], "no line about it"
    with open(store, "wb") as f:
        f.write(good)
    agent.start()
    eq(agent.client().job(job)["DisplayName"], "kept", "the job, when the administrator put its store back")


@test()
def a_reload_takes_new_users_and_a_stop_is_clean(w):
    agent = w.agent()
    agent.add_user("second", "another-word", "admin")
    agent.program.process.send_signal(signal.SIGHUP)

    def works():
        try:
            return agent.client("second", "another-word").jobs() == []
        except soap.HttpError as error:
            assert error.status == 401, error
            return False
    wait_for(works, 15, "the new user to be let in")
    agent.stop()
