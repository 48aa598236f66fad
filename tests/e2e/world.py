# SPDX-License-Identifier: MIT
"""One test's folder and everything started in it; ends all of it on exit."""
import os

from agent import Agent
from origin import Origin


class World:
    def __init__(self, folder, binaries):
        self.folder, self.binaries = folder, binaries
        self.parts = []
        os.makedirs(folder)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        for part in reversed(self.parts):
            part.close(clean=kind is None)
        reports = [line for part in self.parts for line in part.sanitizer_reports()]
        if kind is None and reports:
            raise AssertionError("the sanitizers complained: " + "; ".join(reports[:5]))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def mkdir(self, *names):
        os.makedirs(self.path(*names), exist_ok=True)
        return self.path(*names)

    def origin(self, **options):
        return self.keep(Origin(self, **options))

    def agent(self, **options):
        return self.keep(Agent(self, **options))

    def keep(self, part):
        self.parts.append(part)
        return part

    def logs(self):
        """The last lines of every log, for the report of a failure."""
        text = ""
        for part in self.parts:
            for path in part.log_files():
                if os.path.exists(path):
                    with open(path, errors="replace") as f:
                        text += "--- %s\n%s" % (os.path.basename(path), "".join(f.readlines()[-25:]))
        return text
