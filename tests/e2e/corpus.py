# SPDX-License-Identifier: MIT
"""The entries of tests/corpus: files read, markers filled in, answers held against what is expected.

The form of an entry is told in tests/corpus/README.md. Nothing here talks to an agent.
"""
import os
import re
import xml.etree.ElementTree as ET

import soap

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOAP = os.path.join(TOP, "corpus", "soap")
MODES = ("whole", "bytes", "lines", "twice", "half")
MARKER = re.compile(rb"@([A-Z]+)(?: (\d+):([^@]*)|([+-]\d+))?@")


class Entry:
    """One file: what is sent, in how many ways, and what may come of it."""

    def __init__(self, name, data):
        first, _, self.raw = data.partition(b"\n")
        if not first.startswith(b"# "):
            raise ValueError("%s: the first line must say what is expected" % name)
        self.name = name[:-len(".raw")]
        parts = [part.strip() for part in first[2:].decode().split(";")]
        self.wanted = [answer for text in parts[0].split(",") for answer in alternatives(text)]
        self.waits = self.wanted == [["waits"]]
        self.later, self.never, self.cpu_ms, self.without = None, [], 50, set()
        for part in parts[1:]:
            self.clause(*part.split(" ", 1))

    def clause(self, word, rest):
        if word == "later":
            self.later = rest
        elif word == "never":
            self.never.append(rest)
        elif word == "cpu":
            self.cpu_ms = int(rest)
        elif word == "not" and set(rest.split()) <= set(MODES):
            self.without = set(rest.split())
        else:
            raise ValueError("%s: unknown clause %s" % (self.name, word))

    def modes(self):
        """Half a request that is given twice is another request."""
        return [m for m in MODES if m not in self.without and not (self.waits and m == "twice")]

    def bytes(self, values):
        """The bytes to send. values: what the markers of one agent stand for, by name."""
        def fill(m):
            name, times, text = m[1].decode(), m[2], m[3]
            if name == "TIMES" and times:
                return int(times) * text
            return values[name]().encode() if name in values else m[0]
        raw = MARKER.sub(fill, self.raw)
        body = len(raw.partition(b"\r\n\r\n")[2])
        return re.sub(rb"@CL([+-]\d+)?@", lambda m: b"%d" % (body + int(m[1] or 0)), raw)

    def problem(self, answers, mode, closed):
        """What is wrong with these answers, or None."""
        if self.waits:
            return "%s, wanted none before the end" % shown(answers) if answers else None
        wanted = self.wanted * (2 if mode == "twice" else 1)
        for number, answer in enumerate(answers):
            if number == len(wanted):
                return "an answer too many: %s" % shown(answers[number:])
            wrong = answer.problem(wanted[number], self.later)
            if wrong:
                return "answer %d: %s" % (number + 1, wrong)
            for text in self.never:
                if text.encode() in answer.body:
                    return "answer %d tells %s" % (number + 1, text)
        if len(answers) < len(wanted) and not (answers and answers[-1].last) and not (
                closed and ["close"] in [one.split() for one in wanted[len(answers)]]):
            return "%s, wanted %d answers" % (shown(answers), len(wanted))
        return None


def alternatives(text):
    """'400 | close' -> [['400', 'close']]; '200*3' -> three times ['200']."""
    text, star, times = text.partition("*")
    return [[one.strip() for one in text.split("|")]] * (int(times) if star else 1)


class Answer:
    def __init__(self, status, head, body):
        self.status, self.head, self.body = status, head, body
        self.last = b"\r\nconnection: close" in head.lower()
        self.fault = None
        if b"application/soap+xml" in head:
            root = ET.fromstring(body)		# whatever came in, what goes out is XML
            if root.find("{%s}Body/{%s}Fault" % (soap.S, soap.S)) is not None:
                self.fault = soap.Fault(status, root)

    def problem(self, wanted, later):
        if any(self.fits(one.split()) for one in wanted) or (later and self.is_clean_refusal()):
            return None
        return "%s, wanted %s" % (self, " | ".join(wanted))

    def fits(self, words):
        """'500 w:X Detail 21508...': the status, then what must be in the fault. A fault is a 500."""
        if words[0] == "close" or int(words[0]) != self.status or bool(self.fault) != (self.status == 500):
            return False
        f = self.fault
        return all(int(w, 0) in f.codes if w[0].isdigit() else w == f.subcode if ":" in w and w[0] != "s" else
                   w == f.code if ":" in w else w == f.detail.rpartition("/")[2] for w in words[1:])

    def is_clean_refusal(self):
        """A fault with all its parts, or a refusal by HTTP: what is fine until a feature is there."""
        if not self.fault:
            return self.status in (400, 415)
        return self.status == 500 and self.fault.code and self.fault.text and self.fault.codes

    def __str__(self):
        return str(self.fault or "HTTP %d" % self.status)


def shown(answers):
    return ", ".join(map(str, answers)) or "no answer"


def take_answer(data):
    """(answer, rest) of the bytes received; (None, data) while there is no whole one. 1xx is passed over."""
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None, data
    status = int(head.split(b" ", 2)[1])
    if status < 200:
        return take_answer(rest)
    length = int(re.search(rb"\r\ncontent-length: (\d+)", head, re.I)[1])
    if len(rest) < length:
        return None, data
    return Answer(status, head, rest[:length]), rest[length:]


def pieces(raw, mode):
    """The bytes in the portions a mode sends them in; very many are gathered, so that it ends."""
    if mode == "bytes":
        step = 1 if len(raw) <= 4096 else len(raw) // 500 + 1
        return [raw[at:at + step] for at in range(0, len(raw), step)]
    if mode == "lines":
        lines = re.findall(rb"(?s).+?(?:\r\n|\Z)", raw)
        step = len(lines) // 1000 + 1
        return [b"".join(lines[at:at + step]) for at in range(0, len(lines), step)]
    return [raw * 2 if mode == "twice" else raw]


def load(folder=SOAP):
    ret = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".raw"):
            with open(os.path.join(folder, name), "rb") as f:
                ret.append(Entry(name, f.read()))
    return ret
