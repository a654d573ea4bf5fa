# SPDX-License-Identifier: Apache-2.0
"""Start, reload, systemd's protocols, both versions of HTTP, dry runs."""

import json
import signal
import socket
import subprocess
import threading

import pytest

from harness import (PRIVYSEALD, Agent, Ca, UnixConnection, log_verify, records,
                     run, wait_for)

ACTIVATE = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(16)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_socket_activation(ca):
    process = subprocess.Popen(
        ["/usr/bin/python3", "-c", ACTIVATE, str(ca.socket), str(PRIVYSEALD),
         "-c", str(ca.config)], stdout=subprocess.DEVNULL,
        stderr=open(ca.dir / "agent.out", "ab"))
    running = Agent(ca)
    running.process = process
    try:
        # Bound before the agent runs: the first question simply waits.
        wait_for("the socket", ca.socket.exists)
        wait_for("ready", running.is_ready)
        csr, _ = ca.csr()
        assert running.sign(csr).status == 200
    finally:
        process.terminate()
        process.wait(15)
    assert ca.socket.exists(), "the socket is not ours to remove"


def test_systemd_is_told(ca):
    path = ca.dir / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(path))
        told.settimeout(15)
        env = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "400000"}
        with Agent(ca, env=env) as running:
            states = [told.recv(256) for _ in range(3)]
            assert states[0] == b"READY=1"
            assert b"WATCHDOG=1" in states[1:]
            running.stop()
        rest = set()
        told.setblocking(False)
        try:
            while True:
                rest.add(told.recv(256))
        except BlockingIOError:
            pass
        assert b"STOPPING=1" in rest


def test_check_says_what_is_there(ca):
    done = run(PRIVYSEALD, "-n", "-c", ca.config)
    assert "1 issuer, 2 policies: fine" in done.stdout


def test_check_says_all_that_is_wrong(ca):
    ca.policy("bad", "version: 1\nname: bad\nissuer: nobody\nwhat: ever\n")
    done = run(PRIVYSEALD, "-n", "-c", ca.config, check=False)
    assert done.returncode == 78
    assert "bad.yaml:4:" in done.stderr


def test_a_policy_for_an_issuer_that_is_not_there(ca):
    text = (ca.policies / "server.yaml").read_text()
    ca.policy("lost", text.replace("name: server", "name: lost", 1).replace(
        "issuer: issuing-1", "issuer: elsewhere", 1))
    done = run(PRIVYSEALD, "-n", "-c", ca.config, check=False)
    assert done.returncode == 78
    assert "elsewhere" in done.stderr and "lost.yaml:" in done.stderr


@pytest.mark.parametrize("options", [["-x"], ["extra"], ["--role", "queen"]])
def test_a_wrong_command_line(options):
    done = run(PRIVYSEALD, *options, check=False)
    assert done.returncode == 2
    assert "usage: privyseald" in done.stderr


def test_sighup_reads_the_policies_again(agent, ca):
    before = agent.status()
    text = (ca.policies / "server.yaml").read_text()
    ca.policy("second", text.replace("name: server", "name: second", 1))
    agent.process.send_signal(signal.SIGHUP)
    wait_for("three policies", lambda: agent.status()["policies"] == 3)
    assert agent.status()["policy_hash"] != before["policy_hash"]
    csr, _ = ca.csr()
    assert agent.sign(csr, "second").status == 200
    kinds = [r["kind"] for r in records(ca)]
    assert kinds.count("POLICY") == 2


def test_requests_keep_the_rules_they_began_with(agent, ca):
    """Reloading under load: every answer is of one set or of the other."""
    csr, _ = ca.csr()
    seen, stopping = set(), threading.Event()

    def ask_on():
        while not stopping.is_set():
            seen.add(agent.sign(csr).status)

    thread = threading.Thread(target=ask_on)
    thread.start()
    text = (ca.policies / "server.yaml").read_text()
    for i in range(10):
        ca.policy("server", text + f"# {i}\n")
        assert agent.post("/api/v1/reload", b"",
                          sock=ca.admin).status == 200
    stopping.set()
    thread.join()
    assert seen == {200}
    log_verify(ca)


def test_curl_prints_a_chain_that_openssl_accepts(agent, ca, tmp_path):
    csr, _ = ca.csr()
    for version in ("--http1.1", "--http2-prior-knowledge"):
        chain = tmp_path / "chain.pem"
        done = run("curl", "--silent", "--show-error", version,
                   "--unix-socket", ca.socket, "--data-binary", f"@{csr}",
                   "http://localhost/api/v1/sign?policy=server")
        chain.write_text(done.stdout)
        verified = run("openssl", "verify", "-x509_strict", "-purpose",
                       "sslserver", "-verify_hostname", "www.demo.test",
                       "-CAfile", ca.root, "-untrusted", chain, chain)
        assert "OK" in verified.stdout


def test_json_in_and_out(agent, ca):
    csr, _ = ca.csr()
    body = json.dumps({"policy": "server", "csr": csr.read_text(),
                       "ttl": "1h"}).encode()
    answer = agent.post("/api/v1/sign", body,
                        headers={"Content-Type": "application/json"})
    assert answer.status == 200, answer.text
    assert answer.type == "application/json"
    told = answer.json
    assert told["certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert len(told["chain"]) == 1 and told["root"]
    assert told["policy"] == "server" and told["issuer"] == "issuing-1"
    # The same certificate by its serial number, for its own caller.
    found = agent.get(f"/api/v1/certificates/{told['serial']}")
    assert found.json["certificate"] == told["certificate"]
    assert found.json["log_seq"] == told["log_seq"]
    assert agent.get("/api/v1/certificates/00ff").status == 404


def test_many_requests_on_one_connection(agent, ca):
    csr, _ = ca.csr()
    connection = UnixConnection(ca.socket)
    serials = set()
    for _ in range(20):
        connection.request("POST", "/api/v1/sign?policy=server",
                           body=csr.read_bytes(),
                           headers={"Accept": "application/json"})
        serials.add(json.loads(connection.getresponse().read())["serial"])
    connection.close()
    assert len(serials) == 20


def test_explain_touches_no_token(agent, ca):
    """It answers while the signer cannot: nothing is signed or recorded."""
    csr, _ = ca.csr()
    before = len(records(ca))
    answer = agent.post("/api/v1/policies/server/explain", csr.read_bytes())
    assert answer.status == 200
    told = answer.json
    assert told["allowed"] is True
    assert told["certificate"]["names"] == ["dns:www.demo.test"]
    assert told["certificate"]["ext_usage"] == ["server-auth"]
    bad, _ = ca.csr("www.example.org")
    told = agent.post("/api/v1/explain?policy=server",
                      bad.read_bytes()).json
    assert told["allowed"] is False and told["certificate"] is None
    assert told["reasons"][0]["code"] == "san.dns.not-allowed"
    assert [r["kind"] for r in records(ca)[before:]] == []


def test_what_was_issued_is_listed_by_pages(agent, ca):
    csr, _ = ca.csr()
    for _ in range(5):
        assert agent.sign(csr).status == 200
    first = agent.get("/api/v1/certificates?limit=3").json
    assert len(first["certificates"]) == 3
    rest = agent.get(
        f"/api/v1/certificates?limit=3&before={first['next']}").json
    assert len(rest["certificates"]) == 2 and rest["next"] is None
    seqs = [c["log_seq"] for c in first["certificates"] +
            rest["certificates"]]
    assert seqs == sorted(seqs, reverse=True)


def test_key_kinds_of_subjects(agent, ca):
    for kind in ("ec", "p384", "rsa", "rsa3072", "ed25519"):
        csr, _ = ca.csr(f"{kind}.demo.test", key=kind)
        answer = agent.sign(csr)
        assert answer.status == 200, f"{kind}: {answer.text}"


@pytest.mark.parametrize("kind,signature", [
    ("ecdsa-p384", None), ("ecdsa-p521", None), ("rsa", None),
    ("rsa", "rsa-pss-sha256"), ("ed25519", None)])
def test_key_kinds_of_issuers(tmp_path, kind, signature):
    ca = Ca(tmp_path, "--kind", kind)
    if signature:
        ca.edit(r"^(    certificate: .*issuing.*)$",
                r"\1\n    signature: " + signature)
    csr, _ = ca.csr()
    with Agent(ca) as running:
        answer = running.sign(csr)
        assert answer.status == 200, answer.text
        chain = tmp_path / "chain.pem"
        chain.write_bytes(answer.body)
        done = run("openssl", "verify", "-x509_strict", "-CAfile", ca.root,
                   "-untrusted", chain, chain)
        assert "OK" in done.stdout
    log_verify(ca)


def test_the_index_is_rebuilt_from_the_log(ca):
    csr, _ = ca.csr()
    with Agent(ca) as running:
        serial = running.sign(csr, headers={
            "Accept": "application/json"}).json["serial"]
    for path in (ca.dir / "state").glob("index.db*"):
        path.unlink()
    with Agent(ca) as running:
        assert running.get(f"/api/v1/certificates/{serial}").status == 200


def test_a_corrupt_index_stops_nobody(ca):
    csr, _ = ca.csr()
    with Agent(ca) as running:
        assert running.sign(csr).status == 200
    for path in (ca.dir / "state").glob("index.db*"):
        path.unlink()
    (ca.dir / "state" / "index.db").write_bytes(b"no database " * 1000)
    with Agent(ca) as running:
        assert running.sign(csr).status == 200
        answer = running.get("/api/v1/certificates")
        assert (answer.status, answer.code) == (503, "index")
        assert "rebuild" in answer.json["detail"]


def test_a_log_with_a_torn_end_goes_on(ca):
    csr, _ = ca.csr()
    with Agent(ca) as running:
        assert running.sign(csr).status == 200
    whole = ca.log.read_bytes().rstrip(b"\0")
    ca.log.write_bytes(whole[:-7])
    with Agent(ca) as running:
        assert running.sign(csr).status == 200
    log_verify(ca)


def test_a_log_that_was_changed_is_not_gone_on_with(ca):
    csr, _ = ca.csr()
    with Agent(ca) as running:
        assert running.sign(csr).status == 200
    data = bytearray(ca.log.read_bytes())
    data[len(data) // 3] ^= 1
    ca.log.write_bytes(bytes(data))
    done = subprocess.run([str(PRIVYSEALD), "-c", str(ca.config)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=30, check=False)
    assert done.returncode == 74, done.stdout
    assert "log" in done.stdout
    assert ca.log.read_bytes() == bytes(data), "evidence is not touched"
