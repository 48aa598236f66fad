# SPDX-License-Identifier: MIT
"""What an end-to-end test stands on: a private folder, a private nginx, private agents.

Everything here runs as the (unprivileged) user of the test, on loopback only, and is stopped by the
process group it was started in. Waiting is for events: a line on standard error, a process's end,
a state read over WS-Management; never a fixed time.
"""
import ctypes
import fcntl
import hashlib
import os
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

TESTS = []		# what @test collected of the file being run


class Skip(Exception):
    """The test cannot be run here, and why."""


def test(limit=60, slow=False, build="release"):
    """Marks a test: seconds it may take, whether --quick leaves it out, whose binaries it runs."""
    def mark(function):
        function.limit, function.slow, function.build = limit, slow, build
        TESTS.append(function)
        return function
    return mark


def wait_for(question, seconds=30, what="", every=0.05):
    """Asks until the answer is true and returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError("waited %g s in vain for %s" % (seconds, what or question))
        time.sleep(every)


def eq(got, wanted, what=""):
    assert got == wanted, "%s: got %r, wanted %r" % (what or "value", got, wanted)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def become_reaper():
    """Orphans of what we start become our children, so that their end can be awaited."""
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_group(group, seconds=20):
    """Waits for the end of every process of a group."""
    end = time.monotonic() + seconds
    while True:
        try:
            pid, _ = os.waitpid(-group, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            if time.monotonic() > end:
                raise AssertionError("processes of group %d did not end in %g s" % (group, seconds))
            time.sleep(0.005)


def terminal(lines, columns):
    """(master, slave) of a new pseudo terminal of that size."""
    try:
        master, slave = os.openpty()
    except OSError as error:
        raise Skip("this machine gives no pseudo terminals: %s" % error)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    return master, slave


def make_file(path, size):
    """A file in which no two pages are equal; returns its sha256 (hex)."""
    step = 1 << 20
    base = os.urandom(step)
    digest = hashlib.sha256()
    with open(path, "wb") as out:
        for number, at in enumerate(range(0, size, step)):
            turn = number * 7919 % step
            block = bytearray(base[turn:] + base[:turn])
            for byte in range(4):
                block[byte::4096] = bytes([number >> 8 * byte & 255]) * (step // 4096)
            block = block[:min(step, size - at)]
            out.write(block)
            digest.update(block)
    return digest.hexdigest()


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def clean_env(**more):
    """The environment of everything we start: no proxies, no settings of whoever runs the tests."""
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update(more)
    return env


class Program:
    """A process in a group of its own, its standard error in a file, line by line awaited."""

    def __init__(self, argv, log, env, ready=None, seconds=30, cwd="/"):
        self.log, self.lines, self.ready = log, [], threading.Event()
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, env=env, cwd=cwd, start_new_session=True)
        self.group = self.process.pid
        self.reader = threading.Thread(target=self.read, args=(self.process.stderr, ready), daemon=True)
        self.reader.start()
        if ready and not self.ready.wait(seconds):
            self.kill()
            raise AssertionError("%s did not say %r in %g s" % (argv[0], ready, seconds))
        if ready and not self.said(ready):
            self.kill()
            raise AssertionError("%s ended before it was ready: %s" % (argv[0], " | ".join(self.lines[-5:])))

    def read(self, pipe, ready):
        with open(self.log, "a", errors="replace") as log:
            for line in pipe:
                line = line.decode(errors="replace").rstrip("\n")
                log.write(line + "\n")
                log.flush()
                self.lines.append(line)
                if ready and ready in line:
                    self.ready.set()
        self.ready.set()

    def said(self, text):
        return any(text in line for line in self.lines)

    def alive(self):
        return self.process.poll() is None

    def signal_group(self, number):
        try:
            os.killpg(self.group, number)
        except ProcessLookupError:
            pass

    def kill(self):
        """kill -9 of the whole group, back when the last of it is gone."""
        self.signal_group(signal.SIGKILL)
        self.process.wait()
        reap_group(self.group)
        self.reader.join(5)

    def wait(self, seconds=30):
        status = self.process.wait(seconds)
        reap_group(self.group)
        self.reader.join(5)
        return status

    def members(self):
        """Pids of the living processes of the group."""
        ret = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open("/proc/%s/stat" % name) as f:
                        fields = f.read().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[2]) == self.group and fields[0] != "Z":
                    ret.append(int(name))
        return ret
