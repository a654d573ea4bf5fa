# SPDX-License-Identifier: Apache-2.0
"""privyseal and a running agent: what is asked, what comes back."""

import json

import pytest

import harness
from command import agent_environment, assert_no_report, openssl


def sign(served, path, *more, code=0, policy="server"):
    return served.cli("sign", "--policy", policy, path, *more, code=code)


def test_sign_prints_a_chain(served):
    request = served.request("--dns", "www.demo.test", "--ip", "127.0.0.1")
    result = sign(served, request)
    chain = served.dir / "chain.pem"
    chain.write_text(result.out)
    assert result.out.count("BEGIN CERTIFICATE") == 2
    assert "issued by issuing-1 under policy server" in result.err
    openssl("verify", "-x509_strict", "-CAfile", served.root, "-untrusted",
            chain, "-verify_hostname", "www.demo.test", "-purpose",
            "sslserver", chain)
    assert sign(served, request, "--quiet").err == ""


def test_sign_into_files(served):
    request = served.request("--dns", "www.demo.test")
    out, root = served.dir / "out.pem", served.dir / "r.pem"
    result = sign(served, request, "--out", out, "--root", root)
    assert result.out == ""
    assert root.read_text() == served.root.read_text()
    openssl("verify", "-CAfile", root, "-untrusted", out, out)
    sign(served, request, "--leaf", "--out", out)
    assert out.read_text().count("BEGIN CERTIFICATE") == 1


def test_sign_takes_der_and_standard_input(served):
    request = served.request("--dns", "www.demo.test")
    der = openssl("req", "-in", request, "-outform", "DER")
    for words in ([], ["-"]):
        out = served.cli("sign", "--policy", "server", *words,
                         stdin=der).out
        assert out.startswith("-----BEGIN CERTIFICATE")


def test_sign_for_programs(served):
    request = served.request("--dns", "www.demo.test")
    made = sign(served, request, "--json", "--ttl", "2h").json
    assert made["policy"] == "server" and made["issuer"] == "issuing-1"
    shown = served.cli("--json", "show",
                       stdin=made["certificate"].encode()).json[0]
    assert shown["serial"] == made["serial"]
    assert shown["not_after"] == made["not_after"]


def test_sign_denied(served):
    request = served.request("--dns", "www.example.org", "--ip", "10.9.8.7")
    result = sign(served, request, code=3)
    assert result.out == ""
    assert "(san.dns.not-allowed)" in result.err
    assert "(san.ip.not-allowed)" in result.err
    assert "server.yaml:" in result.err
    problem = sign(served, request, "--json", code=3).problem
    assert problem["class"] == "DENIED" and problem["retryable"] is False
    assert len(problem["reasons"]) == 2


@pytest.mark.parametrize("policy", ["sever", "a/b", "x" * 200, "%2e%2e"])
def test_sign_under_a_policy_that_is_none(served, policy):
    request = served.request("--dns", "www.demo.test")
    result = sign(served, request, policy=policy, code=2)
    assert result.out == ""


def test_sign_of_something_else(served):
    assert "(pem." in sign(served, served.root, code=2).err
    assert "No such file" in sign(served, "/nowhere", code=2).err


def test_sign_of_a_broken_request(served):
    request = served.request("--dns", "www.demo.test")
    der = bytearray(openssl("req", "-in", request, "-outform", "DER"))
    der[-1] ^= 1
    result = served.cli("sign", "--policy", "server", stdin=bytes(der),
                        code=2)
    assert "(csr.signature" in result.err


def test_root_into_a_place_that_is_none(served):
    request = served.request("--dns", "www.demo.test")
    result = sign(served, request, "--out", "/nowhere/x", code=2)
    assert "/nowhere/x" in result.err


def test_list_show_and_pages(served):
    request = served.request("--dns", "www.demo.test")
    client = served.request("--dns", "c.demo.test", stem="client")
    serials = [sign(served, request, "--json").json["serial"]
               for _ in range(3)]
    serials.append(sign(served, client, "--json",
                        policy="client").json["serial"])
    found = served.cli("--json", "list").json["certificates"]
    assert [row["serial"] for row in found] == serials[::-1]
    text = served.cli("list").out
    assert all(serial in text for serial in serials)
    page = served.cli("--json", "list", "--limit", "2").json
    assert len(page["certificates"]) == 2 and page["next"]
    assert "there are more" in served.cli("list", "--limit", "2").err
    assert len(served.cli("--json", "list", "--all").json[
        "certificates"]) == 4
    only = served.cli("--json", "list", "--policy", "client").json
    assert [row["serial"] for row in only["certificates"]] == serials[3:]
    only = served.cli("--json", "list", "--name", "c.demo").json
    assert [row["serial"] for row in only["certificates"]] == serials[3:]
    shown = served.cli("--json", "show", "--serial", serials[0]).json[0]
    assert shown["serial"] == serials[0]


def test_show_of_a_serial_that_is_none(served):
    assert "(not-found)" in served.cli("show", "--serial", "abcd", code=2).err
    assert "is not a serial" in served.cli("show", "--serial", "../x",
                                           code=2).err


def test_explain_agrees_with_the_files(served):
    for name in ("www.demo.test", "www.example.org"):
        request = served.request("--dns", name)
        code = 0 if "demo" in name else 3
        there = served.cli("--json", "explain", request, "--policy",
                           "server", code=code).json
        here = served.cli("--json", "policy", "explain", request, "--policy",
                          "server", code=code).json
        for key in ("allowed", "policy", "policy_hash", "reasons"):
            assert there[key] == here[key]
        assert served.cli("explain", request, "--policy", "server",
                          code=code).err == ""
    assert served.cli("--json", "list").json["certificates"] == []


def test_questions(served):
    status = served.cli("--json", "status").json
    assert status["ready"] is True
    assert "version" in served.cli("status").out
    assert served.cli("--json", "health").json["status"] == "ok"
    names = [p["name"] for p in served.cli("--json", "policy",
                                           "list").json["policies"]]
    assert names == ["client", "server"]
    assert "client.yaml" in served.cli("policy", "list").out
    issuer = served.cli("--json", "issuers").json["issuers"][0]
    assert issuer["name"] == "issuing-1"
    assert "issuing-1" in served.cli("issuers").out
    chain = served.cli("issuers", "--chain", "issuing-1").out
    assert chain.startswith(served.issuing.read_text())
    assert "(not-found)" in served.cli("issuers", "--chain", "other",
                                       code=2).err
    assert "not an issuer's name" in served.cli("issuers", "--chain", "a/b",
                                                code=2).err


def test_reload(served):
    before = served.cli("--json", "status").json["policy_hash"]
    text = (served.policies / "client.yaml").read_text()
    served.policy("extra", text.replace("name: client", "name: extra"))
    after = served.cli("--json", "reload").json
    assert after["policies"] == 3 and after["policy_hash"] != before


def test_reload_of_mistakes_keeps_the_old_set(served):
    before = served.cli("--json", "status").json["policy_hash"]
    served.policy("extra", "version: 1\nname: extra\nnose: red\n")
    result = served.cli("reload", code=2)
    assert "extra.yaml:3" in result.err and "(policy.invalid)" in result.err
    reasons = served.cli("--json", "reload", code=2).problem["reasons"]
    assert any(r["file"] == "extra.yaml" and r["line"] == 3 for r in reasons)
    assert served.cli("--json", "status").json["policy_hash"] == before


def test_reload_needs_the_admin_socket(served):
    result = served.cli("-s", served.socket, "reload", code=3)
    assert "(not-admin)" in result.err


def test_log_tells_all_and_verifies(served):
    request = served.request("--dns", "www.demo.test")
    foreign = served.request("--dns", "www.example.org", stem="foreign")
    serial = sign(served, request, "--json").json["serial"]
    sign(served, foreign, code=3)
    served.agent.stop()
    lines = [json.loads(line) for line in
             served.cli("--json", "log", "show").out.splitlines()]
    kinds = [line["kind"] for line in lines]
    assert [line["seq"] for line in lines] == list(range(len(lines)))
    assert kinds[0] == "START" and kinds[-1] == "STOP"
    for kind in ("INTENT", "ISSUED", "REFUSED", "POLICY", "KEY"):
        assert kind in kinds
    assert kinds.index("INTENT") < kinds.index("ISSUED")
    issued = lines[kinds.index("ISSUED")]
    assert issued["serial"] == serial
    assert issued["intent"] == kinds.index("INTENT")
    text = served.cli("log", "show", "--kind", "refused").out
    assert text.count("\n") == 1 and "san.dns.not-allowed" in text
    only = served.cli("log", "show", "--from", "2", "--limit", "1").out
    assert only.startswith("2 ") and only.count("\n") == 1
    summary = served.cli("--json", "log", "verify").json
    assert summary["issued"] == summary["signatures_checked"] == 1
    assert summary["records"] == len(lines)
    # Without the configuration: the file and a certificate are enough.
    from_file = served.cli("--json", "log", "verify", served.log, "--issuer",
                           served.issuing).json
    assert from_file == summary
    served.agent.start()


def test_log_verify_needs_the_right_issuer(served, cli):
    sign(served, served.request("--dns", "www.demo.test"))
    served.agent.stop()
    result = cli("log", "verify", served.log, "--issuer", served.root, code=5)
    assert "no certificate was given" in result.err
    result = cli("log", "verify", served.log)
    assert "were not checked" in result.err and "not checked" in result.out
    served.agent.start()


def test_log_verify_finds_every_changed_byte(served, cli):
    sign(served, served.request("--dns", "www.demo.test"))
    served.agent.stop()
    whole = served.log.read_bytes()
    copy = served.dir / "copy.log"
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        changed = bytearray(whole)
        changed[at] ^= 0x20
        copy.write_bytes(changed)
        result = cli("log", "verify", copy, "--issuer", served.issuing,
                     code=None)
        assert result.code == 5, (at, result)
        assert "(log.corrupt" in result.err
    served.agent.start()


def test_index_rebuild(served):
    serial = sign(served, served.request("--dns", "www.demo.test"),
                  "--json").json["serial"]
    result = served.cli("index", "rebuild", code=5)
    assert "(log.busy)" in result.err
    served.agent.stop()
    served.index.write_bytes(b"rubbish")
    assert served.cli("--json", "index", "rebuild").json["certificates"] == 1
    served.agent.start()
    found = served.cli("--json", "list").json["certificates"]
    assert [row["serial"] for row in found] == [serial]


@pytest.fixture
def locked(authority):
    """An agent whose token waits for its PIN."""
    authority.edit(r"^ *pin: .*$", "    pin: {ask: true}")
    running = harness.Agent(authority, agent_environment())
    running.start(ready=False)
    authority.agent = running
    harness.wait_for("an answer", lambda: authority.cli(
        "status", code=None).code == 0, 30)
    yield authority
    running.stop()
    assert_no_report(running.log())


def test_unlock(locked):
    request = locked.request("--dns", "www.demo.test")
    result = sign(locked, request, code=5)
    assert "privyseal unlock" in result.err or "PIN" in result.err
    assert locked.cli("health", code=5).err
    result = locked.cli("unlock", stdin=locked.pin_file.read_text())
    assert "token main is unlocked" in result.err
    sign(locked, request)


def test_unlock_with_a_wrong_pin(locked):
    result = locked.cli("unlock", "main", stdin="not-it\n", code=5)
    assert "(token.pin" in result.err
    request = locked.request("--dns", "www.demo.test")
    sign(locked, request, code=5)
    # An operator may try again, and then it is right.
    locked.cli("unlock", "main", stdin=locked.pin_file.read_text())
    sign(locked, request)


def test_unlock_of_nothing(locked):
    pin = locked.pin_file.read_text()
    result = locked.cli("unlock", "other", stdin=pin, code=2)
    assert "there is no token by that name" in result.err
    assert "is empty" in locked.cli("unlock", stdin="", code=2).err


def test_wait_for_a_token(locked):
    request = locked.request("--dns", "www.demo.test")
    assert sign(locked, request, "--wait", "1s", code=5).out == ""
