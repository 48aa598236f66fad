# SPDX-License-Identifier: MIT
"""Three network namespaces in a row: server - router - client. The router's way to the client is the bottleneck.

Made and removed by the test that asks for them; needs root and iproute2. Programs run inside one by
Lab.inside(name, argv). Nothing leaves the machine.
"""
import json
import os
import socket
import subprocess
import time

from agent import Agent
from lab import Program, Skip, clean_env
from origin import Origin

SERVER, CLIENT = "10.91.1.2", "10.91.2.2"


def run(*argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise OSError("%s: %s" % (" ".join(argv), done.stdout.strip()))
    return done.stdout


class Lab:
    """The namespaces. rate: what tc calls one, of the bottleneck; None: none. queue_ms: of its queue."""

    def __init__(self, rate="50mbit", queue_ms=100, congestion=("cubic", "reno")):
        self.names = {part: "dray%d%s" % (os.getpid(), part) for part in "src"}
        if os.geteuid() != 0:
            raise Skip("network namespaces need root")
        try:
            self.build(rate, queue_ms, congestion)
        except (OSError, ValueError) as why:
            self.close()
            raise Skip("no network namespaces here: %s" % why)

    def build(self, rate, queue_ms, congestion):
        s, r, c = (self.names[part] for part in "src")
        for name in (s, r, c):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", r, "link", "add", "north", "type", "veth", "peer", "name", "eth0", "netns", s)
        run("ip", "-n", r, "link", "add", "south", "type", "veth", "peer", "name", "eth0", "netns", c)
        for name, dev, address in ((s, "eth0", SERVER), (r, "north", "10.91.1.1"), (r, "south", "10.91.2.1"),
                                   (c, "eth0", CLIENT)):
            run("ip", "-n", name, "address", "add", address + "/24", "dev", dev)
            run("ip", "-n", name, "link", "set", dev, "up")
        run("ip", "-n", s, "route", "add", "default", "via", "10.91.1.1")
        run("ip", "-n", c, "route", "add", "default", "via", "10.91.2.1")
        self.write("r", "/proc/sys/net/ipv4/ip_forward", "1")
        self.congestion = self.set_congestion("s", congestion)
        if rate:
            run("tc", "-n", r, "qdisc", "add", "dev", "south", "root", "tbf", "rate", rate, "burst", "16k",
                "latency", "%dms" % queue_ms)

    def set_congestion(self, part, names):
        """The first that the kernel lets a namespace have; else its default stays."""
        path = "/proc/sys/net/ipv4/tcp_congestion_control"
        for name in names:
            if subprocess.run(self.inside(part, ["sh", "-c", "echo %s > %s" % (name, path)]),
                              stderr=subprocess.DEVNULL).returncode == 0:
                break
        return run(*self.inside(part, ["cat", path])).strip()

    def write(self, part, path, text):
        run(*self.inside(part, ["sh", "-c", "echo %s > %s" % (text, path)]))

    def inside(self, part, argv):
        return ["ip", "netns", "exec", self.names[part]] + argv

    def ip(self, part, *argv):
        return run("ip", "-n", self.names[part], *argv)

    def received(self):
        """Bytes that came in at the client."""
        return json.loads(self.ip("c", "-s", "-j", "link", "show", "eth0"))[0]["stats64"]["rx"]["bytes"]

    def close(self, clean=False):
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def log_files(self):
        return []

    def sanitizer_reports(self):
        return []


class FarOrigin(Origin):
    """The server, in its namespace."""

    def __init__(self, world, lab, **options):
        self.lab = lab
        super().__init__(world, **options)

    def write_config(self):
        super().write_config()
        path = os.path.join(self.folder, "nginx.conf")
        with open(path) as f:
            text = f.read()
        with open(path, "w") as f:
            f.write(text.replace("127.0.0.1", SERVER))

    def start(self):
        self.program = Program(self.lab.inside("s", ["/usr/sbin/nginx", "-e", "stderr", "-p", self.folder, "-c",
                                                     os.path.join(self.folder, "nginx.conf")]),
                               os.path.join(self.folder, "error.log"), clean_env(), ready="start worker process ")

    def url(self, name, slow=False):
        return "http://%s:%d/%s%s" % (SERVER, self.port, "slow/" if slow else "", name)


class NearAgent(Agent):
    """The agent, in the client's namespace; reached over its unix socket."""

    def __init__(self, world, lab, **options):
        self.lab = lab
        super().__init__(world, **options)

    def start(self):
        self.program = Program(self.lab.inside("c", [self.bin + "/drayd", "--foreground", "--config", self.config,
                                                     "--mode", "user"]),
                               self.log, self.env(), ready="dray: ready", cwd=self.folder)
        return self


class Fetch:
    """Another program that downloads in the client's namespace, for so many seconds; rate: bytes a second."""

    def __init__(self, lab, argv, seconds):
        self.seconds = seconds
        self.process = subprocess.Popen(lab.inside("c", argv), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True, env=clean_env())

    def rate(self):
        out = self.process.communicate()[0]
        size, took = out.split()
        return float(size) / float(took)


def curl(lab, url, seconds, *more):
    return Fetch(lab, ["curl", "-s", "-o", "/dev/null", "-m", str(seconds), "-w", "%{size_download} %{time_total}",
                       *more, url], seconds)


class Meter:
    """Bytes of a job in its temporary file, over time."""

    def __init__(self, folder):
        self.folder = folder

    def bytes(self):
        sizes = [entry.stat().st_size for entry in os.scandir(self.folder) if entry.name.startswith(".dray-")]
        return sum(sizes)

    def rate(self, seconds):
        """Bytes a second in the seconds to come."""
        start, first = time.monotonic(), self.bytes()
        time.sleep(seconds)
        return (self.bytes() - first) / (time.monotonic() - start)

    def step(self):
        """When the file has grown, and to what: a buffer at a time, which is much of a second of a slow job."""
        before = self.bytes()
        while (now := self.bytes()) == before:
            time.sleep(0.002)
        return time.monotonic(), now

    def rate_of_steps(self, seconds):
        """As rate(), from one growth of the file to another, so that no part of a buffer is miscounted."""
        start, first = self.step()
        time.sleep(seconds)
        end, last = self.step()
        return (last - first) / (end - start)
