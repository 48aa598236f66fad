# SPDX-License-Identifier: MIT
"""Servers that ask who we are by Kerberos (a KDC of our own) and NTLM: the owner's ticket, a name with a
password."""
import importlib.util
import os

import soap
from agent import Agent, wait_state
from challenger import Challenger, Negotiate, Ntlm, md4
from kdc import Kdc
from lab import Skip, eq, test

SERVER, PROXY, NTLM, NEGOTIATE = 1, 2, 3, 4
HTTP_401, HTTP_407 = 0x80190191, 0x80190197


class TicketAgent(Agent):
    """Its environment names a realm and a cache of tickets; the worker has both from it."""

    def __init__(self, world, kdc, cache, **options):
        self.more = {"KRB5_CONFIG": kdc.env["KRB5_CONFIG"], "KRB5CCNAME": cache}
        super().__init__(world, **options)

    def env(self, **more):
        return super().env(**{**self.more, **more})


def fetch(agent, server, name, state, *slots):
    """A job with these credentials, (scheme, user, password), run until `state`."""
    client = agent.local()
    job = client.create(name, server.url(name), agent.target(name), uri=soap.DRAY_JOB, Suspend=True)
    for scheme, user, password in slots:
        client.invoke(soap.DRAY_JOB, "SetCredentials", {"JobId": job}, Target=SERVER, Scheme=scheme,
                      UserName=user, Password=password)
    del server.asked[:]
    client.set_state(job, soap.RESUME)
    wait_state(client, job, state, 20)
    if state == soap.TRANSFERRED:
        client.set_state(job, soap.COMPLETE)
        with open(agent.target(name), "rb") as f:
            eq(f.read(), server.BODY, "what arrived")
    return job


def fetch_by_proxy(agent, proxy, name, state, *slots):
    client = agent.local()
    job = client.create(name, "http://far.test/" + name, agent.target(name), uri=soap.DRAY_JOB, Suspend=True)
    client.put(soap.DRAY_JOB, {"JobId": job}, ProxyUsage=2, ProxyList="localhost:%d" % proxy.port)
    for scheme, user, password in slots:
        client.invoke(soap.DRAY_JOB, "SetCredentials", {"JobId": job}, Target=PROXY, Scheme=scheme,
                      UserName=user, Password=password)
    del proxy.asked[:]
    client.set_state(job, soap.RESUME, uri=soap.DRAY_JOB)
    wait_state(client, job, state, 20)
    return job


def refused(agent, job):
    """The error is 401, and its text says what to do."""
    error = agent.local().get(soap.DRAY_ERROR, JobId=job)
    eq((int(error["ErrorCode"]), error["ErrorContext"]), (HTTP_401, "5"), "the error")
    return error["ErrorDescription"] + " " + error["Remedy"]


def realm(w):
    if not importlib.util.find_spec("gssapi"):
        raise Skip("no Kerberos for Python here (package python3-gssapi)")
    kdc = w.keep(Kdc(w, ["anna", "HTTP/localhost", "HTTP/elsewhere"]))
    os.environ.update(KRB5_CONFIG=kdc.env["KRB5_CONFIG"], KRB5RCACHENAME="none:")
    return kdc


@test(build="debug")
def a_ticket_of_the_owner_opens_a_server(w):
    kdc = realm(w)
    server = w.keep(Challenger(lambda: Negotiate(kdc.keytab("HTTP/localhost"))))
    other = w.keep(Challenger(lambda: Negotiate(kdc.keytab("HTTP/elsewhere"))))
    agent = w.keep(TicketAgent(w, kdc, kdc.tickets("anna"), build="debug"))
    fetch(agent, server, "f", soap.TRANSFERRED, (NEGOTIATE, None, None))
    eq(server.asked, [("", None), ("Negotiate", "anna@TEST.LAN")], "after a challenge, and whose ticket it was")
    assert "name and password" in refused(agent, fetch(agent, server, "without", soap.ERROR))
    eq({scheme for scheme, _ in server.asked}, {""}, "a job without credentials shows no ticket")
    assert "kinit" in refused(agent, fetch(agent, other, "other", soap.ERROR, (NEGOTIATE, None, None)))
    eq(other.asked, [("", None), ("Negotiate", None)], "a ticket for another service")


@test(build="debug")
def a_proxy_is_shown_tickets_and_names_too(w):
    kdc = realm(w)
    proxy = w.keep(Challenger(lambda: Negotiate(kdc.keytab("HTTP/localhost")), proxy=True))
    ntlm = w.keep(Challenger(lambda: Ntlm({"anna": "open sesame"}), proxy=True))
    agent = w.keep(TicketAgent(w, kdc, kdc.tickets("anna"), build="debug"))
    fetch_by_proxy(agent, proxy, "f", soap.TRANSFERRED, (NEGOTIATE, None, None))
    eq(proxy.asked, [("", None), ("Negotiate", "anna@TEST.LAN")], "after a challenge, and whose ticket it was")
    job = fetch_by_proxy(agent, proxy, "without", soap.ERROR)
    eq(int(agent.local().get(soap.DRAY_ERROR, JobId=job)["ErrorCode"]), HTTP_407, "the error")
    eq({who for _, who in proxy.asked}, {None}, "a job without credentials shows no ticket")
    fetch_by_proxy(agent, ntlm, "named", soap.TRANSFERRED, (NTLM, "anna", "open sesame"))
    eq(ntlm.asked[-1], ("NTLM", "anna"), "a name and a password")


@test(build="debug")
def without_a_ticket_the_error_says_so_and_resume_finds_a_new_one(w):
    kdc = realm(w)
    server = w.keep(Challenger(lambda: Negotiate(kdc.keytab("HTTP/localhost"))))
    agent = w.keep(TicketAgent(w, kdc, "FILE:" + w.path("none"), build="debug"))
    job = fetch(agent, server, "f", soap.ERROR, (NEGOTIATE, None, None))
    assert "kinit" in refused(agent, job)
    eq({who for _, who in server.asked}, {None}, "who the server thinks it was")
    os.rename(kdc.tickets("anna")[len("FILE:"):], w.path("none"))
    agent.dray("resume", job)
    wait_state(agent.local(), job, soap.TRANSFERRED, 20)
    eq(server.asked[-1], ("Negotiate", "anna@TEST.LAN"))


@test(build="debug")
def a_name_and_a_password_open_a_server_that_speaks_ntlm(w):
    eq(md4(b"message digest").hex(), "d9130a8164549fe818874806e1c7014b", "MD4 as in RFC 1320")
    server = w.keep(Challenger(lambda: Ntlm({"anna": "open sesame"})))
    agent = w.agent(build="debug")
    fetch(agent, server, "f", soap.TRANSFERRED, (NTLM, "anna", "open sesame"))
    eq(server.asked, [("", None), ("NTLM", None), ("NTLM", "anna")], "a handshake after a challenge")
    fetch(agent, server, "domain", soap.TRANSFERRED, (NEGOTIATE, "TEST\\anna", "open sesame"))
    eq(server.asked[-1], ("NTLM", "anna"), "Negotiate with a name is NTLM")
    wrong = fetch(agent, server, "wrong", soap.ERROR, (NTLM, "anna", "open"))
    assert "name and password" in refused(agent, wrong)
    eq({who for _, who in server.asked}, {None}, "who knows only half of the password")
