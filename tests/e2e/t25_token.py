# SPDX-License-Identifier: MIT
"""Client certificates on a token (PKCS#11; SoftHSM in the test's folder), for an nginx that wants one."""
import os
import shutil
import subprocess

import soap
from agent import Agent, wait_state
from lab import Skip, clean_env, eq, sha256_of, test
from origin import Origin

PIN, LABEL, ID = "s3cret-pin&1", "office", "a1"
ENCODED = "s3cret-pin%261"
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
TOOLS = ("softhsm2-util", "pkcs11-tool", "openssl")
ANY_CA_AND_NAME = 0x8 | 0x2
CERT_NOT_FOUND, INVALID = 0x80092004, 0x80070057
URI = "pkcs11:token=%s;object=anna" % LABEL


def run(env, *argv):
    done = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=20)
    assert done.returncode == 0, "%s: %s" % (argv[0], done.stdout)


def certificate(env, path, name):
    run(env, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name,
        "-keyout", path + ".key", "-out", path + ".pem")


def token(w):
    """The environment that leads to a token with the key and the certificate of anna."""
    env = clean_env(SOFTHSM2_CONF=w.path("softhsm.conf"), PKCS11_MODULE_PATH=MODULE, HOME=w.folder)
    missing = [tool for tool in TOOLS if not shutil.which(tool, path=env["PATH"])]
    if missing or not os.path.exists(MODULE):
        raise Skip("no token here: %s (packages softhsm2, opensc)" % ", ".join(missing or [MODULE]))
    w.mkdir("tokens")
    with open(w.path("softhsm.conf"), "w") as f:
        f.write("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n" % w.path("tokens"))
    certificate(env, w.path("anna"), "anna")
    run(env, "softhsm2-util", "--init-token", "--free", "--label", LABEL, "--so-pin", "12345678", "--pin", PIN)
    run(env, "softhsm2-util", "--import", w.path("anna.key"), "--token", LABEL, "--label", "anna", "--id", ID,
        "--pin", PIN)
    run(env, "pkcs11-tool", "--module", MODULE, "--token-label", LABEL, "--login", "--pin", PIN,
        "--write-object", w.path("anna.pem"), "--type", "cert", "--label", "anna", "--id", ID)
    return env


class StrictOrigin(Origin):
    """TLS, and only for anna."""

    def __init__(self, world, **options):
        self.world = world
        super().__init__(world, **options)

    def write_config(self):
        super().write_config()
        certificate(clean_env(), os.path.join(self.folder, "server"), "localhost")
        path = os.path.join(self.folder, "nginx.conf")
        with open(path) as f:
            text = f.read()
        listen = "listen 127.0.0.1:%d" % self.port
        with open(path, "w") as f:
            f.write(text.replace(listen, listen + " ssl; ssl_verify_client on; ssl_client_certificate %s;"
                                 "ssl_certificate %s/server.pem; ssl_certificate_key %s/server.key"
                                 % (self.world.path("anna.pem"), self.folder, self.folder)))

    def url(self, name, slow=False):
        return super().url(name, slow).replace("http:", "https:")


class TokenAgent(Agent):
    def __init__(self, world, more, **options):
        self.more = {name: more[name] for name in ("SOFTHSM2_CONF", "PKCS11_MODULE_PATH")}
        super().__init__(world, **options)

    def env(self, **more):
        return super().env(**{**self.more, **more})


def make(agent, origin, name, store):
    client = agent.local()
    job = client.create(name, origin.url("f"), agent.target(name), uri=soap.DRAY_JOB, Suspend=True)
    client.put(soap.DRAY_JOB, {"JobId": job}, SecurityFlags=ANY_CA_AND_NAME, ClientCertificateStore=store)
    return job


def run_to(agent, job, state):
    client = agent.local()
    client.set_state(job, soap.RESUME)
    wait_state(client, job, state, 20)


@test(build="debug")
def a_key_on_a_token_opens_a_server_and_its_pin_is_told_to_nobody(w):
    env = token(w)
    origin = w.keep(StrictOrigin(w))
    digest = origin.file("f", 300_000)
    agent = w.keep(TokenAgent(w, env, build="debug"))
    client = agent.local()
    # without a PIN first: nobody is asked for one
    job = make(agent, origin, "f", URI)
    run_to(agent, job, soap.ERROR)
    error = client.get(soap.DRAY_ERROR, JobId=job)
    eq(int(error["ErrorCode"]), CERT_NOT_FOUND, "without a PIN")
    client.put(soap.DRAY_JOB, {"JobId": job}, ClientCertificateStore=URI + "?pin-value=no" + ENCODED)
    run_to(agent, job, soap.ERROR)
    eq(int(client.get(soap.DRAY_ERROR, JobId=job)["ErrorCode"]), CERT_NOT_FOUND, "with a wrong PIN")
    client.put(soap.DRAY_JOB, {"JobId": job}, ClientCertificateStore=URI + "?pin-value=" + ENCODED)
    seen = client.job(job, soap.DRAY_JOB)
    eq((seen["ClientCertificateStore"], seen["Credentials"]), (URI, "token: PIN"), "what is shown")
    client.put(soap.DRAY_JOB, {"JobId": job}, ClientCertificateStore=URI, Description="keeps it")
    told = [agent.dray("show", "--all", job), agent.dray("show", job, "--json"), client.raw]
    agent.kill9()
    stored = [os.path.join(place, name) for place, _, names in os.walk(agent.state) for name in names]
    for path in stored + [agent.log]:
        with open(path, "rb") as f:
            told.append(f.read().decode("latin-1"))
    for text in told:
        assert PIN not in text and ENCODED not in text, "the PIN was told"
    agent.start()
    run_to(agent, job, soap.TRANSFERRED)
    agent.dray("complete", job)
    eq(sha256_of(agent.target("f")), digest, "sha256")


@test()
def what_a_token_is_not_asked(w):
    agent, origin = w.agent(), w.origin()
    client = agent.local()
    job = make(agent, origin, "f", "pkcs11:token=t;pin-value=%31234;object=o")
    names = ("ClientCertificateStore", "Credentials")
    eq([client.job(job, soap.DRAY_JOB)[n] for n in names], ["pkcs11:token=t;object=o", "token: PIN"])
    for bad in ("?pin-source=file:/etc/passwd", "?module-path=/tmp/x.so", ";module-name=x", "?pin-value=",
                "?x=y", "?pin-value=1&pin-value=2", "?pin-value=%0"):
        try:
            client.put(soap.DRAY_JOB, {"JobId": job}, ClientCertificateStore="pkcs11:token=t" + bad)
            raise AssertionError("%s was taken" % bad)
        except soap.Fault as fault:
            assert INVALID in fault.codes and "pkcs11:" in fault.text + fault.message, fault.text
    eq([client.job(job, soap.DRAY_JOB)[n] for n in names], ["pkcs11:token=t;object=o", "token: PIN"])
    client.put(soap.DRAY_JOB, {"JobId": job}, ClientCertificateStore="pkcs11:token=other")
    eq([client.job(job, soap.DRAY_JOB)[n] for n in names], ["pkcs11:token=other", ""],
       "no PIN for another token")
