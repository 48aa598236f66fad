# SPDX-License-Identifier: MIT
"""The server files come from: Debian's nginx on a free loopback port, with limits and an access log."""
import os
import re
import signal

from lab import Program, clean_env, free_port, make_file


class Origin:
    """Debian's nginx with files under `root`: / as fast as it goes, /slow/ at `rate` a second."""

    def __init__(self, world, name="origin", rate="20m", start=True):
        self.folder = world.mkdir(name)
        self.root = world.mkdir(name, "files")
        self.port = free_port()
        self.access = os.path.join(self.folder, "access.log")
        self.rate = rate
        self.program = None
        for folder in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            os.makedirs(os.path.join(self.folder, folder), exist_ok=True)
        self.write_config()
        if start:
            self.start()

    def write_config(self):
        with open(os.path.join(self.folder, "nginx.conf"), "w") as f:
            f.write("""
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 512; }}
http {{
	log_format test '$msec $request_method $status $body_bytes_sent "$http_range" $uri';
	access_log {access} test;
	client_body_temp_path {folder}/body;
	proxy_temp_path {folder}/proxy;
	fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
	default_type application/octet-stream;
	server_tokens off;
	sendfile on;
	tcp_nopush on;
	server {{
		listen 127.0.0.1:{port};
		autoindex off;
		location / {{ root {root}; }}
		location /slow/ {{ alias {root}/; limit_rate {rate}; }}
		location /plain/ {{ alias {root}/; max_ranges 0; limit_rate {rate}; }}
	}}
}}
""".format(folder=self.folder, access=self.access, port=self.port, root=self.root, rate=self.rate))

    def start(self):
        self.program = Program(["/usr/sbin/nginx", "-e", "stderr", "-p", self.folder, "-c",
                                os.path.join(self.folder, "nginx.conf")],
                               os.path.join(self.folder, "error.log"), clean_env(), ready="start worker process ")

    def stop(self):
        """Ends it; running answers are cut off and logged."""
        self.program.signal_group(signal.SIGTERM)
        self.program.wait()

    def drain(self):
        """Lets running answers end, then ends: the access log is whole after this."""
        os.kill(self.program.process.pid, signal.SIGQUIT)
        self.program.wait(60)

    def url(self, name, slow=False):
        return "http://127.0.0.1:%d/%s%s" % (self.port, "slow/" if slow else "", name)

    def file(self, name, size):
        return make_file(os.path.join(self.root, name), size)

    def replace(self, name, size, mtime=None):
        """Puts another version in place by rename, as a careful publisher does."""
        fresh = os.path.join(self.root, "." + name + ".new")
        digest = make_file(fresh, size)
        if mtime:
            os.utime(fresh, (mtime, mtime))
        os.rename(fresh, os.path.join(self.root, name))
        return digest

    def requests(self):
        """(method, status, bytes of the body sent, Range or "-", uri) of every finished request."""
        ret = []
        if os.path.exists(self.access):
            with open(self.access) as f:
                for line in f:
                    m = re.match(r'(\S+) (\S+) (\d+) (\d+) "(.*?)" (\S+)$', line)
                    assert m, line
                    ret.append((m[2], int(m[3]), int(m[4]), m[5], m[6]))
        return ret

    def close(self, clean=False):
        if self.program and self.program.alive():
            self.program.kill()

    def log_files(self):
        return [os.path.join(self.folder, "error.log")]

    def sanitizer_reports(self):
        return []
