# SPDX-License-Identifier: Apache-2.0
"""privyseal as tests run it, and a CA that has it at hand.

    cli("show", path)               exit status 0 is wanted
    cli("sign", path, code=3)       3 is wanted
    cli("--json", "list").json      what it said, parsed

Every run is looked at for sanitizer reports.
"""

import json
import os
import pathlib
import subprocess

import harness

SOFTHSM = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
]
REPORTS = ("AddressSanitizer", "LeakSanitizer", "ThreadSanitizer",
           "runtime error:")
PATIENCE = 120  # seconds; a sanitizer build on a busy machine is slow


# As in tests/local.mk, for whatever a test starts.
os.environ.setdefault("ASAN_OPTIONS", "fast_unwind_on_malloc=0")
os.environ.setdefault("LSAN_OPTIONS", "print_suppressions=0:suppressions="
                      + str(harness.TOP / "tests" / "lsan.supp"))


def softhsm():
    return next(p for p in SOFTHSM if os.path.exists(p))


def clean_environment(more=None):
    """Nothing of the caller's that would change what the programs do."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("SOFTHSM2_CONF", "CREDENTIALS_DIRECTORY",
                        "LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET")}
    env["LC_ALL"] = "C.UTF-8"
    return {**env, **(more or {})}


def agent_environment():
    """The agent's roles end without giving their memory back one by one."""
    env = clean_environment()
    env["ASAN_OPTIONS"] += ":detect_leaks=0"
    return env


def assert_no_report(text):
    for word in REPORTS:
        assert word not in text, text


class Result:
    """What a run of privyseal said."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def problem(self):
        """The one problem document on standard error, with --json."""
        return json.loads(self.err)

    def __repr__(self):
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


class Cli:
    def __init__(self, *before):
        self.before = before

    def with_args(self, *before):
        return Cli(*self.before, *before)

    def __call__(self, *args, stdin="", code=0, env=None, cwd=None):
        """Runs it. code: the exit status that is wanted, None for any."""
        words = [str(a) for a in (harness.PRIVYSEAL, *self.before, *args)]
        done = subprocess.run(
            words, input=stdin if isinstance(stdin, bytes)
            else stdin.encode(), capture_output=True, timeout=PATIENCE,
            env=clean_environment(env), cwd=cwd, check=False)
        result = Result(done.returncode,
                        done.stdout.decode(errors="backslashreplace"),
                        done.stderr.decode(errors="backslashreplace"))
        assert_no_report(result.err)
        assert code is None or result.code == code, (words, result)
        return result


def openssl(*args, stdin=b"", code=0):
    done = subprocess.run(["openssl", *map(str, args)], input=stdin,
                          capture_output=True, timeout=PATIENCE, check=False)
    assert code is None or done.returncode == code, (args, done)
    return done.stdout


class Authority(harness.Ca):
    """A CA with the command that speaks for it, and its token."""

    def __init__(self, where, *options):
        super().__init__(where, *options)
        self.cli = Cli("-c", self.config)
        self.issuing = self.dir / "ca" / "issuing-1.pem"
        self.index = self.dir / "state" / "index.db"
        self.pin_file = self.dir / "secrets" / "user.pin"
        self.module = softhsm()
        self.env = {"SOFTHSM2_CONF": str(self.dir / "softhsm2.conf")}
        self.token = ["--module", self.module, "--pin-file", self.pin_file]

    def request(self, *names, kind="ecdsa-p256", stem="req"):
        """A CSR by `privyseal csr`: request("--dns", "a.demo.test")."""
        path = pathlib.Path(self.dir) / f"{stem}.csr"
        path.with_suffix(".key").unlink(missing_ok=True)
        self.cli("csr", "--new-key", path.with_suffix(".key"), "--kind",
                 kind, "--out", path, *names)
        return path
