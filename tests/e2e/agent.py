# SPDX-License-Identifier: MIT
"""A private agent (drayd in user mode), its administrator, and the dray command pointed at it."""
import json
import os
import re
import secrets
import subprocess

import soap
from lab import Program, clean_env, eq, free_port, wait_for


class Agent:
    """drayd in user mode with a state, a socket, a port and an administrator of its own."""

    def __init__(self, world, name="agent", build="release", start=True, loopback=True, roots=None,
                 basic=True, extra=""):
        self.world, self.name = world, name
        self.build, self.bin = build, world.binaries[build]
        self.folder = world.mkdir(name)
        self.home = world.mkdir(name, "home")
        self.state = world.mkdir(name, "state")
        os.chmod(self.state, 0o700)
        self.out = world.mkdir(name, "out")		# where jobs may write
        self.roots = [self.out] if roots is None else roots
        self.socket = os.path.join(self.folder, "dray.sock")
        self.users = os.path.join(self.folder, "users")
        self.config = os.path.join(self.folder, "dray.conf")
        self.log = os.path.join(self.folder, "agent.log")
        self.port = free_port()
        self.loopback, self.basic, self.extra = loopback, basic, extra
        self.user, self.password = "console", secrets.token_urlsafe(18)
        self.program = None
        self.add_user(self.user, self.password, "admin")
        self.write_config()
        if start:
            self.start()

    def write_config(self):
        with open(self.config, "w") as f:
            f.write("[agent]\nStateDirectory=%s\nSocket=%s\n\n" % (self.state, self.socket))
            f.write("[listener test]\nAddress=127.0.0.1:%d\nTransport=http\n\n" % self.port)
            f.write("[auth]\nBasic=%s\nAllowUnencrypted=yes\nUsersFile=%s\n\n"
                    % (("no", "yes")[self.basic], self.users))
            f.write("[remote]\nRoots=%s\nAllowLoopback=%s\n" % (":".join(self.roots), ("no", "yes")[self.loopback]))
            f.write(self.extra)

    def env(self, **more):
        ret = clean_env(HOME=self.home, XDG_CONFIG_HOME=self.home + "/.config", XDG_RUNTIME_DIR=self.folder,
                        XDG_STATE_HOME=self.home + "/.state", LD_LIBRARY_PATH=self.bin, DRAY_SOCKET=self.socket)
        ret["PATH"] = self.bin + ":" + ret["PATH"]
        ret.update(more)
        return ret

    def add_user(self, name, password, role):
        subprocess.run([self.bin + "/dray", "passwd", "--file", self.users, "--role", role, name],
                       input=password + "\n", text=True, check=True, env=self.env(), timeout=30,
                       stdout=subprocess.DEVNULL)

    def start(self):
        self.program = Program([self.bin + "/drayd", "--foreground", "--config", self.config, "--mode", "user"],
                               self.log, self.env(), ready="dray: ready", cwd=self.folder)
        return self

    def kill9(self):
        self.program.kill()

    def stop(self, seconds=30):
        """SIGTERM to the agent itself; it must end by itself, with status 0."""
        self.program.process.terminate()
        eq(self.program.wait(seconds), 0, "exit status of drayd after SIGTERM")

    def alive(self):
        return self.program is not None and self.program.alive()

    def client(self, user=None, password=None):
        return soap.Client(self.port, user or self.user, self.password if password is None else password)

    def local(self):
        """A client over the unix socket, known by its credentials."""
        return soap.Client(path=self.socket)

    def target(self, name):
        return os.path.join(self.out, name)

    def dray(self, *argv, status=0, text=None, seconds=60, **env):
        """Runs the command line against this agent; returns what it printed."""
        done = subprocess.run([self.bin + "/dray", *argv], input=text if text is not None else "", text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env(**env),
                              timeout=seconds, cwd=self.out)
        self.said = done.stderr
        assert status is None or done.returncode == status, "dray %s: exit status %d, wanted %s\n%s%s" % (
            " ".join(argv), done.returncode, status, done.stdout, done.stderr)
        self.status = done.returncode
        return done.stdout

    def json(self, *argv, **options):
        return json.loads(self.dray(*argv, "--json", **options))

    def close(self, clean=False):
        """clean: a build with sanitizers ends by itself, so that it can tell what it has leaked."""
        if not self.alive():
            return
        try:
            if clean and self.build == "debug":
                self.stop()
        finally:
            if self.alive():
                self.program.kill()

    def log_files(self):
        return [self.log]

    def sanitizer_reports(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, errors="replace") as f:
            return [line.strip() for line in f if re.search(r"(Address|Leak|Thread)Sanitizer|runtime error:", line)]


def wait_state(client, job, wanted, seconds=60):
    """Polls Get until the job's State is `wanted`; a fatal error on the way ends the wait."""
    seen = []

    def there():
        state = client.state(job)
        if not seen or seen[-1] != state:
            seen.append(state)
        if state == soap.ERROR and wanted != soap.ERROR:
            raise AssertionError("the job went to ERROR: %r" % client.get_error(job))
        return state == wanted
    wait_for(there, seconds, "State %d (saw %s)" % (wanted, seen))
