# SPDX-License-Identifier: Apache-2.0
"""privyseal init: what it makes, and that it never touches what is there."""

import hashlib
import os
import stat
import subprocess

import pytest

import harness
from command import Authority, openssl, softhsm


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def tree(path):
    """Everything below path with its content, to see that nothing changed."""
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest()
            if p.is_file() else "dir" for p in sorted(path.rglob("*"))}


def text_of(cert):
    return openssl("x509", "-in", cert, "-noout", "-text").decode()


def test_layout_and_modes(authority):
    assert {p.name for p in authority.dir.iterdir()} == {
        "privyseal.yaml", "policy.d", "ca", "tokens", "secrets", "state",
        "softhsm2.conf"}
    for closed in ("tokens", "secrets", "state"):
        assert mode(authority.dir / closed) == 0o700
    for secret in ("user.pin", "so.pin"):
        assert mode(authority.dir / "secrets" / secret) == 0o600
    pins = {(authority.dir / "secrets" / p).read_text() for p in
            ("user.pin", "so.pin")}
    assert len(pins) == 2 and all(len(p.strip()) >= 32 for p in pins)


def test_certificates(authority):
    openssl("verify", "-x509_strict", "-CAfile", authority.root, authority.issuing)
    root, issuing = text_of(authority.root), text_of(authority.issuing)
    assert "CA:TRUE, pathlen:1" in root
    assert "CA:TRUE, pathlen:0" in issuing
    for text in (root, issuing):
        assert "Certificate Sign, CRL Sign" in text
        assert "NIST CURVE: P-256" in text
    openssl("x509", "-in", authority.root, "-noout", "-checkend",
            str(3640 * 86400))
    openssl("x509", "-in", authority.issuing, "-noout", "-checkend",
            str(1820 * 86400))
    openssl("x509", "-in", authority.root, "-noout", "-checkend",
            str(3660 * 86400), code=1)


def test_keys_are_pairs_on_the_token(authority):
    keys = authority.cli("--json", "token", "list", "--keys").json["keys"]
    assert {k["label"] for k in keys} == {"root", "issuing-1"}
    assert not any(k["half"] for k in keys)


def test_first_policies_pass_their_tests(authority):
    result = authority.cli("--json", "policy", "test").json
    assert result["failed"] == 0
    assert {t["policy"] for t in result["tests"]} == {"server", "client"}
    assert {t["policy"] for t in result["tests"]
            if "foreign" in t["name"]} == {"server", "client"}


def test_a_second_run_changes_nothing(authority, cli):
    before = tree(authority.dir)
    result = cli("init", "--dir", authority.dir, "--yes", code=2)
    assert "nothing was changed" in result.err
    for name in ("privyseal.yaml", "tokens", "secrets", "ca", "policy.d"):
        assert name in result.err
    assert tree(authority.dir) == before


@pytest.mark.parametrize("name", ["privyseal.yaml", "ca", "policy.d",
                                  "state", "secrets"])
def test_one_thing_in_the_way_is_enough(cli, workdir, name):
    place = workdir / "x"
    place.mkdir()
    (place / name).write_text("mine")
    before = tree(place)
    assert name in cli("init", "--dir", place, "--yes", code=2).err
    assert tree(place) == before


def test_other_files_are_not_in_the_way(cli, workdir):
    (workdir / "notes.txt").write_text("mine")
    cli("init", "--dir", workdir, "--yes")
    assert (workdir / "notes.txt").read_text() == "mine"
    assert (workdir / "privyseal.yaml").exists()
    assert not list(workdir.glob(".init-*"))


@pytest.mark.parametrize("options, code, text", [
    (["--kind", "dsa"], 2, "--kind takes"),
    (["--domain", "Bad Domain"], 2, "--domain takes"),
    (["--domain", "a..b"], 2, "--domain takes"),
    (["--name", ""], 2, "--name takes"),
    (["--name", "n" * 41], 2, "--name takes"),
    (["--module", "/usr/lib/none.so"], 2, "belong together"),
    (["--pin-file", "/dev/null"], 2, "--module and --uri"),
    (["--module", "/usr/lib/none.so", "--uri", "pkcs11:token=x"], 5,
     "/usr/lib/none.so"),
])
def test_refusals_leave_nothing(cli, workdir, options, code, text):
    result = cli("init", "--dir", workdir / "x", "--yes", *options, code=code)
    assert text in result.err
    assert list(workdir.iterdir()) == []


def test_a_path_too_long_for_sockets(cli, workdir):
    long = workdir / ("d" * 100)
    assert "too long" in cli("init", "--dir", long, "--yes", code=2).err
    assert list(workdir.iterdir()) == []


def test_a_parent_that_is_not_there(cli, workdir):
    assert "No such file" in cli("init", "--dir", workdir / "a" / "b",
                                 "--yes", code=2).err


def test_asks_nothing_without_a_terminal(cli, workdir):
    result = cli("init", "--dir", workdir / "x", stdin="ecdsa-p384\n" * 9)
    assert "[" not in result.err
    assert "P-256" in text_of(workdir / "x" / "ca" / "root.pem")


def test_asks_at_a_terminal(workdir):
    typed = f"{workdir}/x\nAcme\nacme.test\necdsa-p384\n"
    subprocess.run(
        ["script", "-qec", f"{harness.PRIVYSEAL} init", "/dev/null"],
        input=typed.encode(), capture_output=True, timeout=60, check=True)
    text = text_of(workdir / "x" / "ca" / "root.pem")
    assert "CN = Acme Root CA" in text and "P-384" in text
    policy = (workdir / "x" / "policy.d" / "server.yaml").read_text()
    assert "**.acme.test" in policy


@pytest.mark.parametrize("kind, found", [
    ("ecdsa-p384", "P-384"), ("ecdsa-p521", "P-521"),
    ("rsa", "Public-Key: (3072 bit)"), ("ed25519", "ED25519")])
def test_kinds_of_key(workdir, kind, found):
    ca = Authority(workdir, "--kind", kind)
    assert found in text_of(ca.root) and found in text_of(ca.issuing)
    openssl("verify", "-x509_strict", "-CAfile", ca.root, ca.issuing)
    ca.cli("policy", "check")


def test_json(cli, workdir):
    made = cli("--json", "init", "--dir", workdir / "x").json
    for key in ("config", "root", "issuing"):
        assert os.path.exists(made[key])
    assert made["policies"] == ["client", "server"]


def foreign_token(cli, workdir):
    """A token of its own kind: SoftHSM2 again, made by softhsm2-util."""
    tokens = workdir / "tokens"
    tokens.mkdir(mode=0o700)
    conf = workdir / "softhsm.conf"
    conf.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
    pin = workdir / "pin"
    pin.write_text("98765432\n")
    pin.chmod(0o600)
    env = {"SOFTHSM2_CONF": str(conf)}
    subprocess.run(["softhsm2-util", "--init-token", "--free", "--label",
                    "prod one", "--pin", "98765432", "--so-pin", "1234567890"],
                   env={**os.environ, **env}, check=True, capture_output=True)
    return ["--module", softhsm(), "--uri", "pkcs11:token=prod%20one",
            "--pin-file", str(pin)], env


def test_a_token_that_is_there(cli, workdir):
    options, env = foreign_token(cli, workdir)
    place = workdir / "y"
    cli("init", "--dir", place, *options, env=env)
    assert not (place / "tokens").exists()
    assert not (place / "secrets" / "user.pin").exists()
    openssl("verify", "-x509_strict", "-CAfile", place / "ca" / "root.pem",
            place / "ca" / "issuing-1.pem")
    other = cli.with_args("-c", place / "privyseal.yaml")
    keys = other("--json", "token", "list", "--keys", env=env).json["keys"]
    assert {k["label"] for k in keys} == {"root", "issuing-1"}
    # The labels are taken now: a second CA on the same token is refused.
    result = cli("init", "--dir", workdir / "z", *options, env=env, code=5)
    assert "(key.exists)" in result.err
    assert not (workdir / "z").exists()


def test_a_failure_takes_its_keys_back(cli, workdir):
    options, env = foreign_token(cli, workdir)
    listing = ["token", "list", "--keys", *options]
    # The second key's label is taken, the first one's is not.
    cli("token", "keygen", "--label", "issuing-1", *options, env=env)
    result = cli("init", "--dir", workdir / "y", *options, env=env, code=5)
    assert "(key.exists)" in result.err
    keys = cli("--json", *listing, env=env).json["keys"]
    assert [k["label"] for k in keys] == ["issuing-1"]
    assert not (workdir / "y").exists()


def test_a_wrong_pin_is_tried_once(cli, workdir):
    options, env = foreign_token(cli, workdir)
    (workdir / "pin").write_text("00000000\n")
    result = cli("init", "--dir", workdir / "y", *options, env=env, code=5)
    assert "(token.pin)" in result.err
    assert not (workdir / "y").exists()
