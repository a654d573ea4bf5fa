# SPDX-License-Identifier: Apache-2.0
"""Python's ssl module as a client: client.py PORT NAME ROOT [CHAIN KEY]"""
import socket
import ssl
import sys

port, name, root, *own = sys.argv[1:]
context = ssl.create_default_context(cafile=root)
if own:
    context.load_cert_chain(*own)
with socket.create_connection(("127.0.0.1", int(port)), timeout=10) as raw:
    with context.wrap_socket(raw, server_hostname=name) as tls:
        tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b""
        while True:
            piece = tls.recv(4096)
            if not piece:
                break
            answer += piece
assert b" 200 " in answer, answer
