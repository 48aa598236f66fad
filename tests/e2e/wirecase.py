# SPDX-License-Identifier: MIT
"""A file of tests/wire: read, and its requests written. The form is told in tests/wire/README.md.

Nothing here talks to an agent; t36_wire.py sends, wirejudge.py judges.
"""
import os
import re
import shlex
import uuid
from xml.sax.saxutils import escape, quoteattr

import soap

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(TOP, "wire")
CALLERS = ("admin", "user", "other", "viewer", "nobody", "stranger", "wrong", "socket")
CONFIG = "http://schemas.microsoft.com/wbem/wsman/1/config"
META = "http://schemas.dmtf.org/wbem/cim-xml/2/cim-schema/2/*"
FAMILIES = {"bits": soap.BITS, "dray": soap.DRAY, "dmtf": "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/",
            "scx": "http://schemas.microsoft.com/wbem/wscim/1/cim-schema/2/", "config": CONFIG}
E = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSMAN = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
B = "http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"
PREFIXES = {"s": soap.S, "a": soap.A, "x": soap.X, "n": soap.N, "e": E, "w": soap.W, "p": WSMAN, "b": B,
            "f": soap.F, "i": soap.ID, "xsi": soap.XSI, "cim": "http://schemas.dmtf.org/wbem/wscim/1/common",
            "j": soap.JOB, "jf": soap.BITS + "BitsClientFile", "d": soap.DRAY_JOB, "df": soap.DRAY_FILE,
            "dp": soap.DRAY_POLICY, "cfg": CONFIG}
DIALECTS = {"wql": "http://schemas.microsoft.com/wbem/wsman/1/WQL",
            "cql": "http://schemas.dmtf.org/wbem/cql/1/dsp0202.pdf",
            "selector": "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter",
            "xpath": "http://www.w3.org/TR/1999/REC-xpath-19991116",
            "association": "http://schemas.dmtf.org/wbem/wsman/1/cimbinding/associationFilter"}
ACTIONS = {name: soap.X + "/" + name for name in ("Get", "Put", "Create", "Delete")}
ACTIONS.update({name: soap.N + "/" + name for name in ("Enumerate", "Pull", "Release", "Renew", "GetStatus")})
ACTIONS.update({"e:" + name: E + "/" + name for name in ("Subscribe", "Renew", "GetStatus", "Unsubscribe")})
ASKED = {"header", "without", "id", "body", "input", "envelope", "http", "line", "path", "chunks", "trailer", "charset",
         "await-100", "action", "inside", "filter", "again"}
CHECKS = {"has", "not", "raw", "raw-not", "keep", "keep-xml", "http", "like", "closed", "empty"}
ANSWERS = ("Ack", "Taken", "Refused", "Trouble")		# of a sink


class Bad(Exception):
    """The file is not a case."""


class Step:
    """One request and what must come of it; or a wait for the state of the job, or for a message to the sink."""

    def __init__(self, words, line):
        self.words, self.line = words, line
        self.asked, self.checks, self.state = [], [], None
        self.status, self.wanted, self.until, self.answer = None, [], None, None

    def all(self, key):
        return [value for name, value in self.asked if name == key]

    def one(self, key, default=None):
        return (self.all(key) or [default])[-1]

    def checked(self, key):
        return key in [name for name, _ in self.checks]


class Case:
    def __init__(self, name, text):
        self.name, self.steps, self.rules, self.waits = name, [], [], None
        self.jobs = {"job"} if re.search("@(lower)?job@|^state:|^await:", text, re.M) else set()
        self.sink = "@sink@" in text
        self.about = text.partition("\n")[0].lstrip("# ").strip()
        for number, key, value in entries(name, text):
            try:
                self.take(key, value, number)
            except (Bad, ValueError, IndexError) as error:
                raise Bad("%s.case, line %d: %s" % (name, number, error))
        if not text.startswith("# ") or not self.rules or not self.steps:
            raise Bad("%s.case needs a first line that says what must hold, rules, and a step" % name)
        for step in self.steps:
            if step.status is None and not step.until:
                raise Bad("%s.case, line %d: no answer is expected" % (name, step.line))

    def take(self, key, value, number):
        if key[0] != " ":
            self.take_line(key, value, number)
        elif not self.steps:
            raise Bad("an indented line before the first step")
        else:
            self.take_detail(key.strip(), value)

    def take_line(self, key, value, number):
        if key == "rules":
            self.rules = value.split()
            if not all(re.fullmatch(r"R\d+", rule) for rule in self.rules):
                raise Bad("rules are R1, R2 ...")
        elif key == "waits":
            self.waits = value
        elif key == "jobs":
            self.jobs = {"job", "job2"} if value == "2" else {"job"}
        elif key in CALLERS:
            self.steps.append(Step([key] + shlex.split(value), number))
        elif key == "sink" and value in ANSWERS:
            self.steps.append(Step([], number))
            self.steps[-1].answer, self.steps[-1].status = value, 200
        elif key == "await":
            self.steps.append(Step([], number))
            self.steps[-1].until = value
        elif key == "state":
            self.steps[-1].state = [line for line in value.split("\n") if line]
        elif key.split()[0].isdigit():
            self.steps[-1].status = int(key.split()[0])
            self.steps[-1].wanted = key.split()[1:]
        else:
            raise Bad("\"%s\" is neither a caller nor an answer" % key)

    def take_detail(self, key, value):
        step = self.steps[-1]
        kind, into = (ASKED, step.asked) if step.status is None else (CHECKS, step.checks)
        if key not in kind:
            raise Bad("\"%s\" is not known here" % key)
        into.append((key, value))


def entries(name, text):
    """(line number, key, value): `key: value`, the value going on in lines that are indented deeper."""
    key, start, indent, value = None, 0, 0, []
    for number, line in enumerate(text.split("\n"), 1):
        depth = len(line) - len(line.lstrip(" "))
        if not line.strip() or line.startswith("#"):
            continue
        if key is not None and depth > indent and (indent or key == "state"):
            value.append(line.strip())
            continue
        if key is not None:
            yield start, key, "\n".join(value).strip()
        m = re.match(r"( *(?:\d{3}(?: .*)?$|[\w-]+))(?:: ?(.*))?$", line)
        if not m:
            raise Bad("%s.case, line %d: %s" % (name, number, line))
        key, start, indent, value = m[1], number, depth, [m[2] or ""]
    if key is not None:
        yield start, key, "\n".join(value).strip()


def load():
    """Every case, or Bad with the names of the files that are none."""
    ret, numbers = [], set()
    for name in sorted(os.listdir(FOLDER)):
        if not name.endswith(".case"):
            continue
        m = re.fullmatch(r"(\d{3})-[a-z0-9-]+\.case", name)
        if not m or m[1] in numbers:
            raise Bad("%s: the name must be NNN-name.case with a number of its own" % name)
        numbers.add(m[1])
        with open(os.path.join(FOLDER, name), encoding="utf-8", newline="\n") as f:
            ret.append(Case(name[:-len(".case")], f.read()))
    return ret


def fill(text, values):
    """@name@ replaced by values[name]; @n:text@ by n times the text."""
    text = re.sub(r"@(\d+):([^@]*)@", lambda m: int(m[1]) * m[2], text)
    return re.sub(r"@([a-z][a-z0-9]*)@", lambda m: values(m[1]) if values(m[1]) is not None else m[0], text)


def resource(word):
    family, colon, rest = word.partition(":")
    return FAMILIES[family] + rest if family in FAMILIES else META if family == "meta" else word


def action_of(operation, uri):
    if operation in ACTIONS:
        return ACTIONS[operation]
    return uri + "/" + operation[1:] if operation.startswith(".") else operation


def headers(step, uri, selectors, message_id):
    """The usual header blocks, in the order of the specification."""
    usual = [("To", "<a:To>http://localhost:5985/wsman</a:To>"),
             ("ResourceURI", "<w:ResourceURI s:mustUnderstand=\"true\">%s</w:ResourceURI>" % escape(uri)),
             ("ReplyTo", "<a:ReplyTo><a:Address s:mustUnderstand=\"true\">%s</a:Address></a:ReplyTo>" % soap.ANONYMOUS),
             ("Action", "<a:Action s:mustUnderstand=\"true\">%s</a:Action>" % escape(
                 step.one("action", action_of(step.words[1], uri)))),
             ("MessageID", "<a:MessageID>%s</a:MessageID>" % message_id),
             ("SelectorSet", soap.selector_set(selectors))]
    without = " ".join(step.all("without")).split()
    return "".join(text for name, text in usual if name not in without and (uri != "-" or name != "ResourceURI"))


def members(root, uri, lines):
    """<p:root> with a line `Name = value` each; `Name` alone is nil."""
    body = ""
    for line in lines:
        name, equals, value = line.partition("=")
        body += "<p:%s>%s</p:%s>" % (name.strip(), escape(value.strip()), name.strip()) if equals else (
            "<p:%s xsi:nil=\"true\"/>" % name.strip())
    return "<p:%s xmlns:p=%s>%s</p:%s>" % (root, quoteattr(uri), body, root)


def body_of(step, uri):
    """What stands in the Body, when the case does not write it out itself."""
    operation = step.words[1]
    prefix, name = ("e", operation[2:]) if operation.startswith("e:") else ("", operation)
    if operation.startswith("."):
        return members(operation[1:] + "_INPUT", uri, lines_of(step, "input"))
    if step.one("input") is not None:
        return members(uri.rpartition("/")[2], uri, lines_of(step, "input"))
    if prefix or name in ("Enumerate", "Pull", "Release", "Renew", "GetStatus"):
        inside = step.one("inside", "") + "".join(map(filter_of, step.all("filter")))
        return "<%s:%s>%s</%s:%s>" % (prefix or "n", name, inside, prefix or "n", name)
    return ""


def lines_of(step, key):
    return [line for line in step.one(key, "").split("\n") if line]


def filter_of(text):
    dialect, _, query = text.partition(" ")
    return "<w:Filter Dialect=%s>%s</w:Filter>" % (
        quoteattr(DIALECTS.get(dialect, dialect)), query if query.startswith("<") else escape(query))


def envelope(step, values):
    """(text, MessageID as sent) of the request."""
    step.asked = [(key, fill(text, values) if key == "http" else text) for key, text in step.asked]
    if step.one("envelope") is not None:
        text = fill(step.one("envelope"), values)
        m = re.search(r"<(?:\w+:)?MessageID\b[^>]*>([^<]*)<", text)
        return text, m and m[1]
    if step.words[1] == "Identify":
        return soap.IDENTIFY, None
    uri = resource(fill(step.words[2], values)) if len(step.words) > 2 else "-"
    selectors = dict(fill(word, values).split("=", 1) for word in step.words[3:])
    message_id = fill(step.one("id", "uuid:%s" % str(uuid.uuid4()).upper()), values)
    body = step.one("body")
    if body is None:
        body = body_of(step, uri)
    more = "".join(step.all("header"))
    text = "<s:Envelope %s><s:Header>%s</s:Header><s:Body>%s</s:Body></s:Envelope>" % (
        " ".join("xmlns:%s=\"%s\"" % (p, PREFIXES[p]) for p in ("s", "a", "x", "n", "e", "w", "b", "p", "xsi")),
        fill(headers(step, uri, selectors, message_id) + more, values), fill(body, values))
    return text, None if "MessageID" in " ".join(step.all("without")) else message_id
