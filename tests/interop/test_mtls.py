# SPDX-License-Identifier: Apache-2.0
"""mTLS between programs that were not written here, each on either side, with
certificates that the agent issued; and everything that must fail."""

import pathlib
import shutil
import socket
import subprocess
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
PEERS = HERE / "peers"
NAME = "www.demo.test"
OTHER_NAME = "mail.demo.test"
PYTHON = "/usr/bin/python3"


def need(program):
    assert shutil.which(program), f"{program} is not installed: run " \
        "scripts/install-deps peers"
    return program


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# Servers: (port, chain, key, root, directory, go) -> command

def openssl_server(port, chain, key, root, where, go):
    return [need("openssl"), "s_server", "-accept", f"127.0.0.1:{port}",
            "-cert", chain, "-cert_chain", chain, "-key", key, "-CAfile",
            root, "-Verify", "3", "-verify_return_error", "-www", "-quiet"]


def gnutls_server(port, chain, key, root, where, go):
    return [need("gnutls-serv"), "--quiet", "--port", str(port), "--http",
            "--x509cafile", root, "--x509certfile", chain, "--x509keyfile",
            key, "--require-client-cert", "--verify-client-cert"]


def nginx_server(port, chain, key, root, where, go):
    config = where / f"nginx-{port}.conf"
    config.write_text(f"""
daemon off;
pid {where}/nginx-{port}.pid;
error_log {where}/nginx-{port}.log;
worker_processes 1;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {where}/nginx-{port}-body;
    proxy_temp_path {where}/nginx-{port}-proxy;
    fastcgi_temp_path {where}/nginx-{port}-fastcgi;
    uwsgi_temp_path {where}/nginx-{port}-uwsgi;
    scgi_temp_path {where}/nginx-{port}-scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {chain};
        ssl_certificate_key {key};
        ssl_client_certificate {root};
        ssl_verify_client on;
        ssl_verify_depth 3;
        location / {{ return 200 "hello\\n"; }}
    }}
}}
""")
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    return [nginx, "-c", config, "-e", f"{where}/nginx-{port}.log"]


def python_server(port, chain, key, root, where, go):
    return [PYTHON, PEERS / "server.py", str(port), chain, key, root]


def node_server(port, chain, key, root, where, go):
    return [need("node"), PEERS / "server.js", str(port), chain, key, root]


def go_server(port, chain, key, root, where, go):
    return [go, "server", str(port), chain, key, root]


SERVERS = {
    "openssl": openssl_server, "gnutls": gnutls_server,
    "nginx": nginx_server, "python": python_server, "node": node_server,
    "go": go_server,
}


# Clients: (port, name, root, own, go) -> True when a page came over mTLS

def ran(command, text=None, want=None):
    done = subprocess.run(
        [str(word) for word in command], input=text, text=True, timeout=20,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    fine = done.returncode == 0 and (want is None or want in done.stdout)
    return fine, done.stdout


REQUEST = "GET / HTTP/1.0\r\n\r\n"


def openssl_client(port, name, root, own, go):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}",
               "-servername", name, "-verify_hostname", name, "-CAfile",
               root, "-verify_return_error", "-quiet", "-no_ign_eof"]
    if own:
        command += ["-cert", own[0], "-cert_chain", own[0], "-key", own[1]]
    # Standard input stays open until the answer is there.
    process = subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.PIPE, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        process.stdin.write(REQUEST)
        process.stdin.flush()
        output = process.stdout.read()
        process.wait(20)
    except BrokenPipeError:
        output = process.stdout.read()
    finally:
        process.stdin = None
        process.kill()
        process.wait()
    return "HTTP/1.0 200" in output or "HTTP/1.1 200" in output, output


def gnutls_client(port, name, root, own, go):
    command = [need("gnutls-cli"), "--port", str(port), "127.0.0.1",
               "--sni-hostname", name, "--verify-hostname", name,
               "--x509cafile", root, "--logfile", "/dev/null"]
    if own:
        command += ["--x509certfile", own[0], "--x509keyfile", own[1]]
    return ran(command, REQUEST, " 200 ")


def curl_client(port, name, root, own, go):
    command = [need("curl"), "--silent", "--show-error", "--fail",
               "--noproxy", "*", "--cacert", root, "--max-time", "15",
               "--resolve", f"{name}:{port}:127.0.0.1"]
    if own:
        command += ["--cert", own[0], "--key", own[1]]
    return ran([*command, f"https://{name}:{port}/"])


def python_client(port, name, root, own, go):
    return ran([PYTHON, PEERS / "client.py", str(port), name, root,
                *(own or ())])


def node_client(port, name, root, own, go):
    return ran([need("node"), PEERS / "client.js", str(port), name, root,
                *(own or ())])


def go_client(port, name, root, own, go):
    return ran([go, "client", str(port), name, root, *(own or ())])


CLIENTS = {
    "openssl": openssl_client, "gnutls": gnutls_client, "curl": curl_client,
    "python": python_client, "node": node_client, "go": go_client,
}


class Server:
    """A peer's server that listens; use it as a context."""

    def __init__(self, kind, own, root, where, go):
        self.port = free_port()
        self.command = SERVERS[kind](self.port, *own, root, where, go)
        self.out = where / f"{kind}-{self.port}.out"

    def __enter__(self):
        with open(self.out, "wb") as out:
            self.process = subprocess.Popen(
                [str(word) for word in self.command], stdout=out, stderr=out,
                stdin=subprocess.PIPE)
        end = time.monotonic() + 15
        while time.monotonic() < end:
            assert self.process.poll() is None, self.out.read_text()
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise AssertionError(f"does not listen: {self.out.read_text()}")

    def __exit__(self, *ignored):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module", params=sorted(SERVERS))
def server(request, pki, go_peer, tmp_path_factory, isolated):
    if request.param == "gnutls" and not isolated:
        pytest.skip("gnutls-serv listens on every address, and this user "
                    "may not have a network namespace")
    where = tmp_path_factory.mktemp(request.param)
    with Server(request.param, pki.server, pki.root, where,
                go_peer) as running:
        yield running


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_both_sides_accept(server, client, pki, go_peer):
    fine, output = CLIENTS[client](
        server.port, NAME, pki.root, pki.client, go_peer)
    assert fine, output


@pytest.mark.parametrize("what", ["none", "foreign", "expired"])
def test_a_server_turns_away(server, what, pki, go_peer):
    own = {"none": None, "foreign": pki.foreign_client,
           "expired": pki.old_client}[what]
    fine, output = curl_client(server.port, NAME, pki.root, own, go_peer)
    assert not fine, output
    # The same server still takes the right one.
    fine, output = curl_client(
        server.port, NAME, pki.root, pki.client, go_peer)
    assert fine, output


@pytest.fixture(scope="module")
def foreign_server(pki, go_peer, tmp_path_factory):
    with Server("python", pki.foreign_server, pki.root,
                tmp_path_factory.mktemp("foreign"), go_peer) as running:
        yield running


@pytest.fixture(scope="module")
def expired_server(pki, go_peer, tmp_path_factory):
    with Server("python", pki.old_server, pki.root,
                tmp_path_factory.mktemp("expired"), go_peer) as running:
        yield running


@pytest.fixture(scope="module")
def good_server(pki, go_peer, tmp_path_factory):
    with Server("python", pki.server, pki.root,
                tmp_path_factory.mktemp("good"), go_peer) as running:
        yield running


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_a_client_refuses_a_foreign_ca(foreign_server, client, pki, go_peer):
    fine, output = CLIENTS[client](
        foreign_server.port, NAME, pki.root, pki.client, go_peer)
    assert not fine, output


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_a_client_refuses_an_expired_server(
        expired_server, client, pki, go_peer):
    time.sleep(1.1)
    fine, output = CLIENTS[client](
        expired_server.port, "old.demo.test", pki.root, pki.client, go_peer)
    assert not fine, output


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_a_client_refuses_another_name(good_server, client, pki, go_peer):
    fine, output = CLIENTS[client](
        good_server.port, OTHER_NAME, pki.root, pki.client, go_peer)
    assert not fine, output
    fine, output = CLIENTS[client](
        good_server.port, NAME, pki.root, pki.client, go_peer)
    assert fine, output
