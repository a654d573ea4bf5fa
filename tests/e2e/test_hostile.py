# SPDX-License-Identifier: Apache-2.0
"""Clients that mean harm: nobody else notices, and nothing of them stays."""

import os
import pathlib
import random
import re
import socket
import struct
import threading
import time

import pytest

from harness import descriptors, wait_for

SETTLE_S = 15


def connect(agent):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(5)
    sock.connect(str(agent.ca.socket))
    return sock


def held(agent):
    return {role: len(descriptors(pid))
            for role, pid in agent.roles().items()}


def resident_kb(agent):
    found = {}
    for role, pid in agent.roles().items():
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        found[role] = int(re.search(r"VmRSS:\s+(\d+)", status)[1])
    return found


def assert_no_report(agent):
    text = agent.log()
    for word in ("AddressSanitizer", "runtime error", "LeakSanitizer"):
        assert word not in text, text


@pytest.mark.parametrize("path", [
    "/api/v1/certificates/" + "a" * 257,
    "/api/v1/certificates/" + "a" * 4000,
    "/api/v1/certificates/%00" + "%41" * 300,
    "/api/v1/issuers/" + "i" * 300 + "/chain",
    "/api/v1/certificates?name=" + "n" * 300,
    "/api/v1/certificates?policy=" + "n" * 300,
    "/api/v1/policies/" + "p" * 300 + "/sign",
])
def test_long_names_are_refused_and_no_more(shared_agent, path):
    before = shared_agent.roles()
    method = "POST" if path.endswith("sign") else "GET"
    assert shared_agent.ask(method, path, body=b"x" if method == "POST"
                            else None).status in (400, 404, 422)
    assert shared_agent.status()["ready"]
    assert shared_agent.roles() == before


def hang_up(agent, request):
    """Half a request, or a whole one, and gone before the answer."""
    sock = connect(agent)
    sock.sendall(request[:random.randrange(1, len(request) + 1)])
    if random.random() < 0.3:
        sock.shutdown(socket.SHUT_WR)
    sock.close()


def pipeline(agent, request):
    sock = connect(agent)
    sock.sendall(request * 50)
    sock.recv(random.randrange(1, 4096))
    sock.close()


def garbage(agent, request):
    sock = connect(agent)
    sock.sendall(random.randbytes(random.randrange(1, 3000)))
    sock.close()


def damaged(agent, request):
    data = bytearray(request)
    for _ in range(5):
        data[random.randrange(len(data))] = random.randrange(256)
    sock = connect(agent)
    sock.sendall(data)
    sock.close()


def oversized(agent, request):
    sock = connect(agent)
    sock.sendall(b"POST /api/v1/sign?policy=server HTTP/1.1\r\nHost: x\r\n"
                 b"Content-Length: 1000000000\r\n\r\n" + b"x" * 200000)
    sock.close()


def rapid_reset(agent, request):
    """CVE-2023-44487: streams opened and reset at once."""
    def frame(kind, flags, stream, body):
        return (struct.pack(">I", len(body))[1:] + bytes([kind, flags]) +
                struct.pack(">I", stream) + body)

    # :method GET, :scheme http, :path /api/v1/status, :authority x
    head = (b"\x82\x86\x04" + bytes([14]) + b"/api/v1/status" +
            b"\x01\x01x")
    data = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")
    for stream in range(1, 800, 2):
        data += frame(1, 5, stream, head)
        data += frame(3, 0, stream, struct.pack(">I", 8))
    sock = connect(agent)
    sock.sendall(data)
    sock.close()


def idle(agent, request):
    """Holds what it may hold, slowly says a little, and goes."""
    sock = connect(agent)
    for byte in request[:5]:
        sock.sendall(bytes([byte]))
        time.sleep(0.01)
    sock.close()


HABITS = [hang_up, pipeline, garbage, damaged, oversized, rapid_reset, idle]


def misbehave(agent, request, until):
    while time.monotonic() < until:
        try:
            random.choice(HABITS)(agent, request)
        except OSError:
            pass  # being thrown out is what it wants to provoke


def in_flight(agent):
    return agent.status()["counters"]["in_flight"]


def open_connections(agent):
    return agent.status()["counters"]["open_connections"]


def test_hostile_clients_disturb_nobody_and_leave_nothing(agent, ca):
    csr, _ = ca.csr()
    body = pathlib.Path(csr).read_bytes()
    request = (b"POST /api/v1/sign?policy=server HTTP/1.1\r\nHost: x\r\n"
               b"Content-Length: %d\r\n\r\n" % len(body)) + body
    misbehave(agent, request, time.monotonic() + 1)
    wait_for("it is quiet", lambda: open_connections(agent) == 1 and
             in_flight(agent) == 0, SETTLE_S)
    roles, fds, resident = (agent.roles(), held(agent),
                            resident_kb(agent))
    until = time.monotonic() + 6
    threads = [threading.Thread(target=misbehave, args=(
        agent, request, until)) for _ in range(6)]
    for thread in threads:
        thread.start()
    served = 0
    while time.monotonic() < until:
        answer = agent.sign(body)
        assert answer.status == 200, answer.text
        served += 1
    for thread in threads:
        thread.join()
    assert served > 20
    wait_for("everything has ended", lambda: open_connections(agent) == 1 and
             in_flight(agent) == 0, SETTLE_S)
    assert agent.roles() == roles, agent.log()
    wait_for("descriptors are given back", lambda: all(
        n <= fds[role] for role, n in held(agent).items()))
    # A sanitizer keeps what was freed for a while, up to 256 MB.
    more = 20000 if "seccomp" in agent.status()["sandbox"] else 400000
    for role, kb in resident_kb(agent).items():
        assert kb < resident[role] + more, (role, resident[role], kb)
    assert_no_report(agent)


def test_a_front_that_is_stopped_is_not_for_ever(agent, ca):
    """Its link fills with connections and breaks; another one takes over."""
    csr, _ = ca.csr()
    assert agent.sign(csr).status == 200
    front = agent.roles()["front"]
    os.kill(front, 19)
    socks = []
    try:
        for _ in range(60):
            socks.append(connect(agent))
        time.sleep(0.3)
    finally:
        os.kill(front, 18)
        for sock in socks:
            sock.close()
    wait_for("service is back", lambda: agent.sign(csr).status == 200, 10)


def test_the_agent_ends_although_front_does_not(agent, ca):
    front = agent.roles()["front"]
    os.kill(front, 19)
    begun = time.monotonic()
    agent.stop()
    assert time.monotonic() - begun < 14
    assert not pathlib.Path(f"/proc/{front}").exists()
    agent.start()
