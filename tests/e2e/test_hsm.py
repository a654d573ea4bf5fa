# SPDX-License-Identifier: Apache-2.0
"""A token that hangs, dies, lies or signs wrongly: a bounded wait, an error
that may be retried, never a bad certificate, and never two tries at a PIN."""

import collections
import re
import threading
import time

import pytest

from harness import SHIM, Agent, descriptors, log_verify, records, wait_for

FLIPS = ["flip", "short", "garbage", "otherkey"]


class Shim:
    """The CA's token behind the module that goes wrong on demand."""

    def __init__(self, ca, deadline="2s"):
        where = ca.dir / "shim"
        where.mkdir()
        self.rules = where / "rules"
        self.calls = where / "calls"
        self.rules.write_text("")
        self.calls.write_text("")
        real = re.search(r"module: *'?([^'\n]+)'?", ca.config.read_text())[1]
        ca.edit(r"module: .*", f"module: '{SHIM}'\n    deadline: {deadline}")
        ca.edit(r"environment: {", "environment: {"
                f"P11_SHIM_MODULE: '{real}', P11_SHIM_RULES: '{self.rules}', "
                f"P11_SHIM_LOG: '{self.calls}', ")
        ca.edit(r"writable: \[", f"writable: ['{where}', ")

    def rule(self, *lines):
        """In place, so that the module's open descriptor sees it."""
        with open(self.rules, "r+", encoding="ascii") as rules:
            rules.truncate()
            rules.write("".join(f"{line}\n" for line in lines))

    def counts(self):
        return collections.Counter(
            words[0] for words in map(
                str.split, self.calls.read_text().splitlines())
            if words[1].startswith("rv="))


@pytest.fixture
def shim(ca):
    return Shim(ca)


def test_one_signinit_and_one_sign_for_a_certificate(ca, shim):
    csr, _ = ca.csr()
    with Agent(ca) as agent:
        assert agent.sign(csr).status == 200
        before = shim.counts()
        for _ in range(50):
            assert agent.sign(csr).status == 200
        made = shim.counts() - before
    assert made == {"C_SignInit": 50, "C_Sign": 50}


def test_a_hung_token_is_a_wait_for_one_deadline(ca, shim):
    csr, _ = ca.csr()
    with Agent(ca) as agent:
        shim.rule("C_Sign hang count=1")
        old = agent.roles()["signer"]
        began = time.monotonic()
        answer = agent.sign(csr)
        waited = time.monotonic() - began
        assert (answer.status, answer.code) == (503, "token.timeout")
        assert 1.5 < waited < 4
        assert answer.json["retryable"] is True
        wait_for("another signer", lambda: agent.roles().get(
            "signer", old) != old)
        assert agent.sign(csr).status == 200
        failed = [r for r in records(ca) if r["kind"] == "FAILED"]
        assert len(failed) == 1 and failed[0]["possibly_signed"] is True
    log_verify(ca)


def test_others_are_answered_while_a_token_hangs(ca, shim):
    csr, _ = ca.csr()
    with Agent(ca) as agent:
        shim.rule("C_Sign hang")
        stuck = [threading.Thread(target=agent.sign, args=(csr,))
                 for _ in range(4)]
        for thread in stuck:
            thread.start()
        time.sleep(0.3)
        began = time.monotonic()
        assert agent.get("/api/v1/policies").status == 200
        explained = agent.post("/api/v1/explain?policy=server",
                               csr.read_bytes())
        assert explained.status == 200
        assert time.monotonic() - began < 1.0
        shim.rule("")
        for thread in stuck:
            thread.join()
        wait_for("service", lambda: agent.sign(csr).status == 200)


@pytest.mark.parametrize("fault", ["rv=0x30", "rv=0x82", "rv=0xb3", "segv",
                                   "abort", "exit"])
def test_a_fault_is_a_short_wait(ca, shim, fault):
    """The same bytes are signed by the next signer: the caller waits."""
    csr, _ = ca.csr()
    with Agent(ca) as agent:
        assert agent.sign(csr).status == 200
        shim.rule(f"C_Sign {fault} count=1")
        answer = agent.sign(csr)
        assert answer.status == 200, answer.text
        assert agent.sign(csr).status == 200
    log_verify(ca)


def test_a_token_that_stays_away(ca, shim):
    csr, _ = ca.csr()
    with Agent(ca) as agent:
        assert agent.sign(csr).status == 200
        shim.rule("C_Sign rv=0x30", "C_GetSlotList vanish")
        answer = agent.sign(csr)
        assert answer.status == 503 and answer.json["retryable"]
        assert agent.get("/api/v1/health").status == 503
        shim.rule("")
        wait_for("the token is back",
                 lambda: agent.sign(csr).status == 200, 20)
    log_verify(ca)


@pytest.mark.parametrize("fault", FLIPS)
def test_a_wrong_signature_never_leaves(ca, shim, fault):
    csr, _ = ca.csr()
    with Agent(ca) as agent:
        assert agent.sign(csr).status == 200
        call = "C_SignInit" if fault == "otherkey" else "C_Sign"
        shim.rule(f"{call} {fault} count=1")
        answer = agent.sign(csr)
        assert (answer.status, answer.code) == (503, "token.signature")
        assert agent.sign(csr).status == 200
        failed = [r for r in records(ca) if r["kind"] == "FAILED"]
        assert failed[-1]["code"] == "token.signature"
    log_verify(ca)


def test_the_second_wrong_signature_stops_the_issuer(ca, shim):
    csr, _ = ca.csr()
    with Agent(ca) as agent:
        shim.rule("C_Sign flip count=2")
        for _ in range(2):
            assert agent.sign(csr).code == "token.signature"
        # The token is good again, and is not believed any more.
        answer = agent.sign(csr)
        assert (answer.status, answer.code) == (503, "token.signature")
        assert "restarted" in answer.json["detail"]
        assert agent.get("/api/v1/health").status == 503
        agent.stop()
        agent.start()
        assert agent.sign(csr).status == 200
    log_verify(ca)


@pytest.mark.parametrize("lie,word", [
    ("CKA_EXTRACTABLE:true", "CKA_EXTRACTABLE"),
    ("CKA_SENSITIVE:false", "CKA_SENSITIVE"),
    ("CKA_NEVER_EXTRACTABLE:false", "CKA_NEVER_EXTRACTABLE"),
    ("CKA_ALWAYS_SENSITIVE:false", "CKA_ALWAYS_SENSITIVE"),
    ("CKA_WRAP:true", "CKA_WRAP"),
    ("CKA_DECRYPT:true", "CKA_DECRYPT"),
    ("CKA_DERIVE:true", "CKA_DERIVE"),
    ("CKA_MODIFIABLE:true", "CKA_MODIFIABLE")])
def test_a_key_that_could_leave_is_refused(ca, shim, lie, word):
    csr, _ = ca.csr()
    shim.rule(f"C_GetAttributeValue lie={lie}")
    agent = Agent(ca)
    agent.start(ready=False)
    try:
        def refused():
            if not ca.socket.exists():
                return None
            try:
                answer = agent.sign(csr)
            except OSError:
                return None
            return answer if answer.status != 200 else None
        answer = wait_for("a refusal", refused)
        assert (answer.status, answer.code) == (503, "key.unsafe")
        assert word in answer.json["detail"]
        assert shim.counts()["C_Sign"] == 0
    finally:
        agent.stop()


def test_a_risk_is_accepted_by_name_and_told_for_ever(ca, shim):
    csr, _ = ca.csr()
    shim.rule("C_GetAttributeValue lie=CKA_MODIFIABLE:true")
    ca.edit(r"^(    deadline: .*)$", r"\1\n    accept-risks: "
            r"[CKA_MODIFIABLE]")
    with Agent(ca) as agent:
        assert agent.sign(csr).status == 200
        assert agent.status()["tokens"][0]["accepted_risks"] == [
            "CKA_MODIFIABLE"]
        keys = [r for r in records(ca) if r["kind"] == "KEY"]
        assert "CKA_MODIFIABLE=true" in str(keys[0])


@pytest.mark.parametrize("rule", ["C_Login rv=0xa0",
                                  "C_GetTokenInfo pinflags=0x40000",
                                  "C_GetTokenInfo pinflags=0x20000"])
def test_a_pin_is_never_tried_twice(ca, shim, rule):
    """Wrong, locked, or one try left: however often the signer restarts."""
    csr, _ = ca.csr()
    shim.rule(rule)
    agent = Agent(ca)
    agent.start(ready=False)
    try:
        for _ in range(3):
            wait_for("a signer", lambda: "signer" in agent.roles())
            time.sleep(0.4)
            agent.kill("signer")
        time.sleep(1.0)
        assert shim.counts()["C_Login"] <= 1
        assert agent.sign(csr).status == 503
    finally:
        agent.stop()
    assert shim.counts()["C_Sign"] == 0


def test_descriptors_do_not_pile_up_over_restarts(ca, shim):
    csr, _ = ca.csr()
    with Agent(ca) as agent:
        def held(role):
            return len(descriptors(agent.roles()[role]))
        assert agent.sign(csr).status == 200
        before = {role: held(role) for role in ("core", "front")}
        parent = len(descriptors(agent.process.pid))
        for _ in range(8):
            shim.rule("C_Sign exit count=1", f"# {time.monotonic()}")
            assert agent.sign(csr).status in (200, 503)
            wait_for("service", lambda: agent.sign(csr).status == 200, 20)
        time.sleep(0.2)
        assert {role: held(role) for role in before} == before
        assert len(descriptors(agent.process.pid)) == parent
