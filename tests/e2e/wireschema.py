# SPDX-License-Identifier: MIT
"""Instances in replies, held against the XML Schemas that `drayd --schema` writes, by libxml2."""
import glob
import os
import re
from copy import deepcopy

from lxml import etree

import soap

XS = "http://www.w3.org/2001/XMLSchema"
NIL = "{%s}nil" % soap.XSI


class Wrong(Exception):
    """What is not as it must be."""


def need(true, text, *more):
    if not true:
        raise Wrong(text % more if more else text)


class Schemas:
    """The schemas of a folder, by the namespace of their class. .validated counts what was looked at."""

    def __init__(self, folder):
        self.schemas, self.validated = {}, 0
        for path in glob.glob(os.path.join(folder, "*.xsd")):
            tree = etree.parse(path)
            self.schemas[tree.getroot().get("targetNamespace")] = etree.XMLSchema(tree)
        need(self.schemas, "there is no schema in %s", folder)
        self.by_class = {ns.rpartition("/")[2]: ns for ns in self.schemas}
        self.members = {}
        for path in glob.glob(os.path.join(folder, "*.xsd")):		# class -> [(property, is an array)]
            root = etree.parse(path).getroot()
            found = root.xpath("xs:complexType/xs:sequence/xs:element", namespaces={"xs": XS})
            self.members[root.get("targetNamespace")] = [(e.get("name"), bool(e.get("maxOccurs"))) for e in found]

    def check(self, body):
        """Each instance and each _OUTPUT, wherever it stands, against the schema of its class."""
        for e in body.iter("{*}*"):
            q = etree.QName(e)
            cls = (q.namespace or "").rpartition("/")[2]
            if cls not in self.by_class or etree.QName(e.getparent()).namespace == q.namespace:
                continue
            if e.get("{%s}type" % soap.XSI, "").endswith(":%s_Type" % cls) and q.localname != cls:
                continue		# a member that holds an embedded instance: its owner was looked at
            if q.localname == cls or q.localname.endswith("_OUTPUT"):
                self.validate(e, self.by_class[cls])
        for e in body.iter("{%s}XmlFragment" % soap.W):
            self.part(e)

    def part(self, fragment):
        """A row of a query or a part of an instance: made whole with nil, it is an instance of some class."""
        names = [e.tag for e in fragment]		# none: the bare text of a value
        if not names:
            return
        need(not [name for name in names if name[0] == "{"], "a fragment with namespaces: %s", names)
        said = "there is no class with %s" % names
        for ns, members in self.members.items():
            if not set(names) <= {name for name, _ in members}:
                continue
            whole = etree.Element("{%s}%s" % (ns, ns.rpartition("/")[2]))
            for name, array in members:
                own = fragment.findall(name)
                for e in own:
                    copy = etree.SubElement(whole, "{%s}%s" % (ns, name), e.attrib)
                    copy.text = e.text
                    copy.extend([deepcopy(child) for child in e])
                if not own and not array:
                    etree.SubElement(whole, "{%s}%s" % (ns, name), {NIL: "true"})
            if self.schemas[ns].validate(whole):
                self.validated += 1
                return
            said = self.schemas[ns].error_log.last_error
        raise Wrong("a fragment is not as the schema of any class: %s" % said)

    def validate(self, e, wanted):
        for leaf in e.iter("{*}*"):
            need(len(leaf) or set(leaf.attrib) <= {NIL}, "%s has attributes: %s", leaf.tag, dict(leaf.attrib))
        text = re.sub(rb'(xmlns:\w+=")[^"]*/cim-schema/2/(\w+)"', lambda m: m[1] + self.by_class.get(
            m[2].decode(), "").encode() + b'"', etree.tostring(e, with_tail=False))		# one schema for all families
        one = etree.fromstring(text)
        schema = self.schemas[wanted]
        need(schema.validate(one), "not as the schema of its class says: %s", schema.error_log.last_error)
        self.validated += 1
