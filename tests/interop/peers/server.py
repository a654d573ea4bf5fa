# SPDX-License-Identifier: Apache-2.0
"""Python's ssl module as a server: server.py PORT CHAIN KEY ROOT"""
import http.server
import ssl
import sys

port, chain, key, root = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"hello\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *ignored):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(chain, key)
context.load_verify_locations(root)
context.verify_mode = ssl.CERT_REQUIRED


class Server(http.server.ThreadingHTTPServer):
    # The handshake belongs to the connection's thread: one that fails
    # must not end the accepting loop.
    def finish_request(self, request, client_address):
        tls = context.wrap_socket(request, server_side=True)
        super().finish_request(tls, client_address)
        tls.unwrap()  # close_notify: GnuTLS takes its absence for an attack

    def handle_error(self, *ignored):
        pass


Server(("127.0.0.1", int(port)), Handler).serve_forever()
