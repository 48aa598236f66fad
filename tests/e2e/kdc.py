# SPDX-License-Identifier: MIT
"""A Kerberos realm of its own: MIT's KDC on a free loopback port, its files in the test's folder, no DNS."""
import os
import shutil
import subprocess

from lab import Program, Skip, clean_env, free_port

REALM = "TEST.LAN"
TOOLS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")


class Kdc:
    """Principals with keys in keytabs; tickets() makes a cache of somebody's."""

    def __init__(self, world, principals):
        self.folder = world.mkdir("kdc")
        self.port, self.log, self.program = free_port(), os.path.join(self.folder, "kdc.log"), None
        self.write_config()
        self.env = clean_env(KRB5_CONFIG=self.path("krb5.conf"), KRB5_KDC_PROFILE=self.path("kdc.conf"),
                             KRB5RCACHENAME="none:")
        missing = [tool for tool in TOOLS if not shutil.which(tool, path=self.env["PATH"])]
        if missing:
            raise Skip("no KDC here: %s not found (packages krb5-kdc, krb5-admin-server, krb5-user)"
                       % ", ".join(missing))
        try:
            self.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
            for name in principals:
                self.admin("addprinc -randkey " + name)
                self.admin("ktadd -k %s %s" % (self.keytab(name), name))
            self.program = Program([shutil.which("krb5kdc", path=self.env["PATH"]), "-n", "-r", REALM],
                                   self.log, self.env, ready="commencing operation", seconds=10)
        except (AssertionError, subprocess.CalledProcessError) as why:
            raise Skip("the KDC does not start: %s %s" % (why, getattr(why, "output", ""))) from None

    def write_config(self):
        with open(self.path("krb5.conf"), "w") as f:
            f.write("""
[libdefaults]
	default_realm = {realm}
	dns_lookup_realm = false
	dns_lookup_kdc = false
	dns_canonicalize_hostname = false
	rdns = false
	udp_preference_limit = 1
[realms]
	{realm} = {{
		kdc = 127.0.0.1:{port}
	}}
[domain_realm]
	localhost = {realm}
""".format(realm=REALM, port=self.port))
        with open(self.path("kdc.conf"), "w") as f:
            f.write("""
[kdcdefaults]
	kdc_listen = 127.0.0.1:{port}
	kdc_tcp_listen = 127.0.0.1:{port}
[realms]
	{realm} = {{
		database_name = {folder}/principal
		key_stash_file = {folder}/stash
		supported_enctypes = aes256-cts-hmac-sha1-96:normal
	}}
[logging]
	kdc = STDERR
""".format(realm=REALM, port=self.port, folder=self.folder))

    def path(self, name):
        return os.path.join(self.folder, name)

    def keytab(self, name):
        return self.path(name.replace("/", "_") + ".keytab")

    def run(self, *argv):
        subprocess.run(argv, env=self.env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True, timeout=20)

    def admin(self, query):
        self.run("kadmin.local", "-r", REALM, "-q", query)

    def tickets(self, name):
        """A cache with the ticket of somebody: the value of KRB5CCNAME."""
        cache = "FILE:" + self.path(name + ".ccache")
        self.run("kinit", "-c", cache, "-k", "-t", self.keytab(name), name)
        return cache

    def close(self, clean=False):
        if self.program and self.program.alive():
            self.program.kill()

    def log_files(self):
        return [self.log]

    def sanitizer_reports(self):
        return []
