# SPDX-License-Identifier: Apache-2.0
"""Clients that mean harm: nobody else notices, and nothing of them stays."""

import http.client
import os
import pathlib
import random
import re
import shutil
import socket
import struct
import subprocess
import threading
import time

import pytest

from harness import wait_for

SETTLE_S = 15


def connect(agent):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(5)
    sock.connect(str(agent.ca.socket))
    return sock


def descriptors(agent):
    return {role: len(os.listdir(f"/proc/{pid}/fd"))
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
