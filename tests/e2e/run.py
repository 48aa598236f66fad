# SPDX-License-Identifier: MIT
"""Runs one file of end-to-end tests: run.py FILE [NAME...]. One line a test; exit status 1 when one failed.

Started as root it becomes an unprivileged user first (nobody), unless the file says AS_ROOT = True.
A file that says ALONE = True is run by tests/run when nothing else is.
Binaries are copied to where that user can run them: DRAY_RELEASE, DRAY_DEBUG name the build folders.
"""
import importlib
import os
import pwd
import shutil
import signal
import sys
import tempfile
import time
import traceback

import lab
from world import World

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class TooLong(BaseException):
    pass


def on_alarm(number, frame):
    raise TooLong()


def copy_binaries(folder, builds):
    ret = {}
    for build in builds:
        source = os.environ.get("DRAY_" + build.upper(), os.path.join(TOP, "build", build))
        ret[build] = os.path.join(folder, "bin-" + build)
        os.mkdir(ret[build], 0o755)
        for name in os.listdir(source):
            if name in ("dray", "drayd") or name.startswith("libdray.so"):
                shutil.copy2(os.path.join(source, name), ret[build], follow_symlinks=True)
    return ret


def become_nobody(*folders):
    user = pwd.getpwnam("nobody")
    for folder in folders:
        for place in [folder] + [entry.path for entry in os.scandir(folder)]:
            os.chown(place, user.pw_uid, user.pw_gid)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    for folder in folders:
        if not os.access(folder, os.W_OK | os.X_OK):
            sys.exit("FAIL user %s cannot reach %s; set TMPDIR to a folder everybody may enter" % (user.pw_name, folder))


def run(test, name, folder, binaries):
    start = time.monotonic()
    world = None
    verdict, report = "ok", ""
    try:
        signal.alarm(test.limit)
        with World(folder, binaries) as world:
            test(world)
    except lab.Skip as why:
        verdict, report = "skip", "%s\n" % why
    except TooLong:
        verdict, report = "FAIL", "longer than %d s\n%s" % (test.limit, traceback.format_exc(limit=-4))
    except Exception:
        verdict, report = "FAIL", traceback.format_exc()
    finally:
        signal.alarm(0)
    print("%-4s %-64s %6.1f s" % (verdict, name, time.monotonic() - start), flush=True)
    if verdict == "FAIL" and world:
        report += world.logs()
    for line in report.splitlines():
        print("     | " + line, flush=True)
    return verdict != "FAIL"


def main():
    path, chosen = sys.argv[1], sys.argv[2:]
    stem = os.path.basename(path)[:-len(".py")]
    module = importlib.import_module(stem)
    os.umask(0o022)
    folder = tempfile.mkdtemp(prefix="e2e.")
    os.chmod(folder, 0o755)
    good = True
    try:
        binaries = copy_binaries(folder, {test.build for test in lab.TESTS})
        if os.geteuid() == 0 and not getattr(module, "AS_ROOT", False):
            become_nobody(folder)
        os.environ["HOME"] = folder
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            del os.environ[name]
        lab.become_reaper()
        signal.signal(signal.SIGALRM, on_alarm)
        for test in lab.TESTS:
            name = "e2e/%s: %s" % (stem, test.__name__)
            if chosen and test.__name__ not in chosen:
                continue
            if test.slow and os.environ.get("DRAY_QUICK") == "yes":
                print("skip %-64s left out by --quick" % name, flush=True)
                continue
            place = os.path.join(folder, "w")		# short: a socket's path has room for 107 bytes
            good &= run(test, name, place, binaries)
            shutil.rmtree(place, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
