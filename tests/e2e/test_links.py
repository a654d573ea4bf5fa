# SPDX-License-Identifier: Apache-2.0
"""The real core among strangers: this test is its parent, its front and its
signer, and behaves as badly as a role that was taken over could."""

import fcntl
import os
import pathlib
import random
import socket
import struct
import subprocess

import pytest

from harness import PRIVYSEALD, descriptors, records, wait_for

LINK, READY, KILL, DRAIN, DRAINED = 1, 2, 6, 4, 5
CONN, CLOSED, SIGN, REFUSED, QUERY = 20, 21, 22, 23, 24
RESULT, PROBLEM = 26, 27
KEY, KEYS_DONE, SIGN_BYTES, SIGNED = 40, 41, 42, 43
ROLE_FRONT, ROLE_SIGNER = 2, 3
QUERY_HEALTH = 6


def frame(msg, ident, body=b""):
    return struct.pack(">IHHQ", len(body) + 12, msg, 0, ident) + body


def text(value):
    return struct.pack(">I", len(value)) + value


def query(conn, what, argument=b""):
    return struct.pack(">QB", conn, what) + text(argument) + text(
        b"") * 3 + struct.pack(">QI", 0, 0)


class Link:
    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(5)
        self.data = b""
        self.fds = []

    def send(self, data, fd=None):
        if fd is None:
            self.sock.sendall(data)
        else:
            socket.send_fds(self.sock, [data], [fd])

    def more(self):
        data, fds, _, _ = socket.recv_fds(self.sock, 65536, 8)
        self.fds += fds
        self.data += data
        return len(data) > 0

    def next(self):
        """(message, id, body), or None when the other side has closed."""
        while len(self.data) < 4 or len(self.data) < 4 + struct.unpack(
                ">I", self.data[:4])[0]:
            if not self.more():
                return None
        end = 4 + struct.unpack(">I", self.data[:4])[0]
        _, msg, _, ident = struct.unpack(">IHHQ", self.data[:16])
        body, self.data = self.data[16:end], self.data[end:]
        return msg, ident, body

    def await_message(self, wanted):
        while True:
            got = self.next()
            assert got is not None, f"closed before message {wanted}"
            if got[0] == wanted:
                return got

    def close(self):
        self.sock.close()
        for fd in self.fds:
            os.close(fd)
        self.fds = []


class Core:
    """A core whose every descriptor is in our hands."""

    def __init__(self, ca):
        self.ca = ca
        self.life = 0
        ours, control = socket.socketpair()
        agent = socket.socket(socket.AF_UNIX)
        agent.bind(str(ca.socket))
        admin = socket.socket(socket.AF_UNIX)
        admin.bind(str(ca.admin))
        for listener in (agent, admin):
            listener.listen(16)
            listener.setblocking(False)
        fds = [control.fileno(), agent.fileno(), admin.fileno()]
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in fds]
        script = ('exec "$0" --role core -c "$1" --place 0 --level 1 '
                  f"3<&{high[0]} 4<&{high[1]} 5<&{high[2]}")
        self.out = open(ca.dir / "core.out", "wb")
        self.process = subprocess.Popen(
            ["bash", "-c", script, str(PRIVYSEALD), str(ca.config)],
            pass_fds=high, stderr=self.out)
        for fd in high:
            os.close(fd)
        for sock in (control, agent, admin):
            sock.close()
        self.parent = Link(ours)
        self.parent.await_message(READY)

    def link(self, role, place=0):
        ours, theirs = socket.socketpair()
        self.life += 1
        self.parent.send(frame(LINK, self.life, struct.pack(
            ">II", role, place)), theirs.fileno())
        theirs.close()
        return Link(ours)

    def client(self, front):
        """A connection, and what core calls it."""
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(5)
        sock.connect(str(self.ca.socket))
        _, _, body = front.await_message(CONN)
        return sock, struct.unpack(">Q", body[:8])[0]

    def assert_serves(self, front):
        sock, conn = self.client(front)
        front.send(frame(QUERY, 77, query(conn, QUERY_HEALTH)))
        assert front.await_message(RESULT)[1] == 77
        front.send(frame(CLOSED, 0, struct.pack(">Q", conn)))
        sock.close()

    def lose(self, front):
        """Its link is closed, and core has seen that."""
        front.close()
        while self.parent.await_message(KILL)[1] != self.life:
            pass

    def descriptors(self):
        return len(descriptors(self.process.pid))

    def end(self):
        self.parent.close()
        assert self.process.wait(10) == 0
        self.out.close()
        said = (self.ca.dir / "core.out").read_text(errors="replace")
        assert "Sanitizer" not in said and "runtime error" not in said, said


@pytest.fixture
def core(ca):
    running = Core(ca)
    yield running
    running.end()


def sign(conn, policy=b"server", spki=b"\x30\x00", sans=(), n_sans=None,
         attrs=(), ttl=0, flag=0):
    body = struct.pack(">QB", conn, flag) + text(policy)
    body += struct.pack(">Q", ttl) + bytes(32) + text(spki) + b"\0"
    body += struct.pack(">H", len(sans) if n_sans is None else n_sans)
    body += b"".join(bytes([kind]) + text(value) for kind, value in sans)
    body += struct.pack(">H", len(attrs))
    return body + b"".join(
        bytes([kind]) + text(value) for kind, value in attrs)


NONSENSE = {
    "nothing known": frame(9999, 1),
    "what core itself sends": frame(RESULT, 1, b"x"),
    "what the parent sends": frame(DRAIN, 0),
    "what a signer sends": frame(SIGNED, 1, text(b"")),
    "a length of zero": struct.pack(">I", 0),
    "a length beyond all": struct.pack(">I", 0xffffffff),
    "a body beyond its row": frame(QUERY, 1, bytes(5000)),
    "an empty body": frame(SIGN, 1),
    "a body with more behind": frame(CLOSED, 0, bytes(9)),
    "a query of no kind": frame(QUERY, 1, query(1, 200)),
    "an error of no kind": frame(REFUSED, 1, bytes(8) + text(
        b"p") + bytes(32) + struct.pack(">I", 32000) + text(b"") * 2),
    "an address of five octets": frame(SIGN, 1, sign(1, sans=[(1, b"12345")])),
    "names of no kind": frame(SIGN, 1, sign(1, sans=[(200, b"a")])),
    "more names than there are": frame(SIGN, 1, sign(1, n_sans=65535)),
    "a negative lifetime": frame(SIGN, 1, sign(1, ttl=1 << 63)),
    "a flag that is neither": frame(SIGN, 1, sign(1, flag=2)),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_a_front_that_talks_nonsense_is_ended_and_replaced(core, what):
    front = core.link(ROLE_FRONT)
    core.assert_serves(front)
    front.send(NONSENSE[what])
    _, life, body = core.parent.await_message(KILL)
    assert life == core.life
    assert struct.unpack(">II", body)[0] == ROLE_FRONT
    front.close()
    core.assert_serves(core.link(ROLE_FRONT))


def test_a_front_cannot_name_who_is_not_connected(core):
    front = core.link(ROLE_FRONT)
    for conn in (0, 1, 5, 1 << 63):
        front.send(frame(SIGN, 1, sign(conn)))
        front.send(frame(QUERY, 2, query(conn, QUERY_HEALTH)))
        front.send(frame(CLOSED, 0, struct.pack(">Q", conn)))
    core.assert_serves(front)
    kinds = {r["kind"] for r in records(core.ca)}
    assert not kinds & {"INTENT", "REFUSED"}


def test_facts_that_no_csr_has_are_refused(core):
    """Core does not take front's word for what a CSR looks like."""
    key = subprocess.run(
        ["openssl", "ecparam", "-genkey", "-name", "prime256v1"],
        stdout=subprocess.PIPE, check=True).stdout
    spki = subprocess.run(
        ["openssl", "pkey", "-pubout", "-outform", "DER"], input=key,
        stdout=subprocess.PIPE, check=True).stdout
    front = core.link(ROLE_FRONT)
    sock, conn = core.client(front)
    bad = [
        dict(sans=[(0, b"evil.example\0.demo.test")]),
        dict(sans=[(0, b"\xff\xfe.demo.test")]),
        dict(sans=[(0, b"a b.demo.test")]),
        dict(sans=[(0, b"")]),
        dict(sans=[(0, b"a" * 64 + b".demo.test")]),
        dict(sans=[(0, b"*.demo.test")]),
        dict(sans=[(0, b"www.demo.test")], spki=b"\x30\x00"),
        dict(sans=[(0, b"www.demo.test")], spki=spki[:-1]),
        dict(sans=[(0, b"www.demo.test")], spki=spki + b"\0"),
        dict(sans=[(0, b"www.demo.test")], spki=spki[:-1] + bytes(
            [spki[-1] ^ 1])),
        dict(sans=[(0, b"www.demo.test")], policy=b"\0server"),
        dict(sans=[(0, b"www.demo.test")], policy=b"server\0"),
        dict(sans=[(0, b"www.demo.test")], policy=b"../server"),
    ]
    for i, facts in enumerate(bad):
        front.send(frame(SIGN, 100 + i, sign(conn, **{"spki": spki, **facts})))
        assert front.await_message(PROBLEM)[1] == 100 + i, facts
    kinds = [r["kind"] for r in records(core.ca)]
    assert kinds.count("REFUSED") == len(bad) and "INTENT" not in kinds
    sock.close()


def test_a_front_that_only_writes_is_ended(core):
    """It never reads its answers: core's memory is not its to fill."""
    front = core.link(ROLE_FRONT)
    _, conn = core.client(front)
    flood = frame(QUERY, 1, query(conn, 0)) * 500
    front.sock.settimeout(20)
    with pytest.raises(OSError):
        for _ in range(2000):
            front.send(flood)
    core.parent.await_message(KILL)
    front.close()
    core.assert_serves(core.link(ROLE_FRONT))


def test_descriptors_do_not_pile_up_with_fronts(core):
    front = core.link(ROLE_FRONT)
    core.assert_serves(front)
    before = core.descriptors()
    core.lose(front)
    for _ in range(30):
        front = core.link(ROLE_FRONT)
        socks = [core.client(front) for _ in range(5)]
        core.lose(front)
        for sock, _ in socks:
            sock.close()
    front = core.link(ROLE_FRONT)
    core.assert_serves(front)
    wait_for("descriptors are given back",
             lambda: core.descriptors() <= before)


def test_a_front_that_sends_a_descriptor_is_ended(core):
    front = core.link(ROLE_FRONT)
    sock, conn = core.client(front)
    before = core.descriptors()
    null = os.open("/dev/null", os.O_RDONLY)
    front.send(frame(QUERY, 5, query(conn, QUERY_HEALTH)), null)
    os.close(null)
    core.parent.await_message(KILL)
    wait_for("it is closed", lambda: core.descriptors() < before)
    sock.close()


SIGNER_NONSENSE = {
    "a key that is not its own": frame(KEY, 0, struct.pack(
        ">II", 9, 0) + text(b"") * 4),
    "an answer that is none": frame(SIGNED, 1, struct.pack(
        ">I", 0) + text(b"") * 2),
    "a question": frame(SIGN_BYTES, 1, bytes(8)),
}


@pytest.mark.parametrize("what", SIGNER_NONSENSE)
def test_a_signer_that_talks_nonsense_is_ended(core, what):
    front = core.link(ROLE_FRONT)
    signer = core.link(ROLE_SIGNER)
    signer.send(SIGNER_NONSENSE[what])
    _, life, body = core.parent.await_message(KILL)
    assert life == core.life
    assert struct.unpack(">II", body) == (ROLE_SIGNER, 0)
    assert signer.next() is None
    core.assert_serves(front)


def test_answers_that_nobody_asked_for_are_nothing(core):
    front = core.link(ROLE_FRONT)
    signer = core.link(ROLE_SIGNER)
    signer.send(frame(KEYS_DONE, 0, struct.pack(">I", 0) + text(b"")))
    for ident in (0, 1, 2, 3, 1 << 40):
        signer.send(frame(SIGNED, ident, struct.pack(
            ">I", 0) + text(b"") + text(b"signature")))
    core.assert_serves(front)


def test_a_late_answer_of_a_former_core_is_not_taken(core):
    """Ids of one core are not those of the next: what a slow token says to
    the old one's question is no answer to the new one's."""
    spki = subprocess.run(
        ["openssl", "x509", "-in", core.ca.root, "-noout", "-pubkey"],
        stdout=subprocess.PIPE, check=True).stdout
    spki = subprocess.run(
        ["openssl", "pkey", "-pubin", "-pubout", "-outform", "DER"],
        input=spki, stdout=subprocess.PIPE, check=True).stdout
    issuing = subprocess.run(
        ["openssl", "x509", "-in", next((core.ca.dir / "ca").glob(
            "issuing*.pem")), "-noout", "-pubkey"],
        stdout=subprocess.PIPE, check=True).stdout
    issuing = subprocess.run(
        ["openssl", "pkey", "-pubin", "-pubout", "-outform", "DER"],
        input=issuing, stdout=subprocess.PIPE, check=True).stdout
    front = core.link(ROLE_FRONT)
    signer = core.link(ROLE_SIGNER)
    signer.send(frame(KEY, 0, struct.pack(">II", 0, 0) + text(b"") + text(
        issuing) + text(b"token") + text(b"")))
    signer.send(frame(KEYS_DONE, 0, struct.pack(">I", 0) + text(b"")))
    sock, conn = core.client(front)
    front.send(frame(SIGN, 9, sign(
        conn, spki=spki, sans=[(0, b"www.demo.test")])))
    ident = signer.await_message(SIGN_BYTES)[1]
    for former in range(1, 20):
        signer.send(frame(SIGNED, former, struct.pack(
            ">I", 0) + text(b"") + text(b"of another time")))
    signer.send(frame(SIGNED, ident, struct.pack(
        ">I", 0) + text(b"") + text(b"\x30\x00 a lie")))
    assert front.await_message(PROBLEM)[1] == 9
    failed = [r for r in records(core.ca) if r["kind"] == "FAILED"]
    assert len(failed) == 1 and failed[0]["possibly_signed"]
    sock.close()


def test_garbage_from_front(core):
    """Whatever the bytes: the link ends, core does not."""
    chance = random.Random(1)
    for _ in range(40):
        front = core.link(ROLE_FRONT)
        body = chance.randbytes(chance.randrange(200))
        front.send(frame(chance.choice([SIGN, REFUSED, QUERY, CLOSED]),
                         chance.getrandbits(64), body))
        core.lose(front)
    core.assert_serves(core.link(ROLE_FRONT))
    assert core.process.poll() is None
    assert pathlib.Path(core.ca.log).exists()
