# SPDX-License-Identifier: MIT
"""agent/quickstart in a fresh clone of HEAD, and the README's own words, as a new user would meet them."""
import os
import re
import shutil
import subprocess
import tempfile
import time

import examples
import soap
from agent import wait_state
from lab import Skip, clean_env, eq, sha256_of, test

AS_ROOT = True		# the quickstart itself steps down from root
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@test(limit=400, slow=True)
def a_fresh_clone_moves_a_file_in_under_three_minutes(w):
    if not os.path.isdir(os.path.join(TOP, ".git")):
        raise Skip("the sources are no git repository, there is nothing to clone")
    clone = w.path("clone")
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "-q", TOP, clone], check=True, timeout=60,
                   stdin=subprocess.DEVNULL, env=clean_env(HOME=w.folder))
    temporary = w.mkdir("tmp")
    os.chmod(temporary, 0o1777)
    start = time.monotonic()
    done = subprocess.run([clone + "/agent/quickstart"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env=clean_env(HOME=w.folder, TMPDIR=temporary),
                          cwd="/", timeout=380)
    took = time.monotonic() - start
    eq(done.returncode, 0, "exit status; it said:\n" + done.stdout)
    print("     | agent/quickstart took %.0f s, the build included" % took, flush=True)
    for word in ("CreateJob", "SetJobState", "BitsClientJob", "sha256"):
        assert word in done.stdout, "nothing about %s in what it printed:\n%s" % (word, done.stdout)
    sums = set(re.findall(r"\b[0-9a-f]{64}\b", done.stdout))
    eq(len(sums), 1, "different sha256 sums printed")
    eq(os.listdir(temporary), [], "what it left in TMPDIR")
    for name in ("drayd", "dray"):
        assert os.access(os.path.join(clone, "build", "release", name), os.X_OK), name
    assert took < 180, "%.0f s" % took


@test(limit=60)
def the_examples_of_the_readme_work_as_written(w):
    """Only host name, address, path, user and password are put in place of the README's."""
    origin, agent = w.origin(), w.agent()
    digest = origin.file("debian.iso", 300_000)
    client = agent.client()
    commands = [("python", ["/usr/bin/python3", "-c"]), ("sh", ["/bin/bash", "-euo", "pipefail", "-c"])]
    ran = 0
    for language, command in commands:
        for block in examples.blocks("README.md", language):
            target = agent.target("debian-%s.iso" % language)
            text = examples.filled(block, agent, origin.url("debian.iso"), target)
            done = subprocess.run(command + [text], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, env=clean_env(HOME=w.folder), timeout=50)
            eq(done.returncode, 0, "%s example; it said:\n%s" % (language, done.stdout))
            for job in client.jobs():
                wait_state(client, job["JobId"], soap.TRANSFERRED, 20)
                client.set_state(job["JobId"], soap.COMPLETE)
            eq(sha256_of(target), digest, "sha256 of what the %s example fetched" % language)
            ran += 1
    eq(ran, 2, "examples in README.md")
