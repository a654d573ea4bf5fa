# SPDX-License-Identifier: Apache-2.0
"""What is wrong gets an error of its own, is recorded, and disturbs nobody."""

import base64
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import time

import pytest

from harness import (PRIVYSEAL, PRIVYSEALD, Agent, UnixConnection,
                     descriptors, records, run, wait_for)


def pem(der, label="CERTIFICATE REQUEST"):
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines,
                      f"-----END {label}-----", ""]).encode()


def der_of(csr):
    lines = csr.read_text().splitlines()
    return base64.b64decode("".join(
        line for line in lines if not line.startswith("-----")))


@pytest.fixture(scope="module")
def good(shared_agent):
    csr, _ = shared_agent.ca.csr("good.demo.test")
    return csr


def refused(agent, body, status, code, policy="server"):
    """The answer's class and code, and that it stands in the record."""
    answer = agent.post(f"/api/v1/sign?policy={policy}", body)
    assert answer.status == status, answer.text
    assert answer.type == "application/problem+json"
    assert answer.code == code, answer.text
    assert answer.json["detail"]
    last = [r for r in records(agent.ca) if r["kind"] == "REFUSED"][-1]
    assert last["code"] == code
    return answer


def test_not_pem(shared_agent):
    refused(shared_agent, b"hello", 422, "pem.invalid")


def test_pem_of_something_else(shared_agent):
    certificate = shared_agent.ca.root.read_bytes()
    refused(shared_agent, certificate, 422, "pem.invalid")


def test_not_der(shared_agent):
    refused(shared_agent, pem(b"\x00\x01\x02 not DER"), 422, "der.invalid")


def test_trailing_bytes(shared_agent, good):
    refused(shared_agent, pem(der_of(good) + b"\0"), 422,
            "csr.trailing-bytes")


def test_two_csrs(shared_agent, good):
    refused(shared_agent, good.read_bytes() * 2, 422, "csr.more-than-one")


def test_wrong_self_signature(shared_agent, good):
    der = bytearray(der_of(good))
    der[-1] ^= 1
    refused(shared_agent, pem(bytes(der)), 422, "csr.signature")


@pytest.mark.parametrize("digest", ["md5", "sha1"])
def test_weak_digests(shared_agent, digest):
    csr, _ = shared_agent.ca.csr(f"{digest}.demo.test", key="rsa",
                                 extra=[f"-{digest}"])
    refused(shared_agent, csr.read_bytes(), 422, "csr.algorithm")


def test_rsa_1024(shared_agent):
    csr, _ = shared_agent.ca.csr("short.demo.test", key="rsa1024")
    answer = refused(shared_agent, csr.read_bytes(), 422, "key.weak")
    assert "1024" in answer.json["detail"] and "2048" in answer.json["detail"]


def test_unknown_curve(shared_agent):
    ca = shared_agent.ca
    key, csr = ca.dir / "k1.key", ca.dir / "k1.csr"
    run("openssl", "ecparam", "-name", "secp256k1", "-genkey", "-noout",
        "-out", key)
    run("openssl", "req", "-new", "-key", key, "-subj", "/", "-out", csr,
        "-addext", "subjectAltName=DNS:k1.demo.test")
    refused(shared_agent, csr.read_bytes(), 422, "key.unknown")


CORPUS = pathlib.Path(__file__).resolve().parents[1] / "data" / "csr"


def corpus(kind):
    """The reader's own corpus: CSRs that no tool makes, and real ones."""
    files = [p for p in sorted((CORPUS / kind).iterdir())
             if p.suffix in (".der", ".pem")]
    assert len(files) > 20
    return files


@pytest.mark.parametrize("stem", ["attribute-twice", "extension-twice"])
def test_duplicate_attributes_and_extensions(shared_agent, stem):
    data = (CORPUS / "bad" / f"{stem}.der").read_bytes()
    refused(shared_agent, pem(data), 422, "csr.duplicate")


def test_every_bad_csr_of_the_corpus_gets_its_code(agent):
    wrong = []
    for path in corpus("bad"):
        want = path.with_suffix(".want").read_text().split()[0]
        kind = "application/pkcs10" if path.suffix == ".der" else "text/plain"
        answer = agent.post("/api/v1/sign?policy=server",
                            path.read_bytes(),
                            headers={"Content-Type": kind})
        if path.stat().st_size == 0:
            want = "request.invalid"  # there was no CSR to be read
        if answer.code != want:
            wrong.append((path.name, want, answer.text))
    assert wrong == []


def test_every_good_csr_of_the_corpus_is_read(agent):
    """Policy may say no to its names; the reader may not."""
    for path in corpus("good"):
        kind = "application/pkcs10" if path.suffix == ".der" else "text/plain"
        answer = agent.post("/api/v1/explain?policy=server",
                            path.read_bytes(),
                            headers={"Content-Type": kind})
        assert answer.status == 200, (path.name, answer.text)


def test_a_body_over_64_kib(shared_agent):
    answer = shared_agent.post("/api/v1/sign?policy=server",
                               b"x" * (64 * 1024 + 1))
    assert answer.status == 413
    assert answer.code == "request.too-large"


def test_a_csr_over_16_kib(shared_agent, good):
    refused(shared_agent, pem(der_of(good) + b"\0" * 20000), 413,
            "csr.too-large")


@pytest.mark.parametrize("wish", [
    ["-addext", "basicConstraints=critical,CA:TRUE"],
    ["-addext", "keyUsage=keyCertSign"]])
def test_a_ca_is_never_granted(shared_agent, wish):
    csr, _ = shared_agent.ca.csr("ca.demo.test", extra=wish)
    answer = refused(shared_agent, csr.read_bytes(), 403, "denied")
    assert "csr.asks-ca" in [r["code"] for r in answer.json["reasons"]]


def test_a_policy_that_does_not_exist(shared_agent, good):
    refused(shared_agent, good.read_bytes(), 404, "policy.unknown",
            policy="nobody")


def test_no_policy_named(shared_agent, good):
    answer = shared_agent.post("/api/v1/sign", good.read_bytes())
    assert answer.status == 400
    assert "policy" in answer.json["detail"]


def test_a_caller_who_is_not_named(shared_agent, good):
    """As another user: this test needs root to become somebody else."""
    if os.geteuid() != 0:
        # The same rule without another user: a policy for somebody else.
        pytest.skip("needs root")
    ca = shared_agent.ca
    walk = [ca.dir, *ca.dir.parents]
    for place in walk:
        if place == pathlib.Path("/tmp"):
            break
        place.chmod(place.stat().st_mode | 0o011)
    ca.socket.chmod(0o666)
    script = (
        "import os,sys,socket\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
        "b=sys.stdin.buffer.read()\n"
        "s.sendall(b'POST /api/v1/sign?policy=server HTTP/1.1\\r\\n"
        "Host: x\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n' "
        "% len(b) + b)\n"
        "d=b''\n"
        "while True:\n"
        "    r=s.recv(65536)\n"
        "    if not r: break\n"
        "    d+=r\n"
        "sys.stdout.write(d.decode())\n")
    done = run("/usr/bin/python3", "-c", script, str(ca.socket),
               input=good.read_bytes())
    text = done.stdout.decode()
    assert text.startswith("HTTP/1.1 403"), text
    assert "caller.not-named" in text
    # Who is not named learns nothing else.
    assert "san." not in text


def test_reasons_are_all_told_with_their_lines(shared_agent):
    csr, _ = shared_agent.ca.csr(
        "wrong.example", san="DNS:a.wrong.example,DNS:b.wrong.example,"
        "email:who@wrong.example")
    answer = refused(shared_agent, csr.read_bytes(), 403, "denied")
    reasons = answer.json["reasons"]
    assert len(reasons) >= 3
    for reason in reasons:
        assert reason["code"] and reason["text"]
        assert reason["file"].endswith("server.yaml")
    assert any(reason["line"] > 0 for reason in reasons)


@pytest.mark.parametrize("request_line,status", [
    (b"GET / HTTP/1.1\r\n\r\n", 400),             # no Host
    (b"GET /\n\n", 400),                          # bare LF
    (b"BREW /api/v1/sign HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    (b"POST /api/v1/sign HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n", 400),
    (b"GET /api/v1/policies HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 17000 +
     b"\r\n\r\n", 431),
])
def test_bad_http(shared_agent, request_line, status):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(str(shared_agent.ca.socket))
        s.sendall(request_line)
        answer = s.recv(65536)
    assert answer.startswith(b"HTTP/1.1 %d" % status), answer


def test_not_found_and_method(shared_agent):
    assert shared_agent.get("/nothing").status == 404
    answer = shared_agent.get("/api/v1/sign")
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"


def test_reload_needs_the_admin_socket(shared_agent):
    answer = shared_agent.post("/api/v1/reload", b"")
    assert (answer.status, answer.code) == (403, "not-admin")


def test_others_go_on_meanwhile(shared_agent, good):
    """A client that sends half a request disturbs nobody."""
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(str(shared_agent.ca.socket))
        slow.sendall(b"POST /api/v1/sign?policy=server HTTP/1.1\r\nHost:")
        for _ in range(5):
            assert shared_agent.sign(good).status == 200
        slow.settimeout(10)
        assert slow.recv(100).startswith(b"HTTP/1.1 408")


BAD_POLICY = """\
version: 1
name: bad
issuer: issuing-1
callers:
  - unix: {usr: root}
keys: [ecdsa-p999]
keys: [ecdsa-p256]
san:
  dns: {allow: ["a..b"]}
usage: {key: digital-signature, ext: [server-auth]}
validity: {default: soon, max: 90d}
surprise: yes
"""


def test_a_bad_policy_is_told_whole_and_the_old_set_stays(agent, ca):
    csr, _ = ca.csr()
    before = agent.status()["policy_hash"]
    ca.policy("bad", BAD_POLICY)
    answer = agent.post("/api/v1/reload", b"", sock=ca.admin)
    assert answer.code == "policy.invalid"
    lines = {r["line"] for r in answer.json["reasons"]}
    assert len(lines) >= 4, answer.text
    assert all(r["file"].endswith("bad.yaml") for r in answer.json["reasons"])
    assert agent.status()["policy_hash"] == before
    assert agent.sign(csr).status == 200
    (ca.policies / "bad.yaml").unlink()
    done = run(PRIVYSEAL, "-c", ca.config, "reload")
    assert "2" in done.stdout + done.stderr


def test_a_policy_that_others_may_write_is_refused(agent, ca):
    path = ca.policies / "server.yaml"
    path.chmod(0o666)
    answer = agent.post("/api/v1/reload", b"", sock=ca.admin)
    assert answer.code == "policy.invalid"
    assert "chmod" in answer.text
    path.chmod(0o644)
    assert agent.post("/api/v1/reload", b"", sock=ca.admin).status == 200


def start_fails(ca, *words, code=78):
    done = subprocess.run([str(PRIVYSEALD), "-c", str(ca.config)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=30, check=False)
    assert done.returncode == code, done.stdout
    for word in words:
        assert word in done.stdout, done.stdout


def test_a_half_written_configuration(ca):
    text = ca.config.read_text()
    ca.config.write_text(text[:len(text) // 2] + "\n  [")
    start_fails(ca, "privyseal.yaml:")


def test_an_unknown_key_in_the_configuration(ca):
    ca.config.write_text(ca.config.read_text() + "\nsokcet: x\n")
    start_fails(ca, "sokcet", "socket")


def test_an_issuer_without_a_certificate(ca):
    next((ca.dir / "ca").glob("issuing*.pem")).unlink()
    start_fails(ca, "issuing-1")


def test_a_socket_path_that_is_taken(ca):
    ca.socket.write_text("not a socket")
    start_fails(ca, "agent.sock")
    assert ca.socket.read_text() == "not a socket"


def test_a_second_agent_on_the_same_socket(agent, ca):
    start_fails(ca, "agent.sock")
    csr, _ = ca.csr()
    assert agent.sign(csr).status == 200


def unavailable(agent, csr, code):
    def answered():
        answer = agent.sign(csr)
        return answer if answer.status == 503 else None
    answer = wait_for(code, answered, 15)
    assert answer.code == code, answer.text
    assert answer.json["retryable"] is True
    return answer


def started(ca):
    running = Agent(ca)
    running.start(ready=False)
    wait_for("the socket", lambda: ca.socket.exists() and can_ask(running))
    return running


def can_ask(running):
    try:
        running.get("/api/v1/policies")
        return True
    except OSError:
        return False


def test_a_wrong_pin_is_tried_once(ca):
    csr, _ = ca.csr()
    pin = next((ca.dir / "secrets").glob("user*"))
    right = pin.read_text()
    pin.write_text("00000000\n")
    running = started(ca)
    try:
        unavailable(running, csr, "token.pin")
        # Over a restart of signer and agent the latch stays.
        running.kill("signer")
        wait_for("a new signer", lambda: "signer" in running.roles())
        unavailable(running, csr, "token.pin-latched")
        running.stop()
        pin.write_text(right)
        running = started(ca)
        answer = unavailable(running, csr, "token.pin-latched")
        assert "unlock" in answer.json["detail"]
        # An operator ends it, with the right PIN only.
        wrong = run(PRIVYSEAL, "-c", ca.config, "unlock", "main",
                    input="11111111\n", check=False)
        assert wrong.returncode == 5, wrong.stderr
        done = run(PRIVYSEAL, "-c", ca.config, "unlock", "main",
                   input=right)
        assert done.returncode == 0
        wait_for("a certificate",
                 lambda: running.sign(csr).status == 200)
        running.kill("signer")
        wait_for("a certificate again",
                 lambda: running.sign(csr).status == 200)
    finally:
        running.stop()


def test_a_pin_that_is_asked_for(ca):
    csr, _ = ca.csr()
    pin = next((ca.dir / "secrets").glob("user*")).read_text()
    ca.edit(r"pin: .*", "pin: {ask: true}")
    running = started(ca)
    try:
        unavailable(running, csr, "token.locked")
        run(PRIVYSEAL, "-c", ca.config, "unlock", "main", input=pin)
        wait_for("a certificate",
                 lambda: running.sign(csr).status == 200)
    finally:
        running.stop()


def test_a_missing_token(ca):
    csr, _ = ca.csr()
    ca.edit(r"uri: .*", "uri: 'pkcs11:token=elsewhere'")
    running = started(ca)
    try:
        assert running.get("/api/v1/health").status == 503
        answer = unavailable(running, csr, "token.down")
        assert "elsewhere" in answer.json["detail"]
    finally:
        running.stop()


def test_a_missing_key(ca):
    csr, _ = ca.csr()
    ca.edit(r"key: .*", "key: 'pkcs11:object=nobody'")
    running = started(ca)
    try:
        answer = unavailable(running, csr, "key.missing")
        assert "nobody" in answer.json["detail"]
    finally:
        running.stop()


def test_the_key_of_another_certificate(ca):
    csr, _ = ca.csr()
    ca.edit(r"key: .*", "key: 'pkcs11:object=root'")
    running = started(ca)
    try:
        unavailable(running, csr, "key.mismatch")
    finally:
        running.stop()


def test_a_module_that_is_none(ca):
    csr, _ = ca.csr()
    fake = ca.dir / "fake.so"
    fake.write_text("this is no module")
    ca.edit(r"module: .*", f"module: '{fake}'")
    running = started(ca)
    try:
        answer = unavailable(running, csr, "token.down")
        assert "fake.so" in answer.json["detail"]
        # The listener lives: other questions are answered.
        assert running.get("/api/v1/policies").status == 200
    finally:
        running.stop()


def test_a_log_that_cannot_be_written(ca):
    """RLIMIT_FSIZE stands in for a full disk: the write fails, issuing ends
    and says so, and the log that is there still verifies."""
    csr, _ = ca.csr()
    launcher = ca.dir / "small"
    launcher.write_text(
        "#!/bin/sh\nulimit -f 128\ntrap '' XFSZ\n"
        f"exec {PRIVYSEALD} -c {ca.config}\n")
    launcher.chmod(0o755)
    with open(ca.dir / "agent.out", "ab") as out:
        process = subprocess.Popen([str(launcher)], stdout=out, stderr=out)
    running = Agent(ca)
    running.process = process
    try:
        wait_for("the agent", lambda: ca.socket.exists() and
                 can_ask(running))
        wait_for("health", lambda: running.get(
            "/api/v1/health").status == 200)
        seen = set()
        for _ in range(200):
            answer = running.sign(csr)
            seen.add(answer.status)
            if answer.status != 200:
                assert answer.code == "log", answer.text
                break
        assert 503 in seen
        assert running.sign(csr).code == "log"
        assert running.get("/api/v1/health").status == 503
    finally:
        process.terminate()
        process.wait(15)
    run(PRIVYSEAL, "-c", ca.config, "log", "verify")


def test_a_log_that_somebody_else_writes(agent, ca, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(ca.dir, other, ignore=shutil.ignore_patterns("*.sock"))
    text = (other / "privyseal.yaml").read_text()
    text = text.replace("state-dir: state", f"state-dir: {ca.dir}/state")
    (other / "privyseal.yaml").write_text(text)
    done = subprocess.run(
        [str(PRIVYSEALD), "-c", str(other / "privyseal.yaml")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=30, check=False)
    assert done.returncode == 74, done.stdout
    assert "log" in done.stdout


def test_too_many_connections(ca):
    ca.config.write_text(ca.config.read_text() +
                         "\nlimits: {connections-per-uid: 4}\n")
    with Agent(ca) as running:
        held = [UnixConnection(ca.socket) for _ in range(4)]
        for connection in held:
            connection.request("GET", "/api/v1/policies")
            assert connection.getresponse().read()
        answer = running.get("/api/v1/policies")
        assert (answer.status, answer.code) == (429, "connections")
        held.pop().close()
        wait_for("room again", lambda: running.get(
            "/api/v1/policies").status == 200)
        for connection in held:
            connection.close()


def test_a_budget_a_caller(agent, ca):
    text = (ca.policies / "server.yaml").read_text()
    assert "limits:" not in text
    ca.policy("server", text.replace(
        "validity:", "limits: {per-caller: 3/h}\nvalidity:", 1))
    assert agent.post("/api/v1/reload", b"", sock=ca.admin).status == 200
    csr, _ = ca.csr()
    assert [agent.sign(csr).status for _ in range(3)] == [200] * 3
    answer = agent.sign(csr)
    assert (answer.status, answer.code) == (429, "rate")
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_flood_of_refusals_does_not_fill_the_log(agent, ca):
    for _ in range(300):
        assert agent.post("/api/v1/sign?policy=server", b"x").status == 422
    time.sleep(1.5)
    found = [r for r in records(ca) if r["kind"] == "REFUSED"]
    assert len(found) < 200
    assert sum(r["count"] for r in found) >= 300


def test_sockets_and_files_are_for_their_owner(agent, ca):
    assert stat.S_IMODE(ca.admin.stat().st_mode) == 0o600
    assert stat.S_IMODE(ca.unlock.stat().st_mode) == 0o600
    assert stat.S_IMODE(ca.log.stat().st_mode) == 0o600
    assert stat.S_IMODE((ca.dir / "state").stat().st_mode) == 0o700


def test_each_role_is_confined(agent):
    for role, pid in agent.roles().items():
        words = dict(line.split(":", 1) for line in pathlib.Path(
            f"/proc/{pid}/status").read_text().splitlines())
        assert words["NoNewPrivs"].strip() == "1", role
        if "seccomp" in agent.status()["sandbox"]:
            assert words["Seccomp"].strip() == "2", role
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        core = next(line for line in limits.splitlines()
                    if line.startswith("Max core file size"))
        assert core.split()[4] == "0", role


def test_front_has_no_file_of_ours_open(agent, ca):
    pid = agent.roles()["front"]
    for target in descriptors(pid).values():
        assert not target.startswith(str(ca.dir / "state")), target
        assert not target.startswith(str(ca.dir / "secrets")), target


def test_a_name_of_nothing_but_dots(shared_agent):
    """More dots than labels fit in a name once ended core; found by fuzzing."""
    csr, _ = shared_agent.ca.csr("dots", san="DNS:a" + "." * 140 + "b")
    before = shared_agent.roles()["core"]
    answer = refused(shared_agent, csr.read_bytes(), 403, "denied")
    assert "a label is empty" in answer.text
    assert shared_agent.roles()["core"] == before
