# SPDX-License-Identifier: Apache-2.0
"""A client whose own key lives on a token: certified, and used in mTLS.

`privyseal csr --key` makes the request, the agent issues, and the OpenSSL
command authenticates with the key through the pkcs11 engine.
"""

import contextlib
import os
import pathlib
import socket
import subprocess
import time

import pytest

from command import clean_environment, openssl, softhsm

PIN = "24681357"
ENGINES = ["/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so",
           "/usr/lib/aarch64-linux-gnu/engines-3/pkcs11.so"]


@pytest.fixture
def laptop(workdir):
    """The client's token: not the CA's, not in its directory."""
    place = workdir / "laptop"
    place.mkdir(mode=0o700)
    (place / "tokens").mkdir(mode=0o700)
    conf = place / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {place}/tokens\n"
                    "log.level = ERROR\n")
    pin = place / "pin"
    pin.write_text(PIN + "\n")
    pin.chmod(0o600)
    env = {"SOFTHSM2_CONF": str(conf)}
    subprocess.run(["softhsm2-util", "--init-token", "--free", "--label",
                    "laptop", "--pin", PIN, "--so-pin", "1234567890"],
                   env={**os.environ, **env}, check=True, capture_output=True)
    return place, ["--module", softhsm(), "--pin-file", pin], env


def engine_conf(place):
    """What the openssl command needs to find the key."""
    engine = next(e for e in ENGINES if pathlib.Path(e).exists())
    path = place / "openssl.cnf"
    path.write_text(
        "openssl_conf = init\n[init]\nengines = engines\n"
        "[engines]\npkcs11 = pkcs11\n"
        f"[pkcs11]\nengine_id = pkcs11\ndynamic_path = {engine}\n"
        f"MODULE_PATH = {softhsm()}\nPIN = {PIN}\ninit = 0\n")
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def tls_server(served, place):
    """openssl s_server that wants a client certificate of our CA."""
    request = served.request("--dns", "localhost", stem="server")
    chain = place / "server.pem"
    served.cli("sign", "--policy", "server", request, "--out", chain)
    port = free_port()
    out = place / "server.out"
    with open(out, "wb") as report:
        process = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert",
             str(chain), "-key", str(request.with_suffix(".key")),
             "-cert_chain", str(chain), "-CAfile", str(served.root),
             "-Verify", "3", "-verify_return_error", "-www", "-no_ticket"],
            stdin=subprocess.DEVNULL, stdout=report, stderr=report)
    try:
        until = time.monotonic() + 20
        while b"ACCEPT" not in out.read_bytes():
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.02)
        yield port, out
    finally:
        process.terminate()
        process.wait(20)


def tls_client(served, port, env, *credentials):
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}",
         "-servername", "localhost", "-verify_hostname", "localhost",
         "-CAfile", str(served.root), "-verify_return_error", "-quiet",
         *map(str, credentials)],
        input=b"GET / HTTP/1.0\r\n\r\n", capture_output=True, timeout=60,
        env=clean_environment(env), check=False)
    return done.returncode, done.stdout.decode(errors="replace"), \
        done.stderr.decode(errors="replace")


@pytest.mark.parametrize("kind", ["ecdsa-p256", "rsa"])
def test_mtls_with_a_key_on_a_token(served, cli, laptop, kind):
    place, token, env = laptop
    cli("token", "keygen", "--uri", "pkcs11:token=laptop", *token, "--label",
        "mine", "--kind", kind, env=env)
    made = cli("--json", "csr", "--key", "pkcs11:token=laptop;object=mine",
               *token, "--dns", "laptop.demo.test", env=env).json
    assert made["signed_by"] == "libp11"
    chain = place / "client.pem"
    served.cli("sign", "--policy", "client", "--out", chain,
               stdin=made["csr"])
    openssl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile",
            served.root, "-untrusted", chain, chain)
    env = {**env, "OPENSSL_CONF": str(engine_conf(place))}
    with tls_server(served, place) as (port, out):
        code, said, err = tls_client(
            served, port, env, "-cert", chain, "-cert_chain", chain,
            "-engine", "pkcs11", "-keyform", "engine", "-key",
            "pkcs11:token=laptop;object=mine;type=private")
        assert code == 0 and "HTTP/1.0 200 ok" in said, (
            err, out.read_text())
        # The page shows whom the server has authenticated.
        assert "Client certificate" in said and "laptop.demo.test" in said
        # Without a certificate the same server says no.
        code, said, _ = tls_client(served, port, {})
        assert "HTTP/1.0 200 ok" not in said
