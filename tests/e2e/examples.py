# SPDX-License-Identifier: MIT
"""The examples of our documents, as they are printed; only what must be is put in the place of what they name."""
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def blocks(document, language):
    """The fenced blocks of a language that talk to an agent."""
    with open(os.path.join(TOP, document), encoding="utf-8") as f:
        found = re.findall(r"^```%s\n(.*?)^```" % language, f.read(), re.S | re.M)
    return [block for block in found if "host.example" in block]


def filled(block, agent, url, target):
    """An example with this agent's address, user and password, a file that is there and a place for it."""
    names = {"host.example": "127.0.0.1", "5985": str(agent.port), "http://mirror.example/debian.iso": url,
             "/srv/files/debian.iso": target, "console": agent.user, "secret": agent.password}
    text = re.sub("|".join(map(re.escape, names)), lambda found: names[found.group()], block)
    for left in ("example", "/srv"):
        assert left not in text, "%r is left in an example: %s" % (left, text)
    return text
