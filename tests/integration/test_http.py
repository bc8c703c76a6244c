"""The ways to a server: over TLS, through a proxy that is asked for whole URLs, through a tunnel."""

from __future__ import annotations

import base64
import select
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

from lib import copyout, servers
from lib.jobs import Job
from lib.s3util import MIN_PART, Spec

OBJECTS = 60
USER, WORD = "us er", "w@rd:x"
AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{WORD}".encode()).decode()
ADDRESS = "http://us%20er:w%40rd%3ax@127.0.0.1"


def join(one: socket.socket, other: socket.socket) -> None:
    """Bytes both ways, until one end closes. In one thread: a TLS socket is for one at a time."""
    ends = {one: other, other: one}
    while True:
        ready = [end for end in ends if isinstance(end, ssl.SSLSocket) and end.pending()]
        for end in ready or select.select([*ends], [], [])[0]:
            data = end.recv(65536)
            if not data:
                return
            ends[end].sendall(data)


class Listener(ThreadingTCPServer):
    """A server on a port of its own for as long as the test takes. It counts connections."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, case: unittest.TestCase, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.lines: list[str] = []  # the first line of each request to a proxy
        self.refused = 0
        self.connections = 0
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()
        case.addCleanup(self.server_close)
        case.addCleanup(self.shutdown)

    def process_request(self, request, client_address):
        """Count it, and take it on."""
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request, client_address):
        """A client that goes away is no error."""


def tls_front(case: unittest.TestCase, pem: Path, port: int) -> Listener:
    """TLS in front of a server of plain HTTP on a port of this machine."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    class Front(StreamRequestHandler):
        """One connection."""

        def setup(self):
            self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def handle(self):
            with socket.create_connection(("127.0.0.1", port)) as server:
                join(self.request, server)

        def finish(self):
            super().finish()
            self.request.close()

    return Listener(case, Front)


class Proxy(StreamRequestHandler):
    """An HTTP proxy that wants credentials: CONNECT, and requests with whole URLs."""

    def handle(self):
        while self.one_request():
            pass

    def one_request(self) -> bool:
        """One request and its answer; whether another may follow."""
        line = self.rfile.readline().decode()
        if not line:
            return False
        headers = {}
        while (field := self.rfile.readline().decode()).strip():
            name, value = field.split(":", 1)
            headers[name.lower()] = value.strip()
        self.server.lines.append(line.strip())
        if headers.pop("proxy-authorization", "") != AUTHORIZATION:
            self.server.refused += 1
            self.wfile.write(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
            return True
        method, target, _ = line.split()
        if method == "CONNECT":
            self.tunnel(target)
            return False
        self.forward(method, target, headers)
        return False

    def tunnel(self, target: str) -> None:
        """CONNECT host:port."""
        host, port = target.split(":")
        with socket.create_connection((host, int(port))) as server:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            join(self.request, server)

    def forward(self, method: str, target: str, headers: dict[str, str]) -> None:
        """METHOD http://host:port/path; the connection ends with the answer."""
        assert target.startswith("http://"), target
        place, path = target.removeprefix("http://").split("/", 1)
        assert headers["host"] == place, headers
        host, port = place.split(":")
        body = self.rfile.read(int(headers.get("content-length", 0)))
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        with socket.create_connection((host, int(port))) as server:
            server.sendall(f"{method} /{path} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n"
                           .encode() + body)
            while data := server.recv(65536):
                self.request.sendall(data)


class Ways(unittest.TestCase):
    """A whole job, each time another way."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="copyout-test-")
        cls.addClassCleanup(scratch.cleanup)
        cls.pem, cls.crt = Path(scratch.name, "key.pem"), Path(scratch.name, "crt.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", cls.pem, "-out", cls.crt,
             "-days", "2"], check=True, capture_output=True)
        with open(cls.pem, "ab") as pem:
            pem.write(cls.crt.read_bytes())

    def setUp(self):
        self.job = Job(self, servers.moto(), [
            *(Spec(f"some/{number:03d}", size=10) for number in range(OBJECTS)),
            Spec("in parts", parts=[MIN_PART, 9])])
        self.requests = self.job.proxy.log

    def run_it(self, **env) -> copyout.Result:
        """Run it; the fault proxy in front of moto counts requests."""
        return copyout.run(self.job.arguments("--json", "--quiet", "--look", "head"),
                           self.job.server.through(self.job.proxy), env=env, timeout=120)

    def port(self) -> int:
        """That of the fault proxy."""
        return int(self.job.proxy.endpoint.rsplit(":", 1)[1])

    def check(self, result: copyout.Result) -> None:
        self.assertEqual(result.expect(0).json["copied"], OBJECTS + 1)
        self.job.assert_copied()

    def test_tls(self):
        """Connections are kept, over TLS too."""
        front = tls_front(self, self.pem, self.port())
        self.check(self.run_it(AWS_ENDPOINT_URL_S3=f"https://127.0.0.1:{front.port}",
                               AWS_CA_BUNDLE=str(self.crt)))
        self.assertLess(front.connections, len(self.requests) * 2 / 3)

    def test_tunnel(self):
        """HTTPS through a proxy: it sees names, and nothing of what is said."""
        front, proxy = tls_front(self, self.pem, self.port()), Listener(self, Proxy)
        self.check(self.run_it(AWS_ENDPOINT_URL_S3=f"https://127.0.0.1:{front.port}",
                               AWS_CA_BUNDLE=str(self.crt),
                               https_proxy=f"{ADDRESS}:{proxy.port}"))
        self.assertEqual(set(proxy.lines), {f"CONNECT 127.0.0.1:{front.port} HTTP/1.1"})
        self.assertEqual(proxy.refused, 0)
        self.assertEqual(proxy.connections, front.connections)

    def test_whole_urls(self):
        """Plain HTTP through a proxy, with the credentials that its address has."""
        proxy = Listener(self, Proxy)
        self.check(self.run_it(http_proxy=f"{ADDRESS}:{proxy.port}"))
        self.assertEqual(len(proxy.lines), len(self.requests))
        for line in proxy.lines:
            self.assertIn(f" http://127.0.0.1:{self.port()}/", line)
        self.assertEqual(proxy.refused, 0)

    def test_not_for_this_host(self):
        """no_proxy names it: the proxy hears nothing."""
        proxy = Listener(self, Proxy)
        self.check(self.run_it(http_proxy=f"{ADDRESS}:{proxy.port}",
                               no_proxy="a.example,127.0.0.0/8"))
        self.assertEqual(proxy.connections, 0)

    def test_credentials_are_wrong(self):
        """The proxy says 407: an error, and none of the password in it."""
        proxy = Listener(self, Proxy)
        result = self.run_it(http_proxy=f"http://someone:hushhush@127.0.0.1:{proxy.port}")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("407", result.stderr)
        self.assertNotIn("hushhush", result.stdout + result.stderr)
        self.assertEqual(self.requests, [])


if __name__ == "__main__":
    unittest.main()
