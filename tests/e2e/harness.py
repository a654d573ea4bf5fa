# SPDX-License-Identifier: Apache-2.0
"""A CA and its agent for one test: real processes, a real SoftHSM2 token.

Everything lives in one temporary directory, so that tests share nothing; every
process that was started is ended by its pid.
"""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PRIVYSEAL_BUILD")
                     or os.environ.get("top_builddir")
                     or TOP / "build" / "check").resolve()
PRIVYSEAL = BUILD / "cli" / "privyseal"
PRIVYSEALD = BUILD / "agent" / "privyseald"
SHIM = BUILD / "tests" / "fake" / "p11_shim.so"


class UnixConnection(http.client.HTTPConnection):
    """HTTP/1.1 over a Unix socket, by the standard library's own client."""

    def __init__(self, path, timeout=15):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.type = response.headers.get("Content-Type", "")
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["code"]


def run(*args, check=True, input=None, env=None, timeout=60):
    """A command; its output is kept, and shown when it fails."""
    done = subprocess.run(
        [str(a) for a in args], input=input, env=env, timeout=timeout,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=not isinstance(input, bytes), check=False)
    if check and done.returncode != 0:
        raise AssertionError(
            f"{args[0]} exited with {done.returncode}:\n"
            f"{done.stdout}\n{done.stderr}")
    return done


def wait_for(what, predicate, timeout_s=10.0):
    """Until predicate() is true; what is for the failure's message."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        got = predicate()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {timeout_s} s")


def descriptors(pid):
    """What a process has open: {number: target}. Ours are not dumpable, so
    that their own user may not look; sudo may, where there is one."""
    where = pathlib.Path(f"/proc/{pid}/fd")
    found = {}
    try:
        for number in os.listdir(where):
            try:
                found[number] = os.readlink(where / number)
            except FileNotFoundError:
                pass  # closed since it was listed
        return found
    except PermissionError:
        listed = run("sudo", "-n", "find", where, "-type", "l", "-printf",
                     "%f %l\n")
        return dict(line.split(" ", 1)
                    for line in listed.stdout.splitlines())


class Ca:
    """What `privyseal init` makes, in a directory of its own."""

    def __init__(self, where, *options):
        pathlib.Path(where).mkdir(parents=True, exist_ok=True)
        self.dir = pathlib.Path(where) / "ca"
        run(PRIVYSEAL, "init", "--dir", self.dir, "--yes", *options)
        self.config = self.dir / "privyseal.yaml"
        self.socket = self.dir / "agent.sock"
        self.admin = self.dir / "admin.sock"
        self.unlock = self.dir / "unlock.sock"
        self.root = self.dir / "ca" / "root.pem"
        self.log = self.dir / "state" / "privyseal.log"
        self.policies = self.dir / "policy.d"

    def edit(self, pattern, replacement, count=1):
        """Changes the configuration; the pattern must be there."""
        text = self.config.read_text()
        changed, n = re.subn(pattern, replacement, text, count=count,
                             flags=re.M)
        assert n > 0, f"{pattern} is not in {self.config}"
        self.config.write_text(changed)

    def csr(self, name="www.demo.test", *, key="ec", subject="/",
            san=None, extra=()):
        """A CSR and its key by the openssl command; returns their paths."""
        stem = re.sub(r"[^a-z0-9.-]", "_", name)
        key_path = self.dir / f"{stem}.{key}.key"
        csr_path = self.dir / f"{stem}.{key}.csr"
        kinds = {
            "ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
            "p384": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
            "rsa": ["-newkey", "rsa:2048"],
            "rsa3072": ["-newkey", "rsa:3072"],
            "rsa1024": ["-newkey", "rsa:1024"],
            "ed25519": ["-newkey", "ed25519"],
        }
        san = san if san is not None else f"DNS:{name}"
        names = ["-addext", f"subjectAltName={san}"] if san else []
        run("openssl", "req", "-new", *kinds[key], "-nodes", "-subj", subject,
            "-keyout", key_path, "-out", csr_path, *names, *extra)
        return csr_path, key_path

    def policy(self, name, text):
        (self.policies / f"{name}.yaml").write_text(text)


class Agent:
    """A running privyseald; use it as a context."""

    def __init__(self, ca, env=None):
        self.ca = ca
        self.out = ca.dir / "agent.out"
        self.env = dict(os.environ, **(env or {}))
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *ignored):
        self.stop()

    def start(self, ready=True):
        with open(self.out, "ab") as out:
            self.process = subprocess.Popen(
                [str(PRIVYSEALD), "-c", str(self.ca.config)], stdout=out,
                stderr=out, env=self.env)
        if ready:
            wait_for("the agent is ready", self.is_ready, 20)
        return self

    def is_ready(self):
        assert self.process.poll() is None, self.log()
        try:
            return self.get("/api/v1/health").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.terminate()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def log(self):
        return self.out.read_text(errors="replace")

    def roles(self):
        """pid of each role: {"core": 12, "front": 13, "signer": 14}."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            fields = stat.rsplit(")", 1)[1].split()
            if int(fields[1]) == self.process.pid and b"--role" in words:
                role = words[words.index(b"--role") + 1].decode()
                found[role] = int(entry.name)
        return found

    def kill(self, role):
        os.kill(self.roles()[role], signal.SIGKILL)

    def ask(self, method, path, body=None, headers=None, sock=None):
        connection = UnixConnection(sock or self.ca.socket)
        try:
            connection.request(method, path, body=body,
                               headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body, **more):
        return self.ask("POST", path, body=body, **more)

    def sign(self, csr, policy="server", **more):
        body = pathlib.Path(csr).read_bytes() if not isinstance(
            csr, bytes) else csr
        return self.post(f"/api/v1/sign?policy={policy}", body, **more)

    def status(self):
        return self.get("/api/v1/status", sock=self.ca.admin).json


def records(ca, *options):
    """The log as `privyseal log show --json` tells it."""
    shown = run(PRIVYSEAL, "-c", ca.config, "--json", "log", "show", *options)
    return [json.loads(line) for line in shown.stdout.splitlines() if line]


def log_verify(ca):
    return run(PRIVYSEAL, "-c", ca.config, "log", "verify")
