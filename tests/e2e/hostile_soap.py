# SPDX-License-Identifier: MIT
"""Hostile requests, continued: (name, body, what may come of it); see hostile.py for the letters."""
import soap
from hostile import latin
from soap import A, ANONYMOUS, ID, N, S, W, X, XSI


def xml(m):
    """What is no XML, or too much of it, is a fault; nothing of it is done."""
    create, good = m.create, m.good

    def inner(text):
        return m.body("<n:Enumerate>%s</n:Enumerate>" % text)

    name = "<p:DisplayName>"
    said = create.index(name) + len(name)

    def named(text):
        return create[:said] + text + create[said:]

    doctype = {"harmless": "<!DOCTYPE x>", "laughs": '<!DOCTYPE x [<!ENTITY a "ha">%s]>' % "".join(
        '<!ENTITY %s "%s">' % (chr(98 + i), "&%s;" % chr(97 + i) * 10) for i in range(10)),
        "quadratic": '<!DOCTYPE x [<!ENTITY a "%s">]>' % ("a" * 50000),
        "file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        "url": '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/x">]>',
        "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///x">%p;]>',
        "external": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        "recursive": '<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>',
        "large": "<!DOCTYPE x [%s]>" % ("<!ELEMENT x ANY>" * 20000), "lower": "<!doctype x>",
        "behind a comment": "<!-- --><!DOCTYPE x>",
        "notation": '<!DOCTYPE x [<!NOTATION n SYSTEM "x"><!ENTITY a SYSTEM "x" NDATA n>]>',
        "split": "<!DOC<!-- -->TYPE x>"}
    for kind, text in doctype.items():
        yield "DOCTYPE, " + kind, text + named("&a;" * (1 if kind != "quadratic" else 20)), "f"
    for kind, text in {
        "white space": " \r\n ", "two marks": b"\xef\xbb\xbf" * 2 + latin(create),
            "UTF-16 LE": create.encode("utf-16"),
        "UTF-16 BE": b"\xfe\xff" + create.encode("utf-16-be"), "UTF-32": create.encode("utf-32"),
        "UTF-7": '<?xml version="1.0" encoding="UTF-7"?>' + create,
        "EBCDIC": '<?xml version="1.0" encoding="IBM037"?>' + create,
        "latin1": '<?xml version="1.0" encoding="ISO-8859-1"?>' + create,
        "a lone surrogate": b"\xff\xfe\x00\xd8" + create.encode("utf-16-le"),
        "overlong": latin(named("")).replace(b"<p:Disp", b"\xc0\xaf<p:Disp", 1), "FF FE": named("\udcff\udcfe"),
        "a cut character": latin(create) + b"\xc3", "U+FFFE": named("\ufffe"), "U+FFFF": named("\uffff"),
        "NUL": named("\0"),
        "controls": named("\x01\x1b\x1f"), "ESC in a name": create.replace("DisplayName", "Displ\x1bayName"),
        "a stylesheet": '<?xml-stylesheet href="x"?>' + create,
        "500 KB of PI": "<?x %s?>" % ("y" * 400000) + create,
        "a declaration behind": "<!-- --><?xml version='1.0'?>" + create,
        "-- in a comment": named("<!-- a -- b -->"),
        "an open CDATA": named("<![CDATA[ x"), "an open comment": named("<!-- x"), "]]> in text": named("]]>"),
        "a depth of 65": inner("<d>" * 65 + "</d>" * 65), "a depth of 10,000": inner("<d>" * 10000
        + "</d>" * 10000),
        "80,000 open": inner("<d>" * 80000), "65 attributes": inner("<d %s/>"
        % " ".join('a%d=""' % i for i in range(65))),
        "40,000 attributes": inner("<d %s/>" % " ".join('a%d=""' % i for i in range(40000))),
        "20,000 namespaces": inner("<d %s/>" % " ".join('xmlns:n%d="u"' % i for i in range(20000))),
        "an attribute twice": inner('<d a="1" a="2"/>'),
        "twice by namespace": inner('<d xmlns:q="u" xmlns:r="u" q:a="1" r:a="2"/>'),
        "a name of 100 KB": inner("<%s/>" % ("d" * 100000)), "20,001 elements": inner("<d/>" * 20001),
        "mismatched": inner("<d></e>"),
        "unclosed": create[:-10], "two roots": create * 2, "trailing text": create + "x",
        "unbound": inner("<q:d/>"),
        "xml rebound": inner('<d xmlns:xml="u"/>'), "an unbinding": inner('<d xmlns:q=""/>'),
        "prefix xmlns": inner('<xmlns:d xmlns:xmlns="u"/>'),
        "= = =": inner("<d%s>" % (" =" * 100)), "a quote": inner("<d a=\"" + "x" * 400000),
    }.items():
        yield kind, text, "f"
    for reference in ("&#0;", "&#xD800;", "&#x110000;", "&#99999999999;", "&#xFFFF;", "&x;", "&;", "&#;",
        "&#x;", "&amp"):
        yield "reference " + reference, named(reference), "f"
    for kind, text in {
        "a mark": b"\xef\xbb\xbf" + latin(good), "400 KB of comment": good.replace("<s:Body>",
            "<!--%s--><s:Body>" % ("x" * 400000)),
        "a value of 400 KB": inner('<d a="%s"/>' % ("x" * 400000)),
        "text of 400 KB": inner("<d>%s</d>" % ("x" * 400000)),
        "40,000 CDATA": inner("<d>%s</d>" % ("<![CDATA[x]]>" * 30000)),
        "a relative namespace": inner('<d xmlns="x"/>'),
        "XInclude": inner('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'),
        "xml:base": inner('<d xml:base="file:///" xml:space="x" xml:id="1"/>'),
        "a multi-ref circle": inner('<d id="x" href="#x"/>'),
        "an encodingStyle": inner('<d xmlns:s="%s" s:encodingStyle="urn:x"/>' % S), "a lying type": inner(
            '<d xmlns:i="%s" xmlns:x="urn:x" i:type="x:y" i:nil="true"/>' % XSI),
        "20,000 elements less some": inner("<d/>" * 19000),
        "1,900 attributes": inner('<d a="" b="" c=""/>' * 630),
    }.items():
        yield kind, text, "of"


def wsman(m):
    """Well-formed and wrong: faults. `o` where passing over is right."""
    get, header = m.get, m.header

    def swap(old, new):
        assert old in get, old
        return get.replace(old, new)

    def action(name, body, selectors=None):
        return soap.envelope(name, soap.DRAY_JOB, body, selectors)

    resource, reply = soap.DRAY_JOB, "<a:ReplyTo><a:Address>%s</a:Address></a:ReplyTo>" % ANONYMOUS
    message = get[get.index("<a:MessageID>"):get.index("</a:MessageID>") + 14]
    verb, where = "<a:Action>%s/Get</a:Action>" % X, "<w:ResourceURI>%s</w:ResourceURI>" % resource
    selectors = soap.selector_set({"JobId": m.job})
    for kind, text in {
        "SOAP 1.1": swap(S, "http://schemas.xmlsoap.org/soap/envelope/"), "another envelope": swap(S, "urn:x"),
        "no header": m.body("<n:Enumerate/>")[:m.good.index("<s:Header>")] + "<s:Body/></s:Envelope>",
        "two headers": swap("<s:Body>", "<s:Header/><s:Body>"),
        "header behind body": swap("</s:Envelope>", "<s:Header/></s:Envelope>"),
        "no body": swap("<s:Body></s:Body>", ""), "two bodies": swap("<s:Body></s:Body>", "<s:Body/><s:Body/>"),
        "no Action": swap(verb, ""), "two Actions": swap(verb, verb * 2),
        "an unknown Action": swap("/Get<", "/Frob<"),
        "no MessageID": swap(message, ""), "two MessageIDs": swap(message, message * 2),
        "an empty MessageID": swap(message, "<a:MessageID/>"),
        "a MessageID of 100 KB": swap("<a:MessageID>", "<a:MessageID>" + "x" * 100000),
        "no ReplyTo": swap(reply, ""),
        "ReplyTo elsewhere": swap(ANONYMOUS, "http://127.0.0.1:9/"), "two ReplyTos": swap(reply, reply * 2),
        "FaultTo elsewhere": header("<a:FaultTo><a:Address>http://169.254.169.254/</a:Address></a:FaultTo>"),
        "addressing of 2005": swap(A, "http://www.w3.org/2005/08/addressing"), "no resource": swap(where, ""),
        "two resources": swap(where, where * 2),
        "an unknown class": swap("DRAY_Job<", "DRAY_Jab<"), "a URI of 100 KB": swap("DRAY_Job<",
        "D" * 100000 + "<"), "a path in the URI": swap(
            "DRAY_Job<", "../microsoft/bits/BitsClientJob<"), "a fragment": swap("DRAY_Job<", "DRAY_Job#x<"),
                "no selectors": swap(selectors, ""),
        "an empty set": swap(selectors, "<w:SelectorSet/>"), "two sets": swap(selectors, selectors * 2),
        "a selector twice": swap(
            "</w:SelectorSet>", '<w:Selector Name="JOBID">x</w:Selector></w:SelectorSet>'),
                "no Name": swap('Name="JobId"', ""),
        "33 selectors": swap("<w:SelectorSet>", "<w:SelectorSet>"
        + "".join('<w:Selector Name="s%d"/>' % i for i in range(33))),
        "9,000 selectors": swap("<w:SelectorSet>", "<w:SelectorSet>" + '<w:Selector Name="s"/>' * 9000),
        "a reference as selector": swap(m.job, "<a:EndpointReference>%s</a:EndpointReference>"
        % ("<x>" * 50 + "</x>" * 50)),
        "a Put without instance": swap("/Get<", "/Put<"),
        "65 options": header("<w:OptionSet>%s</w:OptionSet>" % ('<w:Option Name="x"/>' * 65)),
        "Create": swap("/Get<", "/Create<"),
        "Delete": swap("/Get<", "/Delete<"), "Subscribe": swap(X + "/Get<",
        "http://schemas.xmlsoap.org/ws/2004/08/eventing/Subscribe<"),
        "a fragment transfer": header(
            '<w:FragmentTransfer s:mustUnderstand="true">//*[1]</w:FragmentTransfer>'),
        "Pull of nothing": action(N + "/Pull", "<n:Pull/>"), "Release of nothing": action(N + "/Release",
        "<n:Release/>"),
        "a filter": m.body('<n:Enumerate><w:Filter Dialect="urn:x">//*</w:Filter></n:Enumerate>'),
        "two filters": m.body("<n:Enumerate><w:Filter/><n:Filter/></n:Enumerate>"), "a bogus mode": m.body(
            "<n:Enumerate><w:EnumerationMode>x</w:EnumerationMode></n:Enumerate>"),
        "EndTo": m.body(
            "<n:Enumerate><n:EndTo><a:Address>http://127.0.0.1:9/</a:Address></n:EndTo></n:Enumerate>"),
    }.items():
        yield kind, text, "f"
    for value in ("x" * 4097, "x' OR '1'='1", "*", "{" + "\uff10" * 36 + "}", "&#x202e;" + m.job,
        m.job + "&#160;", "%00", "\u00e9" * 100,
                  "x" + "\u20ac" * 100, m.job[:-1], m.job + m.job, "{{%s}}" % m.job[1:-1]):
        yield "JobId %r" % value[:24], swap(m.job, value), "f"
    for value in ("1", "true", " true ", "TRUE"):
        yield "mustUnderstand %r" % value, header('<q:Q xmlns:q="urn:q" s:mustUnderstand="%s"/>' % value), "f"
    for value in ("0", "false", "", "2", "yes"):
        yield "mustUnderstand %r" % value, header('<q:Q xmlns:q="urn:q" s:mustUnderstand="%s"/>' % value), "of"
    yield "a nil selector", swap("<w:Selector ", '<w:Selector xmlns:i="%s" i:nil="true" ' % XSI), "of"
    yield "for another role", header('<q:Q xmlns:q="urn:q" s:mustUnderstand="1" s:role="%s/role/none"/>'
        % S), "o"
    yield "an unqualified mustUnderstand", header('<q:Q xmlns:q="urn:q" mustUnderstand="1"/>'), "o"
    for value in ("PT-5S", "PT0S", "PTS", "-P1D", "60", "", "P", "PT1.5M", "PT99999999999999999999S", "P1S",
        "PT1H1H"):
        yield "timeout %r" % value, header("<w:OperationTimeout>%s</w:OperationTimeout>" % value), "f"
    for value in ("PT60S", "P1Y", "PT1.9999999999S", " PT60.000S ", "PT0.001S"):
        yield "timeout %r" % value, header("<w:OperationTimeout>%s</w:OperationTimeout>" % value), "o"
    yield "two timeouts", header("<w:OperationTimeout>PT60S</w:OperationTimeout>" * 2), "f"
    for value in ("0", "1", "8191", "-1", "abc", "", "1e9", str(1 << 64), "+9000", "9000.0", "9 000"):
        yield "MaxEnvelopeSize %r" % value, header("<w:MaxEnvelopeSize>%s</w:MaxEnvelopeSize>" % value), "f"
    for value in ("8192", str(1 << 32), str((1 << 64) - 1), " 153600 "):
        yield "MaxEnvelopeSize %r" % value, header("<w:MaxEnvelopeSize>%s</w:MaxEnvelopeSize>" % value), "o"
    for value in ("0", "-1", str(1 << 64), "x", "", "1.0"):
        yield "MaxElements %r" % value, m.body("<n:Enumerate><w:MaxElements>%s</w:MaxElements></n:Enumerate>"
            % value), "f"
    for value in ("-PT1S", "PT0S", "x", "2024-13-45T00:00:00Z"):
        yield "Expires %r" % value, m.body("<n:Enumerate><n:Expires>%s</n:Expires></n:Enumerate>" % value), "f"
    for context in ("x", "uuid:00000000-0000-4000-8000-000000000000", "x" * 100000, "", "uuid:" + m.job, "%s"):
        yield "Pull of %r" % context[:20], action(N + "/Pull",
            "<n:Pull><n:EnumerationContext>%s</n:EnumerationContext></n:Pull>" % context), "f"
    yield "10,000 elements at once", m.body(
        "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>1000000000</w:MaxElements></n:Enumerate>"), "o"
    yield "Locale of 10 KB", header('<w:Locale xml:lang="%s"/>' % ("xx-" * 3000)), "o"
    yield "Identify with rubbish", soap.IDENTIFY.replace("<i:Identify/>",
        '<i:Identify xmlns:i="%s"><x/>y</i:Identify>' % ID), "o"
    yield "a default namespace", get.replace("s:Envelope xmlns:s=",
        's:Envelope xmlns="%s" xmlns:s=' % S).replace(
        "<s:Body></s:Body>", "<Body/>"), "o"
    yield "a prefix that changes its meaning", swap("<w:Selector ", '<a:Selector xmlns:a="%s" ' % W).replace(
        "</w:Selector>", "</a:Selector>"), "o"


def calls(m):
    """Put and Invoke with values nobody should accept: nothing changes."""
    uri, key = soap.DRAY_JOB, {"JobId": m.job}

    def put(inner):
        return soap.envelope(X + "/Put", uri, '<p:DRAY_Job xmlns:p="%s" xmlns:i="%s">%s</p:DRAY_Job>' % (uri,
            XSI, inner), key)

    def invoke(name, inner, selectors=key):
        return soap.envelope(uri + "/" + name, uri, '<p:%s_INPUT xmlns:p="%s" xmlns:i="%s">%s</p:%s_INPUT>'
                             % (name, uri, XSI, inner, name), selectors)

    for value in ("-1", "+1", "4", "0x4", "1.0", "1e0", "", "99999999999999999999", "one", "1 1", "\u0661",
        "<x/>", "0x", "1\u00a0"):
        yield "Priority %r" % value, put("<p:Priority>%s</p:Priority>" % value), "f"
        yield "JobState %r" % value, invoke("SetJobState", "<p:JobState>%s</p:JobState>" % value), "f"
    for value in ("2", "-1", "TRUE1", "", "on", "<x/>"):
        yield "Suspend %r" % value, invoke("CreateJob",
            "<p:DisplayName>x</p:DisplayName><p:Suspend>%s</p:Suspend>" % value, None), "f"
    yield from [
        ("a property twice", put("<p:DisplayName>a</p:DisplayName><p:displayname>b</p:displayname>"), "f"),
        ("another key", put("<p:JobId>{00000000-0000-4000-8000-000000000000}</p:JobId>"), "f"),
        ("a name of 257", put("<p:DisplayName>%s</p:DisplayName>" % ("x" * 257)), "f"),
        ("a name of 129 pairs", put("<p:DisplayName>%s</p:DisplayName>" % ("\U0001f600" * 129)), "f"),
        ("a name of 300 KB", put("<p:DisplayName>%s</p:DisplayName>" % ("x" * 300000)), "f"),
        ("one good, one bad", put("<p:Description>changed</p:Description><p:Priority>9</p:Priority>"), "f"),
        ("a parameter twice", invoke("SetJobState", "<p:JobState>0</p:JobState><p:JobState>0</p:JobState>"),
        "f"),
        ("a parameter too many", invoke("SetJobState", "<p:JobState>0</p:JobState><p:X>1</p:X>"), "f"),
        ("a nil parameter", invoke("SetJobState", '<p:JobState i:nil="true"/>'), "f"),
        ("no parameter", invoke("SetJobState", ""), "f"), ("no such method", invoke("Frob", ""), "f"),
        ("half a file", invoke("CreateJob",
        "<p:DisplayName>x</p:DisplayName><p:RemoteUrl>http://h/</p:RemoteUrl>", None), "f"),
        ("a nil name", invoke("CreateJob", '<p:DisplayName i:nil="1"/>', None), "f"),
        ("an upload", invoke("CreateJob", "<p:DisplayName>x</p:DisplayName><p:Type>1</p:Type>", None), "f"),
        ("everything nil", put('<p:DisplayName i:nil="true"/><p:Priority i:nil="1"/><p:State i:nil="true"/>'),
        "o"),
        ("what is read-only", put("<p:State>6</p:State><p:Owner>root</p:Owner><p:Nonsense>x</p:Nonsense>"),
        "o"),
        ("GetError of nothing", invoke("GetError", "<p:LanguageId>0</p:LanguageId>"), "f"),
    ]
    for url in ("file:///etc/passwd", "http://a@127.0.0.1/", "http://h/\r\nX: y", "http://" + "h" * 65000 + "/",
        "//h/", "http:/h", "HTTP:h",
                "http://h:0/", "http://h:65536/", "http://h:-1/", "javascript:1", "http://[::1", "gopher://h/",
                "http://h\\@x/"):
        for path in ("/nonexistent/f",):
            yield "URL %r" % url[:30], invoke("AddFile",
                "<p:RemoteUrl>%s</p:RemoteUrl><p:LocalFile>%s</p:LocalFile>" % (url, path)), "f"
    for path in ("/dev/sda", "/proc/self/mem", "/etc/cron.d/x", "\\\\host\\x", "/" + "x" * 5000, "/x/", "/..",
        "x", "", "/a\u202eb/../c", "C:\\x",
                 "/etc/ssh/authorized_keys", "~/x", "$HOME/x", "/tmp/a\tb"):
        yield "path %r" % path[:30], invoke("AddFile",
            "<p:RemoteUrl>http://h/</p:RemoteUrl><p:LocalFile>%s</p:LocalFile>" % path), "f"
