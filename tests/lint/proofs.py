# SPDX-License-Identifier: MIT
"""Pages of docs that name tests: rows of a table, and whether the tests a row names are there.

A proof stands in backquotes: `unit/test_x: name`, `e2e/tN_x: name` or `wire/NNN-name`.
"""
import os
import re

ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$")
PROOF = re.compile(r"`((?:unit|e2e|wire)/[^`]*)`")
VERDICTS = ("works", "differs", "not here", "later")


class Page:
    def __init__(self, top, path, count, what):
        self.top, self.path, self.count, self.what = top, path, count, what
        self.problems, self.sources, self.rows = 0, {}, []
        with open(os.path.join(top, path), encoding="utf-8") as f:
            self.lines = f.read().splitlines()

    def problem(self, text, *more):
        print("%s: " % self.path + text % more)
        self.problems += 1

    def source(self, path):
        if path not in self.sources:
            try:
                with open(os.path.join(self.top, "tests", path), encoding="utf-8") as f:
                    self.sources[path] = f.read()
            except OSError:
                self.sources[path] = None
        return self.sources[path]

    def check_proof(self, number, proof):
        m = re.fullmatch(r"(unit|e2e)/(\w+): (\w+)|wire/(\d{3}-[a-z0-9-]+)", proof)
        if not m:
            self.problem("row %s: \"%s\" is not of the form unit/test_x: name, e2e/tN_x: name or wire/NNN-name", number,
                         proof)
            return
        path = "wire/%s.case" % m[4] if m[4] else "%s/%s.%s" % (m[1], m[2], "c" if m[1] == "unit" else "py")
        text = self.source(path)
        pattern = r"START_TEST\(%s\)" if m[1] == "unit" else r"^@test.*\n(?:@.*\n)*def %s\("
        if text is None:
            self.problem("row %s: there is no tests/%s", number, path)
        elif not m[4] and not re.search(pattern % m[3], text, re.M):
            self.problem("row %s: tests/%s has no test %s", number, path, m[3])

    def check_row(self, number, verdict, proof):
        proofs = PROOF.findall(proof)
        reason = PROOF.sub("", proof).strip(" ,;.-")
        for one in proofs:
            self.check_proof(number, one)
        if verdict not in VERDICTS:
            self.problem("row %s: \"%s\" is no verdict", number, verdict)
        if verdict in ("works", "differs") and not proofs:
            self.problem("row %s: no test proves that it %s", number, verdict)
        if verdict != "works" and len(reason) < 12:
            self.problem("row %s: \"%s\" needs a reason", number, verdict)

    def check(self):
        """Every row, and whether each number is there once and in order."""
        for line in self.lines:
            m = ROW.match(line)
            if m:
                self.rows.append((int(m[1]), m[3].strip(), m[4]))
                self.check_row(m[1], m[3].strip(), m[4])
            elif re.match(r"^\| *\d", line):
                self.problem("this row has not four cells: %.60s", line)
        seen = [row[0] for row in self.rows]
        for number in range(1, self.count + 1):
            if seen.count(number) != 1:
                self.problem("row %d is there %d times", number, seen.count(number))
        for number in set(seen):
            if not 1 <= number <= self.count:
                self.problem("there is no %s %d", self.what, number)
        if seen != sorted(seen):
            self.problem("the rows are not in order")
