"""A server of a few lines for what is not S3: sources of credentials, bystanders."""

from __future__ import annotations

import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listener:
    """An HTTP server that keeps what it was asked for.

    `answer(handler)` returns (status, headers, body).
    """

    def __init__(self, case: unittest.TestCase, answer=lambda handler: (500, {}, b"")):
        self.requests: list[tuple[str, str, dict, bytes]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            """One answer for every method."""

            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.requests.append((self.command, self.path, headers, body))
                status, sent, text = answer(self)
                self.send_response(status)
                for name, value in {**sent, "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_one

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
