# SPDX-License-Identifier: Apache-2.0
"""The commands that need no agent: show, csr, token, policy, explain, log."""

import os
import pathlib

import pytest

from command import openssl, softhsm

UNREACHABLE = ["sign --policy p", "explain --policy p", "list", "issuers",
               "issuers --chain x", "status", "health", "policy list",
               "reload", "show --serial 00", "unlock main"]


@pytest.fixture
def request_pem(cli, workdir):
    cli("csr", "--new-key", workdir / "k.pem", "--dns", "www.demo.test",
        "--ip", "127.0.0.1", "--out", workdir / "req.pem")
    return workdir / "req.pem"


# show

def test_show_tells_csr_and_certificate(authority, request_pem):
    text = authority.cli("show", request_pem, authority.root).out
    assert "www.demo.test" in text and "127.0.0.1" in text
    assert "CN=Demo Root CA" in text
    kinds = [o["type"] for o in authority.cli(
        "--json", "show", request_pem, authority.root).json]
    assert kinds == ["csr", "certificate"]


def test_show_takes_der_and_standard_input(cli, authority, request_pem):
    for kind, path in (("req", request_pem), ("x509", authority.root)):
        der = openssl(kind, "-in", path, "-outform", "DER")
        assert cli("show", stdin=der).out == cli("show", path).out
        assert cli("show", "-", stdin=der).out == cli("show", path).out


def test_show_tells_the_facts(cli, authority):
    shown = cli("--json", "show", authority.issuing).json[0]
    assert shown["ca"] is True and shown["path_len"] == 0
    assert shown["key"] == {"kind": "ecdsa-p256", "bits": 256}
    assert set(shown["key_usage"]) == {"key-cert-sign", "crl-sign"}
    assert shown["issuer"] == "O=Demo, CN=Demo Root CA"
    serial = openssl("x509", "-in", authority.issuing, "-noout", "-serial")
    assert serial.decode().strip().lower() == "serial=" + shown["serial"]


def test_show_many_blocks_and_no_keys(cli, workdir, authority, request_pem):
    mixed = workdir / "mixed.pem"
    mixed.write_bytes(b"a line of text\n" + (workdir / "k.pem").read_bytes()
                      + authority.root.read_bytes()
                      + request_pem.read_bytes()
                      + authority.issuing.read_bytes())
    result = cli("show", mixed)
    assert "PRIVATE KEY block: not shown" in result.err
    assert [o["type"] for o in cli("--json", "show", mixed).json] == [
        "certificate", "csr", "certificate"]


@pytest.mark.parametrize("content, text", [
    (b"", "is empty"),
    (b"hello", "neither PEM"),
    (b"0", "DER"),
    (b"\x30\x03\x02\x01", ""),
    (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "has no END"),
    (b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", ""),
    (b"-----BEGIN " + b"X" * 100, "BEGIN line"),
])
def test_show_refuses(cli, workdir, content, text):
    path = workdir / "x.pem"
    path.write_bytes(content)
    result = cli("show", path, code=2)
    assert text in result.err and str(path) in result.err
    assert cli("--json", "show", path, code=2).problem["class"] == "INPUT"


def test_show_names_a_file_that_is_not_there(cli):
    assert "No such file" in cli("show", "/nowhere/x", code=2).err


def test_show_refuses_trailing_bytes(cli, request_pem):
    der = openssl("req", "-in", request_pem, "-outform", "DER")
    cli("show", stdin=der + b"\0", code=2)


def test_show_tells_a_broken_signature(cli, request_pem):
    der = bytearray(openssl("req", "-in", request_pem, "-outform", "DER"))
    der[-1] ^= 1
    result = cli("show", stdin=bytes(der), code=2)
    assert "www.demo.test" in result.out
    assert "(csr.signature" in result.err
    shown = cli("--json", "show", stdin=bytes(der), code=2)
    assert shown.json[0]["acceptable"] is False
    assert shown.json[0]["code"] == "csr.signature"


def test_show_keeps_control_bytes_from_the_terminal(cli, workdir):
    path = workdir / "x\x1b[31m.pem"
    assert "\x1b" not in cli("show", path, code=2).err


# csr

@pytest.mark.parametrize("kind", ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521",
                                  "rsa", "ed25519"])
def test_csr_with_a_new_key(cli, workdir, kind):
    key, out = workdir / "k.pem", workdir / "r.pem"
    cli("csr", "--new-key", key, "--kind", kind, "--cn", "Grüße",
        "--dns", "a.demo.test", "--dns", "b.demo.test", "--ip", "::1",
        "--uri", "spiffe://demo.test/x", "--email", "a@demo.test",
        "--out", out)
    assert os.stat(key).st_mode & 0o7777 == 0o600
    openssl("req", "-in", out, "-verify", "-noout")
    assert openssl("req", "-in", out, "-noout", "-pubkey") == openssl(
        "pkey", "-in", key, "-pubout")
    shown = cli("--json", "show", out).json[0]
    assert shown["names"] == ["dns:a.demo.test", "dns:b.demo.test", "ip:::1",
                              "uri:spiffe://demo.test/x",
                              "email:a@demo.test"]
    assert shown["subject"] == "CN=Grüße"
    assert shown["key"]["kind"] == kind


def test_csr_on_standard_output(cli, workdir):
    result = cli("csr", "--new-key", workdir / "k", "--dns", "a.demo.test")
    openssl("req", "-verify", "-noout", stdin=result.out.encode())


def test_csr_never_overwrites_a_key(cli, workdir):
    (workdir / "k").write_text("mine")
    result = cli("csr", "--new-key", workdir / "k", "--dns", "a", code=2)
    assert "File exists" in result.err
    assert (workdir / "k").read_text() == "mine"


@pytest.mark.parametrize("args, text", [
    (["--new-key", "k"], "for what name?"),
    (["--new-key", "k", "--key", "pkcs11:", "--dns", "a"], "one of --key"),
    (["--key", "pkcs11:object=x", "--kind", "rsa", "--dns", "a"],
     "--kind is for --new-key"),
    (["--new-key", "k", "--kind", "dsa", "--dns", "a"], "--kind takes"),
    (["--new-key", "k", "--ip", "300.1.1.1"], "is not an address"),
    (["--new-key", "k", "--dns", "a b"], "is not printable ASCII"),
    (["--new-key", "k", "--dns", ""], "is not printable ASCII"),
    (["--new-key", "k", "--dns", "grüße.demo.test"], "A-labels"),
    (["--new-key", "k", "--cn", ""], "--cn"),
    (["--new-key", "k", "--cn", "x" * 65], "--cn"),
    (["--key", "file:x", "--module", "m", "--dns", "a"], "pkcs11:token="),
])
def test_csr_refuses(cli, workdir, args, text):
    result = cli("csr", *args, code=2, cwd=workdir)
    assert text in result.err
    assert result.out == ""


def token_csr(authority, label, *more, code=0):
    return authority.cli(
        "csr", "--key", f"pkcs11:token=privyseal;object={label}",
        *authority.token, "--dns", "a.demo.test", *more, code=code,
        env=authority.env)


def keygen(authority, label, *more, code=0):
    return authority.cli(
        "token", "keygen", "--uri", "pkcs11:token=privyseal",
        *authority.token, "--label", label, *more, code=code,
        env=authority.env)


@pytest.mark.parametrize("kind", ["ecdsa-p256", "ecdsa-p384", "rsa"])
def test_csr_for_a_key_on_a_token(authority, kind):
    made = keygen(authority, "mine", "--kind", kind)
    public = made.out[made.out.index("-----BEGIN"):]
    result = token_csr(authority, "mine", "--json")
    assert result.json["signed_by"] == "libp11"
    request = result.json["csr"].encode()
    openssl("req", "-verify", "-noout", stdin=request)
    assert openssl("req", "-noout", "-pubkey",
                   stdin=request).decode() == public


def test_csr_beside_an_ed25519_key(authority):
    """libp11 0.4.12 sees no key at all then: the token signs itself."""
    keygen(authority, "ed", "--kind", "ed25519")
    for label in ("ed", "root"):
        result = token_csr(authority, label)
        assert "the token signs directly" in result.err
        openssl("req", "-verify", "-noout", stdin=result.out.encode())


def test_csr_for_an_rsa_key_beside_an_ed25519_key(authority):
    keygen(authority, "ed", "--kind", "ed25519")
    keygen(authority, "r", "--kind", "rsa", "--bits", "2048")
    openssl("req", "-verify", "-noout",
            stdin=token_csr(authority, "r").out.encode())


def test_csr_by_the_configuration(authority):
    result = authority.cli("csr", "--key", "pkcs11:object=root", "--cn", "x")
    openssl("req", "-verify", "-noout", stdin=result.out.encode())


def test_csr_for_a_key_that_is_not_there(authority):
    result = token_csr(authority, "none", code=5)
    assert "(key.missing)" in result.err and "issuing-1" in result.err


# token

def test_token_list(authority):
    shown = authority.cli("--json", "token", "list").json["tokens"]
    mine = [t for t in shown if t["label"] == "privyseal"]
    assert len(mine) == 1 and mine[0]["state"] == "ready"
    assert mine[0]["uri"] == "pkcs11:token=privyseal"
    assert "privyseal" in authority.cli("token", "list").out


def test_keygen_by_the_configuration(authority):
    made = authority.cli("--json", "token", "keygen", "--label", "a b",
                         "--id", "00" * 15 + "07").json
    assert made["uri"].startswith("pkcs11:object=a%20b;id=%00")
    assert "CKA_EXTRACTABLE=false" in made["facts"]
    openssl("pkey", "-pubin", "-noout", stdin=made["public_key"].encode())
    keys = authority.cli("--json", "token", "list", "--keys").json["keys"]
    assert "a b" in [k["label"] for k in keys]
    assert made["uri"] in [k["uri"] for k in keys]


@pytest.mark.parametrize("args, code, text", [
    (["--label", "root"], 5, "(key.exists)"),
    (["--label", "x", "--kind", "dsa"], 2, "--kind takes"),
    (["--label", "x", "--bits", "3072"], 2, "--bits is for --kind rsa"),
    (["--label", "x", "--kind", "rsa", "--bits", "1024"], 2, "--bits takes"),
    (["--label", "x", "--kind", "rsa", "--bits", "4104"], 2, "--bits takes"),
    (["--label", "x", "--id", "0g"], 2, "--id takes"),
    (["--label", ""], 2, "--label LABEL is needed"),
    (["--label", "x", "--token", "other"], 2, "has no token other"),
])
def test_keygen_refuses(authority, args, code, text):
    assert text in authority.cli("token", "keygen", *args, code=code).err


def test_a_wrong_pin(authority, workdir):
    pin = workdir / "pin"
    pin.write_text("not-it\n")
    pin.chmod(0o600)
    result = authority.cli("token", "list", "--keys", "--pin-file", pin,
                           code=5)
    assert "(token.pin)" in result.err


def test_a_pin_file_that_others_may_read(authority):
    authority.pin_file.chmod(0o644)
    result = authority.cli("token", "list", "--keys", code=2)
    assert "chmod 600" in result.err


def test_the_pin_from_standard_input(authority):
    args = ["token", "list", "--keys", "--module", softhsm(), "--uri",
            "pkcs11:token=privyseal"]
    pin = authority.pin_file.read_text()
    assert "root" in authority.cli(*args, stdin=pin, env=authority.env).out
    assert "is empty" in authority.cli(*args, code=2, env=authority.env).err


@pytest.mark.parametrize("module, text", [
    ("/nowhere/x.so", "(token.module)"), ("/etc/passwd", "(token.module)")])
def test_a_module_that_is_none(cli, module, text):
    assert text in cli("token", "list", "--module", module, code=5).err


def test_a_library_that_is_no_module(cli):
    import ctypes.util
    library = ctypes.util.find_library("z")
    path = pathlib.Path("/lib/x86_64-linux-gnu") / library
    if not path.exists():
        path = next(pathlib.Path("/lib").glob(f"*/{library}"))
    assert "(token.module)" in cli("token", "list", "--module", path,
                                   code=5).err


def test_a_token_that_is_not_there(authority):
    result = authority.cli(
        "token", "list", "--keys", "--module", softhsm(), "--uri",
        "pkcs11:token=other", env=authority.env, code=5)
    assert "(token.missing)" in result.err and "privyseal" in result.err


def test_module_without_uri(cli):
    assert "--uri" in cli("token", "list", "--keys", "--module", softhsm(),
                          code=2).err


# policy

BROKEN = """version: 1
name: broken
isuer: issuing-1
callers:
  - unix: {user: 7z, nose: red}
keys: [ecdsa-p255]
validity: {default: 9y}
"""


def test_policy_check(authority):
    shown = authority.cli("--json", "policy", "check").json
    assert shown["valid"] is True
    assert [p["name"] for p in shown["policies"]] == ["client", "server"]
    same = authority.cli("--json", "policy", "check", authority.policies)
    assert same.json["policy_hash"] == shown["policy_hash"]
    assert "server.yaml" in authority.cli("policy", "check").out


def test_policy_check_tells_everything_at_once(authority):
    authority.policy("broken", BROKEN)
    result = authority.cli("policy", "check", code=2)
    for line in ("broken.yaml:3:", "broken.yaml:5:", "broken.yaml:6:",
                 "broken.yaml:7:"):
        assert line in result.out, result
    assert "did you mean" in result.out
    assert "things are wrong" in result.err
    shown = authority.cli("--json", "policy", "check", code=2)
    assert shown.json["valid"] is False
    assert {f["line"] for f in shown.json["findings"]} >= {3, 5, 6, 7}
    assert shown.err == ""


def test_policy_check_holds_policies_against_issuers(authority):
    text = (authority.policies / "server.yaml").read_text()
    authority.policy("server", text.replace("issuer: issuing-1",
                                            "issuer: other"))
    result = authority.cli("policy", "check", code=2)
    assert "server.yaml:7:" in result.out and "other" in result.out
    authority.cli("policy", "check", authority.policies)


def test_policy_check_of_nothing(cli, workdir):
    assert "No such file" in cli("policy", "check", workdir / "x",
                                 code=2).err


def test_policy_test_fails(authority):
    text = (authority.policies / "server.yaml").read_text()
    authority.policy("server", text.replace("dns: [www.example.org]",
                                            "dns: [www.demo.test]"))
    result = authority.cli("policy", "test", code=2)
    assert "FAILED  server: a foreign zone" in result.out
    assert "1 of 6 policy tests failed" in result.err
    shown = authority.cli("--json", "policy", "test", code=2).json
    assert (shown["passed"], shown["failed"]) == (5, 1)
    tap = authority.cli("policy", "test", "--tap", code=2).out.splitlines()
    assert tap[-1] == "1..6"
    assert len([t for t in tap if t.startswith("ok ")]) == 5
    assert len([t for t in tap if t.startswith("not ok ")]) == 1


def test_policy_files_that_others_can_write(authority):
    (authority.policies / "server.yaml").chmod(0o666)
    assert "chmod go-w" in authority.cli("policy", "check", code=2).out


def test_a_configuration_with_mistakes(authority):
    authority.edit("^version: 1", "version: 1\nsokcet: x")
    result = authority.cli("policy", "check", code=2)
    assert "did you mean" in result.err and "(config.invalid)" in result.err
    problem = authority.cli("--json", "policy", "check", code=2).problem
    assert problem["code"] == "config.invalid"


def test_a_configuration_that_is_not_there(cli):
    assert "/nowhere.yaml" in cli("-c", "/nowhere.yaml", "policy", "check",
                                  code=2).err


# explain

def explain(authority, path, *more, code=0, policy="server"):
    return authority.cli("policy", "explain", path, "--policy", policy, *more,
                         code=code)


def test_explain_allows(authority, request_pem):
    text = explain(authority, request_pem).out
    assert text.startswith("allowed by policy server")
    assert "dns:www.demo.test" in text and "server-auth" in text
    shown = explain(authority, request_pem, "--json").json
    assert shown["allowed"] is True and shown["reasons"] == []
    assert shown["certificate"]["names"] == ["dns:www.demo.test",
                                             "ip:127.0.0.1"]
    assert len(shown["policy_hash"]) == 64


def test_explain_takes_no_token(authority, request_pem):
    authority.pin_file.unlink()
    (authority.dir / "tokens").rename(authority.dir / "gone")
    explain(authority, request_pem)


def test_explain_denies_with_all_reasons(authority, cli, workdir):
    cli("csr", "--new-key", workdir / "f", "--dns", "a.example.org", "--ip",
        "10.0.0.1", "--out", workdir / "f.csr")
    result = explain(authority, workdir / "f.csr", "--ttl", "300d", "--json",
                     code=3)
    codes = {r["code"] for r in result.json["reasons"]}
    assert {"san.dns.not-allowed", "san.ip.not-allowed"} <= codes
    assert any(c.startswith("validity.") for c in codes)
    assert all(r["file"] == "server.yaml" and r["line"] > 0
               for r in result.json["reasons"])
    assert result.json["certificate"] is None
    text = explain(authority, workdir / "f.csr", code=3)
    assert text.out.startswith("denied by policy server")
    assert "server.yaml:" in text.out and text.err == ""


def test_explain_as_somebody(authority, request_pem):
    explain(authority, request_pem, "--as", "uid=" + str(os.geteuid()))
    result = explain(authority, request_pem, "--as", "user=nobody-here",
                     "--json", code=3)
    assert [r["code"] for r in result.json["reasons"]] == [
        "caller.not-named"]
    # `explain` with --as asks no agent either.
    authority.cli("explain", request_pem, "--policy", "server", "--as",
                  "user=nobody-here", code=3)


def test_explain_as_a_group(authority, request_pem):
    text = (authority.policies / "server.yaml").read_text()
    head, tests = text.split("tests:\n")
    start = head.index("callers:")
    end = head.index("keys:")
    authority.policy("server", head[:start]
                     + "callers:\n  - unix: {group: web-makers}\n"
                     + head[end:])
    assert tests
    explain(authority, request_pem, "--as", "group=web-makers")
    explain(authority, request_pem, "--as", "user=x,group=a,group=web-makers")
    explain(authority, request_pem, "--as", "group=others", code=3)


@pytest.mark.parametrize("who, text", [
    ("nobody", "--as takes"), ("", "names nobody"), ("uid=x", "not a uid"),
    ("uid=-1", "not a uid"), ("uid=4294967295", "not a uid"),
    ("user=a,user=b", "user twice"), ("shoe=9", "does not take shoe"),
    ("user=", "--as takes")])
def test_explain_as_nonsense(authority, request_pem, who, text):
    assert text in explain(authority, request_pem, "--as", who, code=2).err


def test_explain_of_a_policy_that_is_none(authority, request_pem):
    result = explain(authority, request_pem, policy="sever", code=2)
    assert "(policy.unknown)" in result.err


def test_explain_of_two_requests(authority, request_pem):
    result = explain(authority, request_pem, "--csr", request_pem, code=2)
    assert "two CSRs" in result.err


def test_explain_of_a_certificate(authority):
    assert "(pem." in explain(authority, authority.root, code=2).err


# without an agent

@pytest.mark.parametrize("command", UNREACHABLE)
def test_nobody_listens(authority, request_pem, command):
    result = authority.cli(*command.split(), stdin=request_pem.read_bytes(),
                           code=4)
    assert "(unreachable)" in result.err
    problem = authority.cli("--json", *command.split(), code=4,
                            stdin=request_pem.read_bytes()).problem
    assert problem["class"] == "UNREACHABLE" and problem["retryable"]


def test_a_socket_that_nobody_serves(cli, workdir):
    import socket
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(workdir / "s"))
    assert "nobody listens" in cli("-s", workdir / "s", "status", code=4).err


def test_a_server_that_is_no_agent(cli, workdir):
    import socket
    import threading
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(workdir / "s"))
        one.listen(2)

        def answer():
            talk, _ = one.accept()
            talk.recv(4096)
            talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                         b"Connection: close\r\n\r\nhi")
            talk.close()

        thread = threading.Thread(target=answer)
        thread.start()
        assert "not the JSON" in cli("-s", workdir / "s", "status",
                                     code=4).err
        thread.join()


def test_a_socket_path_too_long(cli):
    assert "too long" in cli("-s", "/" + "x" * 200, "status", code=2).err


# log and index, as far as there is none

def test_log_that_is_not_there(authority):
    for words in (["log", "verify"], ["log", "show"], ["index", "rebuild"]):
        result = authority.cli(*words, code=None)
        assert result.code in (2, 5) and "No such file" in result.err


def test_log_that_is_something_else(cli, workdir):
    (workdir / "x").write_bytes(b"\0" * 4096)
    assert "(log.corrupt)" in cli("log", "verify", workdir / "x", code=5).err
    assert "(log.corrupt)" in cli("log", "show", workdir / "x", code=5).err
    assert "there are no NOSE records" in cli(
        "log", "show", workdir / "x", "--kind", "NOSE", code=2).err
