# SPDX-License-Identifier: MIT
"""A file system of a few hundred KiB for one agent, without root: a tmpfs in a user namespace."""
import ctypes
import os
import subprocess

from lab import Program

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
PR_SET_DUMPABLE = 4


def small_disk(folder, size):
    """For preexec_fn: a tmpfs of that size over the folder, seen by this process and its children only."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()

    def mount():
        try:
            enter()
        except OSError:
            os._exit(99)

    def enter():
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)		# who was root once may not write these otherwise
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS):
            os._exit(99)
        for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (uid, uid)),
                           ("gid_map", "%d %d 1" % (gid, gid))):
            with open("/proc/self/" + name, "w") as f:
                f.write(text)
        if libc.mount(b"none", folder.encode(), b"tmpfs", 0, b"mode=0700,size=%d" % size):
            os._exit(99)
        with open(os.path.join(folder, "ballast"), "wb") as f:
            f.write(b"\0" * (size // 2))
    return mount


class SmallProgram(Program):
    def __init__(self, agent, mount):
        real = subprocess.Popen
        try:
            subprocess.Popen = lambda *a, **k: real(*a, preexec_fn=mount, **k)
            super().__init__([agent.bin + "/drayd", "--foreground", "--config", agent.config, "--mode", "user"],
                             agent.log, agent.env(), ready="dray: ready", cwd=agent.folder)
        finally:
            subprocess.Popen = real
