# SPDX-License-Identifier: Apache-2.0
"""Interop: the certificates of one agent, and programs not written here.

Everything runs in a network namespace of its own where that is possible, so
that a server which can only listen everywhere is alone with its clients.
"""

import ctypes
import fcntl
import os
import pathlib
import socket
import struct
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import harness  # noqa: E402

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP_RUNNING = 0x41


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sH14x", b"lo", IFF_UP_RUNNING)
        fcntl.ioctl(s, SIOCSIFFLAGS, request)


def unshare_network():
    """True when this process now has a loopback of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWNET if uid == 0 else CLONE_NEWNET | CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        return False
    if uid != 0:
        pathlib.Path("/proc/self/setgroups").write_text("deny")
        pathlib.Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        pathlib.Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    loopback_up()
    return True


@pytest.fixture(scope="session")
def isolated():
    return unshare_network()


@pytest.fixture(scope="session")
def pki(tmp_path_factory, isolated):
    """An agent of this session, and the certificates that the tests use."""
    return Pki(tmp_path_factory.mktemp("interop"))


class Pki:
    def __init__(self, where):
        self.where = where
        self.root = where / "root.pem"
        self.foreign_root = where / "foreign-root.pem"
        ours = harness.Ca(where / "ours")
        self.root.write_bytes(ours.root.read_bytes())
        with harness.Agent(ours) as agent:
            self.server = self.issue(ours, agent, "server", "www.demo.test")
            self.client = self.issue(ours, agent, "client",
                                     "agent-7.demo.test")
            self.old_server = self.issue(ours, agent, "server",
                                         "old.demo.test", "&ttl=1")
            self.old_client = self.issue(ours, agent, "client",
                                         "old-agent.demo.test", "&ttl=1")
        others = harness.Ca(where / "others")
        self.foreign_root.write_bytes(others.root.read_bytes())
        with harness.Agent(others) as agent:
            self.foreign_server = self.issue(others, agent, "server",
                                             "www.demo.test")
            self.foreign_client = self.issue(others, agent, "client",
                                             "agent-7.demo.test")

    def issue(self, ca, agent, policy, name, more=""):
        """Chain and key of a fresh certificate."""
        csr, key = ca.csr(name)
        answer = agent.post(f"/api/v1/sign?policy={policy}{more}",
                            csr.read_bytes())
        assert answer.status == 200, answer.text
        chain = ca.dir / f"{policy}-{name}.pem"
        chain.write_bytes(answer.body)
        return chain, key


@pytest.fixture(scope="session")
def go_peer(tmp_path_factory):
    """The Go program, built once."""
    out = tmp_path_factory.mktemp("go") / "peer"
    env = dict(os.environ, GOFLAGS="-mod=mod", GOPROXY="off",
               GOTOOLCHAIN="local", CGO_ENABLED="0",
               GOCACHE=str(harness.BUILD / "go-cache"))
    env.setdefault("HOME", str(out.parent))
    subprocess.run(["go", "build", "-o", str(out), "."],
                   cwd=HERE / "peers" / "go", env=env, check=True,
                   timeout=300)
    return out
