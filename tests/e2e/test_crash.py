# SPDX-License-Identifier: Apache-2.0
"""kill -9 of any role while clients issue: an error that may be retried or a
certificate, never one without a record, and service again within 2 seconds."""

import http.client
import pathlib
import threading
import time

import pytest

from harness import log_verify, records, wait_for

CLIENTS = 8


class Clients:
    """Eight who ask all the time, each by a new connection now and then."""

    def __init__(self, agent, csr):
        self.agent = agent
        self.csr = pathlib.Path(csr).read_bytes()
        self.certificates = []
        self.errors = []
        self.wrong = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.ask_on)
                        for _ in range(CLIENTS)]

    def ask_on(self):
        while not self.stopping.is_set():
            try:
                answer = self.agent.sign(self.csr, headers={
                    "Accept": "application/json"})
            except (OSError, http.client.HTTPException) as gone:
                self.errors.append(repr(gone))
                time.sleep(0.01)
                continue
            if answer.status == 200:
                self.certificates.append((time.monotonic(), answer.json))
            elif answer.status == 503 and answer.json["retryable"]:
                self.errors.append(answer.code)
                time.sleep(0.01)
            else:
                self.wrong.append((answer.status, answer.text))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        wait_for("certificates", lambda: len(self.certificates) > 20)
        return self

    def __exit__(self, *ignored):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("role", ["front", "core", "signer"])
def test_service_is_back_and_nothing_is_unrecorded(agent, ca, role):
    csr, _ = ca.csr()
    with Clients(agent, csr) as clients:
        for _ in range(3):
            old = agent.roles()[role]
            agent.kill(role)
            killed = time.monotonic()
            wait_for("service is back", lambda: any(
                at > killed + 0.05 for at, _ in clients.certificates), 2.0)
            wait_for("a new process", lambda: agent.roles().get(
                role, old) != old)
    assert clients.wrong == []
    recorded = {r["seq"]: r for r in records(ca) if r["kind"] == "ISSUED"}
    for _, certificate in clients.certificates:
        assert certificate["log_seq"] in recorded
        assert recorded[certificate["log_seq"]][
            "serial"] == certificate["serial"]
    log_verify(ca)


def test_no_serial_number_is_used_twice(agent, ca):
    csr, _ = ca.csr()
    with Clients(agent, csr) as clients:
        agent.kill("signer")
        wait_for("a new signer", lambda: "signer" in agent.roles())
        time.sleep(0.5)
        agent.kill("core")
        time.sleep(0.5)
    serials = [c["serial"] for _, c in clients.certificates]
    assert len(serials) == len(set(serials))
    log_verify(ca)


def test_the_end_is_recorded(agent, ca):
    csr, _ = ca.csr()
    assert agent.sign(csr).status == 200
    assert agent.stop() == 0
    kinds = [r["kind"] for r in records(ca)]
    assert kinds[0] == "START" and kinds[-1] == "STOP"
    log_verify(ca)
    agent.start()


def test_requests_in_flight_are_finished_before_the_end(agent, ca):
    csr, _ = ca.csr()
    with Clients(agent, csr) as clients:
        assert agent.stop() == 0
    assert clients.wrong == []
    recorded = {r["seq"] for r in records(ca) if r["kind"] == "ISSUED"}
    assert {c["log_seq"] for _, c in clients.certificates} <= recorded
    # Every intent has an end: nothing was cut off.
    intents = [r for r in records(ca) if r["kind"] == "INTENT"]
    ends = [r for r in records(ca) if r["kind"] in ("ISSUED", "FAILED")]
    assert len(intents) == len(ends)
    agent.start()
